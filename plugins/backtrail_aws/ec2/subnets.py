"""Subnets: https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    cidrs,
    errors,
    filters,
    founding,
    limits,
    regions,
    subnet_addresses,
    tags,
    uses,
)
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Block, Network, Subnet, Vpc
from backtrail_aws.ec2.vpcs import VPCS

SUBNETS = Kind(
    "subnet", "subnet", Subnet, lambda state: state.network.subnets,
    code="InvalidSubnetID.NotFound", noun="subnet ID", cloudformation="AWS::EC2::Subnet",
    parameters=("subnet_id", "subnet_ids"), created_by=("CreateSubnet", "CreateDefaultSubnet"),
    parent=lambda subnet: told(subnet.vpc, None),
)  # fmt: skip


# create


@service.handle
def create_subnet(state: Ec2, call: Call[api.CreateSubnet]) -> api.CreateSubnetResult:
    """A subnet in one zone: the first one where none is named."""
    params = call.params
    tags.check_new(params.tag_specifications, "subnet")
    vpc = VPCS.find(state, params.vpc_id)
    native = params.ipv6_native is True
    if isinstance(params.cidr_block, UnsetType) and not native:
        raise errors.missing("cidrBlock")
    zone = _zone(call)
    subnet = Subnet(
        id=call.new_id("subnet"), vpc=vpc.id, zone=zone.name, zone_id=zone.id,
        tags=tags.given(params.tag_specifications, "subnet"), default_for_zone=False, public_ip=False,
        assign_ipv6=native, dns64=False, ipv6_native=native, hostname_type="resource-name" if native else "ip-name",
        dns_a=False, dns_aaaa=False,
    )  # fmt: skip
    subnet.arn = SUBNETS.arn(call, subnet.id)
    if not isinstance(params.cidr_block, UnsetType):
        subnet.cidr = _block(state.network, vpc, params.cidr_block)
    if not isinstance(params.ipv6_cidr_block, UnsetType):
        block = ipv6_block(state.network, vpc, params.ipv6_cidr_block)
        subnet.ipv6_blocks = [
            Block(id=call.new_id("subnet-cidr-assoc", "ipv6"), cidr=block, state="associating")
        ]
    there = sum(one.vpc == vpc.id for one in state.network.subnets.values())
    if there >= call.quota("subnets_per_vpc", limits.SUBNETS_PER_VPC_MAX):
        raise errors.limit("SubnetLimitExceeded", "subnets")
    return api.CreateSubnetResult(subnet=shown(subnet, new=True))


def _zone(call: Call[api.CreateSubnet]) -> regions.Zone:
    params = call.params
    name = told(params.availability_zone, told(params.availability_zone_id, ""))
    if not isinstance(params.availability_zone, UnsetType) and not isinstance(
        params.availability_zone_id, UnsetType
    ):
        # evidence: page API_CreateSubnet; words: guess
        raise errors.combination("Only one of availabilityZone and availabilityZoneId may be specified.")
    zone = regions.zone(call.region, name) if name else regions.of(call.region).zones[0]
    if zone is None:
        raise bad_zone(call, name)
    return zone


def _block(network: Network, vpc: Vpc, text: str) -> str:
    """A new subnet's IPv4 block: in the VPC, beside all its other subnets. Raises `Refusal`."""
    block = cidrs.v4(text)
    least, most = limits.SUBNET_PREFIX_BITS
    if not least <= block.prefixlen <= most:
        raise bad_range(text)
    if vpc.blocks and not cidrs.within(str(block), [one.cidr for one in vpc.blocks]):
        raise bad_range(text)
    if cidrs.overlap(
        str(block), [told(one.cidr, "") for one in network.subnets.values() if one.vpc == vpc.id]
    ):
        raise conflict(text)
    return str(block)


def ipv6_block(network: Network, vpc: Vpc, text: str) -> str:
    """A subnet's IPv6 block, the same; it is a /44 to /64, in steps of 4 (vpc-cidr-blocks.html)."""
    block = cidrs.v6(text)
    fits = cidrs.within(str(block), [one.cidr for one in vpc.ipv6_blocks]) if vpc.ipv6_blocks else False
    if not fits or not (44 <= block.prefixlen <= 64 and block.prefixlen % 4 == 0):
        raise bad_range(text)
    others = [one.cidr for held in network.subnets.values() if held.vpc == vpc.id for one in held.ipv6_blocks]
    if cidrs.overlap(str(block), others):
        raise conflict(text)
    return str(block)


