"""Network interfaces: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html

Whoever makes one beside CreateNetworkInterface (an instance, a NAT gateway, an endpoint) says what it wishes: `plan`
in deciding gives the interface with its addresses, `put` in folding keeps it, `drop` takes it away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import IPv6Address, IPv6Network
from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    errors,
    interface_answers,
    interface_prefixes,
    limits,
    security_groups,
    subnet_addresses,
    tags,
    uses,
)
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Attachment, Interface, PrivateIp
from backtrail_aws.ec2.state_network import Subnet
from backtrail_aws.ec2.subnets import SUBNETS

INTERFACES = Kind(
    "network-interface", "eni", Interface, lambda state: state.addresses.interfaces,
    code="InvalidNetworkInterfaceID.NotFound", noun="networkInterface ID",
    malformed="InvalidNetworkInterfaceId.Malformed", cloudformation="AWS::EC2::NetworkInterface",
    parameters=("network_interface_id", "network_interface_ids"), created_by=("CreateNetworkInterface",),
    parent=lambda interface: told(interface.subnet, None),
)  # fmt: skip

_TYPES = ("efa", "efa-only", "branch", "trunk")
_OF_SERVICES = ("network_load_balancer", "gateway_load_balancer")
_OWNER = "amazon-elb"
"""Who is shown to have requested and attached a load balancer's interface (elasticloadbalancing, resizing subnets)."""


class Wish(msgspec.Struct, kw_only=True):
    """What an interface shall be. `addresses`: private ones, the primary one first; `more`: how many beside them."""

    subnet: Subnet
    groups: Sequence[str]
    description: str = ""
    addresses: Sequence[str] = ()
    more: int = 0
    ipv6: Sequence[str] = ()
    ipv6_count: int = 0
    primary_ipv6: bool = False
    ipv4_prefixes: Sequence[str] = ()
    ipv6_prefixes: Sequence[str] = ()
    ipv4_prefix_count: int = 0
    ipv6_prefix_count: int = 0
    kind: str = "interface"
    requester: str | UnsetType = UNSET
    check: bool = True
    tags: dict[str, str] = {}


# deciding and folding, for all that have interfaces


def plan(state: Ec2, call: Call[Any], wish: Wish, label: str = "", beside: Collection[str] = ()) -> Interface:
    """The interface that a wish becomes, with free addresses; `beside` are some that this call takes already.

    `label` tells several of one call apart. Raises `Refusal` where an address cannot be had.
    """
    subnet = wish.subnet
    for address in wish.addresses:
        subnet_addresses.check(subnet, address)
    wanted = list(wish.addresses)
    lacking = wish.more if wanted else wish.more + 1
    if subnet.ipv6_native is not True and lacking > 0:
        wanted += subnet_addresses.free(state, subnet, lacking, [*beside, *wanted])
    prefixes = interface_prefixes.v4(subnet, wish.ipv4_prefixes, wish.ipv4_prefix_count, [*beside, *wanted])
    more = interface_prefixes.v6(state, call, subnet, wish.ipv6_prefixes, wish.ipv6_prefix_count, label)
    identifier = call.new_id("eni", label)
    interface = Interface(
        id=identifier, arn=INTERFACES.arn(call, identifier), tags=dict(wish.tags), subnet=subnet.id, vpc=subnet.vpc,
        zone=subnet.zone, zone_id=subnet.zone_id, description=wish.description, groups=list(wish.groups),
        private_ips=[PrivateIp(address=one, primary=not number) for number, one in enumerate(wanted)],
        ipv6=[*map(_ipv6, wish.ipv6), *free_ipv6(state, call, subnet, wish.ipv6_count, label)],
        primary_ipv6=wish.primary_ipv6, ipv4_prefixes=prefixes, ipv6_prefixes=more,
        mac=mac(call.new_id("hex8", f"mac{label}")), kind=wish.kind, requester=wish.requester,
        managed=not isinstance(wish.requester, UnsetType), check=wish.check,
    )  # fmt: skip
    return interface


