"""Records that AWS wrote fold, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import backtrail_aws.cloudtrail
import backtrail_aws.s3
from backtrail.folded import Folded
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail_aws.cloudtrail.state import CloudTrail

ACCOUNT, REGION = "111122223333", "eu-west-1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"


NOBODYS = ("EnableRegion", "DescribeTrail", "DeleteRule", "CreateServiceLinkedChannel")
"""Actions that CloudTrail's model does not have: some of the records are edited."""


def record(number: int, name: str, params: Any, result: Any = None, **more: Any) -> bytes:
    """A record as AWS would have written it."""
    return json.dumps(
        {
            "eventVersion": "1.09", "userIdentity": {"type": "Root", "accountId": ACCOUNT},
            "eventTime": f"2023-11-07T23:59:{number:02}Z", "eventSource": "cloudtrail.amazonaws.com", "eventName": name,
            "awsRegion": REGION, "requestParameters": params, "responseElements": result,
            "eventID": f"a1b2c3d4-5678-40ab-9cde-{number:012}", "recipientAccountId": ACCOUNT, **more,
        }
    ).encode()  # fmt: skip


def folded(*records: bytes) -> CloudTrail:
    """The state after some records."""
    machine = Machine(Registry([backtrail_aws.cloudtrail]))
    for one in records:
        assert machine.apply(one) in (Folded.PROJECTED, Folded.INFERRED, Folded.FAILED)
    assert not machine.folder.broken, machine.folder.broken
    before = machine.digest()
    machine.reload()
    assert machine.digest() == before
    state = machine.state(("cloudtrail", ACCOUNT, ""))
    assert isinstance(state, CloudTrail)
    return state


def test_a_trail_that_nobody_saw_made_is_inferred() -> None:
    """It logs, though nobody knows where to: it delivers nothing."""
    state = folded(record(1, "StartLogging", {"name": TRAIL}))
    trail = state.trails[TRAIL]
    assert trail.logging and trail.wanted == 0


def test_a_created_trail_logs_from_its_start_on() -> None:
    """Answer or none, the trail is there; it is gone when it is deleted, or proved to be."""
    made = {"name": "audit", "s3BucketName": "logs", "isMultiRegionTrail": True}
    state = folded(record(1, "CreateTrail", made), record(2, "StartLogging", {"name": "audit"}))
    assert state.trails[TRAIL].logging and state.trails[TRAIL].everywhere
    stopped = record(3, "StopLogging", {"name": TRAIL}, errorCode="TrailNotFoundException")
    assert len(folded(record(1, "CreateTrail", made), stopped).trails) == 0
    deleted = folded(record(1, "CreateTrail", made), record(2, "DeleteTrail", {"name": "audit"}))
    assert len(deleted.trails) == 0 and deleted.leaving == {}


def test_selectors_and_updates_fold_without_answers() -> None:
    """What was asked counts where no answer tells more."""
    put = {"trailName": "audit", "eventSelectors": [{"readWriteType": "ReadOnly"}]}
    update = {"name": "audit", "isMultiRegionTrail": False, "s3KeyPrefix": "in"}
    trail = folded(record(1, "PutEventSelectors", put), record(2, "UpdateTrail", update)).trails[TRAIL]

    assert isinstance(trail.basic, list) and trail.basic[0].read_write_type == "ReadOnly"
    assert (trail.multi_region, trail.prefix) == (False, "in")


def test_real_trails_fold(trails: Path) -> None:
    """Every record of CloudTrail's own in the real trails is read; every write that succeeded is projected."""
    machine = Machine(Registry([backtrail_aws.cloudtrail, backtrail_aws.s3]))
    count = 0
    for path in sorted(trails.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            if b"cloudtrail.amazonaws.com" in line and b'"eventSource": "cloudtrail' in line:
                folded = machine.apply(line)
                shown = json.loads(line)
                known = shown["eventName"] not in (
                    "EnableRegion",
                    "DescribeTrail",
                    "DeleteRule",
                    "CreateServiceLinkedChannel",
                )
                assert folded is not Folded.UNREADABLE, line
                assert not known or folded is not Folded.OPAQUE, line
                count += 1
    assert count > 30 and not machine.folder.broken
