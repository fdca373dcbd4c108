"""Prefixes of network interfaces: blocks of addresses that nothing else may have."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2


def test_prefixes_take_their_addresses() -> None:
    """Given an interface with prefixes, then their addresses are taken, and free again without them."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc(), "10.0.1.0/25")

    def free() -> int:
        (found,) = ec2.did(api.DescribeSubnets(subnet_ids=[subnet])).subnets
        return int(found.available_ip_address_count)

    before = free()
    made = ec2.did(api.CreateNetworkInterface(subnet_id=subnet, ipv4_prefix_count=2)).network_interface
    name = str(made.network_interface_id)
    assert [one.ipv4_prefix for one in made.ipv4_prefixes] == ["10.0.1.16/28", "10.0.1.32/28"]
    assert free() == before - 33
    named = api.AssignPrivateIpAddresses(network_interface_id=name, ipv4_prefixes=["10.0.1.48/28"])
    given = ec2.did(named).assigned_ipv4_prefixes
    assert [one.ipv4_prefix for one in given] == ["10.0.1.48/28"]
    ec2.when(named).refused("InvalidIPAddress.InUse")
    wrong = api.AssignPrivateIpAddresses(network_interface_id=name, ipv4_prefixes=["10.0.2.0/28"])
    ec2.when(wrong).refused("InvalidParameterValue")
    taken = api.CreateNetworkInterface(subnet_id=subnet, private_ip_address="10.0.1.20")
    ec2.when(taken).refused("InvalidIPAddress.InUse")
    ec2.when(api.AssignPrivateIpAddresses(network_interface_id=name, ipv4_prefix_count=9)).refused(
        "InsufficientFreeAddressesInSubnet"
    )
    ec2.given(api.UnassignPrivateIpAddresses(network_interface_id=name, ipv4_prefixes=["10.0.1.16/28"]))
    assert free() == before - 33
    ec2.given(taken)
    ec2.given(api.DeleteNetworkInterface(network_interface_id=name))
    assert free() == before - 1
    ec2.replays()


def test_ipv6_prefixes_are_drawn_from_the_block() -> None:
    """Given a subnet with IPv6, when prefixes are asked for, then each is another /80 of its block."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    ec2.given(api.AssociateVpcCidrBlock(vpc_id=vpc, amazon_provided_ipv6_cidr_block=True))
    (found,) = ec2.did(api.DescribeVpcs(vpc_ids=[vpc])).vpcs
    block = str(found.ipv6_cidr_block_association_set[0].ipv6_cidr_block).replace("/56", "/64")
    subnet = ec2.subnet(vpc, ipv6_cidr_block=block)
    made = ec2.did(api.CreateNetworkInterface(subnet_id=subnet, ipv6_prefix_count=2)).network_interface
    name = str(made.network_interface_id)
    more = ec2.did(api.AssignIpv6Addresses(network_interface_id=name, ipv6_prefix_count=1))
    prefixes = [*(one.ipv6_prefix for one in made.ipv6_prefixes), *more.assigned_ipv6_prefixes]
    assert len(set(prefixes)) == 3
    assert all(one.endswith("/80") and one.startswith(block[:14]) for one in prefixes)
    ec2.given(api.UnassignIpv6Addresses(network_interface_id=name, ipv6_prefixes=prefixes[:1]))
    (seen,) = ec2.did(api.DescribeNetworkInterfaces(network_interface_ids=[name])).network_interfaces
    assert [one.ipv6_prefix for one in seen.ipv6_prefixes] == prefixes[1:]
    none = ec2.subnet(vpc, "10.0.3.0/24")
    ec2.when(api.CreateNetworkInterface(subnet_id=none, ipv6_prefix_count=1)).refused("InvalidParameterValue")
    ec2.replays()
