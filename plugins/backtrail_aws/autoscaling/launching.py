"""Launches: what EC2 is told, what a record of a launch tells of a group, how a launch ended.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from backtrail import UNSET, Call, Command, Event, Heard, UnsetType, members, told
from backtrail_aws.autoscaling import actions, activities, api, ec2_records, hooks, names
from backtrail_aws.autoscaling.ec2_words import (
    Device,
    Interface,
    Market,
    Monitoring,
    Profile,
    RunInstances,
    SpotOptions,
    StartInstances,
    TagPair,
    TagSpecification,
    Where,
)
from backtrail_aws.autoscaling.state import Configuration, Group, Member, Running, Scaling, service


def role(event: Event[Any, Any] | Call[Any], group: Group) -> str:
    """The role in which the group acts."""
    return told(group.shown.service_linked_role_arn, names.role_arn(event))


def command(
    state: Scaling, event: Event[Any, Any] | Call[Any], group: Group, activity: str, running: Running,
    kind: str | UnsetType,
) -> Command:  # fmt: skip
    """The launch of one instance. Its token names the activity, as a real record's does."""
    held = state.configurations.get(told(running.configuration, ""))
    base = _configured(held, running.subnet) if held is not None else RunInstances()
    where = members.changed(
        told(base.placement, Where()),
        availability_zone=UNSET if running.subnet else running.zone or UNSET,
        group_name=told(group.shown.placement_group, "") or UNSET,
    )
    shared = [TagPair(key=key, value=tag.value) for key, tag in sorted(group.tags.items()) if tag.propagate]
    params = members.changed(
        base, min_count=1, max_count=1,
        subnet_id=running.subnet or UNSET if isinstance(base.network_interfaces, UnsetType) else UNSET,
        launch_template=running.template, instance_type=kind, placement=UNSET if where == Where() else where,
        instance_market_options=_spot(group) if running.market == "spot" else UNSET,
        tag_specifications=[
            TagSpecification(
                resource_type="instance", tags=[*shared, TagPair(key=names.NAME_TAG, value=group.name)]
            )
        ],
        client_token=f"{activity}_{running.subnet or running.zone}_1",
    )  # fmt: skip
    return Command("ec2", params, as_=role(event, group), source_arn=group.arn)


def _spot(group: Group) -> Market:
    """The spot market, with the most that a mixed instances policy pays."""
    policy = told(group.shown.mixed_instances_policy, api.MixedInstancesPolicy())
    most = told(policy.instances_distribution, api.InstancesDistribution()).spot_max_price
    options = SpotOptions(max_price=most) if isinstance(most, str) and most else UNSET
    return Market(market_type="spot", spot_options=options)


def _configured(held: Configuration, subnet: str) -> RunInstances:
    """A launch configuration in EC2's words."""
    shown = held.shown
    profile = shown.iam_instance_profile
    public = shown.associate_public_ip_address
    groups = told(shown.security_groups, []) or UNSET
    interface = Interface(
        device_index=0, associate_public_ip_address=public, subnet_id=subnet or UNSET, groups=groups
    )
    has_public = not isinstance(public, UnsetType) and bool(subnet)
    tenancy = shown.placement_tenancy
    monitoring = told(shown.instance_monitoring, api.InstanceMonitoring())
    return RunInstances(
        image_id=shown.image_id, instance_type=shown.instance_type, key_name=shown.key_name or UNSET,
        kernel_id=shown.kernel_id or UNSET, ramdisk_id=shown.ramdisk_id or UNSET, user_data=shown.user_data or UNSET,
        security_group_ids=UNSET if has_public else groups, ebs_optimized=shown.ebs_optimized,
        network_interfaces=[interface] if has_public else UNSET,
        placement=Where(tenancy=tenancy) if isinstance(tenancy, str) else UNSET,
        monitoring=Monitoring(enabled=told(monitoring.enabled, True)),
        block_device_mappings=[_device(one) for one in told(shown.block_device_mappings, [])] or UNSET,
        iam_instance_profile=UNSET if not isinstance(profile, str) or not profile else (
            Profile(arn=profile) if profile.startswith("arn:") else Profile(name=profile)
        ),
        metadata_options=shown.metadata_options,
        instance_market_options=Market(market_type="spot", spot_options=SpotOptions(max_price=shown.spot_price))
        if isinstance(shown.spot_price, str) else UNSET,
    )  # fmt: skip


