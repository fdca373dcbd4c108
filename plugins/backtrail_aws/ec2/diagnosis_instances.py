"""What is wrong with an instance's network: addresses, routes, lists, groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import UnsetType, told
from backtrail_aws.ec2 import api, reach
from backtrail_aws.ec2.diagnosis_parts import ENDINGS, Blame, Finding
from backtrail_aws.ec2.reach_parts import Place, World
from backtrail_aws.ec2.reach_walk import gateway_of
from backtrail_aws.ec2.route_associations import table_for
from backtrail_aws.ec2.route_tables import route_state
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_gateways import NatGateway
from backtrail_aws.ec2.state_network import RouteTable

ANYWHERE = "0.0.0.0/0"
SERVED = (22, 80, 443)
"""The ports that an instance is taken to serve, where none are named."""
ACL_ACTIONS = [
    "CreateNetworkAcl", "ReplaceNetworkAclAssociation", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry",
    "DeleteNetworkAclEntry",
]  # fmt: skip
ROUTE_ACTIONS = [
    "CreateRouteTable", "AssociateRouteTable", "ReplaceRouteTableAssociation", "DisassociateRouteTable", "CreateRoute",
    "ReplaceRoute", "DeleteRoute",
]  # fmt: skip
GROUP_ACTIONS = [
    "CreateSecurityGroup", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules",
    "AuthorizeSecurityGroupIngress",
]  # fmt: skip


def of_instance(world: World, instance: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-01 to 04, 13 and 16, of one instance."""
    state = world.state(world.home)
    place = reach.place(world, world.home, instance)
    if place is None:
        return
    table = table_for(state, place.subnet)
    gateway = gateway_of(state, place.vpc)
    public = is_public(state, table)
    if not place.public and public:
        yield _no_address(state, place, instance)
    yield from _way_out(world, place, instance, gateway, public)
    yield from _way_in(world, place, instance, gateway, ports or SERVED)
    if not public:
        yield from _bastion(world, place, instance, gateway)


def is_public(state: Ec2, table: RouteTable | None) -> bool:
    """Whether a table leads to the internet: SUB-04, by its routes and by nothing else."""
    route = table.routes.get(ANYWHERE) if table is not None else None
    return (
        table is not None and route is not None and route.target.startswith("igw-")
        and route_state(state, table, route) == "active"
    )  # fmt: skip


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
    elif codes & {"NO_ROUTE_TO_DESTINATION", "BAD_STATE_ROUTE"} and not nats:
        yield Finding(
            rule="DIAG-16", symptom=f"{instance} cannot download updates",
            cause=f"its subnet is private: {_of_route(found.explanations)}",
            fix="a NAT gateway in a public subnet, and a route to it", blame=_blame_routes(found.explanations, place),
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
    elif target == nat.id and not is_public(state, table_for(state, told(nat.subnet, ""))):
        cause = f"{nat.id} itself is in a private subnet ({nat.subnet})"
        fix, blame = (
            "make the NAT gateway in a public subnet",
            [Blame(resource=nat.id, actions=["CreateNatGateway"])],
        )
    return Finding(
        rule="DIAG-02", symptom=f"{instance} cannot download through the NAT gateway", cause=cause, fix=fix,
        blame=blame,
    )  # fmt: skip


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


# in


def _way_in(
    world: World, place: Place, instance: str, gateway: str, ports: Sequence[int]
) -> Iterator[Finding]:
    """DIAG-03 and 13: packets from somebody on the internet, or from the VPC where nobody gets in from there."""
    if not gateway or not place.public:
        return
    begin = Place(kind="igw", id=gateway, where=place.where)
    closed: list[int] = []
    for port in ports:
        found = reach.analyse(world, reach.Question(begin=begin, end=place, ports=(port, port)))
        codes = [told(one.explanation_code, "") for one in found.explanations]
        if "ENI_SG_RULES_MISMATCH" in codes:
            closed.append(port)
        elif "SUBNET_ACL_RESTRICTION" in codes:
            yield _stopped(instance, port, found.explanations[codes.index("SUBNET_ACL_RESTRICTION")])
    if len(closed) == len(ports):
        groups = place.interface.groups if place.interface is not None else []
        yield Finding(
            rule="DIAG-13", symptom=f"nobody can connect to {instance}",
            cause=f"none of its security groups ({', '.join(groups)}) lets in "
            f"tcp/{', tcp/'.join(map(str, closed))} from {ANYWHERE}",
            fix="AuthorizeSecurityGroupIngress for the ports that it serves",
            blame=[Blame(resource=one, actions=GROUP_ACTIONS) for one in groups],
        )  # fmt: skip


def _stopped(instance: str, port: int, why: api.Explanation) -> Finding:
    acl = told(told(why.acl, api.AnalysisComponent()).id, "")
    rule = told(told(why.acl_rule, api.AnalysisAclRule()).rule_number, 0)
    direction = told(why.direction, "")
    way = (
        "answers are stopped on their way out"
        if direction == "egress"
        else "packets are stopped on their way in"
    )
    return Finding(
        rule="DIAG-03", symptom=f"traffic to tcp/{port} does not reach {instance}",
        cause=f"its security groups let it in, but {way} by rule {rule} ({direction}) of {acl}, which keeps no state",
        fix=f"CreateNetworkAclEntry of {acl}, before rule {rule}: allow "
        + ("tcp 1024-65535 out" if direction == "egress" else f"tcp/{port} in"),
        blame=[Blame(resource=acl, actions=ACL_ACTIONS)],
    )  # fmt: skip


def _bastion(world: World, place: Place, instance: str, gateway: str) -> Iterator[Finding]:
    """DIAG-04: the ways to SSH into a private subnet."""
    state = world.state(place.where)
    ways = [f"the bastion {one}" for one in _bastions(world, place, gateway)] if gateway else []
    attached = [one.id for one in state.gateways.vpn.values() if one.vpc == place.vpc]
    ways += [
        f"the VPN {one.id}"
        for one in state.gateways.vpn_connections.values()
        if one.vpn in attached and isinstance(one.deleted, UnsetType)
    ]
    yield Finding(
        rule="DIAG-04", symptom=f"SSH from the internet does not reach {instance}",
        cause=f"{place.subnet} is private, as it is meant to be",
        fix=f"go by {' or '.join(ways)}" if ways
        else "there is no bastion and no VPN: launch an instance in a public subnet, or connect a VPN gateway",
        blame=[Blame(resource=place.subnet, actions=["AssociateRouteTable", "CreateSubnet"])],
    )  # fmt: skip


def _bastions(world: World, place: Place, gateway: str) -> Iterator[str]:
    state = world.state(place.where)
    begin = Place(kind="igw", id=gateway, where=place.where)
    for other in state.compute.instances.values():
        if other.vpc != place.vpc or (place.instance is not None and other.id == place.instance.id):
            continue
        host = reach.place(world, place.where, other.id)
        if host is None or not host.public:
            continue
        ssh = (22, 22)
        if (
            reach.analyse(world, reach.Question(begin=begin, end=host, ports=ssh)).found
            and reach.analyse(world, reach.Question(begin=host, end=place, ports=ssh)).found
        ):
            yield other.id
