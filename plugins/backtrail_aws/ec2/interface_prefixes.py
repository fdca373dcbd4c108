"""Prefixes that interfaces have beside their addresses: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from backtrail import Call, UnsetType
from backtrail_aws.ec2 import cidrs, errors, subnet_addresses
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import Subnet

_V4_BITS, _V6_BITS = 28, 80  # the page above: /28 and /80


def v4(subnet: Subnet, named: Sequence[str], count: int, beside: Collection[str] = ()) -> list[str]:
    """IPv4 prefixes that a request names, or so many free ones; `beside` are addresses that it takes already."""
    if isinstance(subnet.cidr, UnsetType):
        return list(named)
    whole = IPv4Network(subnet.cidr)
    for one in named:
        block = cidrs.parsed(one)
        if not isinstance(block, IPv4Network) or block.prefixlen != _V4_BITS or not block.subnet_of(whole):
            # evidence: guess
            raise errors.invalid(f"Invalid IPv4 prefix: {one}")
        for address in hosts(one):
            if address in subnet.addresses or address in beside:
                raise subnet_addresses.taken(address)
    return [*named, *_free(subnet, whole, count, {*beside, *(each for one in named for each in hosts(one))})]


def _free(subnet: Subnet, whole: IPv4Network, count: int, beside: Collection[str]) -> Iterator[str]:
    """Blocks without an address in use: neither the first nor the last of a subnet, where AWS has its own."""
    found = 0
    blocks = whole.subnets(new_prefix=_V4_BITS) if count and whole.prefixlen < _V4_BITS else iter(())
    for block in blocks:
        if found == count:
            return
        ends = (block.network_address, block.broadcast_address)
        if whole.network_address in ends or whole.broadcast_address in ends:
            continue
        if not any(one in subnet.addresses or one in beside for one in hosts(str(block))):
            found += 1
            yield str(block)
    if found < count:
        raise subnet_addresses.exhausted(subnet, 16 * count)


def hosts(prefix: str) -> list[str]:
    """The addresses of an IPv4 prefix, all of which an interface has."""
    block = cidrs.parsed(prefix)
    return [str(one) for one in block] if isinstance(block, IPv4Network) and block.prefixlen >= 24 else []


def v6(
    state: Ec2, call: Call[Any], subnet: Subnet, named: Sequence[str], count: int, label: str = ""
) -> list[str]:
    """IPv6 prefixes that a request names, or so many others, drawn from the record's id."""
    if not (named or count):
        return []
    if not subnet.ipv6_blocks:
        # evidence: guess
        raise errors.invalid(f"The subnet '{subnet.id}' does not have any associated IPv6 CIDR blocks")
    whole = IPv6Network(subnet.ipv6_blocks[0].cidr)
    for one in named:
        block = cidrs.parsed(one)
        if not isinstance(block, IPv6Network) or block.prefixlen != _V6_BITS or not block.subnet_of(whole):
            # evidence: guess
            raise errors.invalid(f"Invalid IPv6 prefix: {one}")
    taken = {prefix for one in state.addresses.interfaces.values() for prefix in one.ipv6_prefixes}
    found = list(named)
    number = int(call.new_id("hex8", f"prefix{label}"), 16)
    while len(found) < len(named) + count:
        number = (number + 1) % (1 << (_V6_BITS - whole.prefixlen))
        first = int(whole.network_address) + (number << (128 - _V6_BITS))
        prefix = str(IPv6Network((first, _V6_BITS)))
        if prefix not in taken and prefix not in found:
            found.append(prefix)
    return found
