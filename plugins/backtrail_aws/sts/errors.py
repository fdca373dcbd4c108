"""STS's refusals, in its own words, each with its evidence (`model`: botocore's; a page, thread or record; `guess`).

SAML's are explained at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html (SAML below).
"""

from __future__ import annotations

from backtrail import Refusal

_COMMON = "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"
CODES: dict[str, str] = {"AccessDenied": _COMMON, "ValidationError": _COMMON}
"""Codes that the model lacks, with the page that has them."""


def not_authorized(caller: str, action: str, resource: str) -> Refusal:
    """The role does not exist, or does not trust the caller: the same words for both."""
    # evidence: record incident-a e4bad408-6272-4892-bf47-bd41b435ce40
    return denied(f"User: {caller} is not authorized to perform: sts:{action} on resource: {resource}")


def not_authorized_federation(action: str) -> Refusal:
    """The same, for callers who have no ARN."""
    # evidence: page https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html
    return denied(f"Not authorized to perform sts:{action}")


def session_credentials(action: str) -> Refusal:
    """An action that only long-term keys may call."""
    # evidence: https://github.com/hashicorp/vault/pull/4108, https://github.com/aws/aws-sdk-net/issues/1704
    return denied(f"Cannot call {action} with session credentials")


def bad_mfa_device() -> Refusal:
    """The MFA device is not the caller's, or its code is wrong."""
    # evidence: https://github.com/aws/aws-cli/issues/6325
    return denied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  "
        "Please verify your MFA serial number is valid and associated with this user."
    )


def bad_mfa_code() -> Refusal:
    """The code is not what the device shows."""
    # evidence: guess
    return denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")


def denied(message: str) -> Refusal:
    """Access is denied."""
    # evidence: the callers'
    return Refusal("AccessDenied", message, status=403)


def invalid(message: str) -> Refusal:
    """A parameter, or a combination of some, breaks a rule."""
    # evidence: the callers'
    return Refusal("ValidationError", message)


def bad_arn() -> Refusal:
    """No ARN of a role."""
    # evidence: https://github.com/oktadev/okta-aws-cli-assume-role/issues/307
    return invalid("Request ARN is invalid")


def over_role_maximum() -> Refusal:
    """Longer than the role's MaxSessionDuration."""
    # evidence: https://github.com/d2a4u/sqs4s/pull/270
    return invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")


def over_chained_maximum() -> Refusal:
    """Longer than an hour, with a session's credentials."""
    # evidence: https://github.com/99designs/aws-vault/issues/263
    return invalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )


def malformed_policy(message: str) -> Refusal:
    """A session policy that is none."""
    # evidence: model; words: guess
    return Refusal("MalformedPolicyDocument", message)


def packed_too_large(percent: int) -> Refusal:
    """Session policies and tags take more than a token has room for."""
    # evidence: model; words: guess
    return Refusal(
        "PackedPolicyTooLarge",
        f"Packed policy consumes {percent}% of allotted space, please use smaller policy.",
    )


def bad_token(message: str) -> Refusal:
    """An assertion or a web identity token that cannot be taken."""
    # evidence: model; words: the callers'
    return Refusal("InvalidIdentityToken", message)


def expired_token(message: str) -> Refusal:
    """An assertion or a web identity token that is too old."""
    # evidence: model; words: the callers'
    return Refusal("ExpiredTokenException", message)


def rejected_claim(message: str) -> Refusal:
    """A claim that the identity provider itself would reject."""
    # evidence: model; words: the callers'
    return Refusal("IDPRejectedClaim", message, status=403)


def provider_unreachable() -> Refusal:
    """An access token can only be checked by asking its provider, and nothing here calls out."""
    # evidence: model; words: guess
    return Refusal("IDPCommunicationError", "An error occurred calling the identity provider")


def bad_context() -> Refusal:
    """A context assertion: none was ever given out here."""
    # evidence: model; words: guess
    return Refusal("InvalidContextAssertion", "The context assertion provided is invalid.")


def bad_message() -> Refusal:
    """An encoded message: none was ever given out here."""
    # evidence: model; words: guess
    return Refusal("InvalidAuthorizationMessageException", "Message is not valid")


def federation_disabled() -> Refusal:
    """Outbound web identity federation is off, as it is in every account that did not turn it on."""
    # evidence: model; words: guess
    return Refusal(
        "OutboundWebIdentityFederationDisabledException",
        "Outbound web identity federation is not enabled for this account.",
        status=403,
    )


def no_session() -> Refusal:
    """GetScopedCredentials with long-term keys."""
    # evidence: model; words: guess
    return Refusal(
        "InvalidSubjectCredentials",
        "GetScopedCredentials must be called with temporary security credentials.",
    )


def over_session() -> Refusal:
    """GetScopedCredentials beyond the calling session's end."""
    # evidence: model; words: guess
    return Refusal(
        "InsufficientSessionLifetime",
        "The requested DurationSeconds is greater than the remaining lifetime of the calling session.",
    )
