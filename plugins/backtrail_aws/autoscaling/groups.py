"""Groups: made, changed, deleted.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-groups.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, Params, UnsetType, field, members, told
from backtrail_aws.autoscaling import (
    api,
    asking,
    capacity,
    due,
    errors,
    group_rules,
    health,
    hooks,
    limits,
    names,
    reasons,
    tags,
    traffic,
)
from backtrail_aws.autoscaling.made import made
from backtrail_aws.autoscaling.state import Group, Scaling, service


class Zones(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the record: the zones of the subnets, and what was copied from an instance."""

    subnets: dict[str, str]
    configuration: api.LaunchConfiguration | None = None


class CreateServiceLinkedRole(Params):
    """The role that acts for groups is made by who makes the first of them."""

    aws_service_name: str = field(name="aWSServiceName")


class GetRole(Params):
    """Whether a role is there."""

    role_name: str = field(name="roleName")


class GetRoleResult(Params):
    """It is."""


@service.first
def role_is_there(state: Scaling, call: Call[api.CreateAutoScalingGroup]) -> Iterator[Command]:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html"""
    if call.params.auto_scaling_group_name in state.groups or not isinstance(
        call.params.service_linked_role_arn, UnsetType
    ):
        return
    if call.ask("iam", GetRole(role_name=names.ROLE), GetRoleResult) is None:
        yield Command("iam", CreateServiceLinkedRole(aws_service_name=names.PRINCIPAL))


@service.handle
def create_auto_scaling_group(state: Scaling, call: Call[api.CreateAutoScalingGroup]) -> Answer[None]:
    """A group of that name, which is launched from something that is there, into places that are there."""
    params = call.params
    if params.auto_scaling_group_name in state.groups:
        raise errors.group_exists(params.auto_scaling_group_name)
    if len(state.groups) >= call.quota("groups", limits.GROUPS_MAX):
        raise errors.too_many("AutoScalingGroups")
    group_rules.check_source(state, call, params, needed=True)
    desired = told(params.desired_capacity, params.min_size)
    group_rules.check_sizes(params.min_size, params.max_size, desired)
    copied, subnets = _copied(call, params)
    zones = group_rules.check_network(call, params, needed=copied is None)
    group_rules.check_rest(params)
    group_rules.check_target_groups(call, told(params.target_group_arns, []))
    group_rules.check_load_balancers(call, told(params.load_balancer_names, []))
    tags.check(told(params.tags, []))
    for hook in told(params.lifecycle_hook_specification_list, []):
        hooks.check(hook.heartbeat_timeout, hook.default_result, hook.lifecycle_transition)
    return Answer(None, note=Zones(subnets=zones or subnets, configuration=copied))


def _copied(
    call: Call[Any], params: api.CreateAutoScalingGroup
) -> tuple[api.LaunchConfiguration | None, dict[str, str]]:
    """The launch configuration of a group that is made from an instance."""
    if isinstance(params.instance_id, UnsetType):
        return None, {}
    held = asking.instance(call, params.instance_id)
    if held is None:
        # evidence: guess
        raise errors.invalid(f"The instance ID '{params.instance_id}' does not exist")
    zone = told(told(held.placement, asking.Placement()).availability_zone, "")
    return from_instance(held), {told(held.subnet_id, ""): zone} if isinstance(held.subnet_id, str) else {}


def from_instance(held: asking.Instance) -> api.LaunchConfiguration:
    """What a launch configuration takes over from an instance."""
    return api.LaunchConfiguration(
        image_id=held.image_id, instance_type=held.instance_type, key_name=held.key_name,
        security_groups=[told(one.group_id, "") for one in told(held.security_groups, [])] or UNSET,
    )  # fmt: skip


@service.project
def group_created(state: Scaling, event: Event[api.CreateAutoScalingGroup, None]) -> None:
    """The group is there, and wants instances."""
    params, name = event.params, event.params.auto_scaling_group_name
    note = event.note(Zones)
    desired = told(params.desired_capacity, params.min_size)
    shown = members.over(api.AutoScalingGroup(), params, without=("tags", "instances", "traffic_sources"))
    role = told(params.service_linked_role_arn, names.role_arn(event))
    group = Group(
        name=name, arn=names.group_arn(event, event.new_id("uuid", f"group/{name}"), name), created=event.time
    )
    group.shown = members.changed(shown, desired_capacity=desired, service_linked_role_arn=role)
    if note is not None:
        group.subnets = dict(note.subnets)
        if note.configuration is not None:
            _own_configuration(state, event, group, note.configuration)
    group.tags = tags.plain(told(params.tags, []))
    traffic.attach(group, told(params.traffic_sources, []))
    for hook in told(params.lifecycle_hook_specification_list, []):
        hooks.put(group, members.over(api.LifecycleHook(), hook))
    group.reason = reasons.created(event.time, desired)
    state.groups[name] = group


def _own_configuration(
    state: Scaling, event: Event[Any, Any], group: Group, copied: api.LaunchConfiguration
) -> None:
    """A group that is made from an instance has a launch configuration of its own name."""
    state.configurations[group.name] = made(event, group.name, copied)
    if not group.shown.vpc_zone_identifier and group.subnets:
        group.shown = members.changed(group.shown, vpc_zone_identifier=",".join(group.subnets))
    group.shown = members.changed(group.shown, launch_configuration_name=group.name)


@service.react
def group_begins(state: Scaling, event: Event[api.CreateAutoScalingGroup, None]) -> Iterator[Command]:
    """Its instances are launched."""
    yield from capacity.adjusted(state, event.params.auto_scaling_group_name)


@service.handle
def update_auto_scaling_group(state: Scaling, call: Call[api.UpdateAutoScalingGroup]) -> Answer[None]:
    """What is said is changed; the desired capacity follows its bounds."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    if group.deleting:
        # evidence: guess
        raise errors.invalid(f"AutoScalingGroup {group.name} is being deleted")
    group_rules.check_source(state, call, params, needed=False)
    least = told(params.min_size, told(group.shown.min_size, 0))
    most = told(params.max_size, told(group.shown.max_size, least))
    desired = told(
        params.desired_capacity,
        capacity.within(group, told(group.shown.desired_capacity, least), least, most),
    )
    group_rules.check_sizes(least, most, desired)
    zones = group_rules.check_network(call, params, needed=False)
    group_rules.check_rest(params)
    return Answer(None, note=Zones(subnets=zones))


