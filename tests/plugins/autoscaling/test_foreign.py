"""Records of real groups fold, whatever they leave out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.autoscaling
import backtrail_aws.ec2
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail_aws.autoscaling.state import Scaling

TRAILS = Path(__file__).resolve().parents[4] / "shared" / "trails"
PLACE = ("autoscaling", "111122223333", "us-east-1")


def _record(source: str, name: str, params: Any, result: Any, number: int, by: str = "") -> bytes:
    identity = {"type": "AssumedRole", "accountId": PLACE[1], "invokedBy": by} if by else {"type": "Root"}
    return json.dumps(
        {
            "eventVersion": "1.08", "userIdentity": identity, "eventTime": f"2023-05-01T10:00:{number:02}Z",
            "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": PLACE[2],
            "requestParameters": params, "responseElements": result, "readOnly": False,
            "eventID": f"00000000-0000-4000-8000-0000000000{number:02}", "eventType": "AwsApiCall",
            "recipientAccountId": PLACE[1],
        }
    ).encode()  # fmt: skip


def _launch(instance: str, number: int) -> bytes:
    tags = {
        "items": [
            {"resourceType": "instance", "tags": [{"key": "aws:autoscaling:groupName", "value": "web"}]}
        ]
    }
    params = {"instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]}, "tagSpecificationSet": tags}
    shown = {
        "instanceId": instance,
        "placement": {"availabilityZone": "us-east-1a"},
        "instanceType": "t3.micro",
    }
    result = {"instancesSet": {"items": [shown]}}
    return _record("ec2", "RunInstances", params, result, number, "autoscaling.amazonaws.com")


def _end(instance: str, number: int, by: str) -> bytes:
    params = {"instancesSet": {"items": [{"instanceId": instance}]}}
    return _record("ec2", "TerminateInstances", params, None, number, by)


def test_launches_tell_what_a_group_has() -> None:
    """A group that nobody saw made gets its instances by their tag, and loses those that are terminated."""
    machine = Machine(Registry((backtrail_aws.autoscaling, backtrail_aws.ec2)))
    machine.apply(_launch("i-1", 1))
    machine.apply(_launch("i-2", 2))
    state: Scaling = machine.state(PLACE)  # type: ignore[assignment]
    group = state.groups["web"]
    assert list(group.members) == ["i-1", "i-2"] and group.members["i-1"].zone == "us-east-1a"
    machine.apply(_end("i-1", 3, "autoscaling.amazonaws.com"))
    assert list(group.members) == ["i-2"]
    machine.apply(_end("i-2", 4, ""))
    assert group.members["i-2"].health == "Unhealthy"
    machine.apply(_launch("i-3", 5))
    assert list(group.members) == ["i-3"]
    update = {"autoScalingGroupName": "web", "desiredCapacity": 3, "maxSize": 4, "minSize": 1}
    machine.apply(_record("autoscaling", "UpdateAutoScalingGroup", update, None, 6))
    assert group.shown.desired_capacity == 3 and list(group.members) == ["i-3"]
    assert not machine.folder.broken


@pytest.mark.skipif(not TRAILS.is_dir(), reason="the real trails are not here")
def test_every_write_of_the_real_trails_folds() -> None:
    """Nothing that succeeded is opaque or unreadable."""
    machine = Machine(Registry((backtrail_aws.autoscaling, backtrail_aws.ec2)))
    seen = 0
    for path in sorted(TRAILS.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if record.get("eventSource") != "autoscaling.amazonaws.com" or record.get("errorCode"):
                continue
            folded = machine.apply(line.encode())
            assert not machine.folder.broken, machine.folder.broken
            if not record["eventName"].startswith("Describe"):
                seen += 1
                assert folded in (Folded.PROJECTED, Folded.INFERRED), line[:300]
    assert seen >= 5
