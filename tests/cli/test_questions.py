"""`events`, `who`, `history`: questions to a log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ask, Run

EVENT = {
    "seq", "event_id", "time", "service", "source", "action", "account", "region", "principal", "user", "access_key",
    "error", "ip", "read_only",
}  # fmt: skip


def test_events_come_newest_first_in_a_stable_shape(ask: Ask, case: Path) -> None:
    """Every event has the same members; `more` says that the limit cut the list."""
    answer = ask("events", "--limit", 5, "--log", case)
    assert set(answer) == {"events", "more", "head"}
    assert answer["more"] is True
    assert [set(event) for event in answer["events"]] == [EVENT] * 5
    times = [event["time"] for event in answer["events"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("filters", "actions"),
    [
        (["--service", "sqs", "--action", "PurgeQueue"], ["PurgeQueue"]),
        (["--service", "iam.amazonaws.com", "--action", "DeleteUser"], ["DeleteUser"]),
        (["--actor", "ci-deploy", "--writes", "--error", "any"], ["CreateUser"]),
        (["--error", "BucketNotEmpty"], ["DeleteBucket"]),
        (["--actor", "maintenance", "--action", "PutBucketPolicy"], ["PutBucketPolicy"]),
        (["--actor", "203.0.113.66", "--action", "PurgeQueue"], ["PurgeQueue"]),
        (["--actor", "arn:aws:iam::418273645501:user/mara", "--action", "DeleteUser"], ["DeleteUser"]),
        (["--resource", "kestrel-access-logs", "--writes", "--error", "any"], []),
        (["--resource", "payroll-events", "--action", "PurgeQueue"], ["PurgeQueue"]),
        (
            ["--since", "2024-03-14 09:02:46", "--until", "2024-03-14T09:02:48Z", "--oldest"],
            ["DeleteAccessKey", "DetachUserPolicy", "DeleteUser"],
        ),
        (["--since", "09:02:48", "--writes"], ["DeleteBucketPolicy", "DeleteUser"]),
        (["--since", "-3s", "--writes"], ["DeleteBucketPolicy", "DeleteUser", "DetachUserPolicy", "DeleteAccessKey"]),
    ],
)  # fmt: skip
def test_events_pass_all_filters(ask: Ask, case: Path, filters: list[str], actions: list[str]) -> None:
    """Filters by service, action, actor in any spelling, error, resource and time. Before now means before the
    last record, where a log holds imports alone."""
    answer = ask("events", *filters, "--log", case, code=0 if actions else 1)
    assert [event["action"] for event in answer["events"]] == actions


def test_events_print_the_records_themselves(run: Run, case: Path) -> None:
    """--records prints CloudTrail's JSON, one record a line."""
    lines = run("events", "--records", "--limit", 3, "--log", case).stdout.splitlines()
    assert [json.loads(line)["eventName"] for line in lines] == [
        "DeleteBucketPolicy",
        "DeleteUser",
        "DetachUserPolicy",
    ]


def test_an_unknown_word_is_named_with_its_like(run: Run, case: Path) -> None:
    """An empty answer, exit code 1, says which filter names nothing of this log."""
    result = run("events", "--action", "DeleteBuket", "--log", case)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "no action 'DeleteBuket' (did you mean DeleteBucket" in result.stderr
    assert "no region 'mars' (it has eu-west-1)" in run("events", "--region", "mars", "--log", case).stderr
    assert "no actor 'marra' (did you mean mara?)" in run("events", "--actor", "marra", "--log", case).stderr


def test_no_like_is_offered_for_what_all_services_share(run: Run, case: Path) -> None:
    """That both end in .amazonaws.com makes no service like another."""
    said = run("events", "--service", "frobnicator", "--log", case).stderr
    assert "no service 'frobnicator'" in said
    assert "did you mean" not in said
    assert "did you mean sqs" in run("events", "--service", "sqss", "--log", case).stderr


