"""VPCs: their blocks, their attributes, what comes with them, what they are refused for."""

from __future__ import annotations

import pytest

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, arn, tagged, where


def test_a_vpc_has_a_table_a_list_and_a_group() -> None:
    """A new VPC comes with a main route table, a default network ACL and a default security group."""
    ec2 = Ec2()
    vpc = ec2.vpc(tag_specifications=tagged("vpc", Name="mine"))

    assert ec2.answer.vpc.state == "pending"
    (shown,) = ec2.did(api.DescribeVpcs(vpc_ids=[vpc])).vpcs
    assert (shown.state, shown.cidr_block, shown.is_default) == ("available", "10.0.0.0/16", False)
    assert [(one.key, one.value) for one in shown.tags] == [("Name", "mine")]
    (table,) = ec2.did(api.DescribeRouteTables(filters=where(vpc_id=vpc))).route_tables
    assert [one.main for one in table.associations] == [True]
    assert [(one.destination_cidr_block, one.gateway_id, one.origin) for one in table.routes] == [
        ("10.0.0.0/16", "local", "CreateRouteTable")
    ]
    (acl,) = ec2.did(api.DescribeNetworkAcls(filters=where(vpc_id=vpc))).network_acls
    assert [(one.rule_number, one.egress, one.rule_action) for one in acl.entries] == [
        (100, True, "allow"), (32767, True, "deny"), (100, False, "allow"), (32767, False, "deny"),
    ]  # fmt: skip
    (group,) = ec2.did(api.DescribeSecurityGroups(filters=where(vpc_id=vpc))).security_groups
    assert group.group_name == "default"
    assert group.ip_permissions[0].user_id_group_pairs[0].group_id == group.group_id
    assert group.ip_permissions_egress[0].ip_ranges[0].cidr_ip == "0.0.0.0/0"
    ec2.replays()


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("10.0.0.0/8", "InvalidVpc.Range"),
        ("10.0.0.0/29", "InvalidVpc.Range"),
        ("ten", "InvalidParameterValue"),
    ],
)
def test_a_vpcs_block_is_a_16_to_a_28(cidr: str, code: str) -> None:
    """Blocks that are too large, too small, or none at all are refused."""
    Ec2().when(api.CreateVpc(cidr_block=cidr)).refused(code, cidr)


def test_a_region_has_five_vpcs() -> None:
    """The default VPC counts; the sixth is refused."""
    ec2 = Ec2()
    for number in range(4):
        ec2.vpc(f"10.{number}.0.0/16")
    ec2.when(api.CreateVpc(cidr_block="10.9.0.0/16"))
    ec2.refused("VpcLimitExceeded", "The maximum number of VPCs has been reached.").replays()


def test_a_dry_run_changes_nothing() -> None:
    """What would succeed is refused with DryRunOperation; what would not, with its own code."""
    ec2 = Ec2()
    ec2.when(api.CreateVpc(cidr_block="10.0.0.0/16", dry_run=True))
    ec2.refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    assert ec2.error is not None
    assert ec2.error.status == 412
    assert ec2.record["errorCode"] == "Client.DryRunOperation"
    ec2.when(api.CreateVpc(cidr_block="10.0.0.0/8", dry_run=True)).refused("InvalidVpc.Range")
    assert len(ec2.did(api.DescribeVpcs()).vpcs) == 1
    ec2.replays()


def test_a_vpc_with_contents_stays() -> None:
    """Subnets, gateways, tables, lists and groups of the owner's making keep a VPC."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    gone = "has dependencies and cannot be deleted"
    subnet = ec2.subnet(vpc)
    ec2.when(api.DeleteVpc(vpc_id=vpc)).refused("DependencyViolation", gone)
    ec2.given(api.DeleteSubnet(subnet_id=subnet))
    gateway = ec2.gateway(vpc)
    ec2.when(api.DeleteVpc(vpc_id=vpc)).refused("DependencyViolation")
    ec2.given(api.DetachInternetGateway(internet_gateway_id=gateway, vpc_id=vpc))
    group = ec2.group(vpc)
    ec2.when(api.DeleteVpc(vpc_id=vpc)).refused("DependencyViolation")
    ec2.given(api.DeleteSecurityGroup(group_id=group))
    table = ec2.table(vpc)
    ec2.when(api.DeleteVpc(vpc_id=vpc)).refused("DependencyViolation")
    ec2.given(api.DeleteRouteTable(route_table_id=table))

    ec2.given(api.DeleteVpc(vpc_id=vpc))

    ec2.when(api.DescribeVpcs(vpc_ids=[vpc]))
    ec2.refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist")
    assert ec2.did(api.DescribeRouteTables(filters=where(vpc_id=vpc))).route_tables == []
    assert ec2.did(api.DescribeSecurityGroupRules()).security_group_rules[0].group_id != group
    ec2.replays()


def test_further_blocks_come_and_go() -> None:
    """A second block is routed in every table; it goes when no subnet is in it; the first one stays."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    table = ec2.table(vpc)
    made = ec2.did(api.AssociateVpcCidrBlock(vpc_id=vpc, cidr_block="10.1.0.0/16")).cidr_block_association
    assert made.cidr_block_state.state == "associating"
    assert "10.1.0.0/16" in ec2.routes(table)
    subnet = ec2.subnet(vpc, "10.1.1.0/24")
    ec2.when(api.DisassociateVpcCidrBlock(association_id=made.association_id)).refused(
        "InvalidCidrBlock.InUse"
    )
    ec2.given(api.DeleteSubnet(subnet_id=subnet))
    ec2.given(api.DisassociateVpcCidrBlock(association_id=made.association_id))
    assert "10.1.0.0/16" not in ec2.routes(table)

    (shown,) = ec2.did(api.DescribeVpcs(vpc_ids=[vpc])).vpcs
    primary = shown.cidr_block_association_set[0].association_id
    ec2.when(api.DisassociateVpcCidrBlock(association_id=primary)).refused("OperationNotPermitted", "primary")
    ec2.when(api.AssociateVpcCidrBlock(vpc_id=vpc, cidr_block="10.0.4.0/24")).refused("InvalidVpc.Range")
    ec2.when(api.AssociateVpcCidrBlock(vpc_id=vpc, cidr_block="172.16.0.0/16")).refused(
        "InvalidVpc.Range", "restricted"
    )
    ec2.replays()


