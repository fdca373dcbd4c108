"""A real incident's calls about networks, decided again: the same outcomes, records and words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.records import again
from tests.records.comparing import differences, words

NETWORKS = {
    "AssociateRouteTable", "AttachInternetGateway", "CreateInternetGateway", "CreateRoute", "CreateRouteTable",
    "CreateSubnet", "CreateVpc", "DeleteInternetGateway", "DeleteRoute", "DeleteRouteTable", "DeleteSubnet",
    "DeleteVpc", "DescribeAccountAttributes", "DescribeAvailabilityZones", "DescribeInternetGateways",
    "DescribeNetworkAcls", "DescribeRegions", "DescribeRouteTables", "DescribeSecurityGroups", "DescribeSubnets",
    "DescribeVpcs", "DisassociateRouteTable",
}  # fmt: skip


AT_ONCE = {f"2023-07-10T12:08:0{second}Z" for second in (1, 2, 7)}
"""Seconds in which many things were deleted at once, so that nobody knows in which order."""


@pytest.fixture
def made(trails: Path, monkeypatch: pytest.MonkeyPatch) -> list[again.Again]:
    """The calls of the incident, in the state that each met. A default VPC was there before it, as in any account."""
    monkeypatch.setattr(again, "SERVED", {"ec2"})
    lines = (trails / "incident-a.jsonl").read_bytes().splitlines()
    ours = [line for line in lines if json.loads(line).get("eventSource") == "ec2.amazonaws.com"]
    return [one for one in again.again(ours) if one.name.removeprefix("ec2:") in NETWORKS]


def test_we_decide_as_aws_did(made: list[again.Again]) -> None:
    """What AWS did we do, and what it refused (the sixth VPC, a table that is gone) we refuse, in its words."""
    assert len(made) > 200
    assert {one.real.get("errorCode") for one in made} == {
        None, "Client.VpcLimitExceeded", "Client.InvalidRouteTableID.NotFound", "Client.InvalidVpcID.NotFound"
    }  # fmt: skip
    for one in made:
        if one.real["eventTime"] not in AT_ONCE:
            assert one.agrees, one.real["eventID"]
        if one.agrees:
            assert words(one.real.get("errorMessage", "")) == words(one.ours.get("errorMessage", ""))
    assert sum(not one.agrees for one in made) < 10


def test_our_records_look_like_the_real_ones(made: list[again.Again]) -> None:
    """The same members, in the same forms."""
    different = {one.real["eventID"]: list(differences(one.real, one.ours)) for one in made}
    assert not {event: found for event, found in different.items() if found}
