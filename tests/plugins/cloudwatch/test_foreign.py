"""Records that AWS wrote: alarms that nobody saw being made, and real trails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import backtrail_aws.cloudwatch
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail_aws.cloudwatch.state import CloudWatch

PLACE = ("cloudwatch", "974349055189", "us-east-1")


def record(name: str, params: Any, number: int = 0, **more: Any) -> bytes:
    """A record of AWS's."""
    made = {
        "eventVersion": "1.08", "userIdentity": {"type": "Root", "accountId": PLACE[1]},
        "eventTime": f"2024-01-01T00:00:{number:02}Z", "eventSource": "monitoring.amazonaws.com", "eventName": name,
        "awsRegion": "us-east-1", "requestParameters": params, "responseElements": None,
        "eventID": f"00000000-0000-4000-8000-0000000000{number:02}", "recipientAccountId": PLACE[1], **more,
    }  # fmt: skip
    return json.dumps(made).encode()


def machine(*records: bytes) -> Machine:
    """What folded records."""
    made = Machine(Registry([backtrail_aws.cloudwatch]))
    for one in records:
        made.apply(one)
    assert not made.folder.broken
    return made


def state(made: Machine) -> CloudWatch:
    """The account's State."""
    found = made.state(PLACE)
    assert isinstance(found, CloudWatch)
    return found


def test_what_nobody_saw_being_made_is_inferred() -> None:
    """An alarm that is set, switched, tagged or deleted may be unknown."""
    held = state(
        machine(
            record("SetAlarmState", {"alarmName": "a", "stateValue": "ALARM", "stateReason": "x"}, 1),
            record("DisableAlarmActions", {"alarmNames": ["a", "b"]}, 2),
            record("DeleteAlarms", {"alarmNames": ["c"]}, 3),
            record("PutMetricData", {"namespace": "N"}, 4),
            record(
                "TagResource",
                {"resourceARN": "arn:aws:cloudwatch:us-east-1:974349055189:alarm:z", "tags": []},
                5,
            ),
            record("PutMetricAlarm", {"alarmName": "little"}, 6),
            record("PutCompositeAlarm", {"alarmName": "odd", "alarmRule": "AT_LEAST(2, ALARM, (a, b))"}, 7),
            record("DeleteDashboards", {"dashboardNames": ["d"]}, 8),
        )
    )
    assert held.alarms["a"].state == "ALARM" and held.alarms["a"].metric is None
    assert held.alarms["a"].enabled is False
    assert set(held.alarms) == {"a", "little", "odd"}
    assert not held.series


def test_real_records_fold(trails: Path) -> None:
    """Every record of CloudWatch in the real trails is projected, read or a failure; the alarm is as it was put."""
    made = machine()
    seen = 0
    for path in sorted(trails.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            if b"monitoring.amazonaws.com" in line and json.loads(line)["eventSource"].startswith(
                "monitoring"
            ):
                seen += 1
                assert made.apply(line) is not Folded.OPAQUE, line
                assert not made.folder.broken and not made.folder.unread
    assert seen >= 10
    alarm = state(made).alarms["awsec2-as-group-171-High-CPU-Utilization"]
    assert alarm.metric is not None and alarm.metric.threshold == 20.0
    assert alarm.state == "INSUFFICIENT_DATA"
