"""How many instances a group has, wants, and may have; the desired capacity set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from backtrail import Call, Command, Event, UnsetType, members, told
from backtrail_aws.autoscaling import actions, api, errors, names, reasons, warm_pools
from backtrail_aws.autoscaling.state import Group, Member, Scaling, service

APART = ("Standby", "EnteringStandby", "Detaching", "Detached")
"""States whose instances do not count: enter-exit-standby.html."""


def counts(member: Member) -> bool:
    """Whether an instance counts for the desired capacity."""
    return member.state not in APART and not member.state.startswith(("Warmed", "Terminating"))


def wants_replacement(group: Group, member: Member) -> bool:
    """Whether an instance is to be terminated and another launched."""
    if "ReplaceUnhealthy" in group.suspended and member.why != reasons.REFRESH:
        return False
    return counts(member) and (member.health == "Unhealthy" or bool(member.why))


def actual(group: Group) -> int:
    """What the group has, launches under way included, without what is to be replaced."""
    there = sum(
        one.weight for one in group.members.values() if counts(one) and not wants_replacement(group, one)
    )
    coming = sum(
        one.weight for one in group.running.values()
        if one.kind == "launch" and one.instance not in group.members
    )  # fmt: skip
    return there + coming


def desired(group: Group) -> int | None:
    """What it wants; None where no record told it."""
    wanted = group.shown.desired_capacity
    return None if isinstance(wanted, UnsetType) else wanted


def within(group: Group, wanted: int, least: int | None = None, most: int | None = None) -> int:
    """A number within the group's bounds."""
    low = told(group.shown.min_size, 0) if least is None else least
    high = told(group.shown.max_size, max(wanted, low)) if most is None else most
    return max(low, min(wanted, high))


def change(group: Group, wanted: int, reason: str) -> None:
    """In a fold: the group wants another number."""
    if wanted != group.shown.desired_capacity:
        group.shown = members.changed(group.shown, desired_capacity=wanted)
        group.reason = reason


def needs_work(group: Group) -> bool:
    """Whether the group has anything to begin."""
    wanted = desired(group)
    if wanted is None:
        return False
    if actual(group) != wanted or any(wants_replacement(group, one) for one in group.members.values()):
        return True
    pool = bool(warm_pools.missing(group) or warm_pools.surplus(group))
    return pool or (group.deleting and bool(group.members))


def adjusted(state: Scaling, name: str) -> Iterator[Command]:
    """The group is to look at itself, where that would lead to anything."""
    group = state.groups.get(names.short(name))
    if group is not None and needs_work(group):
        yield actions.adjust(group.name)


def cools(group: Group, call: Call[api.SetDesiredCapacity] | Call[api.ExecutePolicy]) -> bool:
    """Whether the group cools down at the time of a call."""
    if isinstance(group.cooling, UnsetType):
        return False
    return call.time < group.cooling + timedelta(seconds=group.cooling_s)


@service.handle
def set_desired_capacity(state: Scaling, call: Call[api.SetDesiredCapacity]) -> None:
    """A number within the group's bounds; not while it cools down, where that is to be honoured."""
    group, wanted = names.found(state, call.params.auto_scaling_group_name), call.params.desired_capacity
    low, high = told(group.shown.min_size, 0), told(group.shown.max_size, wanted)
    if wanted > high:
        # evidence: guess
        raise errors.invalid(
            f"New SetDesiredCapacity value {wanted} is above max value {high} for the AutoScalingGroup."
        )
    if wanted < low:
        # evidence: guess, after the other
        raise errors.invalid(
            f"New SetDesiredCapacity value {wanted} is below min value {low} for the AutoScalingGroup."
        )
    if call.params.honor_cooldown is True and cools(group, call):
        # evidence: model; words: guess
        raise errors.in_progress(
            f"Scaling activity {group.name} is in cooldown: the cooldown period has not expired."
        )


@service.project
def desired_capacity_set(state: Scaling, event: Event[api.SetDesiredCapacity, None]) -> None:
    """The group wants that many."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    before = told(group.shown.desired_capacity, 0)
    change(
        group,
        event.params.desired_capacity,
        reasons.set_to(event.time, before, event.params.desired_capacity),
    )


@service.react
def desired_capacity_reached(state: Scaling, event: Event[api.SetDesiredCapacity, None]) -> Iterator[Command]:
    """It launches or terminates."""
    yield from adjusted(state, event.params.auto_scaling_group_name)
