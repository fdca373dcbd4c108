"""The book's networks, built with boto3: who reaches whom, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer

from .acting import Boto3, Cli, act
from .driving import Story
from .network_lab import WORLD, Lab
from .operations import ec2_vpn
from .records import records


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A server on a log of its own."""
    made = Lab(tmp_path / "network.db")
    yield made
    made.stop()


def test_the_console_tour_leaves_http_broken(lab: Lab) -> None:
    """SCN-04: with the ACL as the book makes it answers do not leave; `diagnose` names it; a rule heals it."""
    vpc = lab.vpc()
    subnet = lab.subnet(vpc, "10.0.1.0/24", public=True)
    lab.gateway(vpc)
    web = lab.instance(subnet, lab.group(vpc, 80))
    acl = lab.acl(subnet, (100, False, 80, 80))
    (old,) = lab.ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])[
        "InternetGateways"
    ]
    public = lab.ec2.describe_instances(InstanceIds=[web])["Reservations"][0]["Instances"][0]
    assert public["PublicIpAddress"]
    table = lab.table(vpc)
    lab.ec2.create_route(RouteTableId=table, DestinationCidrBlock=WORLD, GatewayId=old["InternetGatewayId"])
    assert lab.reach(old["InternetGatewayId"], web, 80) != []
    lab.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    with pytest.raises(ClientError, match="mapped public address"):
        lab.ec2.detach_internet_gateway(InternetGatewayId=old["InternetGatewayId"], VpcId=vpc)
    assert lab.reach(old["InternetGatewayId"], web, 80) == ["SUBNET_ACL_RESTRICTION"]
    found = lab.diagnose(web, "--port", "80")["DIAG-03"]
    assert acl in found["cause"] and "rule 32767 (egress)" in found["cause"]
    assert found["record"]["action"] in ("ReplaceNetworkAclAssociation", "CreateNetworkAclEntry")
    lab.allow(acl, 100, True, 1024, 65535)
    assert lab.reach(old["InternetGatewayId"], web, 80) == []
    assert "DIAG-03" not in lab.diagnose(web, "--port", "80")


def test_the_tour_s_new_gateway(lab: Lab) -> None:
    """SCN-04: a VPC has one internet gateway: the old one is detached, which leaves a blackhole; another takes over."""
    vpc = lab.vpc()
    subnet = lab.subnet(vpc, "10.0.1.0/24")
    listed = lab.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert [(one["SubnetId"], one["MapPublicIpOnLaunch"]) for one in listed] == [(subnet, False)]
    old = lab.gateway(vpc)
    table = lab.table(vpc, subnet, GatewayId=old)
    new = lab.ec2.create_internet_gateway()["InternetGateway"]
    assert new["Attachments"] == []
    name = new["InternetGatewayId"]
    with pytest.raises(ClientError, match=f"Network {vpc} already has an internet gateway attached"):
        lab.ec2.attach_internet_gateway(InternetGatewayId=name, VpcId=vpc)
    lab.ec2.detach_internet_gateway(InternetGatewayId=old, VpcId=vpc)

    def state() -> str:
        (found,) = lab.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return str(found["Routes"][1]["State"])

    assert state() == "blackhole"
    lab.ec2.attach_internet_gateway(InternetGatewayId=name, VpcId=vpc)
    assert state() == "blackhole"
    lab.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=WORLD, GatewayId=name)
    assert state() == "active"
    web = lab.instance(subnet, lab.group(vpc, 80))
    lab.elastic(web)
    assert lab.reach(name, web) == []