@service.project
def subnet_created(state: Ec2, event: Event[api.CreateSubnet, api.CreateSubnetResult]) -> None:
    """The subnet is there."""
    made = told(event.result.subnet, api.Subnet())
    put(
        state,
        event,
        made,
        given=tags.given(event.params.tag_specifications, "subnet"),
        vpc=event.params.vpc_id,
    )


def put(
    state: Ec2,
    event: Event[Any, Any],
    made: api.Subnet,
    *,
    given: dict[str, str] | None = None,
    vpc: str | None = None,
    default: bool = False,
) -> None:
    """In a fold: the subnet that an answer shows."""
    if isinstance(made.subnet_id, UnsetType):
        return
    parent = vpc or told(made.vpc_id, "")
    if parent:
        VPCS.known(state, event, parent)
    options = told(made.private_dns_name_options_on_launch, api.PrivateDnsNameOptionsOnLaunch())
    subnet = Subnet(
        id=made.subnet_id, vpc=parent or UNSET, cidr=made.cidr_block, zone=made.availability_zone,
        zone_id=made.availability_zone_id, tags=given or {},
        ipv6_blocks=[
            Block(id=one.association_id, cidr=one.ipv6_cidr_block)
            for one in told(made.ipv6_cidr_block_association_set, [])
            if isinstance(one.association_id, str) and isinstance(one.ipv6_cidr_block, str)
        ],
        default_for_zone=told(made.default_for_az, default),
        public_ip=told(made.map_public_ip_on_launch, default),
        assign_ipv6=told(made.assign_ipv6_address_on_creation, False), dns64=told(made.enable_dns64, False),
        ipv6_native=told(made.ipv6_native, False), hostname_type=told(options.hostname_type, "ip-name"),
        dns_a=told(options.enable_resource_name_dns_a_record, False),
        dns_aaaa=told(options.enable_resource_name_dns_aaaa_record, False),
    )  # fmt: skip
    old = SUBNETS.get(state, subnet.id)
    if old is not None:
        subnet.addresses, subnet.tags = old.addresses, {**old.tags, **subnet.tags}
    founding.add_subnet(state.network, event, subnet)


# delete


@service.handle
def delete_subnet(state: Ec2, call: Call[api.DeleteSubnet]) -> None:
    """Refuse while anything has an address in it."""
    subnet = SUBNETS.find(state, call.params.subnet_id)
    if subnet.addresses or uses.used(state, "subnet", subnet.id):
        raise errors.in_use("subnet", subnet.id)


@service.project
def subnet_deleted(state: Ec2, event: Event[api.DeleteSubnet, None]) -> None:
    """The subnet is gone."""
    founding.remove_subnet(state.network, event.params.subnet_id)


