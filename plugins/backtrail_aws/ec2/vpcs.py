"""VPCs: https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, errors, filters, founding, limits, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Block, Network, Vpc

VPCS = Kind(
    "vpc", "vpc", Vpc, lambda state: state.network.vpcs,
    code="InvalidVpcID.NotFound", noun="vpc ID", cloudformation="AWS::EC2::VPC",
    parameters=("vpc_id",), created_by=("CreateVpc", "CreateDefaultVpc"),
)  # fmt: skip

_TENANCIES = ("default", "dedicated", "host")


# create


@service.handle
def create_vpc(state: Ec2, call: Call[api.CreateVpc]) -> api.CreateVpcResult:
    """A VPC that is pending, with its blocks; a route table, an ACL and a security group come with it."""
    params = call.params
    tags.check_new(params.tag_specifications, "vpc")
    tenancy = told(params.instance_tenancy, "default")
    if tenancy not in _TENANCIES:
        raise bad_tenancy(tenancy)
    if isinstance(params.cidr_block, UnsetType):
        raise errors.missing("cidrBlock")
    cidr = primary(params.cidr_block)
    if len(state.network.vpcs) >= call.quota("vpcs", limits.VPCS_MAX):
        raise errors.limit("VpcLimitExceeded", "VPCs")
    vpc = Vpc(
        id=call.new_id("vpc"), arn=call.arn("ec2", "vpc/"), tags=tags.given(params.tag_specifications, "vpc"),
        blocks=[Block(id=call.new_id("vpc-cidr-assoc"), cidr=cidr)],
        dhcp_options=state.network.default_dhcp or UNSET, tenancy=tenancy, is_default=False,
    )  # fmt: skip
    if params.amazon_provided_ipv6_cidr_block is True:
        vpc.ipv6_blocks = [amazon_block(call, told(params.ipv6_cidr_block_network_border_group, call.region))]
        vpc.ipv6_blocks[0].state = "associating"
    return api.CreateVpcResult(vpc=shown(vpc, "pending"))


@service.project
def vpc_created(state: Ec2, event: Event[api.CreateVpc, api.CreateVpcResult]) -> None:
    """The VPC is there, with what comes with it."""
    made = told(event.result.vpc, api.Vpc())
    if isinstance(made.vpc_id, UnsetType):
        return
    old = VPCS.get(state, made.vpc_id)
    vpc = Vpc(
        id=made.vpc_id,
        tags={**(old.tags if old else {}), **tags.given(event.params.tag_specifications, "vpc")},
        blocks=_blocks(made, told(made.cidr_block, told(event.params.cidr_block, ""))),
        ipv6_blocks=_ipv6_blocks(made),
        dhcp_options=made.dhcp_options_id,
        tenancy=told(made.instance_tenancy, told(event.params.instance_tenancy, "default")),
        is_default=False, dns_support=True, dns_hostnames=False, usage_metrics=False,
    )  # fmt: skip
    founding.add_vpc(state.network, event, vpc)


def primary(text: str) -> str:
    """A VPC's IPv4 block, its host bits cut off. Raises `Refusal` for one that is too large or too small."""
    block = cidrs.v4(text)
    least, most = limits.VPC_PREFIX_BITS
    if not least <= block.prefixlen <= most:
        raise bad_range(text)
    return str(block)


def bad_range(cidr: str) -> Refusal:
    """A block that no VPC may have."""
    # evidence: https://github.com/hashicorp/terraform/issues/19452
    return Refusal("InvalidVpc.Range", f"The CIDR '{cidr}' is invalid.")


def bad_tenancy(tenancy: str) -> Refusal:
    """A tenancy that there is not."""
    # evidence: guess
    return errors.invalid(f"Value ({tenancy}) for parameter instanceTenancy is invalid.")


def amazon_block(call: Call[Any], border_group: str) -> Block:
    """An IPv6 block of Amazon's pool: a /56, vpc/latest/userguide/vpc-cidr-blocks.html"""
    digits = call.new_id("hex8", "ipv6")
    return Block(
        id=call.new_id("vpc-cidr-assoc", "ipv6"),
        cidr=str(cidrs.v6(f"2600:1f{digits[:2]}:{digits[2:6]}:{digits[6:]}00::/56")),
        pool="Amazon", border_group=border_group,
    )  # fmt: skip


# delete


@service.handle
def delete_vpc(state: Ec2, call: Call[api.DeleteVpc]) -> None:
    """Refuse while anything but what came with the VPC is in it."""
    vpc = VPCS.find(state, call.params.vpc_id)
    if _inhabited(state.network, vpc) or uses.used(state, "vpc", vpc.id):
        raise errors.in_use("vpc", vpc.id)


@service.project
def vpc_deleted(state: Ec2, event: Event[api.DeleteVpc, None]) -> None:
    """The VPC is gone, and what came with it; what a trail did not tell of its contents goes, too."""
    remove(state.network, event.params.vpc_id)


