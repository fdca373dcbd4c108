"""Is the log what was written? Streaming, with the first bad record named."""

from __future__ import annotations

import asyncio
import sqlite3
from itertools import groupby

import msgspec

from backtrail.errors import LogCorrupt
from backtrail_eventstore import chain, forks
from backtrail_eventstore.blobs import Blobs
from backtrail_eventstore.connection import Connection
from backtrail_eventstore.keys import Keyring
from backtrail_eventstore.reading import COLUMNS
from backtrail_eventstore.writing import bound_to, command_bound, event_id_of

SLICE = 500
MOST_BLOB_FAULTS = 100


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found. `ok` means: nothing at all is wrong."""

    ok: bool
    entries: int  # that were found good, from the first
    head: tuple[int, str]
    bad_seq: int | None = None
    bad_event_id: str | None = None
    reason: str | None = None
    blob_faults: tuple[str, ...] = ()
    blobs: int = 0  # checked
    unread: tuple[str, ...] = ()  # what could not be checked, and why


class _Fault(Exception):
    def __init__(self, seq: int | None, event_id: str | None, reason: str) -> None:
        super().__init__(reason)
        self.seq, self.event_id, self.reason = seq, event_id, reason


class _Walk:
    """The state of one walk along the chain; `step` runs in the connection's thread."""

    def __init__(self, keys: Keyring, noted: tuple[int, str] | str | None) -> None:
        self.keys = keys
        self.noted = noted
        self.met_noted = noted is None
        self.seq = 0
        self.hash = chain.GENESIS
        self.entries, self.outbox = "entry", "outbox"
        self.blobs: set[str] = set()
        if not isinstance(noted, str) and noted is not None and noted[0] == 0:
            self.met_noted = True

    def step(self, connection: sqlite3.Connection) -> bool:
        """Check the next entries; False at the end of the log."""
        try:
            rows = connection.execute(
                f"select {COLUMNS}, e.hash from {self.entries} e where seq > ? order by seq limit ?",
                (self.seq, SLICE),
            ).fetchall()
            commands = _commands_of(connection, self.outbox, self.seq, rows[-1][0]) if rows else {}
        except sqlite3.DatabaseError as error:
            raise _Fault(self.seq + 1, None, f"the database file is damaged: {error}") from error
        for row in rows:
            self._check(row, commands.get(row[0], []))
        return bool(rows)

    def _check(self, row: tuple[object, ...], commands: list[tuple[str, int | None, bytes]]) -> None:
        seq, event_id, record, note, sealed, origin, cause, root, blobs, hash_ = row
        assert isinstance(seq, int) and isinstance(event_id, str) and isinstance(record, bytes)
        if seq != self.seq + 1:
            raise _Fault(self.seq + 1, None, f"entry {self.seq + 1} is missing: the next one is {seq}")
        link = chain.link(
            self.hash,
            seq,
            origin=_text(origin) or "",
            cause=_text(cause),
            root=_text(root),
            blobs=_text(blobs),
            record=record,
            note=note if isinstance(note, bytes) else None,
            sealed=sealed if isinstance(sealed, bytes) else None,
            commands=chain.outbox(commands),
        )
        if link != hash_:
            raise _Fault(seq, event_id, self._what_differs(event_id, record, sealed, commands))
        if event_id_of(record) != event_id:
            raise _Fault(seq, event_id, "the event id kept beside the record is not the record's")
        self.unseal(seq, event_id, sealed, commands)
        self.seq, self.hash = seq, link
        if isinstance(blobs, str):
            self.blobs.update(blobs.split(" "))
        self._compare_noted()

    def _what_differs(
        self, event_id: str, record: bytes, sealed: object, commands: list[tuple[str, int | None, bytes]]
    ) -> str:
        """The hash covers all parts at once; what can be told apart by other means is told."""
        try:
            if event_id_of(record) != event_id:
                return "the record was changed: it names another event"
        except msgspec.MsgspecError:
            return "the record was changed: it is no JSON any more"
        try:
            self.unseal(0, event_id, sealed, commands)
        except _Fault as fault:
            return fault.reason
        return "the record, its note, sealed part, origin, cause, commands or hash was changed"

    def unseal(
        self,
        seq: int,
        event_id: str | None,
        sealed: object,
        commands: list[tuple[str, int | None, bytes]],
    ) -> None:
        """Decrypt what can be: the tags say whether it is what was written, and where it was."""
        if not self.keys.here:
            return
        try:
            if isinstance(sealed, bytes) and event_id is not None:
                self.keys.unseal("sealed", sealed, bound_to(event_id))
        except LogCorrupt:
            raise _Fault(seq, event_id, "the sealed part was changed: it cannot be decrypted") from None
        try:
            for key, due, body in commands:
                self.keys.unseal("outbox", body, command_bound(key, due))
        except LogCorrupt:
            raise _Fault(
                seq, event_id, "a command of its outbox was changed: it cannot be decrypted"
            ) from None

    def _compare_noted(self) -> None:
        if self.met_noted or self.noted is None:
            return
        if isinstance(self.noted, str):
            self.met_noted = self.hash.hex() == self.noted
        elif self.seq == self.noted[0]:
            if self.hash.hex() != self.noted[1]:
                raise _Fault(
                    self.seq, None, f"the log has another history: entry {self.seq} was {self.noted[1]}"
                )
            self.met_noted = True


