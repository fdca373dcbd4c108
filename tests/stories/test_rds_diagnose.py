"""Databases that nobody connects to: DIAG-19 and 20, brought about with boto3 and told by `diagnose`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from .network_lab import WORLD, Lab
from .test_ec2_diagnose import blamed


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A server on a log of its own."""
    made = Lab(tmp_path / "database.db")
    yield made
    made.stop()


class Tiers:
    """A VPC with a web tier and a database behind it, which its group lets nobody connect to."""

    def __init__(self, lab: Lab, *, public: bool = False) -> None:
        self.lab, self.vpc = lab, lab.vpc()
        self.web = lab.subnet(self.vpc, "10.0.1.0/24", public=True)
        self.data = [
            lab.subnet(self.vpc, f"10.0.{number}.0/24", zone=zone)
            for number, zone in ((2, "us-east-1a"), (3, "us-east-1b"))
        ]
        self.gateway = lab.gateway(self.vpc)
        lab.table(self.vpc, self.web, GatewayId=self.gateway)
        self.clients, self.group = lab.group(self.vpc), lab.group(self.vpc)
        self.rds: Any = boto3.client(
            "rds", endpoint_url=lab.server.endpoint, region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="data", DBSubnetGroupDescription="d", SubnetIds=self.data
        )
        self.rds.create_db_instance(
            DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="mysql", MasterUsername="admin",
            MasterUserPassword="long-enough-1", AllocatedStorage=20, DBSubnetGroupName="data",
            VpcSecurityGroupIds=[self.group], PubliclyAccessible=public, AvailabilityZone="us-east-1a",
        )  # fmt: skip

    def open(self, **source: Any) -> None:
        """Let somebody connect."""
        permission = {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, **source}
        self.lab.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[permission])


def test_the_four_checks(lab: Lab) -> None:
    """DIAG-19: security groups, lists, routes and gateway, each passed or failed, until the client gets through."""
    tiers = Tiers(lab)
    host = lab.instance(tiers.web, tiers.clients)
    found = lab.diagnose("shop")["DIAG-19"]
    assert f"{host} cannot connect to shop (tcp/3306)" in found["symptom"]
    assert (
        "security groups FAIL, network ACLs pass, route tables pass, internet gateway pass" in found["cause"]
    )
    assert tiers.group in found["cause"] and "3306" in found["fix"]
    blamed(found, "CreateSecurityGroup")
    tiers.open(UserIdGroupPairs=[{"GroupId": tiers.clients}])
    assert lab.diagnose("shop") == {}
    acl = lab.acl(tiers.data[0], (100, True, 0, 65535), (100, False, 22, 22))
    found = lab.diagnose("arn:aws:rds:us-east-1:123456789012:db:shop")["DIAG-19"]
    assert "security groups pass, network ACLs FAIL" in found["cause"]
    assert f"rule 32767 (ingress) of {acl}" in found["cause"]
    blamed(found, "ReplaceNetworkAclAssociation")


def test_from_the_internet(lab: Lab) -> None:
    """DIAG-19: a public database in a subnet without a way to the internet, then in a VPC without a gateway."""
    tiers = Tiers(lab, public=True)
    tiers.open(IpRanges=[{"CidrIp": WORLD}])
    found = lab.diagnose("shop")["DIAG-19"]
    assert "somebody on the internet" in found["symptom"]
    assert "route tables FAIL" in found["cause"]
    (main,) = lab.ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [tiers.vpc]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]
    lab.ec2.create_route(
        RouteTableId=main["RouteTableId"], DestinationCidrBlock=WORLD, GatewayId=tiers.gateway
    )
    assert lab.diagnose("shop") == {}
    lab.ec2.detach_internet_gateway(InternetGatewayId=tiers.gateway, VpcId=tiers.vpc)
    found = lab.diagnose("shop")["DIAG-19"]
    assert "internet gateway FAIL" in found["cause"]


def test_a_rule_for_one_address(lab: Lab) -> None:
    """DIAG-20: the group that AWS made names the address of whoever made the database, and nobody else's."""
    tiers = Tiers(lab)
    tiers.open(IpRanges=[{"CidrIp": "203.0.113.7/32"}])
    host = lab.instance(tiers.web, tiers.clients)
    found = lab.diagnose("shop")
    assert "DIAG-19" in found
    assert "203.0.113.7/32" in found["DIAG-20"]["symptom"]
    assert tiers.clients in found["DIAG-20"]["fix"] and "not from 0.0.0.0/0" in found["DIAG-20"]["fix"]
    blamed(found["DIAG-20"], "AuthorizeSecurityGroupIngress")
    (shown,) = lab.ec2.describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"]
    tiers.open(IpRanges=[{"CidrIp": f"{shown['PrivateIpAddress']}/32"}])
    assert lab.diagnose("shop") == {}
