"""Instances of groups: shown, protected, attached, detached, set aside, terminated by hand.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import Answer, Call, Command, Event, UnsetType, members, told
from backtrail_aws.autoscaling import (
    activities,
    api,
    asking,
    capacity,
    errors,
    hooks,
    limits,
    lives,
    names,
    pages,
    reasons,
    targets,
    terminating,
)
from backtrail_aws.autoscaling.state import Group, Member, Running, Scaling, service


def required(group: Group, instances: list[str]) -> list[Member]:
    """Instances of a group. Raises `Refusal`."""
    for one in instances:
        if one not in group.members:
            raise errors.not_member(one, group.name)
    return [group.members[one] for one in instances]


@service.read
def describe_auto_scaling_instances(
    state: Scaling, call: Call[api.DescribeAutoScalingInstances]
) -> api.DescribeAutoScalingInstancesResult:
    """The instances of all groups, or those that are named."""
    wanted = told(call.params.instance_ids, [])
    held = {
        member.id: (group, member, at)
        for group in state.groups.values() for member, at in lives.visible(call, group)
        if not wanted or member.id in wanted
    }  # fmt: skip
    found, token = pages.paged(call.params, held, records=limits.INSTANCES_RECORDS)
    ids = asking.zone_ids(call) if found else {}
    shown = [
        members.over(
            api.AutoScalingInstanceDetails(auto_scaling_group_name=group.name), lives.shown(call, group, one, at, ids),
            api.AutoScalingInstanceDetails(health_status=one.health.upper()),
        )
        for group, one, at in found
    ]  # fmt: skip
    return api.DescribeAutoScalingInstancesResult(auto_scaling_instances=shown, next_token=token)


@service.handle
def set_instance_protection(state: Scaling, call: Call[api.SetInstanceProtection]) -> None:
    """Instances of the group."""
    required(names.found(state, call.params.auto_scaling_group_name), call.params.instance_ids)


@service.project
def instance_protection_set(state: Scaling, event: Event[api.SetInstanceProtection, None]) -> None:
    """They go when the group shrinks, or do not."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    for one in event.params.instance_ids if group is not None else []:
        if group is not None and one in group.members:
            group.members[one].protected = event.params.protected_from_scale_in


@service.react
def unprotected_may_go(state: Scaling, event: Event[api.SetInstanceProtection, None]) -> Iterator[Command]:
    """A group that has too many can shrink now."""
    yield from capacity.adjusted(state, event.params.auto_scaling_group_name)


# attached


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the record: what EC2 says of the instances."""

    instances: list[asking.Instance]


@service.handle
def attach_instances(state: Scaling, call: Call[api.AttachInstances]) -> Answer[None]:
    """Running instances of no group, for which there is room."""
    group, ids = names.found(state, call.params.auto_scaling_group_name), told(call.params.instance_ids, [])
    if len(ids) > limits.ATTACHED_MAX:
        # evidence: page API_AttachInstances; words: guess
        raise errors.invalid(f"You may attach at most {limits.ATTACHED_MAX} instances at a time.")
    for one in ids:
        if one in state.members:
            # evidence: guess
            raise errors.invalid(f"Instance {one} is already part of AutoScalingGroup: {state.members[one]}")
    most = told(group.shown.max_size, 0)
    if told(group.shown.desired_capacity, 0) + len(ids) > most:
        # evidence: page attach-instance-asg.html; words: guess
        raise errors.invalid(
            f"AutoScalingGroup {group.name} has max-size={most}, and adding {len(ids)} instances would exceed it. "
            "Please increase max-size."
        )
    found = [asking.instance(call, one) for one in ids]
    held = [one for one in found if one is not None]
    if len(held) != len(ids) and asking.has_ec2(call):
        # evidence: guess
        raise errors.invalid(f"Invalid Instance ID(s): {ids}")
    for instance in held:
        if told(told(instance.state, asking.Named()).name, "running") != "running":
            # evidence: page attach-instance-asg.html; words: guess
            raise errors.invalid(f"Instance {instance.instance_id} is not in correct state.")
    return Answer(None, note=Attached(instances=held))


@service.project
def instances_attached(state: Scaling, event: Event[api.AttachInstances, None]) -> None:
    """They are the group's, which wants as many more."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    ids, note = told(event.params.instance_ids, []), event.note(Attached)
    known = {told(one.instance_id, ""): one for one in note.instances} if note is not None else {}
    before = told(group.shown.desired_capacity, 0)
    for number, one in enumerate(ids):
        held = known.get(one, asking.Instance())
        group.members[one] = Member(
            id=one, zone=told(held.placement, asking.Placement()).availability_zone, subnet=held.subnet_id,
            type=held.instance_type, image=held.image_id, since=event.time, joined=event.time,
        )  # fmt: skip
        state.members[one] = group.name
        cause = reasons.requested(event.time, one, "attached", before + number, before + number + 1)
        activity = api.Activity(
            activity_id=event.new_id("uuid", one), description=f"Attaching an existing EC2 instance: {one}",
            cause=cause, details=activities.details("", told(group.members[one].zone, "")),
        )  # fmt: skip
        activities.record(state, event, group, [activity], over=True)
    group.shown = members.changed(group.shown, desired_capacity=before + len(ids))


