"""`import`, `export`, `verify`, `reset`: what happens to a log's files."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path

import pytest

from backtrail_cli import serving
from backtrail_cli.incidents import EXAMPLE
from backtrail_eventstore.lock import WriterLock
from backtrail_eventstore.schema import SCHEMA_VERSION

from .conftest import Ask, Run


def test_an_import_makes_the_default_log(run: Run, ask: Ask) -> None:
    """Without --log the log is .backtrail/account.db, made with its folder; again, all are duplicates."""
    assert run("import", EXAMPLE).exit_code == 0
    assert Path(".backtrail/account.db").exists()
    again = ask("import", EXAMPLE)
    assert (again["read"], again["new"], again["duplicate"], again["balanced"]) == (84, 0, 84, True)


def test_the_log_may_be_named_by_the_environment(run: Run, case: Path) -> None:
    """BACKTRAIL_LOG stands for --log."""
    assert "DeleteBucketPolicy" in run("events", env={"BACKTRAIL_LOG": str(case)}).stdout


def test_exported_trails_are_imported_to_the_same_account(run: Run, ask: Ask, case: Path) -> None:
    """CloudTrail's files, imported elsewhere, fold to the very same digest."""
    assert ask("export", "--cloudtrail", "out", "--log", case)["records"] == 84
    one, other = ask("replay", "out"), ask("replay", EXAMPLE)
    assert one["digest"] == other["digest"]


def test_lossless_lines_come_back_whole(ask: Ask, case: Path) -> None:
    """--jsonl, imported elsewhere, is the same log."""
    assert ask("export", "--jsonl", "all.jsonl.gz", "--log", case)["records"] == 84
    assert ask("import", "all.jsonl.gz", "--log", "other.db")["new"] == 84
    answer = ask("events", "--log", "other.db", "--limit", 84)
    assert (len(answer["events"]), answer["more"]) == (84, False)


def test_a_period_is_exported(ask: Ask, case: Path) -> None:
    """--since and --until cut the files."""
    answer = ask("export", "--cloudtrail", "out", "--since", "2024-03-14 09:00", "--log", case)
    assert answer["records"] == 6
    (file,) = Path("out").rglob("*.json.gz")
    assert len(json.loads(gzip.decompress(file.read_bytes()))["Records"]) == 6


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "say where to"),
        (["--cloudtrail", "a", "--jsonl", "b"], "say where to"),
        (["--cloudtrail", "a", "--sealed"], "hold no secrets"),
        (["--jsonl", "b", "--since", "-1h"], "lossless lines are the whole log"),
        (["--jsonl", "b", "--bodies", "inline"], "--bodies goes with --sealed"),
        (["--jsonl", "no/such/folder/b"], "there is no folder"),
        (["--cloudtrail", "a", "--since", "2030-01-01"], "lies after the last record"),
    ],
)
def test_a_wrong_export_is_one_line(run: Run, case: Path, args: list[str], said: str) -> None:
    """Nothing is written, and what to do instead is said."""
    result = run("export", *args, "--log", case)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_verify_prints_a_head_that_it_takes(run: Run, ask: Ask, case: Path) -> None:
    """The head that one check prints, the next one compares; another history is named."""
    head = ask("verify", "--log", case)["head"]
    assert run("verify", "--head", head, "--log", case).exit_code == 0
    assert run("verify", "--head", head.split(":")[1], "--log", case).exit_code == 0
    assert run("verify", "--head", "84:" + "0" * 64, "--log", case).exit_code == 1
    assert run("verify", "--head", "what", "--log", case).exit_code == 2


def test_verify_names_the_record_that_was_changed(run: Run, ask: Ask) -> None:
    """Exit code 1, with its place and event."""
    run("import", EXAMPLE, "--log", "x.db")
    connection = sqlite3.connect("x.db")
    connection.execute("drop trigger entry_refuses_update")
    connection.execute(
        "update entry set record = replace(record, 'kestrel-payroll', 'kestrel-nothing') where seq = 70"
    )
    connection.commit()
    connection.close()
    answer = ask("verify", "--log", "x.db", code=1)
    assert (answer["ok"], answer["entries"]) == (False, answer["bad_seq"] - 1)
    assert answer["bad_event_id"]
    assert "changed at entry" in run("verify", "--log", "x.db").stdout


