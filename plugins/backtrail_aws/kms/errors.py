"""KMS's refusals, in its own words, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {
    "AccessDeniedException": "https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html",
    "NotAuthorizedException": "https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html",
    "ValidationException": "https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html",
}
"""Codes that the model lacks, with the page that has them."""


def no_key(arn: str) -> Refusal:
    """There is no such key."""
    # evidence: issue boto/botocore#2107
    return Refusal("NotFoundException", f"Key '{arn}' does not exist")


def no_such(identifier: str) -> Refusal:
    """What names a key names none, by its form."""
    # evidence: model; words: guess
    return Refusal("NotFoundException", f"Invalid keyId {identifier}")


def no_alias(arn: str) -> Refusal:
    """There is no such alias."""
    # evidence: issue sigstore/cosign#1474
    return Refusal("NotFoundException", f"Alias {arn} is not found.")


def bad_arn(arn: str) -> Refusal:
    """An ARN that names no key of this region."""
    # evidence: model; words: guess
    return Refusal("InvalidArnException", f"Invalid arn {arn}")


def disabled(arn: str) -> Refusal:
    """The key is disabled."""
    # evidence: model; words: guess
    return Refusal("DisabledException", f"{arn} is disabled.")


def state(arn: str, what: str) -> Refusal:
    """The key is in a state that keeps it from this."""
    # evidence: issue hashicorp/terraform-provider-aws#17889 (of one that is pending deletion)
    return Refusal("KMSInvalidStateException", f"{arn} is {what}.")


def usage(arn: str, used: str, action: str) -> Refusal:
    """The key is not for this."""
    # evidence: issue jonathankeebler/jwt-kms#4
    return Refusal("InvalidKeyUsageException", f"{arn} key usage is {used} which is not valid for {action}.")


def algorithm(name: str, spec: str) -> Refusal:
    """The algorithm does not go with the key's kind."""
    # evidence: model; words: guess
    return Refusal("InvalidKeyUsageException", f"Algorithm {name} and key spec {spec} are incompatible.")


def bad_ciphertext() -> Refusal:
    """What is to be decrypted was encrypted by no key here, for another context, or is changed. AWS says no more."""
    # evidence: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    return Refusal("InvalidCiphertextException")


def unknown_ciphertext() -> Refusal:
    """A ciphertext of a key that is not here."""
    # evidence: issue aws/aws-encryption-sdk-javascript#1005
    return Refusal(
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
        "not allowed to access.",
    )


def incorrect_key() -> Refusal:
    """A ciphertext of another key than the one that is named."""
    # evidence: page API_Decrypt; words: guess
    return Refusal(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )


def dry_run() -> Refusal:
    """All would have been well."""
    # evidence: https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
    return Refusal(
        "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
    )


def unsupported(message: str = "") -> Refusal:
    """This cannot be done with a key of this kind. AWS often says no more."""
    # evidence: model; words: each caller's
    return Refusal("UnsupportedOperationException", message)


def validation(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("ValidationException", message)


def policy(message: str) -> Refusal:
    """A key policy that is none, or locks everybody out."""
    # evidence: model; words: each caller's
    return Refusal("MalformedPolicyDocumentException", message)


def too_many(message: str) -> Refusal:
    """A quota is reached."""
    # evidence: model; words: guess
    return Refusal("LimitExceededException", message)


def exists(message: str) -> Refusal:
    """There is one of that name."""
    # evidence: model; words: each caller's
    return Refusal("AlreadyExistsException", message)


def tags(message: str) -> Refusal:
    """Tags that break their rules."""
    # evidence: model; words: guess
    return Refusal("TagException", message)


def denied(message: str) -> Refusal:
    """Nobody may do this, whatever policies say."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("AccessDeniedException", message)


def bad_marker() -> Refusal:
    """A marker that no page ended with."""
    # evidence: model; words: guess
    return Refusal("InvalidMarkerException", "The marker is invalid.")


def no_grant() -> Refusal:
    """The key has no such grant."""
    # evidence: model; words: guess
    return Refusal("NotFoundException", "The grant ID cannot be found.")


def bad_grant_token() -> Refusal:
    """A grant token that no grant has."""
    # evidence: model; words: guess
    return Refusal("InvalidGrantTokenException", "The grant token is invalid.")


def no_store(identifier: str) -> Refusal:
    """There is no such custom key store."""
    # evidence: model; words: guess
    return Refusal("CustomKeyStoreNotFoundException", f"Custom key store {identifier} does not exist.")


def store_state(message: str) -> Refusal:
    """A custom key store is in a state that keeps it from this."""
    # evidence: model; words: guess
    return Refusal("CustomKeyStoreInvalidStateException", message)


def internal(message: str) -> Refusal:
    """What had to be computed could not be."""
    # evidence: model; words: guess
    return Refusal("KMSInternalException", message, status=500)


def not_found(message: str) -> Refusal:
    """Something of a key is not there."""
    # evidence: model; words: each caller's
    return Refusal("NotFoundException", message)


def not_authorized() -> Refusal:
    """What belongs to AWS's services is not for customers to change."""
    # evidence: page CommonErrors.html; words: guess
    return Refusal("NotAuthorizedException", "You do not have permission to perform this action.")


def no_enclave() -> Refusal:
    """An attestation document of a Nitro enclave, of which there is none here."""
    # evidence: guess
    return Refusal("ValidationException", "The attestation document is not valid.")


def wrong_key(arn: str, spec: str, action: str) -> Refusal:
    """The key is of a kind that does not do this."""
    # evidence: model; words: guess
    return Refusal("InvalidKeyUsageException", f"{arn} key spec is {spec} which is not valid for {action}.")


def no_size() -> Refusal:
    """Nothing says how many bytes are wanted, or two things do. GenerateRandom says the same."""
    # evidence: issue nsmithuk/local-kms#6 (it quotes AWS)
    return Refusal("ValidationException", "Please specify either number of bytes or key spec.")


def wrong_region(region: str) -> Refusal:
    """The ARN of a key in another region."""
    # evidence: issue kubernetes-retired/kube-aws#1041 (the code), nakedible/openssl-engine-kms#1 (the words)
    return Refusal("NotFoundException", f"Invalid arn {region}")
