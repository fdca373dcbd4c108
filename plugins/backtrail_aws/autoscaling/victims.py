"""Which instance goes first: termination policies.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from backtrail import UnsetType, told
from backtrail_aws.autoscaling import capacity, placing
from backtrail_aws.autoscaling.state import Configuration, Group, Member, Scaling

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_S = 3600


def choose(state: Scaling, group: Group, number: int, now: datetime) -> list[Member]:
    """Up to so many instances that may go, in the order in which they do."""
    left = [
        one
        for one in group.members.values()
        if capacity.counts(one) and (group.deleting or not one.protected)
    ]
    chosen: list[Member] = []
    while left and len(chosen) < number:
        one = _next(state, group, left, [held.id for held in chosen], now)
        chosen.append(one)
        left.remove(one)
    return chosen


def _next(state: Scaling, group: Group, left: list[Member], gone: list[str], now: datetime) -> Member:
    counts = placing.zone_counts(group, gone)
    crowded = max((counts[_zone(one)] for one in left), default=0)
    found = [one for one in left if counts[_zone(one)] == crowded]
    for policy in told(group.shown.termination_policies, ["Default"]) or ["Default"]:
        if len(found) > 1:
            found = _narrowed(state, group, found, policy, now)
    return min(found, key=lambda one: (_joined(one), one.id))


def _zone(member: Member) -> str:
    return told(member.zone, told(member.subnet, ""))


def _joined(member: Member) -> datetime:
    return told(member.joined, _LONG_AGO)


def _narrowed(state: Scaling, group: Group, found: list[Member], policy: str, now: datetime) -> list[Member]:
    """Those that a policy names first."""
    if policy == "OldestInstance":
        return _least(found, _joined)
    if policy == "NewestInstance":
        newest = max(_joined(one) for one in found)
        return [one for one in found if _joined(one) == newest]
    if policy == "OldestLaunchConfiguration":
        return _least(found, lambda one: _configured(state, one))
    if policy == "OldestLaunchTemplate":
        return _least(found, lambda one: _version(group, one))
    if policy == "ClosestToNextInstanceHour":
        return _least(found, lambda one: _to_hour(one, now))
    if policy == "Default":
        outdated = [one for one in found if not isinstance(one.configuration, UnsetType)]
        oldest = _least(outdated, lambda one: _configured(state, one)) if outdated else found
        oldest = _least(oldest, lambda one: _version(group, one))
        return _least(oldest, lambda one: _to_hour(one, now))
    return found


def _least(found: list[Member], by: Callable[[Member], datetime | int]) -> list[Member]:
    values = {one.id: by(one) for one in found}
    least = min(values.values())
    return [one for one in found if values[one.id] == least]


def _configured(state: Scaling, member: Member) -> datetime:
    """When the launch configuration was made; those of templates, and of one that is gone, first or last."""
    held: Configuration | None = state.configurations.get(told(member.configuration, ""))
    if held is None:
        return _LONG_AGO
    return told(held.shown.created_time, _LONG_AGO)


def _version(group: Group, member: Member) -> int:
    """The version of the launch template: other templates than the group's go first."""
    now = placing.source(group, 0).template
    if isinstance(member.template, UnsetType) or isinstance(now, UnsetType):
        return 0
    mine = member.template.launch_template_id, member.template.launch_template_name
    if mine != (now.launch_template_id, now.launch_template_name):
        return -1
    version = told(member.template.version, "")
    return int(version) if version.isdigit() else 1_000_000


def _to_hour(member: Member, now: datetime) -> int:
    """Seconds until the next full hour since the launch."""
    return _HOUR_S - int((now - _joined(member)).total_seconds()) % _HOUR_S
