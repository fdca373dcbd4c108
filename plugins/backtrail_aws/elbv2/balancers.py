"""Load balancers: made, deleted, described.

https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from backtrail import UNSET, Call, Command, Event, Phase, UnsetType, members, state_at, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.balancing import network, roles
from backtrail_aws.elbv2 import api, errors, hosts, interfaces, limits, names, pages, tags
from backtrail_aws.elbv2.state import Balancer, LoadBalancers, service

_LIFE = {"provisioning": Phase(limits.PROVISIONING_S, "active")}
_TYPES = ("application", "network", "gateway")
_ADDRESSES = {
    "application": ("ipv4", "dualstack", "dualstack-without-public-ipv4"), "network": ("ipv4", "dualstack"),
    "gateway": ("ipv4", "dualstack"),
}  # fmt: skip


@service.first
def role_is_there(state: LoadBalancers, call: Call[api.CreateLoadBalancer]) -> Iterator[Command]:
    """The role that Elastic Load Balancing acts by is made with the first load balancer."""
    yield from roles.wanted(call)


@service.handle
def create_load_balancer(
    state: LoadBalancers, call: Call[api.CreateLoadBalancer]
) -> api.CreateLoadBalancerResult:
    """A load balancer in subnets of one VPC; again with equal settings, the one that there is."""
    params = call.params
    kind, scheme = told(params.type, "application"), told(params.scheme, "internet-facing")
    if kind not in _TYPES:
        # evidence: guess
        raise errors.invalid(f"'{kind}' is not a valid load balancer type")
    names.check(params.name, "load balancer")
    if scheme not in ("internet-facing", "internal"):
        # evidence: model; words: guess
        raise errors.invalid(f"'{scheme}' is not a valid scheme")
    if (denied := roles.refused(call)) is not None:
        # evidence: page elb-service-linked-roles.html
        raise errors.no_access(denied)
    given = tags.check(params.tags)
    _, zones, vpc = places(call, kind, params.subnets, params.subnet_mappings)
    groups = _groups(call, kind, params.security_groups, vpc)
    shown = _made(call, kind, scheme, zones, groups, vpc)
    same = next((one for one in state.balancers.values() if one.name == params.name), None)
    if same is not None:
        return _again(call, same, shown, given)
    if scheme == "internet-facing" and kind != "gateway":
        network.check_gateway(call, vpc, errors)
    if sum(one.kind == kind for one in state.balancers.values()) >= call.quota(
        f"{kind}-load-balancers", limits.LOAD_BALANCERS[kind]
    ):
        raise errors.too_many("TooManyLoadBalancers", f"{kind} load balancers")
    return api.CreateLoadBalancerResult(load_balancers=[shown])


def places(
    call: Call[Any], kind: str, subnets: list[str] | UnsetType, mappings: list[api.SubnetMapping] | UnsetType
) -> tuple[list[api.SubnetMapping], list[api.AvailabilityZone], str | UnsetType]:
    """Where a load balancer shall be: what was asked for, by zone, and the VPC. Raises `Refusal`."""
    if not isinstance(subnets, UnsetType) and not isinstance(mappings, UnsetType):
        # evidence: page API_CreateLoadBalancer (Subnets); words: guess
        raise errors.invalid("You cannot specify both Subnets and SubnetMappings")
    named: list[str] = told(subnets, [])
    wanted = told(mappings, []) or [api.SubnetMapping(subnet_id=one) for one in named]
    if not wanted:
        if kind == "application":
            raise errors.few_zones()
        # evidence: guess
        raise errors.invalid("At least one subnet must be specified")
    found = network.subnets(call, [told(one.subnet_id, "") for one in wanted], errors)
    known = [one.availability_zone for one in found if isinstance(one.availability_zone, str)]
    if len(set(known)) < len(known):
        raise errors.same_zone()
    if kind == "application" and len(found) < 2:
        raise errors.few_zones()
    zones = [
        api.AvailabilityZone(
            zone_name=one.availability_zone, subnet_id=one.subnet_id, load_balancer_addresses=_addresses(mapping)
        )
        for one, mapping in zip(found, wanted, strict=True)
    ]  # fmt: skip
    return wanted, sorted(zones, key=lambda one: told(one.zone_name, "")), found[0].vpc_id


def _addresses(mapping: api.SubnetMapping) -> list[api.LoadBalancerAddress]:
    if isinstance(mapping.allocation_id, UnsetType) and isinstance(mapping.private_i_pv4_address, UnsetType):
        return []
    return [
        api.LoadBalancerAddress(
            allocation_id=mapping.allocation_id, private_i_pv4_address=mapping.private_i_pv4_address
        )
    ]


def _groups(
    call: Call[Any], kind: str, given: list[str] | UnsetType, vpc: str | UnsetType
) -> list[str] | UnsetType:
    groups = told(given, [])
    if kind == "gateway" and groups:
        # evidence: page API_CreateLoadBalancer (SecurityGroups); words: guess
        raise errors.configuration("Security groups are not supported for load balancers with type 'gateway'")
    network.check_groups(call, groups, vpc, errors)
    if groups or kind != "application":
        return groups or UNSET
    return network.default_group(call, vpc) or UNSET


def check_addresses(kind: str, addresses: str) -> None:
    """Refuse an address type that load balancers of a kind do not have. Raises `Refusal`."""
    if addresses not in _ADDRESSES.get(kind, ()):
        # evidence: page API_CreateLoadBalancer (IpAddressType); words: guess
        raise errors.invalid(
            f"'{addresses}' is not a valid IP address type for load balancers with type '{kind}'"
        )


def _made(
    call: Call[api.CreateLoadBalancer], kind: str, scheme: str, zones: list[api.AvailabilityZone],
    groups: list[str] | UnsetType, vpc: str | UnsetType,
) -> api.LoadBalancer:  # fmt: skip
    params = call.params
    addresses = told(params.ip_address_type, "ipv4")
    check_addresses(kind, addresses)
    return api.LoadBalancer(
        load_balancer_arn=names.of_balancer(call, kind, params.name), load_balancer_name=params.name, type=kind,
        dns_name=hosts.name(call, kind, params.name, scheme), canonical_hosted_zone_id=hosts.zone(call.region, kind),
        created_time=SpacedTime.of(call.time), scheme=UNSET if kind == "gateway" else scheme, vpc_id=vpc,
        state=api.LoadBalancerState(code="provisioning"), availability_zones=zones, security_groups=groups,
        ip_address_type=addresses, customer_owned_ipv4_pool=params.customer_owned_ipv4_pool,
        ipam_pools=params.ipam_pools,
        enable_prefix_for_ipv6_source_nat=(
            told(params.enable_prefix_for_ipv6_source_nat, "off") if kind == "network" else UNSET
        ),
    )  # fmt: skip


_SETTINGS = ("type", "scheme", "security_groups", "ip_address_type")


def _again(
    call: Call[Any], held: Balancer, wanted: api.LoadBalancer, given: dict[str, str]
) -> api.CreateLoadBalancerResult:
    """Equal settings give the load balancer that there is; others are refused."""
    mine = [told(getattr(held.shown, one), None) for one in _SETTINGS]
    theirs = [told(getattr(wanted, one), None) for one in _SETTINGS]
    if mine != theirs or _subnets(held.shown) != _subnets(wanted) or given != held.tags:
        raise errors.balancer_exists(held.name)
    return api.CreateLoadBalancerResult(load_balancers=[shown_of(call, held)])


def _subnets(shown: api.LoadBalancer) -> set[str]:
    return {told(one.subnet_id, "") for one in told(shown.availability_zones, [])}


@service.project
def load_balancer_created(
    state: LoadBalancers, event: Event[api.CreateLoadBalancer, api.CreateLoadBalancerResult]
) -> None:
    """The load balancer is there; one that was there already is as it was."""
    params = event.params
    kind = told(params.type, "application")
    shown = (told(event.result.load_balancers, []) or [api.LoadBalancer()])[0]
    arn = told(shown.load_balancer_arn, names.of_balancer(event, kind, params.name))
    held = state.balancers.get(arn)
    if held is not None and held.born:
        return
    mappings = told(params.subnet_mappings, [])
    asked = [told(one.subnet_id, "") for one in mappings] or told(params.subnets, [])
    base = api.LoadBalancer(
        load_balancer_arn=arn, load_balancer_name=params.name, type=kind, scheme=params.scheme,
        security_groups=params.security_groups, created_time=SpacedTime.of(event.time),
        availability_zones=[api.AvailabilityZone(subnet_id=one) for one in asked], ip_address_type="ipv4",
    )  # fmt: skip
    state.balancers[arn] = Balancer(
        arn=arn, name=params.name, shown=members.over(base, shown), born=event.id, made=event.time,
        tags=tags.plain(params.tags), mappings={told(one.subnet_id, ""): one for one in mappings},
    )  # fmt: skip


@service.react
def nodes_made(
    state: LoadBalancers, event: Event[api.CreateLoadBalancer, api.CreateLoadBalancerResult]
) -> Iterator[Command]:
    """A new load balancer gets its interfaces."""
    held = next((one for one in state.balancers.values() if one.born == event.id), None)
    if held is not None:
        yield from interfaces.wanted(held, event)


@service.handle
def delete_load_balancer(state: LoadBalancers, call: Call[api.DeleteLoadBalancer]) -> None:
    """One that is not protected, with its listeners; that it is not there is no error."""
    arn = call.params.load_balancer_arn
    if ":loadbalancer/" not in arn:
        raise errors.bad_arn(arn, "load balancer")
    held = state.balancers.get(arn)
    if held is not None and held.attributes.get("deletion_protection.enabled") == "true":
        raise errors.protected(arn)


@service.project
def load_balancer_deleted(state: LoadBalancers, event: Event[api.DeleteLoadBalancer, None]) -> None:
    """It is gone, and its listeners with it; its interfaces' ids are kept until EC2 has deleted them."""
    arn = event.params.load_balancer_arn
    held = state.balancers.pop(arn, None)
    for listener in [one.arn for one in state.listeners.values() if one.balancer == arn]:
        drop_listener(state, listener)
    if held is not None and held.interfaces:
        state.ending[arn] = list(held.interfaces.values())


