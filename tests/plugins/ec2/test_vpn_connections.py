"""VPN connections: tunnels, their keys, static routes, and who takes these."""

from __future__ import annotations

from typing import Any

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where


def ends(ec2: Ec2) -> tuple[str, str, str]:
    """A customer gateway, a VPN gateway, and the VPC that it is attached to."""
    vpc = ec2.vpc()
    customer = ec2.did(api.CreateCustomerGateway(type="ipsec.1", ip_address="198.51.100.7", bgp_asn=65001))
    gateway = ec2.did(api.CreateVpnGateway(type="ipsec.1")).vpn_gateway.vpn_gateway_id
    ec2.given(api.AttachVpnGateway(vpc_id=vpc, vpn_gateway_id=gateway))
    return str(customer.customer_gateway.customer_gateway_id), str(gateway), vpc


def connection(ec2: Ec2, customer: str, gateway: str, **options: Any) -> Any:
    """A new connection."""
    return ec2.did(
        api.CreateVpnConnection(
            type="ipsec.1", customer_gateway_id=customer, vpn_gateway_id=gateway,
            options=api.VpnConnectionOptionsSpecification(**options),
        )
    ).vpn_connection  # fmt: skip


def test_two_tunnels_with_keys_of_their_own() -> None:
    """Given both gateways, when they are connected, then there are two tunnels, and a configuration with their keys."""
    ec2 = Ec2()
    customer, gateway, _ = ends(ec2)
    asked = [
        api.VpnTunnelOptionsSpecification(tunnel_inside_cidr="169.254.10.0/30", pre_shared_key="secret_12345")
    ]
    made = connection(ec2, customer, gateway, tunnel_options=asked)
    first, second = made.options.tunnel_options
    assert (made.state, first.tunnel_inside_cidr, first.pre_shared_key) == (
        "pending",
        "169.254.10.0/30",
        "secret_12345",
    )
    assert second.pre_shared_key not in ("", first.pre_shared_key)
    assert len(str(second.pre_shared_key)) == 32
    assert second.outside_ip_address != first.outside_ip_address
    configuration = str(made.customer_gateway_configuration)
    assert all(
        part in configuration for part in ("secret_12345", "198.51.100.7", str(made.vpn_connection_id))
    )
    (found,) = ec2.did(api.DescribeVpnConnections(filters=where(vpn_gateway_id=gateway))).vpn_connections
    assert [one.status for one in found.vgw_telemetry] == ["UP", "UP"]
    assert found.state == "available"
    assert "secret_12345" not in str([entry.record for entry in ec2.log])
    ec2.replays()


def test_refused_ends() -> None:
    """Given gateways, when a connection lacks an end, then it is refused; while it stands its ends stay."""
    ec2 = Ec2()
    customer, gateway, _ = ends(ec2)
    ec2.when(api.CreateVpnConnection(type="ipsec.1", customer_gateway_id=customer)).refused(
        "MissingParameter"
    )
    unknown = api.CreateVpnConnection(
        type="ipsec.1", customer_gateway_id="cgw-0123456789abcdef0", vpn_gateway_id=gateway
    )
    ec2.when(unknown).refused("InvalidCustomerGatewayID.NotFound")
    made = connection(ec2, customer, gateway)
    ec2.when(api.DeleteCustomerGateway(customer_gateway_id=customer)).refused("IncorrectState")
    ec2.given(api.DeleteVpnConnection(vpn_connection_id=str(made.vpn_connection_id)))
    (gone,) = ec2.did(api.DescribeVpnConnections()).vpn_connections
    assert gone.state == "deleted"
    ec2.given(api.DeleteCustomerGateway(customer_gateway_id=customer))
    ec2.later(hours=2)
    assert ec2.did(api.DescribeVpnConnections()).vpn_connections == []
    asked = api.DescribeVpnConnections(vpn_connection_ids=[str(made.vpn_connection_id)])
    ec2.when(asked).refused("InvalidVpnConnectionID.NotFound")
    ec2.replays()


def test_static_routes_are_propagated() -> None:
    """Given a table that takes the gateway's routes, when a route comes and goes, then the table has it or not."""
    ec2 = Ec2()
    customer, gateway, vpc = ends(ec2)
    table = ec2.table(vpc)
    ec2.given(api.EnableVgwRoutePropagation(route_table_id=table, gateway_id=gateway))
    name = str(connection(ec2, customer, gateway, static_routes_only=True).vpn_connection_id)
    ec2.given(api.CreateVpnConnectionRoute(destination_cidr_block="10.100.0.0/16", vpn_connection_id=name))
    assert ec2.routes(table)["10.100.0.0/16"] == (gateway, "active")
    ec2.given(api.DisableVgwRoutePropagation(route_table_id=table, gateway_id=gateway))
    assert "10.100.0.0/16" not in ec2.routes(table)
    ec2.given(api.EnableVgwRoutePropagation(route_table_id=table, gateway_id=gateway))
    assert ec2.routes(table)["10.100.0.0/16"] == (gateway, "active")
    ec2.given(api.DeleteVpnConnectionRoute(destination_cidr_block="10.100.0.0/16", vpn_connection_id=name))
    assert "10.100.0.0/16" not in ec2.routes(table)
    again = api.DeleteVpnConnectionRoute(destination_cidr_block="10.100.0.0/16", vpn_connection_id=name)
    ec2.when(again).refused("InvalidRoute.NotFound")
    ec2.replays()


def test_a_transit_gateway_gets_an_attachment() -> None:
    """Given a transit gateway, when a VPN leads to it, then it is one of its attachments until it is deleted."""
    ec2 = Ec2()
    customer, _, _ = ends(ec2)
    transit = str(ec2.did(api.CreateTransitGateway()).transit_gateway.transit_gateway_id)
    made = ec2.did(
        api.CreateVpnConnection(type="ipsec.1", customer_gateway_id=customer, transit_gateway_id=transit)
    ).vpn_connection
    (held,) = ec2.did(api.DescribeTransitGatewayAttachments()).transit_gateway_attachments
    assert (held.resource_type, held.resource_id, held.state) == ("vpn", made.vpn_connection_id, "available")
    ec2.given(api.DeleteVpnConnection(vpn_connection_id=made.vpn_connection_id))
    (held,) = ec2.did(api.DescribeTransitGatewayAttachments()).transit_gateway_attachments
    assert held.state == "deleted"
    ec2.replays()
