"""The book's troubleshooting tables: each story brings the symptom about, and `diagnose` names the cause."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .network_lab import IMAGE, WORLD, Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A server on a log of its own."""
    made = Lab(tmp_path / "network.db")
    yield made
    made.stop()


class Pair:
    """A VPC with a public and a private subnet."""

    def __init__(self, lab: Lab) -> None:
        self.vpc = lab.vpc()
        self.public, self.private = lab.subnet(self.vpc, "10.0.1.0/24"), lab.subnet(self.vpc, "10.0.2.0/24")
        self.gateway = lab.gateway(self.vpc)
        self.table = lab.table(self.vpc, self.public, GatewayId=self.gateway)
        self.group = lab.group(self.vpc, 22, 80, 443)


def blamed(found: dict[str, Any], action: str) -> None:
    """The record that a finding names is one of this action."""
    assert found["record"]["action"] == action, found
    assert found["record"]["event_id"] and found["record"]["by"]


def refused(code: str, call: Any, **params: Any) -> None:
    """A call is refused with a code."""
    with pytest.raises(ClientError) as refusal:
        call(**params)
    assert refusal.value.response["Error"]["Code"] == code


def test_instances_get_no_public_address(lab: Lab) -> None:
    """DIAG-01: the subnet does not assign any: who turned it off is named; DIAG-16: so nothing is downloaded."""
    pair = Pair(lab)
    lab.ec2.modify_subnet_attribute(SubnetId=pair.public, MapPublicIpOnLaunch={"Value": True})
    lab.ec2.modify_subnet_attribute(SubnetId=pair.public, MapPublicIpOnLaunch={"Value": False})
    host = lab.instance(pair.public, pair.group)
    found = lab.diagnose(host)
    assert pair.public in found["DIAG-01"]["cause"]
    blamed(found["DIAG-01"], "ModifySubnetAttribute")
    assert "no public address" in found["DIAG-16"]["cause"]
    blamed(found["DIAG-16"], "ModifySubnetAttribute")
    blamed(lab.diagnose(pair.public)["DIAG-01"], "ModifySubnetAttribute")
    lab.elastic(host)
    assert lab.diagnose(host) == {}


def test_a_private_host_downloads_nothing(lab: Lab) -> None:
    """DIAG-16: launched into a private subnet, without any NAT."""
    pair = Pair(lab)
    host = lab.instance(pair.private, pair.group)
    found = lab.diagnose(host)["DIAG-16"]
    assert "its subnet is private" in found["cause"]
    blamed(found, "CreateSubnet")


def test_a_nat_gateway_that_nobody_uses(lab: Lab) -> None:
    """DIAG-02: no route to it; it is in a private subnet; it was deleted, which leaves a blackhole."""
    pair = Pair(lab)
    host = lab.instance(pair.private, pair.group)
    address = lab.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = lab.ec2.create_nat_gateway(SubnetId=pair.public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    table = lab.table(pair.vpc, pair.private)
    found = lab.diagnose(host)["DIAG-02"]
    assert nat in found["cause"] and table in found["cause"]
    blamed(found, "AssociateRouteTable")
    assert "no route table" in lab.diagnose(nat)["DIAG-02"]["cause"]
    lab.ec2.create_route(RouteTableId=table, DestinationCidrBlock=WORLD, NatGatewayId=nat)
    assert "DIAG-02" not in lab.diagnose(host)
    lab.ec2.delete_nat_gateway(NatGatewayId=nat)
    found = lab.diagnose(host)["DIAG-16"]
    assert "blackhole" in found["cause"]
    blamed(found, "DeleteNatGateway")
    blamed(lab.diagnose(table)["DIAG-21"], "DeleteNatGateway")
    other = lab.ec2.allocate_address(Domain="vpc")["AllocationId"]
    lost = lab.ec2.create_nat_gateway(SubnetId=pair.private, AllocationId=other)["NatGateway"]["NatGatewayId"]
    lab.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=WORLD, NatGatewayId=lost)
    found = lab.diagnose(host)["DIAG-02"]
    assert "private subnet" in found["cause"]
    blamed(found, "CreateNatGateway")


