"""Lifecycle rules made ready to be held against objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import api

_KEPT_MAX: Final = 1024


class When(NamedTuple):
    """After so many days, or from a date on."""

    days: int | None
    date: datetime | None


class Move(NamedTuple):
    """To another class, when; of versions that are no longer current, how many newer ones must lie above."""

    when: When
    storage_class: str
    newer: int = 0


class Rule(NamedTuple):
    """An enabled rule. `sized` says that its filter names a size; `markers` that it removes delete markers alone."""

    name: str
    prefix: str
    tags: tuple[tuple[str, str], ...]
    greater: int | None
    less: int | None
    moves: tuple[Move, ...]
    expires: When | None
    markers: bool
    past_moves: tuple[Move, ...]
    past_expires: When | None
    past_newer: int
    abort_days: int | None

    @property
    def sized(self) -> bool:
        return self.greater is not None or self.less is not None

    def covers(self, key: str, size: int | UnsetType, tags: dict[str, str] | UnsetType) -> bool:
        """Whether an object is the rule's. One whose size no record told is not a rule's that asks for sizes."""
        if not key.startswith(self.prefix):
            return False
        if self.tags and (tags is UNSET or any(tags.get(name) != value for name, value in self.tags)):
            return False
        if not self.sized:
            return True
        if size is UNSET:
            return False
        return (self.greater is None or size > self.greater) and (self.less is None or size < self.less)


class Rules(NamedTuple):
    """A bucket's enabled rules. `newer`: the numbers of newer versions that any of them counts."""

    rules: tuple[Rule, ...]
    newer: frozenset[int]


NONE: Final = Rules((), frozenset())
_made: dict[int, tuple[api.BucketLifecycleConfiguration, Rules]] = {}


def rules_of(configuration: api.BucketLifecycleConfiguration | UnsetType) -> Rules:
    """The rules of a configuration, made ready once."""
    if configuration is UNSET:
        return NONE
    found = _made.get(id(configuration))
    if found is not None and found[0] is configuration:
        return found[1]
    ready = tuple(_ready(rule) for rule in configuration.rules if rule.status == "Enabled")
    counted = {move.newer for rule in ready for move in rule.past_moves} | {rule.past_newer for rule in ready}
    rules = Rules(ready, frozenset(counted - {0}))
    if len(_made) > _KEPT_MAX:
        _made.clear()
    _made[id(configuration)] = (configuration, rules)
    return rules


def _ready(rule: api.LifecycleRule) -> Rule:
    prefix, tags, greater, less = _filter(rule)
    ends, past = rule.expiration, rule.noncurrent_version_expiration
    aborts = rule.abort_incomplete_multipart_upload
    return Rule(
        name="" if rule.id is UNSET else rule.id,
        prefix=prefix,
        tags=tags,
        greater=greater,
        less=less,
        moves=tuple(
            Move(_when(one.days, one.date), one.storage_class)
            for one in ([] if rule.transitions is UNSET else rule.transitions)
            if one.storage_class is not UNSET
        ),
        expires=None
        if ends is UNSET or (ends.days is UNSET and ends.date is UNSET)
        else _when(ends.days, ends.date),
        markers=ends is not UNSET and ends.expired_object_delete_marker is True,
        past_moves=tuple(
            Move(_when(one.noncurrent_days, UNSET), one.storage_class, _number(one.newer_noncurrent_versions))
            for one in (
                [] if rule.noncurrent_version_transitions is UNSET else rule.noncurrent_version_transitions
            )
            if one.storage_class is not UNSET
        ),
        past_expires=None if past is UNSET else _when(past.noncurrent_days, UNSET),
        past_newer=0 if past is UNSET else _number(past.newer_noncurrent_versions),
        abort_days=None
        if aborts is UNSET or aborts.days_after_initiation is UNSET
        else aborts.days_after_initiation,
    )


def _filter(
    rule: api.LifecycleRule,
) -> tuple[str, tuple[tuple[str, str], ...], int | None, int | None]:
    """Prefix, tags and bounds of size, from whichever of its forms the filter has."""
    if rule.filter is UNSET:
        return ("" if rule.prefix is UNSET else rule.prefix), (), None, None
    one, both = rule.filter, rule.filter.and_
    if both is not UNSET:
        tags = () if both.tags is UNSET else tuple((tag.key, tag.value) for tag in both.tags)
        prefix, greater, less = both.prefix, both.object_size_greater_than, both.object_size_less_than
    else:
        tags = () if one.tag is UNSET else ((one.tag.key, one.tag.value),)
        prefix, greater, less = one.prefix, one.object_size_greater_than, one.object_size_less_than
    return (
        "" if prefix is UNSET else prefix,
        tags,
        None if greater is UNSET else greater,
        None if less is UNSET else less,
    )


def _when(days: int | UnsetType, date: datetime | UnsetType) -> When:
    return When(None if days is UNSET else days, None if date is UNSET else date)


def _number(number: int | UnsetType) -> int:
    return 0 if number is UNSET else number
