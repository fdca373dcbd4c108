"""The network that instances are launched into: their interfaces, addresses and groups.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceSpecification.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Call, Refusal, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    default_network,
    errors,
    instance_offerings,
    interfaces,
    regions,
    security_groups,
    subnet_addresses,
    tags,
    volumes,
)
from backtrail_aws.ec2.interfaces import INTERFACES, Wish
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Attachment, Interface
from backtrail_aws.ec2.state_network import Subnet
from backtrail_aws.ec2.subnets import SUBNETS
from backtrail_aws.ec2.type_data import Type

Specification = api.InstanceNetworkInterfaceSpecification


class Planned(msgspec.Struct, kw_only=True):
    """One interface of each instance: one that is there (`held`), or one that is made in a subnet."""

    index: int
    delete: bool
    specification: Specification
    held: Interface | None = None
    subnet: Subnet | None = None
    groups: list[str] = []
    public: bool = False


def planned(state: Ec2, call: Call[Any], params: api.RunInstances, kind: Type) -> list[Planned]:
    """The interfaces that each instance gets, the primary one first. Raises `Refusal`."""
    found = [_one(state, call, params, one, kind) for one in _specifications(params)]
    if len({one.index for one in found}) < len(found) or not any(one.index == 0 for one in found):
        # evidence: page errors-overview.html; words: guess
        raise errors.combination(
            "Each network interface requires a unique device index, and one must have index 0."
        )
    if len(found) > kind.interfaces:
        # evidence: page using-eni.html; words: guess
        raise errors.combination(
            f"Number of network interfaces {len(found)} exceeds the limit {kind.interfaces} for {kind.name}"
        )
    if len(found) > 1 and any(one.specification.associate_public_ip_address is True for one in found):
        # evidence: page API_InstanceNetworkInterfaceSpecification; words: guess
        raise errors.combination(
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple network "
            "interfaces."
        )
    found.sort(key=lambda one: one.index)
    first = found[0]
    vpcs = {(one.held or one.subnet).vpc for one in found if one.held or one.subnet}  # type: ignore[union-attr]
    zones = {zone_of(one) for one in found}
    if len(vpcs) > 1 or len(zones) > 1:
        # evidence: page using-eni.html; words: guess
        raise errors.combination("All network interfaces must be in the same VPC and Availability Zone.")
    _check_zone(call, params, first, kind)
    return found


def zone_of(one: Planned) -> tuple[Any, Any]:
    """Name and id of the zone that an interface is in."""
    place = one.held or one.subnet
    return (UNSET, UNSET) if place is None else (place.zone, place.zone_id)


def _specifications(params: api.RunInstances) -> list[Specification]:
    """What the request says of interfaces, or the one interface that its other parameters mean."""
    if given := told(params.network_interfaces, []):
        for member, what in (
            (params.subnet_id, "an instance-level subnet ID"),
            (params.security_group_ids, "an instance-level security groups"),
            (params.private_ip_address, "an instance-level private address"),
        ):
            if member not in (UNSET, []):
                # evidence: page errors-overview.html; words: guess
                raise errors.combination(
                    f"Network interfaces and {what} may not be specified on the same request"
                )
        return given
    return [
        Specification(
            device_index=0, subnet_id=params.subnet_id, groups=params.security_group_ids, delete_on_termination=True,
            private_ip_address=params.private_ip_address, ipv6_address_count=params.ipv6_address_count,
            ipv6_addresses=params.ipv6_addresses, primary_ipv6=params.enable_primary_ipv6,
        )
    ]  # fmt: skip


def _one(state: Ec2, call: Call[Any], params: api.RunInstances, one: Specification, kind: Type) -> Planned:
    index = told(one.device_index, 0)
    if isinstance(one.network_interface_id, str):
        held = INTERFACES.find(state, one.network_interface_id)
        if not isinstance(held.attachment, UnsetType):
            # evidence: page errors-overview.html (InvalidNetworkInterface.InUse); words: guess
            raise Refusal(
                "InvalidNetworkInterface.InUse", f"Network interface '{held.id}' is currently in use."
            )
        if told(params.max_count, 1) > 1:
            # evidence: page API_RunInstances; words: guess
            raise errors.combination(
                "Network interface IDs can only be specified when launching one instance."
            )
        return Planned(
            index=index, delete=told(one.delete_on_termination, False), specification=one, held=held
        )
    subnet = _subnet(state, call, params, one, kind)
    names: Any = params.security_groups if not told(params.network_interfaces, []) else UNSET
    groups = security_groups.chosen(state, told(subnet.vpc, ""), one.groups, names)
    security_groups.check_count(call, len(groups))
    public = told(one.associate_public_ip_address, told(subnet.public_ip, False) and index == 0)
    return Planned(
        index=index, delete=told(one.delete_on_termination, True), specification=one, subnet=subnet,
        groups=[group.id for group in groups], public=public,
    )  # fmt: skip


def _subnet(state: Ec2, call: Call[Any], params: api.RunInstances, one: Specification, kind: Type) -> Subnet:
    """The subnet that is named, or a default one in the zone that is named, or in one that offers the type."""
    if isinstance(one.subnet_id, str):
        return SUBNETS.find(state, one.subnet_id)
    placement = told(params.placement, api.Placement())
    wanted = told(placement.availability_zone, told(placement.availability_zone_id, ""))
    if wanted:
        zone = regions.zone(call.region, wanted)
        if zone is None:
            # evidence: page errors-overview.html; words: guess
            raise errors.invalid(f"Invalid availability zone: [{wanted}]")
        found = default_network.subnet(state, zone.name)
        if found is None:
            # evidence: page errors-overview.html (MissingInput); words: guess
            raise Refusal("MissingInput", f"No default subnet for availability zone: '{zone.name}'.")
        return found
    default_network.required_vpc(state)
    for zone in regions.of(call.region).zones:
        found = default_network.subnet(state, zone.name)
        if found is not None and instance_offerings.offered(call.region, zone.name, kind):
            return found
    # evidence: page errors-overview.html (MissingInput); words: guess
    raise Refusal("MissingInput", "No subnets found for the default VPC. Please specify a subnet.")


def _check_zone(call: Call[Any], params: api.RunInstances, first: Planned, kind: Type) -> None:
    """Refuse a zone that is not the subnet's, or that does not offer the type."""
    name, identifier = zone_of(first)
    placement = told(params.placement, api.Placement())
    wanted = told(placement.availability_zone, told(placement.availability_zone_id, name))
    if not isinstance(name, str):
        return
    if regions.zone(call.region, wanted) is None:
        raise volumes.no_zone(wanted)
    if wanted not in (name, identifier):
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"The specified subnet is in Availability Zone {name}, not in {wanted}.")
    if not instance_offerings.offered(call.region, name, kind):
        raise instance_offerings.unsupported(call.region, name, kind)


