"""What every region of an account begins with."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where


def test_a_region_begins_with_a_default_vpc() -> None:
    """A fresh region has a default VPC with a public /20 subnet in each zone, and a way to the internet."""
    ec2 = Ec2()
    (vpc,) = ec2.did(api.DescribeVpcs()).vpcs
    assert (vpc.cidr_block, vpc.is_default) == ("172.31.0.0/16", True)
    subnets = ec2.did(api.DescribeSubnets(filters=where(default_for_az="true"))).subnets
    assert sorted((one.availability_zone, one.cidr_block) for one in subnets) == [
        (f"us-east-1{zone}", f"172.31.{number * 16}.0/20") for number, zone in enumerate("abcdef")
    ]
    assert {one.map_public_ip_on_launch for one in subnets} == {True}
    assert {one.available_ip_address_count for one in subnets} == {4091}
    (gateway,) = ec2.did(api.DescribeInternetGateways()).internet_gateways
    (table,) = ec2.did(api.DescribeRouteTables()).route_tables
    assert ec2.routes(str(table.route_table_id)) == {
        "172.31.0.0/16": ("local", "active"), "0.0.0.0/0": (gateway.internet_gateway_id, "active"),
    }  # fmt: skip
    ec2.replays()


def test_its_ids_are_the_accounts_and_the_regions() -> None:
    """Ids derive from account and region: they are the same each time, and others elsewhere."""

    def default(**place: str) -> str:
        return Ec2(**place).default_vpc()

    assert default() == default()
    assert len({default(), default(region="eu-west-1"), default(account="111122223333")}) == 3


def test_a_state_that_nobody_changed_is_no_state() -> None:
    """Looking at a region leaves no trace in the digest."""
    ec2 = Ec2()
    fresh = ec2.machine.digest()
    ec2.given(api.DescribeVpcs())
    ec2.when(api.DescribeVpcs(), region="eu-west-1")
    ec2.replays()
    assert Ec2().machine.digest() == fresh


def test_the_default_vpc_can_be_deleted_and_made_again() -> None:
    """CreateDefaultVpc makes what was there; where one is, it is refused."""
    ec2 = Ec2()
    vpc = ec2.default_vpc()
    ec2.when(api.CreateDefaultVpc()).refused("DefaultVpcAlreadyExists")
    (gateway,) = ec2.did(api.DescribeInternetGateways()).internet_gateways
    ec2.given(api.DetachInternetGateway(internet_gateway_id=str(gateway.internet_gateway_id), vpc_id=vpc))
    ec2.given(api.DeleteInternetGateway(internet_gateway_id=str(gateway.internet_gateway_id)))
    for subnet in ec2.did(api.DescribeSubnets()).subnets:
        ec2.given(api.DeleteSubnet(subnet_id=str(subnet.subnet_id)))
    ec2.given(api.DeleteVpc(vpc_id=vpc))
    assert ec2.did(api.DescribeSecurityGroups()).security_groups == []
    ec2.when(api.CreateSecurityGroup(group_name="a", description="d")).refused("VPCIdNotSpecified")
    ec2.when(api.CreateDefaultSubnet(availability_zone="us-east-1a")).refused("DefaultVpcDoesNotExist")

    made = ec2.did(api.CreateDefaultVpc()).vpc

    assert made.vpc_id != vpc
    assert ec2.default_vpc() == made.vpc_id
    assert len(ec2.did(api.DescribeSubnets(filters=where(vpc_id=str(made.vpc_id)))).subnets) == 6
    ec2.replays()


def test_a_default_subnet_can_be_made_again() -> None:
    """A zone whose default subnet was deleted gets a new one, in a block that is free."""
    ec2 = Ec2()
    (subnet,) = ec2.did(api.DescribeSubnets(filters=where(availability_zone="us-east-1b"))).subnets
    ec2.when(api.CreateDefaultSubnet(availability_zone="us-east-1b"))
    ec2.refused("DefaultSubnetAlreadyExistsInAvailabilityZone")
    ec2.given(api.DeleteSubnet(subnet_id=str(subnet.subnet_id)))
    made = ec2.did(api.CreateDefaultSubnet(availability_zone="us-east-1b")).subnet
    assert (made.cidr_block, made.default_for_az) == ("172.31.16.0/20", True)
    ec2.when(api.CreateDefaultSubnet(availability_zone="eu-west-1a")).refused("InvalidParameterValue")
    ec2.replays()


def test_account_attributes() -> None:
    """The account tells its default VPC and its quotas."""
    ec2 = Ec2()
    told = ec2.did(api.DescribeAccountAttributes()).account_attributes
    values = {one.attribute_name: one.attribute_values[0].attribute_value for one in told}
    assert values["default-vpc"] == ec2.default_vpc()
    assert (values["supported-platforms"], values["max-elastic-ips"]) == ("VPC", "5")
    ec2.when(api.DescribeAccountAttributes(attribute_names=["mine"])).refused("InvalidParameterValue")
