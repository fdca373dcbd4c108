"""What time does next to a version or an upload, and when: from the bucket's rules, and from its restore.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import limits
from backtrail_aws.s3.lifecycle_matches import Move, Rule, Rules, When, rules_of
from backtrail_aws.s3.lifecycle_transitions import WATERFALL
from backtrail_aws.s3.state import Bucket, Object, ObjectVersion, Planned, Upload

EXPIRE: Final = "expire"
REMOVE: Final = "remove"
MOVE: Final = "move"
ABORT: Final = "abort"
RESTORED: Final = "restored"
UNRESTORED: Final = "unrestored"
"""The actions of `Planned`: the current version expires; a version, or a lone delete marker, is removed for good; a
version changes its class; an upload is given up; a restored copy is there; it is gone."""

# "Permanent deletion takes precedence over transition. Transition takes precedence over creation of delete markers."
_FOREVER, _MOVING, _MARKING = 0, 1, 2
# The less costly class wins; "S3 Intelligent-Tiering is favored ... over any storage class, aside from S3 Glacier and
# S3 Glacier Deep Archive" (both: lifecycle-conflicts)
_FAVOURED: Final = (
    "DEEP_ARCHIVE",
    "GLACIER",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "ONEZONE_IA",
    "STANDARD_IA",
)
_ARCHIVES: Final = ("GLACIER", "DEEP_ARCHIVE")
_VARIES: Final = "varies_by_storage_class"
_DAY: Final = timedelta(days=1)


class Step(NamedTuple):
    """When, how it ranks among what is due at that time, and what."""

    due: datetime
    rank: int
    favour: int
    planned: Planned


def next_step(bucket: Bucket, key: str, found: Object, version: ObjectVersion, now: datetime) -> Step | None:
    """What time does next to a version, seen from `now`; None for nothing.

    Rules act once a day, at midnight UTC: what they had to do before `now` they do at the next one.
    """
    rules = rules_of(bucket.lifecycle)
    steps = [*_restore_steps(version)]
    if rules.rules and version.modified is not UNSET:
        if version is not found.current:
            steps += _past_steps(bucket, rules, key, found, version, now)
        elif version.delete_marker:
            steps += _marker_steps(rules, key, found, version, now)
        else:
            steps += _current_steps(bucket, rules, key, version, now)
    return min(steps, key=lambda step: step[:3], default=None)


def upload_step(bucket: Bucket, upload: Upload, now: datetime) -> Step | None:
    """When an upload under way is given up; None for never."""
    steps = [
        Step(_due(When(rule.abort_days, None), upload.initiated, now), 0, 0, Planned(action=ABORT, rule=rule.name))
        for rule in rules_of(bucket.lifecycle).rules
        if rule.abort_days is not None and upload.key.startswith(rule.prefix)
    ]  # fmt: skip
    return min(steps, key=lambda step: step.due, default=None)


def expiration(
    bucket: Bucket,
    key: str,
    modified: datetime | UnsetType,
    size: int | UnsetType,
    tags: dict[str, str] | UnsetType,
) -> str | UnsetType:
    """`x-amz-expiration`, of a current version: when it expires, and by which rule.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    if bucket.lifecycle is UNSET or modified is UNSET:
        return UNSET
    dates = [
        (_eligible(rule.expires, modified), rule.name)
        for rule in rules_of(bucket.lifecycle).rules
        if rule.expires is not None and rule.covers(key, size, tags)
    ]
    if not dates:
        return UNSET
    date, name = min(dates)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    text = f"{days[date.weekday()]}, {date:%d} {months[date.month - 1]} {date:%Y %H:%M:%S} GMT"
    return f'expiry-date="{text}", rule-id="{quote(name)}"'


def abortion(bucket: Bucket, key: str, initiated: datetime) -> tuple[datetime, str] | None:
    """`x-amz-abort-date` and `x-amz-abort-rule-id` of an upload.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    """
    dates = [
        (_eligible(When(rule.abort_days, None), initiated), rule.name)
        for rule in rules_of(bucket.lifecycle).rules
        if rule.abort_days is not None and key.startswith(rule.prefix)
    ]
    return min(dates, default=None)


# times


