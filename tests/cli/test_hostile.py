"""Whatever a record says, what is shown of it is harmless: to a terminal, a spreadsheet, a shell, a program."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from backtrail_cli import exports, screen
from backtrail_cli.group import cli

from .conftest import Run

EVIL = '=HYPERLINK("http://x")\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2028\r\n"\'`$(touch owned);</script>[x](y)\x00'
FORMULA = "@SUM(1+1)*cmd|' /C calc'!A0"
ACCOUNT = "123456789012"
ADA = f"ada{EVIL}"
HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def records() -> Iterator[dict[str, Any]]:
    """A story in which every text is hostile."""
    user = {
        "type": "IAMUser", "userName": ADA, "arn": f"arn:aws:iam::{ACCOUNT}:user/{ADA}", "accountId": ACCOUNT,
        "principalId": f"AIDA{EVIL}", "accessKeyId": f"AKIA{EVIL}",
    }  # fmt: skip
    session = {
        "type": "AssumedRole", "principalId": f"AROAX:{EVIL}", "accountId": ACCOUNT, "accessKeyId": f"ASIA{EVIL}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/role{EVIL}/{EVIL}",
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": "AROAX", "accountId": ACCOUNT, "userName": f"role{EVIL}",
                              "arn": f"arn:aws:iam::{ACCOUNT}:role/role{EVIL}"},
            "attributes": {"creationDate": "2024-01-01T00:00:00Z", "mfaAuthenticated": "false"},
        },
    }  # fmt: skip
    service = {"type": "AWSService", "invokedBy": f"{EVIL}.amazonaws.com"}
    stranger = {
        "type": EVIL,
        "principalId": FORMULA,
        "accountId": FORMULA,
        "arn": FORMULA,
        "userName": FORMULA,
    }
    role = {"roleName": f"role{EVIL}", "arn": f"arn:aws:iam::{ACCOUNT}:role/role{EVIL}", "roleId": "AROAX"}
    given = {
        "credentials": {"accessKeyId": f"ASIA{EVIL}"},
        "assumedRoleUser": {"assumedRoleId": f"AROAX:{EVIL}"},
    }
    tags = [{"key": EVIL, "value": EVIL}, {"key": "aws:cloudformation:stack-id", "value": EVIL}]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": EVIL, "Effect": "Allow", "Action": "*",
                                                                 "Resource": "*"}]})  # fmt: skip
    calls: list[tuple[Any, str, str, Any, Any, dict[str, Any]]] = [
        (user, "iam", "CreateUser", {"userName": ADA, "tags": tags}, {"user": {"userName": ADA}}, {}),
        (user, "iam", "PutUserPolicy", {"userName": ADA, "policyName": EVIL, "policyDocument": policy}, None, {}),
        (user, "iam", "CreateRole", {"roleName": f"role{EVIL}", "assumeRolePolicyDocument": policy}, {"role": role},
         {}),
        (user, "iam", "CreateAccessKey", {"userName": ADA}, {"accessKey": {"accessKeyId": f"AKIA{EVIL}",
                                                                           "userName": ADA, "status": "Active"}}, {}),
        (user, "sts", "AssumeRole", {"roleArn": role["arn"], "roleSessionName": EVIL}, given, {}),
        (session, "s3", "CreateBucket", {"bucketName": f"b{EVIL}"}, None, {}),
        (session, "s3", "PutObject", {"bucketName": f"b{EVIL}", "key": EVIL}, None, {}),
        (session, "s3", "PutBucketLifecycle", {"bucketName": f"b{EVIL}", "lifecycle": EVIL}, None, {}),
        (session, "sqs", "CreateQueue", {"queueName": EVIL, "tags": {EVIL: EVIL}}, {"queueUrl": f"https://q/{EVIL}"},
         {}),
        (session, "s3", "DeleteBucket", {"bucketName": f"b{EVIL}"}, None, {}),
        (session, "ec2", "TerminateInstances", None, None, {
            "errorCode": f"AccessDenied{EVIL}", "errorMessage": f"User: {EVIL} is not authorized to perform: {EVIL} on "
            f"resource: arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{EVIL}"}),
        (session, "iam", "DeleteUser", None, None, {
            "errorCode": "AccessDenied", "errorMessage": f"User: {EVIL} is not authorized to perform: iam:DeleteUser "
            f"on resource: user {ADA} because {EVIL}"}),
        (service, "autoscaling", f"Delete{EVIL}", {EVIL: EVIL, "name": FORMULA}, {"id": FORMULA}, {}),
        (stranger, "cloudtrail", "StopLogging", {"name": FORMULA}, None, {}),
        (stranger, EVIL, EVIL, {"resourceName": EVIL}, None, {"eventType": "AwsServiceEvent", "serviceEventDetails": {
            "ruleId": EVIL, "setBy": EVIL, "setByEventId": EVIL}}),
        (user, "iam", "DeleteUser", {"userName": ADA}, None, {}),
    ]  # fmt: skip
    for number, (who, source, name, params, answer, more) in enumerate(calls):
        yield {
            "eventVersion": "1.08", "userIdentity": who, "eventTime": f"2024-01-01T00:00:{number:02}Z",
            "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
            "sourceIPAddress": EVIL, "userAgent": EVIL, "requestParameters": params, "responseElements": answer,
            "requestID": EVIL, "eventID": f"0b8a3d3e-0000-4000-8000-0000000000{number:02}", "readOnly": False,
            "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT,
            "resources": [{"ARN": f"arn:aws:x:::{EVIL}", "type": EVIL, "accountId": EVIL}], **more,
        }  # fmt: skip


FIRST, LAST = "0b8a3d3e-0000-4000-8000-000000000000", "0b8a3d3e-0000-4000-8000-000000000015"
QUESTIONS: list[list[str]] = [
    ["events"],
    ["events", "--oldest", "--error", "any"],
    ["events", "--actor", EVIL.replace("\x00", "")],
    ["events", "--region", "=nowhere"],
    ["who", "deleted", f"b{EVIL}"],
    ["who", "created", ADA],
    ["who", "touched", EVIL],
    ["who", "deleted", f"b{EVIL}/{EVIL}"],
    ["who", "deleted", "never"],
    ["history", ADA],
    ["history", "*"],
    ["state"],
    ["state", "iam"],
    ["diff", "--from", FIRST],
    ["diff", "--from", FIRST, "--by", "203.0.113.1"],
    ["why", LAST],
    ["why", ADA],
    ["trace", FIRST],
    ["sessions"],
    ["sessions", "--tree"],
    ["sessions", "--dot"],
    ["sessions", "--actor", "nobody at all"],
    ["timeline"],
    ["actors"],
    ["actors", "--new-since", "2024-01-01T00:00:01Z"],
    ["denied"],
    ["denied", "--all-failures"],
    ["coverage"],
    ["persistence", "--actor", f"arn:aws:iam::{ACCOUNT}:user/{ADA}"],
    ["undo", "--actor", f"arn:aws:iam::{ACCOUNT}:user/{ADA}"],
    ["can", f"arn:aws:iam::{ACCOUNT}:user/x", "iam:CreateUser"],
    ["least", ADA],
    ["why-denied", "0b8a3d3e-0000-4000-8000-000000000011"],
    ["whatif", "--deny", "iam:CreateUser"],
    ["whatif", "--deny", "s3:*", "--actor", f"arn:aws:iam::{ACCOUNT}:user/{ADA}"],
    ["sql", "select * from events"],
    ["sql", "select record from records"],
    ["sql", "select * from mentions"],
    ["sql", "select * from sessions"],
    ["sql", "select * from session_keys"],
    ["outbox"],
    ["verify"],
    ["options"],
]
WITH_CSV = ("events", "who", "history", "sessions", "actors", "denied", "sql", "diff", "whatif")
SHEETS = [one for one in QUESTIONS if one[0] in WITH_CSV and not {"--tree", "--dot"} & set(one)]


def numbered(questions: list[list[str]]) -> list[Any]:
    """Questions as parameters, with ids that are harmless themselves."""
    return [pytest.param(one, id=f"{at}-{one[0]}") for at, one in enumerate(questions)]


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of the hostile story; to be read alone."""
    folder = tmp_path_factory.mktemp("evil")
    (folder / "evil.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records()))
    path = folder / "evil.db"
    result = CliRunner().invoke(
        cli, ["import", str(folder / "evil.jsonl"), "--log", str(path)], prog_name="backtrail"
    )
    assert result.exit_code == 0, result.output
    return path


def harmful(text: str) -> set[str]:
    """The characters of a text that move, hide or reorder; a line's end is none."""
    return {char for char in text if char != "\n" and unicodedata.category(char) in HARMFUL}


@pytest.mark.parametrize("question", numbered(QUESTIONS))
def test_a_terminal_is_not_written_to(run: Run, evil: Path, question: list[str]) -> None:
    """No command prints a control character, nor one that reorders or hides, to either stream."""
    result = run(*question, "--log", evil)
    assert result.exit_code in (0, 1, 2)
    assert not harmful(result.stdout + result.stderr)


@pytest.mark.parametrize(
    "question", numbered([one for one in QUESTIONS if "--tree" not in one and "--dot" not in one])
)
def test_programs_get_json(run: Run, evil: Path, question: list[str]) -> None:
    """With --json the answer is one JSON value, whatever is in it, and no byte of it is a control character."""
    result = run(*question, "--json", "--log", evil)
    assert result.exit_code in (0, 1, 2)
    assert not {"\x1b", "\x07", "\x9b", "\r", "\x00"} & set(result.stdout + result.stderr)
    if result.stdout:
        json.loads(result.stdout)


@pytest.mark.parametrize("question", numbered(SHEETS))
def test_a_spreadsheet_runs_nothing(run: Run, evil: Path, question: list[str]) -> None:
    """With --csv no cell begins like a formula, each row has as many cells as there are columns, and nothing but the
    line's end is a control character."""
    result = run(*question, "--csv", "--log", evil)
    assert result.exit_code in (0, 1, 2)
    text = result.stdout_bytes.decode()
    assert not harmful(text.replace("\r\n", "\n"))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) <= 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]


