"""Further causes of what the book's troubleshooting tables tell of: symptom, cause, and the record to blame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .network_lab import IMAGE, WORLD, Lab
from .test_ec2_diagnose import Pair, blamed, refused


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A server on a log of its own."""
    made = Lab(tmp_path / "network.db")
    yield made
    made.stop()


def test_requests_go_in_and_no_answer_comes_out(lab: Lab) -> None:
    """DIAG-26: the list lets port 80 in, and nothing out to ephemeral ports; DIAG-03 says the same of the traffic."""
    pair = Pair(lab)
    host = lab.instance(pair.public, pair.group)
    lab.elastic(host)
    acl = lab.acl(pair.public, (100, False, 80, 80), (100, True, 443, 443), (110, False, 1024, 65535))
    found = lab.diagnose(host, "--port", "80")
    assert f"rule 32767 (egress) of {acl}" in found["DIAG-26"]["cause"]
    assert "1024-65535 out" in found["DIAG-26"]["fix"]
    blamed(found["DIAG-26"], "ReplaceNetworkAclAssociation")
    assert "DIAG-03" in found
    lab.allow(acl, 110, True, 1024, 65535)
    assert not {"DIAG-03", "DIAG-26"} & lab.diagnose(host, "--port", "80").keys()


def test_a_private_host_behind_a_list(lab: Lab) -> None:
    """DIAG-03 and 13: what comes from the other subnets is stopped by the list, or let in by no group."""
    pair = Pair(lab)
    host = lab.instance(pair.private, lab.group(pair.vpc, 3306))
    assert not {"DIAG-03", "DIAG-13"} & lab.diagnose(host, "--port", "3306").keys()
    found = lab.diagnose(host, "--port", "5432")["DIAG-13"]
    assert "tcp/5432 from anybody" in found["cause"]
    blamed(found, "AuthorizeSecurityGroupIngress")
    acl = lab.acl(pair.private, (100, True, 0, 65535), (100, False, 22, 22))
    found = lab.diagnose(host, "--port", "3306")["DIAG-03"]
    assert f"rule 32767 (ingress) of {acl}" in found["cause"]
    blamed(found, "ReplaceNetworkAclAssociation")


def test_something_stops_downloads(lab: Lab) -> None:
    """DIAG-16: there is a way out, but the list, or the group, lets nothing take it."""
    pair = Pair(lab)
    host = lab.instance(pair.public, pair.group)
    lab.elastic(host)
    acl = lab.acl(pair.public, (100, False, 0, 65535), (100, True, 1024, 65535))
    found = lab.diagnose(host)["DIAG-16"]
    assert f"(egress) of {acl}" in found["cause"]
    blamed(found, "ReplaceNetworkAclAssociation")
    lab.allow(acl, 90, True, 443, 443)
    assert "DIAG-16" not in lab.diagnose(host)
    lab.ec2.revoke_security_group_egress(
        GroupId=pair.group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": WORLD}]}]
    )
    found = lab.diagnose(host)["DIAG-16"]
    assert pair.group in found["cause"]
    blamed(found, "RevokeSecurityGroupEgress")


