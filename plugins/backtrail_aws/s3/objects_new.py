"""What makes a new object, however its bytes arrive: checks of its description, and the version that is kept.

PutObject, a browser's POST, CopyObject and CreateMultipartUpload all describe an object in the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

import msgspec

from backtrail import UNSET, Blob, Call, Event, Params, Refusal, UnsetType
from backtrail_aws.s3 import errors, grants, limits, object_lock, tags, versions
from backtrail_aws.s3.grants import AclHeaders
from backtrail_aws.s3.object_encryption import Wanted, decided, of_result
from backtrail_aws.s3.object_lock import LockHeaders
from backtrail_aws.s3.state import Bucket, Encryption, Headers, ObjectVersion

P = TypeVar("P", bound=Params)
R = TypeVar("R", bound=Params)
V = TypeVar("V")

CLASSES: Final = frozenset(
    {
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
        "DEEP_ARCHIVE", "GLACIER_IR",
    }
)  # fmt: skip
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html, of general purpose buckets."""

EMPTY: Final = Blob(size=0, md5="d41d8cd98f00b204e9800998ecf8427e", data=b"")
_SILENT: Final = (UNSET, UNSET, UNSET, UNSET)
CONTENT_TYPE: Final = "binary/octet-stream"


class Describing(AclHeaders, LockHeaders, Wanted, Protocol):
    """Parameters that describe an object to be made."""

    @property
    def bucket(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def metadata(self) -> dict[str, str] | UnsetType: ...
    @property
    def storage_class(self) -> str | UnsetType: ...
    @property
    def tagging(self) -> str | UnsetType: ...
    @property
    def website_redirect_location(self) -> str | UnsetType: ...
    @property
    def content_type(self) -> str | UnsetType: ...
    @property
    def cache_control(self) -> str | UnsetType: ...
    @property
    def content_disposition(self) -> str | UnsetType: ...
    @property
    def content_encoding(self) -> str | UnsetType: ...
    @property
    def content_language(self) -> str | UnsetType: ...
    @property
    def expires(self) -> str | UnsetType: ...


class Encrypted(Protocol):
    """Answers that tell how something is encrypted, as records show it."""

    @property
    def server_side_encryption(self) -> str | UnsetType: ...
    @property
    def ssekms_key_id(self) -> str | UnsetType: ...
    @property
    def bucket_key_enabled(self) -> bool | UnsetType: ...


def checked(call: Call[P], params: Describing, bucket: Bucket) -> Encryption:
    """How the object will be encrypted, after everything that its description could be refused for."""
    check_key(params.key)
    _check_metadata(params.metadata)
    if params.storage_class is not UNSET and params.storage_class not in CLASSES:
        raise errors.invalid_storage_class(params.storage_class)
    _check_redirect(params.website_redirect_location)
    grants.check_enabled(bucket, params)
    owner = owner_of(bucket, call.caller.account, params.acl)
    grants.check_public(bucket, grants.requested(params, owner, bucket.account))
    if params.tagging is not UNSET:
        tags.of_header(params.tagging)
    object_lock.check_wanted(bucket, params, call.time)
    return decided(call, params, bucket)


def described(
    event: Event[Any, Any], params: Describing, bucket: Bucket, encryption: Encryption | UnsetType
) -> ObjectVersion:
    """The version that a recorded description makes, without bytes and id."""
    account = event.identity.account_id
    uploader = account if account is not UNSET else event.account
    owner = owner_of(bucket, uploader, params.acl)
    return ObjectVersion(
        modified=versions.second(event.time),
        owner=owner,
        headers=headers_of(params),
        metadata=params.metadata,
        storage_class="STANDARD" if params.storage_class is UNSET else params.storage_class,
        encryption=encryption,
        tags=told_tags(params.tagging),
        grants=quietly(lambda: grants.requested(params, owner, bucket.account)),
        retention=object_lock.retention_of(bucket, params, event.time),
        legal_hold=params.object_lock_legal_hold_status,
    )


def encryption_of(params: Wanted, result: Encrypted) -> Encryption | UnsetType:
    """How a recorded write was encrypted."""
    return of_result(
        result.server_side_encryption,
        result.ssekms_key_id,
        result.bucket_key_enabled,
        params,
        params.ssekms_encryption_context,
    )


def owner_of(bucket: Bucket, uploader: str, acl: str | UnsetType) -> str:
    """Whose a new object is. https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"""
    if bucket.ownership in (UNSET, grants.ENFORCED):
        return bucket.account
    given = bucket.ownership == "BucketOwnerPreferred" and acl == "bucket-owner-full-control"
    return bucket.account if given else uploader


def headers_of(params: Describing) -> Headers | UnsetType:
    """What was said of the content; UNSET where nothing was."""
    if params.content_type is UNSET and params.cache_control is UNSET and params.content_disposition is UNSET:
        rest = (
            params.content_encoding,
            params.content_language,
            params.expires,
            params.website_redirect_location,
        )
        if rest == _SILENT:
            return UNSET
    return Headers(
        content_type=params.content_type,
        cache_control=params.cache_control,
        content_disposition=params.content_disposition,
        content_encoding=params.content_encoding,
        content_language=params.content_language,
        expires=params.expires,
        redirect=params.website_redirect_location,
    )


def told_tags(header: str | UnsetType) -> dict[str, str] | UnsetType:
    """The tags of a recorded header."""
    return UNSET if header is UNSET or not header else quietly(lambda: tags.of_header(header))


def encrypted(result: R, encryption: Encryption | UnsetType) -> R:
    """An answer that tells how its object is encrypted."""
    if encryption is UNSET:
        return result
    if encryption.customer_md5 is not UNSET:
        told: dict[str, object] = {
            "sse_customer_algorithm": "AES256",
            "sse_customer_key_md5": encryption.customer_md5,
        }
    else:
        told = {
            "server_side_encryption": encryption.algorithm,
            "ssekms_key_id": encryption.kms_key_id,
            "bucket_key_enabled": encryption.bucket_key,
            "ssekms_encryption_context": encryption.context,
        }
    fields = type(result).__struct_fields__
    return msgspec.structs.replace(result, **{name: value for name, value in told.items() if name in fields})


def quoted(e_tag: str) -> str:
    """An entity tag as answers have it."""
    return f'"{e_tag}"'


def unquoted(e_tag: str | UnsetType) -> str | UnsetType:
    """An entity tag as it is kept."""
    return UNSET if e_tag is UNSET else e_tag.strip('"')


def check_key(key: str) -> None:
    """Refuses a key of too many bytes."""
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > limits.KEY_MAX_BYTES:
        raise errors.key_too_long(size, limits.KEY_MAX_BYTES)


def quietly(make: Callable[[], V]) -> V | UnsetType:
    """What a recorded description says; UNSET where it is not what S3 takes today."""
    try:
        return make()
    except Refusal:
        return UNSET


def _check_metadata(metadata: dict[str, str] | UnsetType) -> None:
    if metadata is UNSET:
        return
    size = sum(len(name) + len(value.encode("utf-8", "surrogatepass")) for name, value in metadata.items())
    if size > limits.METADATA_MAX_BYTES:
        raise errors.metadata_too_large(size, limits.METADATA_MAX_BYTES)


def _check_redirect(location: str | UnsetType) -> None:
    if location is UNSET:
        return
    if not location.startswith(("/", "http://", "https://")):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
        raise errors.refused(
            "InvalidRedirectLocation",
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
        )
    if len(location.encode("utf-8", "surrogatepass")) > limits.REDIRECT_MAX_BYTES:
        # evidence: page ErrorResponses; words: guess
        raise errors.refused(
            "InvalidRedirectLocation",
            "The length of website redirect location cannot exceed 2,048 characters.",
        )
