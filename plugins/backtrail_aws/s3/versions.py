"""Versions of a key: finding the one that a call means, and how a write, a delete and a removal move them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from backtrail import UNSET, Call, Event, NotInTrail, Params, Refusal, UnsetType
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import access, errors, lifecycle_plan
from backtrail_aws.s3.state import ENABLED, NULL, S3, SUSPENDED, Bucket, Object, ObjectVersion

P = TypeVar("P", bound=Params)
_ID = re.compile(r"[A-Za-z0-9._-]{32}")


@lru_cache(maxsize=1024)
def second(moment: datetime) -> IsoMillisZ:
    """A moment as S3 keeps dates: to the second."""
    return IsoMillisZ.of(moment.replace(microsecond=0))


def object_of(
    state: S3, call: Call[P], bucket: Bucket, key: str, version_id: str | UnsetType, *, method: str = "GET"
) -> ObjectVersion:
    """The version that a call means: the current one, or the one it names. Refuses where that is no object.

    Who may not list the bucket is not told whether a key exists (403 for 404).
    """
    found = bucket.find(key)
    if version_id is not UNSET:
        return _named(call, bucket, found, key, version_id, method)
    if found is not None and not found.current.delete_marker:
        return found.current
    if not access.allows(state, call, "s3:ListBucket", bucket):
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()
    if found is None:
        raise missing(bucket, key)
    raise errors.no_such_key(key, marker_headers(bucket, found.current))


def _named(
    call: Call[P], bucket: Bucket, found: Object | None, key: str, version_id: str, method: str
) -> ObjectVersion:
    check_id(version_id)
    version = found.version(version_id) if found is not None else None
    if version is None:
        if bucket.implied_by is not None:
            raise NotInTrail(f"No record tells whether {bucket.name}/{key} has a version {version_id}.")
        raise errors.no_such_version(key, version_id)
    if version.delete_marker:
        headers = marker_headers(bucket, version)
        if version.modified is not UNSET:
            headers.append(("Last-Modified", http_date(version.modified)))
        raise errors.not_for_marker(headers, method)
    return version


def missing(bucket: Bucket, key: str) -> Exception:
    """What to say of a key that nobody saw: that it is not there, or that no record tells."""
    if bucket.implied_by is not None:
        return NotInTrail(
            f"No record tells whether {bucket.name}/{key} exists: the bucket is older than the log."
        )
    return errors.no_such_key(key)


def check_id(version_id: str) -> None:
    """Refuses what no version id looks like."""
    if version_id != NULL and not _ID.fullmatch(version_id):
        raise errors.invalid_version(version_id)


def marker_headers(bucket: Bucket, marker: ObjectVersion) -> errors.Headers:
    """The headers that tell of a delete marker."""
    headers = [("x-amz-delete-marker", "true")]
    if bucket.versioning is not UNSET:
        headers.append(("x-amz-version-id", marker.version_id))
    return headers


def http_date(moment: datetime) -> str:
    """A date as HTTP writes it."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{days[moment.weekday()]}, {moment:%d} {months[moment.month - 1]} {moment:%Y %H:%M:%S} GMT"


def new_id(call: Call[P], bucket: Bucket, label: str = "version") -> str | UnsetType:
    """The id that a new version gets and the answer tells: UNSET where the bucket was never versioned."""
    if bucket.versioning == ENABLED:
        return call.new_id("let32", label)
    return NULL if bucket.versioning == SUSPENDED else UNSET


def recorded_id(bucket: Bucket, event: Event[Any, Any], told: str | UnsetType, label: str = "version") -> str:
    """The id of a version that a record made; derived from the event where the record does not tell it."""
    if told is not UNSET:
        return told
    return event.new_id("let32", label) if bucket.versioning == ENABLED else NULL


def answered_id(bucket: Bucket, version: ObjectVersion) -> str | UnsetType:
    """The version id as answers tell it: buckets that were never versioned have none."""
    return UNSET if bucket.versioning is UNSET else version.version_id


# fold


def put(state: S3, bucket: Bucket, key: str, version: ObjectVersion, now: datetime) -> None:
    """Make a version the current one of its key. A version `null` takes the place of the one before."""
    version.seq = bucket.next_seq()
    found = bucket.find(key)
    replaced = found.version(version.version_id) if found is not None else None
    if found is None or (replaced is not None and not found.drop(version.version_id)):
        found = Object(current=version)
    else:
        found.push(version)
    bucket.place(key, found)
    lifecycle_plan.changed(state, bucket, key, now, replaced)


def remove(state: S3, bucket: Bucket, key: str, version_id: str, now: datetime) -> None:
    """Remove one version for good; the one before it is the current one again."""
    found = bucket.find(key)
    removed = found.version(version_id) if found is not None else None
    if found is None or removed is None:
        return
    lifecycle_plan.forget(state, bucket, key, version_id)
    if found.drop(version_id):
        bucket.place(key, found)
        lifecycle_plan.changed(state, bucket, key, now, removed)
    else:
        bucket.remove(key)


def delete(state: S3, bucket: Bucket, key: str, marker: ObjectVersion, now: datetime) -> None:
    """What a delete without a version does: the key is gone, or lies under a marker where the bucket is versioned."""
    if bucket.versioning is UNSET and marker.version_id == NULL:
        remove(state, bucket, key, NULL, now)
    else:
        put(state, bucket, key, marker, now)


def known_version(
    state: S3, bucket: Bucket, key: str, version_id: str | UnsetType, event: Event[Any, Any]
) -> ObjectVersion | None:
    """The version that a record is about, inferred where nobody saw it; None where it is a delete marker."""
    found = bucket.find(key)
    version = found.current if found is not None and version_id is UNSET else None
    if found is not None and version_id is not UNSET:
        version = found.version(version_id)
    if version is None:
        version = ObjectVersion(version_id=NULL if version_id is UNSET else version_id, owner=bucket.account)
        event.implied.append(f"{bucket.name}/{key}")
        put(state, bucket, key, version, event.time)
    return None if version.delete_marker else version


def archived(version: ObjectVersion, now: datetime) -> bool:
    """Whether a version's bytes are in an archive at a time, with no restored copy beside."""
    if version.storage_class not in ("GLACIER", "DEEP_ARCHIVE"):
        return False
    restore = version.restore
    return restore is UNSET or not restore.ready <= now < restore.expires


def refuse_archived(version: ObjectVersion, now: datetime) -> Refusal | None:
    """The refusal of a read of archived bytes."""
    return errors.invalid_object_state(version.storage_class) if archived(version, now) else None