@pytest.mark.parametrize("form", ["csv", "timesketch"])
def test_timelines_for_other_programs_are_harmless(run: Run, evil: Path, form: str) -> None:
    """A record is a line, and what it says stays inside its cell or its text."""
    result = run("timeline", "--format", form, "--log", evil)
    text = result.stdout_bytes.decode()
    count = len(list(records()))
    if form == "timesketch":
        lines = [json.loads(line) for line in text.splitlines()]
        assert len(lines) == count
        assert not any(harmful(line["message"]) for line in lines)
        return
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == count + 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_a_graph_has_its_texts_in_quotes(run: Run, evil: Path) -> None:
    """What a session is called cannot end the quotes of a graph's label."""
    text = run("sessions", "--dot", "--log", evil).stdout
    for line in text.splitlines():
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0, line


def test_a_shell_runs_what_was_meant(run: Run, evil: Path, tmp_path: Path) -> None:
    """Of a plan to undo, as a script, no name is a command: `sh` finds its quotes whole, and runs nothing of them."""
    import shutil
    import subprocess

    script = run("undo", "--actor", f"arn:aws:iam::{ACCOUNT}:user/{ADA}", "--shell", "--log", evil).stdout
    (tmp_path / "plan.sh").write_text(script)
    (tmp_path / "aws").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "aws").chmod(0o755)
    shell = shutil.which("bash") or "/bin/sh"
    subprocess.run(
        [shell, "plan.sh"], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, timeout=60, check=False
    )
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("how", [["--records"], ["--records", "--oldest"]])
def test_records_are_a_line_each(run: Run, evil: Path, how: list[str]) -> None:
    """A record is printed as it was delivered, but no byte of it moves a terminal's cursor or ends its line."""
    lines = run("events", *how, "--log", evil).stdout.splitlines()
    assert not any(harmful(line) for line in lines)
    wanted = {json.dumps(one, sort_keys=True) for one in records()}
    assert {json.dumps(json.loads(line), sort_keys=True) for line in lines} == wanted


