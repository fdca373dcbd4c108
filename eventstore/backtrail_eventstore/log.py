"""The log in SQLite: one writer, any number of readers, every call committed before it is answered."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Concatenate, Literal, ParamSpec, TypeVar

from backtrail.errors import LogWriteFailed
from backtrail.store import BlobWriter, Entry, PendingCommand, Snapshot, Sought, StateKey, Stored
from backtrail_eventstore import forks, opening, reading, snapshots, sweeping, verify
from backtrail_eventstore.blobs import Blobs
from backtrail_eventstore.checkpoints import Checkpoints
from backtrail_eventstore.connection import Connection
from backtrail_eventstore.errors import LogNotFound
from backtrail_eventstore.index import Index
from backtrail_eventstore.keys import Keyring
from backtrail_eventstore.lock import WriterLock
from backtrail_eventstore.newest import newest
from backtrail_eventstore.paths import LogPaths
from backtrail_eventstore.reading import COLUMNS, EntryRow, read_pending, stored
from backtrail_eventstore.writing import Writing, event_key

__all__ = ["SqliteStore"]

P = ParamSpec("P")
T = TypeVar("T")
Mode = Literal["write", "read"]
Durability = Literal["normal", "full"]


class SqliteStore:
    """A log in the file `X.db`, with its key, blobs and derived file beside it. Made by `open`.

    Fulfils `backtrail.store.Store`. `index` answers questions about the log. `opened_after_ns` is when its files were
    last written before it was opened for writing (0: never).
    """

    def __init__(
        self,
        paths: LogPaths,
        keys: Keyring,
        reader: Connection,
        index: Index,
        blobs: Blobs,
        writer: Connection | None = None,
        writing: Writing | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.paths = paths
        self.keys = keys
        self.index = index
        self.blobs = blobs
        self._reader = reader
        self._writer = writer
        self._writing = writing
        self._checkpoints = checkpoints
        self._tail: tuple[int, bytes] = writing.tail if writing else (0, b"")
        self.opened_after_ns = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: str, *, mode: Mode = "write", durability: Durability = "normal"
    ) -> AsyncGenerator[SqliteStore, None]:
        """Open the log `path`, made where there is none and it is opened for writing.

        `normal` durability survives the process, `full` the power. Raises `LogLocked`, `LogNotFound`,
        `LogTooNew`, `KeyMissing`, `KeyMismatch`, `LogCorrupt` or `LogWriteFailed`.
        """
        paths = LogPaths.of(path)
        opened = _reading(cls, paths) if mode == "read" else _writing(cls, paths, durability)
        async with opened as store:
            yield store

    @property
    def head(self) -> tuple[int, str]:
        """The last seq and its chain hash in hex; a reader's is that of its last `refresh`."""
        seq, hash_ = self._writing.tail if self._writing else self._tail
        return seq, hash_.hex()

    async def refresh(self) -> tuple[int, str]:
        """Look where the log ends now, which a reader cannot know otherwise, and give the head."""
        if self._writing is None:
            self._tail = await self._reader.run(opening.tail)
        return self.head

    async def append(self, entries: Sequence[Entry], commands: Sequence[PendingCommand] = ()) -> None:
        """Append all or nothing in one transaction, durable on return. Raises `LogWriteFailed`."""
        if entries or commands:
            await self.take(_commit, entries, commands)

    async def take(
        self,
        work: Callable[Concatenate[sqlite3.Connection, Writing, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a function that writes, in the writing thread.

        Raises `LogWriteFailed` where nobody may write.
        """
        if self._writer is None or self._writing is None or self._checkpoints is None:
            raise LogWriteFailed(f"{self.paths.log} is open for reading only")
        # The thread does all of it and moves the tail itself: a cancelled caller neither loses nor doubles
        # a batch.
        result = await self._writer.run(work, self._writing, *args, **kwargs)
        self._checkpoints.written()
        return result

    async def read_with(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function that reads the log, in the reading thread."""
        return await self._reader.run(work, *args, **kwargs)

    async def replay(
        self,
        *,
        after: int = 0,
        at: datetime | None = None,
        batch: int = 1000,
        worth: Callable[[str, str], bool] | None = None,
        corrected: bool = True,
    ) -> AsyncIterator[list[Stored]]:
        """Entries in fold order, those after the entry `after` and not later than `at`; with `worth` only those of
        which it says by eventSource and eventName that they are wanted. Records are as later ones corrected them
        (CloudTrail's addenda), unless they are wanted as they were delivered."""
        async for rows in self.index.in_fold_order(
            after=after, at=at, batch=batch, worth=worth, corrected=corrected
        ):
            yield [stored(row, self.keys) for row in rows]

    async def read(self, *, after: int = 0, batch: int = 1000) -> AsyncIterator[list[Stored]]:
        """Entries in the order of their arrival, those with a seq above `after`."""
        while rows := await self._reader.run(_next_rows, after, batch):
            yield [stored(row, self.keys) for row in rows]
            after = rows[-1][0]

    async def newest(
        self, sought: Sought, *, before: tuple[int, int] | None = None, batch: int = 256
    ) -> AsyncIterator[list[Stored]]:
        """Entries that may be what is sought, by time, the newest first; `before` is (time, seq) of an entry."""
        async for rows in newest(self.index, self._reader, sought, before, batch):
            yield [stored(row, self.keys) for row in rows]

    async def get(self, event_id: str) -> Stored | None:
        """The first entry with this event id."""
        row = await self._reader.run(_row_of, event_id)
        return None if row is None else stored(row, self.keys)

    async def log_id(self) -> str:
        """The log's own identifier, made with it."""
        return await self._reader.run(_log_id)

    async def fork(self) -> forks.Fork | None:
        """What the log is a fork of; None where it is none."""
        return await self._reader.run(forks.read)

    async def places(self, seq: int) -> list[tuple[str, str, int]]:
        """Where an entry's record was delivered: path and SHA-256 of each file, and the position in it."""
        return await self._reader.run(reading.places, seq)

    async def pending(self) -> list[PendingCommand]:
        """Commands without a record, in the order they were committed. Needs the key."""
        return await self._reader.run(read_pending, self.keys)

    async def save_state(self, key: StateKey, snapshot: Snapshot) -> None:
        """Keep a State, encrypted, in the derived file."""
        await self.index.run(snapshots.save, self.keys, key, snapshot)

    async def load_state(self, key: StateKey, *, at: datetime | None = None) -> Snapshot | None:
        """The latest State of this key, not later than `at`, that the log still folds to."""
        await self.index.refresh_order()
        return await self.index.run(snapshots.load, self.keys, key, at)

    def blob_writer(self) -> BlobWriter:
        """Begin to keep a body."""
        if self._writer is None:
            raise LogWriteFailed(f"{self.paths.log} is open for reading only")
        return self.blobs.writer()

    def read_blob(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """A blob's bytes [start, end), in pieces. Raises `KeyError` where the log does not hold it."""
        return self.blobs.read(name, start, end)

    async def sweep(self, *, remove: bool, before_ns: int = 0) -> sweeping.Swept:
        """Find the kept bodies that nothing refers to, and remove them where that is wanted.

        Only those that were kept before the log was opened, or before a time (nanoseconds since 1970): a younger one
        may belong to a call that is under way. Raises `LogWriteFailed` where nobody may write.
        """
        if self._writer is None:
            raise LogWriteFailed(f"{self.paths.log} is open for reading only")
        before_ns = max(before_ns, self.opened_after_ns)
        return await sweeping.sweep(self.paths, self.keys, self.blobs, before_ns, remove=remove)

    async def key(self, purpose: str) -> bytes:
        """32 bytes derived from the log's key for one purpose. Raises `KeyMissing`."""
        return self.keys.derive(f"engine {purpose}")

    async def verify(self, head: tuple[int, str] | str | None = None) -> verify.VerifyReport:
        """Check every hash, sealed part, command and blob.

        With a `head` noted earlier also that no tail was cut.
        """
        return await verify.verify(self._reader, self.keys, self.blobs, head)


@asynccontextmanager
async def _reading(cls: type[SqliteStore], paths: LogPaths) -> AsyncGenerator[SqliteStore, None]:
    keys = opening.read_keys(paths, write=False)
    reader = await opening.open_reader(paths, keys)
    try:
        async with Index.open(paths) as index:
            blobs = Blobs(paths.blobs, keys)
            blobs.behind = [Blobs(one.blobs, keys) for one in await reader.run(forks.behind)]
            store = cls(paths, keys, reader, index, blobs)
            await store.refresh()
            yield store
    finally:
        await reader.close()


@asynccontextmanager
async def _writing(
    cls: type[SqliteStore], paths: LogPaths, durability: Durability
) -> AsyncGenerator[SqliteStore, None]:
    if durability not in opening.SYNCHRONOUS:
        raise ValueError(f"durability is normal or full, not {durability}")
    if not paths.log.parent.is_dir():
        raise LogNotFound(f"there is no folder {paths.log.parent} to hold the log")
    lock = WriterLock(paths.lock)
    lock.take()
    try:
        opened_after_ns = _written_ns(paths)
        keys = opening.read_keys(paths, write=True)
        writer = await opening.open_writer(paths, keys, durability)
        try:
            async with _written(cls, paths, keys, writer, durability) as store:
                store.opened_after_ns = opened_after_ns
                yield store
        finally:
            await writer.close()
    finally:
        lock.release()


@asynccontextmanager
async def _written(
    cls: type[SqliteStore], paths: LogPaths, keys: Keyring, writer: Connection, durability: Durability
) -> AsyncGenerator[SqliteStore, None]:
    blobs = Blobs(paths.blobs, keys, durable=durability == "full")
    blobs.clear_unfinished()
    writing = Writing(keys, *await writer.run(opening.tail_and_loose))
    reader = await opening.open_reader(paths, keys)
    try:
        blobs.behind = [Blobs(one.blobs, keys) for one in await reader.run(forks.behind)]
        async with Index.open(paths) as index, Checkpoints.of(paths, index.extend) as checkpoints:
            yield cls(paths, keys, reader, index, blobs, writer, writing, checkpoints)
    finally:
        await reader.close()


def _written_ns(paths: LogPaths) -> int:
    """When the log was last written, in nanoseconds since 1970; 0 where there is none."""
    files = (paths.log, paths.log.with_name(f"{paths.log.name}-wal"))
    return max((file.stat().st_mtime_ns for file in files if file.exists()), default=0)


def _commit(
    connection: sqlite3.Connection,
    writing: Writing,
    entries: Sequence[Entry],
    commands: Sequence[PendingCommand],
) -> None:
    writing.commit(connection, entries, commands)


def _log_id(connection: sqlite3.Connection) -> str:
    (log,) = connection.execute("select value from meta where name = 'log'").fetchone()
    return str(log)


def _row_of(connection: sqlite3.Connection, event_id: str) -> EntryRow | None:
    row: EntryRow | None = connection.execute(
        f"select {COLUMNS} from entry e where event_key = ? and event_id = ? order by seq limit 1",
        (event_key(event_id), event_id),
    ).fetchone()
    return row


def _next_rows(connection: sqlite3.Connection, after: int, batch: int) -> list[EntryRow]:
    return connection.execute(
        f"select {COLUMNS} from entry e where seq > ? order by seq limit ?", (after, batch)
    ).fetchall()
