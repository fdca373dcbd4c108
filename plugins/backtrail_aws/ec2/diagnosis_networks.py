"""What is wrong with networks: subnets that lead nowhere, gateways nobody uses, peerings that carry nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import UnsetType, told
from backtrail.troubles import Blame, Finding
from backtrail_aws.ec2 import cidrs, route_targets
from backtrail_aws.ec2.diagnosis_parts import ANYWHERE, ENDINGS, GROUP_ACTIONS, ROUTE_ACTIONS, is_public
from backtrail_aws.ec2.diagnosis_vpns import unrouted
from backtrail_aws.ec2.reach_parts import World
from backtrail_aws.ec2.route_associations import table_for
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_gateways import Peering, PeerVpc
from backtrail_aws.ec2.state_network import RouteTable, SecurityGroup


def of_subnet(world: World, subnet: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-01, 02, 21, 25 and 32, of all that is in a subnet."""
    state = world.state(world.home)
    held, table = state.network.subnets.get(subnet), table_for(state, subnet)
    if held is None or table is None:
        return
    public = is_public(state, table)
    if public and held.public_ip is not True:
        yield Finding(
            rule="DIAG-01", symptom=f"instances in {subnet} get no public address",
            cause="the subnet does not assign any", fix="ModifySubnetAttribute MapPublicIpOnLaunch",
            blame=[Blame(resource=subnet, actions=["ModifySubnetAttribute", "CreateSubnet"])],
        )  # fmt: skip
    yield from blackholes(state, table)
    yield from unused_table(state, subnet, table)
    yield from unrouted(world, subnet)
    nats = [
        one.id
        for one in state.gateways.nat.values()
        if one.vpc == held.vpc and isinstance(one.deleted, UnsetType)
    ]
    if nats and not public and ANYWHERE not in table.routes:
        yield Finding(
            rule="DIAG-02", symptom=f"instances in {subnet} cannot download through the NAT gateway",
            cause=f"{nats[0]} is there, but {table.id} has no route to it",
            fix=f"CreateRoute 0.0.0.0/0 to {nats[0]} in {table.id}",
            blame=[Blame(resource=table.id, actions=ROUTE_ACTIONS), Blame(resource=subnet, actions=ROUTE_ACTIONS)],
        )  # fmt: skip


