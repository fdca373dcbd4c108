"""Whether packets get from one place to another, and what stops them: a pure question to the state.

As Reachability Analyzer, it looks for one packet that gets there, among all that differ in what was not said (an
address on the internet, a port), and for its answer that comes back: network ACLs keep no state.
https://docs.aws.amazon.com/vpc/latest/reachability/what-is-reachability-analyzer.html
"""

from __future__ import annotations

from collections.abc import Container
from ipaddress import ip_address

import msgspec

from backtrail import UNSET, told
from backtrail_aws.ec2 import api, aws_prefix_lists, cidrs
from backtrail_aws.ec2.interfaces import of_instance
from backtrail_aws.ec2.reach_gateways import at_interface, is_mapped, sides
from backtrail_aws.ec2.reach_links import connected
from backtrail_aws.ec2.reach_parts import (
    ANY_PORT,
    EPHEMERAL,
    PROTOCOLS,
    SOMEBODY,
    SOMEBODY_V6,
    Packet,
    Place,
    Trace,
    Where,
    World,
    is_internal,
    part,
)
from backtrail_aws.ec2.reach_rules import acl_of, within
from backtrail_aws.ec2.reach_walk import blocks, leg
from backtrail_aws.ec2.route_associations import table_for
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Interface, Mapped, PrivateIp
from backtrail_aws.ec2.vpcs import VPCS

_LEGS_MOST = 8
_CANDIDATES_MOST = 40
GATEWAYS = ("igw", "eigw", "vgw", "pcx", "tgw", "tgw-attach", "vpce")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: from where to where, by which protocol, to which port; addresses where they are said. `v6`: by
    IPv6 as well, which Reachability Analyzer does not do."""

    begin: Place
    end: Place
    protocol: str = "tcp"
    ports: tuple[int, int] = ANY_PORT
    source_ports: tuple[int, int] = EPHEMERAL
    source_ip: str = ""
    destination_ip: str = ""
    v6: bool = False


class Reach(msgspec.Struct, kw_only=True):
    """What came of it: the way there, the way back, and what stops the packets."""

    found: bool
    forward: list[api.PathComponent] = []
    back: list[api.PathComponent] = []
    explanations: list[api.Explanation] = []


def analyse(world: World, question: Question) -> Reach:
    """Whether a packet gets there and its answer back. Where none does, the one that is stopped least tells why."""
    if not connected(world, question.begin, question.end):
        return Reach(found=False, explanations=[_apart(world, question)])
    best: Reach | None = None
    for packet in _candidates(world, question):
        reached = _travel(world, question, packet)
        if reached.found:
            return reached
        if best is None or len(reached.explanations) < len(best.explanations):
            best = reached
    return best or Reach(found=False, explanations=[api.Explanation(explanation_code="NO_PATH")])


def _apart(world: World, question: Question) -> api.Explanation:
    begin, end = question.begin, question.end
    return api.Explanation(
        explanation_code="DISCONNECTED_VPCS", source_vpc=part(world, begin.where, VPCS, begin.vpc),
        destination_vpc=part(world, end.where, VPCS, end.vpc),
    )  # fmt: skip


def _travel(world: World, question: Question, packet: Packet) -> Reach:
    there = Trace(world)
    done = _walk(there, question.begin, question.end, packet)
    if there.blocks:
        return Reach(found=False, explanations=there.blocks)
    back = Trace(world, stateful=True)
    for begin, end, one in reversed(done):
        back.left = None
        if len(_walk(back, _outside(world, end, begin), begin, one.reply)) != 1:
            back.block("NO_POSSIBLE_DESTINATION", address=one.source)
    if back.blocks:
        return Reach(found=False, explanations=back.blocks)
    return Reach(found=True, forward=there.hops, back=back.hops)


def _walk(trace: Trace, begin: Place, end: Place, packet: Packet) -> list[tuple[Place, Place, Packet]]:
    """Follow a packet, leg by leg. Between two changes of its addresses it is one stretch: from, to, the packet."""
    done: list[tuple[Place, Place, Packet]] = []
    start = here = begin
    for _ in range(_LEGS_MOST):
        onward = leg(trace, here, end, packet)
        if onward is None or trace.blocks:
            return [*done, (start, end, packet)]
        if _translates(trace.world, onward, packet):
            done.append((start, onward, packet))
            start, packet = onward, msgspec.structs.replace(packet, source=onward.address)
        here = onward
    trace.block("NO_POSSIBLE_DESTINATION", address=packet.destination)
    return done


def _translates(world: World, place: Place, packet: Packet) -> bool:
    """Whether what sends a packet on gives it its own address: a NAT gateway, an instance that leads out of its VPC."""
    if place.interface is None or place.interface.kind == "transit_gateway":
        return False
    if place.interface.kind == "nat_gateway":
        return True
    vpc = world.state(place.where).network.vpcs.get(place.vpc)
    blocks = [one.cidr for one in (*vpc.blocks, *vpc.ipv6_blocks)] if vpc is not None else []
    inside = any(within(packet.destination, one) for one in blocks)
    return (
        not inside and any(within(packet.source, one) for one in blocks) and not _owns(world, place, packet)
    )


def _owns(world: World, place: Place, packet: Packet) -> bool:
    """Whether the source of a packet has a public address of its own: then nobody needs to lend it one."""
    return is_mapped(Trace(world), place, packet.source) and packet.source != place.address


def _outside(world: World, place: Place, other: Place) -> Place:
    """Where an answer comes from: one from an address on the internet comes through the VPC's gateway."""
    if place.kind != "ip" or is_internal(place.address):
        return place
    gateways = world.state(other.where).network.internet_gateways.values()
    found = next((one.id for one in gateways if one.vpc == other.vpc), "")
    return Place(kind="igw", id=found, where=other.where) if found else place


