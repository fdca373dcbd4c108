"""Cause and effect in the log: what a record made happen, and what made it happen.

A record that a command made names the command's key: `eventID/reaction/ordinal/attempt`. What had to happen before
a call, or what an effect stood before, names the call's request id instead (`…/first/…`, `effect/…`), because
that record did not exist yet.
"""

from __future__ import annotations

import sqlite3

_NEAR = 1000  # entries after a `first` among which its call is looked for


def effects_of(connection: sqlite3.Connection, event_id: str) -> list[int]:
    """The entries that commands of an event made, in order."""
    rows = connection.execute(
        "select seq from entry where cause >= ? and cause < ? order by seq", (f"{event_id}/", f"{event_id}0")
    )
    return [seq for (seq,) in rows]


def call_of_request(connection: sqlite3.Connection, request_id: str, after: int) -> int | None:
    """The entry of the call with a request id, which follows soon after what was done for it."""
    row = connection.execute(
        "select seq from entry where seq > ? and seq <= ? and json_extract(record, '$.requestID') = ? "
        "order by seq limit 1",
        (after, after + _NEAR, request_id),
    ).fetchone()
    return None if row is None else int(row[0])


def seq_of(connection: sqlite3.Connection, event_id: str) -> int | None:
    """The entry of an event id."""
    row = connection.execute(
        "select seq from entry where event_id = ? order by seq limit 1", (event_id,)
    ).fetchone()
    return None if row is None else int(row[0])
