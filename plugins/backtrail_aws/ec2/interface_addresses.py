"""More addresses on a network interface, and fewer."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, interface_prefixes, subnet_addresses
from backtrail_aws.ec2.interfaces import (
    INTERFACES,
    free_ipv6,
    no_ipv6,
    release,
    release_prefix,
    take_prefix,
)
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Interface, PrivateIp
from backtrail_aws.ec2.subnets import SUBNETS


@service.handle
def assign_private_ip_addresses(
    state: Ec2, call: Call[api.AssignPrivateIpAddresses]
) -> api.AssignPrivateIpAddressesResult:
    """Addresses that are named, or so many free ones; prefixes likewise."""
    params = call.params
    interface = INTERFACES.find(state, params.network_interface_id)
    subnet = SUBNETS.find(state, told(interface.subnet, ""))
    named, count = told(params.private_ip_addresses, []), told(params.secondary_private_ip_address_count, 0)
    prefixes = told(params.ipv4_prefixes, [])
    if named and count:
        # evidence: page API_AssignPrivateIpAddresses; words: guess
        raise errors.combination(
            "The parameters privateIpAddresses and secondaryPrivateIpAddressCount cannot be used together"
        )
    if not (named or count or prefixes or told(params.ipv4_prefix_count, 0)):
        raise errors.missing("secondaryPrivateIpAddressCount")
    for address in named:
        holder = state.addresses.interfaces.get(subnet.addresses.get(address, ""))
        if params.allow_reassignment is not True or holder is None or holder.id == interface.id:
            subnet_addresses.check(subnet, address)
        elif holder.primary is not None and holder.primary.address == address:
            # evidence: page API_AssignPrivateIpAddresses (secondary ones move); words: guess
            raise errors.invalid(
                f"Address {address} is the primary one of {holder.id}: it cannot be reassigned."
            )
    given = named or subnet_addresses.free(state, subnet, count)
    prefixes = interface_prefixes.v4(subnet, prefixes, told(params.ipv4_prefix_count, 0), given)
    return api.AssignPrivateIpAddressesResult(
        network_interface_id=interface.id,
        assigned_private_ip_addresses=[api.AssignedPrivateIpAddress(private_ip_address=one) for one in given]
        or UNSET,
        assigned_ipv4_prefixes=[api.Ipv4PrefixSpecification(ipv4_prefix=one) for one in prefixes] or UNSET,
    )  # fmt: skip


@service.project
def private_ip_addresses_assigned(
    state: Ec2, event: Event[api.AssignPrivateIpAddresses, api.AssignPrivateIpAddressesResult]
) -> None:
    """The interface has the addresses; one that was another's is taken from it."""
    interface = INTERFACES.known(state, event, event.params.network_interface_id)
    listed = [
        one.private_ip_address
        for one in told(event.result.assigned_private_ip_addresses, [])
        if isinstance(one.private_ip_address, str)
    ]
    for address in listed or told(event.params.private_ip_addresses, []):
        _take_from_others(state, interface, address)
        interface.private_ips.append(PrivateIp(address=address))
        if not isinstance(interface.subnet, UnsetType):
            subnet_addresses.take(SUBNETS.known(state, event, interface.subnet), address, interface.id)
    shown = [told(one.ipv4_prefix, "") for one in told(event.result.assigned_ipv4_prefixes, [])]
    for prefix in shown or told(event.params.ipv4_prefixes, []):
        interface.ipv4_prefixes.append(prefix)
        if not isinstance(interface.subnet, UnsetType):
            take_prefix(SUBNETS.known(state, event, interface.subnet), prefix, interface.id)


def _take_from_others(state: Ec2, interface: Interface, address: str) -> None:
    subnet = SUBNETS.get(state, told(interface.subnet, ""))
    other = INTERFACES.get(state, subnet.addresses.get(address, "")) if subnet is not None else None
    if other is not None:
        _remove(state, other, address)


def _remove(state: Ec2, interface: Interface, address: str) -> None:
    for one in [ip for ip in interface.private_ips if ip.address == address]:
        interface.private_ips.remove(one)
        release(state, interface, one)


