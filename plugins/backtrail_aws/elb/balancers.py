"""Load balancers: made, deleted, described.

https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/introduction.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Answer, Call, Command, Event, Params, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.balancing import network, roles
from backtrail_aws.elb import api, errors, hosts, instances, interfaces, limits, listeners, names, pages, tags
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, service


class Placed(Params):
    """Where a load balancer was put, which its record does not tell: its zones by subnet, its VPC, its groups."""

    places: dict[str, str]
    vpc: str | UnsetType = UNSET
    groups: list[str] = []


@service.first
def role_is_there(state: ClassicLoadBalancers, call: Call[api.CreateLoadBalancer]) -> Iterator[Command]:
    """The role that Elastic Load Balancing acts by is made with the first load balancer."""
    yield from roles.wanted(call)


@service.handle
def create_load_balancer(
    state: ClassicLoadBalancers, call: Call[api.CreateLoadBalancer]
) -> Answer[api.CreateLoadBalancerResult]:
    """A load balancer in subnets, or in zones: then in the default VPC's subnets there."""
    params = call.params
    names.check(params.load_balancer_name)
    if (denied := roles.refused(call)) is not None:
        # evidence: page elb-service-linked-roles.html
        raise errors.no_access(denied)
    scheme = told(params.scheme, "internet-facing")
    if scheme not in ("internet-facing", "internal"):
        raise errors.scheme(scheme)
    if not params.listeners:
        # evidence: guess
        raise errors.invalid("At least one listener must be specified")
    for one in params.listeners:
        listeners.check(call, one)
    given = tags.check(params.tags)
    placed = _placed(call, scheme)
    same = state.balancers.get(params.load_balancer_name)
    if same is not None:
        if _differs(same, call, placed, given):
            raise errors.balancer_exists(same.name)
        return Answer(api.CreateLoadBalancerResult(dns_name=same.dns), note=placed)
    if len(state.balancers) >= call.quota("classic-load-balancers", limits.BALANCERS_MAX):
        raise errors.too_many("TooManyLoadBalancers", "load balancers")
    name = hosts.name(call, params.load_balancer_name, scheme)
    return Answer(api.CreateLoadBalancerResult(dns_name=name), note=placed)


def _placed(call: Call[api.CreateLoadBalancer], scheme: str) -> Placed:
    params = call.params
    subnets, zones = told(params.subnets, []), told(params.availability_zones, [])
    if not subnets and not zones:
        # evidence: page quoting AWS ("Either AvailabilityZones or SubnetIds must be specified")
        raise errors.invalid("Either AvailabilityZones or SubnetIds must be specified")
    if subnets and zones:
        # evidence: guess
        raise errors.invalid("Only one of SubnetIds or AvailabilityZones may be specified")
    found = network.subnets(call, subnets, errors) if subnets else in_zones(call, zones)
    check_zones(found)
    vpc = found[0].vpc_id if found else UNSET
    groups = told(params.security_groups, [])
    network.check_groups(call, groups, vpc, errors)
    if scheme == "internet-facing":
        network.check_gateway(call, vpc, errors)
    return Placed(places=by_subnet(found), vpc=vpc, groups=groups or network.default_group(call, vpc))


def check_zones(found: list[network.Subnet]) -> None:
    """Refuse two subnets in one zone. Raises `Refusal`."""
    zones = [one.availability_zone for one in found if isinstance(one.availability_zone, str)]
    if len(set(zones)) < len(zones):
        # evidence: page quoting AWS ("ELB cannot be attached to multiple subnets in the same AZ.")
        raise errors.configuration("ELB cannot be attached to multiple subnets in the same AZ.")


def in_zones(call: Call[Any], zones: list[str]) -> list[network.Subnet]:
    """The default subnets of zones; nothing where EC2 is not served. Raises `Refusal`."""
    if not network.served(call):
        return []
    found = [one for one in network.all_subnets(call) if one.default_for_az is True]
    by_zone = {told(one.availability_zone, ""): one for one in found}
    for zone in zones:
        if zone not in by_zone:
            # evidence: guess
            raise errors.invalid(f"Requested Availability Zone {zone} is invalid or has no default subnet")
    return [by_zone[zone] for zone in dict.fromkeys(zones)]


def by_subnet(found: list[network.Subnet]) -> dict[str, str]:
    """Zones by subnet; "" for one that nobody knows."""
    return {one.subnet_id: told(one.availability_zone, "") for one in found}


def _differs(
    held: Balancer, call: Call[api.CreateLoadBalancer], placed: Placed, given: dict[str, str]
) -> bool:
    """Whether what is asked for again is not what there is."""
    wanted = {str(one.load_balancer_port): listeners.whole(one) for one in call.params.listeners}
    return (
        told(call.params.scheme, "internet-facing") != held.scheme or placed.places != held.places
        or sorted(placed.groups) != sorted(held.groups) or given != held.tags
        or wanted != {port: one.shown for port, one in held.listeners.items()}
    )  # fmt: skip