def test_the_wrong_table(lab: Lab) -> None:
    """DIAG-02: another table leads to the NAT gateway; DIAG-25: a subnet of the main table, and one for nobody."""
    pair = Pair(lab)
    host = lab.instance(pair.private, pair.group)
    address = lab.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = lab.ec2.create_nat_gateway(SubnetId=pair.public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    right = lab.table(pair.vpc, NatGatewayId=nat)
    found = lab.diagnose(host)["DIAG-02"]
    assert right in found["cause"] and "AssociateRouteTable" in found["fix"]
    blamed(found, "CreateSubnet")
    unused = lab.table(pair.vpc, GatewayId=pair.gateway)
    for resource in (host, pair.private):
        found = lab.diagnose(resource)["DIAG-25"]
        assert unused in found["cause"]
        blamed(found, "CreateRoute")
    assert "DIAG-25" not in lab.diagnose(pair.public)


def test_a_nat_gateway_that_failed(lab: Lab) -> None:
    """DIAG-02: it was made before the VPC had an internet gateway."""
    vpc = lab.vpc()
    subnet = lab.subnet(vpc, "10.0.1.0/24")
    address = lab.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = lab.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    found = lab.diagnose(nat)["DIAG-02"]
    assert "has no Internet gateway attached" in found["cause"]
    blamed(found, "CreateNatGateway")


def test_a_gateway_that_is_gone(lab: Lab) -> None:
    """DIAG-21: an instance's subnet routes to an internet gateway that somebody detached, or a peering that ended."""
    pair = Pair(lab)
    host = lab.instance(pair.public, pair.group)
    lab.ec2.detach_internet_gateway(InternetGatewayId=pair.gateway, VpcId=pair.vpc)
    found = lab.diagnose(host)["DIAG-21"]
    assert pair.gateway in found["cause"]
    blamed(found, "DetachInternetGateway")
    assert "no internet gateway" in lab.diagnose(host)["DIAG-16"]["cause"]


def test_a_bastion_or_a_vpn(lab: Lab) -> None:
    """DIAG-04: a VPN is a way in as long as one of its tunnels is up; DIAG-32: unless nobody routes back to it."""
    vpc = lab.vpc()
    subnet = lab.subnet(vpc, "10.0.1.0/24")
    host = lab.instance(subnet, lab.group(vpc, 22))
    gateway = lab.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    customer = lab.ec2.create_customer_gateway(Type="ipsec.1", IpAddress="198.51.100.7", BgpAsn=65001)
    made = lab.ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"], VpnGatewayId=gateway,
        Options={"StaticRoutesOnly": True},
    )["VpnConnection"]  # fmt: skip
    vpn = made["VpnConnectionId"]
    assert "attached to no VPC" in lab.diagnose(vpn)["DIAG-32"]["cause"]
    lab.ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    assert vpn in lab.diagnose(host)["DIAG-04"]["fix"]
    (table,) = lab.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    name = table["RouteTableId"]
    for resource in (vpn, gateway, host, subnet):
        assert name in lab.diagnose(resource)["DIAG-32"]["cause"]
    blamed(lab.diagnose(vpn)["DIAG-32"], "CreateVpnConnection")
    blamed(lab.diagnose(subnet)["DIAG-32"], "CreateSubnet")
    lab.ec2.enable_vgw_route_propagation(RouteTableId=name, GatewayId=gateway)
    assert "static routes only" in lab.diagnose(vpn)["DIAG-32"]["cause"]
    lab.ec2.create_vpn_connection_route(VpnConnectionId=vpn, DestinationCidrBlock="10.100.0.0/16")
    for resource in (vpn, gateway, host, subnet):
        assert "DIAG-32" not in lab.diagnose(resource)
    lab.ec2.disable_vgw_route_propagation(RouteTableId=name, GatewayId=gateway)
    blamed(lab.diagnose(subnet)["DIAG-32"], "DisableVgwRoutePropagation")
    for tunnel in made["Options"]["TunnelOptions"]:
        lab.inject("FailVpnTunnel", connection=vpn, address=tunnel["OutsideIpAddress"])
    found = lab.diagnose(vpn)["DIAG-32"]
    assert "tunnels are down" in found["cause"]
    blamed(found, "FailVpnTunnel")
    assert "no bastion and no VPN" in lab.diagnose(host)["DIAG-04"]["fix"]


def test_peers_that_let_nothing_in(lab: Lab) -> None:
    """DIAG-05: active and routed, but no group lets the other side in; or nobody answered for a week."""
    one, other, third = lab.vpc("10.1.0.0/16"), lab.vpc("10.2.0.0/16"), lab.vpc("10.3.0.0/16")
    groups = [lab.group(vpc) for vpc in (one, other)]
    for vpc, cidr, group in ((one, "10.1.1.0/24", groups[0]), (other, "10.2.1.0/24", groups[1])):
        lab.instance(lab.subnet(vpc, cidr), group)
    asked = lab.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    peering = asked["VpcPeeringConnectionId"]
    lab.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for vpc, to in ((one, "10.2.0.0/16"), (other, "10.1.0.0/16")):
        filters = [{"Name": "vpc-id", "Values": [vpc]}]
        (table,) = lab.ec2.describe_route_tables(Filters=filters)["RouteTables"]
        lab.ec2.create_route(
            RouteTableId=table["RouteTableId"], DestinationCidrBlock=to, VpcPeeringConnectionId=peering
        )
    found = lab.diagnose(peering)["DIAG-05"]
    assert set(groups) <= set(found["cause"].replace("(", " ").replace(")", " ").replace(",", " ").split())
    blamed(found, "CreateSecurityGroup")
    lab.ec2.authorize_security_group_ingress(
        GroupId=groups[0], IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="10.2.0.0/16"
    )
    assert lab.diagnose(peering) == {}
    late = lab.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=third)["VpcPeeringConnection"]
    lab.later("7d1s")
    lab.ec2.describe_vpcs()
    found = lab.diagnose(late["VpcPeeringConnectionId"])["DIAG-05"]
    assert "within 7 days" in found["cause"]
    blamed(found, "CreateVpcPeeringConnection")


def test_peers_of_two_regions_as_they_were(lab: Lab) -> None:
    """DIAG-05, as the book tells it: where only one region is allowed, a peering of two fails, and that is why."""
    vpc = lab.vpc("10.1.0.0/16")
    there = lab.client("eu-west-1").create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    lab.turn("peering_same_region_only", "true")
    asked = lab.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=there, PeerRegion="eu-west-1")
    peering = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    for client in (lab.ec2, lab.client("eu-west-1")):
        (shown,) = client.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])[
            "VpcPeeringConnections"
        ]
        assert shown["Status"]["Code"] == "failed"
    found = lab.diagnose(peering)["DIAG-05"]
    assert "two regions (us-east-1 and eu-west-1)" in found["cause"]
    blamed(found, "CreateVpcPeeringConnection")


