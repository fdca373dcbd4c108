"""Warm pools: instances that were launched already and wait, stopped or running.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Call, Command, Event, UnsetType, members, told
from backtrail_aws.autoscaling import actions, api, asking, errors, lives, names, pages
from backtrail_aws.autoscaling.state import Group, Member, Scaling, service

POOL_STATES = ("Stopped", "Running", "Hibernated")


def held(group: Group) -> list[Member]:
    """The instances of the pool that do not go."""
    return [one for one in group.members.values() if one.state.startswith("Warmed")]


def wanted(group: Group) -> int:
    """How many instances the pool should have: what is prepared beyond the desired capacity, at least its minimum."""
    if group.warm is None or group.warm.status == "PendingDelete" or group.deleting:
        return 0
    prepared = told(group.warm.max_group_prepared_capacity, -1)
    most = told(group.shown.max_size, 0) if prepared < 0 else prepared
    return max(told(group.warm.min_size, 0), most - told(group.shown.desired_capacity, 0))


def missing(group: Group) -> int:
    """How many it lacks, launches under way counted."""
    coming = sum(one.kind == "warm" and one.instance not in group.members for one in group.running.values())
    return max(0, wanted(group) - len(held(group)) - coming)


def surplus(group: Group) -> list[Member]:
    """What it has too much of."""
    found = held(group)
    return found[: max(0, len(found) - wanted(group))]


def ready(call: Call[Any], group: Group) -> list[Member]:
    """The instances that can be taken into service."""
    states = lives.POOL_STATES.values()
    return [one for one in held(group) if not one.activity and lives.state_of(call, group, one) in states]


@service.handle
def put_warm_pool(state: Scaling, call: Call[api.PutWarmPool]) -> None:
    """A pool for a group of on-demand instances."""
    group = names.found(state, call.params.auto_scaling_group_name)
    if told(call.params.pool_state, "Stopped") not in POOL_STATES:
        # evidence: model; words: guess
        raise errors.invalid(f"Invalid warm pool state: {call.params.pool_state}")
    if told(call.params.max_group_prepared_capacity, -1) < -1 or told(call.params.min_size, 0) < 0:
        # evidence: page API_PutWarmPool; words: guess
        raise errors.invalid("MaxGroupPreparedCapacity must be -1 or more, and MinSize 0 or more.")
    if not isinstance(group.shown.mixed_instances_policy, UnsetType):
        # evidence: page ec2-auto-scaling-warm-pools.html (limitations); words: guess
        raise errors.invalid(
            "You can't add a warm pool to an Auto Scaling group that has a mixed instances policy."
        )


@service.project
def warm_pool_put(state: Scaling, event: Event[api.PutWarmPool, None]) -> None:
    """The pool is there: what is not said is as it is by default."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    base = api.WarmPoolConfiguration(min_size=0, pool_state="Stopped")
    group.warm = members.over(base, event.params)


@service.react
def warm_pool_fills(state: Scaling, event: Event[api.PutWarmPool, None]) -> Iterator[Command]:
    """Its instances are launched."""
    yield from _adjusted(state, event.params.auto_scaling_group_name)


def _adjusted(state: Scaling, name: str) -> Iterator[Command]:
    group = state.groups.get(names.short(name))
    if group is not None and (missing(group) or surplus(group)):
        yield actions.adjust(group.name)


@service.handle
def delete_warm_pool(state: Scaling, call: Call[api.DeleteWarmPool]) -> None:
    """A pool that is there; with activities under way only by force."""
    group = names.found(state, call.params.auto_scaling_group_name)
    if group.warm is None:
        # evidence: guess
        raise errors.invalid(f"No warm pool found for Auto Scaling group {group.name}.")
    if call.params.force_delete is not True and any(one.kind == "warm" for one in group.running.values()):
        # evidence: model; words: guess
        raise errors.in_progress("Scaling activities are in progress for the warm pool.")


@service.project
def warm_pool_deleted(state: Scaling, event: Event[api.DeleteWarmPool, None]) -> None:
    """The pool goes with its instances."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is None or group.warm is None:
        return
    if held(group):
        group.warm = members.changed(group.warm, status="PendingDelete")
    else:
        group.warm = None


@service.react
def warm_pool_empties(state: Scaling, event: Event[api.DeleteWarmPool, None]) -> Iterator[Command]:
    """They are terminated."""
    yield from _adjusted(state, event.params.auto_scaling_group_name)


@service.read
def describe_warm_pool(state: Scaling, call: Call[api.DescribeWarmPool]) -> api.DescribeWarmPoolResult:
    """The pool and its instances."""
    group = names.found(state, call.params.auto_scaling_group_name)
    pooled = {one.id: (one, at) for one, at in lives.visible(call, group) if at.startswith("Warmed")}
    ids = asking.zone_ids(call) if pooled else {}
    found, token = pages.paged(call.params, pooled, records=(50, 50))
    return api.DescribeWarmPoolResult(
        warm_pool_configuration=group.warm if group.warm is not None else UNSET,
        instances=[lives.shown(call, group, one, at, ids) for one, at in found], next_token=token,
    )  # fmt: skip
