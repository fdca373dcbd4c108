"""Gateways of a VPC that lead elsewhere: NAT, egress-only, carriers', customers' and VPN; and DHCP options."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tagged, where


def nat(ec2: Ec2, subnet: str, **more: object) -> api.NatGateway:
    """A new NAT gateway, as it is described."""
    made = ec2.did(api.CreateNatGateway(subnet_id=subnet, **more)).nat_gateway  # type: ignore[arg-type]
    assert made.state == "pending"
    (found,) = ec2.did(api.DescribeNatGateways(nat_gateway_ids=[made.nat_gateway_id])).nat_gateways
    answer: api.NatGateway = found
    return answer


def test_a_public_nat_gateway() -> None:
    """Given a way out, when a NAT gateway is made and deleted, then its address, interface and routes follow."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    ec2.gateway(vpc)
    subnet, table = ec2.subnet(vpc), ec2.table(vpc)
    address = ec2.did(api.AllocateAddress())
    made = nat(
        ec2, subnet, allocation_id=address.allocation_id, tag_specifications=tagged("natgateway", Name="n")
    )
    (one,) = made.nat_gateway_addresses or []
    assert (made.state, one.public_ip, one.private_ip) == ("available", address.public_ip, "10.0.1.4")
    name = str(made.nat_gateway_id)
    ec2.given(api.CreateRoute(route_table_id=table, destination_cidr_block="0.0.0.0/0", nat_gateway_id=name))
    (held,) = ec2.did(
        api.DescribeNetworkInterfaces(filters=where(interface_type="nat_gateway"))
    ).network_interfaces
    assert (held.network_interface_id, held.requester_managed, held.status) == (
        one.network_interface_id,
        True,
        "in-use",
    )
    ec2.when(api.DeleteNetworkInterface(network_interface_id=held.network_interface_id)).refused(
        "OperationNotPermitted"
    )
    again = nat(ec2, subnet, allocation_id=address.allocation_id)
    assert (again.state, again.failure_code) == ("failed", "Resource.AlreadyAssociated")
    ec2.when(api.DeleteVpc(vpc_id=vpc)).refused("DependencyViolation")
    ec2.given(api.DeleteNatGateway(nat_gateway_id=name))
    (gone,) = ec2.did(api.DescribeNatGateways(filter=where(state="deleted"))).nat_gateways
    assert gone.nat_gateway_id == name
    (route,) = [
        one
        for one in ec2.did(api.DescribeRouteTables(route_table_ids=[table])).route_tables[0].routes
        if one.nat_gateway_id == name
    ]
    assert route.state == "blackhole"
    ec2.given(api.ReleaseAddress(allocation_id=address.allocation_id))
    ec2.later(hours=2)
    ec2.when(api.DescribeNatGateways(nat_gateway_ids=[name])).refused("NatGatewayNotFound")
    ec2.replays()


def test_a_nat_gateway_fails_without_a_way_out() -> None:
    """Given a VPC without an internet gateway, when a public NAT gateway is made, then it fails and says why."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc())
    address = ec2.did(api.AllocateAddress()).allocation_id
    made = nat(ec2, subnet, allocation_id=address)
    assert (made.state, made.failure_code) == ("failed", "Gateway.NotAttached")
    assert nat(ec2, subnet, connectivity_type="private").state == "available"
    ec2.when(api.CreateNatGateway(subnet_id=subnet)).refused("MissingParameter")
    ec2.replays()


def test_an_egress_only_gateway() -> None:
    """Given a VPC, when it gets an egress-only gateway, then the VPC stays while the gateway does."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    made = ec2.did(api.CreateEgressOnlyInternetGateway(vpc_id=vpc)).egress_only_internet_gateway
    name = made.egress_only_internet_gateway_id
    assert made.attachments[0].vpc_id == vpc
    table = ec2.table(vpc)
    ec2.given(
        api.CreateRoute(
            route_table_id=table, destination_ipv6_cidr_block="::/0", egress_only_internet_gateway_id=name
        )
    )
    ec2.given(api.DeleteRoute(route_table_id=table, destination_ipv6_cidr_block="::/0"))
    ec2.given(api.DeleteRouteTable(route_table_id=table)).when(api.DeleteVpc(vpc_id=vpc)).refused(
        "DependencyViolation"
    )
    delete = api.DeleteEgressOnlyInternetGateway(egress_only_internet_gateway_id=name)
    assert ec2.did(delete).return_code is True
    ec2.when(delete).refused("InvalidGatewayID.NotFound")
    assert not ec2.did(api.DescribeEgressOnlyInternetGateways()).egress_only_internet_gateways
    ec2.replays()