@service.react
def attached_are_registered(state: Scaling, event: Event[api.AttachInstances, None]) -> Iterator[Command]:
    """Load balancers learn of them."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        held = [group.members[one] for one in told(event.params.instance_ids, []) if one in group.members]
        yield from targets.registered(event, group, *held)


# taken out by hand


def _check_minimum(group: Group, number: int, decrement: bool) -> None:
    least, wanted = told(group.shown.min_size, 0), told(group.shown.desired_capacity, 0)
    if decrement and wanted - number < least:
        # evidence: guess
        raise errors.invalid(
            f"Currently, desiredSize equals minSize ({least}). Terminating instance without replacement will violate "
            "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min "
            "size."
        )


@service.handle
def terminate_instance_in_auto_scaling_group(
    state: Scaling, call: Call[api.TerminateInstanceInAutoScalingGroup]
) -> api.TerminateInstanceInAutoScalingGroupResult:
    """An instance of a group is terminated; another is launched, unless the group shall shrink."""
    params = call.params
    ids = [params.instance_id] if isinstance(params.instance_id, str) else told(params.instance_ids, [])
    if not ids:
        # evidence: guess
        raise errors.invalid("You must specify an instance ID.")
    found: list[api.Activity] = []
    for number, one in enumerate(ids):
        group = names.group_of(state, one)
        if group is None or one not in group.members:
            raise errors.no_instance(one)
        if group.members[one].state.startswith("Terminating"):
            # evidence: model; words: guess
            raise errors.in_progress(f"The instance {one} is already being terminated.")
        _check_minimum(group, len(ids), params.should_decrement_desired_capacity)
        found.append(
            _ending(call, group, group.members[one], params.should_decrement_desired_capacity, number)
        )
    if isinstance(params.instance_ids, UnsetType):
        return api.TerminateInstanceInAutoScalingGroupResult(activity=found[0])
    return api.TerminateInstanceInAutoScalingGroupResult(activities=found)


def _ending(call: Call[Any], group: Group, member: Member, decrement: bool, number: int) -> api.Activity:
    wanted = told(group.shown.desired_capacity, 0) - number
    cause = reasons.requested(call.time, member.id, "taken out of service", wanted, wanted - decrement)
    return activities.made(
        call, group, member.id, f"Terminating EC2 instance: {member.id}", cause,
        (told(member.subnet, ""), told(member.zone, "")), progress=0,
    )  # fmt: skip


@service.project
def instance_ends(
    state: Scaling,
    event: Event[api.TerminateInstanceInAutoScalingGroup, api.TerminateInstanceInAutoScalingGroupResult],
) -> None:
    """It goes; a group that shall shrink wants one less."""
    params = event.params
    ids = [params.instance_id] if isinstance(params.instance_id, str) else told(params.instance_ids, [])
    told_of = [event.result.activity] if not isinstance(event.result.activity, UnsetType) else told(
        event.result.activities, []
    )  # fmt: skip
    for number, one in enumerate(ids):
        group = names.group_of(state, one)
        if group is None or one not in group.members:
            continue
        member = group.members[one]
        activity = (
            told_of[number] if number < len(told_of) else api.Activity(activity_id=event.new_id("uuid", one))
        )
        (key,) = activities.record(state, event, group, [activity], over=False)
        identifier = told(activity.activity_id, "")
        group.running[identifier] = Running(kind="terminate", key=key, instance=one)
        terminating.begin(state, event, group, member, identifier)
        if params.should_decrement_desired_capacity:
            wanted = max(0, told(group.shown.desired_capacity, 1) - 1)
            group.shown = members.changed(group.shown, desired_capacity=wanted)


@service.react
def instance_is_terminated(
    state: Scaling,
    event: Event[api.TerminateInstanceInAutoScalingGroup, api.TerminateInstanceInAutoScalingGroupResult],
) -> Iterator[Command]:
    """EC2 is told; what lacks then is launched."""
    params = event.params
    ids = [params.instance_id] if isinstance(params.instance_id, str) else told(params.instance_ids, [])
    touched: dict[str, None] = {}
    for one in ids:
        group = names.group_of(state, one)
        if group is not None and one in group.members:
            touched[group.name] = None
            yield from terminating.commands(event, group, group.members[one])
    for name in touched:
        yield from capacity.adjusted(state, name)


# detached


@service.handle
def detach_instances(state: Scaling, call: Call[api.DetachInstances]) -> api.DetachInstancesResult:
    """Instances leave the group and live on."""
    params = call.params
    group, ids = names.found(state, params.auto_scaling_group_name), told(params.instance_ids, [])
    if len(ids) > limits.ATTACHED_MAX:
        # evidence: page API_DetachInstances; words: guess
        raise errors.invalid(f"You may detach at most {limits.ATTACHED_MAX} instances at a time.")
    found = required(group, ids)
    _check_minimum(group, len(ids), params.should_decrement_desired_capacity)
    wanted = told(group.shown.desired_capacity, 0)
    shown: list[api.Activity] = []
    for number, one in enumerate(found):
        after = wanted - number - 1 if params.should_decrement_desired_capacity else wanted - number
        cause = reasons.requested(call.time, one.id, "detached", wanted - number, after)
        where = told(one.subnet, ""), told(one.zone, "")
        shown.append(activities.made(call, group, one.id, f"Detaching EC2 instance: {one.id}", cause, where))
    return api.DetachInstancesResult(activities=shown)


@service.project
def instances_detached(state: Scaling, event: Event[api.DetachInstances, api.DetachInstancesResult]) -> None:
    """They are the group's no more."""
    params = event.params
    group = names.inferred(state, event, params.auto_scaling_group_name)
    activities.record(state, event, group, event.result.activities, over=True)
    for one in told(params.instance_ids, []):
        hooks.forget(state, group, one)
        member = group.members.pop(one, None)
        state.members.pop(one, None)
        if member is not None:
            member.state, member.since = "Detaching", event.time
            group.leaving[one] = member
    if params.should_decrement_desired_capacity:
        wanted = max(0, told(group.shown.desired_capacity, 0) - len(told(params.instance_ids, [])))
        group.shown = members.changed(group.shown, desired_capacity=wanted)


@service.react
def detached_are_replaced(
    state: Scaling, event: Event[api.DetachInstances, api.DetachInstancesResult]
) -> Iterator[Command]:
    """Load balancers let go of them; others are launched, unless the group shall shrink."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is None:
        return
    held = [group.leaving[one] for one in told(event.params.instance_ids, []) if one in group.leaving]
    yield from targets.deregistered(event, group, *held)
    yield from capacity.adjusted(state, group.name)
