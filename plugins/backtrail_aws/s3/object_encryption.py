"""How objects are encrypted: what a request asks for, the bucket's default, and customers' own keys.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html. Nothing is encrypted here but by
the blob store; what is kept is what S3 answers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Protocol, TypeVar

from backtrail import UNSET, Call, Event, Params, Refusal, UnsetType, ids
from backtrail_aws.s3 import api, errors, object_keys
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.state import S3, Bucket, Encryption, ObjectVersion, known_bucket, service
from backtrail_aws.s3.versions import known_version, object_of

KMS = ("aws:kms", "aws:kms:dsse")
_ALGORITHMS = ("AES256", *KMS)
_KEY_BYTES = 32
P = TypeVar("P", bound=Params)


class CustomerKey(Protocol):
    """Parameters with a customer's key (SSE-C)."""

    @property
    def sse_customer_algorithm(self) -> str | UnsetType: ...
    @property
    def sse_customer_key(self) -> str | UnsetType: ...
    @property
    def sse_customer_key_md5(self) -> str | UnsetType: ...


class Wanted(CustomerKey, Protocol):
    """Parameters that say how to encrypt."""

    @property
    def server_side_encryption(self) -> str | UnsetType: ...
    @property
    def ssekms_key_id(self) -> str | UnsetType: ...
    @property
    def ssekms_encryption_context(self) -> str | UnsetType: ...
    @property
    def bucket_key_enabled(self) -> bool | UnsetType: ...


def decided(call: Call[P], params: Wanted, bucket: Bucket) -> Encryption:
    """How a new object is encrypted: as asked, else as the bucket's default says. Refuses what does not go together."""
    named = params.server_side_encryption
    customer = customer_md5(params)
    if customer is not UNSET:
        if named is not UNSET:
            # evidence: page ErrorResponses; words: guess
            raise errors.invalid_argument(
                "Server Side Encryption with Customer provided key is incompatible with the encryption method "
                "specified",
                "x-amz-server-side-encryption",
                named,
            )
        _check_allowed(bucket, "SSE-C")
        return Encryption(customer_md5=customer)
    if named is not UNSET and named not in _ALGORITHMS:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
        raise errors.invalid_argument(
            "The encryption method specified is not supported", "x-amz-server-side-encryption", named
        )
    if params.ssekms_key_id is not UNSET and named not in KMS:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
            "aws:kms",
            "x-amz-server-side-encryption",
            None if named is UNSET else named,
        )
    return _resolved(call, params, bucket)


def _resolved(call: Call[P], params: Wanted, bucket: Bucket) -> Encryption:
    default = _default_rule(bucket)
    by_default = UNSET if default is UNSET else default.apply_server_side_encryption_by_default
    algorithm = params.server_side_encryption
    key = params.ssekms_key_id
    bucket_key = params.bucket_key_enabled
    if algorithm is UNSET and by_default is not UNSET:
        algorithm, key = by_default.sse_algorithm, by_default.kms_master_key_id
    if algorithm is UNSET or algorithm == "AES256":
        _check_allowed(bucket, "SSE-S3")
        return Encryption()
    if bucket_key is UNSET and default is not UNSET:
        bucket_key = default.bucket_key_enabled
    return Encryption(
        algorithm=algorithm,
        kms_key_id=object_keys.usable(call, key_arn(call, bucket, key), object_keys.WRITE, bucket.name),
        context=params.ssekms_encryption_context,
        bucket_key=True if bucket_key is True and algorithm == "aws:kms" else UNSET,
    )


def key_arn(call: Call[P], bucket: Bucket, key: str | UnsetType) -> str:
    """A KMS key's ARN as S3 answers it; without a key, that of the account's `aws/s3` key."""
    region = call.region if bucket.region is UNSET else bucket.region
    if key is UNSET:
        key = ids.new_id(f"{call.account}/{region}", "uuid", "alias/aws/s3")
    if key.startswith("arn:"):
        return key
    return call.arn("kms", key if key.startswith("alias/") else f"key/{key}", region=region)


def customer_md5(params: CustomerKey) -> str | UnsetType:
    """The MD5 of a customer's key, proven; UNSET without one. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html"""
    return proven_key(params.sse_customer_algorithm, params.sse_customer_key, params.sse_customer_key_md5)