def test_a_carrier_gateway() -> None:
    """Given a VPC, when it gets a carrier gateway, then it can have no second one."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    made = ec2.did(api.CreateCarrierGateway(vpc_id=vpc)).carrier_gateway
    ec2.when(api.CreateCarrierGateway(vpc_id=vpc)).refused("InvalidParameterValue")
    (found,) = ec2.did(api.DescribeCarrierGateways(filters=where(vpc_id=vpc))).carrier_gateways
    assert (found.carrier_gateway_id, found.state) == (made.carrier_gateway_id, "available")
    ec2.given(
        api.DeleteCarrierGateway(carrier_gateway_id=found.carrier_gateway_id), api.DeleteVpc(vpc_id=vpc)
    )
    ec2.replays()


def test_customer_and_vpn_gateways() -> None:
    """Given both ends of a VPN, when they are attached and deleted, then each says what it is."""
    ec2 = Ec2()
    call = api.CreateCustomerGateway(type="ipsec.1", ip_address="203.0.113.9", bgp_asn=65001)
    ours = ec2.did(call).customer_gateway
    assert (ours.state, ours.bgp_asn, ours.ip_address) == ("available", "65001", "203.0.113.9")
    assert ec2.did(call).customer_gateway.customer_gateway_id == ours.customer_gateway_id
    ec2.when(api.CreateCustomerGateway(type="ipsec.1")).refused("MissingParameter")
    ec2.when(api.CreateCustomerGateway(type="ipsec.1", ip_address="x")).refused("InvalidParameterValue")
    vpc = ec2.vpc()
    theirs = ec2.did(api.CreateVpnGateway(type="ipsec.1")).vpn_gateway
    assert theirs.amazon_side_asn == 64512
    gateway = str(theirs.vpn_gateway_id)
    ec2.given(api.AttachVpnGateway(vpc_id=vpc, vpn_gateway_id=gateway))
    second = str(ec2.did(api.CreateVpnGateway(type="ipsec.1")).vpn_gateway.vpn_gateway_id)
    ec2.when(api.AttachVpnGateway(vpc_id=vpc, vpn_gateway_id=second)).refused("InvalidVpcState")
    ec2.given(api.DeleteVpnGateway(vpn_gateway_id=second))
    table = ec2.table(vpc)
    ec2.given(api.CreateRoute(route_table_id=table, destination_cidr_block="10.9.0.0/16", gateway_id=gateway))
    ec2.when(api.DeleteVpnGateway(vpn_gateway_id=gateway)).refused("IncorrectState")
    ec2.given(api.DetachVpnGateway(vpc_id=vpc, vpn_gateway_id=gateway))
    assert ec2.routes(table)["10.9.0.0/16"] == (gateway, "blackhole")
    again = api.DetachVpnGateway(vpc_id=vpc, vpn_gateway_id=gateway)
    ec2.when(again).refused("InvalidVpnGatewayAttachment.NotFound")
    ec2.given(api.DeleteVpnGateway(vpn_gateway_id=gateway))
    ec2.given(api.DeleteCustomerGateway(customer_gateway_id=ours.customer_gateway_id))
    assert ec2.did(api.DescribeVpnGateways()).vpn_gateways[0].state == "deleted"
    assert ec2.did(api.DescribeCustomerGateways(filters=where(state="deleted"))).customer_gateways
    ec2.replays()


def test_dhcp_options() -> None:
    """Given options, when a VPC has them, then they stay; unknown options are refused."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    given = [api.NewDhcpConfiguration(key="domain-name-servers", values=["10.2.5.1,10.2.5.2"])]
    made = ec2.did(api.CreateDhcpOptions(dhcp_configurations=given)).dhcp_options
    assert [one.value for one in made.dhcp_configurations[0].values] == ["10.2.5.1", "10.2.5.2"]
    ec2.given(api.AssociateDhcpOptions(dhcp_options_id=made.dhcp_options_id, vpc_id=vpc))
    ec2.when(api.DeleteDhcpOptions(dhcp_options_id=made.dhcp_options_id)).refused("DependencyViolation")
    ec2.given(api.AssociateDhcpOptions(dhcp_options_id="default", vpc_id=vpc))
    ec2.given(api.DeleteDhcpOptions(dhcp_options_id=made.dhcp_options_id))
    wrong = [api.NewDhcpConfiguration(key="colour", values=["red"])]
    ec2.when(api.CreateDhcpOptions(dhcp_configurations=wrong)).refused("InvalidParameterValue")
    (default,) = ec2.did(api.DescribeDhcpOptions()).dhcp_options
    assert {one.key for one in default.dhcp_configurations} == {"domain-name", "domain-name-servers"}
    ec2.replays()
