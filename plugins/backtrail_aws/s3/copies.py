"""CopyObject: an object made of another, wherever it lies.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html. The copy shares the source's body; what must be
computed anew is its MD5 and its checksum.
"""

from __future__ import annotations

from typing import Any, TypeVar

from backtrail import UNSET, Blob, Call, Effect, Event, NotInTrail, Params, UnsetType
from backtrail_aws.s3 import (
    api,
    conditions,
    digests,
    errors,
    lifecycle_steps,
    limits,
    object_checksums,
    object_encryption,
    object_keys,
    versions,
)
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.copies_source import Source, find_source, recorded_source, source_of
from backtrail_aws.s3.objects_new import (
    checked,
    described,
    encrypted,
    encryption_of,
    headers_of,
    quoted,
    told_tags,
    unquoted,
)
from backtrail_aws.s3.state import (
    S3,
    Bucket,
    Checksums,
    Encryption,
    Headers,
    ObjectVersion,
    known_bucket,
    service,
)

P = TypeVar("P", bound=Params)
REPLACE = "REPLACE"


@service.handle
def copy_object(state: S3, call: Call[api.CopyObject]) -> api.CopyObjectResult | Effect:
    """A copy, with the source's description or a new one."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObject", params.key)
    _check_directives(params)
    encryption = checked(call, params, bucket)
    source, version = find_source(state, call, source_of(params.copy_source))
    conditions.check_copy(params, version)
    _check_source(call, version)
    _check_change(params, bucket, source)
    conditions.check_write(params, bucket, params.key)
    body = _body_of(source, version)
    algorithm = _algorithm(params.checksum_algorithm, version)
    digest = digests.of(call, body, [algorithm], known_md5(version), known_checksums(version))
    if isinstance(digest, Effect):
        return digest
    return _answer(call, bucket, source, version, encryption, digest)


def _answer(
    call: Call[api.CopyObject],
    bucket: Bucket,
    source: Source,
    version: ObjectVersion,
    encryption: Encryption,
    digest: digests.Digest,
) -> api.CopyObjectResult:
    e_tag = digest.md5 if object_encryption.plain_md5(encryption) else call.new_id("hex32", "etag")
    told = api.CopyObjectResultShape(e_tag=quoted(e_tag), last_modified=versions.second(call.time))
    result = api.CopyObjectResult(
        copy_object_result=object_checksums.shown(told, Checksums(values=digest.checksums)),
        copy_source_version_id=versions.answered_id(source.found, version)
        if source.found is not None
        else UNSET,
        version_id=versions.new_id(call, bucket),
        expiration=UNSET if bucket.lifecycle is UNSET else _expiration(call, bucket, version),
    )
    return encrypted(result, encryption)


def _expiration(call: Call[api.CopyObject], bucket: Bucket, source: ObjectVersion) -> str | UnsetType:
    params = call.params
    tags = told_tags(params.tagging) if params.tagging_directive == REPLACE else source.tags
    return lifecycle_steps.expiration(bucket, params.key, versions.second(call.time), source.size, tags)


@service.project
def object_copied(state: S3, event: Event[api.CopyObject, api.CopyObjectResult]) -> None:
    """The copy is the current version of its key. Where nobody saw the source, its bytes are not known."""
    params, result = event.params, event.result
    bucket = known_bucket(state, params.bucket, event)
    source = recorded_source(state, params.copy_source, result.copy_source_version_id)
    version = described(event, params, bucket, encryption_of(params, result))
    version.version_id = versions.recorded_id(bucket, event, result.version_id)
    _describe(version, params, source)
    told = result.copy_object_result
    if told is not UNSET:
        version.e_tag = unquoted(told.e_tag)
        version.checksums = object_checksums.of_result(told)
    if source is not None:
        version.body, version.size = source.body, source.size
    versions.put(state, bucket, params.key, version, event.time)


def _describe(version: ObjectVersion, params: api.CopyObject, source: ObjectVersion | None) -> None:
    """Metadata and tags are the source's unless they are replaced; a redirect is never copied."""
    if params.metadata_directive != REPLACE:
        kept = Headers() if source is None or source.headers is UNSET else source.headers
        headers = Headers(
            content_type=kept.content_type,
            cache_control=kept.cache_control,
            content_disposition=kept.content_disposition,
            content_encoding=kept.content_encoding,
            content_language=kept.content_language,
            expires=kept.expires,
            redirect=params.website_redirect_location,
        )
        version.headers = UNSET if headers == Headers() else headers
        version.metadata = UNSET if source is None else source.metadata
    else:
        version.headers = headers_of(params)
    if params.tagging_directive != REPLACE:
        tags = UNSET if source is None else source.tags
        version.tags = tags if tags is UNSET else dict(tags)
    else:
        version.tags = told_tags(params.tagging)