def put(state: Ec2, event: Event[Any, Any], interface: Interface) -> None:
    """In a fold: the interface is there, and has its addresses."""
    held = state.addresses
    interface.arn = interface.arn or INTERFACES.arn(event, interface.id)
    held.interfaces[interface.id] = interface
    if not isinstance(interface.attachment, UnsetType):
        attach(state, interface, interface.attachment)
    if isinstance(interface.subnet, UnsetType):
        return
    subnet = SUBNETS.known(state, event, interface.subnet)
    for one in interface.private_ips:
        subnet_addresses.take(subnet, one.address, interface.id)
    for prefix in interface.ipv4_prefixes:
        take_prefix(subnet, prefix, interface.id)


def drop(state: Ec2, identifier: str) -> None:
    """In a fold: the interface is gone; its addresses are free, elastic IPs are associated with nothing."""
    interface = state.addresses.interfaces.pop(identifier, None)
    if interface is None:
        return
    detach(state, interface)
    for one in interface.private_ips:
        release(state, interface, one)
    for prefix in interface.ipv4_prefixes:
        release_prefix(state, interface, prefix)


def take_prefix(subnet: Subnet, prefix: str, interface: str) -> None:
    """In a fold: an interface has all addresses of a prefix."""
    for address in interface_prefixes.hosts(prefix):
        subnet_addresses.take(subnet, address, interface)


def release_prefix(state: Ec2, interface: Interface, prefix: str) -> None:
    """In a fold: the addresses of a prefix are free again."""
    subnet = SUBNETS.get(state, told(interface.subnet, ""))
    if subnet is not None:
        for address in interface_prefixes.hosts(prefix):
            subnet_addresses.release(subnet, address)


def release(state: Ec2, interface: Interface, private: PrivateIp) -> None:
    """In a fold: a private address is free again, and what led to it leads nowhere."""
    subnet = SUBNETS.get(state, told(interface.subnet, ""))
    if subnet is not None:
        subnet_addresses.release(subnet, private.address)
    if not isinstance(private.public, UnsetType):
        unmap(state, told(private.public.allocation, ""))


def unmap(state: Ec2, allocation: str) -> None:
    """In a fold: an elastic IP is associated with nothing."""
    address = state.addresses.elastic_ips.get(allocation)
    if address is None:
        return
    interface = state.addresses.interfaces.get(told(address.interface, ""))
    for one in interface.private_ips if interface is not None else []:
        if not isinstance(one.public, UnsetType) and one.public.allocation == allocation:
            one.public = UNSET
    state.addresses.associations.pop(told(address.association, ""), None)
    address.association = address.interface = address.instance = address.private_ip = UNSET


def attach(state: Ec2, interface: Interface, attachment: Attachment) -> None:
    """In a fold: an interface is attached."""
    interface.attachment = attachment
    state.addresses.attachments[attachment.id] = interface.id
    if not isinstance(attachment.instance, UnsetType):
        devices = state.addresses.of_instance.setdefault(attachment.instance, {})
        devices[str(attachment.device_index)] = interface.id


def detach(state: Ec2, interface: Interface) -> None:
    """In a fold: an interface is attached to nothing."""
    if isinstance(interface.attachment, UnsetType):
        return
    attachment, interface.attachment = interface.attachment, UNSET
    state.addresses.attachments.pop(attachment.id, None)
    devices = state.addresses.of_instance.get(told(attachment.instance, ""), {})
    devices.pop(str(attachment.device_index), None)
    if not devices:
        state.addresses.of_instance.pop(told(attachment.instance, ""), None)


def of_instance(state: Ec2, instance: str) -> list[Interface]:
    """An instance's interfaces, by device index."""
    devices = state.addresses.of_instance.get(instance, {})
    return [
        state.addresses.interfaces[devices[index]]
        for index in sorted(devices, key=int)
        if devices[index] in state.addresses.interfaces
    ]


def free_ipv6(state: Ec2, call: Call[Any], subnet: Subnet, count: int, label: str = "") -> list[str]:
    """IPv6 addresses of a subnet, drawn from the record's id: a /64 has more than anybody can take."""
    if count <= 0:
        return []
    if not subnet.ipv6_blocks:
        raise no_ipv6(subnet.id)
    first = int(IPv6Network(subnet.ipv6_blocks[0].cidr).network_address)
    return [
        str(IPv6Address(first + int(call.new_id("hex8", f"ipv6{label}/{number}"), 16)))
        for number in range(count)
    ]