@service.project
def group_updated(state: Scaling, event: Event[api.UpdateAutoScalingGroup, None]) -> None:
    """The group is as it was told to be. What it is launched from stands in one member alone."""
    params, note = event.params, event.note(Zones)
    group = names.inferred(state, event, params.auto_scaling_group_name)
    before = told(group.shown.desired_capacity, 0)
    shown = group.shown
    sources = ("launch_configuration_name", "launch_template", "mixed_instances_policy")
    if any(not isinstance(getattr(params, one), UnsetType) for one in sources):
        shown = msgspec.structs.replace(shown, **dict.fromkeys(sources, UNSET))
    shown = members.over(shown, params)
    if not isinstance(params.vpc_zone_identifier, UnsetType):
        group.subnets = dict(note.subnets) if note is not None else {}
        if isinstance(params.availability_zones, UnsetType):
            shown = msgspec.structs.replace(shown, availability_zones=UNSET)
    least, most = told(shown.min_size, 0), told(shown.max_size, max(before, told(shown.min_size, 0)))
    desired = told(params.desired_capacity, min(max(before, least), most))
    group.shown = members.changed(shown, desired_capacity=desired)
    group.failing, group.capped = {}, ""
    if desired != before:
        group.reason = reasons.updated(event.time, least, most, desired, before)
    health.plan(state, group, event.time)


@service.react
def group_adjusts(state: Scaling, event: Event[api.UpdateAutoScalingGroup, None]) -> Iterator[Command]:
    """It launches or terminates what it has too few or too many of."""
    yield from capacity.adjusted(state, event.params.auto_scaling_group_name)


@service.handle
def delete_auto_scaling_group(state: Scaling, call: Call[api.DeleteAutoScalingGroup]) -> None:
    """A group without instances, or with them by force."""
    group = names.found(state, call.params.auto_scaling_group_name)
    protection = told(group.shown.deletion_protection, "none")
    force = call.params.force_delete is True
    if protection == "prevent-all-deletion" or (force and protection == "prevent-force-deletion"):
        # evidence: page API_CreateAutoScalingGroup (DeletionProtection); words: guess
        raise errors.in_use(f"AutoScalingGroup {group.name} is protected from deletion.")
    if force:
        return
    if group.running:
        # evidence: model; words: guess
        raise errors.in_progress(
            "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group."
        )
    if group.members:
        # evidence: model; words: guess
        raise errors.in_use(
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
            "still in the group."
        )


@service.project
def group_deleted(state: Scaling, event: Event[api.DeleteAutoScalingGroup, None]) -> None:
    """The group is gone, or goes with the last of its instances."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is None:
        return
    if event.params.force_delete is True and (group.members or group.running):
        before = told(group.shown.desired_capacity, 0)
        group.shown = members.changed(
            group.shown, min_size=0, desired_capacity=0, max_size=0, status="Delete in progress"
        )
        group.reason = reasons.updated(event.time, 0, 0, 0, before)
        group.deleting = True
        due.forget_all(state, group)
        return
    forget(state, group)


def forget(state: Scaling, group: Group) -> None:
    """In a fold: a group is gone."""
    due.forget_all(state, group)
    for instance in group.members:
        state.members.pop(instance, None)
    state.groups.pop(group.name, None)


@service.react
def group_ends(state: Scaling, event: Event[api.DeleteAutoScalingGroup, None]) -> Iterator[Command]:
    """Its instances are terminated."""
    yield from capacity.adjusted(state, event.params.auto_scaling_group_name)


@service.evidence
def group_was_not_there(state: Scaling, event: Event[api.DeleteAutoScalingGroup, None]) -> None:
    """What AWS does not find is gone."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if event.error in ("ValidationError", "ValidationException") and group is not None and not group.members:
        forget(state, group)
