"""One leg of a path: from an interface or a gateway to another, without a change of addresses on the way.

A leg that ends at something that sends the packet on (a NAT gateway, an instance that forwards) says so: the next leg
begins there.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, UnsetType, told
from backtrail_aws.ec2 import api, aws_prefix_lists, reach_entries, reach_gateways, route_targets
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.interfaces import INTERFACES
from backtrail_aws.ec2.internet_gateways import INTERNET_GATEWAYS
from backtrail_aws.ec2.nat_gateways import NAT_GATEWAYS
from backtrail_aws.ec2.reach_parts import Packet, Place, Trace, Where, part
from backtrail_aws.ec2.reach_rules import ask_acl, ask_groups, within
from backtrail_aws.ec2.route_associations import table_for
from backtrail_aws.ec2.route_tables import ROUTE_TABLES, route_state
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import Route, RouteTable
from backtrail_aws.ec2.subnets import SUBNETS
from backtrail_aws.ec2.vpcs import VPCS


def leg(trace: Trace, begin: Place, end: Place, packet: Packet) -> Place | None:
    """Follow a packet to the end, or to what sends it on: that place. None at the end, or where it is lost."""
    if begin.kind != "interface":
        return reach_entries.enter(trace, begin, end, packet, arrive)
    leave(trace, begin, end, packet)
    if end.kind == "interface" and end.subnet == begin.subnet and end.where == begin.where:
        arrive(trace, end, packet, begin, crossing=False)
        return None
    ask_acl(trace, begin.where, begin.subnet, packet, egress=True)
    return follow(trace, begin, end, packet)


def _card(trace: Trace, place: Place) -> api.AnalysisComponent:
    """An interface as answers show it; a regional NAT gateway has none but itself."""
    return part(trace.world, place.where, INTERFACES if place.subnet else NAT_GATEWAYS, place.id)


def leave(trace: Trace, place: Place, other: Place, packet: Packet) -> None:
    """The packet leaves an interface."""
    assert place.interface is not None
    shown = _card(trace, place)
    held: api.AnalysisComponent | UnsetType = UNSET
    if place.instance is not None:
        held = part(trace.world, place.where, INSTANCES, place.instance.id)
        trace.hop(held, packet)
        if not trace.world.runs(place.instance, place.where):
            trace.block("BAD_STATE", component=held, state=place.instance.state)
    trace.hop(
        shown, packet, subnet=part(trace.world, place.where, SUBNETS, place.subnet),
        vpc=part(trace.world, place.where, VPCS, place.vpc),
        attached_to=held,
    )  # fmt: skip
    ask_groups(trace, place, packet, other if other.kind == "interface" else None, egress=True)


def arrive(trace: Trace, place: Place, packet: Packet, other: Place | None, *, crossing: bool = True) -> None:
    """The packet reaches an interface, from another subnet or from its own."""
    assert place.interface is not None
    if crossing:
        ask_acl(trace, place.where, place.subnet, packet, egress=False)
    ask_groups(trace, place, packet, other, egress=False)
    trace.hop(
        _card(trace, place), packet,
        subnet=part(trace.world, place.where, SUBNETS, place.subnet),
        vpc=part(trace.world, place.where, VPCS, place.vpc),
    )  # fmt: skip
    if place.instance is not None:
        held = part(trace.world, place.where, INSTANCES, place.instance.id)
        trace.hop(held, packet)
        if not trace.world.runs(place.instance, place.where):
            trace.block("BAD_STATE", component=held, state=place.instance.state)


# routes


def best(state: Ec2, table: RouteTable, address: str) -> Route | None:
    """The most specific route to an address; of a prefix list the blocks count."""
    found: list[tuple[int, Route]] = []
    for route in table.routes.values():
        for block in blocks(state, route):
            if within(address, block):
                found.append((int(block.rpartition("/")[2]), route))
    return max(found, key=lambda one: one[0])[1] if found else None


def blocks(state: Ec2, route: Route) -> list[str]:
    """What a route leads to."""
    if not route.to.startswith("pl-"):
        return [route.to]
    return aws_prefix_lists.blocks(state, route.to) or []


def follow(trace: Trace, begin: Place, end: Place, packet: Packet) -> Place | None:
    """Route a packet out of a subnet, and on to where its route leads."""
    state = trace.world.state(begin.where)
    nat = state.gateways.nat.get(begin.id)
    table = (
        table_for(state, begin.subnet) if nat is None else state.network.route_tables.get(told(nat.table, ""))
    )
    if table is None:
        trace.block("NO_ROUTE_TO_DESTINATION", subnet=part(trace.world, begin.where, SUBNETS, begin.subnet))
        return None
    shown = part(trace.world, begin.where, ROUTE_TABLES, table.id)
    route = best(state, table, packet.destination) or _by_target(table, end)
    if route is None:
        trace.block(
            "NO_ROUTE_TO_DESTINATION", route_table=shown, component=shown, address=packet.destination,
            destination=api.AnalysisComponent(id=end.id),
            subnet=part(trace.world, begin.where, SUBNETS, begin.subnet),
            vpc=part(trace.world, begin.where, VPCS, begin.vpc),
        )  # fmt: skip
        return None
    found = route_shown(state, table, route)
    trace.hop(shown, packet, route_table_route=found)
    if not route_targets.alive(state, table, route):
        trace.block(
            "BAD_STATE_ROUTE", route_table=shown, route_table_route=found, component=shown, state="blackhole"
        )
        return None
    if route.target == "local":
        _local(trace, begin, end, packet)
        return None
    before = len(trace.blocks)
    onward = reach_gateways.through(trace, begin, end, packet, route, arrive)
    if len(trace.blocks) > before:
        _wished(trace, state, table, route, end, packet)
    return onward


def _wished(trace: Trace, state: Ec2, table: RouteTable, taken: Route, end: Place, packet: Packet) -> None:
    """Where a packet is lost: a route that leads to the end, but is less specific than the one that was taken."""
    for route in table.routes.values():
        if route.target != end.id or route is taken:
            continue
        if any(within(packet.destination, block) for block in blocks(state, route)):
            trace.block(
                "MORE_SPECIFIC_ROUTE", route_table=part(trace.world, end.where, ROUTE_TABLES, table.id),
                route_table_route=route_shown(state, table, taken),
            )  # fmt: skip


def _by_target(table: RouteTable, end: Place) -> Route | None:
    """A route that names the end itself, where no address leads there (an endpoint's prefix list)."""
    return (
        next((one for one in table.routes.values() if one.target == end.id), None)
        if end.kind == "vpce"
        else None
    )


def _local(trace: Trace, begin: Place, end: Place, packet: Packet) -> None:
    if end.kind == "interface" and end.where == begin.where and end.vpc == begin.vpc:
        arrive(trace, end, packet, begin)
        return
    trace.block(
        "NO_POSSIBLE_DESTINATION",
        address=packet.destination,
        vpc=part(trace.world, begin.where, VPCS, begin.vpc),
    )


def route_shown(state: Ec2, table: RouteTable, route: Route) -> api.AnalysisRouteTableRoute:
    """A route as answers show it."""
    listed = route.to.startswith("pl-")
    via = "gateway_id" if route.via == "vpc_endpoint_id" else route.via
    target: dict[str, Any] = (
        {via: route.target} if via in api.AnalysisRouteTableRoute.__struct_fields__ else {}
    )
    return api.AnalysisRouteTableRoute(
        destination_cidr=UNSET if listed else route.to, destination_prefix_list_id=route.to if listed else UNSET,
        origin=route.origin, state=route_state(state, table, route), **target,
    )  # fmt: skip


def gateway_of(state: Ec2, vpc: str) -> str:
    """The internet gateway of a VPC; "" where it has none."""
    return next((one.id for one in state.network.internet_gateways.values() if one.vpc == vpc), "")


def gateway_shown(trace: Trace, where: Where, identifier: str) -> api.AnalysisComponent:
    """An internet gateway as answers show it."""
    return part(trace.world, where, INTERNET_GATEWAYS, identifier)
