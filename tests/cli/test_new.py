"""`actors --new-since`: what an actor was never seen with before a moment."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from .conftest import Ask, Run

NIGHT = "2024-03-14 02:00"


def test_the_known_and_the_strangers(ask: Ask, run: Run, case: Path) -> None:
    """mara does things of which she did none before, from where she always was; who was never seen before is told once,
    and payroll-app does nothing new."""
    new = ask("actors", "--new-since", NIGHT, "--log", case)["new"]
    of = {
        name: {(one["what"], one["value"]) for one in new if one["name"] == name}
        for name in ("mara", "backup-operator", "payroll-app")
    }
    assert ("action", "iam:DeleteUser") in of["mara"] and {what for what, _ in of["mara"]} == {"action"}
    assert of["backup-operator"] == {("actor", "never seen before")}
    assert of["payroll-app"] == set()
    assert [one["time"] for one in new] == sorted(one["time"] for one in new)
    assert "backup-operator" in run("actors", "--new-since", NIGHT, "--log", case).stdout


def test_each_is_the_first_of_its_kind(ask: Ask, case: Path) -> None:
    """The event is the earliest of that actor with that value, and no earlier one has it."""
    for one in ask("actors", "--new-since", "2024-03-01 09:00:05", "--log", case)["new"]:
        if one["what"] != "address":
            continue
        events = ask("events", "--actor", one["name"], "--oldest", "--log", case)["events"]
        mine = [event for event in events if event["ip"] == one["value"]]
        assert not mine or mine[0]["event_id"] == one["event_id"]


def test_nothing_new_is_a_no(ask: Ask, run: Run, tmp_path: Path) -> None:
    """Exit code 1 and what the log could have seen; a moment after the log is a mistake."""
    record = {
        "eventVersion": "1.08", "eventSource": "iam.amazonaws.com", "eventName": "ListUsers", "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.5", "userAgent": "x", "recipientAccountId": "123456789012", "readOnly": True,
        "userIdentity": {"type": "Root", "accountId": "123456789012", "arn": "arn:aws:iam::123456789012:root"},
    }  # fmt: skip
    ids = ("0b8a3d3e-0000-4000-8000-000000000001", "0b8a3d3e-0000-4000-8000-000000000002")
    records = [
        {**record, "eventID": name, "eventTime": f"2024-01-0{at}T00:00:00Z"} for at, name in enumerate(ids, 1)
    ]
    (tmp_path / "same.json").write_text(json.dumps({"Records": records}))
    assert run("import", "same.json", "--log", "same.db").exit_code == 0
    result = run("actors", "--new-since", "2024-01-02", "--log", "same.db")
    assert (
        result.exit_code == 1
        and "Nobody did anything new" in result.stdout
        and "The log holds" in result.stdout
    )
    answer = ask("actors", "--new-since", "2024-01-02", "--log", "same.db", code=1)
    assert (answer["new"], answer["coverage"]["records"]) == ([], 2)
    assert run("actors", "--new-since", "2030-01-01", "--log", "same.db").exit_code == 2


def test_news_fit_into_a_spreadsheet(run: Run, case: Path) -> None:
    """A row each."""
    text = run("actors", "--new-since", NIGHT, "--csv", "--log", case).stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["what"] for row in rows} <= {"actor", "address", "agent", "region", "action"}
    assert len(rows) > 1


def test_a_timeline_of_one_service_and_action(ask: Ask, run: Run, case: Path) -> None:
    """What was read: the actor's calls of one service, one action."""
    moves = ask(
        "timeline", "--actor", "ci-deploy", "--service", "s3", "--action", "GetObject", "--log", case
    )["moves"]
    assert {(one["service"], one["action"]) for one in moves} == {("s3", "GetObject")} and len(moves) == 8
    nothing = run("timeline", "--service", "kms", "--log", case)
    assert nothing.exit_code == 1 and "The log holds" in nothing.stderr


def test_old_records_that_do_not_say_whether_they_write(ask: Ask, run: Run, tmp_path: Path) -> None:
    """Before version 1.06 there is no `readOnly`: then the action's name says it, and no question passes over them."""
    record = {
        "eventVersion": "1.05", "eventSource": "ec2.amazonaws.com", "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.5", "userAgent": "x", "recipientAccountId": "123456789012",
        "userIdentity": {"type": "Root", "accountId": "123456789012", "arn": "arn:aws:iam::123456789012:root"},
    }  # fmt: skip
    names = ("DescribeInstances", "StopInstances", "TerminateInstances")
    records = [
        {**record, "eventName": name, "eventID": f"0b8a3d3e-0000-4000-8000-00000000000{at}",
         "eventTime": f"2017-01-01T00:00:0{at}Z"}
        for at, name in enumerate(names)
    ]  # fmt: skip
    (tmp_path / "old.json").write_text(json.dumps({"Records": records}))
    assert run("import", "old.json", "--log", "old.db").exit_code == 0
    told = [one["action"] for one in ask("timeline", "--writes", "--log", "old.db")["moves"]]
    assert told == ["StopInstances", "TerminateInstances"]
    reads = ask("events", "--read-only", "--log", "old.db")["events"]
    assert [(one["action"], one["read_only"]) for one in reads] == [("DescribeInstances", True)]
    (session,) = ask("sessions", "--log", "old.db")["sessions"]
    assert (session["reads"], session["writes"]) == (1, 2)
