"""`timeline`, `actors`, `denied` and `coverage` on the incident that ships with Backtrail, and on hostile records."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ask, Run

HOSTILE = '=HYPERLINK("http://evil")\x1b[31m'


def record(number: int, name: str, **more: Any) -> dict[str, Any]:
    """A foreign record."""
    return {
        "eventVersion": "1.08",
        "eventTime": f"2024-05-01T10:00:{number:02}Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": HOSTILE,
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEEXAMPLE01",
            "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/ada",
            "userName": "ada",
            "accessKeyId": "AKIAEXAMPLEEXAMPLE01",
        },
        "requestParameters": None,
        "responseElements": None,
        "requestID": f"r{number}",
        "eventID": f"00000000-0000-4000-8000-0000000000{number:02}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
        **more,
    }


TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
STORY = [
    record(
        1,
        "CreateTrail",
        requestParameters={"name": "main", "s3BucketName": "b"},
        responseElements={"trailARN": TRAIL},
    ),
    record(2, "StartLogging", requestParameters={"name": TRAIL}),
    record(
        3,
        "PutEventSelectors",
        requestParameters={
            "trailName": "main",
            "eventSelectors": [
                {
                    "readWriteType": "All",
                    "includeManagementEvents": True,
                    "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::secret/"]}],
                }
            ],
        },
    ),
    record(4, "StopLogging", requestParameters={"name": "main"}),
    record(9, "StartLogging", requestParameters={"name": "main"}),
    record(
        10,
        "DeleteRole",
        eventSource="iam.amazonaws.com",
        errorCode="AccessDenied",
        errorMessage="User: arn:aws:iam::111122223333:user/ada is not authorized to perform: iam:DeleteRole on "
        "resource: role deploy-role because no identity-based policy allows the iam:DeleteRole action",
    ),
]


@pytest.fixture
def hostile(run: Run, tmp_path: Path) -> Path:
    """A log of records whose texts are out to do harm, in which a trail is stopped for five seconds."""
    (tmp_path / "story.jsonl").write_text("".join(json.dumps(one) + "\n" for one in STORY))
    path = tmp_path / "hostile.db"
    assert run("import", tmp_path / "story.jsonl", "--log", path).exit_code == 0
    return path


def test_a_timeline_of_an_actor_goes_on_through_its_sessions(ask: Ask, case: Path) -> None:
    """From the leaked key's first call to the last deletion by the role of the user that it made."""
    moves = ask("timeline", "--actor", "ci-deploy", "--log", case)["moves"]
    assert moves[0]["action"] == "GetCallerIdentity"
    assert (moves[-1]["action"], moves[-1]["who"]) == ("DeleteBucket", "role org-reader/audit")
    assert {move["source_ip"] for move in moves} == {"203.0.113.66"}
    assert [move["time"] for move in moves] == sorted(move["time"] for move in moves)


def test_a_table_folds_reads_together(run: Run, case: Path) -> None:
    """Eight GetObjects are one line."""
    text = run("timeline", "--actor", "payroll-admin", "--log", case).stdout
    assert "8 reads: s3 GetObject" in text


def test_timesketch_gets_what_it_asks_for(run: Run, case: Path) -> None:
    """One object a line with message, datetime, timestamp_desc and the chain."""
    lines = [
        json.loads(line)
        for line in run("timeline", "--format", "timesketch", "--log", case).stdout.splitlines()
    ]
    assert len(lines) == 84
    assert {"message", "datetime", "timestamp_desc", "timestamp"} <= set(lines[0])
    last = [line for line in lines if line["event_name"] == "DeleteBucket"][-1]
    assert last["chain"] == "user backup-operator → role payroll-admin/maintenance → role org-reader/audit"


