"""What CloudTrail leaves out of a record: large payloads, the parameters of denied calls, the ends of long
texts.

Limits:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import msgspec

from backtrail.trail.declare import Trail

LIMIT_BYTES = 100 * 1024
"""Of requestParameters and of responseElements; more is omitted."""
TEXT_BYTES = 1024
"""Of userAgent, errorMessage, errorCode and requestID; more is cut off."""
EXTRA_BYTES = 28 * 1024
"""Of additionalEventData; more is omitted."""

# Measured on 11,000 failures: a denied or throttled call's parameters are null, but for these services.
_KEEPS = frozenset({"appsync", "ce", "ec2", "eks", "guardduty", "s3", "s3control", "securityhub"})
_DENIED = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
        "UnauthorizedOperation", "UnauthorizedException", "ForbiddenException",
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestLimitExceeded",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "SlowDown",
        "AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InvalidAccessKeyId",
        "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken", "OptInRequired",
        "SignatureDoesNotMatch", "UnrecognizedClientException",
    }
)  # fmt: skip


_INTERNAL, _PRINCIPAL = "AWS Internal", ".amazonaws.com"


class _Omitted(msgspec.Struct, frozen=True):
    reason: str
    omitted: str
    originalSize: str


def omitted(name: str, size: int) -> bytes:
    """What stands for a payload of `size` bytes over the limit; `name` is the record's member."""
    return msgspec.json.encode(_Omitted(f"{name} too large", "true", str(size)))


def is_omitted(raw: bytes) -> bool:
    """Whether a payload is what stands for one that was too large."""
    if len(raw) > 200 or b'"omitted"' not in raw:
        return False
    try:
        return msgspec.json.decode(raw, type=_Omitted).omitted == "true"
    except msgspec.DecodeError:
        return False


def nulls_parameters(service: str, code: str, trail: Trail | None = None, action: str = "") -> bool:
    """Whether a call refused with this (wire) code has null parameters in its record."""
    if code not in _DENIED or (trail is not None and action in trail.keeps_denied):
        return False
    declared = trail.keeps_parameters if trail is not None else None
    return service not in _KEEPS if declared is None else not declared


def user_agent(service: str, text: str) -> str:
    """The record's userAgent: S3 puts a client's in brackets (AWS's own not: measured), all cut it off after 1 KB."""
    bare = service != "s3" or text == _INTERNAL or text.endswith(_PRINCIPAL)
    return truncated(text if bare else f"[{text}]")


def truncated(text: str) -> str:
    """A text cut to 1 KB of UTF-8, never within a character."""
    if len(text) * 4 <= TEXT_BYTES:
        return text
    data = text.encode("utf-8", "surrogatepass")
    return text if len(data) <= TEXT_BYTES else data[:TEXT_BYTES].decode("utf-8", "ignore")
