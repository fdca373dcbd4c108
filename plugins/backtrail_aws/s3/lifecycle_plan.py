"""What time will do to a bucket's versions and uploads, kept by time.

Each version and each upload that something will happen to stands once in `Bucket.due`, under the time of the next
thing; a bucket stands in `S3.due` under the first of these. Whatever moves a version moves its place: O(log n) for
each, and nothing for buckets without rules and restores.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from backtrail import UNSET, SortedMap
from backtrail_aws.s3.lifecycle_matches import rules_of
from backtrail_aws.s3.lifecycle_steps import ABORT, Step, next_step, upload_step
from backtrail_aws.s3.state import S3, Bucket, Object, ObjectVersion, Planned, Upload

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TIME: Final = 16
"""Entries begin with their time: microseconds since 1970, in as many hex digits."""


class Due(NamedTuple):
    """Something that time does: to a version of a key, or to an upload (`id` is whose)."""

    bucket: Bucket
    key: str
    id: str
    planned: Planned


def next_due(state: S3) -> datetime | None:
    """When time next has something to do, in O(1)."""
    first = state.due.first()
    return None if first is None else _moment(first[:_TIME])


def due(state: S3, now: datetime) -> Iterator[Due]:
    """What is due by a time: the earliest first of each bucket."""
    latest = _written(now)
    for first, name in state.due.items():
        if first[:_TIME] > latest:
            return
        bucket = state.buckets[name]
        for entry, planned in bucket.due.items():
            if entry[:_TIME] > latest:
                break
            key, _, identifier = entry[_TIME:].rpartition("\0")
            yield Due(bucket, key, identifier, planned)


# versions


def changed(state: S3, bucket: Bucket, key: str, now: datetime, gone: ObjectVersion | None = None) -> None:
    """Plan anew what a change of a key's versions concerns. `gone` is the version that went, if one did."""
    if bucket.lifecycle is UNSET and not bucket.planned:
        return
    found = bucket.find(key)
    if found is None:
        return
    for version in list(_concerned(bucket, found, gone)):
        _place(bucket, f"{key}\0{version.version_id}", next_step(bucket, key, found, version, now))
    _note(state, bucket)


def replan(state: S3, bucket: Bucket, key: str, version: ObjectVersion, now: datetime) -> None:
    """Plan anew what time does to one version."""
    found = bucket.find(key)
    if found is not None:
        _place(bucket, f"{key}\0{version.version_id}", next_step(bucket, key, found, version, now))
        _note(state, bucket)


def forget(state: S3, bucket: Bucket, key: str, identifier: str) -> None:
    """Plan nothing for a version or an upload that is gone."""
    if bucket.planned:
        _place(bucket, f"{key}\0{identifier}", None)
        _note(state, bucket)


def rebuild(state: S3, bucket: Bucket, now: datetime) -> None:
    """Plan everything anew: the rules have changed."""
    bucket.due, bucket.planned = SortedMap[str, Planned](), {}
    for keys in (bucket.objects, bucket.buried):
        for key, found in keys.items():
            for version in found.versions():
                _place(bucket, f"{key}\0{version.version_id}", next_step(bucket, key, found, version, now))
    for upload in bucket.uploads.values():
        _place(bucket, f"{upload.key}\0{upload.upload_id}", upload_step(bucket, upload, now))
    _note(state, bucket)


def _concerned(bucket: Bucket, found: Object, gone: ObjectVersion | None) -> Iterator[ObjectVersion]:
    """The versions whose future a change may move: the current one, the one before it, the one after a version that
    went, and those at the edge of what rules keep (NewerNoncurrentVersions)."""
    yield found.current
    if found.past is None:
        return
    edges = {0} | {edge for number in rules_of(bucket.lifecycle).newer for edge in (number - 1, number)}
    for rank, version in enumerate(islice(found.past.versions.values(), max(edges) + 1)):
        if rank in edges:
            yield version
    if gone is not None:
        for _, version in islice(found.past.versions.items_from(-gone.seq, after=True), 1):
            yield version


# uploads


def upload_begun(state: S3, bucket: Bucket, upload: Upload, now: datetime) -> None:
    """Plan the end of an upload, where a rule sets one."""
    if bucket.lifecycle is not UNSET:
        _place(bucket, f"{upload.key}\0{upload.upload_id}", upload_step(bucket, upload, now))
        _note(state, bucket)


def is_upload(one: Due) -> bool:
    """Whether it is an upload that time concerns."""
    return one.planned.action == ABORT


# places


def _place(bucket: Bucket, where: str, step: Step | None) -> None:
    before = bucket.planned.get(where)
    entry = None if step is None else f"{_written(step.due)}{where}"
    if before is not None and before != entry:
        del bucket.due[before]
        del bucket.planned[where]
    if entry is not None and step is not None:
        bucket.planned[where] = entry
        bucket.due[entry] = step.planned


def _note(state: S3, bucket: Bucket) -> None:
    """Keep a bucket where the first of what is due stands."""
    first = bucket.due.first()
    wanted = "" if first is None else f"{first[:_TIME]}{bucket.name}"
    if wanted == bucket.next_due:
        return
    if bucket.next_due:
        state.due.pop(bucket.next_due, None)
    if wanted:
        state.due[wanted] = bucket.name
    bucket.next_due = wanted


def _written(moment: datetime) -> str:
    return f"{(moment - _EPOCH) // _MICROSECOND:016x}"


@lru_cache(256)
def _moment(written: str) -> datetime:
    return _EPOCH + int(written, 16) * _MICROSECOND