def test_an_empty_answer_is_explained_in_lines(run: Run, case: Path) -> None:
    """What the log could have seen has a line for each sentence."""
    said = run("events", "--service", "sqs", "--actor", "mara", "--error", "any", "--log", case).stderr
    assert len(said.splitlines()) > 2
    assert "\\x0a" not in said


def test_reads_and_writes_exclude_each_other(ask: Ask, run: Run, case: Path) -> None:
    """Together they would pass nothing; neither wins in silence."""
    result = run("events", "--read-only", "--writes", "--log", case)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    for option, read_only in (("--read-only", True), ("--writes", False)):
        events = ask("events", option, "--log", case)["events"]
        assert {event["read_only"] for event in events} == {read_only}


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (["--since", "2024-03-14", "--until", "2024-03-13"], "lies after --until"),
        (["--since", "2025-01-01"], "lies after the last record"),
        (["--until", "2020-01-01"], "lies before the first record"),
        (["--since", "soon"], "is no time. Accepted:"),
    ],
)
def test_a_wrong_bound_is_an_error(run: Run, case: Path, bounds: list[str], said: str) -> None:
    """Never an empty answer: one line that says what the log reaches over."""
    result = run("events", *bounds, "--log", case)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_who_deleted_tells_the_chain_to_the_one_who_began(ask: Ask, run: Run, case: Path) -> None:
    """A role assumed through a role: the answer names the user behind both, and the session between."""
    answer = ask("who", "deleted", "kestrel-access-logs", "--log", case)
    (told,) = answer["answers"]
    assert (told["action"], told["verb"], told["certain"], told["ip"]) == (
        "DeleteBucket",
        "deleted",
        True,
        "203.0.113.66",
    )
    chain = [link["actor"]["name"] for link in told["chain"]]
    assert chain == ["org-reader/audit", "payroll-admin/maintenance", "backup-operator"]
    assert {link["confidence"] for link in told["chain"]} == {"certain"}
    line = run("who", "deleted", "kestrel-access-logs", "--log", case).stdout
    assert line.count("\n") == 1
    assert "acting for user backup-operator, through role payroll-admin/maintenance" in line
    assert line.startswith("2024-03-14 02:41:20Z  arn:aws:sts::418273645501:assumed-role/org-reader/audit")
    assert told["event_id"] in line


@pytest.mark.parametrize(
    ("verb", "resource", "actions"),
    [
        ("created", "backup-operator", ["CreateUser"]),
        ("created", "arn:aws:iam::418273645501:role/payroll-admin", ["CreateRole"]),
        ("deleted", "kestrel-payroll/2024-01/payslips-lab.csv", ["DeleteObject"]),
        ("deleted", "arn:aws:s3:::kestrel-access-logs", ["DeleteBucket"]),
        ("touched", "payroll-events", ["PurgeQueue", *["SendMessage"] * 8, "CreateQueue"]),
    ],
)
def test_who_finds_a_resource_by_any_of_its_names(
    ask: Ask, case: Path, verb: str, resource: str, actions: list[str]
) -> None:
    """By name, ARN or bucket/key."""
    answers = ask("who", verb, resource, "--log", case)["answers"]
    assert [answer["action"] for answer in answers] == actions


def test_nothing_found_says_what_the_log_could_have_seen(ask: Ask, run: Run, case: Path) -> None:
    """Exit code 1, with accounts, regions, period, and the kinds of data events that are missing."""
    result = run("who", "deleted", "kestrel-payroll", "--log", case)
    assert result.exit_code == 1
    assert "Nothing found" in result.stdout
    assert "backtrail history kestrel-payroll" in result.stdout
    assert "84 records of account 418273645501 in region eu-west-1" in result.stdout
    assert "DynamoDB items, Lambda invocations" in result.stdout
    answer = ask("who", "deleted", "nobody-ever", "--log", case, code=1)
    assert answer["answers"] == []
    assert answer["coverage"]["records"] == 84
    assert answer["coverage"]["data_events"] == ["S3 objects", "SQS messages"]