def test_a_list_stops_what_groups_let_in(lab: Lab) -> None:
    """DIAG-03: the list's rule and direction, and who made it."""
    pair = Pair(lab)
    host = lab.instance(pair.public, pair.group)
    lab.elastic(host)
    assert lab.diagnose(host) == {}
    acl = lab.acl(pair.public, (100, True, 0, 65535), (100, False, 443, 443), (110, False, 1024, 65535))
    found = lab.diagnose(host, "--port", "80")["DIAG-03"]
    assert f"rule 32767 (ingress) of {acl}" in found["cause"]
    blamed(found, "ReplaceNetworkAclAssociation")
    assert "DIAG-03" not in lab.diagnose(host, "--port", "443")


def test_no_way_to_ssh_into_a_private_subnet(lab: Lab) -> None:
    """DIAG-04: neither a bastion nor a VPN; then the bastion that would do is named."""
    pair = Pair(lab)
    host = lab.instance(pair.private, pair.group)
    assert "no bastion and no VPN" in lab.diagnose(host)["DIAG-04"]["fix"]
    bastion = lab.instance(pair.public, pair.group)
    lab.elastic(bastion)
    found = lab.diagnose(host)["DIAG-04"]
    assert bastion in found["fix"]
    blamed(found, "CreateSubnet")


def test_a_table_that_nobody_uses(lab: Lab) -> None:
    """DIAG-25: it leads to the internet, but no subnet is associated; DIAG-21: who detached the gateway is named."""
    pair = Pair(lab)
    unused = lab.table(pair.vpc, GatewayId=pair.gateway)
    blamed(lab.diagnose(unused)["DIAG-25"], "CreateRoute")
    assert lab.diagnose(pair.table) == {}
    lab.ec2.detach_internet_gateway(InternetGatewayId=pair.gateway, VpcId=pair.vpc)
    blamed(lab.diagnose(pair.table)["DIAG-21"], "DetachInternetGateway")
    blamed(lab.diagnose(pair.public)["DIAG-21"], "DetachInternetGateway")


def test_vpcs_that_are_not_peered(lab: Lab) -> None:
    """DIAG-05: blocks overlap; nobody accepted; active, but without routes; deleted, and by whom."""
    one, other, same = lab.vpc("10.1.0.0/16"), lab.vpc("10.2.0.0/16"), lab.vpc("10.1.0.0/16")

    def asked(peer: str) -> str:
        made = lab.ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=peer)["VpcPeeringConnection"]
        return str(made["VpcPeeringConnectionId"])

    found = lab.diagnose(asked(same))["DIAG-05"]
    assert "overlap" in found["cause"] and "10.1.0.0/16" in found["cause"]
    blamed(found, "CreateVpcPeeringConnection")
    peering = asked(other)
    assert "waits for its answer" in lab.diagnose(peering)["DIAG-05"]["cause"]
    lab.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    found = lab.diagnose(peering)["DIAG-05"]
    assert "no route table" in found["cause"]
    blamed(found, "AcceptVpcPeeringConnection")
    lab.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    blamed(lab.diagnose(peering)["DIAG-05"], "DeleteVpcPeeringConnection")


def test_nobody_can_connect(lab: Lab) -> None:
    """DIAG-13: none of the groups opens a port: who closed it is named."""
    pair = Pair(lab)
    group = lab.group(pair.vpc, 80)
    host = lab.instance(pair.public, group)
    lab.elastic(host)
    assert lab.diagnose(host, "--port", "80") == {}
    lab.ec2.revoke_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp=WORLD
    )
    found = lab.diagnose(host, "--port", "80")["DIAG-13"]
    assert group in found["cause"] and "tcp/80" in found["cause"]
    blamed(found, "RevokeSecurityGroupIngress")


def test_a_volume_of_another_zone(lab: Lab) -> None:
    """DIAG-14: volume and instance are in different zones; the way over a snapshot is told."""
    pair = Pair(lab)
    host = lab.instance(pair.public)
    volume = lab.ec2.create_volume(AvailabilityZone="us-east-1b", Size=8)["VolumeId"]
    refused(
        "InvalidVolume.ZoneMismatch",
        lab.ec2.attach_volume,
        VolumeId=volume,
        InstanceId=host,
        Device="/dev/sdf",
    )
    found = lab.diagnose(volume)["DIAG-14"]
    assert "us-east-1b" in found["cause"] and "us-east-1a" in found["cause"]
    assert "CreateSnapshot" in found["fix"]
    blamed(found, "CreateVolume")
    assert "DIAG-14" in lab.diagnose(host)
    assert set(lab.diagnose(found["failed"])) == {"DIAG-14"}


