"""Elastic IP addresses: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, interfaces, kinds, limits, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import ElasticIp, Interface, Mapped, PrivateIp

ELASTIC_IPS = Kind(
    "elastic-ip", "eipalloc", ElasticIp, lambda state: state.addresses.elastic_ips,
    code="InvalidAllocationID.NotFound", noun="allocation ID", cloudformation="AWS::EC2::EIP",
    parameters=("allocation_id", "allocation_ids"), created_by=("AllocateAddress",),
)  # fmt: skip

_FIRST_OCTETS = (3, 13, 18, 34, 35, 44, 52, 54)
"""Blocks that are mostly Amazon's, https://ip-ranges.amazonaws.com/ip-ranges.json."""


# allocate and release


@service.handle
def allocate_address(state: Ec2, call: Call[api.AllocateAddress]) -> api.AllocateAddressResult:
    """An address of Amazon's pool, or of the pool that is named."""
    params = call.params
    tags.check_new(params.tag_specifications, "elastic-ip")
    if told(params.domain, "vpc") not in ("vpc", "standard"):
        # evidence: page API_AllocateAddress; words: guess
        raise errors.invalid(f"Invalid value '{params.domain}' for domain. Must be 'vpc' or 'standard'")
    if len(state.addresses.elastic_ips) >= call.quota("elastic_ips", limits.ELASTIC_IPS_MAX):
        raise errors.limit("AddressLimitExceeded", "addresses")
    address = told(params.address, "")
    if address and (address in state.addresses.by_ip or not _is_address(address)):
        # evidence: page errors-overview.html (InvalidAddress.NotFound); words: guess
        raise Refusal("InvalidAddress.NotFound", f"Address '{address}' not found.")
    return api.AllocateAddressResult(
        allocation_id=call.new_id("eipalloc"), domain="vpc", public_ip=address or public_ip(call.new_id("hex8", "ip")),
        network_border_group=told(params.network_border_group, call.region),
        public_ipv4_pool=told(params.public_ipv4_pool, "amazon"),
    )  # fmt: skip


def public_ip(digits: str) -> str:
    """An address out of eight hexadecimal digits."""
    number = int(digits, 16)
    first = _FIRST_OCTETS[(number >> 24) % len(_FIRST_OCTETS)]
    return str(IPv4Address(first << 24 | number & 0xFFFFFF))


def _is_address(text: str) -> bool:
    try:
        return bool(IPv4Address(text))
    except ValueError:
        return False


@service.project
def address_allocated(state: Ec2, event: Event[api.AllocateAddress, api.AllocateAddressResult]) -> None:
    """The address is there."""
    made = event.result
    if isinstance(made.allocation_id, UnsetType):
        return
    address = ELASTIC_IPS.known(state, event, made.allocation_id)
    address.ip, address.pool, address.border_group = (
        made.public_ip,
        made.public_ipv4_pool,
        made.network_border_group,
    )
    address.tags = tags.given(event.params.tag_specifications, "elastic-ip")
    if isinstance(made.public_ip, str):
        state.addresses.by_ip[made.public_ip] = address.id


@service.handle
def release_address(state: Ec2, call: Call[api.ReleaseAddress]) -> None:
    """Refuse while it is associated."""
    params = call.params
    if not isinstance(params.allocation_id, UnsetType) and not isinstance(params.public_ip, UnsetType):
        # evidence: https://github.com/fog/fog/pull/879
        raise errors.combination("You may specify public IP or allocation id, but not both in the same call")
    if isinstance(params.allocation_id, UnsetType):
        if isinstance(params.public_ip, UnsetType):
            raise errors.missing("AllocationId")
        of_ip(state, params.public_ip)
        # evidence: https://github.com/fog/fog/pull/879
        raise errors.invalid("You must specify an allocation id when releasing a VPC elastic IP address")
    address = ELASTIC_IPS.find(state, params.allocation_id)
    held = interfaces.INTERFACES.get(state, told(address.interface, ""))
    if held is not None and held.managed:
        # evidence: https://github.com/eformat/sno-for-100/issues/9 (a NAT gateway's)
        raise Refusal("AuthFailure", "You do not have permission to access the specified resource.")
    if not isinstance(address.association, UnsetType):
        # evidence: page errors-overview.html (InvalidIPAddress.InUse); words: guess
        raise Refusal("InvalidIPAddress.InUse", f"Address {address.ip} is in use.")


@service.project
def address_released(state: Ec2, event: Event[api.ReleaseAddress, None]) -> None:
    """The address is nobody's."""
    remove(state, told(event.params.allocation_id, ""))


@service.evidence
def address_was_gone(state: Ec2, event: Event[api.ReleaseAddress, None]) -> None:
    """An address that could not be released because it is not there is not there."""
    if event.error == "Client.InvalidAllocationID.NotFound":
        remove(state, told(event.params.allocation_id, ""))