@service.evidence
def vpc_was_gone(state: Ec2, event: Event[api.DeleteVpc, None]) -> None:
    """A VPC that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidVpcID.NotFound":
        remove(state.network, event.params.vpc_id)


def _inhabited(network: Network, vpc: Vpc) -> bool:
    """Whether a VPC has subnets, a gateway, or tables, lists and groups of its owner's making."""
    return (
        any(one.vpc == vpc.id for one in network.subnets.values())
        or any(one.vpc == vpc.id for one in network.internet_gateways.values())
        or any(one.vpc == vpc.id and one.id != vpc.main_table for one in network.route_tables.values())
        or any(one.vpc == vpc.id and one.id != vpc.default_acl for one in network.network_acls.values())
        or any(one.vpc == vpc.id and one.id != vpc.default_group for one in network.security_groups.values())
    )


def remove(network: Network, identifier: str) -> None:
    """Take a VPC away with all that is in it."""
    network.vpcs.pop(identifier, None)
    for subnet in [one for one in network.subnets.values() if one.vpc == identifier]:
        founding.remove_subnet(network, subnet.id)
    for table in [one for one in network.route_tables.values() if one.vpc == identifier]:
        founding.remove_table(network, table.id)
    for acl in [one for one in network.network_acls.values() if one.vpc == identifier]:
        founding.remove_acl(network, acl.id)
    for group in [one for one in network.security_groups.values() if one.vpc == identifier]:
        founding.remove_group(network, group.id)


# describe


def _fields(state: Ec2) -> filters.Fields[Vpc]:
    """API_DescribeVpcs: Filters."""

    def dhcp(vpc: Vpc) -> filters.Value:
        return vpc.dhcp_options

    return {
        "cidr": lambda vpc: vpc.cidr,
        "cidr-block": lambda vpc: vpc.cidr,
        "cidrBlock": lambda vpc: vpc.cidr,
        "cidr-block-association.cidr-block": lambda vpc: [one.cidr for one in vpc.blocks],
        "cidr-block-association.association-id": lambda vpc: [one.id for one in vpc.blocks],
        "cidr-block-association.state": lambda vpc: [one.state for one in vpc.blocks],
        "dhcp-options-id": dhcp,
        "dhcpOptionsId": dhcp,
        "ipv6-cidr-block-association.ipv6-cidr-block": lambda vpc: [one.cidr for one in vpc.ipv6_blocks],
        "ipv6-cidr-block-association.ipv6-pool": lambda vpc: [one.pool for one in vpc.ipv6_blocks],
        "ipv6-cidr-block-association.association-id": lambda vpc: [one.id for one in vpc.ipv6_blocks],
        "ipv6-cidr-block-association.state": lambda vpc: [one.state for one in vpc.ipv6_blocks],
        "is-default": lambda vpc: vpc.is_default,
        "isDefault": lambda vpc: vpc.is_default,
        "owner-id": lambda vpc: vpc.owner,
        "state": lambda vpc: "available",
        "vpc-id": lambda vpc: vpc.id,
    }


@service.read
def describe_vpcs(state: Ec2, call: Call[api.DescribeVpcs]) -> api.DescribeVpcsResult:
    """VPCs, in the order of their ids."""
    page = filters.described(state, call, VPCS, call.params.vpc_ids, _fields(state))
    return api.DescribeVpcsResult(vpcs=[shown(vpc) for vpc in page.items], next_token=page.next or UNSET)


def shown(vpc: Vpc, state: str = "available") -> api.Vpc:
    """A VPC as answers show it."""
    return api.Vpc(
        vpc_id=vpc.id, state=state, owner_id=vpc.owner, cidr_block=vpc.cidr, dhcp_options_id=vpc.dhcp_options,
        cidr_block_association_set=[block_shown(one) for one in vpc.blocks],
        ipv6_cidr_block_association_set=[ipv6_block_shown(one) for one in vpc.ipv6_blocks],
        instance_tenancy=vpc.tenancy, is_default=vpc.is_default, tags=tags.shown(vpc.tags),
    )  # fmt: skip


def block_shown(block: Block) -> api.VpcCidrBlockAssociation:
    """An IPv4 block as answers show it."""
    return api.VpcCidrBlockAssociation(
        association_id=block.id,
        cidr_block=block.cidr,
        cidr_block_state=api.VpcCidrBlockState(state=block.state),
    )


def ipv6_block_shown(block: Block) -> api.VpcIpv6CidrBlockAssociation:
    """An IPv6 block as answers show it."""
    return api.VpcIpv6CidrBlockAssociation(
        association_id=block.id, ipv6_cidr_block=block.cidr, ipv6_pool=block.pool,
        ipv6_cidr_block_state=api.VpcCidrBlockState(state=block.state), network_border_group=block.border_group,
    )  # fmt: skip


def _blocks(made: api.Vpc, cidr: str) -> list[Block]:
    listed = [
        Block(id=one.association_id, cidr=one.cidr_block)
        for one in told(made.cidr_block_association_set, [])
        if isinstance(one.association_id, str) and isinstance(one.cidr_block, str)
    ]
    return listed or ([Block(id="", cidr=cidr)] if cidr else [])


def _ipv6_blocks(made: api.Vpc) -> list[Block]:
    return [
        Block(
            id=one.association_id, cidr=one.ipv6_cidr_block, pool=one.ipv6_pool,
            border_group=one.network_border_group,
        )
        for one in told(made.ipv6_cidr_block_association_set, [])
        if isinstance(one.association_id, str) and isinstance(one.ipv6_cidr_block, str)
    ]  # fmt: skip