# packets


def _candidates(world: World, question: Question) -> list[Packet]:
    sources, destinations = _ends(world, question)
    made = [
        Packet(
            source=source, destination=destination, protocol=PROTOCOLS.get(question.protocol, question.protocol),
            ports=question.ports, source_ports=question.source_ports,
        )
        for source in sources
        for destination in destinations
        if (":" in source) == (":" in destination)
    ]  # fmt: skip
    return made[:_CANDIDATES_MOST]


def _ends(world: World, question: Question) -> tuple[list[str], list[str]]:
    """The addresses at both ends; those of IPv6 last."""
    begin, end = question.begin, question.end
    if begin.kind == "interface":
        sources = _own(begin, v6=question.v6 or ":" in end.address)
    else:
        sources = _addresses(world, begin, end, question.source_ip)
    if end.kind in ("interface", "ip"):
        destinations = _own(end, v6=question.v6 or ":" in "".join(sources[:1]))
    else:
        destinations = _addresses(world, end, begin, question.destination_ip)
    if question.v6:
        sources += [SOMEBODY_V6] if begin.kind == "igw" and not question.source_ip else []
        destinations += [SOMEBODY_V6] if end.kind in ("igw", "eigw") and not question.destination_ip else []
    return sources, destinations


def _own(place: Place, *, v6: bool) -> list[str]:
    more = place.interface.ipv6[:1] if v6 and place.interface is not None else []
    return list(dict.fromkeys(one for one in (place.address, *more) if one))


def _addresses(world: World, gateway: Place, inside: Place, said: str) -> list[str]:
    """Addresses behind a gateway: the one that was said; else somebody's, and those that rules and routes name."""
    if said:
        return [said.partition("/")[0]]
    state = world.state(inside.where)
    named = [_first(one) for one in [*_in_routes(state, gateway, inside), *_in_rules(state, inside)]]
    if gateway.kind == "igw":
        return list(dict.fromkeys([SOMEBODY, *(one for one in named if one and not is_internal(one))]))
    found = list(dict.fromkeys(one for one in named if one))
    return found or [SOMEBODY]


def _first(block: str) -> str:
    """An address of a block."""
    found = cidrs.parsed(block)
    if found is None or found.version == 6:
        return ""
    return SOMEBODY if found.prefixlen == 0 else str(found[min(1, found.num_addresses - 1)])


def _in_routes(state: Ec2, gateway: Place, inside: Place) -> list[str]:
    table = table_for(state, inside.subnet)
    if table is None:
        return []
    return [
        block
        for route in table.routes.values()
        if route.target == gateway.id
        for block in blocks(state, route)
    ]