async def verify(
    connection: Connection, keys: Keyring, blobs: Blobs, head: tuple[int, str] | str | None
) -> VerifyReport:
    """Walk the whole chain, then check the blobs.

    `head` is one that was noted earlier: (seq, hash), or the hash.
    """
    walk = _Walk(keys, head)
    walk.entries, walk.outbox = await connection.run(forks.chained)
    try:
        while await connection.run(walk.step):
            pass
        await connection.run(_check_loose_commands, walk)
        if not walk.met_noted:
            wanted = head if isinstance(head, str) else f"{head[0]} ({head[1]})" if head else ""
            raise _Fault(
                walk.seq + 1, None, f"the tail was cut: the head that was noted, {wanted}, is not in the log"
            )
    except _Fault as fault:
        return VerifyReport(
            ok=False,
            entries=walk.seq,
            head=(walk.seq, walk.hash.hex()),
            bad_seq=fault.seq,
            bad_event_id=fault.event_id,
            reason=fault.reason,
        )
    faults, checked = await asyncio.to_thread(_blob_faults, blobs, walk.blobs)
    return VerifyReport(
        ok=not faults,
        entries=walk.seq,
        head=(walk.seq, walk.hash.hex()),
        reason=faults[0] if faults else None,
        blob_faults=tuple(faults),
        blobs=checked,
        unread=() if keys.here else ("sealed parts, commands and blob contents: the log's key is not here",),
    )


def _blob_faults(blobs: Blobs, referred: set[str]) -> tuple[list[str], int]:
    """Bodies that are referred to but missing, and bodies that are not what they are named after."""
    here = set(blobs.names())
    past = {name for one in blobs.behind for name in one.names()}
    faults = [f"blob {name} is missing" for name in sorted(referred - here - past)]
    if blobs.keys.here:
        for name in sorted(here):
            fault = blobs.check(name)
            if fault is not None:
                faults.append(fault)
            if len(faults) >= MOST_BLOB_FAULTS:
                break
    return faults, len(here)


def _commands_of(
    connection: sqlite3.Connection, outbox: str, after: int, last: int
) -> dict[int, list[tuple[str, int | None, bytes]]]:
    rows = connection.execute(
        f"select seq, key, due, body from {outbox} where seq > ? and seq <= ? order by seq, id", (after, last)
    ).fetchall()
    return {seq: [row[1:] for row in group] for seq, group in groupby(rows, key=lambda row: row[0])}


def _check_loose_commands(connection: sqlite3.Connection, walk: _Walk) -> None:
    """Commands that no entry covers: those that were committed after the last one, as yet, and no others."""
    rows = connection.execute(
        "select seq, key, due, body from outbox where seq not in (select seq from entry) order by id"
    )
    for seq, key, due, body in rows:
        if seq != walk.seq + 1:
            raise _Fault(seq, None, f"the command {key} belongs to no entry")
        walk.unseal(seq, None, None, [(key, due, body)])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