def mac(digits: str) -> str:
    """A locally administered MAC address out of eight hexadecimal digits."""
    pairs = [digits[at : at + 2] for at in range(0, 8, 2)]
    return ":".join(["0a", "ff", *pairs])


def _ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        # evidence: guess
        raise errors.invalid(f"Invalid IPv6 address: {text}") from error


# create


@service.handle(token="client_token")
def create_network_interface(
    state: Ec2, call: Call[api.CreateNetworkInterface]
) -> api.CreateNetworkInterfaceResult:
    """An interface in a subnet, in the VPC's default security group where none is named."""
    params = call.params
    tags.check_new(params.tag_specifications, "network-interface")
    kind = told(params.interface_type, "interface")
    of_service = call.caller.service is not None
    if kind not in ("interface", *_TYPES, *(_OF_SERVICES if of_service else ())):
        # evidence: guess
        raise errors.invalid(f"Invalid value '{kind}' for InterfaceType.")
    subnet = SUBNETS.find(state, params.subnet_id)
    groups = security_groups.chosen(state, told(subnet.vpc, ""), params.groups)
    security_groups.check_count(call, len(groups))
    if len(state.addresses.interfaces) >= call.quota("interfaces", limits.INTERFACES_MAX):
        raise errors.limit("NetworkInterfaceLimitExceeded", "network interfaces")
    interface = plan(
        state, call,
        Wish(
            subnet=subnet, groups=[one.id for one in groups], description=told(params.description, ""),
            addresses=addresses_of(params.private_ip_address, params.private_ip_addresses),
            more=told(params.secondary_private_ip_address_count, 0), kind=kind,
            ipv6=[told(one.ipv6_address, "") for one in told(params.ipv6_addresses, [])],
            ipv6_count=told(params.ipv6_address_count, 0), primary_ipv6=params.enable_primary_ipv6 is True,
            ipv4_prefixes=[told(one.ipv4_prefix, "") for one in told(params.ipv4_prefixes, [])],
            ipv6_prefixes=[told(one.ipv6_prefix, "") for one in told(params.ipv6_prefixes, [])],
            ipv4_prefix_count=told(params.ipv4_prefix_count, 0), ipv6_prefix_count=told(params.ipv6_prefix_count, 0),
            tags=tags.given(params.tag_specifications, "network-interface"),
        ),
    )  # fmt: skip
    made, who = interface_answers.shown(state, interface, call.region), call.caller.identity.principal_id
    # as incident-a's records have it: neither a description that nobody gave, nor the token
    shown = msgspec.structs.replace(
        made, status="pending", requester_id=_OWNER if of_service else who, description=params.description,
        requester_managed=of_service,
    )  # fmt: skip
    return api.CreateNetworkInterfaceResult(network_interface=shown)


def addresses_of(
    primary: str | UnsetType, listed: Sequence[api.PrivateIpAddressSpecification] | UnsetType
) -> list[str]:
    """The private addresses that a request asks for, the primary one first. Raises `Refusal` for two such."""
    given = told(listed, [])
    first = [told(one.private_ip_address, "") for one in given if one.primary is True]
    rest = [told(one.private_ip_address, "") for one in given if one.primary is not True]
    if not isinstance(primary, UnsetType):
        first.insert(0, primary)
    if len(first) > 1:
        # evidence: page API_CreateNetworkInterface ("Only one IP address can be designated as primary"); words: guess
        raise errors.combination("Only one private IP address can be designated as primary.")
    if rest and not first:
        first, rest = rest[:1], rest[1:]
    return first + rest


@service.project
def network_interface_created(
    state: Ec2, event: Event[api.CreateNetworkInterface, api.CreateNetworkInterfaceResult]
) -> None:
    """The interface is there."""
    made = told(event.result.network_interface, api.NetworkInterface())
    interface = of_shown(made)
    if interface is None:
        return
    if isinstance(interface.subnet, UnsetType):
        interface.subnet = event.params.subnet_id
    interface.requester, interface.description = UNSET, told(event.params.description, "")
    interface.tags = tags.given(event.params.tag_specifications, "network-interface")
    if interface.managed:  # the service attaches it to something of its own, of which no record tells
        interface.requester = _OWNER
        identifier = event.new_id("ela-attach")
        interface.attachment = Attachment(id=identifier, owner=_OWNER, device_index=1, since=event.time)
    put(state, event, interface)


