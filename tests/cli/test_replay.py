"""`replay`: what became of every record."""

from __future__ import annotations

import gzip
import json
import shlex
from pathlib import Path

import pytest

from backtrail.machine import Folded
from backtrail_cli.incidents import EXAMPLE
from backtrail_cli.incidents.__main__ import content

from .conftest import Ask, Run


def test_the_example_is_made_by_the_project_itself() -> None:
    """Acting the incident out again gives the file that ships, byte for byte."""
    same = gzip.decompress(content()) == gzip.decompress(EXAMPLE.read_bytes())
    assert same, (
        "what plugins record has changed: make the file again with `python -m backtrail_cli.incidents`"
    )


def test_the_example_tells_its_story(run: Run) -> None:
    """Who did what, acting for whom: the leaked key, the way back in, the role, the destruction, the cleaning up."""
    result = run("replay", "--example")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    told = [
        "  user ci-deploy, from 203.0.113.66",
        "    02:19:31  + iam CreateUser  backup-operator",
        "  role payroll-admin/maintenance, acting for user backup-operator, from 203.0.113.66",
        "    02:24:03  ~ s3 PutBucketPolicy  kestrel-payroll",
        "    02:24:04  looks: s3 GetObject ×8",
        "    02:24:12  x s3 DeleteBucket  kestrel-payroll  BucketNotEmpty",
        "    02:41:20  - s3 DeleteBucket  kestrel-access-logs",
        "    09:02:48  - iam DeleteUser  backup-operator",
    ]
    assert [line for line in lines if line in told] == told
    assert (
        "84 records from 2024-03-01 09:00:01Z to 2024-03-14 09:02:49Z, account 418273645501" in result.stdout
    )
    assert "This log was temporary." in result.stdout


def test_the_report_balances(ask: Ask) -> None:
    """Every record is counted once: in the import, in the fold, by action; and nothing of it was opaque."""
    answer = ask("replay", "--example")
    assert answer["balanced"] is True
    imported = answer["imported"]
    assert (
        imported["read"]
        == imported["new"] + imported["duplicate"] + imported["rejected"]
        == answer["records"]
    )
    assert sum(answer["folded"].values()) == answer["records"]
    for outcome in Folded:
        assert sum(row[outcome] for row in answer["actions"]) == answer["folded"][outcome]
    assert answer["folded"]["opaque"] == answer["folded"]["unreadable"] == 0
    assert answer["broken"] == []
    assert answer["accounts"] == {"418273645501": 84}
    assert answer["deleted"]["s3:object"] == 11


def test_replaying_again_gives_the_same_account(ask: Ask) -> None:
    """The digest is of the account, not of the run."""
    assert ask("replay", "--example")["digest"] == ask("replay", "--example")["digest"]


def test_a_moment_ends_the_fold(ask: Ask, run: Run) -> None:
    """--at folds up to it, with it; outside the log it is an error."""
    answer = ask("replay", "--example", "--at", "2024-03-14T02:24:03Z")
    assert answer["records"] < 84
    assert answer["period"]["last"] == "2024-03-14T02:24:03Z"
    result = run("replay", "--example", "--at", "2020-01-01")
    assert result.exit_code == 2
    assert "lies outside the log" in result.stderr


def test_a_kept_log_can_be_asked(run: Run, ask: Ask) -> None:
    """With --log the log stays; the hints name it, and work as they are printed."""
    answer = ask("replay", "--example", "--log", "case.db")
    commands = [hint.split() for hint in answer["hints"] if hint.startswith("  backtrail ")]
    assert len(commands) == 5
    for words in commands:
        if words[1] != "serve":
            assert run(*words[1:]).exit_code == 0, words


def test_rejections_are_reported_and_end_in_exit_code_1(run: Run, ask: Ask, tmp_path: Path) -> None:
    """What cannot be read is named; what can is folded all the same."""
    good = gzip.decompress(EXAMPLE.read_bytes())
    (tmp_path / "good.jsonl").write_bytes(good)
    (tmp_path / "half.json").write_text('{"Records": [{"eventName": "X"')
    (tmp_path / "none.json").write_bytes(b"")
    answer = ask("replay", ".", code=1)
    assert answer["imported"]["new"] == 84
    assert answer["imported"]["rejected"] == sum(answer["imported"]["by_code"].values()) >= 2
    assert answer["balanced"] is True
    result = run("replay", ".")
    assert result.exit_code == 1
    assert "rejected  " in result.stdout
    assert "half.json" in result.stdout
    assert "none.json" in result.stdout