def of_table(world: World, table: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-25, and routes of a table that lead nowhere."""
    state = world.state(world.home)
    held = state.network.route_tables.get(table)
    if held is None:
        return
    yield from blackholes(state, held)
    if is_public(state, held) and not held.associations:
        yield Finding(
            rule="DIAG-25", symptom=f"{table} leads to the internet, and nobody gets there by it",
            cause="no subnet is associated with it: all use the VPC's main table, or others", fix="AssociateRouteTable",
            blame=[Blame(resource=table, actions=["DisassociateRouteTable", "CreateRouteTable", "CreateRoute"])],
        )  # fmt: skip


def unused_table(state: Ec2, subnet: str, table: RouteTable) -> Iterator[Finding]:
    """DIAG-25, seen from a subnet that nobody gave a table: there is one that leads to the internet, for nobody."""
    if subnet in state.network.table_of or is_public(state, table):
        return
    for other in state.network.route_tables.values():
        if other.vpc == table.vpc and is_public(state, other) and not other.associations:
            yield Finding(
                rule="DIAG-25", symptom=f"{subnet} does not get to the internet, though {other.id} leads there",
                cause=f"no subnet is associated with {other.id}; {subnet} uses the main table {table.id}",
                fix=f"AssociateRouteTable {other.id} with {subnet}",
                blame=[Blame(resource=other.id, actions=["DisassociateRouteTable", "CreateRoute", "CreateRouteTable"])],
            )  # fmt: skip


def blackholes(state: Ec2, table: RouteTable) -> Iterator[Finding]:
    """DIAG-21: routes whose target is gone."""
    for route in table.routes.values():
        if route_targets.alive(state, table, route):
            continue
        kind = route.target.rpartition("-")[0]
        yield Finding(
            rule="DIAG-21", symptom=f"what {table.id} routes to {route.to} is lost",
            cause=f"{route.target} is gone, or attached no more: the route is a blackhole",
            fix="attach it again, or ReplaceRoute", blame=[Blame(resource=route.target, actions=ENDINGS.get(kind, []))],
        )  # fmt: skip


def of_nat(world: World, nat: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-02, seen from the gateway: it failed, it is in a private subnet, or nobody routes to it."""
    state = world.state(world.home)
    held = state.gateways.nat.get(nat)
    if held is None or not isinstance(held.deleted, UnsetType):
        return
    symptom, blame = f"nobody can download through {nat}", [Blame(resource=nat, actions=["CreateNatGateway"])]
    if not isinstance(held.failure, UnsetType):
        yield Finding(
            rule="DIAG-02", symptom=symptom, cause=f"it failed: {held.failure[1]}", blame=blame,
            fix="attach an internet gateway, and make another NAT gateway",
        )  # fmt: skip
    elif (
        held.public is not False
        and isinstance(held.table, UnsetType)
        and not is_public(state, table_for(state, told(held.subnet, "")))
    ):
        yield Finding(
            rule="DIAG-02", symptom=symptom, cause=f"its own subnet {held.subnet} is private", blame=blame,
            fix="make it in a public subnet",
        )  # fmt: skip
    elif not any(
        route.target == nat
        for table in state.network.route_tables.values()
        for route in table.routes.values()
    ):
        yield Finding(
            rule="DIAG-02", symptom=symptom, cause="no route table has a route to it", blame=blame,
            fix=f"CreateRoute 0.0.0.0/0 to {nat} in the private subnets' tables",
        )  # fmt: skip


# peering


def of_peering(world: World, identifier: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-05: blocks that overlap, a request that nobody answered, routes that are missing."""
    state = world.state(world.home)
    peering = state.gateways.peerings.get(identifier)
    if peering is None:
        return
    ends = f"{peering.requester.vpc} and {peering.accepter.vpc}"
    symptom = f"{ends} are not peered"
    made = [Blame(resource=identifier, actions=["CreateVpcPeeringConnection"])]
    if not world.is_active(peering.expires):
        yield Finding(
            rule="DIAG-05", symptom=symptom, cause="nobody accepted within 7 days: the request expired",
            fix="ask again, and accept", blame=made,
        )  # fmt: skip
    elif peering.status == "failed":
        yield Finding(
            rule="DIAG-05", symptom=symptom, cause=_failed(world, peering), fix=_FIX_FAILED, blame=made
        )
    elif peering.status == "pending-acceptance":
        where = f"account {peering.accepter.account}, region {peering.accepter.region}"
        yield Finding(
            rule="DIAG-05", symptom=symptom, cause=f"the request waits for its answer ({where})", blame=made,
            fix=f"AcceptVpcPeeringConnection in {where}",
        )  # fmt: skip
    elif peering.status in ("deleted", "rejected"):
        ending = {"deleted": "DeleteVpcPeeringConnection", "rejected": "RejectVpcPeeringConnection"}
        yield Finding(
            rule="DIAG-05", symptom=symptom, cause=f"the connection was {peering.status}", fix="ask again",
            blame=[Blame(resource=identifier, actions=[ending[peering.status]])],
        )  # fmt: skip
    else:
        both = ((peering.requester, peering.accepter), (peering.accepter, peering.requester))
        missing = [one for mine, other in both for one in _unrouted(world, peering, mine, other)]
        yield from missing or _closed(world, peering)


def _closed(world: World, peering: Peering) -> Iterator[Finding]:
    """Routes lead both ways, but no group of either side lets anything of the other in."""
    both = ((peering.requester, peering.accepter), (peering.accepter, peering.requester))
    groups = [_groups_in_use(world, mine) for mine, _ in both]
    if not all(groups) or any(
        _admits(world, mine, other, group)
        for (mine, other), held in zip(both, groups, strict=True)
        for group in held
    ):
        return
    names = [one.id for held in groups for one in held]
    yield Finding(
        rule="DIAG-05", symptom=f"{peering.requester.vpc} and {peering.accepter.vpc} do not reach each other",
        cause=f"the peering is active and routed, but no security group ({', '.join(names)}) lets anything in from "
        "the other VPC",
        fix="AuthorizeSecurityGroupIngress from the other VPC's blocks, or its security groups",
        blame=[Blame(resource=one, actions=["RevokeSecurityGroupIngress", *GROUP_ACTIONS]) for one in names],
    )  # fmt: skip


def _groups_in_use(world: World, side: PeerVpc) -> list[SecurityGroup]:
    state = world.state((told(side.account, ""), told(side.region, "")))
    used = {name for one in state.addresses.interfaces.values() if one.vpc == side.vpc for name in one.groups}
    held = state.network.security_groups
    return [held[one] for one in sorted(used) if one in held]


def _admits(world: World, mine: PeerVpc, other: PeerVpc, group: SecurityGroup) -> bool:
    state = world.state((told(mine.account, ""), told(mine.region, "")))
    if not group.rules_known:
        return True
    for identifier in group.ingress.values():
        rule = state.network.rules.get(identifier)
        if rule is None or isinstance(rule.prefix_list, str):
            return True
        if isinstance(rule.peer_group, str) and rule.peer_group not in state.network.security_groups:
            return True
        peer = state.network.security_groups.get(told(rule.peer_group, ""))
        if peer is not None and peer.vpc != mine.vpc:
            return True
        if cidrs.overlap(told(rule.cidr, told(rule.ipv6_cidr, "")), [*other.blocks, *other.ipv6_blocks]):
            return True
    return False


_FIX_FAILED = "make one of the VPCs anew, with blocks that overlap no others"


def _failed(world: World, peering: Peering) -> str:
    one, other = peering.requester, peering.accepter
    theirs = other.blocks
    vpc = world.state((told(other.account, ""), told(other.region, ""))).network.vpcs.get(told(other.vpc, ""))
    if vpc is not None and not theirs:
        theirs = [held.cidr for held in vpc.blocks]
    both = [block for block in one.blocks if cidrs.overlap(block, theirs)]
    if not both and one.region != other.region:
        return f"the VPCs are in two regions ({one.region} and {other.region}), and ec2.peering_same_region_only is on"
    return f"their blocks overlap: {', '.join(both) or ', '.join(one.blocks)} and {', '.join(theirs)}"


def _unrouted(world: World, peering: Peering, mine: PeerVpc, other: PeerVpc) -> Iterator[Finding]:
    state = world.state((told(mine.account, ""), told(mine.region, "")))
    tables = [one for one in state.network.route_tables.values() if one.vpc == mine.vpc]
    if tables and not any(route.target == peering.id for one in tables for route in one.routes.values()):
        yield Finding(
            rule="DIAG-05", symptom=f"{mine.vpc} does not reach {other.vpc}",
            cause=f"the peering is active, but no route table of {mine.vpc} has a route to it",
            fix=f"CreateRoute {', '.join(other.blocks)} to {peering.id}",
            blame=[Blame(resource=peering.id, actions=["AcceptVpcPeeringConnection", "DeleteRoute"])],
        )  # fmt: skip
