"""Turning a batch into rows, and committing them: all of it runs in the writing connection's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import chain as chained

import msgspec

from backtrail.errors import LogWriteFailed
from backtrail.store import Entry, PendingCommand
from backtrail_eventstore import chain
from backtrail_eventstore.keys import Keyring

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Row = tuple[int, int, str, str, str | None, bytes | None, str, str | None, str | None, str | None, bytes]
Step = tuple[str, Sequence[tuple[object, ...]]]
"""An INSERT without its values, and the rows to insert."""
CommandRow = tuple[int, str, int | None, bytes]

_ENTRY = "insert into main.entry (seq, event_key, event_id, record, note, sealed, origin, cause, root, blobs, hash)"
_OUTBOX = "insert into main.outbox (seq, key, due, body)"
MOST_ROWS = 2048  # of one statement
EXACT_ROWS = (
    32  # up to here each number of rows is a statement of its own; above, powers of two are put together
)

_WHY = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "the file or its folder is read-only",
    "SQLITE_BUSY": "another process holds the database",
    "SQLITE_LOCKED": "another process holds the database",
    "SQLITE_CORRUPT": "the database file is damaged",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_TOOBIG": "a record is too large",
}


class _Id(msgspec.Struct):
    event_id: str | None = msgspec.field(name="eventID", default=None)


_read_id = msgspec.json.Decoder(_Id).decode


def micros(time: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (time - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The inverse of `micros`."""
    return _EPOCH + timedelta(microseconds=value)


def canonical(value: object) -> bytes:
    """One spelling for equal JSON: sorted keys, no spaces."""
    return msgspec.json.encode(value, order="sorted")


def content_id(record: bytes) -> str:
    """The identifier of a record that has none.

    A UUID of version 8 (RFC 9562) from the hash of its content.
    """
    text = sha256(canonical(msgspec.json.decode(record))).hexdigest()
    return (
        f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{'89ab'[int(text[16], 16) % 4]}{text[17:20]}-{text[20:32]}"
    )


def event_id_of(record: bytes) -> str:
    """The record's eventID, or the hash of its content where it has none."""
    return _read_id(record).event_id or content_id(record)


