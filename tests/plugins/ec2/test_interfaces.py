"""Network interfaces: made, addressed, changed, taken away."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tagged, where


def made(ec2: Ec2, subnet: str, **more: object) -> api.NetworkInterface:
    """A new interface."""
    call = api.CreateNetworkInterface(subnet_id=subnet, **more)  # type: ignore[arg-type]
    answer: api.NetworkInterface = ec2.did(call).network_interface
    return answer


def test_an_interface_has_an_address_a_group_and_tags() -> None:
    """Given a subnet, when an interface is made, then it has the first free address and the default group."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    subnet = ec2.subnet(vpc)
    one = made(ec2, subnet, description="mine", tag_specifications=tagged("network-interface", Name="a"))
    assert (one.private_ip_address, one.status, one.vpc_id) == ("10.0.1.4", "pending", vpc)
    (found,) = ec2.did(api.DescribeNetworkInterfaces(filters=where(subnet_id=subnet))).network_interfaces
    assert (found.status, found.description, found.source_dest_check) == ("available", "mine", True)
    assert [group.group_name for group in found.groups] == ["default"]
    assert [(tag.key, tag.value) for tag in found.tag_set] == [("Name", "a")]
    (there,) = ec2.did(api.DescribeSubnets(subnet_ids=[subnet])).subnets
    assert there.available_ip_address_count == 250
    ec2.when(api.DeleteSubnet(subnet_id=subnet)).refused("DependencyViolation")
    ec2.replays()


def test_addresses_that_are_asked_for() -> None:
    """Given addresses by name and by number, when interfaces are made, then nobody gets one that is taken."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc())
    one = made(ec2, subnet, private_ip_address="10.0.1.9", secondary_private_ip_address_count=2)
    listed = [(ip.private_ip_address, ip.primary) for ip in one.private_ip_addresses or []]
    assert listed == [("10.0.1.9", True), ("10.0.1.4", False), ("10.0.1.5", False)]
    taken = api.CreateNetworkInterface(subnet_id=subnet, private_ip_address="10.0.1.9")
    ec2.when(taken).refused("InvalidIPAddress.InUse", "The specified address is already in use.")
    ec2.when(api.CreateNetworkInterface(subnet_id=subnet, private_ip_address="10.0.1.2")).refused(
        "InvalidParameterValue"
    )
    ec2.when(api.CreateNetworkInterface(subnet_id=subnet, private_ip_address="10.9.0.9")).refused(
        "InvalidParameterValue"
    )
    two = [
        api.PrivateIpAddressSpecification(private_ip_address=f"10.0.1.{n}", primary=True) for n in (20, 21)
    ]
    ec2.when(api.CreateNetworkInterface(subnet_id=subnet, private_ip_addresses=two)).refused(
        "InvalidParameterCombination"
    )
    ec2.replays()


def test_more_addresses_and_fewer() -> None:
    """Given an interface, when addresses are assigned, moved and unassigned, then each has one owner."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc())
    one, two = (str(made(ec2, subnet).network_interface_id) for _ in range(2))
    given = ec2.did(
        api.AssignPrivateIpAddresses(network_interface_id=one, secondary_private_ip_address_count=1)
    )
    address = given.assigned_private_ip_addresses[0].private_ip_address
    move = api.AssignPrivateIpAddresses(network_interface_id=two, private_ip_addresses=[address])
    ec2.when(move).refused("InvalidIPAddress.InUse")
    ec2.given(
        api.AssignPrivateIpAddresses(
            network_interface_id=two, private_ip_addresses=[address], allow_reassignment=True
        )
    )
    (found,) = ec2.did(api.DescribeNetworkInterfaces(network_interface_ids=[one])).network_interfaces
    assert len(found.private_ip_addresses) == 1
    primary = found.private_ip_address
    wrong = api.UnassignPrivateIpAddresses(network_interface_id=one, private_ip_addresses=[primary])
    ec2.when(wrong).refused("InvalidParameterValue")
    ec2.given(api.UnassignPrivateIpAddresses(network_interface_id=two, private_ip_addresses=[address]))
    again = ec2.did(api.AssignPrivateIpAddresses(network_interface_id=one, private_ip_addresses=[address]))
    assert again.assigned_private_ip_addresses[0].private_ip_address == address
    ec2.replays()


def test_ipv6_addresses() -> None:
    """Given a subnet with an IPv6 block, when addresses are assigned, then they are of that block."""
    ec2 = Ec2()
    made_vpc = ec2.did(api.CreateVpc(cidr_block="10.0.0.0/16", amazon_provided_ipv6_cidr_block=True)).vpc
    block = made_vpc.ipv6_cidr_block_association_set[0].ipv6_cidr_block
    subnet = ec2.subnet(made_vpc.vpc_id, ipv6_cidr_block=block.replace("/56", "/64"))
    one = made(ec2, subnet, ipv6_address_count=1)
    assert len(one.ipv6_addresses or []) == 1
    name = str(one.network_interface_id)
    more = ec2.did(
        api.AssignIpv6Addresses(network_interface_id=name, ipv6_address_count=2)
    ).assigned_ipv6_addresses
    assert all(ip.startswith(block.split("::")[0]) for ip in more)
    ec2.given(api.UnassignIpv6Addresses(network_interface_id=name, ipv6_addresses=more))
    (found,) = ec2.did(api.DescribeNetworkInterfaces(network_interface_ids=[name])).network_interfaces
    assert [ip.ipv6_address for ip in found.ipv6_addresses] == [one.ipv6_address]
    ec2.when(api.UnassignIpv6Addresses(network_interface_id=name, ipv6_addresses=more)).refused(
        "InvalidParameterValue"
    )
    ec2.replays()


def test_attributes_of_an_interface() -> None:
    """Given an interface, when its groups, description and check change, then each attribute says so."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    name = str(made(ec2, ec2.subnet(vpc)).network_interface_id)
    group = ec2.group(vpc)
    change = api.ModifyNetworkInterfaceAttribute
    ec2.given(change(network_interface_id=name, groups=[group]))
    ec2.given(change(network_interface_id=name, description=api.AttributeValue(value="new")))
    ec2.given(change(network_interface_id=name, source_dest_check=api.AttributeBooleanValue(value=False)))
    ask = api.DescribeNetworkInterfaceAttribute
    assert ec2.did(ask(network_interface_id=name, attribute="description")).description.value == "new"
    assert ec2.did(ask(network_interface_id=name, attribute="groupSet")).groups[0].group_id == group
    assert (
        ec2.did(ask(network_interface_id=name, attribute="sourceDestCheck")).source_dest_check.value is False
    )
    ec2.when(ask(network_interface_id=name, attribute="colour")).refused("InvalidParameterValue")
    ec2.when(api.DeleteSecurityGroup(group_id=group)).refused("DependencyViolation")
    ec2.when(change(network_interface_id=name, groups=["sg-00000000000000000"])).refused(
        "InvalidGroup.NotFound"
    )
    ec2.when(api.DeleteNetworkInterface(network_interface_id="eni-1")).refused(
        "InvalidNetworkInterfaceId.Malformed"
    )
    ec2.given(api.DeleteNetworkInterface(network_interface_id=name))
    ec2.when(api.DeleteNetworkInterface(network_interface_id=name)).refused(
        "InvalidNetworkInterfaceID.NotFound"
    )
    ec2.replays()