def test_ipv6_blocks() -> None:
    """Amazon gives a /56, of which a subnet takes a /64; the default network ACL lets IPv6 pass then."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    made = ec2.did(api.AssociateVpcCidrBlock(vpc_id=vpc, amazon_provided_ipv6_cidr_block=True))
    block = str(made.ipv6_cidr_block_association.ipv6_cidr_block)
    assert block.endswith("::/56")
    subnet = ec2.subnet(vpc, ipv6_cidr_block=block.replace("::/56", "::/64"))
    (shown,) = ec2.did(api.DescribeSubnets(subnet_ids=[subnet])).subnets
    held = shown.ipv6_cidr_block_association_set[0]
    assert held.ipv6_cidr_block_state.state == "associated"
    ec2.given(api.DisassociateSubnetCidrBlock(association_id=held.association_id))
    ec2.given(api.AssociateSubnetCidrBlock(subnet_id=subnet, ipv6_cidr_block=block.replace("::/56", "::/64")))
    (acl,) = ec2.did(api.DescribeNetworkAcls(filters=where(vpc_id=vpc))).network_acls
    assert {one.ipv6_cidr_block for one in acl.entries if isinstance(one.ipv6_cidr_block, str)} == {"::/0"}
    ec2.replays()


def test_attributes() -> None:
    """DNS is on by default, host names only in the default VPC; one attribute is changed at a time."""
    ec2 = Ec2()
    vpc, on = ec2.vpc(), api.AttributeBooleanValue(value=True)

    def attribute(name: str, of: str = vpc) -> object:
        answer = ec2.did(api.DescribeVpcAttribute(vpc_id=of, attribute=name))
        shown = (
            answer.enable_dns_support,
            answer.enable_dns_hostnames,
            answer.enable_network_address_usage_metrics,
        )
        return next(one.value for one in shown if isinstance(one, api.AttributeBooleanValue))

    assert attribute("enableDnsSupport") is True
    assert attribute("enableDnsHostnames") is False
    assert attribute("enableDnsHostnames", ec2.default_vpc()) is True
    ec2.given(api.ModifyVpcAttribute(vpc_id=vpc, enable_dns_hostnames=on))
    ec2.given(api.ModifyVpcAttribute(vpc_id=vpc, enable_network_address_usage_metrics=on))
    assert attribute("enableDnsHostnames") is True
    assert attribute("enableNetworkAddressUsageMetrics") is True
    ec2.when(api.ModifyVpcAttribute(vpc_id=vpc, enable_dns_hostnames=on, enable_dns_support=on))
    ec2.refused("InvalidParameterCombination").replays()


def test_tenancy_turns_one_way() -> None:
    """A VPC of dedicated tenancy becomes one of default tenancy."""
    ec2 = Ec2()
    vpc = ec2.vpc(instance_tenancy="dedicated")
    ec2.given(api.ModifyVpcTenancy(vpc_id=vpc, instance_tenancy="default"))
    assert ec2.did(api.DescribeVpcs(vpc_ids=[vpc])).vpcs[0].instance_tenancy == "default"
    ec2.when(api.ModifyVpcTenancy(vpc_id=vpc, instance_tenancy="dedicated")).refused("InvalidParameterValue")
    ec2.when(api.CreateVpc(cidr_block="10.0.0.0/16", instance_tenancy="mine")).refused(
        "InvalidParameterValue"
    )
    ec2.replays()


def test_classic_link_turns_on_and_off() -> None:
    """The switches of a retired feature are kept."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    ec2.given(api.EnableVpcClassicLink(vpc_id=vpc), api.EnableVpcClassicLinkDnsSupport(vpc_id=vpc))
    (shown,) = ec2.did(api.DescribeVpcClassicLink(filters=where(is_classic_link_enabled="true"))).vpcs
    assert shown.vpc_id == vpc
    (shown,) = ec2.did(api.DescribeVpcClassicLinkDnsSupport(vpc_ids=[vpc])).vpcs
    assert shown.classic_link_dns_supported is True
    ec2.given(api.DisableVpcClassicLink(vpc_id=vpc), api.DisableVpcClassicLinkDnsSupport(vpc_id=vpc))
    assert ec2.did(api.DescribeVpcClassicLink(filters=where(is_classic_link_enabled="true"))).vpcs == []
    ec2.replays()


def test_arns_and_owners() -> None:
    """Resources are the account's, and have ARNs of its region."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    assert ec2.state().network.vpcs[vpc].arn == arn(f"vpc/{vpc}")
    assert ec2.did(api.DescribeVpcs(vpc_ids=[vpc])).vpcs[0].owner_id == "123456789012"