def test_nothing_to_replay_is_an_error(run: Run, tmp_path: Path) -> None:
    """An empty folder, or one without trails, is a wrong folder: exit code 2, and one line that names it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "notes.txt").write_text("x")
    for command in ("replay", "import"):
        result = run(command, "empty", "--log", "a.db")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"there are no CloudTrail records in {tmp_path / 'empty'}" in result.stderr
        result = run(command, "notes", "--log", "a.db")
        assert (result.exit_code, "1 file passed over, by name no trail" in result.stderr) == (2, True)


def test_somebody_elses_json_is_one_rejection(ask: Ask, tmp_path: Path) -> None:
    """A wrong file is named once, in words that say what it is."""
    (tmp_path / "package.json").write_text(json.dumps([{"name": "x", "files": []}] * 30))
    (tmp_path / "number.json").write_text("17")
    answer = ask("replay", "package.json", "number.json", code=1)
    reasons = [one["reason"] for one in answer["imported"]["rejections"]]
    assert reasons == [
        "The JSON is none of the forms in which CloudTrail's records come: its members are name, files, and 29 more "
        "like it.",
        "The JSON is none of the forms in which CloudTrail's records come: it is a number.",
    ]


def test_duplicates_are_counted(ask: Ask, tmp_path: Path) -> None:
    """The same records in two files are taken once."""
    lines = gzip.decompress(EXAMPLE.read_bytes()).splitlines(keepends=True)
    (tmp_path / "one.jsonl").write_bytes(b"".join(lines))
    (tmp_path / "two.jsonl").write_bytes(b"".join(lines[:10]))
    answer = ask("replay", ".")
    assert (answer["imported"]["new"], answer["imported"]["duplicate"], answer["records"]) == (84, 10, 84)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "name a SOURCE"),
        (["--example", "x.json"], "--example has its own trail"),
        (["no-such-file.json"], "there is no file or folder no-such-file.json"),
        (["--example", "--plugin", "no_such_module"], "no_such_module"),
        (["--example", "--plugin", "./no/such.py"], "no/such.py"),
    ],
)
def test_what_cannot_be_replayed_is_one_line(run: Run, args: list[str], said: str) -> None:
    """Exit code 2, and what to give instead."""
    result = run("replay", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_reads_are_one_line_unless_all_is_asked_for(run: Run) -> None:
    """--all has a row for every action."""
    short, long = (
        run("replay", "--example", "--no-story").stdout,
        run("replay", "--example", "--no-story", "--all").stdout,
    )
    assert "reads (" in short
    assert "ListUsers" not in short
    assert "ListUsers" in long
    assert "reads (" not in long


@pytest.mark.parametrize(
    "name", ["incident-a", "techniques", "classroom-2017", "production-a", "production-b", "denied-calls", "custodian",
             "docs-examples", "edited-rules", "versions"]
)  # fmt: skip
@pytest.mark.timeout_s(300)
def test_real_trails_replay(ask: Ask, run: Run, trails: Path, name: str) -> None:
    """Whatever a real trail holds: no crash, JSON, counts that balance, no projector that raises; and every question
    can be asked of it."""
    source = trails / f"{name}.jsonl"
    result = run("replay", source, "--log", f"{name}.db", "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == (1 if answer["imported"]["rejected"] else 0)
    assert answer["balanced"] is True
    assert answer["imported"]["read"] == sum(1 for line in source.read_bytes().splitlines() if line.strip())
    for hint in answer["hints"]:
        if hint.startswith("  backtrail ") and not hint.startswith("  backtrail serve"):
            assert run(*shlex.split(hint)[1:]).exit_code == 0, hint
    assert run("events", "--log", f"{name}.db", "--limit", 20).exit_code == 0


def test_who_only_called_is_in_the_account(ask: Ask, trails: Path) -> None:
    """In a real trail nobody makes the user who does nearly everything; he is there, marked as inferred."""
    answer = ask("replay", trails / "incident-a.jsonl", "--log", "a.db")
    assert answer["gaps"]["creation"] >= 2
    users = [
        one for one in ask("state", "iam", "--log", "a.db")["resources"] if one["type"] == "AWS::IAM::User"
    ]
    assert {"bert-jan", "benjamin"} <= {one["id"] for one in users}