def proven_key(algorithm: str | UnsetType, key: str | UnsetType, md5: str | UnsetType) -> str | UnsetType:
    """The same, of a copy's source too."""
    header = "x-amz-server-side-encryption-customer-"
    if algorithm is UNSET and key is UNSET and md5 is UNSET:
        return UNSET
    lead = "Requests specifying Server Side Encryption with Customer provided keys must provide "
    if algorithm is UNSET:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(f"{lead}a valid encryption algorithm.", f"{header}algorithm")
    if algorithm != "AES256":
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        raise errors.refused(
            "InvalidEncryptionAlgorithmError",
            "The encryption request you specified is not valid. The valid value is AES256.",
            ArgumentName=f"{header}algorithm",
            ArgumentValue=algorithm,
        )
    if key is UNSET:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(f"{lead}an appropriate secret key.", f"{header}key")
    if md5 is UNSET:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            f"{lead}the client calculated MD5 of the secret key.", f"{header}key-MD5"
        )
    try:
        secret = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != _KEY_BYTES:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "The secret key was invalid for the specified algorithm.", f"{header}key"
        )
    if base64.b64encode(hashlib.md5(secret, usedforsecurity=False).digest()).decode() != md5:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "The calculated MD5 hash of the key did not match the hash that was provided.", f"{header}key-MD5"
        )
    return md5


def check_read(given: str | UnsetType, version: ObjectVersion) -> None:
    """Refuses a read that lacks the customer's key, has another, or has one where there is none."""
    kept = version.encryption.customer_md5 if version.encryption is not UNSET else UNSET
    if version.encryption is UNSET or kept == given:
        return
    if given is UNSET:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        raise errors.invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided "
            "to retrieve the object."
        )
    if kept is UNSET:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request("The encryption parameters are not applicable to this object.")
    # evidence: page ErrorResponses; words: guess
    raise errors.access_denied()


def plain_md5(encryption: Encryption) -> bool:
    """Whether an object's ETag is the MD5 of its content: not under KMS, nor under a customer's key."""
    return encryption.algorithm == "AES256" and encryption.customer_md5 is UNSET


def _default_rule(bucket: Bucket) -> api.ServerSideEncryptionRule | UnsetType:
    if bucket.encryption is UNSET or not bucket.encryption.rules:
        return UNSET
    return bucket.encryption.rules[0]


def _check_allowed(bucket: Bucket, kind: str) -> None:
    """Refuses a kind of encryption that the bucket blocks."""
    rule = _default_rule(bucket)
    blocked = UNSET if rule is UNSET else rule.blocked_encryption_types
    if blocked is not UNSET and blocked.encryption_type is not UNSET and kind in blocked.encryption_type:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
        raise errors.access_denied()


def of_result(
    algorithm: str | UnsetType,
    kms_key_id: str | UnsetType,
    bucket_key: bool | UnsetType,
    params: CustomerKey,
    context: str | UnsetType = UNSET,
) -> Encryption | UnsetType:
    """How a recorded write was encrypted; UNSET where the record does not tell."""
    if params.sse_customer_key_md5 is not UNSET:
        return Encryption(customer_md5=params.sse_customer_key_md5)
    if algorithm is UNSET:
        return UNSET
    return Encryption(algorithm=algorithm, kms_key_id=kms_key_id, context=context, bucket_key=bucket_key)


@service.handle
def update_object_encryption(
    state: S3, call: Call[api.UpdateObjectEncryption]
) -> api.UpdateObjectEncryptionResult:
    """Another KMS key for an object that S3 or KMS keys encrypt, without a copy.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
    """
    params = call.params
    bucket = bucket_of(state, call, "s3:UpdateObjectEncryption", params.key)
    version = object_of(state, call, bucket, params.key, params.version_id)
    if params.object_encryption.ssekms is UNSET:
        raise errors.malformed_xml()
    if not params.object_encryption.ssekms.kms_key_arn.startswith("arn:"):
        raise _bad_key(params.object_encryption.ssekms.kms_key_arn)
    if version.encryption is not UNSET and version.encryption.customer_md5 is not UNSET:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request("Objects encrypted with SSE-C cannot be updated.")
    return api.UpdateObjectEncryptionResult()


@service.project
def object_encryption_updated(state: S3, event: Event[api.UpdateObjectEncryption, None]) -> None:
    """The version's key is another."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = known_version(state, bucket, params.key, params.version_id, event)
    wanted = params.object_encryption.ssekms
    if version is not None and wanted is not UNSET:
        version.encryption = Encryption(
            algorithm="aws:kms", kms_key_id=wanted.kms_key_arn, bucket_key=wanted.bucket_key_enabled
        )


def _bad_key(arn: str) -> Refusal:
    # evidence: guess
    return errors.invalid_argument("Invalid KMS key ARN", "KMSKeyArn", arn)