def remove(state: Ec2, allocation: str) -> None:
    """In a fold: an address is gone."""
    interfaces.unmap(state, allocation)
    address = state.addresses.elastic_ips.pop(allocation, None)
    if address is not None:
        state.addresses.by_ip.pop(told(address.ip, ""), None)


def of_ip(state: Ec2, ip: str) -> ElasticIp:
    """The elastic IP of an address. Raises `Refusal`."""
    found = ELASTIC_IPS.get(state, state.addresses.by_ip.get(ip, ""))
    if found is None:
        # evidence: page errors-overview.html (InvalidAddress.NotFound); words: guess
        raise Refusal("InvalidAddress.NotFound", f"Address '{ip}' not found.")
    return found


# associate and disassociate


@service.handle
def associate_address(state: Ec2, call: Call[api.AssociateAddress]) -> api.AssociateAddressResult:
    """An address with an interface, or an instance's only one; with its primary private address, or the named one."""
    params = call.params
    address = _meant(state, params.allocation_id, params.public_ip)
    interface = _interface(state, params.instance_id, params.network_interface_id)
    private = _private(interface, params.private_ip_address)
    same = address.interface == interface.id and address.private_ip == private.address
    if not isinstance(address.association, UnsetType) and params.allow_reassociation is False and not same:
        # evidence: https://github.com/ansible/ansible/issues/27385
        raise Refusal(
            "Resource.AlreadyAssociated",
            f"resource {address.id} is already associated with associate-id {address.association}",
        )
    _check_way_out(state, interface)
    if same and isinstance(address.association, str):
        return api.AssociateAddressResult(association_id=address.association)
    return api.AssociateAddressResult(association_id=call.new_id("eipassoc"))


def _meant(state: Ec2, allocation: str | UnsetType, ip: str | UnsetType) -> ElasticIp:
    if isinstance(allocation, str) and isinstance(ip, str):
        # evidence: https://github.com/fog/fog/pull/879
        raise errors.combination("You may specify public IP or allocation id, but not both in the same call")
    if isinstance(allocation, str):
        return ELASTIC_IPS.find(state, allocation)
    if isinstance(ip, str):
        return of_ip(state, ip)
    raise errors.missing("AllocationId")


def _interface(state: Ec2, instance: str | UnsetType, named: str | UnsetType) -> Interface:
    if isinstance(named, str):
        return interfaces.INTERFACES.find(state, named)
    if isinstance(instance, UnsetType):
        # evidence: page API_AssociateAddress; words: guess
        raise Refusal("MissingParameter", "Either 'InstanceId' or 'NetworkInterfaceId' must be specified")
    kinds.KINDS["instance"].find(state, instance)
    held = interfaces.of_instance(state, instance)
    if not held:
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "InvalidInstanceID", "The instance has no network interface that an address could lead to."
        )
    if len(held) > 1:
        # evidence: page errors-overview.html (InvalidInstanceID); words: guess
        raise Refusal(
            "InvalidInstanceID",
            f"There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the "
            "operation instead.",
        )
    return held[0]


def _private(interface: Interface, address: str | UnsetType) -> PrivateIp:
    wanted = interface.primary if isinstance(address, UnsetType) else None
    wanted = wanted or next((one for one in interface.private_ips if one.address == address), None)
    if wanted is None:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"Private IP address '{address}' is not assigned to interface '{interface.id}'")
    return wanted


def _check_way_out(state: Ec2, interface: Interface) -> None:
    """A VPC without an internet gateway has no use for the address (errors-overview.html: Gateway.NotAttached)."""
    gateways = state.network.internet_gateways.values()
    if isinstance(interface.vpc, str) and not any(one.vpc == interface.vpc for one in gateways):
        # evidence: https://github.com/aws-samples/cfn101-workshop/issues/165
        raise Refusal(
            "Gateway.NotAttached", f"Network {interface.vpc} is not attached to any internet gateway"
        )


@service.project
def address_associated(state: Ec2, event: Event[api.AssociateAddress, api.AssociateAddressResult]) -> None:
    """The address leads to the interface; what led there before leads nowhere."""
    params = event.params
    allocation = told(params.allocation_id, state.addresses.by_ip.get(told(params.public_ip, ""), ""))
    if not allocation:
        return
    address = ELASTIC_IPS.known(state, event, allocation)
    if event.result.association_id == address.association and not isinstance(address.association, UnsetType):
        return
    interfaces.unmap(state, address.id)
    interface = None
    if isinstance(params.network_interface_id, str):
        interface = interfaces.INTERFACES.known(state, event, params.network_interface_id)
    elif isinstance(params.instance_id, str):
        interface = next(iter(interfaces.of_instance(state, params.instance_id)), None)
    address.association = told(event.result.association_id, event.new_id("eipassoc"))
    address.instance = params.instance_id
    state.addresses.associations[address.association] = address.id
    if interface is not None:
        lead(state, address, interface, told(params.private_ip_address, ""))


