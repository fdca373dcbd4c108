"""Subnets: blocks, zones, addresses, what can be changed."""

from __future__ import annotations

import pytest

from backtrail_aws.ec2 import api, subnet_addresses
from backtrail_aws.ec2.state_network import Subnet

from .ec2_scenario import Ec2, tagged, where


def test_a_subnet_is_in_one_zone() -> None:
    """A subnet has the zone that it was made in, by name or id; the first where none was named."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    made = ec2.did(
        api.CreateSubnet(vpc_id=vpc, cidr_block="10.0.1.0/24", availability_zone="us-east-1b")
    ).subnet
    assert (made.availability_zone, made.state, made.available_ip_address_count) == (
        "us-east-1b",
        "available",
        251,
    )
    assert made.subnet_arn == f"arn:aws:ec2:us-east-1:123456789012:subnet/{made.subnet_id}"
    by_id = ec2.subnet(vpc, "10.0.2.0/24", availability_zone_id="use1-az3")
    (shown,) = ec2.did(api.DescribeSubnets(subnet_ids=[by_id])).subnets
    assert shown.availability_zone == "us-east-1c"
    assert ec2.answer.subnets[0].map_public_ip_on_launch is False
    ec2.replays()


@pytest.mark.parametrize(
    ("cidr", "more", "code"),
    [
        ("10.1.0.0/24", {}, "InvalidSubnet.Range"),
        ("10.0.0.0/15", {}, "InvalidSubnet.Range"),
        ("10.0.9.0/29", {}, "InvalidSubnet.Range"),
        ("10.0.1.128/25", {}, "InvalidSubnet.Conflict"),
        ("10.0.2.0/24", {"availability_zone": "eu-west-1a"}, "InvalidParameterValue"),
        ("10.0.2.0/24", {"tag_specifications": tagged("vpc", a="b")}, "InvalidParameterValue"),
    ],
)
def test_what_a_subnet_is_refused_for(cidr: str, more: dict[str, object], code: str) -> None:
    """A block lies in the VPC beside its other subnets; a zone is the region's."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    ec2.subnet(vpc)
    ec2.when(api.CreateSubnet(vpc_id=vpc, cidr_block=cidr, **more)).refused(code).replays()  # type: ignore[arg-type]


def test_a_subnet_of_no_vpc() -> None:
    """The VPC must be there."""
    Ec2().when(api.CreateSubnet(vpc_id="vpc-1", cidr_block="10.0.0.0/24")).refused("InvalidVpcID.NotFound")


def test_attributes() -> None:
    """One attribute is changed at a time."""
    ec2 = Ec2()
    subnet, on = ec2.subnet(ec2.vpc()), api.AttributeBooleanValue(value=True)
    ec2.given(
        api.ModifySubnetAttribute(subnet_id=subnet, map_public_ip_on_launch=on),
        api.ModifySubnetAttribute(subnet_id=subnet, enable_dns64=on),
        api.ModifySubnetAttribute(subnet_id=subnet, private_dns_hostname_type_on_launch="resource-name"),
        api.ModifySubnetAttribute(subnet_id=subnet, enable_resource_name_dns_a_record_on_launch=on),
        api.ModifySubnetAttribute(subnet_id=subnet, enable_lni_at_device_index=1),
    )
    (shown,) = ec2.did(api.DescribeSubnets(subnet_ids=[subnet])).subnets
    options = shown.private_dns_name_options_on_launch
    assert (shown.map_public_ip_on_launch, shown.enable_dns64, shown.enable_lni_at_device_index) == (
        True,
        True,
        1,
    )
    assert (options.hostname_type, options.enable_resource_name_dns_a_record) == ("resource-name", True)
    ec2.when(api.ModifySubnetAttribute(subnet_id=subnet, assign_ipv6_address_on_creation=on))
    ec2.refused("InvalidParameterValue")
    ec2.when(api.ModifySubnetAttribute(subnet_id=subnet)).refused("InvalidParameterCombination")
    ec2.replays()


def test_addresses_that_are_set_aside() -> None:
    """A reservation lies in the subnet and beside the others; free addresses are found around it."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc())

    def reserve(cidr: str) -> Ec2:
        ec2.when(api.CreateSubnetCidrReservation(subnet_id=subnet, cidr=cidr, reservation_type="explicit"))
        return ec2

    made = reserve("10.0.1.0/28").answer.subnet_cidr_reservation
    reserve("10.0.1.8/29").refused("InvalidParameterValue", "conflicts")
    reserve("10.0.9.0/28").refused("InvalidSubnet.Range")
    answer = ec2.did(api.GetSubnetCidrReservations(subnet_id=subnet))
    assert [one.cidr for one in answer.subnet_ipv4_cidr_reservations] == ["10.0.1.0/28"]
    held = ec2.state().network.subnets[subnet]
    assert subnet_addresses.free(ec2.state(), held, 2) == ["10.0.1.16", "10.0.1.17"]
    ec2.given(api.DeleteSubnetCidrReservation(subnet_cidr_reservation_id=made.subnet_cidr_reservation_id))
    assert subnet_addresses.free(ec2.state(), held) == ["10.0.1.4"]
    ec2.replays()


def test_addresses_in_use() -> None:
    """Five addresses are AWS's; one in use is given to nobody else; a full subnet says so."""
    ec2 = Ec2()
    state, subnet = ec2.state(), Subnet(id="subnet-1", cidr="10.0.0.0/28")
    assert subnet_addresses.available(subnet) == 11
    subnet_addresses.take(subnet, "10.0.0.4", "eni-1")
    assert subnet_addresses.free(state, subnet, 2, beside=["10.0.0.5"]) == ["10.0.0.6", "10.0.0.7"]
    with pytest.raises(Exception, match="InUse"):
        subnet_addresses.check(subnet, "10.0.0.4")
    with pytest.raises(Exception, match="reserved"):
        subnet_addresses.check(subnet, "10.0.0.3")
    with pytest.raises(Exception, match="does not fall within"):
        subnet_addresses.check(subnet, "10.0.1.4")
    with pytest.raises(Exception, match="InsufficientFreeAddresses"):
        subnet_addresses.free(state, subnet, 11)
    subnet_addresses.release(subnet, "10.0.0.4")
    assert len(subnet_addresses.free(state, subnet, 11)) == 11


def test_subnets_are_found() -> None:
    """Filters look at zone, VPC, block and free addresses."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    subnet = ec2.subnet(vpc)
    for filters in (
        where(vpc_id=vpc), where(cidr_block="10.0.1.0/24"), where(available_ip_address_count="251"),
        where(subnet_id=subnet), where(vpc_id=vpc, availability_zone="us-east-1?"),
    ):  # fmt: skip
        assert [one.subnet_id for one in ec2.did(api.DescribeSubnets(filters=filters)).subnets] == [subnet]
