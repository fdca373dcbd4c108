"""`state` and `diff`: the account that a log folds to, at any moment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ask, Run

BEFORE, AFTER = "2024-03-14 02:00", "2024-03-14 02:45"


def test_state_tells_who_made_what_and_when(ask: Ask, case: Path) -> None:
    """Each resource has its type, ARN, and the record that created it."""
    answer = ask("state", "--log", case)
    found = {thing["arn"]: thing for thing in answer["resources"]}
    role = found["arn:aws:iam::418273645501:role/payroll-admin"]
    assert (role["type"], role["account"], role["inferred"]) == ("AWS::IAM::Role", "418273645501", False)
    assert role["created"]["action"] == "CreateRole"
    assert role["created"]["user"] == "mara"
    assert "arn:aws:iam::418273645501:user/backup-operator" not in found
    assert answer["at"] == "2024-03-14T09:02:49Z"


def test_state_at_any_moment(ask: Ask, run: Run, case: Path) -> None:
    """What was there then, and only that."""

    def users(at: str) -> set[str]:
        answer = ask("state", "iam", "--at", at, "--log", case)
        return {thing["id"] for thing in answer["resources"] if thing["type"] == "AWS::IAM::User"}

    assert users("2024-03-01T09:00:12Z") == {"mara"}
    assert users("2024-03-14T02:19:31Z") == {"mara", "ci-deploy", "backup-operator"}
    assert users("09:02:48") == {"mara", "ci-deploy"}
    shown = run("state", "s3", "--at", BEFORE, "--log", case).stdout
    assert "kestrel-access-logs" in shown
    assert "user/mara" not in shown
    assert "2024-03-01 09:00:05" in shown


@pytest.mark.parametrize("at", ["2020-01-01", "2024-03-14T09:02:51Z", "-3w"])
def test_outside_the_log_is_an_error(run: Run, case: Path, at: str) -> None:
    """Nothing is known there, so nothing is shown."""
    begin = "2024-03-01 09:00:01Z to 2024-03-14 09:02:49Z"
    result = run("state", "--at", at, "--log", case)
    assert (result.exit_code, result.stdout) == (2, "")
    assert begin in result.stderr


def test_diff_names_what_was_added_removed_and_changed(ask: Ask, run: Run, case: Path) -> None:
    """The attack in one answer."""
    answer = ask("diff", "--from", BEFORE, "--to", AFTER, "--log", case)
    what = {(change["what"], change["id"]) for change in answer["changes"]}
    assert ("added", "backup-operator") in what
    assert ("removed", "kestrel-access-logs") in what
    assert ("changed", "kestrel-payroll") in what
    (payroll,) = (change for change in answer["changes"] if change["id"] == "kestrel-payroll")
    assert any("policy" in member["path"] for member in payroll["members"])
    shown = run("diff", "--from", BEFORE, "--to", AFTER, "--log", case).stdout
    assert "+ AWS::IAM::User  backup-operator" in shown
    assert "- AWS::S3::Bucket  kestrel-access-logs" in shown


def test_a_diff_of_a_moment_with_itself_is_empty(ask: Ask, case: Path) -> None:
    """Nothing changed in no time."""
    assert ask("diff", "--from", BEFORE, "--to", BEFORE, "--log", case)["changes"] == []


def test_an_empty_state_names_what_was_asked_for(run: Run, case: Path) -> None:
    """Of one service, it does not speak of all."""
    said = run("state", "lambda", "--log", case).stdout
    assert "that the plugins of lambda declare" in said


def test_services_are_named_in_any_case(ask: Ask, case: Path) -> None:
    """`IAM` is iam."""
    assert ask("state", "IAM", "--log", case)["resources"] == ask("state", "iam", "--log", case)["resources"]


def test_a_service_that_nobody_folds_can_still_be_asked_about(run: Run, tmp_path: Path) -> None:
    """Its records are there: the line says how to see them."""
    (tmp_path / "foreign.json").write_text(foreign("glue.amazonaws.com", "DeleteDatabase", {}))
    run("import", "foreign.json", "--log", "foreign.db")
    result = run("state", "glue", "--log", "foreign.db")
    assert result.exit_code == 2
    assert "backtrail events --service glue" in result.stderr


def test_what_is_older_than_the_log_was_not_added_in_silence(ask: Ask, run: Run, tmp_path: Path) -> None:
    """A diff marks what no record was seen to create."""
    lines = [
        foreign("rds.amazonaws.com", "DeleteDBInstance", {}, second=0),
        foreign("iam.amazonaws.com", "TagUser", {"userName": "old", "tags": []}, second=1),
        foreign("iam.amazonaws.com", "CreateUser", {"userName": "new"}, second=2),
    ]
    (tmp_path / "trail.jsonl").write_text("\n".join(lines))
    run("import", "trail.jsonl", "--log", "old.db")
    changes = ask("diff", "--from", "2024-01-01T00:00:00Z", "--log", "old.db")["changes"]
    assert {change["id"]: change["inferred"] for change in changes} == {"old": True, "new": False}
    shown = run("diff", "--from", "2024-01-01T00:00:00Z", "--log", "old.db").stdout.splitlines()
    assert ["older than the log" in line for line in shown] == [False, True, False]


def test_what_every_account_begins_with_is_no_fact(ask: Ask, run: Run, tmp_path: Path) -> None:
    """A region begins with a default VPC; until a record tells of it, it is inferred."""
    tag = {"resourcesSet": {"items": [{"resourceId": "vpc-1a2b3c4d"}]}, "tagSet": {"items": [{"key": "a"}]}}
    (tmp_path / "trail.jsonl").write_text(foreign("ec2.amazonaws.com", "CreateTags", tag))
    run("import", "trail.jsonl", "--log", "one.db")
    found = ask("state", "ec2", "--log", "one.db")["resources"]
    vpcs = {thing["id"]: thing["inferred"] for thing in found if thing["type"] == "AWS::EC2::VPC"}
    assert len(vpcs) == 2
    assert all(vpcs.values())


def foreign(source: str, action: str, params: dict[str, Any], second: int = 0) -> str:
    """A record of another account's trail."""
    return json.dumps(
        {
            "eventVersion": "1.08", "eventTime": f"2024-01-01T00:00:0{second}Z", "eventSource": source,
            "eventName": action, "awsRegion": "us-east-1", "readOnly": False, "sourceIPAddress": "192.0.2.1",
            "eventID": f"0b8a3d3e-0000-4000-8000-00000000001{second}", "recipientAccountId": "123456789012",
            "requestParameters": params, "responseElements": None, "eventType": "AwsApiCall",
            "userIdentity": {"type": "Root", "accountId": "123456789012"},
        }
    )  # fmt: skip


