"""The source of a copy: `x-amz-copy-source`, read and found.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html: `bucket/key`, percent-encoded, with or without a
leading slash, and `?versionId=` behind it.
"""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import unquote

import msgspec

from backtrail import UNSET, Call, UnsetType
from backtrail_aws.s3 import access, api, errors, versions
from backtrail_aws.s3.addressing import expect_owner
from backtrail_aws.s3.state import S3, Bucket, ObjectVersion

C = TypeVar("C", api.CopyObject, api.UploadPartCopy)
_QUERY = "?versionId="


class Source(msgspec.Struct, frozen=True):
    """What a copy's header names. `found` is its bucket."""

    bucket: str
    key: str
    version_id: str | UnsetType = UNSET
    found: Bucket | None = None


def source_of(wanted: str | UnsetType) -> Source:
    """The bucket, key and version that a header names. Refuses one that has not both."""
    text = "" if wanted is UNSET else wanted
    path, _, version = text.partition(_QUERY)
    bucket, _, key = unquote(path.removeprefix("/")).partition("/")
    if not bucket or not key:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            "x-amz-copy-source",
            text,
        )
    return Source(bucket, key, unquote(version) if version else UNSET)


def find_source(state: S3, call: Call[C], named: Source) -> tuple[Source, ObjectVersion]:
    """The version that is copied. A source may lie in any region."""
    bucket = state.buckets.get(named.bucket)
    if bucket is None:
        raise errors.no_such_bucket(named.bucket)
    expect_owner(bucket, call.params.expected_source_bucket_owner)
    action = "s3:GetObject" if named.version_id is UNSET else "s3:GetObjectVersion"
    access.require(state, call, action, bucket, named.key)
    found = bucket.find(named.key)
    if named.version_id is not UNSET and found is not None:
        marked = found.version(named.version_id)
        if marked is not None and marked.delete_marker:
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
            raise errors.invalid_request(
                "The source of a copy request may not specifically refer to a delete marker by version id."
            )
    version = versions.object_of(state, call, bucket, named.key, named.version_id)
    return msgspec.structs.replace(named, found=bucket), version


def recorded_source(state: S3, text: str | UnsetType, told: str | UnsetType) -> ObjectVersion | None:
    """The version that a recorded copy took, None where nobody saw it."""
    if text is UNSET:
        return None
    path, _, version = text.partition(_QUERY)
    name, _, key = unquote(path.removeprefix("/")).partition("/")
    bucket = state.buckets.get(name)
    found = bucket.find(key) if bucket is not None else None
    if found is None:
        return None
    named = unquote(version) if version else told
    taken = found.current if named is UNSET else found.version(named)
    return None if taken is None or taken.delete_marker else taken
