"""Tables, and text that must not touch the terminal."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail_cli.screen import Cell, Column, clean, cut, display_width, table

COLUMNS = (
    Column("time"),
    Column("name", least=8, middle=True),
    Column("much", right=True),
    Column("extra", drop=1),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("größe 名前", "größe 名前"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("two\nlines\ttab", "two\\x0alines\\x09tab"),
        ("c1 \x9b2J", "c1 \\x9b2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("half \ud800", "half \\ud800"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
    ],
)
def test_harmful_characters_are_written_out(text: str, shown: str) -> None:
    """Escapes, control characters and what reorders text are shown as what they are."""
    assert clean(text) == shown


@given(st.text())
def test_nothing_harmful_passes(text: str) -> None:
    """Whatever a record says, what is shown is printable."""
    assert all(char.isprintable() or char.isspace() for char in clean(text))
    assert "\x1b" not in clean(text)
    assert "\n" not in clean(text)


def test_a_table_keeps_all_where_nobody_looks() -> None:
    """Into a pipe nothing is cut."""
    long = "x" * 300
    assert long in table(COLUMNS, [("t", long, "1", "e")])


@pytest.mark.parametrize("room", [80, 120])
def test_a_table_fits_the_screen(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns shrink, then go; no line is longer than the screen."""
    monkeypatch.setenv("COLUMNS", str(room))
    rows = [("2023-07-10 11:54:39", "arn:aws:iam::123456789012:role/" + "long-" * 20, "1,834", "名" * 40)] * 3
    lines = table(COLUMNS, rows, total=("total", "", "5,502", "")).splitlines()
    assert len(lines) == 6
    assert all(display_width(click.unstyle(line)) <= room for line in lines)


def test_an_empty_column_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column in which no row has anything takes no room."""
    assert "extra" not in table(COLUMNS, [("t", "n", "1", "")])
    assert "extra" in table(COLUMNS, [("t", "n", "1", Cell("x", {"bold": True}))])


@given(st.text(), st.integers(2, 40))
def test_cutting_never_exceeds(text: str, room: int) -> None:
    """A cut text takes no more columns than there are."""
    shown = clean(text)
    assert display_width(cut(shown, room)) <= room
    assert display_width(cut(shown, room, middle=True)) <= room