def _in_rules(state: Ec2, inside: Place) -> list[str]:
    """The blocks that the interface's groups and its subnet's list name."""
    acl = acl_of(state, inside.subnet)
    found = [told(one.cidr, "") for one in acl.entries.values()] if acl is not None else []
    for name in inside.interface.groups if inside.interface is not None else []:
        group = state.network.security_groups.get(name)
        for identifier in [*group.ingress.values(), *group.egress.values()] if group is not None else []:
            rule = state.network.rules.get(identifier)
            found += (
                aws_prefix_lists.blocks(state, told(rule.prefix_list, "")) or [] if rule is not None else []
            )
            found.append(told(rule.cidr, "") if rule is not None else "")
    return [one for one in found if one and not one.endswith("/0")]


# places


def place(world: World, where: Where, text: str, inside: Place | None = None) -> Place | None:
    """What an id, an ARN or an address stands for; None for what is not there. `inside` is the other end."""
    named = text
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        where = (parts[4] or where[0], parts[3] or where[1])
        named = parts[5].rpartition("/")[2]
    state, kind = world.state(where), named.rpartition("-")[0]
    if kind == "i" and named in state.compute.instances:
        held = of_instance(state, named)
        return at_interface(where, held[0], state.compute.instances[named]) if held else None
    if kind == "eni" and named in state.addresses.interfaces:
        return _owned(state, where, state.addresses.interfaces[named])
    endpoint = state.gateways.endpoints.get(named)
    if endpoint is not None and endpoint.interfaces:
        first = next(iter(endpoint.interfaces.values()))
        interface = state.addresses.interfaces.get(first)
        return at_interface(where, interface) if interface is not None else None
    if kind in GATEWAYS:
        return Place(kind=kind, id=named, where=where) if _is_there(state, kind, named) else None
    return _at_address(world, where, named, inside)


def assumed(world: World, name: str, subnet: str, groups: list[str], *, public: bool) -> Place | None:
    """Something of AWS's in a subnet, whose interface no record told: it has one of the subnet's last addresses."""
    held = world.state(world.home).network.subnets.get(subnet)
    block = cidrs.parsed(told(held.cidr, "")) if held is not None else None
    if held is None or block is None:
        return None
    address = PrivateIp(address=str(block[-3]), primary=True, public=Mapped(ip=SOMEBODY) if public else UNSET)
    interface = Interface(
        id=name,
        subnet=subnet,
        vpc=held.vpc,
        zone=held.zone,
        groups=groups,
        private_ips=[address],
        managed=True,
    )
    return at_interface(world.home, interface)


def _owned(state: Ec2, where: Where, interface: Interface, address: str = "") -> Place:
    attached = interface.attachment
    name = told(attached.instance, "") if isinstance(attached, msgspec.Struct) else ""
    return at_interface(where, interface, state.compute.instances.get(name), address)


def _is_there(state: Ec2, kind: str, identifier: str) -> bool:
    gateways = state.gateways
    held: dict[str, Container[str]] = {
        "eigw": gateways.egress_only, "igw": state.network.internet_gateways, "vgw": gateways.vpn,
        "pcx": gateways.peerings,
        "tgw": gateways.transit.gateways, "tgw-attach": gateways.transit.attachments, "vpce": gateways.endpoints,
    }  # fmt: skip
    return identifier in held[kind]


def _at_address(world: World, where: Where, text: str, inside: Place | None) -> Place | None:
    """The interface that has an address, in the other end's VPC, one of its peers, or any; else the address alone."""
    address = text.partition("/")[0]
    try:
        ip_address(address)
    except ValueError:
        return None
    for state_of, vpc in _networks(world, where, inside):
        for interface in world.state(state_of).addresses.interfaces.values():
            if vpc and interface.vpc != vpc:
                continue
            if any(one.address == address for one in interface.private_ips) or address in interface.ipv6:
                return _owned(world.state(state_of), state_of, interface, address)
    return Place(kind="ip", id=address, where=where, address=address)


def _networks(world: World, where: Where, inside: Place | None) -> list[tuple[Where, str]]:
    found: list[tuple[Where, str]] = []
    if inside is not None and inside.kind == "interface":
        found.append((inside.where, inside.vpc))
        for peering in world.state(inside.where).gateways.peerings.values():
            held = sides(peering, inside.vpc)
            if held is not None and peering.status == "active":
                other = held[1]
                found.append(((told(other.account, ""), told(other.region, "")), told(other.vpc, "")))
    return [*found, (where, "")]
