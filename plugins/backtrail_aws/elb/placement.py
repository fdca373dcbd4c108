"""Where a load balancer is: its subnets, its zones, its security groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Answer, Call, Command, Event
from backtrail_aws.balancing import network
from backtrail_aws.elb import api, balancers, errors, interfaces, limits, names
from backtrail_aws.elb.balancers import Placed
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, service

# subnets


@service.handle
def attach_load_balancer_to_subnets(
    state: ClassicLoadBalancers, call: Call[api.AttachLoadBalancerToSubnets]
) -> Answer[api.AttachLoadBalancerToSubnetsResult]:
    """More subnets of the same VPC, each in a zone of its own."""
    held = names.balancer(state, call.params.load_balancer_name)
    found = network.subnets(call, call.params.subnets, errors)
    _same_vpc(held, found)
    places = {**held.places, **balancers.by_subnet(found)}
    zones = [zone for zone in places.values() if zone]
    if len(set(zones)) < len(zones):
        # evidence: page quoting AWS ("ELB cannot be attached to multiple subnets in the same AZ.")
        raise errors.configuration("ELB cannot be attached to multiple subnets in the same AZ.")
    return Answer(
        api.AttachLoadBalancerToSubnetsResult(subnets=list(places)),
        note=Placed(places=places, vpc=held.vpc),
    )


def _same_vpc(held: Balancer, found: list[network.Subnet]) -> None:
    for one in found:
        if isinstance(held.vpc, str) and isinstance(one.vpc_id, str) and one.vpc_id != held.vpc:
            # evidence: model; words: guess
            raise errors.bad_subnet(
                f"Subnet {one.subnet_id} is not in the VPC {held.vpc} of the load balancer."
            )


@service.project
def attached_to_subnets(
    state: ClassicLoadBalancers,
    event: Event[api.AttachLoadBalancerToSubnets, api.AttachLoadBalancerToSubnetsResult],
) -> None:
    """The load balancer is in those subnets, too."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    placed = event.note(Placed)
    added = placed.places if placed is not None else dict.fromkeys(event.params.subnets, "")
    held.places |= added


@service.react
def nodes_attached(
    state: ClassicLoadBalancers,
    event: Event[api.AttachLoadBalancerToSubnets, api.AttachLoadBalancerToSubnetsResult],
) -> Iterator[Command]:
    """It has an interface in each."""
    yield from _moved(state, event, event.params.load_balancer_name)


def _moved(state: ClassicLoadBalancers, event: Event[Any, Any], name: str) -> Iterator[Command]:
    held = state.balancers.get(name)
    if held is not None:
        yield from interfaces.wanted(held, event)


@service.handle
def detach_load_balancer_from_subnets(
    state: ClassicLoadBalancers, call: Call[api.DetachLoadBalancerFromSubnets]
) -> api.DetachLoadBalancerFromSubnetsResult:
    """Fewer subnets, but one at least."""
    held = names.balancer(state, call.params.load_balancer_name)
    left = [one for one in held.places if one not in call.params.subnets]
    if not left:
        # evidence: model; words: guess
        raise errors.configuration("A load balancer must have at least one subnet.")
    return api.DetachLoadBalancerFromSubnetsResult(subnets=left)


@service.project
def detached_from_subnets(
    state: ClassicLoadBalancers,
    event: Event[api.DetachLoadBalancerFromSubnets, api.DetachLoadBalancerFromSubnetsResult],
) -> None:
    """The load balancer is in those subnets no more."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    for one in event.params.subnets:
        held.places.pop(one, None)


@service.react
def nodes_detached(
    state: ClassicLoadBalancers,
    event: Event[api.DetachLoadBalancerFromSubnets, api.DetachLoadBalancerFromSubnetsResult],
) -> Iterator[Command]:
    """Its interfaces there are gone."""
    yield from _moved(state, event, event.params.load_balancer_name)


# zones, of the default VPC


@service.handle
def enable_availability_zones_for_load_balancer(
    state: ClassicLoadBalancers, call: Call[api.EnableAvailabilityZonesForLoadBalancer]
) -> Answer[api.EnableAvailabilityZonesForLoadBalancerResult]:
    """More zones, by the default VPC's subnets there."""
    held = names.balancer(state, call.params.load_balancer_name)
    new = [one for one in call.params.availability_zones if one not in held.enabled]
    found = balancers.in_zones(call, new)
    _same_vpc(held, found)
    places = balancers.by_subnet(found)
    zones = sorted({*held.enabled, *new})
    return Answer(
        api.EnableAvailabilityZonesForLoadBalancerResult(availability_zones=zones),
        note=Placed(places=places, vpc=held.vpc),
    )