def midnight_after(moment: datetime) -> datetime:
    """The first midnight UTC that lies after a moment."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY


def _rounded(moment: datetime) -> datetime:
    """ "... and rounding up the resulting time to the next day at midnight UTC" (intro-lifecycle-rules)."""
    after = midnight_after(moment)
    return moment if after - moment == _DAY else after


def _eligible(when: When, since: datetime) -> datetime:
    """From which midnight on an action applies to what is there since some time."""
    if when.date is not None:
        return max(_rounded(when.date), _rounded(since))
    return _rounded(since + timedelta(days=when.days or 0))


def _due(when: When, since: datetime, now: datetime, lag_days: int = 0) -> datetime:
    """The midnight at which an action is done, seen from `now`."""
    eligible = _eligible(when, since) + timedelta(days=lag_days)
    return eligible if eligible >= now else midnight_after(now)


# steps


def _restore_steps(version: ObjectVersion) -> Iterator[Step]:
    restore = version.restore
    if restore is not UNSET and version.storage_class in _ARCHIVES:
        if restore.told:
            yield Step(restore.expires, _MARKING, 0, Planned(action=UNRESTORED))
        else:
            yield Step(restore.ready, _MARKING, 0, Planned(action=RESTORED))


def _current_steps(
    bucket: Bucket, rules: Rules, key: str, version: ObjectVersion, now: datetime
) -> Iterator[Step]:
    rank = _FOREVER if bucket.versioning is UNSET else _MARKING
    for rule in rules.rules:
        if not rule.covers(key, version.size, version.tags):
            continue
        yield from _moves(bucket, rule, rule.moves, version, version.modified, now)
        if rule.expires is not None and version.modified is not UNSET:
            due = _due(rule.expires, version.modified, now)
            yield Step(due, rank, 0, Planned(action=EXPIRE, rule=rule.name))


def _marker_steps(
    rules: Rules, key: str, found: Object, version: ObjectVersion, now: datetime
) -> Iterator[Step]:
    """A delete marker over nothing: ExpiredObjectDeleteMarker removes it, and so does the age of Days.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html
    """
    if found.past is not None or version.modified is UNSET:
        return
    for rule in rules.rules:
        if not rule.covers(key, UNSET, UNSET):
            continue
        if rule.markers:
            yield Step(midnight_after(now), _FOREVER, 0, Planned(action=REMOVE, rule=rule.name))
        elif rule.expires is not None:
            due = _due(rule.expires, version.modified, now)
            yield Step(due, _FOREVER, 0, Planned(action=REMOVE, rule=rule.name))


def _past_steps(
    bucket: Bucket, rules: Rules, key: str, found: Object, version: ObjectVersion, now: datetime
) -> Iterator[Step]:
    if found.past is None or version.noncurrent is UNSET:
        return
    newer = found.past.versions.rank(-version.seq)
    for rule in rules.rules:
        if not rule.covers(key, version.size, version.tags):
            continue
        if not version.delete_marker:
            moves = tuple(move for move in rule.past_moves if newer >= move.newer)
            yield from _moves(bucket, rule, moves, version, version.noncurrent, now)
        if rule.past_expires is not None and newer >= rule.past_newer:
            due = _unlocked(version, _due(rule.past_expires, version.noncurrent, now))
            if due is not None:
                yield Step(due, _FOREVER, 0, Planned(action=REMOVE, rule=rule.name))


def _unlocked(version: ObjectVersion, due: datetime) -> datetime | None:
    """ "a locked version of an object cannot be deleted by a S3 Lifecycle expiration policy":
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html"""
    if version.legal_hold == "ON":
        return None
    kept = version.retention
    if kept is UNSET or kept.retain_until_date is UNSET:
        return due
    return max(due, _rounded(kept.retain_until_date))


def _moves(
    bucket: Bucket,
    rule: Rule,
    moves: tuple[Move, ...],
    version: ObjectVersion,
    since: datetime | UnsetType,
    now: datetime,
) -> Iterator[Step]:
    if since is UNSET:
        return
    for move in moves:
        if _falls(version.storage_class, move.storage_class) and _large(bucket, rule, version, move):
            planned = Planned(action=MOVE, rule=rule.name, storage_class=move.storage_class)
            favour = _FAVOURED.index(move.storage_class) if move.storage_class in _FAVOURED else 0
            lag_days = bucket.archive_lag_days if move.storage_class in _ARCHIVES else 0
            yield Step(_due(move.when, since, now, lag_days), _MOVING, favour, planned)


def _falls(upper: str, lower: str) -> bool:
    """Whether a class lies below another: objects never rise again by a rule."""
    if upper == "ONEZONE_IA" and lower == "GLACIER_IR":
        return (
            False  # "to the S3 Glacier Flexible Retrieval or S3 Glacier Deep Archive storage classes" alone
        )
    if lower not in WATERFALL:
        return False
    return WATERFALL.index(lower) > (WATERFALL.index(upper) if upper in WATERFALL else -1)


def _large(bucket: Bucket, rule: Rule, version: ObjectVersion, move: Move) -> bool:
    """Objects below 128 KB stay where they are, unless the rule's filter names a size of its own; where the bucket
    says `varies_by_storage_class`, archives take them all the same."""
    if rule.sized:
        return True
    if bucket.transition_default_minimum_object_size == _VARIES and move.storage_class in _ARCHIVES:
        return True
    return version.size is not UNSET and version.size >= limits.TRANSITION_MIN_BYTES