def test_a_spreadsheet_runs_nothing(run: Run, hostile: Path) -> None:
    """A text that begins like a formula gets an apostrophe; control characters are spelt out."""
    rows = list(csv.DictReader(io.StringIO(run("timeline", "--format", "csv", "--log", hostile).stdout)))
    assert len(rows) == len(STORY)
    assert rows[0]["user_agent"] == '\'=HYPERLINK("http://evil")\\x1b[31m'
    for name in ("timeline", "actors", "denied", "sessions", "coverage"):
        assert "\x1b" not in run(name, "--log", hostile).stdout


def test_nothing_in_a_timeline_says_what_could_have_been_seen(run: Run, case: Path) -> None:
    """Exit code 1, and the coverage sentence."""
    result = run("timeline", "--actor", "nobody", "--log", case)
    assert result.exit_code == 1
    assert "84 records" in result.stderr
    assert len(result.stderr.splitlines()) > 2
    assert "\\x0a" not in result.stderr


def test_actors_are_counted_over_their_sessions(ask: Ask, case: Path) -> None:
    """Each actor once, with what it did."""
    actors = {one["name"]: one for one in ask("actors", "--log", case)["actors"]}
    assert actors["payroll-admin"]["kind"] == "Role"
    assert sum(one["records"] for one in actors.values()) == 84
    assert list(actors["ci-deploy"]["addresses"]) == ["203.0.113.66"]


def test_denials_name_what_was_aimed_at(ask: Ask, hostile: Path) -> None:
    """The parameters of a denied call are null: the message tells."""
    denied = ask("denied", "--log", hostile)["denied"]
    assert [(one["action"], one["resources"], one["count"]) for one in denied] == [
        ("DeleteRole", ["deploy-role"], 1)
    ]


@pytest.mark.parametrize(
    ("command", "code"), [(("timeline",), 1), (("denied",), 1), (("case", "export", "case/"), 2)]
)
def test_an_actor_whom_nobody_knows_is_no_clean_record(
    run: Run, case: Path, command: tuple[str, ...], code: int
) -> None:
    """A name that was misspelt is said to mean nobody: it is not told of as one who did nothing."""
    result = run(*command, "--actor", "ci-deplyo", "--log", case)
    assert result.exit_code == code
    assert "o session of this log is meant by --actor ci-deplyo" in result.output
    assert not Path("case").exists()


def test_no_denial_says_what_could_have_been_seen(run: Run, case: Path) -> None:
    """Exit code 1; failures for other reasons are shown when they are asked for."""
    result = run("denied", "--log", case)
    assert result.exit_code == 1
    assert "84 records" in result.stdout
    assert "EntityAlreadyExists" in run("denied", "--all-failures", "--log", case).stdout


def test_coverage_knows_when_a_trail_was_stopped(ask: Ask, run: Run, hostile: Path) -> None:
    """Selectors and StopLogging are state: from when to when, by whom, by which event."""
    (trail,) = ask("coverage", "--log", hostile)["trails"]
    assert [(phase["action"], phase["logging"]) for phase in trail["phases"]] == [
        ("CreateTrail", False),
        ("StartLogging", True),
        ("PutEventSelectors", True),
        ("StopLogging", False),
        ("StartLogging", True),
    ]
    assert trail["phases"][2]["data"] == {"S3 objects": ["arn:aws:s3:::secret/"]}
    text = run("who", "deleted", "nothing-at-all", "--log", hostile).stdout
    assert "was stopped from 2024-05-01 10:00:04Z to 2024-05-01 10:00:09Z (by ada" in text
    assert "S3 objects (arn:aws:s3:::secret/)" in text


def test_coverage_names_silent_hours(ask: Ask, case: Path) -> None:
    """Hours between the first and the last record in which an account and region have none."""
    days = {one["day"]: one for one in ask("coverage", "--log", case)["days"]}
    assert sum(one["records"] for one in days.values()) == 84
    assert 5 in days["2024-03-14"]["silent_hours"]
    assert 2 not in days["2024-03-14"]["silent_hours"]


