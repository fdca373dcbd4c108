"""Into a VPC: what packets meet that come in through a gateway, and where a gateway's own route table sends them."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from backtrail_aws.ec2 import reach_transit, route_targets
from backtrail_aws.ec2.egress_only_gateways import EGRESS_ONLY_GATEWAYS
from backtrail_aws.ec2.interfaces import INTERFACES
from backtrail_aws.ec2.internet_gateways import INTERNET_GATEWAYS
from backtrail_aws.ec2.peerings import PEERINGS
from backtrail_aws.ec2.reach_gateways import (
    Arrive,
    ask_tunnels,
    at_interface,
    edge_table,
    owner,
    route_to,
    sides,
)
from backtrail_aws.ec2.reach_parts import PRIVATE, SHARED, Packet, Place, Trace, part
from backtrail_aws.ec2.route_tables import ROUTE_TABLES
from backtrail_aws.ec2.state_network import Route, RouteTable
from backtrail_aws.ec2.vpc_endpoints import ENDPOINTS
from backtrail_aws.ec2.vpcs import VPCS
from backtrail_aws.ec2.vpn_gateways import VPN_GATEWAYS


def enter(trace: Trace, begin: Place, end: Place, packet: Packet, arrive: Arrive) -> Place | None:
    """A packet comes in through a gateway: to an interface, or to an appliance that it is sent to on its way."""
    if end.kind != "interface":
        trace.block("NO_POSSIBLE_DESTINATION", address=packet.destination)
        return None
    if not _ENTRIES.get(begin.kind, _anyhow)(trace, begin, end, packet):
        return None
    table = edge_table(trace.world.state(begin.where), begin.id)
    route = route_to(trace.world.state(begin.where), table, packet.destination) if table is not None else None
    if table is None or route is None or route.target in ("local", end.id):
        arrive(trace, end, packet, None)
        return None
    return _redirected(trace, begin, end, packet, table, route, arrive)


def _redirected(
    trace: Trace, begin: Place, end: Place, packet: Packet, table: RouteTable, route: Route, arrive: Arrive
) -> Place | None:
    """To a middlebox: its interface, which must forward, and which needs a public address to get what comes from the
    internet."""
    state = trace.world.state(begin.where)
    shown = part(trace.world, begin.where, ROUTE_TABLES, table.id)
    trace.hop(shown, packet)
    interface = state.addresses.interfaces.get(route.target)
    if interface is None or not route_targets.alive(state, table, route):
        endpoint = state.gateways.endpoints.get(route.target)
        if endpoint is not None:  # a Gateway Load Balancer's, which gives back what it gets
            trace.hop(part(trace.world, begin.where, ENDPOINTS, endpoint.id), packet)
            arrive(trace, end, packet, None)
        else:
            trace.block("BAD_STATE_ROUTE", route_table=shown, component=shown, state="blackhole")
        return None
    place = at_interface(begin.where, interface, owner(trace, begin.where, interface))
    held = part(trace.world, begin.where, INTERFACES, interface.id)
    if begin.kind == "igw" and not place.public:
        trace.block(
            "INGRESS_RTB_NO_PUBLIC_IP", component=held, network_interface=held, ingress_route_table=shown
        )
    if interface.check is not False:
        trace.block("ENI_SOURCE_DEST_CHECK_RESTRICTION", component=held, network_interface=held)
    arrive(trace, place, packet, None)
    return place


def _from_internet(trace: Trace, begin: Place, end: Place, packet: Packet) -> bool:
    """Whether a packet gets from an internet gateway to an interface's VPC, and is translated there."""
    held = trace.world.state(begin.where).network.internet_gateways.get(begin.id)
    gateway = part(trace.world, begin.where, INTERNET_GATEWAYS, begin.id)
    if held is None or held.vpc != end.vpc:
        trace.block(
            "UNASSOCIATED_COMPONENT", component=gateway, internet_gateway=gateway,
            vpc=part(trace.world, end.where, VPCS, end.vpc),
        )  # fmt: skip
        return False
    trace.hop(gateway, packet)
    address = ip_address(packet.source)
    for blocks, code in (
        (PRIVATE, "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS"),
        ((SHARED,), "IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS"),
    ):
        if any(address.version == one.version and address in one for one in blocks):
            trace.block(code, internet_gateway=gateway, component=gateway, address=packet.source)
    if not end.public and ":" not in packet.destination:
        trace.block(
            "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", internet_gateway=gateway, component=gateway,
            network_interface=part(trace.world, end.where, INTERFACES, end.interface.id if end.interface else ""),
            address=end.address,
        )  # fmt: skip
    return True


def _anyhow(trace: Trace, begin: Place, end: Place, packet: Packet) -> bool:
    """From an endpoint, or an address: nothing is asked on the way in."""
    return True


def _from_vpn(trace: Trace, begin: Place, end: Place, packet: Packet) -> bool:
    shown = part(trace.world, begin.where, VPN_GATEWAYS, begin.id)
    gateway = trace.world.state(begin.where).gateways.vpn.get(begin.id)
    if gateway is None or gateway.vpc != end.vpc:
        vpc = part(trace.world, end.where, VPCS, end.vpc)
        trace.block("UNASSOCIATED_COMPONENT", component=shown, vpn_gateway=shown, vpc=vpc)
        return False
    trace.hop(shown, packet)
    ask_tunnels(trace, begin.where, begin.id)
    return True


def _from_peer(trace: Trace, begin: Place, end: Place, packet: Packet) -> bool:
    shown = part(trace.world, begin.where, PEERINGS, begin.id)
    peering = trace.world.state(begin.where).gateways.peerings[begin.id]
    if peering.status != "active" or sides(peering, end.vpc) is None:
        trace.block("BAD_STATE", component=shown, vpc_peering_connection=shown, state=peering.status)
        return False
    trace.hop(shown, packet)
    return True


def _from_egress_only(trace: Trace, begin: Place, end: Place, packet: Packet) -> bool:
    """Answers alone come in this way: vpc/latest/userguide/egress-only-internet-gateway.html"""
    shown = part(trace.world, begin.where, EGRESS_ONLY_GATEWAYS, begin.id)
    trace.hop(shown, packet)
    if not trace.stateful:
        trace.block("NO_POSSIBLE_DESTINATION", component=shown, address=packet.destination)
    return trace.stateful


_ENTRIES: dict[str, Callable[[Trace, Place, Place, Packet], bool]] = {
    "igw": _from_internet, "vgw": _from_vpn, "pcx": _from_peer, "eigw": _from_egress_only,
    "tgw": reach_transit.enter, "tgw-attach": reach_transit.enter,
}  # fmt: skip