def _device(one: api.BlockDeviceMapping) -> Device:
    return Device(
        device_name=one.device_name, virtual_name=one.virtual_name, ebs=one.ebs,
        no_device="" if one.no_device is True else UNSET,
    )  # fmt: skip


def started(event: Event[Any, Any], group: Group, instance: str) -> Command:
    """An instance of the warm pool starts."""
    return Command(
        "ec2", StartInstances(instance_ids=[instance]), as_=role(event, group), source_arn=group.arn
    )


def group_named(params: RunInstances) -> str:
    """The group that a launch is for: its tag says so."""
    given = told(params.tag_specifications, [])
    return _named((told(tag.key, ""), told(tag.value, "")) for one in given for tag in told(one.tags, []))


def _named(tags: Iterable[tuple[str, str]]) -> str:
    return next((value for key, value in tags if key == names.NAME_TAG), "")


# what a launch tells


@service.project_from("ec2")
def instances_launched(
    state: Scaling, event: Event[ec2_records.RunInstances, ec2_records.RunInstancesResult]
) -> None:
    """Instances whose tag names a group are the group's. A replacement drops what EC2 had terminated before."""
    given = told(event.params.tag_specifications, ec2_records.TagSpecifications())
    tags = [tag for one in told(given.items, []) for tag in told(one.tags, [])]
    name = _named((told(tag.key, ""), told(tag.value, "")) for tag in tags)
    made = told(told(event.result.instances, ec2_records.Several()).items, [])
    if not name or not made:
        return
    group = names.inferred(state, event, name)
    activity = told(event.params.client_token, "").partition("_")[0]
    if activity not in group.running:
        for one in [held for held in group.members.values() if held.gone]:
            group.members.pop(one.id)
            state.members.pop(one.id, None)
    for instance in made:
        if isinstance(instance.instance_id, str):
            _join(state, event, group, instance, instance.instance_id, activity)


def _join(
    state: Scaling, event: Event[Any, Any], group: Group, made: ec2_records.Launched, instance: str, activity: str
) -> None:  # fmt: skip
    running = group.running.get(activity)
    shown, source = group.shown, running or Running(kind="launch", key="")
    zone = told(made.placement, ec2_records.Where()).availability_zone
    member = Member(
        id=instance, zone=zone if isinstance(zone, str) else source.zone or UNSET, subnet=made.subnet_id,
        type=made.instance_type, image=made.image_id, since=event.time, joined=event.time,
        protected=shown.new_instances_protected_from_scale_in is True,
        configuration=shown.launch_configuration_name if running is None else running.configuration,
        template=shown.launch_template if running is None else running.template, weight=source.weight,
        market=source.market, activity=activity if running is not None else "",
    )  # fmt: skip
    group.members[instance] = member
    state.members[instance] = group.name
    if running is not None:
        running.instance = instance
        activities.described(state, running.key, f"Launching a new EC2 instance: {instance}")
        hooks.start(state, event, group, member, activity, warm=running.kind == "warm")


@service.outcome("ec2")
def launch_ended(state: Scaling, heard: Heard[RunInstances]) -> Iterator[Command]:
    """It failed, or the instance is in service; with a hook, it waits first."""
    group = state.groups.get(group_named(heard.params))
    activity = told(heard.params.client_token, "").partition("_")[0]
    running = group.running.get(activity) if group is not None else None
    if group is None or running is None:
        return
    if heard.error is not None or not running.instance:
        yield actions.own(
            actions.EndActivity(
                auto_scaling_group_name=group.name, activity_id=activity,
                error_code=heard.error or "InternalFailure", error_message=heard.message or heard.error or "",
                record=heard.event_id or UNSET,
            )
        )  # fmt: skip
        return
    yield from hooks.announced_or_done(heard, group, running.instance, activity)


@service.outcome("ec2")
def start_ended(state: Scaling, heard: Heard[StartInstances]) -> Iterator[Command]:
    """An instance of the warm pool runs, or could not be started."""
    for instance in told(heard.params.instance_ids, []):
        group = names.group_of(state, instance)
        member = group.members.get(instance) if group is not None else None
        if group is None or member is None or not member.activity:
            continue
        if heard.error is not None:
            yield actions.own(
                actions.EndActivity(
                    auto_scaling_group_name=group.name, activity_id=member.activity, instance_id=instance,
                    error_code=heard.error, error_message=heard.message or heard.error,
                )
            )  # fmt: skip
        else:
            yield from hooks.announced_or_done(heard, group, instance, member.activity)
