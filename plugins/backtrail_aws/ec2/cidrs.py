"""CIDR blocks: how they are written, what they hold, which do not overlap."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

from backtrail import Refusal
from backtrail_aws.ec2 import errors

Cidr = IPv4Network | IPv6Network


@lru_cache(4096)
def parsed(text: str) -> Cidr | None:
    """A CIDR block; host bits are cut off, as EC2 does. None for what is none."""
    try:
        return ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def v4(text: str, parameter: str = "cidrBlock") -> IPv4Network:
    """An IPv4 block. Raises `Refusal` for what is none."""
    found = parsed(text)
    if not isinstance(found, IPv4Network):
        raise bad(text, parameter)
    return found


def v6(text: str, parameter: str = "ipv6CidrBlock") -> IPv6Network:
    """An IPv6 block. Raises `Refusal` for what is none."""
    found = parsed(text)
    if not isinstance(found, IPv6Network):
        raise bad(text, parameter)
    return found


def bad(text: str, parameter: str) -> Refusal:
    """A text that is no CIDR block."""
    # evidence: page errors-overview.html; words: guess
    return errors.invalid(
        f"Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
    )


def overlap(one: str, others: Iterable[str]) -> bool:
    """Whether a block shares an address with one of the others; what is no block shares none."""
    mine = parsed(one)
    return any(
        mine.overlaps(found)
        for other in others
        if mine is not None and (found := parsed(other)) is not None and found.version == mine.version
    )


def within(one: str, outer: Iterable[str]) -> bool:
    """Whether a block lies in one of the outer ones."""
    mine = parsed(one)
    for other in outer:
        found = parsed(other)
        if isinstance(mine, IPv4Network) and isinstance(found, IPv4Network) and mine.subnet_of(found):
            return True
        if isinstance(mine, IPv6Network) and isinstance(found, IPv6Network) and mine.subnet_of(found):
            return True
    return False


def usable(cidr: str) -> range:
    """The addresses of an IPv4 subnet that hosts may have, as numbers: all but the first four and the last."""
    block = parsed(cidr)
    if not isinstance(block, IPv4Network):
        return range(0)
    return range(int(block.network_address) + 4, int(block.broadcast_address))


def text(address: int) -> str:
    """An IPv4 address from its number."""
    return str(IPv4Address(address))
