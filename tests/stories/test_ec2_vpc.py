"""Networks by boto3 and by the AWS CLI over a real socket: every operation, with every member of every answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer

from .acting import Boto3, Cli, act
from .driving import Story
from .operations import ec2_firewalls, ec2_routes, ec2_subnets, ec2_vpcs
from .records import records

STORIES: list[Story] = [
    *ec2_vpcs.STORIES, *ec2_subnets.STORIES, *ec2_routes.STORIES, *ec2_firewalls.STORIES,
]  # fmt: skip


def ec2(endpoint: str, region: str = "us-east-1", key: str = "test") -> Any:
    """A client, which does not try again."""
    return boto3.client(
        "ec2", endpoint_url=endpoint, region_name=region, aws_access_key_id=key, aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    written = [record for record in records(server) if record["eventType"] == "AwsApiCall"]
    assert [record["eventName"] for record in written] == [step.action for step in story.steps]
    assert {record["eventSource"] for record in written} == {"ec2.amazonaws.com"}
    for record, step in zip(written, story.steps, strict=True):
        assert record.get("errorCode") == (f"Client.{step.code}" if step.code else None)


@pytest.mark.parametrize(
    "story", [ec2_routes.STORIES[0], ec2_firewalls.STORIES[1]], ids=lambda story: story.name
)
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command exits with success and prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


def test_waiters_and_paginators(endpoint: str) -> None:
    """boto3 waits until a VPC and a subnet are available, and pages through what there is."""
    client = ec2(endpoint)
    vpc = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    client.get_waiter("vpc_available").wait(VpcIds=[vpc])
    subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    client.get_waiter("subnet_available").wait(SubnetIds=[subnet])
    tables = {client.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(11)}
    pages = list(client.get_paginator("describe_route_tables").paginate(PaginationConfig={"PageSize": 5}))
    found = [table["RouteTableId"] for page in pages for table in page["RouteTables"]]
    assert [len(page["RouteTables"]) for page in pages] == [5, 5, 3]
    assert tables < set(found)
    assert len(set(found)) == 13


def test_regions_and_accounts_are_apart(endpoint: str) -> None:
    """A VPC is of one region and one account; another key's account, and another region, do not see it."""
    vpc = ec2(endpoint).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for other in (ec2(endpoint, region="eu-west-1"), ec2(endpoint, key="111122223333")):
        (default,) = other.describe_vpcs()["Vpcs"]
        assert default["IsDefault"]
        with pytest.raises(ClientError, match=f"The vpc ID '{vpc}' does not exist"):
            other.describe_vpcs(VpcIds=[vpc])


def test_a_token_is_idempotent(endpoint: str) -> None:
    """A call that comes again with its token is answered with the first answer."""
    client = ec2(endpoint)
    vpc = client.describe_vpcs()["Vpcs"][0]["VpcId"]
    one, two = (client.create_network_acl(VpcId=vpc, ClientToken="t")["NetworkAcl"] for _ in range(2))
    assert one == two
    other = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        client.create_network_acl(VpcId=other, ClientToken="t")


def test_what_the_wire_finds(endpoint: str) -> None:
    """A parameter that is missing, and an action that there is not, are refused in EC2's words."""
    loose = boto3.client(
        "ec2", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(parameter_validation=False),
    )  # fmt: skip
    with pytest.raises(ClientError, match=r"MissingParameter.*The request must contain the parameter VpcId"):
        loose.delete_vpc()
    with pytest.raises(ClientError, match="NotImplemented"):
        loose.describe_id_format()
