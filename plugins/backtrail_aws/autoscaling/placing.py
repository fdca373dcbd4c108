"""Where a group launches, and from what: zones in balance, subnets, templates, markets.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from backtrail import UNSET, Call, UnsetType, told
from backtrail_aws.autoscaling import api, asking, capacity, group_rules
from backtrail_aws.autoscaling.state import Group, Member


class Place(NamedTuple):
    """A zone, and the subnet of the group in it, where it has one."""

    zone: str
    subnet: str


class Source(NamedTuple):
    """What an instance is launched from: a configuration's name, or a template with what is laid over it."""

    configuration: str | UnsetType = UNSET
    template: api.LaunchTemplateSpecification | UnsetType = UNSET
    type: str | UnsetType = UNSET
    market: str = "on-demand"
    weight: int = 1


def places(call: Call[Any], group: Group) -> list[Place]:
    """All places of a group. A subnet whose zone nobody knows is a zone of its own."""
    subnets = group_rules.subnets_of(group.shown.vpc_zone_identifier)
    if not subnets:
        return [Place(zone, "") for zone in told(group.shown.availability_zones, [])]
    zones = dict(group.subnets)
    if any(not zones.get(one) for one in subnets):
        zones |= asking.zones_of(call, subnets)
    return [Place(zones.get(one) or one, one) for one in subnets]


def zone_counts(group: Group, without: Iterable[str] = ()) -> Counter[str]:
    """How many instances each zone has, launches under way included."""
    gone = set(without)
    counts = Counter(
        told(one.zone, told(one.subnet, "")) for one in group.members.values()
        if capacity.counts(one) and one.id not in gone
    )  # fmt: skip
    counts.update(
        one.zone
        for one in group.running.values()
        if one.kind == "launch" and one.instance not in group.members
    )
    return counts


def usable(group: Group, held: list[Place], now: datetime) -> list[Place]:
    """The places where nothing has failed of late. `balanced-only` groups try all that are due."""
    return [one for one in held if one.zone not in group.failing or group.failing[one.zone].until <= now]


def next_place(held: list[Place], counts: Counter[str], subnets: Counter[str]) -> Place:
    """The zone with the fewest instances, and in it the subnet with the fewest."""
    order = {one: number for number, one in enumerate(held)}
    return min(held, key=lambda one: (counts[one.zone], subnets[one.subnet], order[one]))


def subnet_counts(group: Group) -> Counter[str]:
    """How many instances each subnet has."""
    counts = Counter(told(one.subnet, "") for one in group.members.values() if capacity.counts(one))
    counts.update(one.subnet for one in group.running.values() if one.kind == "launch")
    return counts


def unbalanced(held: list[Place], counts: Counter[str]) -> Place | None:
    """Where an instance is missing, if zones differ by more than one."""
    if not held:
        return None
    zones = {one.zone: counts[one.zone] for one in held}
    strangers = sum(number for zone, number in counts.items() if zone not in zones)
    low = min(held, key=lambda one: zones[one.zone])
    return low if strangers or max(zones.values()) - zones[low.zone] > 1 else None


def wanted_source(group: Group) -> api.DesiredConfiguration:
    """What the group launches from: a refresh under way launches from what it was given."""
    for refresh in group.refreshes.values():
        given = told(refresh.shown.desired_configuration, None)
        if refresh.shown.status in ("Pending", "InProgress") and given is not None:
            return given
    return api.DesiredConfiguration(
        launch_template=group.shown.launch_template, mixed_instances_policy=group.shown.mixed_instances_policy
    )


def source(group: Group, nth: int, planned: int = 0) -> Source:
    """What the nth instance of a group is launched from, with so many planned on demand already."""
    given = wanted_source(group)
    if not isinstance(given.mixed_instances_policy, UnsetType):
        return _mixed(group, given.mixed_instances_policy, nth, planned)
    if not isinstance(given.launch_template, UnsetType):
        return Source(template=given.launch_template)
    return Source(configuration=group.shown.launch_configuration_name)


def _mixed(group: Group, policy: api.MixedInstancesPolicy, nth: int, planned: int) -> Source:
    """The first override, on demand or spot as the distribution says: ec2-auto-scaling-mixed-instances-groups.html."""
    template = told(policy.launch_template, api.LaunchTemplate())
    spread = told(policy.instances_distribution, api.InstancesDistribution())
    base = told(spread.on_demand_base_capacity, 0)
    percent = told(spread.on_demand_percentage_above_base_capacity, 100)
    on_demand = planned + sum(
        one.market == "on-demand" for one in group.members.values() if capacity.counts(one)
    )
    on_demand += sum(one.market == "on-demand" for one in group.running.values() if one.kind == "launch")
    above = max(0, nth + 1 - base)
    allowed = min(base, nth + 1) + -(-above * percent // 100)
    overrides = told(template.overrides, [])
    first = overrides[0] if overrides else api.LaunchTemplateOverrides()
    weight = told(first.weighted_capacity, "1")
    own = first.launch_template_specification
    return Source(
        template=template.launch_template_specification if isinstance(own, UnsetType) else own,
        type=first.instance_type, market="on-demand" if on_demand < allowed else "spot",
        weight=int(weight) if weight.isdigit() and int(weight) > 0 else 1,
    )  # fmt: skip


def is_current(group: Group, member: Member) -> bool:
    """Whether an instance was launched from what the group launches from now."""
    now = source(group, 0)
    return member.configuration == now.configuration and member.template == now.template
