"""Transit gateways: attachments, tables, routes, peers."""

from __future__ import annotations

from backtrail.testing import ACCOUNT
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where


def gateway(ec2: Ec2) -> api.TransitGateway:
    """A new transit gateway, as it is described."""
    made = ec2.did(api.CreateTransitGateway(description="t")).transit_gateway
    assert made.state == "pending"
    ask = api.DescribeTransitGateways(transit_gateway_ids=[made.transit_gateway_id])
    (found,) = ec2.did(ask).transit_gateways
    answer: api.TransitGateway = found
    return answer


def attached(ec2: Ec2, name: str, vpc: str, subnet: str) -> str:
    """A new attachment of a VPC."""
    call = api.CreateTransitGatewayVpcAttachment(transit_gateway_id=name, vpc_id=vpc, subnet_ids=[subnet])
    return str(ec2.did(call).transit_gateway_vpc_attachment.transit_gateway_attachment_id)


def test_a_vpc_is_attached_and_its_block_is_propagated() -> None:
    """Given a gateway with a default table, when a VPC is attached, then the table leads to it until it is detached."""
    ec2 = Ec2()
    made = gateway(ec2)
    name = str(made.transit_gateway_id)
    assert isinstance(made.options, api.TransitGatewayOptions)
    table = str(made.options.association_default_route_table_id)
    assert (made.state, made.options.amazon_side_asn) == ("available", 64512)
    vpc = ec2.vpc("10.5.0.0/16")
    subnet, own = ec2.subnet(vpc, "10.5.1.0/24"), ec2.table(vpc)
    route = api.CreateRoute(route_table_id=own, destination_cidr_block="10.6.0.0/16", transit_gateway_id=name)
    ec2.when(route).refused("InvalidTransitGatewayID.NotFound")
    attachment = attached(ec2, name, vpc, subnet)
    ec2.given(route)
    again = api.CreateTransitGatewayVpcAttachment(transit_gateway_id=name, vpc_id=vpc, subnet_ids=[subnet])
    ec2.when(again).refused("DuplicateTransitGatewayAttachment")
    search = api.SearchTransitGatewayRoutes(
        transit_gateway_route_table_id=table, filters=where(type="propagated")
    )
    (found,) = ec2.did(search).routes
    assert (found.destination_cidr_block, found.state) == ("10.5.0.0/16", "active")
    associations = ec2.did(api.GetTransitGatewayRouteTableAssociations(transit_gateway_route_table_id=table))
    assert [one.transit_gateway_attachment_id for one in associations.associations] == [attachment]
    ec2.when(api.DeleteTransitGateway(transit_gateway_id=name)).refused("IncorrectState")
    ec2.when(api.DeleteVpc(vpc_id=vpc)).refused("DependencyViolation")
    ec2.given(api.DeleteTransitGatewayVpcAttachment(transit_gateway_attachment_id=attachment))
    assert ec2.did(search).routes == []
    ec2.given(api.DeleteTransitGateway(transit_gateway_id=name))
    ec2.when(api.ModifyTransitGateway(transit_gateway_id=name)).refused("InvalidTransitGatewayID.NotFound")
    ec2.replays()


