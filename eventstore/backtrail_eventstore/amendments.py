"""Corrections: a record whose `addendum` says that it brings what an earlier one lacked or had wrong.

Both stay in the log as they were delivered. In a fold the earlier one has the corrected members, at its own place, and
the correction itself does nothing; where the earlier one is not in the log, the correction stands for it.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html (addendum)
"""

from __future__ import annotations

import re
import sqlite3
from typing import Final, cast

import msgspec

from backtrail_eventstore.reading import EntryRow
from backtrail_eventstore.writing import event_key

REASON: Final = (
    "UPDATED_DATA"  # DELIVERY_DELAY and SERVICE_OUTAGE say why a record is late, and correct nothing
)
_MARK: Final = REASON.encode()
_NAMES = re.compile(r"[\w.]+")
_OWN: Final = frozenset({"eventID", "eventTime", "eventVersion", "requestID", "addendum"})
"""What a correction has of its own, where it does not say which members it is about."""

Content = dict[str, object]

_decode = msgspec.json.Decoder(Content).decode


def original(record: bytes) -> str | None:
    """The id of the record that this one corrects; None where it corrects none."""
    if _MARK not in record:
        return None
    try:
        addendum = _addendum(_decode(record))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    # Lake's schema calls it originalUID.
    found = addendum.get("originalEventID") or addendum.get("originalUID")
    return found if addendum.get("reason") == REASON and isinstance(found, str) else None


def _addendum(content: Content) -> Content:
    found = content.get("addendum")
    return cast("Content", found) if isinstance(found, dict) else {}


def corrected(record: bytes, correction: bytes) -> bytes:
    """A record with the members that a correction brings."""
    content, brought = _decode(record), _decode(correction)
    updated = _addendum(brought).get("updatedFields")
    paths = _NAMES.findall(updated) if isinstance(updated, str) else []
    for path in paths or [name for name in brought if name not in _OWN]:
        _move(path.split("."), brought, content)
    return msgspec.json.encode(content)


def _move(path: list[str], source: Content, target: Content) -> None:
    """Bring one member, and take away what the correction has no more. What it has no place for stays out."""
    *above, name = path
    for one in above:
        inner, there = source.get(one), target.get(one)
        if not isinstance(inner, dict):
            return
        if not isinstance(there, dict):
            there = target[one] = {}
        source, target = cast("Content", inner), cast("Content", there)
    if name in source:
        target[name] = source[name]
    else:
        target.pop(name, None)


def alone(correction: bytes) -> bytes:
    """A correction as a record that stands for the one which is not there."""
    content = _decode(correction)
    content.pop("addendum", None)
    return msgspec.json.encode(content)


def note(connection: sqlite3.Connection, seq: int, record: str) -> list[tuple[int, str, str]]:
    """Take down in the derived file that an entry corrects others. Those that are there: seq, event id, record."""
    about = original(record.encode()) if REASON in record else None
    if about is None:
        return []
    connection.execute("insert or ignore into amendment (original, seq) values (?, ?)", (about, seq))
    return _entries(connection, about, seq)


def _entries(connection: sqlite3.Connection, event_id: str, but: int) -> list[tuple[int, str, str]]:
    return connection.execute(
        "select seq, event_id, record from entry where event_key = ? and event_id = ? and seq <> ?",
        (event_key(event_id), event_id, but),
    ).fetchall()


def applied(connection: sqlite3.Connection, rows: list[EntryRow]) -> list[EntryRow]:
    """Rows as they are to be folded: corrected, where there is a correction of them."""
    if connection.execute("select 1 from amendment limit 1").fetchone() is None:
        return rows
    return [_applied(connection, row) for row in rows]


def _applied(connection: sqlite3.Connection, row: EntryRow) -> EntryRow:
    seq, event_id, record = row[:3]
    about = original(record)
    if about is not None:
        there = _entries(connection, about, seq)
        return row if there else (*row[:2], alone(record), *row[3:])
    corrections = connection.execute(
        "select cast(e.record as blob) from amendment a join entry e on e.seq = a.seq "
        "where a.original = ? and a.seq <> ? order by a.seq",
        (event_id, seq),
    ).fetchall()
    for (correction,) in corrections:
        record = corrected(record, correction)
    return (*row[:2], record, *row[3:])
