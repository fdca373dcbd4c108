"""A real incident's calls about interfaces, addresses, gateways and flow logs, decided again: the same records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.records import again
from tests.records.comparing import differences

ACTIONS = {
    "AllocateAddress", "CreateFlowLogs", "CreateNatGateway", "CreateNetworkInterface", "DeleteFlowLogs",
    "DeleteNatGateway", "DeleteNetworkInterface", "DescribeAddresses", "DescribeFlowLogs", "DescribeNatGateways",
    "DescribeNetworkInterfaces", "ReleaseAddress",
}  # fmt: skip
NEWER = {"availabilityMode", "availabilityZoneId", "operator"}
"""Members that answers have since, and had not in 2023."""


@pytest.fixture
def made(trails: Path, monkeypatch: pytest.MonkeyPatch) -> list[again.Again]:
    """The calls of the incident, in the state that each met."""
    monkeypatch.setattr(again, "SERVED", {"ec2"})
    lines = (trails / "incident-a.jsonl").read_bytes().splitlines()
    ours = [line for line in lines if json.loads(line).get("eventSource") == "ec2.amazonaws.com"]
    return [one for one in again.again(ours) if one.name.removeprefix("ec2:") in ACTIONS]


def test_we_decide_as_aws_did(made: list[again.Again]) -> None:
    """AWS did all of it, and so do we."""
    assert {one.name.removeprefix("ec2:") for one in made} == ACTIONS
    assert not [one.real["eventID"] for one in made if not one.agrees]


def test_our_records_look_like_the_real_ones(made: list[again.Again]) -> None:
    """The same members, in the same forms, but for what answers have since."""
    found = {text for one in made for text in differences(one.real, one.ours)}
    assert {text.partition(" ")[0].rpartition(".")[2] for text in found} <= NEWER
    assert all(text.endswith("is not in the real one") for text in found)
