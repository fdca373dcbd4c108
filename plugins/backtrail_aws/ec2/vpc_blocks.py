"""Further CIDR blocks of VPCs: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from typing import Final

from backtrail import Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, errors, founding, limits
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Block, Network, Vpc
from backtrail_aws.ec2.vpcs import VPCS, amazon_block, bad_range, block_shown, ipv6_block_shown, primary

_PRIVATE: Final = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16")
)
"""Of two of these ranges, one VPC has blocks in one only."""


@service.handle
def associate_vpc_cidr_block(
    state: Ec2, call: Call[api.AssociateVpcCidrBlock]
) -> api.AssociateVpcCidrBlockResult:
    """A further block, that is being associated."""
    params = call.params
    vpc = VPCS.find(state, params.vpc_id)
    if not isinstance(params.cidr_block, UnsetType):
        block = Block(id=call.new_id("vpc-cidr-assoc"), cidr=_further(call, vpc, params.cidr_block))
        block.state = "associating"
        return api.AssociateVpcCidrBlockResult(cidr_block_association=block_shown(block), vpc_id=vpc.id)
    if params.amazon_provided_ipv6_cidr_block is not True and isinstance(params.ipv6_cidr_block, UnsetType):
        raise errors.missing("cidrBlock")
    if len(vpc.ipv6_blocks) >= limits.IPV6_CIDRS_PER_VPC_MAX:
        raise too_many(vpc.id, limits.IPV6_CIDRS_PER_VPC_MAX)
    block = amazon_block(call, told(params.ipv6_cidr_block_network_border_group, call.region))
    if not isinstance(params.ipv6_cidr_block, UnsetType):
        block.cidr, block.pool = str(cidrs.v6(params.ipv6_cidr_block)), told(params.ipv6_pool, "Amazon")
    block.state = "associating"
    return api.AssociateVpcCidrBlockResult(ipv6_cidr_block_association=ipv6_block_shown(block), vpc_id=vpc.id)


def _further(call: Call[api.AssociateVpcCidrBlock], vpc: Vpc, text: str) -> str:
    cidr = primary(text)
    if len(vpc.blocks) >= call.quota("cidrs_per_vpc", limits.CIDRS_PER_VPC_MAX):
        raise too_many(vpc.id, call.quota("cidrs_per_vpc", limits.CIDRS_PER_VPC_MAX))
    if cidrs.overlap(cidr, [one.cidr for one in vpc.blocks]):
        raise bad_range(text)
    ranges = {_range(one.cidr) for one in vpc.blocks} - {None}
    if _range(cidr) is not None and ranges and _range(cidr) not in ranges:
        raise restricted(text)
    return cidr


def _range(cidr: str) -> int | None:
    found = cidrs.parsed(cidr)
    for number, private in enumerate(_PRIVATE):
        if isinstance(found, IPv4Network) and isinstance(private, IPv4Network) and found.subnet_of(private):
            return number
    return None


@service.project
def vpc_cidr_block_associated(
    state: Ec2, event: Event[api.AssociateVpcCidrBlock, api.AssociateVpcCidrBlockResult]
) -> None:
    """The VPC has the block, and every route table of it the route."""
    vpc = VPCS.known(state, event, event.params.vpc_id)
    result = event.result
    if not isinstance(result.cidr_block_association, UnsetType):
        one = result.cidr_block_association
        if isinstance(one.association_id, str) and isinstance(one.cidr_block, str):
            vpc.blocks.append(Block(id=one.association_id, cidr=one.cidr_block))
            _join(state.network, vpc, one.cidr_block)
    if not isinstance(result.ipv6_cidr_block_association, UnsetType):
        other = result.ipv6_cidr_block_association
        if isinstance(other.association_id, str) and isinstance(other.ipv6_cidr_block, str):
            block = Block(id=other.association_id, cidr=other.ipv6_cidr_block, pool=other.ipv6_pool)
            block.border_group = other.network_border_group
            vpc.ipv6_blocks.append(block)
            _join(state.network, vpc, other.ipv6_cidr_block)
            acl = state.network.network_acls.get(str(vpc.default_acl))
            if acl is not None:
                founding.allow_v6(acl)


@service.handle
def disassociate_vpc_cidr_block(
    state: Ec2, call: Call[api.DisassociateVpcCidrBlock]
) -> api.DisassociateVpcCidrBlockResult:
    """The block, that is being disassociated."""
    vpc, block = _holder(state, call.params.association_id)
    if vpc.blocks and block is vpc.blocks[0]:
        raise is_primary(block.id)
    if _inhabited(state.network, vpc, block):
        raise holds_subnet(block)
    gone = Block(id=block.id, cidr=block.cidr, state="disassociating", pool=block.pool)
    if block in vpc.blocks:
        return api.DisassociateVpcCidrBlockResult(cidr_block_association=block_shown(gone), vpc_id=vpc.id)
    return api.DisassociateVpcCidrBlockResult(
        ipv6_cidr_block_association=ipv6_block_shown(gone), vpc_id=vpc.id
    )


@service.project
def vpc_cidr_block_disassociated(state: Ec2, event: Event[api.DisassociateVpcCidrBlock, None]) -> None:
    """The VPC has lost the block, and its route tables the route."""
    for vpc, block in _all(state):
        if block.id == event.params.association_id:
            vpc.blocks = [one for one in vpc.blocks if one.id != block.id]
            vpc.ipv6_blocks = [one for one in vpc.ipv6_blocks if one.id != block.id]
            for table in state.network.route_tables.values():
                if table.vpc == vpc.id:
                    table.routes.pop(block.cidr, None)
            return


def _join(network: Network, vpc: Vpc, cidr: str) -> None:
    for table in network.route_tables.values():
        if table.vpc == vpc.id:
            table.routes[cidr] = founding.local_route(cidr)


def _all(state: Ec2) -> Iterator[tuple[Vpc, Block]]:
    for vpc in state.network.vpcs.values():
        for block in (*vpc.blocks, *vpc.ipv6_blocks):
            yield vpc, block


def _holder(state: Ec2, association: str) -> tuple[Vpc, Block]:
    found = next((pair for pair in _all(state) if pair[1].id == association), None)
    if found is None:
        raise no_association(association)
    return found


def _inhabited(network: Network, vpc: Vpc, block: Block) -> bool:
    """Whether a subnet of the VPC lies in a block."""
    return any(
        cidrs.within(cidr, [block.cidr])
        for subnet in network.subnets.values()
        if subnet.vpc == vpc.id
        for cidr in (told(subnet.cidr, ""), *(one.cidr for one in subnet.ipv6_blocks))
        if cidr
    )


def too_many(vpc: str, most: int) -> Refusal:
    """A VPC has all the blocks that it may have."""
    # evidence: guess
    return Refusal(
        "CidrLimitExceeded", f"This network '{vpc}' has met its maximum number of allowed CIDRs: {most}"
    )


def restricted(cidr: str) -> Refusal:
    """A private block beside one of another private range."""
    # evidence: page vpc-cidr-blocks.html (the rule); words: guess
    return Refusal(
        "InvalidVpc.Range",
        f"The CIDR '{cidr}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, "
        "or use a publicly-routable CIDR. For additional restrictions, see "
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Subnets.html#VPC_Sizing",
    )


def is_primary(association: str) -> Refusal:
    """The primary block stays."""
    # evidence: page API_DisassociateVpcCidrBlock; words: guess
    return errors.not_permitted(
        f"The vpc CIDR block with association ID {association} may not be disassociated. "
        "It is the primary IPv4 CIDR block of the VPC"
    )


def holds_subnet(block: Block) -> Refusal:
    """A subnet lies in the block."""
    # evidence: page API_DisassociateVpcCidrBlock (the rule); words: guess
    return Refusal("InvalidCidrBlock.InUse", f"The vpc currently has a subnet within CIDR block {block.cidr}")


def no_association(association: str) -> Refusal:
    """A block's association that is not there."""
    # evidence: guess
    return Refusal(
        "InvalidVpcCidrBlockAssociationID.NotFound",
        f"The vpc CIDR block association ID '{association}' does not exist",
    )