def test_volumes_that_do_not_attach(lab: Lab) -> None:
    """DIAG-14: attached elsewhere, or the instance takes no more."""
    pair = Pair(lab)
    one, other = lab.instance(pair.public), lab.instance(pair.public)
    volume = lab.ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
    lab.ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdf")
    attach = {"VolumeId": volume, "InstanceId": other, "Device": "/dev/sdf"}
    refused("VolumeInUse", lab.ec2.attach_volume, **attach)
    found = lab.diagnose(volume)["DIAG-14"]
    assert "already attached" in found["cause"]
    blamed(found, "AttachVolume")
    lab.ec2.terminate_instances(InstanceIds=[other])
    lab.ec2.detach_volume(VolumeId=volume)
    refused("IncorrectState", lab.ec2.attach_volume, **attach)
    assert "not 'running'" in lab.diagnose(other)["DIAG-14"]["cause"]


def test_no_address_is_left(lab: Lab) -> None:
    """DIAG-15: the subnet has no free address."""
    vpc = lab.vpc()
    subnet = lab.subnet(vpc, "10.0.1.0/28")
    refused(
        "InsufficientFreeAddressesInSubnet", lab.ec2.run_instances, ImageId=IMAGE, InstanceType="t2.micro",
        MinCount=12, MaxCount=12, SubnetId=subnet,
    )  # fmt: skip
    found = lab.diagnose(subnet)["DIAG-15"]
    assert "no free address" in found["cause"]
    assert found["failed"] == found["record"]["event_id"]


def test_a_volume_of_a_snapshot_is_slow(lab: Lab) -> None:
    """DIAG-29: until its blocks were read, or its rate has read them; the status tells how far that is."""
    volume = lab.ec2.create_volume(AvailabilityZone="us-east-1a", Size=100)["VolumeId"]
    snapshot = lab.ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    made = {"AvailabilityZone": "us-east-1a", "SnapshotId": snapshot}
    lazy = lab.ec2.create_volume(**made)["VolumeId"]
    rated = lab.ec2.create_volume(VolumeInitializationRate=100, **made)["VolumeId"]

    def status(name: str) -> tuple[str, object]:
        (one,) = lab.ec2.describe_volume_status(VolumeIds=[name])["VolumeStatuses"]
        details = {held["Name"]: held["Status"] for held in one["VolumeStatus"]["Details"]}
        return details.get("initialization-state", "completed"), one.get(
            "InitializationStatusDetails", {}
        ).get("Progress")

    assert (status(volume), status(lazy)) == (("completed", None), ("initializing", 0))
    assert lab.diagnose(volume) == {}
    found = lab.diagnose(lazy)["DIAG-29"]
    assert snapshot in found["cause"] and "100 %" in found["cause"]
    blamed(found, "CreateVolume")
    assert "DIAG-29" in lab.diagnose(rated)
    lab.later("2000s")
    assert status(rated) == ("completed", 100)
    assert "DIAG-29" not in lab.diagnose(rated)
    lab.inject("InitializeVolume", volume=lazy)
    assert (status(lazy), lab.diagnose(lazy)) == (("completed", 100), {})


def test_an_instance_is_too_slow_for_its_volume(lab: Lab) -> None:
    """DIAG-30: provisioned IOPS at an instance that is not EBS-optimized; there are types that always are."""
    pair = Pair(lab)
    fast = {"AvailabilityZone": "us-east-1a", "Size": 100, "VolumeType": "io1", "Iops": 2000}
    hosts = [lab.instance(pair.private, InstanceType=kind) for kind in ("m4.large", "t2.micro", "m5.large")]
    found = []
    for host in hosts:
        volume = lab.ec2.create_volume(**fast)["VolumeId"]
        lab.ec2.attach_volume(VolumeId=volume, InstanceId=host, Device="/dev/sdf")
        found.append((lab.diagnose(volume), lab.diagnose(host)))
    for one in found[0]:
        assert "EbsOptimized" in one["DIAG-30"]["fix"]
        blamed(one["DIAG-30"], "RunInstances")
    assert "larger instance type" in found[1][0]["DIAG-30"]["fix"]
    assert "DIAG-30" not in found[2][0] and "DIAG-30" not in found[2][1]
    lab.ec2.stop_instances(InstanceIds=[hosts[0]])
    lab.ec2.modify_instance_attribute(InstanceId=hosts[0], EbsOptimized={"Value": True})
    lab.ec2.start_instances(InstanceIds=[hosts[0]])
    assert "DIAG-30" not in lab.diagnose(hosts[0])
