"""Standby: instances that are set aside and come back.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import Call, Command, Event, members, told
from backtrail_aws.autoscaling import (
    activities,
    api,
    capacity,
    errors,
    instances,
    lives,
    names,
    reasons,
    targets,
)
from backtrail_aws.autoscaling.state import Scaling, service


@service.handle
def enter_standby(state: Scaling, call: Call[api.EnterStandby]) -> api.EnterStandbyResult:
    """Instances in service; the group shrinks with them, or launches others."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    found = instances.required(group, told(params.instance_ids, []))
    for one in found:
        if lives.state_of(call, group, one) != "InService":
            # evidence: guess
            raise errors.invalid(f"The instance {one.id} is not in InService.")
    wanted = told(group.shown.desired_capacity, 0)
    if params.should_decrement_desired_capacity and wanted - len(found) < told(group.shown.min_size, 0):
        # evidence: guess
        raise errors.invalid(
            f"AutoScalingGroup {group.name} has min-size={group.shown.min_size}, max-size={group.shown.max_size}, and "
            f"desired-size={wanted}. To place into standby {len(found)} instance, please update the AutoScalingGroup "
            "sizes appropriately."
        )
    shown: list[api.Activity] = []
    for number, one in enumerate(found):
        before = wanted - number
        after = before - 1 if params.should_decrement_desired_capacity else before
        cause = reasons.requested(call.time, one.id, "moved to standby", before, after)
        where = told(one.subnet, ""), told(one.zone, "")
        shown.append(
            activities.made(call, group, one.id, f"Moving EC2 instance to Standby: {one.id}", cause, where)
        )
    return api.EnterStandbyResult(activities=shown)


@service.project
def standby_entered(state: Scaling, event: Event[api.EnterStandby, api.EnterStandbyResult]) -> None:
    """They stand by, and do not count."""
    params = event.params
    group = names.inferred(state, event, params.auto_scaling_group_name)
    activities.record(state, event, group, event.result.activities, over=True)
    for one in told(params.instance_ids, []):
        if one in group.members:
            group.members[one].state, group.members[one].since = "EnteringStandby", event.time
    if params.should_decrement_desired_capacity:
        wanted = max(0, told(group.shown.desired_capacity, 0) - len(told(params.instance_ids, [])))
        group.shown = members.changed(group.shown, desired_capacity=wanted)


@service.react
def standing_by_is_replaced(
    state: Scaling, event: Event[api.EnterStandby, api.EnterStandbyResult]
) -> Iterator[Command]:
    """Load balancers let go of them; others are launched, unless the group shall shrink."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is None:
        return
    held = [group.members[one] for one in told(event.params.instance_ids, []) if one in group.members]
    yield from targets.deregistered(event, group, *held)
    yield from capacity.adjusted(state, group.name)


@service.handle
def exit_standby(state: Scaling, call: Call[api.ExitStandby]) -> api.ExitStandbyResult:
    """Instances that stand by, for which there is room."""
    group = names.found(state, call.params.auto_scaling_group_name)
    found = instances.required(group, told(call.params.instance_ids, []))
    for one in found:
        if lives.state_of(call, group, one) != "Standby":
            # evidence: guess
            raise errors.invalid(f"The instance {one.id} is not in Standby.")
    wanted = told(group.shown.desired_capacity, 0)
    if wanted + len(found) > told(group.shown.max_size, wanted + len(found)):
        # evidence: guess
        raise errors.invalid(
            f"AutoScalingGroup {group.name} has min-size={group.shown.min_size}, max-size={group.shown.max_size}, and "
            f"desired-size={wanted}. To take out of standby {len(found)} instance, please update the AutoScalingGroup "
            "sizes appropriately."
        )
    shown: list[api.Activity] = []
    for number, one in enumerate(found):
        cause = reasons.requested(
            call.time, one.id, "moved out of standby", wanted + number, wanted + number + 1
        )
        where = told(one.subnet, ""), told(one.zone, "")
        shown.append(
            activities.made(
                call, group, one.id, f"Moving EC2 instance out of Standby: {one.id}", cause, where,
                status="PreInService", progress=30,
            )
        )  # fmt: skip
    return api.ExitStandbyResult(activities=shown)


@service.project
def standby_exited(state: Scaling, event: Event[api.ExitStandby, api.ExitStandbyResult]) -> None:
    """They are in service again; the group wants as many more."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    activities.record(state, event, group, event.result.activities, over=True)
    ids = told(event.params.instance_ids, [])
    for one in ids:
        if one in group.members:
            group.members[one].state, group.members[one].since = "Pending", event.time
    wanted = told(group.shown.desired_capacity, 0) + len(ids)
    group.shown = members.changed(group.shown, desired_capacity=wanted)


@service.react
def back_in_service(
    state: Scaling, event: Event[api.ExitStandby, api.ExitStandbyResult]
) -> Iterator[Command]:
    """Load balancers learn of them again."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        held = [group.members[one] for one in told(event.params.instance_ids, []) if one in group.members]
        yield from targets.registered(event, group, *held)
