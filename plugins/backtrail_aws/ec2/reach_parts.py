"""What an analysis of a path is made of: places, packets, and the trail that a packet leaves.

https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec

from backtrail import UNSET, Call, UnsetType, told
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.held import Held
from backtrail_aws.ec2.instances import state_of
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Interface
from backtrail_aws.ec2.state_compute import Instance

Where = tuple[str, str]
"""An account and a region."""

PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "-1": "-1"}
NAMES = {number: name for name, number in PROTOCOLS.items()}
EPHEMERAL = (1024, 65535)  # vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
ANY_PORT = (0, 65535)
PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918
SHARED = ip_network("100.64.0.0/10")  # RFC 6598
SOMEBODY, SOMEBODY_V6 = "203.0.113.1", "2001:db8::1"
"""Addresses on the internet, where none was named: of the documentation's own blocks (RFC 5737, RFC 3849)."""


class World:
    """Everything that a path may lead through: the States of all places, as of one call."""

    def __init__(self, call: Call[Any], own: Callable[[str, str], Ec2], at_home: Ec2) -> None:
        self._call, self._own = call, own
        self._states: dict[Where, Ec2] = {(call.account, call.region): at_home}
        self.home: Where = (call.account, call.region)

    @property
    def time(self) -> datetime:
        """As of when all is asked."""
        return self._call.time

    def state(self, where: Where) -> Ec2:
        """The State of an account and a region."""
        if where not in self._states:
            self._states[where] = self._own(*where)
        return self._states[where]

    def runs(self, instance: Instance, where: Where) -> bool:
        """Whether an instance is running, or about to be, in a zone that is up."""
        if instance.zone in self.state(where).watching.zones_down:
            return False
        return state_of(self._call, instance) in ("running", "pending")

    def is_active(self, expires: Any) -> bool:
        """Whether a time that ends something has not come yet."""
        return isinstance(expires, UnsetType) or self._call.time < expires


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """A packet, or all packets that differ in their ports alone. `protocol` is a number, as text."""

    source: str
    destination: str
    protocol: str = "6"
    source_ports: tuple[int, int] = EPHEMERAL
    ports: tuple[int, int] = ANY_PORT

    @property
    def reply(self) -> Packet:
        """What answers it."""
        return Packet(
            source=self.destination, destination=self.source, protocol=self.protocol, source_ports=self.ports,
            ports=self.source_ports,
        )  # fmt: skip


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An end of a path. `kind` is `interface`, or the prefix of its id (`igw`), or `ip` for an address alone."""

    kind: str
    id: str
    where: Where
    interface: Interface | None = None
    instance: Instance | None = None
    address: str = ""

    @property
    def public(self) -> str:
        """The public address that leads to an interface's private one; "" where none does."""
        listed = self.interface.private_ips if self.interface is not None else []
        held = next((one for one in listed if one.address == self.address), None)
        if held is None or isinstance(held.public, UnsetType):
            return ""
        return held.public.ip

    @property
    def subnet(self) -> str:
        """An interface's subnet."""
        return told(self.interface.subnet, "") if self.interface is not None else ""

    @property
    def vpc(self) -> str:
        """An interface's VPC."""
        return told(self.interface.vpc, "") if self.interface is not None else ""


class Trace:
    """What a packet met on its way, and what stopped it. Replies are not asked by security groups (`stateful`).

    `left` are the ports, of those that were asked for, which everything so far let through.
    """

    def __init__(self, world: World, *, stateful: bool = False) -> None:
        self.world, self.stateful = world, stateful
        self.left: list[tuple[int, int]] | None = None
        self.hops: list[api.PathComponent] = []
        self.blocks: list[api.Explanation] = []

    def hop(self, component: api.AnalysisComponent, packet: Packet, **members: Any) -> None:
        """The packet passes something."""
        self.hops.append(
            api.PathComponent(
                sequence_number=len(self.hops) + 1,
                component=component,
                outbound_header=header(packet),
                **members,
            )
        )

    def block(self, code: str, **members: Any) -> None:
        """Something stops the packet."""
        self.blocks.append(api.Explanation(explanation_code=code, **members))


def header(packet: Packet) -> api.AnalysisPacketHeader:
    """A packet as answers show it."""
    return api.AnalysisPacketHeader(
        protocol=packet.protocol, source_addresses=[_block(packet.source)],
        destination_addresses=[_block(packet.destination)], source_port_ranges=[ports(packet.source_ports)],
        destination_port_ranges=[ports(packet.ports)],
    )  # fmt: skip


def is_internal(address: str) -> bool:
    """Whether an address is none of the internet's."""
    held = ip_address(address)
    return any(held.version == one.version and held in one for one in (*PRIVATE, SHARED))


def _block(address: str) -> str:
    if address in (SOMEBODY, SOMEBODY_V6):
        return "::/0" if ":" in address else "0.0.0.0/0"
    return f"{address}/{128 if ':' in address else 32}"


def ports(held: tuple[int, int]) -> api.PortRange:
    """A range of ports as answers show it."""
    return api.PortRange(from_=held[0], to=held[1])


def part(world: World, where: Where, kind: Kind[Any], identifier: str | UnsetType) -> api.AnalysisComponent:
    """A component as answers show it: id, ARN, and its name where its tags have one."""
    name = told(identifier, "")
    held: Held | None = kind.get(world.state(where), name)
    arn = (
        held.arn
        if held is not None and held.arn
        else f"arn:aws:ec2:{where[1]}:{where[0]}:{kind.arn_name}/{name}"
    )
    return api.AnalysisComponent(
        id=name, arn=arn, name=held.tags.get("Name", UNSET) if held is not None else UNSET
    )
