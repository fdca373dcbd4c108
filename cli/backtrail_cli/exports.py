"""Timelines for other programs: Timesketch and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, cast

import click

from backtrail_cli.lineages import Family, title
from backtrail_cli.moves import Move, sentence
from backtrail_cli.screen import clean, iso, json_line

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula, the wide forms of the signs with it:
 https://owasp.org/www-community/attacks/CSV_Injection"""

COLUMNS = (
    "time", "account", "region", "service", "action", "outcome", "error", "who", "session", "behind", "access_key",
    "source_ip", "user_agent", "resource", "read_only", "event_id",
)  # fmt: skip


def flat(move: Move, family: Family) -> dict[str, str]:
    """A record as one row of texts, by `COLUMNS`."""
    event = move.event
    session = family.by_id.get(move.session)
    who, _, _ = family.root(session) if session is not None else ("", None, "")
    return {
        "time": iso(event.time), "account": event.account, "region": event.region,
        "service": event.source.removesuffix(".amazonaws.com"), "action": event.action,
        "outcome": "failure" if event.error else "success", "error": event.error,
        "who": title(session) if session is not None else move.who.name, "session": move.session,
        "behind": who, "access_key": event.access_key, "source_ip": event.ip,
        "user_agent": str(move.record.get("userAgent") or ""), "resource": move.resource,
        "read_only": "" if event.read_only is None else str(event.read_only).lower(), "event_id": event.event_id,
    }  # fmt: skip


def timesketch(move: Move, family: Family) -> str:
    """One line for Timesketch, with plaso's field names where it has them.

    https://github.com/google/timesketch/blob/master/docs/guides/user/upload-data.md
    """
    row = flat(move, family)
    session = family.by_id.get(move.session)
    path = [title(one) for one in reversed(family.path(session))] if session is not None else []
    told: dict[str, Any] = {
        "message": clean(sentence(move, family)),
        "datetime": move.event.time.isoformat(),
        "timestamp_desc": "Event Time",
        "timestamp": int(move.event.time.timestamp() * 1_000_000),
        "data_type": "aws:cloudtrail:entry",
        "event_name": move.event.action,
        "event_source": move.event.source,
        "user_identity_arn": move.event.principal,
        "user_name": move.event.user,
        "error_code": move.event.error,
        "chain": " → ".join(path),
        "cloud_trail_event": json_line(move.record),
        "tag": [
            tag for tag, on in (("denied", bool(row["error"])), ("write", row["read_only"] == "false")) if on
        ],
    }
    kept = {name: value for name, value in row.items() if name not in ("time", "action", "service", "error")}
    return json_line(told | kept)


def safe(text: str) -> str:
    """A cell that no spreadsheet runs, and no terminal obeys: formulas get an apostrophe in front."""
    shown = f"'{text}" if text.startswith(FORMULAS) else text
    return clean(shown)


def row(cells: Iterable[str]) -> str:
    """One line of CSV (RFC 4180), safe to open in a spreadsheet."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe(cell) for cell in cells])
    return out.getvalue()


def emit_told(columns: Iterable[str], told: Iterable[Mapping[str, Any]]) -> None:
    """Print some members of answers that are JSON elsewhere, as CSV: of several texts in one, `;` stands between."""
    names = list(columns)
    emit(names, ([_cell(one.get(name)) for name in names] for one in told))


def _cell(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return "; ".join(str(one) for one in cast("Iterable[object]", value))
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def emit(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table as CSV; what is not told is empty."""
    click.echo(row(columns), nl=False)
    for cells in rows:
        click.echo(row("" if cell is None else str(cell) for cell in cells), nl=False)