def drop_listener(state: LoadBalancers, arn: str) -> None:
    """In a fold: a listener is gone, and its rules with it."""
    state.listeners.pop(arn, None)
    for rule in [one.arn for one in state.rules.values() if one.listener == arn]:
        del state.rules[rule]


@service.react
def nodes_ended(state: LoadBalancers, event: Event[api.DeleteLoadBalancer, None]) -> Iterator[Command]:
    """The interfaces of a load balancer that is gone are deleted."""
    for interface in state.ending.get(event.params.load_balancer_arn, ()):
        yield Command(
            "ec2",
            interfaces.DeleteNetworkInterface(network_interface_id=interface),
            as_=interfaces.role(event),
        )


@service.read
def describe_load_balancers(
    state: LoadBalancers, call: Call[api.DescribeLoadBalancers]
) -> api.DescribeLoadBalancersResult:
    """Those of some ARNs or names, or all."""
    params = call.params
    arns, wanted = pages.at_most(params.load_balancer_arns, "load balancers"), pages.at_most(
        params.names, "load balancers"
    )  # fmt: skip
    if arns and wanted:
        # evidence: guess
        raise errors.invalid(
            "Load balancer names and load balancer ARNs cannot be specified at the same time"
        )
    if arns or wanted:
        found = _named(state, arns, wanted)
        return api.DescribeLoadBalancersResult(load_balancers=[shown_of(call, one) for one in found])
    listed, marker = pages.paged(params, state.balancers)
    return api.DescribeLoadBalancersResult(
        load_balancers=[shown_of(call, one) for one in listed], next_marker=marker
    )


def _named(state: LoadBalancers, arns: Sequence[str], wanted: Sequence[str]) -> list[Balancer]:
    found: list[Balancer] = []
    for arn in dict.fromkeys(arns):
        if ":loadbalancer/" not in arn:
            raise errors.bad_arn(arn, "load balancer")
        if arn not in state.balancers:
            raise errors.no_balancers()
        found.append(state.balancers[arn])
    by_name = {one.name: one for one in state.balancers.values()}
    for name in dict.fromkeys(wanted):
        if name not in by_name:
            raise errors.no_balancer(name)
        found.append(by_name[name])
    return found


def state_of(call: Call[Any], held: Balancer) -> str:
    """`provisioning` or `active`."""
    if isinstance(held.made, UnsetType):
        return "active"
    return state_at(_LIFE, "provisioning", held.made, call.time, pace=call.pace(held.made))


def shown_of(call: Call[Any], held: Balancer) -> api.LoadBalancer:
    """A load balancer as answers show it."""
    return members.changed(
        held.shown, load_balancer_arn=held.arn, load_balancer_name=held.name, type=held.kind,
        state=api.LoadBalancerState(code=state_of(call, held)),
    )  # fmt: skip