def failed(error: Exception) -> LogWriteFailed:
    """What a failed commit is called outside, in words that say what to do."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ""
        why = next((text for code, text in _WHY.items() if name.startswith(code)), None)
        return LogWriteFailed(f"nothing of the batch was written: {f'{why} ({error})' if why else error}")
    return LogWriteFailed(f"nothing of the batch was written: {error}")


def event_key(event_id: str) -> int:
    """63 bits of an event id to find it by.

    The first of a UUID (so increasing for live ones), else of its hash.
    """
    try:
        return int(event_id[:8] + event_id[9:13] + event_id[14:18], 16) >> 1
    except ValueError:
        return int.from_bytes(sha256(event_id.encode()).digest()[:8], "big") >> 1


class Writing:
    """The tail of the chain. After construction only the writing connection's thread calls `commit`."""

    def __init__(self, keys: Keyring, tail: tuple[int, bytes], loose: Sequence[CommandRow] = ()) -> None:
        self._keys = keys
        self.tail = tail  # replaced whole, so that any thread reads a consistent pair
        # Commands that were committed without an entry; the hash of the next entry covers them.
        self._loose = list(loose)

    def commit(
        self,
        connection: sqlite3.Connection,
        entries: Sequence[Entry],
        commands: Sequence[PendingCommand],
        beside: Sequence[Step] = (),
        event_ids: Sequence[str] | None = None,
    ) -> tuple[int, bytes]:
        """Write a batch in one transaction and move the tail; on any failure neither happens.

        `event_ids` are the entries' where they are known already.
        """
        try:
            ids = event_ids or [event_id_of(entry.record) for entry in entries]
            rows, command_rows, tail = self._rows(entries, ids, commands)
            if len(rows) <= EXACT_ROWS and not command_rows and not beside:
                insert(connection, _ENTRY, rows)  # one statement is one transaction
            else:
                _transact(connection, ((_ENTRY, rows), (_OUTBOX, command_rows), *beside))
        except (sqlite3.Error, UnicodeError, msgspec.MsgspecError, OverflowError) as error:
            raise failed(error) from error
        self.tail = tail
        if entries:
            self._loose.clear()
        else:
            self._loose += command_rows
        return tail

    def _rows(
        self, entries: Sequence[Entry], ids: Sequence[str], commands: Sequence[PendingCommand]
    ) -> tuple[list[Row], list[CommandRow], tuple[int, bytes]]:
        seq, previous = self.tail
        last = len(entries) - 1
        command_rows = self._command_rows(commands, seq + max(1, len(entries)))
        # Each entry's hash covers the commands that have its seq, in the order in which they were committed.
        covered: dict[int, list[CommandRow]] = {0: list(self._loose)} if self._loose else {}
        if command_rows:
            covered.setdefault(last, []).extend(command_rows)
        rows: list[Row] = []
        for index, entry in enumerate(entries):
            seq += 1
            digest = chain.outbox(one[1:] for one in covered.get(index, ())) if covered else None
            row = self._row(entry, ids[index], seq, previous, digest)
            previous = row[-1]
            rows.append(row)
        return rows, command_rows, (seq, previous)

    def _row(self, entry: Entry, event_id: str, seq: int, previous: bytes, commands: bytes | None) -> Row:
        record, note = entry.record, entry.note
        sealed = None if entry.sealed is None else self._keys.seal("sealed", entry.sealed, bound_to(event_id))
        blobs = " ".join(entry.blobs) or None
        link = chain.link(
            previous,
            seq,
            origin=entry.origin,
            cause=entry.cause,
            root=entry.root,
            blobs=blobs,
            record=record,
            note=note,
            sealed=sealed,
            commands=commands,
        )
        return (
            seq,
            event_key(event_id),
            event_id,
            record.decode(),
            None if note is None else note.decode(),
            sealed,
            entry.origin,
            entry.cause,
            entry.root,
            blobs,
            link,
        )

    def _command_rows(self, commands: Sequence[PendingCommand], seq: int) -> list[CommandRow]:
        rows: list[CommandRow] = []
        for command in commands:
            due = None if command.due is None else micros(command.due)
            rows.append(
                (
                    seq,
                    command.key,
                    due,
                    self._keys.seal("outbox", command.body, command_bound(command.key, due)),
                )
            )
        return rows


def bound_to(event_id: str) -> bytes:
    """What a sealed part's ciphertext is bound to: its column and its event."""
    return b"entry.sealed\0" + event_id.encode()


def command_bound(key: str, due: int | None) -> bytes:
    """What a command's ciphertext is bound to: its column, its key and when it is due."""
    return f"outbox.body\0{due}\0{key}".encode()


def insert(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows, many with one statement.

    sqlite3 lets go of the interpreter lock for each step and has to get it back from a busy event loop: a
    statement for each row would be that many waits.
    """
    at = 0
    while left := len(rows) - at:
        size = left if left <= EXACT_ROWS else min(MOST_ROWS, 1 << left.bit_length() - 1)
        some = rows[at : at + size]
        at += size
        connection.execute(_with_values(statement, len(some[0]), len(some)), [*chained.from_iterable(some)])


@lru_cache(maxsize=2048)
def _with_values(statement: str, width: int, rows: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"{statement} values {', '.join([row] * rows)}"


def _transact(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    connection.execute("begin immediate")
    try:
        for statement, rows in steps:
            if rows:
                insert(connection, statement, rows)
        connection.execute("commit")
    except BaseException:
        # SQLite has rolled back by itself after some errors (a full disk), not after others.
        if connection.in_transaction:
            connection.execute("rollback")
        raise