def test_a_table_of_ones_own() -> None:
    """Given a second table, when an attachment changes to it, then it has that one's static routes."""
    ec2 = Ec2()
    made = gateway(ec2)
    name = str(made.transit_gateway_id)
    vpc = ec2.vpc()
    attachment = attached(ec2, name, vpc, ec2.subnet(vpc))
    create = api.CreateTransitGatewayRouteTable(transit_gateway_id=name)
    table = str(ec2.did(create).transit_gateway_route_table.transit_gateway_route_table_id)
    join = api.AssociateTransitGatewayRouteTable(
        transit_gateway_route_table_id=table, transit_gateway_attachment_id=attachment
    )
    ec2.when(join).refused("Resource.AlreadyAssociated")
    assert isinstance(made.options, api.TransitGatewayOptions)
    ec2.given(
        api.DisassociateTransitGatewayRouteTable(
            transit_gateway_route_table_id=str(made.options.association_default_route_table_id),
            transit_gateway_attachment_id=attachment,
        ),
        join,
    )
    to = api.CreateTransitGatewayRoute(
        transit_gateway_route_table_id=table, destination_cidr_block="0.0.0.0/0",
        transit_gateway_attachment_id=attachment,
    )  # fmt: skip
    assert ec2.did(to).route.state == "active"
    ec2.when(to).refused("RouteAlreadyExists")
    hole = api.CreateTransitGatewayRoute(
        transit_gateway_route_table_id=table, destination_cidr_block="10.9.0.0/16", blackhole=True
    )
    assert ec2.did(hole).route.state == "blackhole"
    within = [api.Filter(name="route-search.subnet-of-match", values=["10.0.0.0/8"])]
    search = api.SearchTransitGatewayRoutes(transit_gateway_route_table_id=table, filters=within)
    assert [one.destination_cidr_block for one in ec2.did(search).routes] == ["10.9.0.0/16"]
    spread = api.EnableTransitGatewayRouteTablePropagation(
        transit_gateway_route_table_id=table, transit_gateway_attachment_id=attachment
    )
    assert ec2.did(spread).propagation.state == "enabled"
    ec2.when(spread).refused("TransitGatewayRouteTablePropagation.Duplicate")
    ask = api.GetTransitGatewayRouteTablePropagations(transit_gateway_route_table_id=table)
    assert len(ec2.did(ask).transit_gateway_route_table_propagations) == 1
    stop = api.DisableTransitGatewayRouteTablePropagation(
        transit_gateway_route_table_id=table, transit_gateway_attachment_id=attachment
    )
    assert ec2.did(stop).propagation.state == "disabled"
    ec2.when(stop).refused("TransitGatewayRouteTablePropagation.NotFound")
    gone = api.DeleteTransitGatewayRoute(
        transit_gateway_route_table_id=table, destination_cidr_block="10.9.0.0/16"
    )
    assert ec2.did(gone).route.state == "deleted"
    ec2.when(gone).refused("InvalidRoute.NotFound")
    ec2.when(api.DeleteTransitGatewayRouteTable(transit_gateway_route_table_id=table)).refused(
        "IncorrectState"
    )
    listed = ec2.did(
        api.DescribeTransitGatewayRouteTables(filters=where(default_association_route_table="false"))
    )
    assert [one.transit_gateway_route_table_id for one in listed.transit_gateway_route_tables] == [table]
    ec2.replays()


def test_two_gateways_as_peers() -> None:
    """Given two gateways, when one asks and the other's owner accepts, then they are joined until one ends it."""
    ec2 = Ec2()
    one, two = (str(gateway(ec2).transit_gateway_id) for _ in range(2))
    ask = api.CreateTransitGatewayPeeringAttachment(
        transit_gateway_id=one, peer_transit_gateway_id=two, peer_account_id=ACCOUNT, peer_region="eu-west-1"
    )
    made = ec2.did(ask).transit_gateway_peering_attachment
    assert (made.state, made.accepter_tgw_info.region) == ("initiatingRequest", "eu-west-1")
    name = made.transit_gateway_attachment_id
    (found,) = ec2.did(api.DescribeTransitGatewayPeeringAttachments()).transit_gateway_peering_attachments
    assert (found.transit_gateway_attachment_id, found.state) == (name, "pendingAcceptance")
    accept = api.AcceptTransitGatewayPeeringAttachment(transit_gateway_attachment_id=name)
    ec2.when(accept).refused("IncorrectState")  # the requester cannot
    (listed,) = ec2.did(api.DescribeTransitGatewayAttachments()).transit_gateway_attachments
    assert listed.resource_type == "peering"
    ec2.given(api.DeleteTransitGatewayPeeringAttachment(transit_gateway_attachment_id=name))
    (found,) = ec2.did(api.DescribeTransitGatewayPeeringAttachments()).transit_gateway_peering_attachments
    assert found.state == "deleted"
    ec2.replays()
