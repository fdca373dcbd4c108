"""Instances launched into a group at once, in one call.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchInstances.html
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UNSET, Call, Command, Event, UnsetType, members, told
from backtrail_aws.autoscaling import api, asking, capacity, errors, launching, names, placing
from backtrail_aws.autoscaling.placing import Place
from backtrail_aws.autoscaling.state import Group, Running, Scaling, service


def _place(state: Scaling, call: Call[api.LaunchInstances]) -> tuple[Group, Place]:
    """The group and the one place. Raises `Refusal`."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    wanted = told(group.shown.desired_capacity, 0) + params.requested_capacity
    if wanted > told(group.shown.max_size, wanted):
        # evidence: page API_LaunchInstances; words: guess
        raise errors.invalid(
            f"The requested capacity exceeds the maximum size of Auto Scaling group {group.name}."
        )
    held = placing.places(call, group)
    zones, subnets = told(params.availability_zones, []), told(params.subnet_ids, [])
    ids = told(params.availability_zone_ids, [])
    if ids:
        known = asking.zone_ids(call)
        zones = [zone for zone, identifier in known.items() if identifier in ids]
    fits = [
        one for one in held if (not zones or one.zone in zones) and (not subnets or one.subnet in subnets)
    ]
    if not fits:
        # evidence: page API_LaunchInstances; words: guess
        raise errors.invalid(
            "The specified Availability Zones or subnets are not part of the Auto Scaling group."
        )
    return group, fits[0]


@service.first
def instances_are_launched(state: Scaling, call: Call[api.LaunchInstances]) -> Iterator[Command]:
    """EC2 launches them in the group's role."""
    group, place = _place(state, call)
    for number in range(call.params.requested_capacity):
        source = placing.source(group, number)
        running = Running(
            kind="launch", key="", zone=place.zone, subnet=place.subnet, market=source.market,
            configuration=source.configuration, template=source.template,
        )  # fmt: skip
        token = call.new_id("uuid", f"launch/{number}")
        yield launching.command(state, call, group, token, running, source.type)


@service.handle(token="client_token")
def launch_instances(state: Scaling, call: Call[api.LaunchInstances]) -> api.LaunchInstancesResult:
    """What was launched, and what was not."""
    group, place = _place(state, call)
    made: list[str] = []
    failed: list[api.LaunchInstancesError] = []
    kind: str | UnsetType = UNSET
    for one in call.firsts:
        if one.error is not None:
            failed.append(
                api.LaunchInstancesError(
                    subnet_id=place.subnet or UNSET, availability_zone=place.zone, error_code=one.error,
                    error_message=one.message, market_type="on-demand",
                )
            )  # fmt: skip
            continue
        for instance in one.result["instances"]:
            made.append(instance["instanceId"])
            kind = instance.get("instanceType", UNSET)
    collection = api.InstanceCollection(
        instance_type=kind, market_type="on-demand", subnet_id=place.subnet or UNSET, availability_zone=place.zone,
        instance_ids=made,
    )  # fmt: skip
    return api.LaunchInstancesResult(
        auto_scaling_group_name=group.name, client_token=call.params.client_token,
        instances=[collection] if made else [], errors=failed,
    )  # fmt: skip


@service.project
def instances_were_launched(
    state: Scaling, event: Event[api.LaunchInstances, api.LaunchInstancesResult]
) -> None:
    """The group wants as many more."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    made = sum(len(told(one.instance_ids, [])) for one in told(event.result.instances, []))
    wanted = told(group.shown.desired_capacity, 0) + made
    group.shown = members.changed(group.shown, desired_capacity=wanted)


@service.react
def launched_are_balanced(
    state: Scaling, event: Event[api.LaunchInstances, api.LaunchInstancesResult]
) -> Iterator[Command]:
    """What failed is tried as the group does it, where that is wanted."""
    if event.params.retry_strategy == "retry-with-group-configuration":
        yield from capacity.adjusted(state, event.params.auto_scaling_group_name)
