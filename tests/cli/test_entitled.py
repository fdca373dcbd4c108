"""Who could do something at a moment, of all there are; and which roles somebody could come to."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli

from .conftest import Ask, Run

ACCOUNT = "123456789012"
ROOT = {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT, "principalId": ACCOUNT}


def policy(effect: str, action: str, **more: Any) -> str:
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": action, **(more or {"Resource": "*"})}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trusting(principal: str) -> str:
    """Who may assume a role."""
    arn = principal if principal.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:{principal}"
    return policy("Allow", "sts:AssumeRole", Principal={"AWS": arn})


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ann is an administrator for a day; ben may assume `first`, `first` may assume `second`, that trusts nobody else;
    `third` trusts a stranger."""
    calls: list[tuple[str, dict[str, Any], Any]] = []
    for name in ("ann", "ben"):
        calls.append(("CreateUser", {"userName": name}, {"user": {"userName": name, "userId": f"AIDA{name}",
                      "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", "path": "/"}}))  # fmt: skip
    trusts = {
        "first": trusting("user/ben"),
        "second": trusting("role/first"),
        "third": trusting("user/stranger"),
    }
    for name, trust in trusts.items():
        role = {
            "roleName": name,
            "roleId": f"AROA{name}",
            "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "path": "/",
        }
        calls.append(("CreateRole", {"roleName": name, "assumeRolePolicyDocument": trust}, {"role": role}))
    calls.append(("PutRolePolicy", {"roleName": "first", "policyName": "p", "policyDocument":
                  policy("Allow", "sts:AssumeRole")}, None))  # fmt: skip
    calls.append(
        (
            "PutUserPolicy",
            {"userName": "ann", "policyName": "p", "policyDocument": policy("Allow", "*")},
            None,
        )
    )
    calls.append(("DeleteUserPolicy", {"userName": "ann", "policyName": "p"}, None))
    records = [
        {
            "eventVersion": "1.08", "userIdentity": ROOT, "eventTime": f"2024-01-{number + 1:02}T00:00:00Z",
            "eventSource": "iam.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
            "sourceIPAddress": "203.0.113.5", "userAgent": "x", "requestParameters": params, "responseElements": answer,
            "requestID": f"R{number}", "eventID": f"0b8a3d3e-0000-4000-8000-0000000000{number:02}", "readOnly": False,
            "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT,
        }
        for number, (name, params, answer) in enumerate(calls)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("entitled")
    (folder / "trail.json").write_text(json.dumps({"Records": records}))
    path = folder / "x.db"
    result = CliRunner().invoke(
        cli, ["import", str(folder / "trail.json"), "--log", str(path)], prog_name="backtrail"
    )
    assert result.exit_code == 0, result.output
    return path


def test_everybody_at_a_date(ask: Ask, run: Run, account: Path) -> None:
    """On the day ann could, a day later nobody could: what an auditor asks."""
    question = ("can", "*", "iam:CreateUser", "--log", account)
    then = ask(*question, "--at", "2024-01-07")
    assert {one["principal"].rpartition("/")[2]: one["answer"] for one in then["principals"]} == {
        "ann": "allowed", "ben": "denied", "first": "denied", "second": "denied", "third": "denied",
    }  # fmt: skip
    after = ask(*question, code=1)
    assert {one["answer"] for one in after["principals"]} == {"denied"}
    text = run(*question, "--at", "2024-01-07").stdout.splitlines()
    assert text[1].split()[:2] == [f"arn:aws:iam::{ACCOUNT}:user/ann", "allowed"]


def test_everybody_fits_into_a_spreadsheet(run: Run, account: Path) -> None:
    """A row a principal, those who could first, with the statement."""
    text = run("can", "*", "iam:CreateUser", "--at", "2024-01-07", "--csv", "--log", account).stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["answer"] for row in rows] == ["allowed", *["denied"] * 4]
    assert rows[0]["by"].endswith("user/ann/p (statement 1)")


def test_roles_are_come_to_by_steps(ask: Ask, run: Run, account: Path) -> None:
    """ben comes to `first` himself and to `second` through it; `third` trusts somebody else."""
    found = ask("can", "ben", "sts:AssumeRole", "role/*", "--log", account)["roles"]
    assert [(one["role"].rpartition("/")[2], len(one["through"]), one["sure"]) for one in found] == [
        ("first", 0, True), ("second", 1, True),
    ]  # fmt: skip
    text = run("can", "ben", "sts:AssumeRole", "role/*", "--log", account).stdout
    assert f"role/second, through arn:aws:iam::{ACCOUNT}:role/first" in text
    nobody = run("can", "role/third", "sts:AssumeRole", "role/*", "--log", account)
    assert (nobody.exit_code, "may assume no role" in nobody.stdout) == (1, True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["*", "sts:AssumeRole", "role/*"], "of one principal"),
        (["ann", "iam:CreateUser", "--csv"], "one answer is no table"),
        (["ann", "iam:CreateUser", "--csv", "--json"], "exclude each other"),
        (["zoe", "sts:AssumeRole", "role/*"], "no user or role of this log is called 'zoe'"),
        (["*", "CreateUser"], "is no action"),
    ],
)
def test_what_makes_no_sense_is_one_line(run: Run, account: Path, wrong: list[str], said: str) -> None:
    """Exit code 2, and what to do."""
    result = run("can", *wrong, "--log", account)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert said in result.stderr


def test_a_resource_is_shown_as_it_was_right_before_an_event(ask: Ask, run: Run, account: Path) -> None:
    """The policy that was taken away is there right before that call, and not after it."""
    event = ask("events", "--action", "DeleteUserPolicy", "--log", account)["events"][0]["event_id"]
    before = run("state", "--resource", "ann", "--before", event, "--log", account).stdout
    after = run("state", "--resource", "ann", "--at", event, "--log", account).stdout
    assert '"Action": "*"' in before and "right before 2024-01-08" in before
    assert '"Action": "*"' not in after and "user/ann" in after
    (one,) = ask("state", "--resource", "ann", "--before", event, "--log", account)["resources"]
    assert one["members"]["inline"]


def test_a_resource_that_is_not_there_is_a_no(ask: Ask, run: Run, account: Path) -> None:
    """Exit code 1; where the log mentions it, that is said; two moments at once are a mistake."""
    first = ask("events", "--action", "CreateRole", "--oldest", "--log", account)["events"][0]["event_id"]
    result = run("state", "--resource", "first", "--before", first, "--log", account)
    assert result.exit_code == 1 and "`backtrail history first`" in result.stdout
    assert run("state", "--before", first, "--at", "now", "--log", account).exit_code == 2
    assert run("state", "--before", "no-such-event", "--log", account).exit_code == 2


def test_who_deleted_says_how_to_see_what_it_was(run: Run, case: Path) -> None:
    """The command that it prints works."""
    import shlex

    text = run("who", "deleted", "backup-operator", "--log", case).stderr
    command = text.partition("`backtrail ")[2].partition("`")[0]
    result = run(*shlex.split(command), "--log", case)
    assert result.exit_code == 0 and "AWS::IAM::User" in result.stdout