def of_shown(made: api.NetworkInterface) -> Interface | None:
    """The interface that an answer shows; None without an id."""
    if isinstance(made.network_interface_id, UnsetType):
        return None
    listed = [
        PrivateIp(address=one.private_ip_address, primary=one.primary is True)
        for one in told(made.private_ip_addresses, [])
        if isinstance(one.private_ip_address, str)
    ]
    if not listed and isinstance(made.private_ip_address, str):
        listed = [PrivateIp(address=made.private_ip_address, primary=True)]
    return Interface(
        id=made.network_interface_id, subnet=made.subnet_id, vpc=made.vpc_id, zone=made.availability_zone,
        zone_id=made.availability_zone_id, description=made.description,
        groups=[told(one.group_id, "") for one in told(made.groups, [])], private_ips=listed,
        ipv6=[told(one.ipv6_address, "") for one in told(made.ipv6_addresses, [])],
        primary_ipv6=any(one.is_primary_ipv6 is True for one in told(made.ipv6_addresses, [])),
        ipv4_prefixes=[told(one.ipv4_prefix, "") for one in told(made.ipv4_prefixes, [])],
        ipv6_prefixes=[told(one.ipv6_prefix, "") for one in told(made.ipv6_prefixes, [])],
        mac=made.mac_address, kind=told(made.interface_type, "interface"), requester=made.requester_id,
        managed=made.requester_managed is True, check=made.source_dest_check, tags=tags.plain(told(made.tag_set, [])),
    )  # fmt: skip


# delete


@service.handle
def delete_network_interface(state: Ec2, call: Call[api.DeleteNetworkInterface]) -> None:
    """Refuse while it is attached, and where it is a service's: that one deletes it by itself."""
    interface = INTERFACES.find(state, call.params.network_interface_id)
    if interface.managed:
        if call.caller.service is not None:
            return
        raise managed("ela-attach")
    if not isinstance(interface.attachment, UnsetType):
        # evidence: https://github.com/gruntwork-io/cloud-nuke/issues/431
        raise Refusal("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")


@service.project
def network_interface_deleted(state: Ec2, event: Event[api.DeleteNetworkInterface, None]) -> None:
    """The interface is gone."""
    drop(state, event.params.network_interface_id)


@service.evidence
def network_interface_was_gone(state: Ec2, event: Event[api.DeleteNetworkInterface, None]) -> None:
    """An interface that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidNetworkInterfaceID.NotFound":
        drop(state, event.params.network_interface_id)


# uses and refusals


@uses.of("subnet")
def in_subnet(state: Ec2, subnet: str) -> bool:
    """Whether an interface is in a subnet."""
    return any(one.subnet == subnet for one in state.addresses.interfaces.values())


@uses.of("security-group")
def in_group(state: Ec2, group: str) -> bool:
    """Whether an interface is in a security group."""
    return any(group in one.groups for one in state.addresses.interfaces.values())


@uses.of("internet-gateway")
def mapped_behind(state: Ec2, gateway: str) -> bool:
    """Whether a public address leads into the gateway's VPC."""
    held = state.network.internet_gateways.get(gateway)
    return held is not None and any(
        one.vpc == held.vpc and any(not isinstance(private.public, UnsetType) for private in one.private_ips)
        for one in state.addresses.interfaces.values()
    )


def managed(identifier: str) -> Refusal:
    """An interface that a service made for its own use; `ela-attach` is what such attachments' ids begin with."""
    # evidence: https://github.com/boto/boto3/issues/2219
    return errors.not_permitted(f"You are not allowed to manage '{identifier}' attachments.")


def no_ipv6(subnet: str) -> Refusal:
    """A subnet has no IPv6 block."""
    # evidence: guess
    return errors.invalid(f"The subnet '{subnet}' does not have any associated IPv6 CIDR blocks")
