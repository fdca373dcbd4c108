"""Network interfaces as answers show them."""

from __future__ import annotations

from backtrail import UNSET, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, hostnames, tags
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Interface, PrivateIp


def shown(state: Ec2, interface: Interface, region: str) -> api.NetworkInterface:
    """An interface as answers show it."""
    primary = interface.primary
    return api.NetworkInterface(
        association=association_shown(state, interface, primary, region), attachment=attachment_shown(interface),
        availability_zone=interface.zone, availability_zone_id=interface.zone_id, description=interface.description,
        groups=groups_shown(state, interface), interface_type=interface.kind,
        ipv6_addresses=[
            api.NetworkInterfaceIpv6Address(
                ipv6_address=one, is_primary_ipv6=interface.primary_ipv6 and not number
            )
            for number, one in enumerate(interface.ipv6)
        ],
        ipv6_address=interface.ipv6[0] if interface.ipv6 else UNSET,
        mac_address=interface.mac, network_interface_id=interface.id, owner_id=interface.owner,
        private_dns_name=private_name(state, interface, primary, region),
        private_ip_address=UNSET if primary is None else primary.address,
        private_ip_addresses=[
            api.NetworkInterfacePrivateIpAddress(
                association=association_shown(state, interface, one, region), primary=one.primary,
                private_dns_name=private_name(state, interface, one, region), private_ip_address=one.address,
            )
            for one in interface.private_ips
        ],
        ipv4_prefixes=[api.Ipv4PrefixSpecification(ipv4_prefix=one) for one in interface.ipv4_prefixes] or UNSET,
        ipv6_prefixes=[api.Ipv6PrefixSpecification(ipv6_prefix=one) for one in interface.ipv6_prefixes] or UNSET,
        requester_id=interface.requester, requester_managed=interface.managed, source_dest_check=interface.check,
        status="available" if isinstance(interface.attachment, UnsetType) else "in-use", subnet_id=interface.subnet,
        tag_set=tags.shown(interface.tags), vpc_id=interface.vpc,
        operator=api.OperatorResponse(managed=False),
    )  # fmt: skip


def groups_shown(state: Ec2, interface: Interface) -> list[api.GroupIdentifier]:
    """An interface's security groups."""
    held = state.network.security_groups
    return [
        api.GroupIdentifier(group_id=one, group_name=held[one].name if one in held else UNSET)
        for one in interface.groups
    ]


def association_shown(
    state: Ec2, interface: Interface, private: PrivateIp | None, region: str
) -> api.NetworkInterfaceAssociation | UnsetType:
    """The public address that leads to a private one; it has a name in a VPC that gives host names."""
    if private is None or isinstance(private.public, UnsetType):
        return UNSET
    public = private.public
    owned = not isinstance(public.allocation, UnsetType)
    return api.NetworkInterfaceAssociation(
        allocation_id=public.allocation, association_id=public.association,
        ip_owner_id=interface.owner if owned else "amazon",
        public_dns_name=hostnames.public(public.ip, region) if _named(state, interface) else "", public_ip=public.ip,
    )  # fmt: skip


def attachment_shown(interface: Interface) -> api.NetworkInterfaceAttachment | UnsetType:
    """What an interface is attached to."""
    held = interface.attachment
    if isinstance(held, UnsetType):
        return UNSET
    return api.NetworkInterfaceAttachment(
        attach_time=UNSET if isinstance(held.since, UnsetType) else IsoMillisZ.of(held.since),
        attachment_id=held.id, delete_on_termination=held.delete_on_termination, device_index=held.device_index,
        network_card_index=held.card, instance_id=held.instance,
        instance_owner_id=held.owner or interface.owner, status="attached",
    )  # fmt: skip


def private_name(state: Ec2, interface: Interface, private: PrivateIp | None, region: str) -> str | UnsetType:
    """The host name of a private address, in a VPC that gives host names."""
    if private is None or not _named(state, interface):
        return UNSET
    return hostnames.private(private.address, region)


def _named(state: Ec2, interface: Interface) -> bool:
    """Whether the interface's VPC gives host names (vpc-dns.html: enableDnsHostnames)."""
    vpc = state.network.vpcs.get(told(interface.vpc, ""))
    return vpc is not None and vpc.dns_hostnames is True
