"""Interfaces, addresses, gateways, peers and endpoints over a real socket: every operation, every member of answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .acting import Boto3, Cli, act
from .driving import Story
from .operations import (
    ec2_addresses,
    ec2_endpoints,
    ec2_gateways,
    ec2_interfaces,
    ec2_peerings,
    ec2_prefix_lists,
    ec2_transit,
    ec2_transit_tables,
)
from .records import records

STORIES: list[Story] = [
    *ec2_interfaces.STORIES, *ec2_addresses.STORIES, *ec2_gateways.STORIES, *ec2_peerings.STORIES,
    *ec2_prefix_lists.STORIES, *ec2_endpoints.STORIES, *ec2_transit.STORIES, *ec2_transit_tables.STORIES,
]  # fmt: skip
MODULES = {
    "carrier_gateways", "customer_gateways", "dhcp_options", "egress_only_gateways", "elastic_ips", "endpoint_services",
    "flow_logs", "interface_addresses", "interface_changes", "interfaces", "nat_gateways", "peerings", "prefix_lists",
    "transit_associations", "transit_attachments", "transit_gateways", "transit_peerings", "transit_tables",
    "vpc_endpoints", "vpn_gateways",
}  # fmt: skip
"""Whose operations these stories call."""
BETWEEN_REGIONS = {
    "AcceptTransitGatewayPeeringAttachment", "CreateTransitGatewayPeeringAttachment",
    "DeleteTransitGatewayPeeringAttachment", "DescribeTransitGatewayPeeringAttachments",
    "RejectTransitGatewayPeeringAttachment",
}  # fmt: skip
"""What takes two regions: the tests below call it."""
OTHER = "111122223333"
NEVER = {"Delay": 0.05, "MaxAttempts": 2}


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
    for record, step in zip(written, story.steps, strict=True):
        assert record.get("errorCode") == (f"Client.{step.code}" if step.code else None)


@pytest.mark.parametrize(
    "story", [ec2_addresses.STORIES[1], ec2_prefix_lists.STORIES[0]], ids=lambda story: story.name
)
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command exits with success and prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


def test_no_operation_is_missing() -> None:
    """Every operation of these files is called with success in a story, or between regions."""
    served = {
        action
        for action, handler in registry().services["ec2"].handlers.items()
        if handler.fn.__module__.rpartition(".")[2] in MODULES and not handler.internal
    }
    called = {step.action for story in STORIES for step in story.steps if step.code is None}

    assert served <= called | BETWEEN_REGIONS
    assert served >= BETWEEN_REGIONS


# clients


def found(client: Any, name: str, size: int, **given: Any) -> Iterator[Any]:
    """What a paginator finds in pages of a size."""
    paginator = client.get_paginator(name)
    pages = list(paginator.paginate(**given, PaginationConfig={"PageSize": size}))
    assert len(pages) > 1, f"{name} gave one page"
    (key,) = [expression.expression for expression in paginator.result_keys][-1:]
    for page in pages:
        assert len(page[key]) <= size
        yield from page[key]


def test_waiters(endpoint: str) -> None:
    """boto3 waits for interfaces, NAT gateways, customer gateways and peers, and gives up where nothing comes."""
    client = ec2(endpoint)
    (subnet, *_) = client.describe_subnets()["Subnets"]
    eni = client.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"][
        "NetworkInterfaceId"
    ]
    client.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[eni])
    allocation = client.allocate_address()["AllocationId"]
    nat = client.create_nat_gateway(SubnetId=subnet["SubnetId"], AllocationId=allocation)["NatGateway"][
        "NatGatewayId"
    ]
    client.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        client.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat], WaiterConfig=NEVER)
    client.delete_nat_gateway(NatGatewayId=nat)
    client.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat])
    router = client.create_customer_gateway(Type="ipsec.1", IpAddress="203.0.113.5")["CustomerGateway"]
    client.get_waiter("customer_gateway_available").wait(CustomerGatewayIds=[router["CustomerGatewayId"]])
    vpcs = [client.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in (1, 2)]
    asked = client.create_vpc_peering_connection(VpcId=vpcs[0], PeerVpcId=vpcs[1])["VpcPeeringConnection"]
    peering = asked["VpcPeeringConnectionId"]
    client.get_waiter("vpc_peering_connection_exists").wait(VpcPeeringConnectionIds=[peering])
    client.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    client.get_waiter("vpc_peering_connection_deleted").wait(VpcPeeringConnectionIds=[peering])


def test_paginators(endpoint: str) -> None:
    """Each sees everything once."""
    client = ec2(endpoint)
    (subnet, *_) = client.describe_subnets()["Subnets"]
    for number in range(6):
        client.create_network_interface(SubnetId=subnet["SubnetId"])
        client.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": [f"{number}.com"]}])
        client.create_managed_prefix_list(PrefixListName=f"l{number}", AddressFamily="IPv4", MaxEntries=9)
    entries = [{"Cidr": f"10.{number}.0.0/16"} for number in range(9)]
    made = client.create_managed_prefix_list(
        PrefixListName="full", AddressFamily="IPv4", MaxEntries=9, Entries=entries
    )["PrefixList"]["PrefixListId"]
    for name, key, count, given in (
        ("describe_network_interfaces", "NetworkInterfaceId", 6, {}),
        ("describe_dhcp_options", "DhcpOptionsId", 7, {}),
        ("describe_managed_prefix_lists", "PrefixListId", 9, {}),
        ("get_managed_prefix_list_entries", "Cidr", 9, {"PrefixListId": made}),
    ):
        seen = [one[key] for one in found(client, name, 5, **given)]
        assert len(set(seen)) == len(seen) == count, name
    services = [one["ServiceId"] for one in _services(client)]
    assert len(set(services)) == len(services) > 40


def _services(client: Any) -> Iterator[Any]:
    token: dict[str, str] = {}
    while True:
        page = client.describe_vpc_endpoint_services(MaxResults=20, **token)
        yield from page["ServiceDetails"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


# two accounts, two regions


def test_peers_of_two_accounts(endpoint: str) -> None:
    """The other account accepts; the requester cannot; both see who has deleted the connection."""
    ours, theirs = ec2(endpoint), ec2(endpoint, key=OTHER)
    one = ours.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    two = theirs.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    asked = ours.create_vpc_peering_connection(VpcId=one, PeerVpcId=two, PeerOwnerId=OTHER)
    peering = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        ours.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    (seen,) = theirs.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert seen["Status"]["Message"] == f"Pending Acceptance by {OTHER}"
    assert seen["RequesterVpcInfo"]["CidrBlock"] == "10.0.0.0/16"
    theirs.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for client in (ours, theirs):
        (seen,) = client.describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert seen["Status"]["Code"] == "active"
        assert seen["AccepterVpcInfo"]["CidrBlock"] == "10.1.0.0/16"
    theirs.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for client in (ours, theirs):
        (seen,) = client.describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert seen["Status"] == {"Code": "deleted", "Message": f"Deleted by {OTHER}"}


def test_peers_of_two_regions(endpoint: str) -> None:
    """The other region's client rejects a request; each region keeps its side."""
    here, there = ec2(endpoint), ec2(endpoint, region="eu-west-1")
    one = here.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    two = there.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    asked = here.create_vpc_peering_connection(VpcId=one, PeerVpcId=two, PeerRegion="eu-west-1")
    peering = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        here.reject_vpc_peering_connection(VpcPeeringConnectionId=peering)
    there.reject_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for client in (here, there):
        (seen,) = client.describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert seen["Status"]["Code"] == "rejected"
        assert seen["AccepterVpcInfo"]["Region"] == "eu-west-1"