@service.evidence
def subnet_was_gone(state: Ec2, event: Event[api.DeleteSubnet, None]) -> None:
    """A subnet that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidSubnetID.NotFound":
        founding.remove_subnet(state.network, event.params.subnet_id)


# describe


_FIELDS: filters.Fields[Subnet] = {
    "availability-zone": lambda subnet: subnet.zone,
    "availabilityZone": lambda subnet: subnet.zone,
    "availability-zone-id": lambda subnet: subnet.zone_id,
    "availabilityZoneId": lambda subnet: subnet.zone_id,
    "available-ip-address-count": subnet_addresses.available,
    "cidr": lambda subnet: subnet.cidr,
    "cidr-block": lambda subnet: subnet.cidr,
    "cidrBlock": lambda subnet: subnet.cidr,
    "default-for-az": lambda subnet: subnet.default_for_zone,
    "defaultForAz": lambda subnet: subnet.default_for_zone,
    "enable-dns64": lambda subnet: subnet.dns64,
    "ipv6-cidr-block-association.ipv6-cidr-block": lambda subnet: [one.cidr for one in subnet.ipv6_blocks],
    "ipv6-cidr-block-association.association-id": lambda subnet: [one.id for one in subnet.ipv6_blocks],
    "ipv6-cidr-block-association.state": lambda subnet: [one.state for one in subnet.ipv6_blocks],
    "ipv6-native": lambda subnet: subnet.ipv6_native,
    "map-public-ip-on-launch": lambda subnet: subnet.public_ip,
    "owner-id": lambda subnet: subnet.owner,
    "private-dns-name-options-on-launch.hostname-type": lambda subnet: subnet.hostname_type,
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": lambda subnet: subnet.dns_a,
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": lambda subnet: subnet.dns_aaaa,
    "state": lambda subnet: "available",
    "subnet-arn": lambda subnet: subnet.arn,
    "subnet-id": lambda subnet: subnet.id,
    "vpc-id": lambda subnet: subnet.vpc,
}
"""API_DescribeSubnets: Filters."""


@service.read
def describe_subnets(state: Ec2, call: Call[api.DescribeSubnets]) -> api.DescribeSubnetsResult:
    """Subnets, in the order of their ids."""
    page = filters.described(state, call, SUBNETS, call.params.subnet_ids, _FIELDS)
    return api.DescribeSubnetsResult(
        subnets=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(subnet: Subnet, *, new: bool = False) -> api.Subnet:
    """A subnet as answers show it; a `new` one has a member less."""
    return api.Subnet(
        subnet_id=subnet.id, subnet_arn=subnet.arn, state="available", vpc_id=subnet.vpc, cidr_block=subnet.cidr,
        ipv6_cidr_block_association_set=[block_shown(one) for one in subnet.ipv6_blocks],
        available_ip_address_count=subnet_addresses.available(subnet), availability_zone=subnet.zone,
        availability_zone_id=subnet.zone_id, owner_id=subnet.owner, default_for_az=subnet.default_for_zone,
        map_public_ip_on_launch=subnet.public_ip, map_customer_owned_ip_on_launch=UNSET if new else False,
        assign_ipv6_address_on_creation=subnet.assign_ipv6, tags=tags.shown(subnet.tags),
        private_dns_name_options_on_launch=_dns_options(subnet), ipv6_native=subnet.ipv6_native,
        enable_dns64=subnet.dns64, enable_lni_at_device_index=subnet.lni_device,
    )  # fmt: skip


def _dns_options(subnet: Subnet) -> api.PrivateDnsNameOptionsOnLaunch | UnsetType:
    if isinstance(subnet.hostname_type, UnsetType):
        return UNSET
    return api.PrivateDnsNameOptionsOnLaunch(
        hostname_type=subnet.hostname_type, enable_resource_name_dns_a_record=subnet.dns_a,
        enable_resource_name_dns_aaaa_record=subnet.dns_aaaa,
    )  # fmt: skip


def block_shown(block: Block) -> api.SubnetIpv6CidrBlockAssociation:
    """An IPv6 block as answers show it."""
    return api.SubnetIpv6CidrBlockAssociation(
        association_id=block.id, ipv6_cidr_block=block.cidr,
        ipv6_cidr_block_state=api.SubnetCidrBlockState(state=block.state),
    )  # fmt: skip


# refusals


def bad_range(cidr: str) -> Refusal:
    """A block that no subnet of the VPC may have."""
    # evidence: https://github.com/pulumi/pulumi-awsx/issues/111
    return Refusal("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")


def conflict(cidr: str) -> Refusal:
    """A block that another subnet has."""
    # evidence: https://github.com/hashicorp/terraform/issues/33470
    return Refusal("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet")


def bad_zone(call: Call[Any], zone: str) -> Refusal:
    """A zone that the region does not have."""
    names = ", ".join(one.name for one in regions.of(call.region).zones)
    # evidence: https://github.com/crossplane-contrib/provider-aws/issues/1048
    return errors.invalid(
        f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
        f"following availability zones: {names}."
    )


def holds(subnet: Subnet, cidr: str) -> bool:
    """Whether a block lies in the subnet's."""
    block = cidrs.parsed(cidr)
    own = told(subnet.cidr, "") if isinstance(block, IPv4Network) else ""
    return cidrs.within(cidr, [own] if own else [one.cidr for one in subnet.ipv6_blocks])
