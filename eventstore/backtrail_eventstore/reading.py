"""Turning rows back into entries and commands."""

from __future__ import annotations

import sqlite3

from backtrail.errors import LogCorrupt
from backtrail.store import PendingCommand, Stored
from backtrail_eventstore.keys import Keyring
from backtrail_eventstore.writing import bound_to, command_bound, from_micros

EntryRow = tuple[int, str, bytes, bytes | None, bytes | None, str, str | None, str | None, str | None]
# Texts as bytes: decoding and encoding them again would be a tenth of a replay.
COLUMNS = (
    "e.seq, e.event_id, cast(e.record as blob), cast(e.note as blob), e.sealed, "
    "e.origin, e.cause, e.root, e.blobs"
)


def stored(row: EntryRow, keys: Keyring) -> Stored:
    """An entry as it was given to the log. Without the key its sealed part is None and it is `locked`."""
    seq, event_id, record, note, sealed, origin, cause, root, blobs = row
    locked = sealed is not None and not keys.here
    return Stored(
        seq=seq,
        event_id=event_id,
        record=record,
        note=note,
        sealed=None if sealed is None or locked else _unsealed(seq, event_id, sealed, keys),
        origin=origin,
        cause=cause,
        root=root,
        blobs=() if blobs is None else tuple(blobs.split(" ")),
        locked=locked,
    )


def _unsealed(seq: int, event_id: str, sealed: bytes, keys: Keyring) -> bytes:
    try:
        return keys.unseal("sealed", sealed, bound_to(event_id))
    except LogCorrupt as error:
        raise LogCorrupt(f"entry {seq} ({event_id}): {error}") from error


def read_pending(connection: sqlite3.Connection, keys: Keyring) -> list[PendingCommand]:
    """The commands whose record is not there, oldest first."""
    rows = connection.execute(
        "select key, due, body from outbox o "
        "where not exists (select 1 from entry where cause = o.key) order by id"
    )
    return [
        PendingCommand(
            key=key,
            body=keys.unseal("outbox", body, command_bound(key, due)),
            due=None if due is None else from_micros(due),
        )
        for key, due, body in rows
    ]


def places(connection: sqlite3.Connection, seq: int) -> list[tuple[str, str, int]]:
    """Where an entry's record was delivered: path and SHA-256 of each file, and the position in it."""
    rows = connection.execute(
        "select s.path, s.sha256, p.position + ? - p.seq from place p join source s on s.id = p.source "
        "where p.seq <= ? and p.seq + p.records > ? order by s.id, p.position",
        (seq, seq, seq),
    )
    return rows.fetchall()
