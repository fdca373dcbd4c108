"""Route tables, routes and internet gateways."""

from __future__ import annotations

from backtrail import Params
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where
from .test_foreign_networks import fold

ANYWHERE = "0.0.0.0/0"


def test_a_route_to_a_gateway_that_is_detached_is_a_blackhole() -> None:
    """Detaching an internet gateway makes its routes blackholes; attaching it makes them active again."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    gateway, table = ec2.gateway(vpc), ec2.table(vpc)
    ec2.given(api.CreateRoute(route_table_id=table, destination_cidr_block=ANYWHERE, gateway_id=gateway))
    assert ec2.routes(table)[ANYWHERE] == (gateway, "active")
    ec2.given(api.DetachInternetGateway(internet_gateway_id=gateway, vpc_id=vpc))
    assert ec2.routes(table)[ANYWHERE] == (gateway, "blackhole")
    assert ec2.did(api.DescribeRouteTables(filters=where(**{"route.state": "blackhole"}))).route_tables
    ec2.given(api.AttachInternetGateway(internet_gateway_id=gateway, vpc_id=vpc))
    assert ec2.routes(table)[ANYWHERE] == (gateway, "active")
    ec2.replays()


def test_what_routes_are_refused_for() -> None:
    """A destination has one route; a gateway is the VPC's; the local route stays."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    other, gateway, table = ec2.gateway(), ec2.gateway(vpc), ec2.table(vpc)

    def create(to: str, via: str) -> Ec2:
        ec2.when(api.CreateRoute(route_table_id=table, destination_cidr_block=to, gateway_id=via))
        return ec2

    create(ANYWHERE, other).refused("InvalidParameterValue", "belong to different networks")
    create(ANYWHERE, "igw-1").refused("InvalidInternetGatewayID.NotFound")
    create(ANYWHERE, "nat-1").refused("InvalidGatewayID.NotFound", "The gateway ID 'nat-1' does not exist")
    create(ANYWHERE, gateway)
    create("0.0.0.0/0", gateway).refused(
        "RouteAlreadyExists", "The route identified by 0.0.0.0/0 already exists."
    )
    create("10.0.1.0/24", gateway).refused(
        "InvalidParameterValue", "only supports interface and instance targets"
    )
    create("10.0.0.0/16", gateway).refused("InvalidParameterValue", "only supports interface")
    ec2.when(api.DeleteRoute(route_table_id=table, destination_cidr_block="10.0.0.0/16"))
    ec2.refused("InvalidParameterValue", "cannot remove local route 10.0.0.0/16")
    ec2.when(api.DeleteRoute(route_table_id=table, destination_cidr_block="9.0.0.0/8")).refused(
        "InvalidRoute.NotFound"
    )
    ec2.when(api.CreateRoute(route_table_id=table, destination_cidr_block="9.0.0.0/8")).refused(
        "MissingParameter"
    )
    ec2.given(api.DeleteRoute(route_table_id=table, destination_cidr_block=ANYWHERE))
    assert list(ec2.routes(table)) == ["10.0.0.0/16"]
    ec2.replays()


def test_routes_are_replaced() -> None:
    """A route takes another target; the local one only some kinds, and `local` again."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    gateway, table = ec2.gateway(vpc), ec2.table(vpc)
    replace = api.ReplaceRoute(route_table_id=table, destination_cidr_block=ANYWHERE, gateway_id=gateway)
    ec2.when(replace).refused("InvalidRoute.NotFound")
    ec2.given(
        api.CreateRoute(route_table_id=table, destination_cidr_block=ANYWHERE, gateway_id=gateway), replace
    )
    ec2.when(api.ReplaceRoute(route_table_id=table, destination_cidr_block="10.0.0.0/16", gateway_id=gateway))
    ec2.refused("InvalidParameterValue", "cannot replace local route")
    ec2.given(api.ReplaceRoute(route_table_id=table, destination_cidr_block="10.0.0.0/16", local_target=True))
    assert ec2.routes(table)["10.0.0.0/16"] == ("local", "active")
    ec2.replays()


def test_a_subnet_has_one_table() -> None:
    """A subnet is the main table's until it is associated, and again when it is no more."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    subnet, one, two = ec2.subnet(vpc), ec2.table(vpc), ec2.table(vpc)
    associate = api.AssociateRouteTable(route_table_id=one, subnet_id=subnet)
    made = ec2.did(associate).association_id
    assert ec2.did(associate).association_id == made
    ec2.when(api.AssociateRouteTable(route_table_id=two, subnet_id=subnet))
    ec2.refused("Resource.AlreadyAssociated", "conflicts with an existing association")
    ec2.when(api.DeleteRouteTable(route_table_id=one)).refused("DependencyViolation", "routeTable")
    moved = ec2.did(
        api.ReplaceRouteTableAssociation(association_id=made, route_table_id=two)
    ).new_association_id
    found = ec2.did(api.DescribeRouteTables(filters=where(**{"association.subnet-id": subnet}))).route_tables
    assert [table.route_table_id for table in found] == [two]
    ec2.given(api.DeleteRouteTable(route_table_id=one), api.DisassociateRouteTable(association_id=moved))
    assert not ec2.did(
        api.DescribeRouteTables(filters=where(**{"association.subnet-id": subnet}))
    ).route_tables
    ec2.when(api.DisassociateRouteTable(association_id=moved)).refused("InvalidAssociationID.NotFound")
    ec2.replays()


