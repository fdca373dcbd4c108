"""Conditions on entity tags and times, of reads, copies, writes and deletes.

Reads: RFC 9110 13.2.2 and https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html; writes:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html; deletes:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from backtrail import UNSET, Refusal, UnsetType
from backtrail_aws.s3 import errors
from backtrail_aws.s3.state import Bucket, Object, ObjectVersion


class Reading(Protocol):
    """Parameters with the four conditions of a read."""

    @property
    def if_match(self) -> str | UnsetType: ...
    @property
    def if_none_match(self) -> str | UnsetType: ...
    @property
    def if_modified_since(self) -> datetime | UnsetType: ...
    @property
    def if_unmodified_since(self) -> datetime | UnsetType: ...


class Copying(Protocol):
    """Parameters with the four conditions on the source of a copy."""

    @property
    def copy_source_if_match(self) -> str | UnsetType: ...
    @property
    def copy_source_if_none_match(self) -> str | UnsetType: ...
    @property
    def copy_source_if_modified_since(self) -> datetime | UnsetType: ...
    @property
    def copy_source_if_unmodified_since(self) -> datetime | UnsetType: ...


class Writing(Protocol):
    """Parameters of a conditional write."""

    @property
    def if_match(self) -> str | UnsetType: ...
    @property
    def if_none_match(self) -> str | UnsetType: ...


def matches(wanted: str, e_tag: str | UnsetType) -> bool:
    """Whether a condition's list of entity tags (quoted or not, or `*`) has this one. An unknown tag matches all."""
    wanted = wanted.strip()
    if wanted == "*" or e_tag is UNSET:
        return True
    return any(part.strip().removeprefix("W/").strip('"') == e_tag for part in wanted.split(","))


def check_read(params: Reading, version: ObjectVersion, headers: errors.Headers) -> None:
    """Refuses with 412, or with 304 and its headers. A tag's condition silences the time's beside it."""
    if params.if_match is not UNSET:
        if not matches(params.if_match, version.e_tag):
            raise errors.precondition_failed("If-Match")
    elif _later(version, params.if_unmodified_since):
        raise errors.precondition_failed("If-Unmodified-Since")
    if params.if_none_match is not UNSET:
        if version.e_tag is not UNSET and matches(params.if_none_match, version.e_tag):
            raise errors.not_modified(headers)
    elif _not_later(version, params.if_modified_since):
        raise errors.not_modified(headers)


def check_copy(params: Copying, version: ObjectVersion) -> None:
    """Refuses a copy with 412 whichever condition fails; both of a pair work as for a read."""
    if params.copy_source_if_match is not UNSET:
        if not matches(params.copy_source_if_match, version.e_tag):
            raise errors.precondition_failed("x-amz-copy-source-If-Match")
    elif _later(version, params.copy_source_if_unmodified_since):
        raise errors.precondition_failed("x-amz-copy-source-If-Unmodified-Since")
    if params.copy_source_if_none_match is not UNSET:
        if version.e_tag is not UNSET and matches(params.copy_source_if_none_match, version.e_tag):
            raise errors.precondition_failed("x-amz-copy-source-If-None-Match")
    elif _not_later(version, params.copy_source_if_modified_since):
        raise errors.precondition_failed("x-amz-copy-source-If-Modified-Since")


def check_write(params: Writing, bucket: Bucket, key: str) -> None:
    """Refuses a write whose key exists (If-None-Match: *), or is not what the writer saw (If-Match)."""
    if params.if_none_match is not UNSET:
        if params.if_none_match.strip() != "*" or params.if_match is not UNSET:
            raise _not_implemented("If-None-Match")
        if key in bucket.objects:
            raise errors.precondition_failed("If-None-Match")
    if params.if_match is not UNSET:
        if params.if_match.strip() == "*":
            raise _not_implemented("If-Match")
        found = bucket.objects.get(key)
        if found is None:
            raise errors.no_such_key(key)
        if not matches(params.if_match, found.current.e_tag):
            raise errors.precondition_failed("If-Match")


def check_delete(if_match: str | UnsetType, found: Object | None, key: str) -> None:
    """Refuses a delete whose key is not there (404), lies under a delete marker, or has another tag (412)."""
    if if_match is UNSET:
        return
    if found is None:
        raise errors.no_such_key(key)
    if found.current.delete_marker or not matches(if_match, found.current.e_tag):
        raise errors.precondition_failed("If-Match")


def _later(version: ObjectVersion, than: datetime | UnsetType) -> bool:
    return than is not UNSET and version.modified is not UNSET and version.modified > than


def _not_later(version: ObjectVersion, than: datetime | UnsetType) -> bool:
    return than is not UNSET and version.modified is not UNSET and version.modified <= than


def _not_implemented(header: str) -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return errors.refused(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        501,
        Header=header,
    )
