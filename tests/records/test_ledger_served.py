"""At seeded seconds of a real incident, `serve --at` tells boto3 of just those of EC2's resources that were there."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options
from backtrail_eventstore import SqliteStore, import_trails

from .ledger import moments, rows, there

SEED = int(os.environ.get("BACKTRAIL_SEED", "8"))
MOMENTS = 5
GONE = ("shutting-down", "terminated", "deleting", "deleted")


def _listed(
    action: str, result: str, member: str, parameter: str
) -> Callable[[Any, list[str] | None], set[str]]:
    """What a describe call tells to be there: all of it, or of some ids."""

    def ids(ec2: Any, wanted: list[str] | None) -> set[str]:
        found = getattr(ec2, action)(**({} if wanted is None else {parameter: wanted}))[result]
        return {one[member] for one in found if one.get("State") not in GONE}

    return ids


def _instances(ec2: Any, wanted: list[str] | None) -> set[str]:
    found = ec2.describe_instances(**({} if wanted is None else {"InstanceIds": wanted}))["Reservations"]
    machines = [one for reservation in found for one in reservation["Instances"]]
    return {one["InstanceId"] for one in machines if one["State"]["Name"] not in GONE}


DESCRIBED = {
    "elastic-ip": _listed("describe_addresses", "Addresses", "AllocationId", "AllocationIds"),
    "flow-log": _listed("describe_flow_logs", "FlowLogs", "FlowLogId", "FlowLogIds"),
    "instance": _instances,
    "internet-gateway": _listed(
        "describe_internet_gateways", "InternetGateways", "InternetGatewayId", "InternetGatewayIds"
    ),
    "nat-gateway": _listed("describe_nat_gateways", "NatGateways", "NatGatewayId", "NatGatewayIds"),
    "network-interface": _listed(
        "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", "NetworkInterfaceIds"
    ),
    "route-table": _listed("describe_route_tables", "RouteTables", "RouteTableId", "RouteTableIds"),
    "subnet": _listed("describe_subnets", "Subnets", "SubnetId", "SubnetIds"),
    "vpc": _listed("describe_vpcs", "Vpcs", "VpcId", "VpcIds"),
}
"""The ledger's types that are EC2's, and what tells of them."""


@pytest.fixture
def log(trails: Path, tmp_path: Path) -> Path:
    """The incident in a log."""

    async def fill() -> None:
        async with SqliteStore.open(str(tmp_path / "incident.db")) as store:
            await import_trails(store, [trails / "incident-a.jsonl"])

    asyncio.run(fill())
    return tmp_path / "incident.db"


def test_clients_see_what_the_ledger_says(trails: Path, log: Path) -> None:
    """Every EC2 row is told of in a list and by its id while it is there, and refused or told to be gone when not."""
    ledger = [row for row in rows(trails) if row["type"] in DESCRIBED]
    assert {row["type"] for row in ledger} == set(DESCRIBED)
    told = set()
    for moment in sorted(random.Random(SEED).sample(moments(ledger, SEED), MOMENTS)):
        server = BackgroundServer(Options(log=log, port=0, at=moment)).start()
        try:
            with closing(_client(server.endpoint)) as ec2:
                for kind, ids in DESCRIBED.items():
                    listed = ids(ec2, None)
                    for row in (row for row in ledger if row["type"] == kind):
                        expected, where = there(row, moment), f"{kind} {row['id']} at {moment}, seed {SEED}"
                        assert (row["id"] in listed) == expected, where
                        assert _by_id(ec2, ids, row["id"]) == expected, where
                        told.add(expected)
        finally:
            server.stop()
    assert told == {True, False}


def _by_id(ec2: Any, ids: Callable[[Any, list[str]], set[str]], identifier: str) -> bool:
    try:
        return identifier in ids(ec2, [identifier])
    except ClientError as error:
        assert error.response["Error"]["Code"].endswith("NotFound"), error
        return False


def _client(endpoint: str) -> Any:
    return boto3.Session("test", "test", region_name="us-east-1").client("ec2", endpoint_url=endpoint)