def test_all_four_are_needed(lab: Lab) -> None:
    """EC2-05: the page is seen with a public subnet, its group, its list and its table, and without any of them not."""
    vpc = lab.vpc()
    subnet = lab.subnet(vpc, "10.0.1.0/24", public=True)
    gateway, group = lab.gateway(vpc), lab.group(vpc, 80)
    table = lab.table(vpc, subnet, GatewayId=gateway)
    web = lab.instance(subnet, group, UserData="#!/bin/bash\nyum install -y httpd mysql php")
    assert lab.reach(gateway, web) == []
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": WORLD}
    lab.ec2.revoke_security_group_ingress(GroupId=group, **rule)
    assert lab.reach(gateway, web) == ["ENI_SG_RULES_MISMATCH"]
    lab.ec2.authorize_security_group_ingress(GroupId=group, **rule)
    lab.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=WORLD)
    assert lab.reach(gateway, web) == ["NO_ROUTE_TO_DESTINATION"]
    lab.ec2.create_route(RouteTableId=table, DestinationCidrBlock=WORLD, GatewayId=gateway)
    acl = lab.acl(subnet)
    assert lab.reach(gateway, web) == ["SUBNET_ACL_RESTRICTION"]
    lab.allow(acl, 100, False, 80, 80)
    lab.allow(acl, 100, True, 1024, 65_535)
    assert lab.reach(gateway, web) == []
    lab.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})
    assert lab.reach(gateway, lab.instance(subnet, group)) == ["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]


def test_a_public_and_a_private_subnet(lab: Lab) -> None:
    """SCN-05: the bastion is reached, and reaches the private host; that one gets out by NAT, and nobody gets in."""
    vpc = lab.vpc()
    public, private = lab.subnet(vpc, "10.0.1.0/24", public=True), lab.subnet(vpc, "10.0.2.0/24")
    gateway = lab.gateway(vpc)
    lab.table(vpc, public, GatewayId=gateway)
    group = lab.group(vpc, 22)
    bastion, inside = lab.instance(public, group), lab.instance(private, group)
    address = lab.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = lab.ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    assert lab.reach(inside, gateway, 443) == ["NO_ROUTE_TO_DESTINATION"]
    lab.table(vpc, private, NatGatewayId=nat)
    assert {
        "in to bastion": lab.reach(gateway, bastion, 22),
        "bastion to inside": lab.reach(bastion, inside, 22),
        "in to inside": lab.reach(gateway, inside, 22),
        "out by NAT": lab.reach(inside, gateway, 443),
        "out of bastion": lab.reach(bastion, gateway, 443),
    } == {
        "in to bastion": [],
        "bastion to inside": [],
        "in to inside": ["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"],
        "out by NAT": [],
        "out of bastion": [],
    }


def test_a_web_server(lab: Lab) -> None:
    """SCN-08: a t2.micro in the default VPC serves HTTP once its group lets it in, as long as it runs."""
    (vpc,) = lab.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    subnets = lab.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    (igw,) = lab.ec2.describe_internet_gateways()["InternetGateways"]
    group = lab.group(vpc["VpcId"])
    web = lab.instance(subnets[0]["SubnetId"], group, UserData="#!/bin/bash\nyum install -y httpd")
    assert lab.reach(igw["InternetGatewayId"], web) == ["ENI_SG_RULES_MISMATCH"]
    lab.ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp=WORLD
    )
    assert lab.reach(igw["InternetGatewayId"], web) == []
    zone = subnets[0]["AvailabilityZone"]
    lab.inject("FailZone", zone=zone)
    assert lab.reach(igw["InternetGatewayId"], web) == ["BAD_STATE"]
    (status,) = lab.ec2.describe_instance_status(InstanceIds=[web])["InstanceStatuses"]
    assert status["SystemStatus"]["Status"] == "impaired"
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        lab.instance(subnets[0]["SubnetId"])
    lab.inject("RecoverZone", zone=zone)
    assert lab.reach(igw["InternetGatewayId"], web) == []
    lab.ec2.stop_instances(InstanceIds=[web])
    assert lab.reach(igw["InternetGatewayId"], web) != []