@service.project
def load_balancer_created(
    state: ClassicLoadBalancers, event: Event[api.CreateLoadBalancer, api.CreateLoadBalancerResult]
) -> None:
    """The load balancer is there; one that was there already is as it was."""
    params = event.params
    name = params.load_balancer_name
    held = state.balancers.get(name)
    if held is not None and held.born:
        return
    bare = Placed(places=dict.fromkeys(told(params.subnets, []), ""), groups=told(params.security_groups, []))
    placed = event.note(Placed) or bare
    made = {str(one.load_balancer_port): listeners.made(one) for one in params.listeners}
    state.balancers[name] = Balancer(
        name=name, arn=names.arn_of(event, name), born=event.id, made=event.time, dns=event.result.dns_name,
        scheme=told(params.scheme, "internet-facing"), vpc=placed.vpc, places=dict(placed.places),
        zones=[one for one in told(params.availability_zones, []) if one not in placed.places.values()],
        groups=list(placed.groups), listeners=made, check=_check(params.listeners), tags=tags.plain(params.tags),
        instances=held.instances if held is not None else {},
    )  # fmt: skip


def _check(given: list[api.Listener]) -> api.HealthCheck:
    """elb-healthchecks.html: without a configuration, checks connect to the port of the first listener."""
    interval, timeout, unhealthy, healthy = limits.HEALTH_CHECK
    return api.HealthCheck(
        target=f"TCP:{given[0].instance_port if given else 80}", interval=interval, timeout=timeout,
        unhealthy_threshold=unhealthy, healthy_threshold=healthy,
    )  # fmt: skip


@service.react
def nodes_made(
    state: ClassicLoadBalancers, event: Event[api.CreateLoadBalancer, api.CreateLoadBalancerResult]
) -> Iterator[Command]:
    """A new load balancer gets its interfaces."""
    held = state.balancers.get(event.params.load_balancer_name)
    if held is not None and held.born == event.id:
        yield from interfaces.wanted(held, event)


@service.handle
def delete_load_balancer(state: ClassicLoadBalancers, call: Call[api.DeleteLoadBalancer]) -> None:
    """That it is not there is no error."""


@service.project
def load_balancer_deleted(state: ClassicLoadBalancers, event: Event[api.DeleteLoadBalancer, None]) -> None:
    """It is gone; its interfaces' ids are kept until EC2 has deleted them."""
    name = event.params.load_balancer_name
    held = state.balancers.pop(name, None)
    if held is not None and held.interfaces:
        state.ending[name] = [*state.ending.get(name, []), *held.interfaces.values()]


@service.react
def nodes_ended(state: ClassicLoadBalancers, event: Event[api.DeleteLoadBalancer, None]) -> Iterator[Command]:
    """The interfaces of a load balancer that is gone are deleted."""
    yield from interfaces.ended(state.ending.get(event.params.load_balancer_name, []), event)


@service.read
def describe_load_balancers(
    state: ClassicLoadBalancers, call: Call[api.DescribeLoadBalancers]
) -> api.DescribeLoadBalancersResult:
    """Those of some names, or all."""
    params = call.params
    wanted = told(params.load_balancer_names, [])
    if wanted:
        found = [names.balancer(state, name) for name in dict.fromkeys(wanted)]
        return api.DescribeLoadBalancersResult(
            load_balancer_descriptions=[_shown(call, one) for one in found]
        )
    listed, marker = pages.paged(params, state.balancers)
    return api.DescribeLoadBalancersResult(
        load_balancer_descriptions=[_shown(call, one) for one in listed], next_marker=marker
    )


def _shown(call: Call[Any], held: Balancer) -> api.LoadBalancerDescription:
    """A load balancer as answers show it."""
    group = network.names_of(call, held.groups[:1])
    return api.LoadBalancerDescription(
        load_balancer_name=held.name, dns_name=held.dns,
        canonical_hosted_zone_name=held.dns if held.scheme == "internet-facing" else UNSET,
        canonical_hosted_zone_name_id=hosts.zone(held.arn),
        listener_descriptions=[
            api.ListenerDescription(listener=one.shown, policy_names=list(one.policies))
            for one in held.listeners.values()
        ],
        policies=_policies(held),
        backend_server_descriptions=[
            api.BackendServerDescription(instance_port=int(port), policy_names=list(given))
            for port, given in held.backend.items()
        ],
        availability_zones=held.enabled, subnets=list(held.places), vpc_id=held.vpc,
        instances=[api.Instance(instance_id=one) for one in instances.registered(held)], health_check=held.check,
        source_security_group=(
            api.SourceSecurityGroup(owner_alias=call.account, group_name=group[0]) if group else UNSET
        ),
        security_groups=list(held.groups), scheme=held.scheme,
        created_time=UNSET if isinstance(held.made, UnsetType) else SpacedTime.of(held.made),
    )  # fmt: skip


_APP, _LB = "AppCookieStickinessPolicyType", "LBCookieStickinessPolicyType"


def _policies(held: Balancer) -> api.Policies:
    apps: list[api.AppCookieStickinessPolicy] = []
    cookies: list[api.LBCookieStickinessPolicy] = []
    for name, one in held.policies.items():
        value = told(one.attributes[0].attribute_value, "") if one.attributes else ""
        if one.type == _APP:
            apps.append(api.AppCookieStickinessPolicy(policy_name=name, cookie_name=value))
        elif one.type == _LB:
            period = int(value) if value.isdigit() and value != "0" else UNSET
            cookies.append(api.LBCookieStickinessPolicy(policy_name=name, cookie_expiration_period=period))
    others = [name for name, one in held.policies.items() if one.type not in (_APP, _LB)]
    return api.Policies(
        app_cookie_stickiness_policies=apps, lb_cookie_stickiness_policies=cookies, other_policies=others
    )
