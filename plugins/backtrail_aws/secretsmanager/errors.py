"""Secrets Manager's refusals, in its own words, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {
    "ValidationException": "https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html",
}
"""Codes that the model lacks, with the page that has them."""


def no_secret() -> Refusal:
    """There is no such secret."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")


def no_value(what: str) -> Refusal:
    """The secret has no version of that id, or with that label; `what` names it."""
    # evidence: https://github.com/aws/aws-sdk-js-v3/issues/7701 (labels)
    return Refusal(
        "ResourceNotFoundException", f"Secrets Manager can't find the specified secret value for {what}"
    )


def deleted() -> Refusal:
    """The secret is to be deleted, and nothing can be done to it meanwhile."""
    # evidence: https://github.com/external-secrets/kubernetes-external-secrets/issues/415
    return Refusal(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    )


def invalid(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterException", message)


def request(message: str) -> Refusal:
    """The secret is not in a state in which this can be done."""
    # evidence: model; words: each caller's
    return Refusal("InvalidRequestException", message)


def exists(name: str) -> Refusal:
    """There is a secret of that name."""
    # evidence: model; words: guess
    return Refusal(
        "ResourceExistsException", f"The operation failed because the secret {name} already exists."
    )


def version_exists() -> Refusal:
    """A token is used again for another value."""
    # evidence: guess
    return Refusal(
        "ResourceExistsException", "You can't modify an existing version, you can only create new version."
    )


def too_many(message: str) -> Refusal:
    """A quota is reached."""
    # evidence: model; words: guess
    return Refusal("LimitExceededException", message)


def bad_policy(message: str) -> Refusal:
    """A resource policy that is none."""
    # evidence: model; words: guess
    return Refusal("MalformedPolicyDocumentException", message)


def public_policy() -> Refusal:
    """A resource policy would let everybody in."""
    # evidence: model; words: guess
    return Refusal(
        "PublicPolicyException",
        "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the "
        "secret.",
    )


def bad_token() -> Refusal:
    """A token that no page ended with."""
    # evidence: model; words: guess
    return Refusal("InvalidNextTokenException", "The NextToken value is invalid.")