@service.handle
def unassign_private_ip_addresses(state: Ec2, call: Call[api.UnassignPrivateIpAddresses]) -> None:
    """Addresses that the interface has, but not its primary one."""
    interface = INTERFACES.find(state, call.params.network_interface_id)
    held = {one.address: one.primary for one in interface.private_ips}
    lost = [one for one in told(call.params.private_ip_addresses, []) if held.get(one) is not False]
    if lost:
        # evidence: guess
        raise errors.invalid("Some of the specified addresses are not assigned to interface " + interface.id)


@service.project
def private_ip_addresses_unassigned(state: Ec2, event: Event[api.UnassignPrivateIpAddresses, None]) -> None:
    """The addresses are free."""
    interface = INTERFACES.get(state, event.params.network_interface_id)
    if interface is None:
        return
    for address in told(event.params.private_ip_addresses, []):
        _remove(state, interface, address)
    gone = told(event.params.ipv4_prefixes, [])
    for prefix in [one for one in interface.ipv4_prefixes if one in gone]:
        release_prefix(state, interface, prefix)
    interface.ipv4_prefixes = [one for one in interface.ipv4_prefixes if one not in gone]


@service.handle
def assign_ipv6_addresses(state: Ec2, call: Call[api.AssignIpv6Addresses]) -> api.AssignIpv6AddressesResult:
    """Addresses that are named, or so many of the subnet's block."""
    params = call.params
    interface = INTERFACES.find(state, params.network_interface_id)
    subnet = SUBNETS.find(state, told(interface.subnet, ""))
    if not subnet.ipv6_blocks:
        raise no_ipv6(subnet.id)
    given, count = told(params.ipv6_addresses, []), told(params.ipv6_address_count, 0)
    named, more = told(params.ipv6_prefixes, []), told(params.ipv6_prefix_count, 0)
    if not (given or count or named or more):
        raise errors.missing("ipv6AddressCount")
    return api.AssignIpv6AddressesResult(
        network_interface_id=interface.id,
        assigned_ipv6_addresses=given or free_ipv6(state, call, subnet, count) or UNSET,
        assigned_ipv6_prefixes=interface_prefixes.v6(state, call, subnet, named, more) or UNSET,
    )


@service.project
def ipv6_addresses_assigned(
    state: Ec2, event: Event[api.AssignIpv6Addresses, api.AssignIpv6AddressesResult]
) -> None:
    """The interface has the addresses."""
    interface = INTERFACES.known(state, event, event.params.network_interface_id)
    given = told(event.result.assigned_ipv6_addresses, told(event.params.ipv6_addresses, []))
    interface.ipv6 += [one for one in given if one not in interface.ipv6]
    interface.ipv6_prefixes += told(event.result.assigned_ipv6_prefixes, told(event.params.ipv6_prefixes, []))


@service.handle
def unassign_ipv6_addresses(
    state: Ec2, call: Call[api.UnassignIpv6Addresses]
) -> api.UnassignIpv6AddressesResult:
    """Addresses that the interface has."""
    interface = INTERFACES.find(state, call.params.network_interface_id)
    if any(one not in interface.ipv6 for one in told(call.params.ipv6_addresses, [])):
        # evidence: guess
        raise errors.invalid("Some of the specified addresses are not assigned to interface " + interface.id)
    return api.UnassignIpv6AddressesResult(
        network_interface_id=interface.id, unassigned_ipv6_addresses=call.params.ipv6_addresses,
        unassigned_ipv6_prefixes=call.params.ipv6_prefixes,
    )  # fmt: skip


@service.project
def ipv6_addresses_unassigned(
    state: Ec2, event: Event[api.UnassignIpv6Addresses, api.UnassignIpv6AddressesResult]
) -> None:
    """The addresses are free."""
    interface = INTERFACES.get(state, event.params.network_interface_id)
    if interface is not None:
        gone = told(event.params.ipv6_addresses, []) + told(event.params.ipv6_prefixes, [])
        interface.ipv6 = [one for one in interface.ipv6 if one not in gone]
        interface.ipv6_prefixes = [one for one in interface.ipv6_prefixes if one not in gone]