def lead(state: Ec2, address: ElasticIp, interface: Interface, private_ip: str = "") -> None:
    """In a fold: an elastic IP that has its association leads to an interface's private address."""
    private = next((one for one in interface.private_ips if one.address == private_ip), interface.primary)
    address.interface = interface.id
    if not isinstance(interface.attachment, UnsetType):
        address.instance = interface.attachment.instance
    if private is None:
        address.private_ip = private_ip or UNSET
        return
    address.private_ip = private.address
    if not isinstance(private.public, UnsetType) and isinstance(private.public.allocation, str):
        interfaces.unmap(state, private.public.allocation)
    if isinstance(address.ip, str):
        private.public = Mapped(ip=address.ip, allocation=address.id, association=address.association)


@service.handle
def disassociate_address(state: Ec2, call: Call[api.DisassociateAddress]) -> None:
    """By association, or by address."""
    params = call.params
    if isinstance(params.association_id, str):
        if params.association_id not in state.addresses.associations:
            # evidence: page errors-overview.html (InvalidAssociationID.NotFound); words: guess
            raise Refusal(
                "InvalidAssociationID.NotFound",
                f"The association ID '{params.association_id}' does not exist",
            )
        return
    if isinstance(params.public_ip, UnsetType):
        raise errors.missing("AssociationId")
    of_ip(state, params.public_ip)


@service.project
def address_disassociated(state: Ec2, event: Event[api.DisassociateAddress, None]) -> None:
    """The address leads nowhere."""
    held, params = state.addresses, event.params
    allocation = held.associations.get(
        told(params.association_id, ""), held.by_ip.get(told(params.public_ip, ""), "")
    )
    interfaces.unmap(state, allocation)


# describe


_FIELDS: filters.Fields[ElasticIp] = {
    "allocation-id": lambda one: one.id,
    "association-id": lambda one: one.association,
    "domain": lambda one: "vpc",
    "instance-id": lambda one: one.instance,
    "network-border-group": lambda one: one.border_group,
    "network-interface-id": lambda one: one.interface,
    "network-interface-owner-id": lambda one: one.owner if isinstance(one.interface, str) else None,
    "private-ip-address": lambda one: one.private_ip,
    "public-ip": lambda one: one.ip,
}
"""API_DescribeAddresses: Filters."""


@service.read
def describe_addresses(state: Ec2, call: Call[api.DescribeAddresses]) -> api.DescribeAddressesResult:
    """All addresses, those of some ids, or some addresses."""
    found = _named(state, told(call.params.allocation_ids, []), told(call.params.public_ips, []))
    keep = filters.tagged(call.params.filters, _FIELDS)
    return api.DescribeAddressesResult(
        addresses=[shown(state, one) for one in found if keep is None or keep(one)]
    )


def _named(state: Ec2, allocations: Sequence[str], ips: Sequence[str]) -> Sequence[ElasticIp]:
    if not allocations and not ips:
        return list(state.addresses.elastic_ips.values())
    return [*ELASTIC_IPS.find_all(state, allocations), *(of_ip(state, one) for one in ips)]


def shown(state: Ec2, address: ElasticIp) -> api.Address:
    """An address as answers show it."""
    interface = state.addresses.interfaces.get(told(address.interface, ""))
    return api.Address(
        allocation_id=address.id, association_id=address.association, domain="vpc",
        network_interface_id=address.interface,
        network_interface_owner_id=UNSET if interface is None else interface.owner,
        private_ip_address=address.private_ip, tags=tags.shown(address.tags) or UNSET, public_ipv4_pool=address.pool,
        network_border_group=address.border_group, instance_id=address.instance, public_ip=address.ip,
    )  # fmt: skip


@service.read
def describe_addresses_attribute(
    state: Ec2, call: Call[api.DescribeAddressesAttribute]
) -> api.DescribeAddressesAttributeResult:
    """The names that reverse DNS has for addresses: none has one here."""
    named = told(call.params.allocation_ids, [])
    found = ELASTIC_IPS.find_all(state, named) if named else list(state.addresses.elastic_ips.values())
    page = filters.paged(call, {one.id: one for one in sorted(found, key=lambda one: one.id)})
    return api.DescribeAddressesAttributeResult(
        addresses=[api.AddressAttribute(public_ip=one.ip, allocation_id=one.id) for one in page.items],
        next_token=page.next or UNSET,
    )
