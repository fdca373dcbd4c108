"""Faults that whoever runs the log brings about, as records."""

from __future__ import annotations

from backtrail_aws.ec2 import api
from backtrail_aws.ec2.faults import FailVpnTunnel, FailZone, RecoverVpnTunnel, RecoverZone

from .ec2_scenario import Ec2


def states(ec2: Ec2) -> dict[str, str]:
    """The zones, and how they are."""
    found = ec2.did(api.DescribeAvailabilityZones()).availability_zones
    return {str(one.zone_name): str(one.state) for one in found}


def test_a_zone_is_down_and_up_again() -> None:
    """Given a zone that failed, when somebody launches there, then there are no hosts, until it recovers."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc(), availability_zone="us-east-1b")
    launch = api.RunInstances(
        image_id="ami-0abcdef1234567890", instance_type="t3.micro", min_count=1, max_count=1, subnet_id=subnet
    )
    before = ec2.did(launch).instances[0].instance_id
    ec2.given(FailZone(zone="us-east-1b"))
    assert {name for name, state in states(ec2).items() if state != "available"} == {"us-east-1b"}
    ec2.when(launch).refused("InsufficientInstanceCapacity")
    (status,) = ec2.did(api.DescribeInstanceStatus(instance_ids=[before])).instance_statuses
    assert status.system_status.status == "impaired"
    ec2.given(RecoverZone(zone="us-east-1b"))
    assert set(states(ec2).values()) == {"available"}
    ec2.given(launch)
    ec2.when(FailZone(zone="eu-west-1a")).refused("InvalidParameterValue")
    ec2.replays()


def test_a_tunnel_is_down_and_up_again() -> None:
    """Given a VPN, when one tunnel or both fail, then its telemetry says so, until they recover."""
    ec2 = Ec2()
    customer = ec2.did(api.CreateCustomerGateway(type="ipsec.1", ip_address="198.51.100.7")).customer_gateway
    gateway = ec2.did(api.CreateVpnGateway(type="ipsec.1")).vpn_gateway.vpn_gateway_id
    made = ec2.did(
        api.CreateVpnConnection(
            type="ipsec.1", customer_gateway_id=customer.customer_gateway_id, vpn_gateway_id=gateway
        )
    ).vpn_connection

    def telemetry() -> list[str]:
        (found,) = ec2.did(api.DescribeVpnConnections()).vpn_connections
        return [str(one.status) for one in found.vgw_telemetry]

    first = made.options.tunnel_options[0].outside_ip_address
    ec2.given(FailVpnTunnel(connection=made.vpn_connection_id, address=first))
    assert telemetry() == ["DOWN", "UP"]
    ec2.given(FailVpnTunnel(connection=made.vpn_connection_id))
    assert telemetry() == ["DOWN", "DOWN"]
    ec2.given(RecoverVpnTunnel(connection=made.vpn_connection_id))
    assert telemetry() == ["UP", "UP"]
    ec2.when(FailVpnTunnel(connection=made.vpn_connection_id, address="192.0.2.1")).refused(
        "InvalidParameterValue"
    )
    ec2.replays()