def test_no_more_instances(lab: Lab) -> None:
    """DIAG-15: the quota is reached, or the zone is short of hosts; either is told by the call that failed."""
    pair = Pair(lab)
    launch = {"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1, "SubnetId": pair.public}
    many = {**launch, "MinCount": 30, "MaxCount": 30, "InstanceType": "m5.24xlarge"}
    refused("VcpuLimitExceeded", lab.ec2.run_instances, **many)
    found = lab.diagnose(pair.public)["DIAG-15"]
    assert "vCPU" in found["cause"] and "RequestServiceQuotaIncrease" in found["fix"]
    lab.turn("instance_capacity", 1)
    lab.instance(pair.public)
    refused("InsufficientInstanceCapacity", lab.ec2.run_instances, InstanceType="t2.micro", **launch)
    found = lab.diagnose(pair.public)["DIAG-15"]
    assert "short of capacity" in found["cause"]
    assert found["failed"] == found["record"]["event_id"]


def test_an_image_of_another_region(lab: Lab) -> None:
    """DIAG-17: images are of one region: which, and who made it."""
    pair = Pair(lab)
    image = lab.ec2.create_image(InstanceId=lab.instance(pair.public), Name="mine")["ImageId"]
    there = lab.client("eu-west-1")
    refused("InvalidAMIID.NotFound", there.describe_images, ImageIds=[image])
    found = lab.diagnose(image, "--region", "eu-west-1")["DIAG-17"]
    assert "us-east-1" in found["cause"] and "CopyImage" in found["fix"]
    blamed(found, "CreateImage")


def test_no_room_in_a_placement_group(lab: Lab) -> None:
    """DIAG-18: a cluster's rack is full: stopping and starting all of its instances helps, and does."""
    pair = Pair(lab)
    lab.ec2.create_placement_group(GroupName="cluster-a", Strategy="cluster")
    lab.turn("placement_group_capacity", 1)
    launch = {
        "ImageId": IMAGE, "MinCount": 1, "MaxCount": 1, "SubnetId": pair.public, "InstanceType": "c5.large",
        "Placement": {"GroupName": "cluster-a"},
    }  # fmt: skip
    first = lab.ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    refused("InsufficientInstanceCapacity", lab.ec2.run_instances, **launch)
    found = lab.diagnose("cluster-a")["DIAG-18"]
    assert "stop all instances of cluster-a" in found["fix"]
    assert found["failed"]
    lab.ec2.stop_instances(InstanceIds=[first])
    lab.ec2.start_instances(InstanceIds=[first])
    assert lab.ec2.run_instances(**launch)["Instances"]


def test_what_is_not_there_is_an_error(lab: Lab) -> None:
    """An id that nobody has is no healthy resource."""
    from click.testing import CliRunner

    from backtrail_cli.group import cli

    lab.vpc()
    for words in (
        ["diagnose", "i-0123456789abcdef0"],
        ["reach", "i-0123456789abcdef0", "203.0.113.9", "tcp/80"],
    ):
        done = CliRunner().invoke(cli, [*words, "--log", str(lab.log)])
        assert done.exit_code == 2 and "there is no i-0123456789abcdef0" in done.stderr
    done = CliRunner().invoke(cli, ["reach", "a", "b", "http", "--log", str(lab.log)])
    assert done.exit_code == 2


def test_people_read_it(lab: Lab) -> None:
    """Without --json both commands are told in lines: the way there and back, or what is wrong and what to do."""
    from click.testing import CliRunner

    from backtrail_cli.group import cli

    pair = Pair(lab)
    host = lab.instance(pair.public, pair.group)
    text = CliRunner().invoke(cli, ["diagnose", host, "--log", str(lab.log)]).stdout
    assert "DIAG-01" in text and "because" in text and "record" in text
    lab.elastic(host)
    text = CliRunner().invoke(cli, ["reach", pair.gateway, host, "tcp/80", "--log", str(lab.log)]).stdout
    assert f"{pair.gateway} reaches {host} by tcp/80" in text
    assert f"{WORLD} -> {pair.gateway}" in text and "lets tcp/80 in from 0.0.0.0/0" in text
    text = CliRunner().invoke(cli, ["reach", pair.gateway, host, "tcp/81", "--log", str(lab.log)]).stdout
    assert "does not reach" in text and "ENI_SG_RULES_MISMATCH" in text
    assert "Nothing is wrong" in CliRunner().invoke(cli, ["diagnose", host, "--log", str(lab.log)]).stdout