def test_actors_and_what_was_only_looked_at_are_not_called_unknown(run: Run, tmp_path: Path) -> None:
    """A name that is no resource may be an actor's; a resource may have been read alone: both are said."""
    record = {
        "eventVersion": "1.08", "eventTime": "2024-01-01T00:00:00Z", "eventSource": "sqs.amazonaws.com",
        "eventName": "GetQueueUrl", "awsRegion": "us-east-1", "readOnly": True, "responseElements": None,
        "eventID": "0b8a3d3e-0000-4000-8000-000000000002", "recipientAccountId": "123456789012",
        "requestParameters": {"queueName": "looked-at"},
        "userIdentity": {"type": "IAMUser", "userName": "reader", "arn": "arn:aws:iam::123456789012:user/reader"},
    }  # fmt: skip
    (tmp_path / "read.json").write_text(json.dumps(record))
    run("import", "read.json", "--log", "read.db")
    assert "only looked at: --reads" in run("history", "looked-at", "--log", "read.db").stdout
    assert (
        "`backtrail history looked-at --reads`"
        in run("who", "deleted", "looked-at", "--log", "read.db").stdout
    )
    for name, said in (("reader", True), ("writer", False)):
        for asked in (["who", "touched", name], ["history", name]):
            assert (f"events --actor {name}`" in run(*asked, "--log", "read.db").stdout) is said
    assert "GetQueueUrl" in run("history", "looked-at", "--reads", "--log", "read.db").stdout


def test_a_near_name_is_offered(run: Run, case: Path) -> None:
    """What begins like the name that was asked for."""
    assert "There is: kestrel-payroll" in run("who", "deleted", "kestrel-pay", "--log", case).stdout


def test_history_tells_all_in_order(ask: Ask, run: Run, case: Path) -> None:
    """Created, touched, refused, deleted, the oldest first."""
    answer = ask("history", "kestrel-access-logs", "--log", case)
    told = [
        (event["action"], event["verb"])
        for event in answer["events"]
        if event["verb"] in ("created", "deleted")
    ]
    assert told == [("CreateBucket", "created"), ("DeleteBucket", "deleted")]
    assert set(answer) == {"resource", "events", "more", "coverage", "head"}
    assert "DeleteBucket" in run("history", "kestrel-access-logs", "--log", case).stdout
    assert run("history", "never-heard", "--log", case).exit_code == 1


def test_what_a_record_says_is_harmless(run: Run, tmp_path: Path) -> None:
    """Terminal escapes in names, agents and errors are written out wherever they are shown."""
    evil = "a\x1b]0;owned\x07\x1b[2J\u202e"
    record: dict[str, Any] = {
        "eventVersion": "1.08", "eventTime": "2024-01-01T00:00:00Z", "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteUser", "awsRegion": evil, "sourceIPAddress": evil, "errorCode": None, "readOnly": False,
        "eventID": "0b8a3d3e-0000-4000-8000-000000000001", "recipientAccountId": "123456789012",
        "requestParameters": {"userName": evil}, "responseElements": None,
        "userIdentity": {"type": "IAMUser", "userName": evil, "arn": f"arn:aws:iam::123456789012:user/{evil}"},
    }  # fmt: skip
    (tmp_path / "evil.json").write_text(json.dumps({"Records": [record]}))
    assert run("import", "evil.json", "--log", "evil.db").exit_code == 0
    for command in (
        ["events"],
        ["who", "deleted", evil],
        ["who", "created", evil],
        ["history", evil],
        ["state"],
        ["events", "--region", "x"],
    ):
        result = run(*command, "--log", "evil.db")
        assert not {"\x1b", "\x07", "\u202e"} & set(result.output), command
    result = run("replay", "evil.json", "--story")
    assert not {"\x1b", "\x07", "\u202e"} & set(result.output)
