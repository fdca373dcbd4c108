"""The views that `backtrail sql` offers, on a connection that can only read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from typing import Any, Final, Protocol

from backtrail.actors import Session
from backtrail_cli.faults import Fault
from backtrail_eventstore.words import VERBS

_ISO: Final = "strftime('%Y-%m-%dT%H:%M:%SZ', e.t / 1000000, 'unixepoch')"
_VERB: Final = "case m.verb " + " ".join(f"when {at} then '{verb}'" for at, verb in enumerate(VERBS)) + " end"
_WORDS: Final = ("source", "action", "account", "region", "principal", "user", "access_key", "error", "ip")
_NAMED: Final = ", ".join(f"(select text from word where id = e.{name}) as {name}" for name in _WORDS)

VIEWS: Final = {
    "events": (
        "one row a record: seq, event_id, time, service, source, action, account, region, principal, user, access_key, "
        "error, ip, read_only",
        f"select e.seq, (select event_id from entry where seq = e.seq) as event_id, {_ISO} as time, "
        "replace((select text from word where id = e.source), '.amazonaws.com', '') as service, "
        f"{_NAMED}, e.read_only from event e",
    ),
    "records": (
        "the records themselves: seq, event_id, record (CloudTrail's JSON: json_extract(record, '$.userAgent')), note, "
        "origin, cause, root",
        "select seq, event_id, record, note, origin, cause, root from entry",
    ),
    "mentions": (
        "what each record touches: seq, time, resource, verb (created, deleted, touched, refused), type, certain",
        f"select m.seq, strftime('%Y-%m-%dT%H:%M:%SZ', m.t / 1000000, 'unixepoch') as time, r.text as resource, "
        f"{_VERB} as verb, (select text from word where id = m.type) as type, m.certain "
        "from mention m join resource r on r.id = m.resource",
    ),
    "sessions": (
        "one row a session: id, account, kind, name, principal, began, first, last, keys, records, reads, writes, "
        "denied, failed, rule, confidence, parent, behind",
        "",
    ),
    "session_keys": ("one row an access key of a session: session, access_key, used", ""),
}
"""Name -> (its columns, its query; empty for what is gathered when it is asked for)."""

_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)


MOST_BYTES: Final = 64 << 20  # of one text: no record is a thousandth of it
_OPERATIONS: Final = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond


class Behind(Protocol):
    """What is asked of sessions beside themselves: who began each."""

    def __call__(self, session: Session, /) -> str: ...


def columns_of(name: str) -> list[str]:
    """The columns of a view."""
    about = VIEWS[name][0].split(": ", 1)[1]
    return [part.split(" ")[0] for part in _without_remarks(about).split(", ")]


def _without_remarks(text: str) -> str:
    """A text without what stands in brackets, which may hold commas."""
    kept, depth = "", 0
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        kept += char if not depth and char != ")" else ""
    return kept


def gathers(query: str) -> bool:
    """Whether a query asks for sessions, which take a walk over the whole log."""
    return "session" in query.lower()


def run(
    connection: sqlite3.Connection,
    query: str,
    sessions: Iterable[Session],
    behind: Behind,
    limit: int | None,
    seconds: float,
) -> tuple[list[str], list[tuple[Any, ...]], bool]:
    """Columns, rows, and whether there are more. Raises `Fault` for what SQLite refuses, would write, or takes too long
    for (`seconds`; 0 for as long as it takes)."""
    made = _make(connection, sessions, behind)
    longest = connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
    end = time.monotonic() + seconds
    connection.set_authorizer(_only_reading)
    if seconds:
        connection.set_progress_handler(lambda: time.monotonic() > end, _OPERATIONS)
    try:
        cursor = connection.execute(query)
        columns = [str(one[0]) for one in cursor.description or ()]
        rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit + 1)
        cursor.close()
    except sqlite3.Error as error:
        raise Fault(f"SQL: {_reason(error, seconds)}") from error
    except sqlite3.Warning as error:  # two statements at once
        raise Fault(f"SQL: {error}") from error
    finally:
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
        for kind, name in made:
            connection.execute(f"drop {kind} if exists temp.{name}")
    more = limit is not None and len(rows) > limit
    return columns, rows[:limit], more


def _reason(error: sqlite3.Error, seconds: float) -> str:
    text = str(error)
    if text == "interrupted":
        return f"it took longer than {seconds:g} s: narrow it, or give it longer with --timeout (0: no end)"
    if "not authorized" in text or "authorization denied" in text or "prohibited" in text:
        return "only reading is allowed"
    if "no such column" in text:
        return f"{text}; `backtrail sql` lists those that there are"
    if "no such table" in text:
        return f"{text}; there is {', '.join(VIEWS)} (`backtrail sql` lists their columns)"
    return text


def _make(
    connection: sqlite3.Connection, sessions: Iterable[Session], behind: Behind
) -> list[tuple[str, str]]:
    made: list[tuple[str, str]] = []
    for name, (_, query) in VIEWS.items():
        if query:
            connection.execute(f"create temp view {name} as {query}")
            made.append(("view", name))
    connection.execute(
        "create temp table sessions (id text, account text, kind text, name text, principal text, began text, "
        "first text, last text, keys int, records int, reads int, writes int, denied int, failed int, rule text, "
        "confidence text, parent text, behind text)"
    )
    connection.execute("create temp table session_keys (session text, access_key text, used int)")
    for one in sessions:
        row = (
            one.id, one.account, one.kind, one.name, one.principal, one.began, one.first, one.last,
            len(one.keys) + len(one.unused), one.records, one.reads, one.writes, one.denied, one.failed,
            str(one.origin.rule), str(one.origin.confidence), one.origin.parent, behind(one) or None,
        )  # fmt: skip
        connection.execute(f"insert into sessions values ({', '.join('?' * len(row))})", row)
        keys = [(one.id, key, 1) for key in one.keys] + [(one.id, key, 0) for key in one.unused]
        connection.executemany("insert into session_keys values (?, ?, ?)", keys)
    return [*made, ("table", "sessions"), ("table", "session_keys")]


def _only_reading(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
