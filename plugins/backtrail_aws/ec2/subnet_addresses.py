"""The IPv4 addresses of a subnet: which are free, who has them.

`Subnet.addresses` is the one truth of it: an address is in use while it stands there, under its interface. Whoever
makes an interface picks addresses with `free` or `check` in deciding, and `take`s them in folding.
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network

from backtrail import Refusal, UnsetType
from backtrail_aws.ec2 import cidrs, errors
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import Reservation, Subnet


def available(subnet: Subnet) -> int:
    """AvailableIpAddressCount: what is neither in use nor AWS's."""
    if isinstance(subnet.cidr, UnsetType):
        return 0
    return max(len(cidrs.usable(subnet.cidr)) - len(subnet.addresses), 0)


def free(state: Ec2, subnet: Subnet, count: int = 1, beside: Collection[str] = ()) -> list[str]:
    """The lowest free addresses, in order; `beside` are some that this call takes already. Raises `Refusal`.

    Addresses in a reservation of the subnet are given to nobody who does not ask for them.
    """
    found: list[str] = []
    if isinstance(subnet.cidr, UnsetType):
        return found
    blocked = _blocks(one for one in state.network.reservations.values() if one.subnet == subnet.id)
    for number in cidrs.usable(subnet.cidr):
        if len(found) == count:
            return found
        address = cidrs.text(number)
        if address in subnet.addresses or address in beside:
            continue
        if any(IPv4Address(number) in block for block in blocked):
            continue
        found.append(address)
    if len(found) < count:
        raise exhausted(subnet, count)
    return found


def first_free(state: Ec2, subnet: Subnet) -> str:
    """In a fold: the lowest free address, empty where there is none or no record told the subnet's block."""
    if available(subnet) == 0:
        return ""
    return free(state, subnet)[0]


def check(subnet: Subnet, address: str) -> None:
    """Refuse an address that is not of the subnet, is AWS's, or is in use."""
    if isinstance(subnet.cidr, UnsetType):
        return
    try:
        number = int(IPv4Address(address))
    except ValueError as error:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"Address {address} is invalid.") from error
    block = cidrs.parsed(subnet.cidr)
    if not isinstance(block, IPv4Network) or IPv4Address(number) not in block:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid("Address does not fall within the subnet's address range")
    if number not in cidrs.usable(subnet.cidr):
        # evidence: guess
        raise errors.invalid("Address is in subnet's reserved address range")
    if address in subnet.addresses:
        raise taken(address)


def take(subnet: Subnet, address: str, interface: str) -> None:
    """In a fold: an interface has an address."""
    subnet.addresses[address] = interface


def release(subnet: Subnet, address: str) -> None:
    """In a fold: an address is free again."""
    subnet.addresses.pop(address, None)


def exhausted(subnet: Subnet, count: int) -> Refusal:
    """A subnet has not so many free addresses."""
    # evidence: page errors-overview.html; words: guess
    return Refusal(
        "InsufficientFreeAddressesInSubnet",
        f"The specified subnet does not have enough free addresses to satisfy the request: "
        f"{subnet.id} has {available(subnet)}, {count} are needed.",
    )


def taken(address: str) -> Refusal:
    """An address is in use."""
    # evidence: https://github.com/pulumi/pulumi/issues/10923
    return Refusal("InvalidIPAddress.InUse", "The specified address is already in use.")


def _blocks(reservations: Iterable[Reservation]) -> list[IPv4Network]:
    found = [cidrs.parsed(one.cidr) for one in reservations]
    return [one for one in found if isinstance(one, IPv4Network)]