def test_a_peering_triangle(lab: Lab) -> None:
    """SCN-23: what is peered with the same VPC is not peered with each other, whatever routes say."""
    vpcs = [lab.vpc(f"10.{number}.0.0/16") for number in (1, 2, 3)]
    hosts = [
        lab.instance(lab.subnet(vpc, f"10.{number}.1.0/24"), lab.group(vpc, 80))
        for number, vpc in zip((1, 2, 3), vpcs, strict=True)
    ]
    tables = [
        lab.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0][
            "RouteTableId"
        ]
        for vpc in vpcs
    ]

    def join(one: int, other: int) -> str:
        made = lab.ec2.create_vpc_peering_connection(VpcId=vpcs[one], PeerVpcId=vpcs[other])
        name = str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])
        lab.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=name)
        return name

    def route(one: int, other: int, peering: str) -> None:
        lab.ec2.create_route(
            RouteTableId=tables[one],
            DestinationCidrBlock=f"10.{other + 1}.0.0/16",
            VpcPeeringConnectionId=peering,
        )

    left, right = join(1, 0), join(0, 2)
    for one, other, peering in (
        (1, 0, left),
        (0, 1, left),
        (0, 2, right),
        (2, 0, right),
        (1, 2, left),
        (2, 1, right),
    ):
        route(one, other, peering)
    assert lab.reach(hosts[1], hosts[0]) == []
    assert lab.reach(hosts[0], hosts[2]) == []
    assert lab.reach(hosts[1], hosts[2]) == ["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]
    direct = join(1, 2)
    for one, other in ((1, 2), (2, 1)):
        lab.ec2.replace_route(
            RouteTableId=tables[one],
            DestinationCidrBlock=f"10.{other + 1}.0.0/16",
            VpcPeeringConnectionId=direct,
        )
    assert lab.reach(hosts[1], hosts[2]) == []


def test_an_elastic_ip_masks_a_failure(lab: Lab) -> None:
    """SCN-24: the address moves to the other instance, whose clients notice nothing; without leave it does not."""
    vpc = lab.vpc()
    subnet = lab.subnet(vpc, "10.0.1.0/24")
    gateway = lab.gateway(vpc)
    lab.table(vpc, subnet, GatewayId=gateway)
    group = lab.group(vpc, 80)
    first, second = lab.instance(subnet, group), lab.instance(subnet, group)
    address = lab.elastic(first)
    assert (lab.reach(gateway, first), lab.reach(gateway, second)) == (
        [],
        ["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"],
    )
    lab.turn("impaired_instances", first)
    (status,) = lab.ec2.describe_instance_status(InstanceIds=[first])["InstanceStatuses"]
    assert status["InstanceStatus"]["Status"] == "impaired"
    with pytest.raises(ClientError, match=r"Resource\.AlreadyAssociated"):
        lab.ec2.associate_address(AllocationId=address, InstanceId=second, AllowReassociation=False)
    lab.ec2.associate_address(AllocationId=address, InstanceId=second)
    assert (lab.reach(gateway, first), lab.reach(gateway, second)) == (
        ["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"],
        [],
    )
    with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
        lab.ec2.release_address(AllocationId=address)


def test_a_vpn_with_its_tunnels(lab: Lab) -> None:
    """VPN-03: one tunnel that is down does no harm; with both down nobody gets through, until they are up again."""
    vpc = lab.vpc()
    host = lab.instance(lab.subnet(vpc, "10.0.1.0/24"), lab.group(vpc, 80))
    gateway = lab.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    lab.ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    customer = lab.ec2.create_customer_gateway(Type="ipsec.1", PublicIp="198.51.100.7", BgpAsn=65001)
    made = lab.ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"], VpnGatewayId=gateway,
        Options={"StaticRoutesOnly": True},
    )["VpnConnection"]  # fmt: skip
    name, tunnels = (
        made["VpnConnectionId"],
        [one["OutsideIpAddress"] for one in made["Options"]["TunnelOptions"]],
    )
    assert made["CustomerGatewayConfiguration"].startswith("<?xml")
    lab.ec2.create_vpn_connection_route(VpnConnectionId=name, DestinationCidrBlock="10.100.0.0/16")
    assert lab.reach(gateway, host) == ["NO_ROUTE_TO_DESTINATION"]
    (table,) = lab.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    lab.ec2.enable_vgw_route_propagation(RouteTableId=table["RouteTableId"], GatewayId=gateway)
    assert lab.reach(gateway, host) == []
    lab.inject("FailVpnTunnel", connection=name, address=tunnels[0])
    assert lab.reach(gateway, host) == []
    lab.inject("FailVpnTunnel", connection=name, address=tunnels[1])
    assert set(lab.reach(gateway, host)) == {"BAD_STATE_VPN"}
    lab.inject("RecoverVpnTunnel", connection=name)
    assert lab.reach(host, "10.100.9.9") == []


@pytest.mark.parametrize("story", ec2_vpn.STORIES, ids=lambda story: story.name)
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, and is one record; no secret is in any."""
    act(story, Boto3(endpoint))

    written = [record for record in records(server) if record["eventType"] == "AwsApiCall"]
    assert [record["eventName"] for record in written] == [step.action for step in story.steps]
    for record, step in zip(written, story.steps, strict=True):
        assert record.get("errorCode") == (f"Client.{step.code}" if step.code else None)
    assert "pre_shared_key" not in str(written)


@pytest.mark.parametrize("story", ec2_vpn.STORIES, ids=lambda story: story.name)
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command exits with success and prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))
