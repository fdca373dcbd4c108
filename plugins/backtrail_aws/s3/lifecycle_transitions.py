"""Transitions of lifecycle rules: which class may follow which, and when.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html ("a waterfall
model")
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from backtrail import UNSET, Refusal, UnsetType
from backtrail_aws.s3 import api, limits
from backtrail_aws.s3.errors import invalid_request, malformed_xml, refused

# From above to below. GLACIER_IR and those after it have no least age, the infrequent classes have thirty days.
WATERFALL: Final = (
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INFREQUENT: Final = ("STANDARD_IA", "ONEZONE_IA")
# How long an object must lie in a class before the next: S3's refusal of GLACIER to DEEP_ARCHIVE says 90 days.
_STAY_DAYS: Final = {"STANDARD_IA": 30, "ONEZONE_IA": 30, "GLACIER_IR": 90, "GLACIER": 90}


def check_transitions(rule: api.LifecycleRule, transitions: list[api.Transition]) -> None:
    """Refuses transitions that are out of order, too early, mixed, or after the expiration."""
    for one in transitions:
        if one.storage_class not in WATERFALL or (one.days is UNSET) == (one.date is UNSET):
            raise malformed_xml()
        check_midnight(one.date)
        if one.days is not UNSET and one.days < 0:
            raise invalid("'Days' in Transition action must be nonnegative")
        if (
            one.days is not UNSET
            and one.storage_class in _INFREQUENT
            and one.days < limits.INFREQUENT_DAYS_MIN
        ):
            raise invalid(_too_early("Days", "Transition", str(one.storage_class)))
    _check_distinct(rule, "Transition", [one.storage_class for one in transitions])
    if len({one.days is UNSET for one in transitions}) > 1:
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(
            f"Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for {described(rule)}"
        )
    _check_order(
        rule, [(one.storage_class, _moment(one.days, one.date)) for one in transitions], "Days", "Transition"
    )
    _check_expiration(rule, transitions)


def check_noncurrent(rule: api.LifecycleRule, moves: list[api.NoncurrentVersionTransition]) -> None:
    """The same of versions that are no longer current."""
    kind = "NoncurrentVersionTransition"
    for move in moves:
        if move.storage_class not in WATERFALL or move.noncurrent_days is UNSET:
            raise malformed_xml()
        if move.noncurrent_days < 0:
            raise invalid(f"'NoncurrentDays' in {kind} action must be nonnegative")
        if move.storage_class in _INFREQUENT and move.noncurrent_days < limits.INFREQUENT_DAYS_MIN:
            raise invalid(_too_early("NoncurrentDays", kind, str(move.storage_class)))
    _check_distinct(rule, kind, [move.storage_class for move in moves])
    ordered = [(move.storage_class, _moment(move.noncurrent_days, UNSET)) for move in moves]
    _check_order(rule, ordered, "NoncurrentDays", kind)
    ends = rule.noncurrent_version_expiration
    if ends is UNSET or ends.noncurrent_days is UNSET:
        return
    if any(
        move.noncurrent_days is not UNSET and move.noncurrent_days >= ends.noncurrent_days for move in moves
    ):
        raise invalid(
            f"'NoncurrentDays' in the NoncurrentVersionExpiration action for {described(rule)} must be greater than "
            f"'NoncurrentDays' in the {kind} action"
        )


def _check_distinct(rule: api.LifecycleRule, kind: str, classes: list[str | UnsetType]) -> None:
    if len(set(classes)) != len(classes):
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(
            f"'StorageClass' must be different for '{kind}' actions in same 'Rule' with {described(rule)}"
        )


def check_midnight(date: datetime | UnsetType) -> None:
    """Refuses dates that are no beginning of a day."""
    if date is not UNSET and (date.hour, date.minute, date.second, date.microsecond) != (0, 0, 0, 0):
        raise invalid("'Date' must be at midnight GMT")


def _moment(days: int | UnsetType, date: datetime | UnsetType) -> timedelta:
    if days is not UNSET:
        return timedelta(days=days)
    return timedelta() if date is UNSET else date - _EPOCH


def _check_order(
    rule: api.LifecycleRule, moves: list[tuple[str | UnsetType, timedelta]], name: str, kind: str
) -> None:
    """Down the waterfall, later and later, no sooner than a class's least stay allows."""
    ordered = sorted(moves, key=lambda move: WATERFALL.index(str(move[0])))
    for (upper, before), (lower, after) in pairwise(ordered):
        stay = _STAY_DAYS.get(str(upper), 1)
        if after - before < timedelta(days=stay):
            text = f"{stay} days more than" if stay > 1 else "greater than"
            raise invalid(
                f"'{name}' in the '{kind}' action for StorageClass '{lower}' for {described(rule)} must be {text} "
                f"'{described(rule)}' in the '{kind}' action for StorageClass '{upper}'"
            )


def _check_expiration(rule: api.LifecycleRule, transitions: list[api.Transition]) -> None:
    expiration = rule.expiration
    if expiration is UNSET or not transitions or expiration.expired_object_delete_marker is not UNSET:
        return
    by_days = transitions[0].days is not UNSET
    if by_days != (expiration.days is not UNSET):
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for "
            f"{described(rule)}"
        )
    last = max(_moment(one.days, one.date) for one in transitions)
    if _moment(expiration.days, expiration.date) <= last:
        name = "Days" if by_days else "Date"
        raise invalid(
            f"'{name}' in the Expiration action for {described(rule)} must be greater than '{name}' in the "
            "Transition action"
        )


def described(rule: api.LifecycleRule) -> str:
    """A rule's filter as S3 writes it in its messages: `filter '(prefix=logs/)'`."""
    if rule.filter is UNSET:
        return f"prefix '{'' if rule.prefix is UNSET else rule.prefix}'"
    found = rule.filter
    if found.and_ is not UNSET:
        tags = [] if found.and_.tags is UNSET else found.and_.tags
        parts = [] if found.and_.prefix is UNSET else [f"prefix={found.and_.prefix}"]
        parts += [f"tag: key={tag.key}, value={tag.value}" for tag in tags]
        return f"filter '({' and '.join(parts)})'"
    if found.tag is not UNSET:
        return f"filter '(tag: key={found.tag.key}, value={found.tag.value})'"
    return f"filter '(prefix={'' if found.prefix is UNSET else found.prefix})'"


def _too_early(name: str, action: str, storage_class: str) -> str:
    least = limits.INFREQUENT_DAYS_MIN
    return f"'{name}' in {action} action must be greater than or equal to {least} for storageClass '{storage_class}'"


def invalid(message: str) -> Refusal:
    """InvalidArgument, which names no argument here."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html (the code;
    # messages as S3's refusals are quoted in public, "nonnegative" and "greater than" of two classes: guess)
    return refused("InvalidArgument", message)