def test_another_table_becomes_the_main_one() -> None:
    """Replacing the main association makes another table main; the main one cannot be disassociated or deleted."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    (main,) = ec2.did(api.DescribeRouteTables(filters=where(vpc_id=vpc))).route_tables
    old, other = str(main.associations[0].route_table_association_id), ec2.table(vpc)
    ec2.when(api.DisassociateRouteTable(association_id=old)).refused("InvalidParameterValue")
    ec2.when(api.DeleteRouteTable(route_table_id=str(main.route_table_id))).refused("DependencyViolation")
    ec2.given(api.ReplaceRouteTableAssociation(association_id=old, route_table_id=other))
    (now,) = ec2.did(
        api.DescribeRouteTables(filters=where(**{"vpc-id": vpc, "association.main": "true"}))
    ).route_tables
    assert now.route_table_id == other
    ec2.given(api.DeleteRouteTable(route_table_id=str(main.route_table_id)), api.DeleteVpc(vpc_id=vpc))
    assert not ec2.did(api.DescribeRouteTables(filters=where(vpc_id=vpc))).route_tables
    ec2.replays()


def test_a_gateway_has_one_vpc() -> None:
    """A gateway is attached to one VPC, and a VPC to one gateway; attached, it cannot be deleted."""
    ec2 = Ec2()
    one, two = ec2.vpc(), ec2.vpc("10.1.0.0/16")
    gateway, other = ec2.gateway(one), ec2.gateway()

    def attach(what: str, to: str) -> Ec2:
        return said(ec2, api.AttachInternetGateway(internet_gateway_id=what, vpc_id=to))

    attach(gateway, two).refused(
        "Resource.AlreadyAssociated", f"resource {gateway} is already attached to network"
    )
    attach(other, one).refused(
        "InvalidParameterValue", f"Network {one} already has an internet gateway attached"
    )
    said(ec2, api.DeleteInternetGateway(internet_gateway_id=gateway)).refused("DependencyViolation")
    said(ec2, api.DetachInternetGateway(internet_gateway_id=other, vpc_id=one)).refused("Gateway.NotAttached")
    (shown,) = ec2.did(
        api.DescribeInternetGateways(filters=where(**{"attachment.vpc-id": one}))
    ).internet_gateways
    assert [(each.state, each.vpc_id) for each in shown.attachments] == [("available", one)]
    (shown,) = ec2.did(api.DescribeInternetGateways(internet_gateway_ids=[other])).internet_gateways
    assert shown.attachments == []
    ec2.given(api.DetachInternetGateway(internet_gateway_id=gateway, vpc_id=one))
    ec2.given(api.DeleteInternetGateway(internet_gateway_id=gateway))
    said(ec2, api.DescribeInternetGateways(internet_gateway_ids=[gateway])).refused(
        "InvalidInternetGatewayID.NotFound"
    )
    ec2.replays()


def said(ec2: Ec2, call: Params) -> Ec2:
    """A scenario after one more call."""
    ec2.when(call)
    return ec2


def test_a_token_makes_one_table() -> None:
    """The same call with the same token is answered with the same table; another call with it is refused."""
    ec2 = Ec2()
    one, two = ec2.vpc(), ec2.vpc("10.1.0.0/16")
    first = ec2.did(api.CreateRouteTable(vpc_id=one, client_token="t")).route_table.route_table_id
    assert ec2.did(api.CreateRouteTable(vpc_id=one, client_token="t")).route_table.route_table_id == first
    ec2.when(api.CreateRouteTable(vpc_id=two, client_token="t")).refused(
        "IdempotentParameterMismatch"
    ).replays()


def test_routes_that_a_vpn_gateway_hands_on() -> None:
    """Only a VPN gateway that is there hands on routes; what a trail tells of one is kept until it says otherwise."""
    ec2 = Ec2()
    table = ec2.table(ec2.vpc())
    enable = api.EnableVgwRoutePropagation(route_table_id=table, gateway_id="vgw-1")
    said(ec2, enable).refused("InvalidGatewayID.NotFound")
    params = {"routeTableId": table, "gatewayId": "vgw-1"}
    fold(ec2, "EnableVgwRoutePropagation", params, {"_return": True})
    (shown,) = ec2.did(api.DescribeRouteTables(route_table_ids=[table])).route_tables
    assert [one.gateway_id for one in shown.propagating_vgws] == ["vgw-1"]
    ec2.given(api.DisableVgwRoutePropagation(route_table_id=table, gateway_id="vgw-1"))
    (shown,) = ec2.did(api.DescribeRouteTables(route_table_ids=[table])).route_tables
    assert shown.propagating_vgws == []