QUESTIONS = [
    "events",
    "who deleted x",
    "history x",
    "state",
    "verify",
    "diff --from -1h",
    "export --cloudtrail o",
    "reset --yes",
]


@pytest.mark.parametrize("command", QUESTIONS)
def test_a_missing_log_is_one_line(run: Run, command: str) -> None:
    """Every command says how to begin a log, and makes none."""
    result = run(*command.split(), "--log", "none.db")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no log" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(Path().iterdir())


def test_what_is_no_log_is_said(run: Run) -> None:
    """A text, another database, a folder, a derived file."""
    Path("text.db").write_text("hello" * 200)
    sqlite3.connect("other.db").execute("create table t (x)").connection.close()
    Path("folder").mkdir()
    run("import", EXAMPLE, "--log", "x.db")
    run("events", "--log", "x.db")
    said = {
        "text.db": "is not a database",
        "other.db": "is not a log",
        "folder": "is a folder",
        "x.index.db": "derived",
    }
    for name in said:
        result = run("events", "--log", name)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
        assert said[name] in result.stderr


def test_a_log_from_a_newer_version_is_refused(run: Run) -> None:
    """It says to upgrade."""
    run("import", EXAMPLE, "--log", "x.db")
    connection = sqlite3.connect("x.db")
    connection.execute("drop trigger meta_refuses_update")
    connection.execute("update meta set value = ? where name = 'schema'", (SCHEMA_VERSION + 1,))
    connection.commit()
    connection.close()
    result = run("events", "--log", "x.db")
    assert result.exit_code == 2
    assert "Upgrade Backtrail" in result.stderr


def test_without_its_key_a_log_can_be_asked_but_not_written(run: Run) -> None:
    """Reading goes on; writing says to put the key back."""
    run("import", EXAMPLE, "--log", "x.db")
    Path("x.key").unlink()
    assert run("events", "--log", "x.db").exit_code == 0
    assert run("who", "deleted", "backup-operator", "--log", "x.db").exit_code == 0
    verified = run("verify", "--log", "x.db")
    assert verified.exit_code == 0
    assert "not checked" in verified.stderr
    result = run("import", EXAMPLE, "--log", "x.db")
    assert result.exit_code == 2
    assert "key" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_locked_log_names_its_holder(run: Run) -> None:
    """Without a server to talk to, an import says which process has the log; readers are let in."""
    run("import", EXAMPLE, "--log", "x.db")
    lock = WriterLock(Path("x.lock"))
    lock.take()
    try:
        result = run("import", EXAMPLE, "--log", "x.db")
        assert result.exit_code == 2
        assert "is open for writing by process" in result.stderr
        assert run("events", "--log", "x.db").exit_code == 0
        assert run("reset", "--yes", "--log", "x.db").exit_code == 2
    finally:
        lock.release()


def test_reset_removes_all_of_a_log(run: Run, ask: Ask) -> None:
    """After a yes, log, key, index and lock are gone; after a no, nothing is."""
    run("import", EXAMPLE, "--log", "x.db")
    run("events", "--log", "x.db")
    assert run("reset", "--log", "x.db", input="n\n").exit_code == 130
    assert Path("x.db").exists()
    answer = ask("reset", "--yes", "--log", "x.db")
    assert {"x.db", "x.key", "x.index.db", "x.lock"} <= set(answer["removed"])
    assert not list(Path().iterdir())


def test_reset_says_when_no_server_answers(run: Run) -> None:
    """One line that names the endpoint."""
    result = run("reset", "--endpoint", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "no server answers at http://127.0.0.1:9" in result.stderr
    assert "is no endpoint" in run("reset", "--endpoint", "127.0.0.1:9").stderr


def test_an_address_that_was_left_behind_is_no_server(run: Run) -> None:
    """A process of that number that does not hold the log's lock is somebody else."""
    run("import", EXAMPLE, "--log", "x.db")
    with serving.announced(Path("x.db"), "http://127.0.0.1:1"):
        assert serving.find(Path("x.db")) is None
