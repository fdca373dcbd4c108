"""Placement groups: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-groups.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, instances, limits, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance, PlacementGroup
from backtrail_aws.ec2.type_data import Type

PLACEMENT_GROUPS = Kind(
    "placement-group", "pg", PlacementGroup, lambda state: state.compute.placement_groups,
    code="InvalidPlacementGroup.Unknown", noun="placement group ID",
    cloudformation="AWS::EC2::PlacementGroup", created_by=("CreatePlacementGroup",),
)  # fmt: skip
RACK = service.option(
    "placement_group_capacity",
    0,
    "How many instances a cluster placement group's rack takes; 0: any number.",
    least=0,
)
_STRATEGIES = ("cluster", "spread", "partition")


@service.handle
def create_placement_group(
    state: Ec2, call: Call[api.CreatePlacementGroup]
) -> api.CreatePlacementGroupResult:
    """A group; its name is free in the region."""
    params = call.params
    tags.check_new(params.tag_specifications, "placement-group")
    name, strategy = told(params.group_name, ""), told(params.strategy, "cluster")
    if not name:
        raise errors.missing("groupName")
    if strategy not in _STRATEGIES:
        # evidence: page API_CreatePlacementGroup; words: guess
        raise errors.invalid(f"Invalid placement group strategy '{strategy}'.")
    if named(state, name) is not None:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidPlacementGroup.Duplicate", f"The Placement Group '{name}' already exists.")
    count = told(params.partition_count, 0)
    if count and strategy != "partition":
        # evidence: page API_CreatePlacementGroup; words: guess
        raise errors.combination("PartitionCount can only be used with the 'partition' strategy.")
    if not 0 <= count <= limits.PARTITIONS_MAX:
        # evidence: page API_CreatePlacementGroup; words: guess
        raise errors.invalid(f"The partition count must be between 1 and {limits.PARTITIONS_MAX}.")
    if len(state.compute.placement_groups) >= call.quota("placement_groups", limits.PLACEMENT_GROUPS_MAX):
        raise errors.limit("PlacementGroupLimitExceeded", "placement groups")
    group = PlacementGroup(
        id=call.new_id("pg"), name=name, strategy=strategy, tags=tags.given(params.tag_specifications,
        "placement-group"),
        arn=call.arn("ec2", f"placement-group/{name}"), spread=params.spread_level,
        partitions=(count or 2) if strategy == "partition" else UNSET,
    )  # fmt: skip
    return api.CreatePlacementGroupResult(placement_group=shown(group))


@service.project
def placement_group_created(
    state: Ec2, event: Event[api.CreatePlacementGroup, api.CreatePlacementGroupResult]
) -> None:
    """There is the group."""
    made, params = told(event.result.placement_group, api.PlacementGroup()), event.params
    name = told(params.group_name, told(made.group_name, ""))
    group = PlacementGroup(
        id=told(made.group_id, event.new_id("pg")), name=name, arn=event.arn("ec2", f"placement-group/{name}"),
        strategy=told(made.strategy, told(params.strategy, "cluster")), spread=params.spread_level,
        partitions=told(made.partition_count, params.partition_count),
        tags=tags.given(params.tag_specifications, "placement-group"),
    )  # fmt: skip
    state.compute.placement_groups[group.id] = group


@service.handle
def delete_placement_group(state: Ec2, call: Call[api.DeletePlacementGroup]) -> None:
    """Refuse while an instance is in it."""
    group = required(state, call.params.group_name)
    if members(state, group):
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "InvalidPlacementGroup.InUse",
            f"The placement group {group.name} is in use and may not be deleted.",
        )


@service.project
def placement_group_deleted(state: Ec2, event: Event[api.DeletePlacementGroup, None]) -> None:
    """The group is gone."""
    group = named(state, event.params.group_name)
    if group is not None:
        state.compute.placement_groups.pop(group.id, None)


@service.read
def describe_placement_groups(
    state: Ec2, call: Call[api.DescribePlacementGroups]
) -> api.DescribePlacementGroupsResult:
    """Groups; those that are named must be there."""
    wanted = [required(state, one) for one in told(call.params.group_names, [])]
    wanted += PLACEMENT_GROUPS.find_all(state, told(call.params.group_ids, []))
    keep = filters.tagged(call.params.filters, _FIELDS)
    found = wanted or list(state.compute.placement_groups.values())
    return api.DescribePlacementGroupsResult(
        placement_groups=[shown(one) for one in found if keep is None or keep(one)]
    )


_FIELDS: filters.Fields[PlacementGroup] = {
    "group-name": lambda group: group.name,
    "group-arn": lambda group: group.arn,
    "spread-level": lambda group: group.spread,
    "state": lambda group: "available",
    "strategy": lambda group: group.strategy,
}
"""API_DescribePlacementGroups: Filters."""


def shown(group: PlacementGroup) -> api.PlacementGroup:
    """A group as answers show it."""
    return api.PlacementGroup(
        group_name=group.name, group_id=group.id, group_arn=group.arn, state="available", strategy=group.strategy,
        partition_count=group.partitions, spread_level=group.spread, tags=tags.shown(group.tags) or UNSET,
    )  # fmt: skip


# for instances


def named(state: Ec2, name: str | UnsetType) -> PlacementGroup | None:
    """The group of a name; None where there is none."""
    return next((one for one in state.compute.placement_groups.values() if one.name == name), None)


def required(state: Ec2, name: str) -> PlacementGroup:
    """The same. Raises `Refusal`."""
    found = named(state, name)
    if found is None:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
    return found


def members(state: Ec2, group: PlacementGroup) -> list[Instance]:
    """The instances that are in a group, running or not."""
    return [
        one
        for one in state.compute.instances.values()
        if one.placement.group_name == group.name and instances.alive(one)
    ]


def check(state: Ec2, call: Call[Any], name: str, kind: Type, zone: str, count: int) -> None:
    """Refuse instances that a group cannot take."""
    group = required(state, name)
    there = members(state, group)
    if group.strategy == "cluster":
        if not kind.clusters or kind.burstable:
            # evidence: page placement-groups.html; words: guess
            raise errors.combination(
                f"Cluster placement groups are not supported by the '{kind.name}' instance type. Specify a supported "
                "instance type or change the placement group strategy, and try again."
            )
        other = next((one.zone for one in there if one.zone not in (UNSET, zone)), None)
        if other is not None:
            # evidence: page placement-groups.html ("can't span multiple Availability Zones"); words: guess
            raise errors.invalid(
                f"A cluster placement group cannot span Availability Zones: '{name}' is in {other}, not in {zone}."
            )
        check_room(call, group, there, count)
    elif group.strategy == "spread" and sum(one.zone == zone for one in there) + count > limits.SPREAD_MAX:
        # evidence: page placement-groups.html (seven running instances per zone and group); words: guess
        raise no_room()


def check_room(call: Call[Any], group: PlacementGroup, there: list[Instance], count: int) -> None:
    """Refuse what the rack of a cluster has no room for."""
    rack = call.option(RACK)
    running = [one for one in there if instances.state_of(call, one) in ("pending", "running")]
    if rack and running and len(running) + count > rack * (1 + group.rack):
        raise no_room()


def no_room() -> Refusal:
    """There is no host for another member."""
    # evidence: page errors-overview.html (InsufficientInstanceCapacity); words: guess
    return Refusal(
        "InsufficientInstanceCapacity",
        "Insufficient capacity to satisfy your request for the placement group. Stop all of its instances and start "
        "them again, or launch them in one request.",
        status=500,
    )
