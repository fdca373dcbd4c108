"""What is wrong with an instance's network: addresses, routes, lists, groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import UnsetType, told
from backtrail.troubles import Blame, Finding
from backtrail_aws.ec2 import api, reach
from backtrail_aws.ec2.diagnosis_networks import blackholes, unused_table
from backtrail_aws.ec2.diagnosis_parts import (
    ACL_ACTIONS,
    ANYWHERE,
    ENDINGS,
    GROUP_ACTIONS,
    ROUTE_ACTIONS,
    SERVED,
    is_public,
)
from backtrail_aws.ec2.diagnosis_storage import of_disks
from backtrail_aws.ec2.diagnosis_traffic import bastions, way_in
from backtrail_aws.ec2.diagnosis_vpns import unrouted
from backtrail_aws.ec2.reach_parts import Place, World
from backtrail_aws.ec2.reach_walk import gateway_of
from backtrail_aws.ec2.route_associations import table_for
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_gateways import NatGateway


def of_instance(world: World, instance: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-01 to 04, 13, 16, 21, 25, 26 and 32, of one instance or interface; DIAG-29 and 30, of its disks."""
    state = world.state(world.home)
    yield from of_disks(world, instance)
    place = reach.place(world, world.home, instance)
    if place is None:
        return
    table = table_for(state, place.subnet)
    gateway = gateway_of(state, place.vpc)
    public = is_public(state, table)
    if not place.public and public:
        yield _no_address(state, place, instance)
    if table is not None:
        yield from blackholes(state, table)
        yield from unused_table(state, place.subnet, table)
    yield from _way_out(world, place, instance, gateway, public)
    yield from way_in(world, place, instance, gateway, ports or SERVED)
    if not public:
        yield from bastions(world, place, instance, gateway)
    yield from unrouted(world, place.subnet)


def _no_address(state: Ec2, place: Place, instance: str) -> Finding:
    subnet = state.network.subnets.get(place.subnet)
    automatic = subnet is not None and subnet.public_ip is True
    if automatic:
        cause, blame = "it was launched without one", [Blame(resource=instance, actions=["RunInstances"])]
    else:
        cause = f"{place.subnet} does not assign public addresses"
        blame = [Blame(resource=place.subnet, actions=["ModifySubnetAttribute", "CreateSubnet"])]
    return Finding(
        rule="DIAG-01", symptom=f"{instance} has no public address", cause=cause, blame=blame,
        fix=f"ModifySubnetAttribute MapPublicIpOnLaunch of {place.subnet} for what is launched next; an elastic IP for "
        f"{instance}",
    )  # fmt: skip


# out


def _way_out(world: World, place: Place, instance: str, gateway: str, public: bool) -> Iterator[Finding]:
    """DIAG-02 and 16: packets to port 443 of somebody on the internet."""
    if not gateway:
        yield Finding(
            rule="DIAG-16", symptom=f"{instance} cannot download updates",
            cause=f"{place.vpc} has no internet gateway attached", fix="AttachInternetGateway",
            blame=[Blame(resource=place.vpc, actions=["DetachInternetGateway", "CreateVpc"])],
        )  # fmt: skip
        return
    end = Place(kind="igw", id=gateway, where=place.where)
    found = reach.analyse(world, reach.Question(begin=place, end=end, ports=(443, 443)))
    if found.found:
        return
    codes = {told(one.explanation_code, "") for one in found.explanations}
    state = world.state(place.where)
    nats = [
        one
        for one in state.gateways.nat.values()
        if one.vpc == place.vpc and isinstance(one.deleted, UnsetType)
    ]
    if nats and not public:
        yield _nat_unused(state, place, instance, nats[0], found.explanations)
    if "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS" in codes:
        yield Finding(
            rule="DIAG-16", symptom=f"{instance} cannot download updates",
            cause="its subnet is public, but it has no public address", fix="an elastic IP, or a NAT gateway",
            blame=[
                Blame(resource=place.subnet, actions=["ModifySubnetAttribute", "CreateSubnet"]),
                Blame(resource=instance, actions=["RunInstances"]),
            ],
        )  # fmt: skip
    elif codes & set(_STOPS):
        yield _stopped(instance, found.explanations)
    elif codes & {"NO_ROUTE_TO_DESTINATION", "BAD_STATE_ROUTE"} and not nats:
        yield Finding(
            rule="DIAG-16", symptom=f"{instance} cannot download updates",
            cause=f"its subnet is private: {_of_route(found.explanations)}",
            fix="a NAT gateway in a public subnet, and a route to it", blame=_blame_routes(found.explanations, place),
        )  # fmt: skip


_STOPS = ("SUBNET_ACL_RESTRICTION", "ENI_SG_RULES_MISMATCH")


