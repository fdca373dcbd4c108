"""Ways through transit gateways and regional NAT gateways: zones, tables, one VPC that leads out for all."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET
from backtrail_aws.ec2 import api, faults

from .test_reach import WORLD, Network
from .test_reach_ways import open_group


def attached(net: Network, transit: str, vpc: str, subnet: str) -> str:
    """A VPC at a transit gateway."""
    made = net.did(
        api.CreateTransitGatewayVpcAttachment(transit_gateway_id=transit, vpc_id=vpc, subnet_ids=[subnet])
    )
    return str(made.transit_gateway_vpc_attachment.transit_gateway_attachment_id)


def test_a_transit_gateway_has_zones_and_tables() -> None:
    """Given VPCs at a transit gateway, then a zone needs a subnet of the attachment, an attachment a table, and the
    table a route."""
    net = Network()
    transit = str(net.did(api.CreateTransitGateway()).transit_gateway.transit_gateway_id)
    spoke = net.vpc("10.6.0.0/16")
    near, far = (
        net.subnet(spoke, f"10.6.{number}.0/24", availability_zone=zone)
        for number, zone in ((1, "us-east-1a"), (2, "us-east-1b"))
    )
    here = net.subnet(net.home, "10.0.9.0/24", availability_zone="us-east-1a")
    target = net.interface(here, net.opened("web", 80))
    links = [attached(net, transit, net.home, here), attached(net, transit, spoke, near)]
    for vpc, to in ((net.home, "10.6.0.0/16"), (spoke, "10.0.0.0/16")):
        net.route(str(net.state().network.vpcs[vpc].main_table), to, transit_gateway_id=transit)
    assert net.codes(net.interface(near), target) == []
    assert net.codes(net.interface(far), target) == ["TGW_ROUTE_AZ_RESTRICTION"]
    table = str(net.state().gateways.transit.attachments[links[1]].table)
    net.given(
        api.DisassociateTransitGatewayRouteTable(
            transit_gateway_route_table_id=table, transit_gateway_attachment_id=links[1]
        )
    )
    one = net.interface(near)
    assert net.codes(one, target) == ["TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"]
    net.given(
        api.AssociateTransitGatewayRouteTable(
            transit_gateway_route_table_id=table, transit_gateway_attachment_id=links[1]
        ),
        api.DisableTransitGatewayRouteTablePropagation(
            transit_gateway_route_table_id=table, transit_gateway_attachment_id=links[0]
        ),
    )
    assert net.codes(one, target) == ["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]
    net.replays()


def test_one_vpc_leads_out_for_all() -> None:
    """Given a spoke without a gateway of its own, when the transit gateway's table leads to a VPC with NAT, then the
    spoke gets out there, and nobody gets in."""
    net = Network()
    transit = str(net.did(api.CreateTransitGateway()).transit_gateway.transit_gateway_id)
    spoke = net.vpc("10.6.0.0/16")
    subnet = net.subnet(spoke, "10.6.1.0/24")
    inside = net.interface(subnet, open_group(net, spoke))
    egress = attached(net, transit, net.home, net.private)
    attached(net, transit, spoke, subnet)
    net.route(str(net.state().network.vpcs[spoke].main_table), WORLD, transit_gateway_id=transit)
    (table,) = net.state().gateways.transit.tables
    assert net.codes(inside, net.igw, 443) == ["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]
    net.given(
        api.CreateTransitGatewayRoute(
            transit_gateway_route_table_id=table,
            destination_cidr_block=WORLD,
            transit_gateway_attachment_id=egress,
        )
    )
    assert net.codes(inside, net.igw, 443) == ["NO_ROUTE_TO_DESTINATION"]
    allocation = net.did(api.AllocateAddress()).allocation_id
    nat = net.did(
        api.CreateNatGateway(subnet_id=net.public, allocation_id=allocation)
    ).nat_gateway.nat_gateway_id
    net.route(str(net.state().network.vpcs[net.home].main_table), WORLD, nat_gateway_id=str(nat))
    assert "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS" in net.codes(inside, net.igw, 443)  # the answer
    net.route(net.public_table, "10.6.0.0/16", transit_gateway_id=transit)
    assert net.codes(inside, net.igw, 443) == []
    assert net.codes(net.igw, inside, 443) != []
    net.replays()


def test_a_regional_nat_gateway() -> None:
    """Given a NAT gateway of all zones, in no subnet, then private subnets get out by its own table; with addresses for
    one zone alone, the others do not; deleted, it leaves a blackhole."""
    net = Network()
    zones = {
        zone: net.subnet(net.home, f"10.0.{number}.0/24", availability_zone=zone)
        for number, zone in ((11, "us-east-1a"), (12, "us-east-1b"))
    }
    hosts = {zone: net.interface(subnet) for zone, subnet in zones.items()}
    table = str(net.state().network.vpcs[net.home].main_table)
    allocation = net.did(api.AllocateAddress()).allocation_id
    ask: dict[str, Any] = {"availability_mode": "regional", "vpc_id": net.home}
    made = net.did(api.CreateNatGateway(**ask)).nat_gateway
    assert (made.availability_mode, made.auto_provision_zones, made.subnet_id) == (
        "regional",
        "enabled",
        UNSET,
    )
    assert {one.availability_zone for one in made.nat_gateway_addresses} >= set(zones)
    net.route(table, WORLD, nat_gateway_id=str(made.nat_gateway_id))
    for card in hosts.values():
        found = net.ask(card, net.igw, 443)
        assert found.network_path_found is True
        assert made.route_table_id in [one.component.id for one in found.forward_path_components]
    assert net.codes(net.igw, hosts["us-east-1a"], 443) != []
    given = [api.AvailabilityZoneAddress(availability_zone="us-east-1a", allocation_ids=[allocation])]
    manual = net.did(api.CreateNatGateway(**ask, availability_zone_addresses=given)).nat_gateway
    assert manual.auto_provision_zones == "disabled"
    net.given(
        api.ReplaceRoute(
            route_table_id=table, destination_cidr_block=WORLD, nat_gateway_id=str(manual.nat_gateway_id)
        )
    )
    assert net.codes(hosts["us-east-1a"], net.igw, 443) == []
    assert net.codes(hosts["us-east-1b"], net.igw, 443) == ["REGIONAL_NGW_ROUTE_AZ_RESTRICTION"]
    net.when(api.ReleaseAddress(allocation_id=allocation)).refused("InvalidIPAddress.InUse")
    net.given(api.DeleteNatGateway(nat_gateway_id=str(manual.nat_gateway_id)))
    net.given(api.ReleaseAddress(allocation_id=allocation))
    assert net.codes(hosts["us-east-1a"], net.igw, 443) == ["BAD_STATE_ROUTE"]
    net.when(api.CreateNatGateway(availability_mode="regional")).refused("MissingParameter")
    net.when(api.CreateNatGateway(**ask, subnet_id=net.public)).refused("InvalidParameterCombination")
    net.when(api.CreateNatGateway(**ask, connectivity_type="private")).refused("InvalidParameterCombination")
    net.replays()


def test_a_nat_gateway_is_of_one_zone() -> None:
    """Given a NAT gateway whose zone goes down, then hosts of other zones do not get out by it until it is up again."""
    net = Network()
    far = net.subnet(net.home, "10.0.12.0/24", availability_zone="us-east-1b")
    allocation = net.did(api.AllocateAddress()).allocation_id
    nat = net.did(
        api.CreateNatGateway(subnet_id=net.public, allocation_id=allocation)
    ).nat_gateway.nat_gateway_id
    net.route(str(net.state().network.vpcs[net.home].main_table), WORLD, nat_gateway_id=str(nat))
    card, zone = net.interface(far), str(net.state().network.subnets[net.public].zone)
    assert net.codes(card, net.igw, 443) == []
    net.given(faults.FailZone(zone=zone))
    assert net.codes(card, net.igw, 443) == ["BAD_STATE"]
    net.given(faults.RecoverZone(zone=zone))
    assert net.codes(card, net.igw, 443) == []
    net.replays()