def known_md5(version: ObjectVersion) -> str:
    """The MD5 of a version's content where its ETag tells it, else ""."""
    if version.e_tag is UNSET or "-" in version.e_tag or version.encryption is UNSET:
        return ""
    return version.e_tag if object_encryption.plain_md5(version.encryption) else ""


def known_checksums(version: ObjectVersion) -> dict[str, str]:
    """The checksums of all of a version's content; a composite one tells of its parts alone."""
    checksums = version.checksums
    return checksums.values if checksums is not UNSET and checksums.kind == object_checksums.FULL else {}


def _algorithm(wanted: str | UnsetType, version: ObjectVersion) -> str:
    """The copy's checksum: as asked, else the source's, else S3's default."""
    if wanted is not UNSET:
        name = wanted.upper()
        if name not in object_checksums.ATTRIBUTES:
            raise object_checksums.unknown(wanted)
        return name
    kept = version.checksums
    return next(iter(kept.values), "CRC64NVME") if kept is not UNSET else "CRC64NVME"


def _body_of(source: Source, version: ObjectVersion) -> Blob:
    if version.body is UNSET or version.size is UNSET:
        raise NotInTrail(f"No record holds the content of {source.bucket}/{source.key}.")
    if version.size > limits.COPY_MAX_BYTES:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
        raise errors.invalid_request(
            "The specified copy source is larger than the maximum allowable size for a copy source: "
            f"{limits.COPY_MAX_BYTES}"
        )
    return version.body


def _check_source(call: Call[api.CopyObject], version: ObjectVersion) -> None:
    check_source_key(call, version)
    if versions.archived(version, call.time):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
        raise errors.refused(
            "ObjectNotInActiveTierError",
            "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.",
            403,
        )


def check_source_key(call: Call[api.CopyObject] | Call[api.UploadPartCopy], version: ObjectVersion) -> None:
    """Refuses a copy that lacks the customer's key of its source, or whose source's KMS key cannot be used."""
    params = call.params
    given = object_encryption.proven_key(
        params.copy_source_sse_customer_algorithm,
        params.copy_source_sse_customer_key,
        params.copy_source_sse_customer_key_md5,
    )
    object_encryption.check_read(given, version)
    object_keys.check_read(call, version, source_of(params.copy_source).bucket)


def _check_directives(params: api.CopyObject) -> None:
    for name, value in (("metadata", params.metadata_directive), ("tagging", params.tagging_directive)):
        if value not in (UNSET, "COPY", REPLACE):
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
            raise errors.invalid_argument(f"Unknown {name} directive.", f"x-amz-{name}-directive", str(value))


def _check_change(params: api.CopyObject, bucket: Bucket, source: Source) -> None:
    """A copy onto itself must change something, unless it brings back an older version."""
    if source.bucket != params.bucket or source.key != params.key or source.version_id is not UNSET:
        return
    changes: list[Any] = [
        params.storage_class,
        params.website_redirect_location,
        params.server_side_encryption,
        params.sse_customer_key,
        params.ssekms_key_id,
        params.bucket_key_enabled,
        params.checksum_algorithm,
    ]
    if params.metadata_directive != REPLACE and all(change is UNSET for change in changes):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
        raise errors.invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
