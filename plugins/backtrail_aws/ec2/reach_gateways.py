"""What routes lead through: internet and NAT gateways, peerings, VPNs, endpoints, instances that forward."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Protocol

from backtrail import UNSET, UnsetType, told
from backtrail_aws.ec2 import api, reach_transit, vpn_tunnels
from backtrail_aws.ec2.egress_only_gateways import EGRESS_ONLY_GATEWAYS
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.interfaces import INTERFACES, of_instance
from backtrail_aws.ec2.internet_gateways import INTERNET_GATEWAYS
from backtrail_aws.ec2.nat_gateways import NAT_GATEWAYS
from backtrail_aws.ec2.peerings import PEERINGS
from backtrail_aws.ec2.reach_parts import PRIVATE, SHARED, Packet, Place, Trace, Where, part
from backtrail_aws.ec2.reach_rules import within
from backtrail_aws.ec2.route_tables import ROUTE_TABLES
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Interface, Mapped, PrivateIp
from backtrail_aws.ec2.state_gateways import NatGateway, Peering, PeerVpc, VpnConnection
from backtrail_aws.ec2.state_network import Route, RouteTable
from backtrail_aws.ec2.vpc_endpoints import ENDPOINTS
from backtrail_aws.ec2.vpcs import VPCS
from backtrail_aws.ec2.vpn_connections import VPN_CONNECTIONS
from backtrail_aws.ec2.vpn_gateways import VPN_GATEWAYS


class Arrive(Protocol):
    """How a packet reaches an interface."""

    def __call__(
        self, trace: Trace, place: Place, packet: Packet, other: Place | None, *, crossing: bool = True
    ) -> None: ...


Through = Callable[[Trace, Place, Place, Packet, Route, Arrive], Place | None]


def through(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    """Follow a packet along a route: to the end, or to what translates it, which is the answer."""
    kind = route.target.rpartition("-")[0]
    step = _STEPS.get(kind)
    if step is None:
        trace.block("NO_POSSIBLE_DESTINATION", address=packet.destination)
        return None
    return step(trace, begin, end, packet, route, arrive)


# the internet


def _internet(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    gateway = part(trace.world, begin.where, INTERNET_GATEWAYS, route.target)
    shown = part(trace.world, begin.where, INTERFACES, begin.interface.id if begin.interface else "")
    address = ip_address(packet.destination)
    if ":" not in packet.destination and not is_mapped(trace, begin, packet.source):
        trace.block(
            "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", internet_gateway=gateway, network_interface=shown,
            component=gateway, address=begin.address,
        )  # fmt: skip
    for blocks, code in (
        (PRIVATE, "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"),
        ((SHARED,), "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS"),
    ):
        if any(address.version == one.version and address in one for one in blocks):
            trace.block(code, internet_gateway=gateway, component=gateway, address=packet.destination)
    if end.kind not in ("igw", "ip") or (end.kind == "igw" and end.id != route.target):
        trace.block("NO_POSSIBLE_DESTINATION", component=gateway, address=packet.destination)
    _mind_redirection(trace, begin, packet, route)
    trace.hop(gateway, packet)
    return None


def is_mapped(trace: Trace, begin: Place, source: str) -> bool:
    """Whether a public address leads to the source of a packet that is about to leave a place's VPC."""
    if begin.address == source:
        return bool(begin.public)
    for one in trace.world.state(begin.where).addresses.interfaces.values():
        if one.vpc == begin.vpc:
            for held in one.private_ips:
                if held.address == source:
                    return not isinstance(held.public, UnsetType)
    return False


def _mind_redirection(trace: Trace, begin: Place, packet: Packet, route: Route) -> None:
    """What came in by way of an appliance has to leave by way of one, too."""
    state = trace.world.state(begin.where)
    table = edge_table(state, route.target)
    taken = route_to(state, table, packet.source) if table is not None else None
    if (
        taken is not None
        and taken.target != "local"
        and taken.target != (begin.interface or Interface(id="")).id
    ):
        trace.block(
            "INGRESS_RTB_TRAFFIC_REDIRECTION",
            component=part(trace.world, begin.where, INTERNET_GATEWAYS, route.target),
            ingress_route_table=part(trace.world, begin.where, ROUTE_TABLES, table.id if table is not None else ""),
            network_interface=part(trace.world, begin.where, INTERFACES, begin.id),
        )  # fmt: skip


def edge_table(state: Ec2, gateway: str) -> RouteTable | None:
    """The route table of a gateway: vpc/latest/userguide/gateway-route-tables.html"""
    network = state.network
    return network.route_tables.get(network.table_associations.get(network.table_of.get(gateway, ""), ""))


def route_to(state: Ec2, table: RouteTable, address: str) -> Route | None:
    """The most specific route of a gateway's table to an address."""
    held = [one for one in table.routes.values() if within(address, one.to)]
    return max(held, key=lambda one: int(one.to.rpartition("/")[2])) if held else None


def _egress_only(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    shown = part(trace.world, begin.where, EGRESS_ONLY_GATEWAYS, route.target)
    if end.kind not in ("ip", "eigw") or ":" not in packet.destination:
        trace.block("NO_POSSIBLE_DESTINATION", component=shown, address=packet.destination)
    trace.hop(shown, packet)
    return None


# what translates, and what forwards


def _nat(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    state = trace.world.state(begin.where)
    gateway, shown = (
        state.gateways.nat[route.target],
        part(trace.world, begin.where, NAT_GATEWAYS, route.target),
    )
    if not isinstance(gateway.table, UnsetType):
        return _regional(trace, begin, gateway, shown, packet)
    names = [told(one.interface, "") for one in gateway.addresses]
    interface = next(
        (state.addresses.interfaces[one] for one in names if one in state.addresses.interfaces), None
    )
    if interface is None:
        trace.block("BAD_STATE", component=shown, nat_gateway=shown)
        return None
    if interface.zone in state.watching.zones_down:
        trace.block("BAD_STATE", component=shown, nat_gateway=shown, state="failed")
    if begin.interface is interface:
        trace.block("NO_POSSIBLE_DESTINATION", component=shown, address=packet.destination)
        return None
    place = at_interface(begin.where, interface)
    arrive(trace, place, packet, begin, crossing=place.subnet != begin.subnet)
    trace.hop(shown, packet)
    return place


def _regional(
    trace: Trace, begin: Place, gateway: NatGateway, shown: api.AnalysisComponent, packet: Packet
) -> Place | None:
    """A regional NAT gateway is in no subnet: it goes on by its own table."""
    zone = begin.interface.zone if begin.interface is not None else UNSET
    held = next((one for one in gateway.addresses if one.zone == zone), None)
    if held is None and gateway.automatic:
        held = next(iter(gateway.addresses), None)
    if held is None or isinstance(held.public_ip, UnsetType):
        trace.block("REGIONAL_NGW_ROUTE_AZ_RESTRICTION", component=shown, nat_gateway=shown)
        return None
    trace.hop(shown, packet)
    address = PrivateIp(address=held.public_ip, primary=True, public=Mapped(ip=held.public_ip))
    interface = Interface(
        id=gateway.id, vpc=gateway.vpc, zone=zone, kind="nat_gateway", private_ips=[address]
    )
    return at_interface(begin.where, interface)


def _forwarder(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    """An instance, or its interface, that is no end: it must not mind whose packets it gets."""
    state = trace.world.state(begin.where)
    held = of_instance(state, route.target) if route.via == "instance_id" else []
    interface = held[0] if held else state.addresses.interfaces.get(route.target)
    if interface is None:
        trace.block("BAD_STATE_ROUTE", component=part(trace.world, begin.where, INSTANCES, route.target))
        return None
    place = at_interface(begin.where, interface, owner(trace, begin.where, interface))
    if end.interface is interface:
        arrive(trace, end, packet, begin, crossing=end.subnet != begin.subnet)
        return None
    if interface.check is not False:
        shown = part(trace.world, begin.where, INTERFACES, interface.id)
        trace.block("ENI_SOURCE_DEST_CHECK_RESTRICTION", component=shown, network_interface=shown)
    if begin.interface is interface:
        trace.block("NO_POSSIBLE_DESTINATION", address=packet.destination)
        return None
    arrive(trace, place, packet, begin, crossing=place.subnet != begin.subnet)
    return place


def at_interface(where: Where, interface: Interface, instance: Any = None, address: str = "") -> Place:
    """The place of an interface, by its primary address where no other is named."""
    primary = interface.primary
    named = address or (primary.address if primary is not None else next(iter(interface.ipv6), ""))
    return Place(
        kind="interface", id=interface.id, where=where, interface=interface, instance=instance, address=named
    )


def owner(trace: Trace, where: Where, interface: Interface) -> Any:
    """The instance that an interface is attached to; None where there is none."""
    if isinstance(interface.attachment, UnsetType):
        return None
    name = told(interface.attachment.instance, "")
    return trace.world.state(where).compute.instances.get(name)


# peering


def sides(peering: Peering, vpc: str) -> tuple[PeerVpc, PeerVpc] | None:
    """A VPC's side of a peering, and the other one; None where the VPC has none."""
    for mine, other in ((peering.requester, peering.accepter), (peering.accepter, peering.requester)):
        if mine.vpc == vpc:
            return mine, other
    return None


def _peer(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    peering = trace.world.state(begin.where).gateways.peerings[route.target]
    shown, found = part(trace.world, begin.where, PEERINGS, peering.id), sides(peering, begin.vpc)
    if peering.status != "active" or found is None:
        trace.block("BAD_STATE", component=shown, vpc_peering_connection=shown, state=peering.status)
        return None
    mine, other = found
    if end.kind == "pcx" and end.id == peering.id:
        trace.hop(shown, packet)
        return None
    for address, side in ((packet.source, mine), (packet.destination, other)):
        blocks = [*side.blocks, *side.ipv6_blocks]
        if blocks and not any(within(address, one) for one in blocks):
            trace.block(
                "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", component=shown, vpc_peering_connection=shown, address=address,
                cidrs=blocks, vpc=part(trace.world, begin.where, VPCS, side.vpc),
            )  # fmt: skip
            return None
    trace.hop(
        shown, packet, source_vpc=part(trace.world, begin.where, VPCS, mine.vpc),
        destination_vpc=part(trace.world, end.where, VPCS, other.vpc),
    )  # fmt: skip
    if end.kind != "interface" or end.vpc != other.vpc:
        trace.block("NO_POSSIBLE_DESTINATION", component=shown, address=packet.destination)
        return None
    arrive(trace, end, packet, begin)
    return None


# VPN


def _vpn(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    gateway = part(trace.world, begin.where, VPN_GATEWAYS, route.target)
    trace.hop(gateway, packet)
    if end.kind not in ("vgw", "ip") or (end.kind == "vgw" and end.id != route.target):
        trace.block("NO_POSSIBLE_DESTINATION", component=gateway, address=packet.destination)
    ask_tunnels(trace, begin.where, route.target)
    return None


def ask_tunnels(trace: Trace, where: Where, gateway: str) -> None:
    """A VPN gateway leads somewhere while one of its connections has a tunnel that is up."""
    held = [one for one in connections(trace, where) if one.vpn == gateway]
    if held and not any(map(vpn_tunnels.is_up, held)):
        shown = part(trace.world, where, VPN_CONNECTIONS, held[0].id)
        trace.block(
            "BAD_STATE_VPN", component=shown, vpn_connection=shown,
            vpn_gateway=part(trace.world, where, VPN_GATEWAYS, gateway),
        )  # fmt: skip


def connections(trace: Trace, where: Where) -> list[VpnConnection]:
    """The VPN connections that are not deleted."""
    held = trace.world.state(where).gateways.vpn_connections.values()
    return [one for one in held if isinstance(one.deleted, UnsetType)]


# endpoints, transit


def _endpoint(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    shown = part(trace.world, begin.where, ENDPOINTS, route.target)
    trace.hop(shown, packet)
    if packet.protocol not in ("6", "1", "-1"):
        trace.block("VPCE_GATEWAY_PROTOCOL_RESTRICTION", component=shown, vpc_endpoint=shown)
    if end.id != route.target and end.kind != "ip":
        trace.block("NO_POSSIBLE_DESTINATION", component=shown, address=packet.destination)
    return None


def _transit(
    trace: Trace, begin: Place, end: Place, packet: Packet, route: Route, arrive: Arrive
) -> Place | None:
    out = reach_transit.through(trace, begin, end, packet, route.target)
    if out is None:
        return None
    if not out.inside:
        return at_interface(out.where, out.interface)
    arrive(trace, end, packet, begin if out.keeps_groups else None)
    return None


_STEPS: dict[str, Through] = {
    "igw": _internet, "eigw": _egress_only, "nat": _nat, "i": _forwarder, "eni": _forwarder, "pcx": _peer,
    "vgw": _vpn, "vpce": _endpoint, "tgw": _transit,
}  # fmt: skip
