"""`backtrail persistence`: the ways back in, and which survive."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Ask, Run


def test_ways_that_were_taken_away_are_told_by_whom(ask: Ask, run: Run, case: Path) -> None:
    """Mara took away all that the leaked key and its offspring made; each by its own call."""
    answer = ask("persistence", "--actor", "ci-deploy", "--log", case)
    told = {(way["kind"], way["gone"]["action"], way["gone"]["user"]) for way in answer["ways"]}
    assert told == {
        ("user", "DeleteUser", "mara"),
        ("permissions of a user", "DetachUserPolicy", "mara"),
        ("access key", "DeleteAccessKey", "mara"),
        ("bucket policy", "DeleteBucketPolicy", "mara"),
    }
    assert answer["survivors"] == 0
    assert run("persistence", "--actor", "ci-deploy", "--fail-on-survivors", "--log", case).exit_code == 0


def test_survivors_come_first_and_fail_a_check(ask: Ask, run: Run, case: Path, tmp_path: Path) -> None:
    """Before the morning all four are there; a key that was used says so."""
    lines = run("events", "--records", "--until", "2024-03-14 08:00", "--limit", 500, "--log", case).stdout
    (tmp_path / "night.jsonl").write_text(lines)
    log = tmp_path / "night.db"
    assert run("import", tmp_path / "night.jsonl", "--log", log).exit_code == 0
    answer = ask("persistence", "--actor", "203.0.113.66", "--log", log)
    assert (answer["survivors"], len(answer["ways"])) == (4, 4)
    key = next(way for way in answer["ways"] if way["kind"] == "access key")
    assert key["used"] == 1
    assert run("persistence", "--actor", "ci-deploy", "--fail-on-survivors", "--log", log).exit_code == 1
    assert "4 of 4 are still there." in run("persistence", "--actor", "ci-deploy", "--log", log).stdout


def test_who_made_none_is_exit_code_1(run: Run, case: Path) -> None:
    """With what the log could have seen; an unknown actor is a mistake."""
    result = run("persistence", "--actor", "payroll-app", "--log", case)
    assert result.exit_code == 1
    assert "84 records" in result.stdout
    assert run("persistence", "--actor", "nobody-at-all", "--log", case).exit_code == 2


def test_a_role_that_a_real_operator_forgot(ask: Ask, run: Run, trails: Path, tmp_path: Path) -> None:
    """In the real incident seven of eight roles were deleted again; the one whose DeleteRole failed is still there."""
    log = tmp_path / "a.db"
    assert run("import", trails / "incident-a.jsonl", "--log", log).exit_code == 0
    ways = ask("persistence", "--actor", "bert-jan", "--log", log)["ways"]
    roles = {way["names"]["roleName"]: way["gone"] for way in ways if way["kind"] == "role"}
    ledger = json.loads((trails / "incident-a.ledger.json").read_text())
    deleted = json.dumps([row for row in ledger if row.get("deleted")])
    assert len(roles) == 8
    assert [name for name, gone in roles.items() if gone is None] == ["stratus-red-team-ec2-enumerate-role"]
    assert all(name in deleted for name, gone in roles.items() if gone is not None)
