"""Cause and effect in the log: what a record made happen, and what made it happen.

A record that a command made names the command's key: `eventID/reaction/ordinal/attempt`. What had to happen before
a call, or what an effect stood before, names the call's request id instead (`…/first/…`, `effect/…`), because
that record did not exist yet; a call that was made within an effect names the effect's own key (`KEY/within/…`). A
service that takes messages from a queue does so for what sent them: the note of its receive names those events.
"""

from __future__ import annotations

import sqlite3

import msgspec

from backtrail.reading import OWN
from backtrail_eventstore.writing import event_key

_NEAR = 1000  # entries after a `first` among which its call is looked for
_FAR = 5000  # entries before one among which a text is looked for
WITHIN = "/within/"
_PUT_BY = "putByEventId"


class _Message(msgspec.Struct):
    sender: str = msgspec.field(name=_PUT_BY, default="")


class _Taken(msgspec.Struct):
    messages: list[_Message] = []


class _Note(msgspec.Struct):
    own: _Taken | None = msgspec.field(name=OWN, default=None)


_notes = msgspec.json.Decoder(_Note)


def effects_of(connection: sqlite3.Connection, event_id: str) -> list[tuple[int, str]]:
    """The entries that an event made, in order, each with what links it: a reaction, or `within` a run."""
    found = [
        (seq, cause.split("/")[1]) for seq, cause in _from(connection, f"{event_id}/") if WITHIN not in cause
    ]
    for (cause,) in connection.execute(
        "select cause from entry where event_key = ? and event_id = ? and cause is not null",
        (event_key(event_id), event_id),
    ).fetchall():
        begin = f"{cause}{WITHIN}"
        found += [(seq, "within") for seq, one in _from(connection, begin) if WITHIN not in one[len(begin) :]]
    return sorted(set(found))


def _from(connection: sqlite3.Connection, begin: str) -> list[tuple[int, str]]:
    """Entries whose causes begin like this; `begin` ends with a slash."""
    return connection.execute(
        "select seq, cause from entry where cause >= ? and cause < ? order by seq", (begin, f"{begin[:-1]}0")
    ).fetchall()


def takers(connection: sqlite3.Connection, after: int) -> dict[str, list[int]]:
    """The receives, among the entries after one, by which services took messages: by the event that had sent one."""
    found: dict[str, list[int]] = {}
    for seq, note in connection.execute(
        "select seq, note from entry where seq > ? and cause is not null and instr(note, ?) > 0 order by seq",
        (after, _PUT_BY),
    ):
        for event_id in senders(note):
            found.setdefault(event_id, []).append(seq)
    return found


def senders(note: bytes | str | None) -> list[str]:
    """The events that sent what a receive took, as its note tells."""
    if not note:
        return []
    try:
        taken = _notes.decode(note).own
    except msgspec.MsgspecError:  # another plugin's note
        return []
    return (
        list(dict.fromkeys(one.sender for one in taken.messages if one.sender)) if taken is not None else []
    )


def of_key(connection: sqlite3.Connection, key: str) -> int | None:
    """The entry that a command, or an effect, made."""
    row = connection.execute("select seq from entry where cause = ?", (key,)).fetchone()
    return None if row is None else int(row[0])


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
        "select seq from entry where event_key = ? and event_id = ? order by seq limit 1",
        (event_key(event_id), event_id),
    ).fetchone()
    return None if row is None else int(row[0])


def before_with(connection: sqlite3.Connection, seq: int, text: str) -> str | None:
    """The event id of the last entry, of the few thousand before one, whose record holds a text."""
    row = connection.execute(
        "select event_id from entry where seq < ? and seq >= ? and instr(record, ?) > 0 order by seq desc limit 1",
        (seq, seq - _FAR, text),
    ).fetchone()
    return None if row is None else str(row[0])
