"""ListObjects, in its two versions.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and API_ListObjects.html there.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TypeVar

from backtrail import UNSET, Call, NotInTrail, UnsetType
from backtrail_aws.s3 import api, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.listing_walk import Walked, check_encoding, page_size, told, walk
from backtrail_aws.s3.object_restore import restore_status
from backtrail_aws.s3.objects_new import quoted
from backtrail_aws.s3.owners import owner_of
from backtrail_aws.s3.state import S3, Bucket, Object, ObjectVersion, service

L = TypeVar("L", api.ListObjects, api.ListObjectsV2)


@service.read
def list_objects(state: S3, call: Call[api.ListObjects]) -> api.ListObjectsResult:
    """A page of keys after a marker, with their owners."""
    params = call.params
    page = _walk(state, call, told(params.marker))
    return api.ListObjectsResult(
        name=params.bucket,
        prefix=told(params.prefix),
        marker=told(params.marker),
        # only with a delimiter: without one, the last key is the next marker (the page above)
        next_marker=page.last
        if page.truncated and params.delimiter is not UNSET and params.delimiter
        else UNSET,
        delimiter=params.delimiter,
        max_keys=page_size(params.max_keys),
        encoding_type=params.encoding_type,
        is_truncated=page.truncated,
        contents=_contents(params, page, call.time, owners=True),
        common_prefixes=_prefixes(page),
    )


@service.read
def list_objects_v2(state: S3, call: Call[api.ListObjectsV2]) -> api.ListObjectsV2Result:
    """A page of keys after a token, or after any key."""
    params = call.params
    token = params.continuation_token
    page = _walk(state, call, told(params.start_after) if token is UNSET else read_token(token))
    return api.ListObjectsV2Result(
        name=params.bucket,
        prefix=told(params.prefix),
        delimiter=params.delimiter,
        max_keys=page_size(params.max_keys),
        encoding_type=params.encoding_type,
        key_count=len(page.items) + len(page.prefixes),
        start_after=params.start_after,
        continuation_token=token,
        next_continuation_token=token_of(page.last) if page.truncated else UNSET,
        is_truncated=page.truncated,
        contents=_contents(params, page, call.time, owners=params.fetch_owner is True),
        common_prefixes=_prefixes(page),
    )


def _walk(state: S3, call: Call[L], marker: str) -> Walked[Object]:
    params = call.params
    bucket = bucket_of(state, call, "s3:ListBucket")
    limit = page_size(params.max_keys)
    check_encoding(params.encoding_type)
    refuse_unknown(bucket)
    return walk(
        lambda key, exclusive: bucket.objects.items_from(key, after=exclusive),
        told(params.prefix),
        told(params.delimiter),
        marker,
        limit,
    )


def refuse_unknown(bucket: Bucket) -> None:
    """A list that a foreign DeleteObjects made unknowable is none: its keys stand in no record."""
    if bucket.objects_unknown is not None:
        raise NotInTrail(
            f"The objects that DeleteObjects {bucket.objects_unknown} deleted from {bucket.name} stand in no record."
        )


def _contents(
    params: L, page: Walked[Object], now: datetime, *, owners: bool
) -> list[api.Object] | UnsetType:
    wanted = params.optional_object_attributes
    with_restore = wanted is not UNSET and "RestoreStatus" in wanted
    return [_listed(key, found.current, now, owners, with_restore) for key, found in page.items] or UNSET


def _listed(key: str, version: ObjectVersion, now: datetime, owners: bool, with_restore: bool) -> api.Object:
    checksums = version.checksums
    has_checksums = checksums is not UNSET and bool(checksums.values)
    return api.Object(
        key=key,
        last_modified=version.modified,
        e_tag=UNSET if version.e_tag is UNSET else quoted(version.e_tag),
        checksum_algorithm=list(checksums.values) if checksums is not UNSET and has_checksums else UNSET,
        checksum_type=checksums.kind if checksums is not UNSET and has_checksums else UNSET,
        size=version.size,
        storage_class=version.storage_class,
        owner=owner_of(version.owner) if owners else UNSET,
        restore_status=restore_status(version, now) if with_restore else UNSET,
    )


def _prefixes(page: Walked[Object]) -> list[api.CommonPrefix] | UnsetType:
    return [api.CommonPrefix(prefix=prefix) for prefix in page.prefixes] or UNSET


def token_of(last: str) -> str:
    """The token of the page after the one that ended with a key or common prefix."""
    return base64.urlsafe_b64encode(b"1" + last.encode("utf-8", "surrogatepass")).decode()


def read_token(token: str) -> str:
    """Where a page begins. Refuses what `token_of` did not make."""
    try:
        data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        if data[:1] != b"1":
            raise ValueError
        return data[1:].decode("utf-8", "surrogatepass")
    except (ValueError, binascii.Error) as error:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
        raise errors.invalid_argument(
            "The continuation token provided is incorrect", "continuation-token", token
        ) from error
