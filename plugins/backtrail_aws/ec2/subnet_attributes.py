"""What can be changed of a subnet: addresses, names, IPv6 blocks.

https://docs.aws.amazon.com/vpc/latest/userguide/modify-subnets.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Block, Subnet
from backtrail_aws.ec2.subnets import SUBNETS, block_shown, ipv6_block
from backtrail_aws.ec2.vpcs import VPCS

_HOSTNAME_TYPES = ("ip-name", "resource-name")


@service.handle
def modify_subnet_attribute(state: Ec2, call: Call[api.ModifySubnetAttribute]) -> None:
    """One attribute at a time."""
    params = call.params
    subnet = SUBNETS.find(state, params.subnet_id)
    given = [
        one
        for one in (
            params.assign_ipv6_address_on_creation, params.map_public_ip_on_launch, params.enable_dns64,
            params.map_customer_owned_ip_on_launch, params.private_dns_hostname_type_on_launch,
            params.enable_resource_name_dns_a_record_on_launch, params.enable_lni_at_device_index,
            params.enable_resource_name_dns_aaaa_record_on_launch, params.disable_lni_at_device_index,
        )
        if not isinstance(one, UnsetType)
    ]  # fmt: skip
    if not given:
        # evidence: guess
        raise errors.combination("No attributes specified.")
    if len(given) > 1:
        # evidence: page API_ModifySubnetAttribute (the rule); words: guess
        raise errors.combination("Fields for multiple attribute types specified.")
    kind = told(params.private_dns_hostname_type_on_launch, "ip-name")
    if kind not in _HOSTNAME_TYPES:
        # evidence: guess
        raise errors.invalid(f"Value ({kind}) for parameter PrivateDnsHostnameTypeOnLaunch is invalid.")
    if _on(params.assign_ipv6_address_on_creation) and not subnet.ipv6_blocks:
        # evidence: guess
        raise errors.invalid(
            "Invalid value 'true' for assignIpv6AddressOnCreation. Subnet does not have IPv6 CIDR block."
        )


@service.project
def subnet_attribute_modified(state: Ec2, event: Event[api.ModifySubnetAttribute, None]) -> None:
    """The subnet has the value."""
    params = event.params
    subnet = SUBNETS.known(state, event, params.subnet_id)
    for attribute, given in (
        ("public_ip", params.map_public_ip_on_launch),
        ("assign_ipv6", params.assign_ipv6_address_on_creation),
        ("dns64", params.enable_dns64),
        ("dns_a", params.enable_resource_name_dns_a_record_on_launch),
        ("dns_aaaa", params.enable_resource_name_dns_aaaa_record_on_launch),
    ):
        if not isinstance(given, UnsetType):
            setattr(subnet, attribute, told(given.value, True))
    if not isinstance(params.private_dns_hostname_type_on_launch, UnsetType):
        subnet.hostname_type = params.private_dns_hostname_type_on_launch
    if not isinstance(params.enable_lni_at_device_index, UnsetType):
        subnet.lni_device = params.enable_lni_at_device_index
    if _on(params.disable_lni_at_device_index):
        subnet.lni_device = UNSET


def _on(given: api.AttributeBooleanValue | UnsetType) -> bool:
    return not isinstance(given, UnsetType) and told(given.value, True)


# IPv6 blocks


@service.handle
def associate_subnet_cidr_block(
    state: Ec2, call: Call[api.AssociateSubnetCidrBlock]
) -> api.AssociateSubnetCidrBlockResult:
    """A block that is being associated; a subnet has one."""
    subnet = SUBNETS.find(state, call.params.subnet_id)
    if isinstance(call.params.ipv6_cidr_block, UnsetType):
        raise errors.missing("ipv6CidrBlock")
    if subnet.ipv6_blocks:
        # evidence: page API_AssociateSubnetCidrBlock (the rule); words: guess
        raise Refusal(
            "CidrLimitExceeded", f"This network '{subnet.id}' has met its maximum number of allowed CIDRs: 1"
        )
    vpc = VPCS.find(state, str(subnet.vpc))
    block = Block(
        id=call.new_id("subnet-cidr-assoc"), cidr=ipv6_block(state.network, vpc, call.params.ipv6_cidr_block)
    )
    block.state = "associating"
    return api.AssociateSubnetCidrBlockResult(
        subnet_id=subnet.id, ipv6_cidr_block_association=block_shown(block)
    )


@service.project
def subnet_cidr_block_associated(
    state: Ec2, event: Event[api.AssociateSubnetCidrBlock, api.AssociateSubnetCidrBlockResult]
) -> None:
    """The subnet has the block."""
    subnet = SUBNETS.known(state, event, event.params.subnet_id)
    one = told(event.result.ipv6_cidr_block_association, api.SubnetIpv6CidrBlockAssociation())
    if isinstance(one.association_id, str) and isinstance(one.ipv6_cidr_block, str):
        subnet.ipv6_blocks.append(Block(id=one.association_id, cidr=one.ipv6_cidr_block))


@service.handle
def disassociate_subnet_cidr_block(
    state: Ec2, call: Call[api.DisassociateSubnetCidrBlock]
) -> api.DisassociateSubnetCidrBlockResult:
    """The block, that is being disassociated."""
    found = _holder(state, call.params.association_id)
    if found is None:
        # evidence: guess
        raise Refusal(
            "InvalidSubnetCidrBlockAssociationID.NotFound",
            f"The subnet CIDR block association ID '{call.params.association_id}' does not exist",
        )
    subnet, block = found
    gone = Block(id=block.id, cidr=block.cidr, state="disassociating")
    return api.DisassociateSubnetCidrBlockResult(
        subnet_id=subnet.id, ipv6_cidr_block_association=block_shown(gone)
    )


@service.project
def subnet_cidr_block_disassociated(state: Ec2, event: Event[api.DisassociateSubnetCidrBlock, None]) -> None:
    """The subnet has lost the block."""
    found = _holder(state, event.params.association_id)
    if found is not None:
        subnet, block = found
        subnet.ipv6_blocks = [one for one in subnet.ipv6_blocks if one.id != block.id]


def _holder(state: Ec2, association: str) -> tuple[Subnet, Block] | None:
    for subnet in state.network.subnets.values():
        for block in subnet.ipv6_blocks:
            if block.id == association:
                return subnet, block
    return None
