"""Records that AWS wrote fold, too: from the middle of a group's life, without results, without events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import backtrail_aws.logs
from backtrail import UNSET
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail_aws.logs.state import Logs

ACCOUNT, REGION = "111122223333", "eu-west-1"


def record(name: str, params: dict[str, Any] | None, result: Any = None, **more: Any) -> bytes:
    """A record as AWS would have written it."""
    return json.dumps(
        {
            "eventVersion": "1.09",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT},
            "eventTime": "2023-11-07T23:59:11Z",
            "eventSource": "logs.amazonaws.com",
            "eventName": name,
            "awsRegion": REGION,
            "requestParameters": params,
            "responseElements": result,
            "eventID": "a1b2c3d4-5678-40ab-9cde-0123456789ab",
            "apiVersion": "20140328",
            "recipientAccountId": ACCOUNT,
            **more,
        }
    ).encode()


def folded(*records: bytes) -> tuple[Logs, list[Folded]]:
    """The state after some records."""
    machine = Machine(Registry([backtrail_aws.logs]))
    outcomes = [machine.apply(one) for one in records]
    assert not machine.folder.broken, machine.folder.broken
    machine.reload()
    state = machine.state(("logs", ACCOUNT, REGION))
    assert isinstance(state, Logs)
    return state, outcomes


def test_a_stream_of_an_unknown_group_implies_it() -> None:
    """The group stands there by inference, and the create fills it without losing the stream."""
    made = record("CreateLogStream", {"logGroupName": "g", "logStreamName": "s", "forAccount": ACCOUNT})
    state, outcomes = folded(made)
    assert outcomes == [Folded.INFERRED]
    assert (state.groups["g"].created_ms, list(state.groups["g"].streams)) == (UNSET, ["s"])
    state, _ = folded(made, record("CreateLogGroup", {"logGroupName": "g", "tags": {"a": "b"}}))
    group = state.groups["g"]
    assert (group.created_ms, group.tags, list(group.streams)) == (1_699_401_551_000, {"a": "b"}, ["s"])
    assert group.arn == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"


def test_a_second_create_means_an_unseen_deletion() -> None:
    """What the old group had is gone."""
    create = record("CreateLogGroup", {"logGroupName": "g"})
    stream = record("CreateLogStream", {"logGroupName": "g", "logStreamName": "s"})
    state, _ = folded(create, stream, create)
    assert list(state.groups["g"].streams) == []


def test_failures_prove_what_is_there_and_what_is_gone() -> None:
    """Who is told that a group is there, or not, proves it; a denial proves nothing."""
    create = record("CreateLogGroup", {"logGroupName": "g"})
    gone = record("DeleteLogGroup", {"logGroupName": "g"}, errorCode="ResourceNotFoundException")
    denied = record("DeleteLogGroup", None, errorCode="AccessDenied")
    there = record("CreateLogGroup", {"logGroupName": "h"}, errorCode="ResourceAlreadyExistsException")
    stream = {"logGroupName": "i", "logStreamName": "s"}
    exists = record("CreateLogStream", stream, errorCode="ResourceAlreadyExistsException")
    assert list(folded(create, denied)[0].groups) == ["g"]
    assert list(folded(create, gone)[0].groups) == []
    state, _ = folded(there, exists)
    assert (list(state.groups), list(state.groups["i"].streams)) == (["h", "i"], ["s"])
    missing = record("CreateLogStream", stream, errorCode="ResourceNotFoundException")
    assert list(folded(exists, missing)[0].groups) == []


def test_results_are_taken_where_they_are_told() -> None:
    """Ids of exports and queries are AWS's own; without them, something stands there all the same."""
    task = {"destination": "b", "logGroupName": "g", "to": 123456789012, "from": 0, "taskName": "t"}
    state, _ = folded(record("CreateExportTask", task, {"taskId": "15e5e534-9548-44ab-a221-64d9d2b27b9b"}))
    assert [(one.id, one.name) for one in state.exports.values()] == [
        ("15e5e534-9548-44ab-a221-64d9d2b27b9b", "t")
    ]
    query = {"logGroupName": "g", "startTime": 1, "endTime": 2, "queryString": "whatever | it is"}
    state, _ = folded(record("StartQuery", query))
    assert len(state.queries) == 1


def test_an_inferred_group_shows_only_what_was_told() -> None:
    """Members that no record told are left out of answers."""
    from backtrail.testing import Scenario
    from backtrail_aws.logs import api

    logs = Scenario(backtrail_aws.logs, account=ACCOUNT, region=REGION)
    logs.machine.apply(record("PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": 7}))
    logs.given(api.DescribeLogGroups())
    (group,) = logs.answer.log_groups
    assert (group.retention_in_days, group.log_group_class, group.creation_time) == (7, UNSET, UNSET)
    logs.given(api.CreateLogStream(log_group_name="g", log_stream_name="s"))


def test_real_records_fold(trails: Path) -> None:
    """Every record of CloudWatch Logs in the real trails folds."""
    count = 0
    for file in sorted(trails.glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            if (
                b'"logs.amazonaws.com"' not in line
                or json.loads(line).get("eventSource") != "logs.amazonaws.com"
            ):
                continue
            machine = Machine(Registry([backtrail_aws.logs]))
            assert machine.apply(line) not in (Folded.UNREADABLE, Folded.OPAQUE), line
            assert not machine.folder.broken
            count += 1
    assert count >= 75
