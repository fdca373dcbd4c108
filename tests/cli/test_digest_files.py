"""`import`, `replay` and `verify` with CloudTrail's digest files: verdicts, keys, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..eventstore.digesting import Delivered, change
from .conftest import Ask, Run


@pytest.fixture
def made(tmp_path: Path) -> Delivered:
    """A bucket's content, and AWS's keys in a file."""
    made = Delivered(tmp_path / "bucket")
    (tmp_path / "keys.json").write_bytes(made.public_keys())
    return made


def test_good_files_are_told_so(run: Run, ask: Ask, made: Delivered) -> None:
    """An import counts verdicts; verify lists each input with its own, by the keys that the import was given."""
    result = run("import", "bucket", "--public-keys", "keys.json", "--log", "a.db")
    assert result.exit_code == 0
    assert (
        "Checked against 3 digest files: 6 verified, 3 with the right hash, not checked by signature."
        in result.stdout
    )
    assert ask("replay", "bucket")["imported"]["verdicts"] == {"unsigned": 9}
    answer = ask("verify", "--log", "a.db")
    assert answer["ok"] is True
    assert [one["verdict"] for one in answer["inputs"]].count("verified") == 6
    assert {"file", "bytes", "sha256", "verdict", "why"} == set(answer["inputs"][0])
    assert "9 input files, by CloudTrail's digests: 6 verified" in run("verify", "--log", "a.db").stdout


def test_a_changed_file_ends_in_exit_code_1(run: Run, ask: Ask, made: Delivered) -> None:
    """Named by import, replay and verify."""
    change(made.logs[2], b"queue-12", b"queue-99")
    result = run("import", "bucket", "--log", "a.db")
    assert (result.exit_code, result.stdout.count(made.logs[2].name)) == (1, 1)
    assert "The file is not what CloudTrail delivered" in result.stdout
    assert ask("replay", "bucket", code=1)["imported"]["by_code"] == {"changed_file": 1}
    answer = ask("verify", "--log", "a.db", code=1)
    assert (answer["ok"], [one["file"] for one in answer["inputs"] if one["verdict"] == "changed"]) == (
        True, [str(made.logs[2])],
    )  # fmt: skip
    result = run("verify", "--log", "a.db")
    assert (result.exit_code, "changed  " in result.stdout) == (1, True)


def test_without_digests_verify_says_so(run: Run, case: Path) -> None:
    """An input that no digest vouches for is no fault."""
    result = run("verify", "--log", case)
    assert (result.exit_code, "1 input file, no digest file of CloudTrail's among them" in result.stdout) == (
        0,
        True,
    )


def test_a_file_that_holds_no_keys_is_one_line(run: Run, made: Delivered, tmp_path: Path) -> None:
    """It says what to give."""
    (tmp_path / "keys.json").write_text("{}")
    result = run("import", "bucket", "--public-keys", "keys.json")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "aws cloudtrail list-public-keys" in result.stderr