def test_transit_gateways_of_two_regions(endpoint: str) -> None:
    """A peering is asked for, rejected, asked for again, accepted, routed over and deleted, as both regions see it."""
    here, there = ec2(endpoint), ec2(endpoint, region="eu-west-1")
    ours, theirs = (client.create_transit_gateway()["TransitGateway"] for client in (here, there))

    def ask() -> str:
        made = here.create_transit_gateway_peering_attachment(
            TransitGatewayId=ours["TransitGatewayId"], PeerTransitGatewayId=theirs["TransitGatewayId"],
            PeerAccountId="123456789012", PeerRegion="eu-west-1",
        )["TransitGatewayPeeringAttachment"]  # fmt: skip
        assert made["State"] == "initiatingRequest"
        assert made["RequesterTgwInfo"] == {
            "TransitGatewayId": ours["TransitGatewayId"], "OwnerId": "123456789012", "Region": "us-east-1",
        }  # fmt: skip
        assert made["AccepterTgwInfo"] == {
            "TransitGatewayId": theirs["TransitGatewayId"], "OwnerId": "123456789012", "Region": "eu-west-1",
        }  # fmt: skip
        return str(made["TransitGatewayAttachmentId"])

    def states(attachment: str) -> list[str]:
        seen = [
            client.describe_transit_gateway_peering_attachments(TransitGatewayAttachmentIds=[attachment])
            for client in (here, there)
        ]
        (one,), (two,) = (answer["TransitGatewayPeeringAttachments"] for answer in seen)
        assert {**one, "CreationTime": 0} == {**two, "CreationTime": 0}
        return [one["State"], two["State"]]

    first = ask()
    assert states(first) == ["pendingAcceptance", "pendingAcceptance"]
    with pytest.raises(ClientError, match="IncorrectState"):
        here.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=first)
    there.reject_transit_gateway_peering_attachment(TransitGatewayAttachmentId=first)
    assert states(first) == ["rejected", "rejected"]
    second = ask()
    there.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=second)
    assert states(second) == ["available", "available"]
    table = ours["Options"]["AssociationDefaultRouteTableId"]
    route = here.create_transit_gateway_route(
        TransitGatewayRouteTableId=table,
        DestinationCidrBlock="10.9.0.0/16",
        TransitGatewayAttachmentId=second,
    )["Route"]
    assert route["TransitGatewayAttachments"][0]["ResourceType"] == "peering"
    with pytest.raises(ClientError, match="non-deleted Transit Gateway Cross Region Peering Attachments"):
        here.delete_transit_gateway(TransitGatewayId=ours["TransitGatewayId"])
    there.delete_transit_gateway_peering_attachment(TransitGatewayAttachmentId=second)
    assert states(second) == ["deleted", "deleted"]
    here.delete_transit_gateway(TransitGatewayId=ours["TransitGatewayId"])