@service.project
def zones_enabled(
    state: ClassicLoadBalancers,
    event: Event[
        api.EnableAvailabilityZonesForLoadBalancer, api.EnableAvailabilityZonesForLoadBalancerResult
    ],
) -> None:
    """The load balancer is in those zones, too."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    placed = event.note(Placed)
    if placed is not None:
        held.places |= placed.places
    missing = [one for one in event.params.availability_zones if one not in held.enabled]
    held.zones = sorted({*held.zones, *missing})


@service.react
def nodes_enabled(
    state: ClassicLoadBalancers,
    event: Event[
        api.EnableAvailabilityZonesForLoadBalancer, api.EnableAvailabilityZonesForLoadBalancerResult
    ],
) -> Iterator[Command]:
    """It has an interface in each."""
    yield from _moved(state, event, event.params.load_balancer_name)


@service.handle
def disable_availability_zones_for_load_balancer(
    state: ClassicLoadBalancers, call: Call[api.DisableAvailabilityZonesForLoadBalancer]
) -> api.DisableAvailabilityZonesForLoadBalancerResult:
    """Fewer zones, but one at least."""
    held = names.balancer(state, call.params.load_balancer_name)
    left = [one for one in held.enabled if one not in call.params.availability_zones]
    if not left:
        # evidence: page API_DisableAvailabilityZonesForLoadBalancer; words: guess
        raise errors.configuration("A load balancer must have at least one Availability Zone.")
    return api.DisableAvailabilityZonesForLoadBalancerResult(availability_zones=left)


@service.project
def zones_disabled(
    state: ClassicLoadBalancers,
    event: Event[
        api.DisableAvailabilityZonesForLoadBalancer, api.DisableAvailabilityZonesForLoadBalancerResult
    ],
) -> None:
    """The load balancer is in those zones no more."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    gone = set(event.params.availability_zones)
    held.places = {subnet: zone for subnet, zone in held.places.items() if zone not in gone}
    held.zones = [one for one in held.zones if one not in gone]


@service.react
def nodes_disabled(
    state: ClassicLoadBalancers,
    event: Event[
        api.DisableAvailabilityZonesForLoadBalancer, api.DisableAvailabilityZonesForLoadBalancerResult
    ],
) -> Iterator[Command]:
    """Its interfaces there are gone."""
    yield from _moved(state, event, event.params.load_balancer_name)


# security groups


@service.handle
def apply_security_groups_to_load_balancer(
    state: ClassicLoadBalancers, call: Call[api.ApplySecurityGroupsToLoadBalancer]
) -> api.ApplySecurityGroupsToLoadBalancerResult:
    """Other groups of its VPC."""
    held = names.balancer(state, call.params.load_balancer_name)
    groups = call.params.security_groups
    if not groups or len(groups) > limits.GROUPS_MAX:
        # evidence: model; words: guess
        raise errors.configuration(f"A load balancer has between 1 and {limits.GROUPS_MAX} security groups.")
    network.check_groups(call, groups, held.vpc, errors)
    return api.ApplySecurityGroupsToLoadBalancerResult(security_groups=groups)


@service.project
def security_groups_applied(
    state: ClassicLoadBalancers,
    event: Event[api.ApplySecurityGroupsToLoadBalancer, api.ApplySecurityGroupsToLoadBalancerResult],
) -> None:
    """The load balancer has those groups."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    held.groups = list(event.params.security_groups)


@service.react
def nodes_regrouped(
    state: ClassicLoadBalancers,
    event: Event[api.ApplySecurityGroupsToLoadBalancer, api.ApplySecurityGroupsToLoadBalancerResult],
) -> Iterator[Command]:
    """Its interfaces have them, too."""
    held = state.balancers.get(event.params.load_balancer_name)
    if held is not None:
        yield from interfaces.regrouped(held, event)
