"""Real trails' calls about instances: folded, decided again, and written as CloudTrail wrote them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.records import again
from tests.records.comparing import differences

import backtrail_aws.ec2
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail_aws.ec2.state import Ec2 as State

INSTANCES = {"ModifyInstanceAttribute", "RunInstances", "TerminateInstances"}
UNKNOWN = {
    "responseElements.instancesSet.items[].metadataOptions.httpProtocolIpv4 is missing",
    "responseElements.instancesSet.items[].networkInterfaceSet.items[].tagSet is missing",
}
"""What records show though EC2's model has no such member."""


def lines(trails: Path, name: str) -> list[bytes]:
    """A trail's records of EC2."""
    found = (trails / f"{name}.jsonl").read_bytes().splitlines()
    return [one for one in found if json.loads(one).get("eventSource") == "ec2.amazonaws.com"]


def test_our_records_look_like_the_real_ones(trails: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The incident's launches and ends: the same members, but for those that no client could be told."""
    monkeypatch.setattr(again, "SERVED", {"ec2"})
    made = [
        one for one in again.again(lines(trails, "incident-a")) if one.name.removeprefix("ec2:") in INSTANCES
    ]

    assert len(made) > 5
    different = {one.real["eventID"]: set(differences(one.real, one.ours)) - UNKNOWN for one in made}
    assert not {event: found for event, found in different.items() if found}


def test_the_incident_folds(trails: Path) -> None:
    """Its instances ran with the profiles and addresses that records tell, and ended; their disks are unknown."""
    machine = Machine(Registry([backtrail_aws.ec2]))
    found = sorted(lines(trails, "incident-a"), key=lambda one: json.loads(one)["eventTime"])
    for line in found:
        machine.apply(line)
    state = machine.state(("ec2", "123837392027", "us-east-1"))

    assert isinstance(state, State)
    assert not machine.folder.broken
    held = state.compute.instances
    assert {name: (one.state, one.private_ip) for name, one in held.items()} == {
        "i-05c30218156bcc246": ("shutting-down", "10.0.1.10"),
        "i-0dbc91f429e48eeed": ("shutting-down", "10.0.1.10"),
    }
    assert {str(one.profile.arn).rpartition("/")[2] for one in held.values() if one.profile} == {
        "stratus-red-team-ec2-enumerate-instance", "stratus-red-team-ec2-steal-credentials-instance"
    }  # fmt: skip
    assert not state.storage.volumes
    assert "ami-029eb80bc237bec6f" in state.images.images
