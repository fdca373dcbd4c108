"""`backtrail whatif` asked oddly: several rules at once, rules that stop nothing, calls that failed anyway."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from .conftest import Ask, Run
from .test_whatif import STRANGER, columns, leaked, story

__all__ = ["leaked"]


def test_what_is_denied_cannot_succeed(ask: Ask, trails: Path, tmp_path: Path, run: Run) -> None:
    """A call that failed for want of room does not succeed because there is room now, when a rule denies it."""
    log = tmp_path / "incident.db"
    assert run("import", trails / "incident-a.jsonl", "--log", log).exit_code == 0
    answer = ask("whatif", "--deny", "*", "--log", log)
    assert {one["outcome"] for one in answer["changed"]} == {"blocked", "fails", "gone"}


def test_a_denial_of_what_nobody_called_is_said_to_be_idle(run: Run, ask: Ask, leaked: Path) -> None:
    """All calls go as recorded, and a note says that none has that name: it may be misspelt."""
    result = run("whatif", "--deny", "ec2:Nothing", "--log", leaked)
    assert result.exit_code == 0
    assert result.stdout == "All 19 calls go as they were recorded.\n"
    assert "No call since then is ec2:Nothing by its name" in result.stderr
    assert "by its name" not in run("whatif", "--deny", "IAM:createuser", "--log", leaked).stderr
    assert ask("whatif", "--deny", "ec2:Nothing", "--log", leaked)["changed"] == []


def test_one_call_is_one(run: Run, leaked: Path) -> None:
    """From the last record on there is one call."""
    result = run("whatif", "--deny", "s3:*", "--at", "2024-05-01 09:00:18", "--log", leaked)
    assert result.stdout == "The one call goes as it was recorded.\n"


def test_two_rules_stop_what_either_stops(ask: Ask, leaked: Path) -> None:
    """A preset beside a denial: each stops its own, neither hides the other."""
    both = columns(ask(
        "whatif", "--preset", "deny-stop-logging", "--deny", "iam:ListUsers", "--actor", STRANGER, "--log", leaked
    ))  # fmt: skip
    assert both == (["iam:ListUsers", "cloudtrail:StopLogging"], ["cloudtrail:UpdateTrail"])


def test_versions_beside_an_event_that_does_not_happen(ask: Ask, case: Path) -> None:
    """Without the policy nobody deletes; versioning then changes nothing but the puts' answers."""
    (attached,) = ask("events", "--action", "AttachUserPolicy", "--actor", "ci-deploy", "--log", case)[
        "events"
    ]
    answer = ask(
        "whatif", "--without", attached["event_id"], "--versioning", "kestrel-payroll", "--actor", "ci-deploy",
        "--log", case,
    )  # fmt: skip
    deleted = [one for one in answer["changed"] if one["action"] == "DeleteObject"]
    assert {one["outcome"] for one in deleted} == {"gone"} and len(deleted) == 11
    alone = ask("whatif", "--without", attached["event_id"], "--actor", "ci-deploy", "--log", case)
    assert answer["blocked"] == alone["blocked"]


@pytest.mark.parametrize("header", ["x-amz-acl", "x-amz-grant-read"])
def test_a_public_acl_is_blocked_however_it_is_asked_for(
    ask: Ask, run: Run, tmp_path: Path, header: str
) -> None:
    """By its name, or by a grant to everybody: on a bucket, or an object as it is put."""
    value = (
        "public-read" if header == "x-amz-acl" else 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    )
    found = next(one for one in story() if one["eventName"] == "CreateBucket")
    put = {**found, "eventName": "PutObject", "eventID": "00000000-0000-4000-8000-000000000999",
           "eventTime": "2024-05-01T10:00:00Z",
           "requestParameters": {"bucketName": "site", "key": "index.html", header: value}}  # fmt: skip
    private = {**put, "eventID": "00000000-0000-4000-8000-000000000998",
               "requestParameters": {"bucketName": "site", "key": "global/AllUsers"}}  # fmt: skip
    (tmp_path / "acl.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (found, put, private)))
    assert run("import", tmp_path / "acl.jsonl", "--log", tmp_path / "acl.db").exit_code == 0
    answer = ask("whatif", "--preset", "block-public-access", "--log", tmp_path / "acl.db")
    assert [(one["event_id"][-3:], one["outcome"]) for one in answer["changed"]] == [("999", "blocked")]


def test_what_goes_otherwise_fits_into_a_spreadsheet(ask: Ask, run: Run, leaked: Path) -> None:
    """A row a call, as --json has them."""
    rule = ("whatif", "--preset", "require-mfa", "--actor", STRANGER, "--log", leaked)
    rows = list(csv.DictReader(io.StringIO(run(*rule, "--csv").stdout, newline="")))
    changed = ask(*rule)["changed"]
    assert [(row["event_id"], row["outcome"]) for row in rows] == [
        (one["event_id"], one["outcome"]) for one in changed
    ]
    assert run(*rule, "--csv", "--json").exit_code == 2