def addresses(state: Ec2, plan: list[Planned], count: int) -> dict[int, list[str]]:
    """Free primary addresses for all instances, by device index; those that are named are not among them."""
    found: dict[int, list[str]] = {}
    taken: set[str] = set()
    for one in plan:
        given = told(one.specification.private_ip_addresses, [])
        if isinstance(one.specification.private_ip_address, str) or given:
            if count > 1:
                # evidence: page API_RunInstances; words: guess
                raise errors.combination(
                    "A private IP address can only be specified when launching one instance."
                )
            continue
        if one.subnet is not None and one.subnet.ipv6_native is not True:
            found[one.index] = subnet_addresses.free(state, one.subnet, count, taken)
            taken.update(found[one.index])
    return found


def made(
    state: Ec2,
    call: Call[Any],
    params: api.RunInstances,
    one: Planned,
    instance: str,
    label: str,
    address: str,
) -> Interface:
    """The interface of one instance, attached to it."""
    given = one.specification
    attachment = Attachment(
        id=call.new_id("eni-attach", label), instance=instance, device_index=one.index, since=call.time,
        card=told(given.network_card_index, 0), delete_on_termination=one.delete, owner=call.account,
    )  # fmt: skip
    if one.held is not None:
        return msgspec.structs.replace(one.held, attachment=attachment)
    assert one.subnet is not None
    listed = interfaces.addresses_of(given.private_ip_address, given.private_ip_addresses)
    count = told(
        given.ipv6_address_count,
        1 if one.subnet.assign_ipv6 is True and not told(given.ipv6_addresses, []) else 0,
    )
    interface = interfaces.plan(
        state, call,
        Wish(
            subnet=one.subnet, groups=one.groups, description=told(given.description, ""),
            addresses=listed or ([address] if address else []), more=told(given.secondary_private_ip_address_count, 0),
            ipv6=[told(ip.ipv6_address, "") for ip in told(given.ipv6_addresses, [])], ipv6_count=count,
            primary_ipv6=given.primary_ipv6 is True, kind=told(given.interface_type, "interface"),
            ipv4_prefixes=[told(ip.ipv4_prefix, "") for ip in told(given.ipv4_prefixes, [])],
            ipv6_prefixes=[told(ip.ipv6_prefix, "") for ip in told(given.ipv6_prefixes, [])],
            tags=tags.given(params.tag_specifications, "network-interface"),
        ),
        label,
    )  # fmt: skip
    interface.attachment = attachment
    return interface
