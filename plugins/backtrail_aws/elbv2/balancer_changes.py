"""What can be changed of a load balancer: subnets, security groups, address type, reserved capacity."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UNSET, Call, Command, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.balancing import network
from backtrail_aws.elbv2 import api, balancers, errors, interfaces, names
from backtrail_aws.elbv2.state import Balancer, LoadBalancers, service

# subnets


@service.handle
def set_subnets(state: LoadBalancers, call: Call[api.SetSubnets]) -> api.SetSubnetsResult:
    """Other subnets of the same VPC; Gateway Load Balancers keep theirs."""
    params = call.params
    held = names.balancer(state, params.load_balancer_arn)
    if isinstance(params.ip_address_type, str):
        balancers.check_addresses(held.kind, params.ip_address_type)
    _, zones, vpc = balancers.places(call, held.kind, params.subnets, params.subnet_mappings)
    if isinstance(vpc, str) and isinstance(held.shown.vpc_id, str) and vpc != held.shown.vpc_id:
        # evidence: model; words: guess
        raise errors.configuration(f"The subnets must belong to the VPC '{held.shown.vpc_id}'")
    if held.kind == "network":
        _keeps(held, zones)
    return api.SetSubnetsResult(
        availability_zones=zones,
        ip_address_type=told(params.ip_address_type, told(held.shown.ip_address_type, "ipv4")),
        enable_prefix_for_ipv6_source_nat=(
            told(params.enable_prefix_for_ipv6_source_nat, "off") if held.kind == "network" else UNSET
        ),
    )  # fmt: skip


def _keeps(held: Balancer, zones: list[api.AvailabilityZone]) -> None:
    """Without security groups, a Network Load Balancer only gets more zones (API_SetSubnets)."""
    if told(held.shown.security_groups, []):
        return
    new = {told(one.zone_name, "") for one in zones}
    old = {told(one.zone_name, "") for one in told(held.shown.availability_zones, [])}
    if not old <= new:
        # evidence: page API_SetSubnets; words: guess
        raise errors.configuration("Subnet removal is not supported for Network Load Balancers")


@service.project
def subnets_set(state: LoadBalancers, event: Event[api.SetSubnets, api.SetSubnetsResult]) -> None:
    """The load balancer is in other subnets."""
    params = event.params
    held = names.known_balancer(state, event, params.load_balancer_arn)
    mappings = told(params.subnet_mappings, [])
    asked = [told(one.subnet_id, "") for one in mappings] or told(params.subnets, [])
    bare = [api.AvailabilityZone(subnet_id=one) for one in asked]
    held.mappings = {told(one.subnet_id, ""): one for one in mappings}
    held.shown = members.changed(
        held.shown, availability_zones=told(event.result.availability_zones, bare),
        ip_address_type=params.ip_address_type,
        enable_prefix_for_ipv6_source_nat=params.enable_prefix_for_ipv6_source_nat,
    )  # fmt: skip


@service.react
def nodes_moved(
    state: LoadBalancers, event: Event[api.SetSubnets, api.SetSubnetsResult]
) -> Iterator[Command]:
    """Interfaces come and go with the subnets."""
    held = state.balancers.get(event.params.load_balancer_arn)
    if held is not None:
        yield from interfaces.wanted(held, event)


# security groups


@service.handle
def set_security_groups(
    state: LoadBalancers, call: Call[api.SetSecurityGroups]
) -> api.SetSecurityGroupsResult:
    """Other groups of its VPC."""
    params = call.params
    held = names.balancer(state, params.load_balancer_arn)
    if held.kind == "gateway":
        # evidence: page API_SetSecurityGroups; words: guess
        raise errors.configuration("Security groups are not supported for load balancers with type 'gateway'")
    if held.kind == "network" and not told(held.shown.security_groups, []):
        # evidence: page API_SetSecurityGroups; words: guess
        raise errors.configuration(
            "Security groups cannot be set for a Network Load Balancer that was created without them"
        )
    if not params.security_groups:
        # evidence: guess
        raise errors.invalid("At least one security group must be specified")
    network.check_groups(call, params.security_groups, held.shown.vpc_id, errors)
    enforced = params.enforce_security_group_inbound_rules_on_private_link_traffic
    return api.SetSecurityGroupsResult(
        security_group_ids=params.security_groups,
        enforce_security_group_inbound_rules_on_private_link_traffic=(
            told(enforced, "on") if held.kind == "network" else UNSET
        ),
    )


@service.project
def security_groups_set(
    state: LoadBalancers, event: Event[api.SetSecurityGroups, api.SetSecurityGroupsResult]
) -> None:
    """The load balancer has other groups."""
    params = event.params
    held = names.known_balancer(state, event, params.load_balancer_arn)
    enforced = params.enforce_security_group_inbound_rules_on_private_link_traffic
    held.shown = members.changed(
        held.shown, security_groups=list(params.security_groups),
        enforce_security_group_inbound_rules_on_private_link_traffic=enforced,
    )  # fmt: skip


@service.react
def nodes_regrouped(
    state: LoadBalancers, event: Event[api.SetSecurityGroups, api.SetSecurityGroupsResult]
) -> Iterator[Command]:
    """Its interfaces have the groups of the load balancer."""
    held = state.balancers.get(event.params.load_balancer_arn)
    if held is not None:
        yield from interfaces.regrouped(held, event)


# addresses


@service.handle
def set_ip_address_type(state: LoadBalancers, call: Call[api.SetIpAddressType]) -> api.SetIpAddressTypeResult:
    """IPv4 alone, or IPv6 too."""
    held = names.balancer(state, call.params.load_balancer_arn)
    balancers.check_addresses(held.kind, call.params.ip_address_type)
    return api.SetIpAddressTypeResult(ip_address_type=call.params.ip_address_type)


@service.project
def ip_address_type_set(
    state: LoadBalancers, event: Event[api.SetIpAddressType, api.SetIpAddressTypeResult]
) -> None:
    """The load balancer has addresses of that type."""
    held = names.known_balancer(state, event, event.params.load_balancer_arn)
    held.shown = members.changed(held.shown, ip_address_type=event.params.ip_address_type)


# capacity: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/capacity-unit-reservation.html

_UNITS = {"application": (100, 1500), "network": (2750, 20_000)}
"""The least units, and the most of an account."""


@service.handle
def modify_capacity_reservation(
    state: LoadBalancers, call: Call[api.ModifyCapacityReservation]
) -> api.ModifyCapacityReservationResult:
    """Capacity that is kept for a load balancer, or no more."""
    params = call.params
    held = names.balancer(state, params.load_balancer_arn)
    units = told(params.minimum_load_balancer_capacity, api.MinimumLoadBalancerCapacity()).capacity_units
    if params.reset_capacity_reservation is True:
        units = UNSET
    elif isinstance(units, UnsetType):
        # evidence: guess
        raise errors.invalid(
            "Either MinimumLoadBalancerCapacity or ResetCapacityReservation must be specified"
        )
    elif held.kind not in _UNITS or units < _UNITS[held.kind][0]:
        # evidence: page capacity-unit-reservation.html; words: guess
        raise errors.configuration(
            f"The capacity of load balancers with type '{held.kind}' cannot be '{units}'"
        )
    elif units > _UNITS[held.kind][1]:
        raise errors.too_many("CapacityUnitsLimitExceeded", "capacity units")
    found = _capacity(held, units, SpacedTime.of(call.time), "pending")
    return members.over(api.ModifyCapacityReservationResult(), found)


def _capacity(
    held: Balancer, units: int | UnsetType, when: SpacedTime | UnsetType, state: str
) -> api.DescribeCapacityReservationResult:
    if isinstance(units, UnsetType):
        return api.DescribeCapacityReservationResult(
            last_modified_time=when, decrease_requests_remaining=2, capacity_reservation_state=[]
        )
    zones = told(held.shown.availability_zones, [])
    each = units / len(zones) if zones else 0.0
    return api.DescribeCapacityReservationResult(
        last_modified_time=when, decrease_requests_remaining=2,
        minimum_load_balancer_capacity=api.MinimumLoadBalancerCapacity(capacity_units=units),
        capacity_reservation_state=[
            api.ZonalCapacityReservationState(
                state=api.CapacityReservationStatus(code=state), availability_zone=one.zone_name,
                effective_capacity_units=each if state == "provisioned" else 0.0,
            )
            for one in zones
        ],
    )  # fmt: skip


@service.project
def capacity_reservation_modified(
    state: LoadBalancers, event: Event[api.ModifyCapacityReservation, api.ModifyCapacityReservationResult]
) -> None:
    """The capacity is reserved, or free."""
    params = event.params
    held = names.known_balancer(state, event, params.load_balancer_arn)
    held.reserved = event.time
    if params.reset_capacity_reservation is True:
        held.capacity = UNSET
    else:
        asked = told(params.minimum_load_balancer_capacity, api.MinimumLoadBalancerCapacity())
        held.capacity = asked.capacity_units


@service.read
def describe_capacity_reservation(
    state: LoadBalancers, call: Call[api.DescribeCapacityReservation]
) -> api.DescribeCapacityReservationResult:
    """What is reserved for a load balancer."""
    held = names.balancer(state, call.params.load_balancer_arn)
    when = UNSET if isinstance(held.reserved, UnsetType) else SpacedTime.of(held.reserved)
    return _capacity(held, held.capacity, when, "provisioned")