def test_who_changed_it_is_told_in_order(ask: Ask, run: Run, tmp_path: Path) -> None:
    """As it happened, not as the files brought it."""
    bucket = {"bucketName": "box"}
    lines = [
        foreign("s3.amazonaws.com", "PutBucketTagging", bucket, 3),
        foreign("s3.amazonaws.com", "CreateBucket", bucket, 2),
        foreign("s3.amazonaws.com", "CreateBucket", {"bucketName": "older"}, 1),
    ]
    (tmp_path / "late.jsonl").write_text("".join(f"{line}\n" for line in lines))
    run("import", "late.jsonl", "--log", "late.db")
    (change,) = ask(
        "diff",
        "--from",
        "2024-01-01T00:00:01Z",
        "--to",
        "2024-01-01T00:00:03Z",
        "--by",
        "root",
        "--log",
        "late.db",
    )["changes"]
    assert [event[-1] for event in change["events"]] == ["2", "3"]


def test_a_diff_of_one_service(ask: Ask, case: Path) -> None:
    """Others stay out."""
    answer = ask("diff", "iam", "--from", BEFORE, "--log", case)
    assert {change["service"] for change in answer["changes"]} <= {"iam"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["diff", "--from", AFTER, "--to", BEFORE], "lies after --to"),
        (["diff", "--from", "2020-01-01"], "outside the log"),
        (["diff", "--to", BEFORE], "Missing option '--from'"),
        (["state", "ima"], "no plugin has the service 'ima' (did you mean iam"),
        (["diff", "ima", "--from", BEFORE], "did you mean iam"),
    ],
)
def test_what_cannot_be_shown_is_one_line(run: Run, case: Path, args: list[str], said: str) -> None:
    """Exit code 2."""
    result = run(*args, "--log", case)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr
