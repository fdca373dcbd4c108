"""The way through transit gateways: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html"""

from __future__ import annotations

import msgspec

from backtrail import UNSET, UnsetType, told
from backtrail_aws.ec2 import api, vpn_tunnels
from backtrail_aws.ec2.reach_parts import Packet, Place, Trace, Where, part
from backtrail_aws.ec2.reach_rules import within
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Interface
from backtrail_aws.ec2.state_transit import TransitAttachment, TransitTable
from backtrail_aws.ec2.transit_attachments import ATTACHMENTS
from backtrail_aws.ec2.transit_gateways import TRANSIT_GATEWAYS
from backtrail_aws.ec2.transit_tables import TABLES, routes_of
from backtrail_aws.ec2.vpcs import VPCS
from backtrail_aws.ec2.vpn_connections import VPN_CONNECTIONS

_REFERENCES = "security_group_referencing_support"
_GATEWAYS_MOST = 8
"""How many transit gateways one path leads through: peers do not hand on each other's routes, so two would do."""


class Out(msgspec.Struct, kw_only=True):
    """Where a packet comes out of a transit gateway: in the VPC that it is for (`inside`), or in another one, which
    routes it on from the gateway's own interface. Whether it still says which groups its sender is in."""

    inside: bool
    where: Where
    interface: Interface
    keeps_groups: bool = False


def attachment_of(trace: Trace, where: Where, gateway: str, resource: str) -> TransitAttachment | None:
    """What attaches a VPC (or a VPN) to a transit gateway."""
    held = trace.world.state(where).gateways.transit.attachments.values()
    return next(
        (one for one in held if (one.gateway, one.resource, one.status) == (gateway, resource, "available")),
        None,
    )


def through(trace: Trace, begin: Place, end: Place, packet: Packet, gateway: str) -> Out | None:
    """Follow a packet from a VPC through a transit gateway: where it comes out, None where it is lost or at its end."""
    held = attachment_of(trace, begin.where, gateway, begin.vpc)
    shown = part(trace.world, begin.where, TRANSIT_GATEWAYS, gateway)
    if held is None:
        vpc = part(trace.world, begin.where, VPCS, begin.vpc)
        trace.block("UNASSOCIATED_COMPONENT", component=shown, transit_gateway=shown, vpc=vpc)
        return None
    trace.hop(part(trace.world, begin.where, ATTACHMENTS, held.id), packet)
    _mind_zone(trace, begin, held)
    if end.id in (gateway, held.id):
        trace.hop(shown, packet)
        return None
    where, first = begin.where, held
    for _ in range(_GATEWAYS_MOST):
        target = _routed(trace, where, held, packet)
        if target is None:
            return None
        trace.hop(part(trace.world, where, ATTACHMENTS, target.id), packet)
        if target.kind == "peering" and not isinstance(target.peer, UnsetType):
            _, account, region = target.peer
            where = (account, region)
            held = trace.world.state(where).gateways.transit.attachments.get(target.id, target)
            continue
        return _out(trace, where, end, (first, target), packet)
    return None


def _mind_zone(trace: Trace, begin: Place, held: TransitAttachment) -> None:
    """A zone in which the attachment has no subnet does not reach the gateway: tgw-vpc-attachments.html"""
    subnets = trace.world.state(begin.where).network.subnets
    zones = {subnets[one].zone for one in held.subnets if one in subnets}
    here = subnets[begin.subnet].zone if begin.subnet in subnets else UNSET
    if zones and not isinstance(here, UnsetType) and here not in zones:
        shown = part(trace.world, begin.where, ATTACHMENTS, held.id)
        trace.block(
            "TGW_ROUTE_AZ_RESTRICTION",
            component=shown,
            transit_gateway_attachment=shown,
            availability_zones=[here],
        )