def _stopped(instance: str, why: Sequence[api.Explanation]) -> Finding:
    """DIAG-16 where there is a way out, but a list or a group stops what takes it."""
    one = next(one for one in why if one.explanation_code in _STOPS)
    symptom = f"{instance} cannot download updates"
    if one.explanation_code == "ENI_SG_RULES_MISMATCH":
        groups = [told(group.id, "") for group in told(one.security_groups, [])]
        return Finding(
            rule="DIAG-16", symptom=symptom, fix="AuthorizeSecurityGroupEgress tcp/443",
            cause=f"no security group ({', '.join(groups)}) lets tcp/443 out",
            blame=[Blame(resource=group, actions=[*GROUP_ACTIONS, "AuthorizeSecurityGroupEgress"]) for group in groups],
        )  # fmt: skip
    acl, rule = told(told(one.acl, api.AnalysisComponent()).id, ""), told(one.acl_rule, api.AnalysisAclRule())
    way = "tcp/443 out" if one.direction == "egress" else "the answers (tcp 1024-65535) in"
    return Finding(
        rule="DIAG-16", symptom=symptom, fix=f"CreateNetworkAclEntry of {acl}: allow {way}",
        cause=f"rule {told(rule.rule_number, 0)} ({told(one.direction, '')}) of {acl} stops {way}",
        blame=[Blame(resource=acl, actions=ACL_ACTIONS)],
    )  # fmt: skip


def _nat_unused(
    state: Ec2, place: Place, instance: str, nat: NatGateway, why: Sequence[api.Explanation]
) -> Finding:
    cause = f"{nat.id} is there, but {_of_route(why)}"
    fix, blame = f"CreateRoute 0.0.0.0/0 to {nat.id}", _blame_routes(why, place)
    table = table_for(state, place.subnet)
    target = table.routes[ANYWHERE].target if table is not None and ANYWHERE in table.routes else ""
    if not isinstance(nat.failure, UnsetType):
        cause, fix = (
            f"{nat.id} failed: {nat.failure[1]}",
            "attach an internet gateway, and make another NAT gateway",
        )
        blame = [Blame(resource=nat.id, actions=["CreateNatGateway"])]
    elif target != nat.id and (others := _leading(state, place.vpc, nat.id)):
        own = table.id if table is not None else "no route table"
        cause = f"{nat.id} is there, and {', '.join(others)} leads to it, but {place.subnet} uses {own}"
        fix = f"AssociateRouteTable {others[0]} with {place.subnet}, or {fix}"
    elif (
        target == nat.id
        and isinstance(nat.table, UnsetType)
        and not is_public(state, table_for(state, told(nat.subnet, "")))
    ):
        cause = f"{nat.id} itself is in a private subnet ({nat.subnet})"
        fix, blame = (
            "make the NAT gateway in a public subnet",
            [Blame(resource=nat.id, actions=["CreateNatGateway"])],
        )
    return Finding(
        rule="DIAG-02", symptom=f"{instance} cannot download through the NAT gateway", cause=cause, fix=fix,
        blame=blame,
    )  # fmt: skip


def _leading(state: Ec2, vpc: str, nat: str) -> list[str]:
    """The VPC's tables that lead to a NAT gateway."""
    return [
        one.id
        for one in state.network.route_tables.values()
        if one.vpc == vpc and any(route.target == nat for route in one.routes.values())
    ]


def _of_route(why: Sequence[api.Explanation]) -> str:
    for one in why:
        table = told(told(one.route_table, api.AnalysisComponent()).id, "the subnet's route table")
        if one.explanation_code == "BAD_STATE_ROUTE":
            route = told(one.route_table_route, api.AnalysisRouteTableRoute())
            return f"the route {told(route.destination_cidr, '')} of {table} leads into a blackhole"
        if one.explanation_code == "NO_ROUTE_TO_DESTINATION":
            return f"{table} has no route there"
    return "something stops the packets on the way"


_TARGETS = [
    one
    for one in api.AnalysisRouteTableRoute.__struct_fields__
    if one.endswith("_id") and "prefix" not in one
]


def _is_lost(why: api.Explanation) -> bool:
    return why.explanation_code == "BAD_STATE_ROUTE"


def _blame_routes(why: Sequence[api.Explanation], place: Place) -> list[Blame]:
    """The table, or what its route led to; then the subnet that was given the table."""
    found: list[Blame] = []
    for one in why:
        route = told(one.route_table_route, api.AnalysisRouteTableRoute())
        targets = (getattr(route, member) for member in _TARGETS)
        for target in [one for one in targets if isinstance(one, str)] if _is_lost(one) else ():
            found.append(Blame(resource=target, actions=ENDINGS.get(target.rpartition("-")[0], [])))
        table = told(told(one.route_table, api.AnalysisComponent()).id, "")
        if table and not found:
            found.append(Blame(resource=table, actions=ROUTE_ACTIONS))
    return [*found, Blame(resource=place.subnet, actions=[*ROUTE_ACTIONS, "CreateSubnet"])]