def test_a_case_is_harmless_to_open(run: Run, evil: Path, tmp_path: Path) -> None:
    """The spreadsheets of a case run nothing, and its texts move no cursor."""
    assert run("case", "export", tmp_path / "case", "--log", evil).exit_code == 0
    for path in sorted((tmp_path / "case").rglob("*")):
        if path.suffix in (".csv", ".json", ".jsonl", ".md", ".txt", ".html"):
            text = path.read_bytes().decode()
            assert not harmful(text.replace("\r\n", "\n")), path.name
        if path.suffix == ".csv":
            cells = [cell for row in csv.reader(io.StringIO(path.read_text())) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))], path.name


@given(st.lists(st.text(), min_size=2, max_size=5))
def test_any_text_makes_a_harmless_row(texts: list[str]) -> None:
    """Whatever the cells say, a row is a line with as many cells, none a formula, none with a control character."""
    line = exports.row(texts)
    assert line.endswith("\r\n")
    assert not harmful(line[:-2])
    (cells,) = csv.reader(io.StringIO(line, newline=""))
    assert len(cells) == len(texts)
    assert not [cell for cell in cells if cell.startswith(exports.FORMULAS)]


@given(st.dictionaries(st.text(), st.text()))
def test_any_text_makes_harmless_json(texts: dict[str, str]) -> None:
    """What is escaped means the same to a program."""
    line = screen.json_line(texts)
    assert not harmful(line)
    assert "\n" not in line
    assert json.loads(line) == texts
