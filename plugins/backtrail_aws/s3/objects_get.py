"""GetObject and HeadObject: an object's bytes, and all that is known of it.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html. The answer's body is the whole blob; the wire cuts
what `ContentRange` names.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from backtrail import UNSET, Call, NotInTrail, UnsetType
from backtrail_aws.s3 import (
    api,
    conditions,
    errors,
    lifecycle_steps,
    object_checksums,
    object_encryption,
    object_keys,
    versions,
)
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.object_restore import restore_header
from backtrail_aws.s3.objects_new import CONTENT_TYPE, encrypted, quoted
from backtrail_aws.s3.ranges import Span, span_of
from backtrail_aws.s3.state import S3, Bucket, Headers, ObjectVersion, service

G = TypeVar("G", api.GetObject, api.HeadObject)
R = TypeVar("R", api.GetObjectResult, api.HeadObjectResult)

_OVERRIDES = {
    "response_cache_control": "cache_control",
    "response_content_disposition": "content_disposition",
    "response_content_encoding": "content_encoding",
    "response_content_language": "content_language",
    "response_content_type": "content_type",
    "response_expires": "expires",
}


@service.read
def get_object(state: S3, call: Call[api.GetObject]) -> api.GetObjectResult:
    """An object's bytes, or a range of them."""
    bucket, version = _addressed(state, call)
    if refusal := versions.refuse_archived(version, call.time):
        raise refusal
    conditions.check_read(call.params, version, _validators(bucket, version))
    if version.body is UNSET or version.size is UNSET:
        raise NotInTrail(f"No record holds the content of {bucket.name}/{call.params.key}.")
    object_keys.check_read(call, version, bucket.name)
    span = span_of(call.params.range, call.params.part_number, version, version.size)
    return _told(call, bucket, version, api.GetObjectResult(body=version.body), span)


@service.read
def head_object(state: S3, call: Call[api.HeadObject]) -> api.HeadObjectResult:
    """All that GetObject tells, without the bytes."""
    bucket, version = _addressed(state, call)
    conditions.check_read(call.params, version, _validators(bucket, version))
    span = None
    if version.size is not UNSET:
        span = span_of(call.params.range, call.params.part_number, version, version.size)
    return _told(call, bucket, version, api.HeadObjectResult(), span)


def _addressed(state: S3, call: Call[G]) -> tuple[Bucket, ObjectVersion]:
    """The version that a read names, after permission and the customer's key."""
    params = call.params
    action = "s3:GetObject" if params.version_id is UNSET else "s3:GetObjectVersion"
    bucket = bucket_of(state, call, action, params.key)
    if call.caller.anonymous and any(getattr(params, name) is not UNSET for name in _OVERRIDES):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        raise errors.invalid_request(
            "Request specific response headers cannot be used for anonymous GET requests."
        )
    method = "GET" if isinstance(params, api.GetObject) else "HEAD"
    version = versions.object_of(state, call, bucket, params.key, params.version_id, method=method)
    if version.lost:
        raise errors.lost(method)
    object_encryption.check_read(object_encryption.customer_md5(params), version)
    return bucket, version


def _validators(bucket: Bucket, version: ObjectVersion) -> errors.Headers:
    """What a 304 tells beside its status."""
    found: errors.Headers = []
    if version.e_tag is not UNSET:
        found.append(("ETag", quoted(version.e_tag)))
    if version.modified is not UNSET:
        found.append(("Last-Modified", versions.http_date(version.modified)))
    version_id = versions.answered_id(bucket, version)
    if version_id is not UNSET:
        found.append(("x-amz-version-id", version_id))
    headers = version.headers
    if headers is not UNSET and headers.cache_control is not UNSET:
        found.append(("Cache-Control", headers.cache_control))
    return found


def _told(call: Call[G], bucket: Bucket, version: ObjectVersion, result: R, span: Span | None) -> R:
    """The answer with everything that S3 tells of a version."""
    params = call.params
    headers = Headers() if version.headers is UNSET else version.headers
    retention = version.retention
    told = msgspec.structs.replace(
        result,
        accept_ranges="bytes",
        last_modified=version.modified,
        content_length=version.size if span is None else span.length,
        content_range=UNSET if span is None else span.content_range,
        e_tag=UNSET if version.e_tag is UNSET else quoted(version.e_tag),
        version_id=versions.answered_id(bucket, version),
        cache_control=headers.cache_control,
        content_disposition=headers.content_disposition,
        content_encoding=headers.content_encoding,
        content_language=headers.content_language,
        content_type=CONTENT_TYPE if headers.content_type is UNSET else headers.content_type,
        expires=headers.expires,
        website_redirect_location=headers.redirect,
        metadata=version.metadata,
        storage_class=UNSET if version.storage_class == "STANDARD" else version.storage_class,
        restore=restore_header(version, call.time),
        replication_status=version.replication_status,
        tag_count=len(version.tags) if version.tags is not UNSET and version.tags else UNSET,
        parts_count=_parts_count(params.part_number, version),
        object_lock_mode=UNSET if retention is UNSET else retention.mode,
        object_lock_retain_until_date=UNSET if retention is UNSET else retention.retain_until_date,
        object_lock_legal_hold_status=version.legal_hold,
        expiration=_expiration(bucket, params.key, version),
    )
    told = encrypted(_overridden(params, told), version.encryption)
    return _with_checksums(params, version, told, span)


def _expiration(bucket: Bucket, key: str, version: ObjectVersion) -> str | UnsetType:
    """When a rule will end the current version: `noncurrent` ones have no such header."""
    if bucket.lifecycle is UNSET or version.noncurrent is not UNSET:
        return UNSET
    return lifecycle_steps.expiration(bucket, key, version.modified, version.size, version.tags)


def _overridden(params: G, result: R) -> R:
    changes = {
        member: value
        for name, member in _OVERRIDES.items()
        if isinstance(value := getattr(params, name), str)
    }
    return msgspec.structs.replace(result, **changes) if changes else result


def _with_checksums(params: G, version: ObjectVersion, result: R, span: Span | None) -> R:
    """Checksums, where they were asked for: the object's, or those of the one part that is read."""
    if params.checksum_mode is UNSET or params.checksum_mode.upper() != "ENABLED":
        return result
    if span is None or span.length == span.size:
        return object_checksums.shown(result, version.checksums)
    if params.part_number is not UNSET and version.parts is not UNSET:
        return object_checksums.shown(result, version.parts[params.part_number - 1].checksums)
    return result


def _parts_count(part_number: int | UnsetType, version: ObjectVersion) -> int | UnsetType:
    return len(version.parts) if part_number is not UNSET and version.parts is not UNSET else UNSET
