"""`backtrail sql`: what it lists, what it lets nobody do, how long it waits; and that what is printed works."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import shlex
import sqlite3
from pathlib import Path

import click
import pytest

from backtrail_cli import views
from backtrail_cli.group import cli

from .conftest import Ask, Run

README = (Path(__file__).parents[2] / "README.md").read_text()
ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"


def printed() -> list[list[str]]:
    """Every `backtrail sql …` of the README and of the command's own help."""
    command = cli.get_command(click.Context(cli), "sql")
    assert command is not None and command.epilog is not None
    lines = [*README.splitlines(), *command.epilog.splitlines()]
    found = [line.strip() for line in lines if line.strip().startswith("backtrail sql ")]
    return [shlex.split(re.split(r"\s{2,}#", line)[0])[1:] for line in found]


@pytest.mark.parametrize("line", [pytest.param(one, id=str(at)) for at, one in enumerate(printed())])
def test_what_is_printed_works(run: Run, case: Path, line: list[str]) -> None:
    """A question that README or help shows has an answer."""
    result = run(*line, "--log", case)
    assert result.exit_code == 0, result.stderr
    assert result.stdout


@pytest.mark.parametrize("asked", [[], [".schema"], [".tables"]])
def test_without_a_question_the_views_are_listed(run: Run, ask: Ask, case: Path, asked: list[str]) -> None:
    """With their columns, which are those that there are."""
    text = run("sql", *asked).stdout
    for name in views.VIEWS:
        told = ask("sql", f"select * from {name}", "--log", case)["columns"]
        assert told == views.columns_of(name)
        assert f"  {', '.join(told)}\n" in text
    listed = ask("sql", *asked)["views"]
    assert [one["name"] for one in listed] == list(views.VIEWS)


def test_an_endless_question_ends(run: Run, ask: Ask, case: Path) -> None:
    """After its time, in one line that says what to do; the next one is answered."""
    result = run("sql", ENDLESS, "--timeout", "0.05", "--log", case)
    assert result.exit_code == 2
    assert "took longer than 0.05 s" in result.stderr and "--timeout" in result.stderr
    assert result.stderr.count("\n") == 1
    assert ask("sql", "select count(*) from events", "--timeout", "0", "--log", case)["rows"] == [[84]]


@pytest.mark.parametrize(
    "query",
    [
        "vacuum into 'copy.db'",
        "attach 'file:x.db?mode=rwc' as x",
        "pragma journal_mode = delete",
        "pragma query_only = off",
        "select * from pragma_table_list",
        "begin immediate",
        "create temp table x (y)",
        "create temp view events as select 1",
        "drop view temp.events",
        "insert into temp.sessions (id) values ('x')",
        "select load_extension('x.so')",
        "select writefile('x', 'y')",
        "select zeroblob(1000000000)",
        "reindex",
        "analyze",
        "savepoint x",
    ],
)
def test_nothing_but_reading_is_let_through(run: Run, case: Path, own_folder: Path, query: str) -> None:
    """One line, exit code 2, no file made, and the log is as it was."""
    before = case.read_bytes()
    result = run("sql", query, "--log", case)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert list(own_folder.iterdir()) == []
    assert case.read_bytes() == before


def test_the_same_connection_answers_again(case: Path) -> None:
    """Whatever a question was refused for, its limits and its views are gone after it."""
    connection = sqlite3.connect(":memory:")
    connection.execute("create table entry (seq, event_id, record, note, origin, cause, root)")
    longest = connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)
    for query in (ENDLESS, "select nothing from records", "select count(*) from records"):
        with contextlib.suppress(click.ClickException):
            views.run(connection, query, (), lambda session: "", None, 0.05)
    assert connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) == longest
    assert connection.execute("select count(*) from sqlite_temp_master").fetchone() == (0,)
    connection.execute("create table mine (x)")
    connection.close()


def test_no_row_is_a_no_with_what_the_log_saw(run: Run, ask: Ask, case: Path) -> None:
    """Exit code 1, nothing on stdout for people, and the coverage sentence."""
    result = run("sql", "select action from events where action = 'Never'", "--log", case)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("No row.\nThe log holds 84 records")
    assert ask("sql", "select action from events where 0", "--log", case, code=1)["rows"] == []


def test_sessions_know_who_began_them(ask: Ask, case: Path) -> None:
    """`behind` is what `backtrail sessions` says."""
    query = "select behind from sessions where name = 'org-reader/audit'"
    assert ask("sql", query, "--log", case)["rows"] == [["user backup-operator"]]


def test_rows_fit_into_a_spreadsheet(run: Run, case: Path) -> None:
    """All rows, whatever --limit says of tables."""
    text = run(
        "sql", "select '=1+1' as a, null as b, 2 as c from events", "--csv", "--limit", 1, "--log", case
    ).stdout
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["a", "b", "c"] and len(rows) == 85
    assert rows[1] == ["'=1+1", "", "2"]
