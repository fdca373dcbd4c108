"""PutObject, and the browser's POST that means the same.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html. The wire has read the form, its policy and its
signature; `PostObject` is what the form meant.
"""

from __future__ import annotations

from typing import Any, TypeVar

from backtrail import UNSET, Blob, Call, Event, Params, Refusal, UnsetType
from backtrail_aws.s3 import (
    access,
    api,
    conditions,
    errors,
    lifecycle_steps,
    limits,
    object_checksums,
    object_encryption,
    versions,
)
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.object_lock import is_enabled, retention_of
from backtrail_aws.s3.objects_new import (
    EMPTY,
    Describing,
    checked,
    described,
    encryption_of,
    quoted,
    told_tags,
    unquoted,
)
from backtrail_aws.s3.state import S3, Bucket, Checksums, Encryption, known_bucket, service


class PostObject(api.PutObject):
    """An upload by a browser's form: S3 has the operation, no SDK's model knows it."""


W = TypeVar("W", bound=api.PutObject)
P = TypeVar("P", bound=Params)


@service.handle
def put_object(state: S3, call: Call[api.PutObject]) -> api.PutObjectResult:
    """A new object, or a new version of one."""
    return _put(state, call)


@service.handle
def post_object(state: S3, call: Call[PostObject]) -> api.PutObjectResult:
    """The same, by a form."""
    return _put(state, call)


def _put(state: S3, call: Call[W]) -> api.PutObjectResult:
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObject", params.key)
    if params.write_offset_bytes is not UNSET:
        raise _appends()
    body = EMPTY if params.body is UNSET else params.body
    if body.size > limits.PUT_MAX_BYTES:
        raise errors.entity_too_large(body.size, limits.PUT_MAX_BYTES)
    encryption = checked(call, params, bucket)
    require_extras(state, call, params, bucket)
    checksums = object_checksums.of_upload(params, body)
    _check_integrity(call, bucket)
    conditions.check_write(params, bucket, params.key)
    return _answer(call, bucket, body, encryption, checksums)


def _answer(
    call: Call[W], bucket: Bucket, body: Blob, encryption: Encryption, checksums: Checksums
) -> api.PutObjectResult:
    """The answer, written out: the hottest of all calls."""
    values, own = checksums.values, encryption.customer_md5
    return api.PutObjectResult(
        e_tag=quoted(e_tag_of(call, encryption, body)),
        version_id=versions.new_id(call, bucket),
        checksum_crc32=values.get("CRC32", UNSET),
        checksum_crc32_c=values.get("CRC32C", UNSET),
        checksum_crc64_nvme=values.get("CRC64NVME", UNSET),
        checksum_sha1=values.get("SHA1", UNSET),
        checksum_sha256=values.get("SHA256", UNSET),
        checksum_sha512=values.get("SHA512", UNSET),
        checksum_md5=values.get("MD5", UNSET),
        checksum_xxhash64=values.get("XXHASH64", UNSET),
        checksum_xxhash3=values.get("XXHASH3", UNSET),
        checksum_xxhash128=values.get("XXHASH128", UNSET),
        checksum_type=checksums.kind if values else UNSET,
        server_side_encryption=encryption.algorithm if own is UNSET else UNSET,
        sse_customer_algorithm=UNSET if own is UNSET else "AES256",
        sse_customer_key_md5=own,
        ssekms_key_id=encryption.kms_key_id,
        ssekms_encryption_context=encryption.context,
        bucket_key_enabled=encryption.bucket_key,
        expiration=UNSET if bucket.lifecycle is UNSET else _expiration(call, bucket, body),
    )


def _expiration(call: Call[W], bucket: Bucket, body: Blob) -> str | UnsetType:
    tags = told_tags(call.params.tagging)
    return lifecycle_steps.expiration(bucket, call.params.key, versions.second(call.time), body.size, tags)


@service.project
def object_put(state: S3, event: Event[api.PutObject, api.PutObjectResult]) -> None:
    """The new version is the current one."""
    _keep(state, event)


@service.project
def object_posted(state: S3, event: Event[PostObject, api.PutObjectResult]) -> None:
    """The same."""
    _keep(state, event)


def _keep(state: S3, event: Event[W, api.PutObjectResult]) -> None:
    params, result = event.params, event.result
    bucket = known_bucket(state, params.bucket, event)
    version = described(event, params, bucket, encryption_of(params, result))
    version.version_id = versions.recorded_id(bucket, event, result.version_id)
    version.e_tag = unquoted(result.e_tag)
    version.checksums = object_checksums.of_result(result)
    # Who sent no body made an empty object; of a locked record nobody knows.
    unknown = params.body is not UNSET or result.e_tag is UNSET or event.locked
    body = params.body if unknown else EMPTY
    if body is not UNSET:
        version.body, version.size = body, body.size
    else:
        version.size = bytes_in(event)
    versions.put(state, bucket, params.key, version, event.time)


def bytes_in(event: Event[Any, Any]) -> int | UnsetType:
    """How many bytes a recorded upload brought, where the record says so: nearly the object's size (signed chunks count
    their signatures)."""
    told = event.additional.get("bytesTransferredIn")
    return int(told) if isinstance(told, int | float) else UNSET


def e_tag_of(call: Call[W], encryption: Encryption, body: Blob) -> str:
    """The MD5 of the content; for content under KMS or a customer's key something that is not."""
    return body.md5 if object_encryption.plain_md5(encryption) else call.new_id("hex32", "etag")


def require_extras(state: S3, call: Call[P], params: Describing, bucket: Bucket) -> None:
    """Refuses who may write the object but not its tags, its ACL or its lock.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (permissions)
    """
    if params.tagging is not UNSET:
        access.require(state, call, "s3:PutObjectTagging", bucket, params.key)
    if params.object_lock_mode is not UNSET:
        access.require(state, call, "s3:PutObjectRetention", bucket, params.key)
    if params.object_lock_legal_hold_status is not UNSET:
        access.require(state, call, "s3:PutObjectLegalHold", bucket, params.key)


def _check_integrity(call: Call[W], bucket: Bucket) -> None:
    """A locked object's upload must be guarded by a checksum. Calls that came without HTTP have none to show."""
    params = call.params
    if not is_enabled(bucket) or not call.headers:
        return
    locked = (
        retention_of(bucket, params, call.time) is not UNSET
        or params.object_lock_legal_hold_status is not UNSET
    )
    if locked and params.content_md5 is UNSET and not object_checksums.claimed(params):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
        raise errors.invalid_request(
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock "
            "parameters"
        )


def _appends() -> Refusal:
    """Appending is for directory buckets."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    return errors.refused(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        501,
        Header="x-amz-write-offset-bytes",
    )