def test_a_refused_deletion_is_told_beside(ask: Ask, run: Run, case: Path) -> None:
    """DeleteBucket failed once, for the bucket was not empty: nobody deleted it, and the attempt is told."""
    answer = ask("who", "deleted", "kestrel-payroll", "--log", case, code=1)
    assert [one["action"] for one in answer["attempts"]] == ["DeleteBucket"]
    assert "BucketNotEmpty" in run("who", "deleted", "kestrel-payroll", "--log", case).stderr


ENDS = [
    record(
        1,
        "CreateTopic",
        eventSource="sns.amazonaws.com",
        requestParameters={"name": "t"},
        responseElements={"topicArn": "arn:aws:sns:us-east-1:111122223333:t"},
    ),
    record(
        2,
        "Subscribe",
        eventSource="sns.amazonaws.com",
        requestParameters={
            "topicArn": "arn:aws:sns:us-east-1:111122223333:t",
            "protocol": "sqs",
            "endpoint": "e",
        },
        responseElements={
            "subscriptionArn": "arn:aws:sns:us-east-1:111122223333:t:0f0f0f0f-0000-4000-8000-000000000001"
        },
    ),
    record(
        3,
        "DeleteTopic",
        eventSource="sns.amazonaws.com",
        requestParameters={"topicArn": "arn:aws:sns:us-east-1:111122223333:t"},
    ),
    record(4, "CreateBucket", eventSource="s3.amazonaws.com", requestParameters={"bucketName": "old-things"}),
    record(
        5,
        "PutObject",
        eventSource="s3.amazonaws.com",
        requestParameters={"bucketName": "old-things", "key": "a.txt"},
    ),
    record(
        6,
        "PutBucketLifecycle",
        eventSource="s3.amazonaws.com",
        requestParameters={"bucketName": "old-things", "lifecycle": ""},
    ),
    record(
        7,
        "RunInstances",
        eventSource="ec2.amazonaws.com",
        requestParameters={"instanceType": "t3.micro"},
        responseElements={"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}},
    ),
    record(
        8,
        "AttachVolume",
        eventSource="ec2.amazonaws.com",
        requestParameters={
            "volumeId": "vol-0123456789abcdef0",
            "instanceId": "i-0123456789abcdef0",
            "device": "/dev/sdf",
        },
        responseElements={
            "volumeId": "vol-0123456789abcdef0",
            "instanceId": "i-0123456789abcdef0",
            "deleteOnTermination": True,
        },
    ),
    record(
        9,
        "TerminateInstances",
        eventSource="ec2.amazonaws.com",
        requestParameters={"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}},
        responseElements={"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}},
    ),
]


@pytest.mark.parametrize(
    ("resource", "action", "gone_with", "rule"),
    [
        (
            "arn:aws:sns:us-east-1:111122223333:t:0f0f0f0f-0000-4000-8000-000000000001",
            "DeleteTopic",
            "sns",
            None,
        ),
        ("vol-0123456789abcdef0", "TerminateInstances", "i-0123456789abcdef0", None),
        ("old-things/a.txt", "PutBucketLifecycle", None, "lifecycle"),
    ],
)
def test_what_ended_without_a_record_of_its_own(
    ask: Ask, run: Run, tmp_path: Path, resource: str, action: str, gone_with: str | None, rule: str | None
) -> None:
    """A subscription goes with its topic, a volume with its instance; an object may have ended by its bucket's rule:
    then who set the rule is told. None of it is called certain."""
    (tmp_path / "ends.jsonl").write_text("".join(json.dumps(one) + "\n" for one in ENDS))
    log = tmp_path / "ends.db"
    assert run("import", tmp_path / "ends.jsonl", "--log", log).exit_code == 0
    (answer,) = ask("who", "deleted", resource, "--log", log)["answers"]
    assert (answer["action"], answer["user"], answer["certain"]) == (action, "ada", False)
    assert gone_with is None or gone_with in answer["with"]
    assert (answer["rule"]["id"] if "rule" in answer else None) == rule
    assert run("who", "deleted", resource, "--log", log).exit_code == 0
