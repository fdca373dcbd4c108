"""Text for a terminal: what comes from a record is made harmless, tables fit the width."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import click

ELLIPSIS = "…"
_GAP = "  "

# Beside control characters: what reorders or hides text (bidirectional marks, zero widths, separators, surrogates).
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: object) -> str:
    """Text that cannot move the cursor, change colours, reorder or hide: such characters are written as escapes."""
    string = str(text)
    if string.isascii() and string.isprintable():
        return string
    import unicodedata

    return "".join(_escaped(char) if unicodedata.category(char) in _HARMFUL else char for char in string)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def colour() -> bool | None:
    """Whether to colour: never with NO_COLOR, always with FORCE_COLOR, else (None) on a terminal.

    https://no-color.org
    """
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def width() -> int | None:
    """The columns there are; None where nobody looks at a screen, and nothing should be cut."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return None
    import shutil

    return max(40, shutil.get_terminal_size().columns)


def moment(time: datetime) -> str:
    """A time in UTC, to the second: `2023-07-10 11:54:39Z`."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def iso(time: datetime) -> str:
    """A time for programs: ISO 8601 in UTC, `2023-07-10T11:54:39Z`."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def number(value: int) -> str:
    """A number as people read it: `1,834`."""
    return f"{value:,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 record`, `2 records`."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def emit_json(value: object) -> None:
    """Print a value as indented JSON."""
    import msgspec

    click.echo(json_text(msgspec.json.format(msgspec.json.encode(value), indent=2)))


def json_line(value: object) -> str:
    """A value as JSON on one line."""
    import msgspec

    return json_text(msgspec.json.encode(value))


def json_text(raw: bytes) -> str:
    """JSON as it may be shown: what moves the cursor, reorders, hides or ends a line is escaped, and means the same."""
    text = raw.decode()
    if text.isascii() and "\x7f" not in text:
        return text
    import unicodedata

    harmful = {char for char in set(text) if char != "\n" and unicodedata.category(char) in _HARMFUL}
    return text.translate({ord(char): _in_json(char) for char in harmful}) if harmful else text


def _in_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


class Column(NamedTuple):
    """One column: `least` is how narrow it may get (0: never narrower than its content), `drop` > 0 lets it go when
    there is no room (the highest first), `middle` cuts long texts in their middle, where ARNs say least."""

    title: str
    least: int = 0
    right: bool = False
    drop: int = 0
    middle: bool = False
    style: Mapping[str, Any] = {}


class Cell(NamedTuple):
    """A text with a style of its own."""

    text: str
    style: Mapping[str, Any]


Row = Sequence["str | Cell"]


def table(columns: Sequence[Column], rows: Iterable[Row], *, total: Row | None = None) -> str:
    """Rows under their titles, within the width of the screen. Texts are made harmless here."""
    columns = [column._replace(title=clean(column.title)) for column in columns]
    cells = [[_cell(text) for text in row] for row in rows]
    foot = [_cell(text) for text in total] if total is not None else None
    every = [*cells, foot] if foot else cells
    shown = [at for at in range(len(columns)) if not every or any(row[at].text for row in every)]
    natural = [
        max([display_width(column.title), *(display_width(row[at].text) for row in every)])
        for at, column in enumerate(columns)
    ]
    widths = _fit(columns, natural, shown, width())
    title = [Cell(column.title, {"bold": True}) for column in columns]
    lines = [_line(columns, title, widths, shown)]
    lines += [_line(columns, row, widths, shown) for row in cells]
    if foot:
        lines.append(
            click.style("─" * (sum(widths[at] for at in shown) + len(_GAP) * (len(shown) - 1)), dim=True)
        )
        lines.append(_line(columns, [Cell(cell.text, {"bold": True}) for cell in foot], widths, shown))
    return "\n".join(lines)


def _cell(text: str | Cell) -> Cell:
    return Cell(clean(text.text), text.style) if isinstance(text, Cell) else Cell(clean(text), {})


def _fit(columns: Sequence[Column], natural: list[int], shown: list[int], room: int | None) -> list[int]:
    """Widths that fit: flexible columns shrink, the widest first; then columns are dropped (from `shown`)."""
    while room is not None:
        widths = list(natural)
        over = sum(widths[at] for at in shown) + len(_GAP) * (len(shown) - 1) - room
        while over > 0:
            able = [at for at in shown if columns[at].least and widths[at] > columns[at].least]
            if not able:
                break
            widest = max(able, key=lambda at: widths[at])
            others = [widths[at] for at in able if at != widest]
            step = max(1, min(over, widths[widest] - max([columns[widest].least, *others])))
            widths[widest] -= step
            over -= step
        droppable = [at for at in shown if columns[at].drop]
        if over <= 0 or not droppable:
            return widths
        shown.remove(max(droppable, key=lambda at: columns[at].drop))
    return natural


def _line(columns: Sequence[Column], row: Sequence[Cell], widths: list[int], shown: list[int]) -> str:
    parts: list[str] = []
    for at in shown:
        column, cell = columns[at], row[at]
        text = cut(cell.text, widths[at], middle=column.middle)
        padding = " " * (widths[at] - display_width(text))
        style = {**column.style, **cell.style}
        styled = click.style(text, **style) if style and text else text
        parts.append(padding + styled if column.right else styled + padding)
    return _GAP.join(parts).rstrip()


def cut(text: str, room: int, *, middle: bool = False) -> str:
    """A text in no more than so many columns."""
    if display_width(text) <= room:
        return text
    if middle and room > 4:
        tail = (room - 1) // 2
        head, end = text[: room - 1 - tail], text[-tail:]
        return f"{head}{ELLIPSIS}{end}" if text.isascii() else cut(text, room)
    kept = ""
    for char in text:
        if display_width(kept + char) > room - 1:
            break
        kept += char
    return kept + ELLIPSIS


def display_width(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