def _routed(trace: Trace, where: Where, held: TransitAttachment, packet: Packet) -> TransitAttachment | None:
    """Where the table of an attachment leads a packet."""
    state = trace.world.state(where).gateways.transit
    gateway = part(trace.world, where, TRANSIT_GATEWAYS, held.gateway)
    table = state.tables.get(told(held.table, ""))
    attachment = part(trace.world, where, ATTACHMENTS, held.id)
    if table is None:
        trace.block(
            "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
            component=attachment,
            transit_gateway_attachment=attachment,
        )
        return None
    shown = part(trace.world, where, TABLES, table.id)
    found = _best(trace, where, table, packet.destination)
    if found is None:
        trace.block(
            "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", component=shown, transit_gateway_route_table=shown,
            transit_gateway=gateway, address=packet.destination,
        )  # fmt: skip
        return None
    to, name, kind = found
    target = state.attachments.get(name)
    alive = target is not None and target.status == "available"
    route = api.TransitGatewayRouteTableRoute(
        destination_cidr=to, state="active" if alive else "blackhole", route_origin=kind,
        attachment_id=name or UNSET, resource_id=target.resource if target is not None else UNSET,
        resource_type=target.kind if target is not None else UNSET,
    )  # fmt: skip
    trace.hop(shown, packet, transit_gateway_route_table_route=route, transit_gateway=gateway)
    if target is None or not alive:
        trace.block(
            "TGW_RTB_BAD_STATE_ROUTE", component=shown, transit_gateway_route_table=shown,
            transit_gateway_route_table_route=route,
        )  # fmt: skip
        return None
    return target


def _best(trace: Trace, where: Where, table: TransitTable, address: str) -> tuple[str, str, str] | None:
    routes = routes_of(trace.world.state(where), table)
    found = [(to, *held) for to, held in routes.items() if within(address, to)]
    return max(found, key=lambda one: int(one[0].rpartition("/")[2])) if found else None


def _out(
    trace: Trace, where: Where, end: Place, ends: tuple[TransitAttachment, TransitAttachment], packet: Packet
) -> Out | None:
    target, state = ends[1], trace.world.state(where)
    shown = part(trace.world, where, ATTACHMENTS, target.id)
    if target.kind == "vpn":
        connection = state.gateways.vpn_connections.get(told(target.resource, ""))
        if connection is not None and not vpn_tunnels.is_up(connection):
            held = part(trace.world, where, VPN_CONNECTIONS, connection.id)
            trace.block("TGW_BAD_STATE_VPN", component=held, vpn_connection=held)
        if end.kind != "ip" and end.id != target.id:
            trace.block("NO_POSSIBLE_DESTINATION", component=shown, address=packet.destination)
        return None
    if end.id == target.id:
        return None
    own = _interface(state, target)
    if end.kind == "interface" and end.vpc == target.resource:
        keeps = all(one.options.get(_REFERENCES) == "enable" for one in ends)
        return Out(inside=True, where=where, interface=own or Interface(id=target.id), keeps_groups=keeps)
    if own is None:
        trace.block("NO_POSSIBLE_DESTINATION", component=shown, address=packet.destination)
        return None
    return Out(inside=False, where=where, interface=own)


def _interface(state: Ec2, attachment: TransitAttachment) -> Interface | None:
    """The gateway's own interface in a VPC, from which what is not for the VPC itself is routed on."""
    held = next((one for one in attachment.subnets if one in state.network.subnets), "")
    if not held:
        return None
    subnet = state.network.subnets[held]
    return Interface(id=attachment.id, subnet=held, vpc=subnet.vpc, zone=subnet.zone, kind="transit_gateway")


def enter(trace: Trace, begin: Place, end: Place, packet: Packet) -> bool:
    """Whether a packet gets from a transit gateway, or from something attached to it, into an interface's VPC."""
    state = trace.world.state(begin.where).gateways.transit
    gateway = begin.id
    if begin.kind == "tgw-attach":
        held = state.attachments.get(begin.id)
        gateway = told(held.gateway, "") if held is not None else ""
    shown = part(trace.world, begin.where, TRANSIT_GATEWAYS, gateway)
    found = attachment_of(trace, begin.where, gateway, end.vpc)
    if found is None:
        vpc = part(trace.world, end.where, VPCS, end.vpc)
        trace.block("UNASSOCIATED_COMPONENT", component=shown, transit_gateway=shown, vpc=vpc)
        return False
    trace.hop(shown, packet)
    trace.hop(part(trace.world, begin.where, ATTACHMENTS, found.id), packet)
    return True
