"""ListObjectVersions: all versions and delete markers, by key, newest first.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import merge

import msgspec

from backtrail import UNSET, Call, UnsetType
from backtrail_aws.s3 import api, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.listing import refuse_unknown
from backtrail_aws.s3.listing_walk import after, check_encoding, page_size, rolled, told
from backtrail_aws.s3.object_restore import restore_status
from backtrail_aws.s3.objects_new import quoted
from backtrail_aws.s3.owners import owner_of
from backtrail_aws.s3.state import S3, Bucket, Object, ObjectVersion, service


class Found(msgspec.Struct):
    """A page of versions, markers and common prefixes, and the place of its last entry."""

    versions: list[api.ObjectVersion]
    markers: list[api.DeleteMarkerEntry]
    prefixes: list[str]
    last: tuple[str, str | UnsetType] | None = None
    truncated: bool = False

    def count(self) -> int:
        return len(self.versions) + len(self.markers) + len(self.prefixes)


@service.read
def list_object_versions(state: S3, call: Call[api.ListObjectVersions]) -> api.ListObjectVersionsResult:
    """A page of versions after a key, or after a version of a key."""
    params = call.params
    bucket = bucket_of(state, call, "s3:ListBucketVersions")
    limit = page_size(params.max_keys)
    check_encoding(params.encoding_type)
    if params.version_id_marker is not UNSET and not told(params.key_marker):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
        raise errors.invalid_argument(
            "A version-id marker cannot be specified without a key marker.",
            "version-id-marker",
            params.version_id_marker,
        )
    refuse_unknown(bucket)
    page = _page(bucket, params, limit, call.time)
    last = page.last if page.truncated else None
    return api.ListObjectVersionsResult(
        name=params.bucket,
        prefix=told(params.prefix),
        key_marker=told(params.key_marker),
        version_id_marker=told(params.version_id_marker),
        next_key_marker=last[0] if last is not None else UNSET,
        next_version_id_marker=last[1] if last is not None else UNSET,
        delimiter=params.delimiter,
        max_keys=limit,
        encoding_type=params.encoding_type,
        is_truncated=page.truncated,
        versions=page.versions or UNSET,
        delete_markers=page.markers or UNSET,
        common_prefixes=[api.CommonPrefix(prefix=prefix) for prefix in page.prefixes] or UNSET,
    )


def _page(bucket: Bucket, params: api.ListObjectVersions, limit: int, now: datetime) -> Found:
    page = Found([], [], [])
    with_restore = (
        params.optional_object_attributes is not UNSET
        and "RestoreStatus" in params.optional_object_attributes
    )
    for key, version, latest in _entries(bucket, params):
        if page.count() == limit:
            page.truncated = limit > 0
            break
        if version is None:
            page.prefixes.append(key)
            page.last = (key, UNSET)
            continue
        page.last = (key, version.version_id)
        if version.delete_marker:
            page.markers.append(_marker(key, version, latest))
        else:
            page.versions.append(_version(key, version, latest, now if with_restore else None))
    return page


def _entries(
    bucket: Bucket, params: api.ListObjectVersions
) -> Iterator[tuple[str, ObjectVersion | None, bool]]:
    """Versions in order, and common prefixes (without a version), each found by seeking."""
    prefix, delimiter, marker = told(params.prefix), told(params.delimiter), told(params.key_marker)
    start: str | None = prefix
    if marker >= prefix and marker:
        if rolled(marker, prefix, delimiter) == marker and marker.startswith(prefix):
            start = after(marker)
        else:
            yield from _rest_of_marker(bucket, params, prefix, delimiter, marker)
            start = marker + "\0"
    while start is not None:
        jump: str | None = None
        for key, found in _keys(bucket, start):
            if not key.startswith(prefix):
                return
            jump = rolled(key, prefix, delimiter)
            if jump is not None:
                yield jump, None, False
                break
            for version in found.versions():
                yield key, version, version is found.current
        start = after(jump) if jump is not None else None


def _rest_of_marker(
    bucket: Bucket, params: api.ListObjectVersions, prefix: str, delimiter: str, marker: str
) -> Iterator[tuple[str, ObjectVersion | None, bool]]:
    """The versions of the marker's key that are older than the marker's version."""
    found = bucket.find(marker)
    named = params.version_id_marker
    if found is None or named is UNSET or not named or not marker.startswith(prefix):
        return
    if rolled(marker, prefix, delimiter) is not None:
        return
    version = found.version(named)
    if version is None:
        return
    for older in found.versions(version.seq):
        yield marker, older, False


def _keys(bucket: Bucket, start: str) -> Iterator[tuple[str, Object]]:
    """Living and buried keys in one order."""
    living, buried = bucket.objects.items_from(start), bucket.buried.items_from(start)
    return iter(living) if not bucket.buried else merge(living, buried, key=lambda item: item[0])


def _marker(key: str, version: ObjectVersion, latest: bool) -> api.DeleteMarkerEntry:
    return api.DeleteMarkerEntry(
        key=key,
        version_id=version.version_id,
        is_latest=latest,
        last_modified=version.modified,
        owner=owner_of(version.owner),
    )


def _version(key: str, version: ObjectVersion, latest: bool, now: datetime | None) -> api.ObjectVersion:
    checksums = version.checksums
    has_checksums = checksums is not UNSET and bool(checksums.values)
    return api.ObjectVersion(
        key=key,
        version_id=version.version_id,
        is_latest=latest,
        last_modified=version.modified,
        e_tag=UNSET if version.e_tag is UNSET else quoted(version.e_tag),
        checksum_algorithm=list(checksums.values) if checksums is not UNSET and has_checksums else UNSET,
        checksum_type=checksums.kind if checksums is not UNSET and has_checksums else UNSET,
        size=version.size,
        storage_class=version.storage_class,
        owner=owner_of(version.owner),
        restore_status=UNSET if now is None else restore_status(version, now),
    )
