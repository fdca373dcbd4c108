"""What the engine asks of a log: the contract that every backend fulfils.

`eventstore/` holds the SQLite backend; `tests/eventstore/conformance.py` is the suite that any backend must
pass.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One call, about to be appended: the record and the two parts beside it.

    `record` is the CloudTrail JSON exactly as written or delivered. `note` is plain JSON, `sealed` is
    plaintext JSON here and ciphertext at rest. `cause` is the key of the command that made this call
    (`eventID/reaction/ordinal/attempt`, unique in a log) and `root` the event that began the chain. `blobs`
    names the bodies that the entry's parts refer to, so that the log can tell when one is missing.
    """

    record: bytes
    note: bytes | None = None
    sealed: bytes | None = None
    origin: str = "live"
    cause: str | None = None
    root: str | None = None
    blobs: tuple[str, ...] = ()


class Stored(Entry, frozen=True, kw_only=True):
    """An entry read back. `seq` is its place in the log (from 1), by arrival.

    `event_id` is the record's eventID, or the hash of a record that was delivered without one. `locked`
    says that there is a sealed part which cannot be read because the log was opened without its key.
    """

    seq: int
    event_id: str
    locked: bool = False

    @property
    def to_fold(self) -> bytes | None:
        """The sealed part as `Machine.apply` takes it: empty where there is one that cannot be read."""
        return b"" if self.locked else self.sealed


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries to look for: all that is given must hold. `worth` says by a record's eventSource and action (its
    eventName without the API's date) whether it is worth reading at all; `resource` is one that the record mentions."""

    since: datetime | None = None
    until: datetime | None = None
    region: str | None = None
    source: str | None = None
    action: str | None = None
    access_key: str | None = None
    read_only: bool | None = None
    resource: str | None = None
    worth: Callable[[str, str], bool] | None = None


class PendingCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command in the outbox: committed with its cause, done when a record with its key exists."""

    key: str
    body: bytes  # encoded; encrypted at rest
    due: datetime | None = None


class StateKey(msgspec.Struct, frozen=True):
    """Which State a snapshot is of, and the hash of the source (plugin and core) that folded it.

    `kind` tells those apart that were folded otherwise. Of one kind only the snapshots of the last source are kept.
    """

    service: str
    account: str
    region: str
    source: str
    kind: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A State as it was after the entry `position` (a seq) had been folded."""

    position: int
    state: bytes


class BlobWriter(Protocol):
    """Takes a body in pieces and keeps it under its name, an HMAC of the content."""

    async def write(self, data: bytes) -> None:
        """Take the next piece."""
        ...

    async def finish(self) -> str:
        """Keep the body, durable on return, and say its name.

        Equal bodies have one name and are kept once.
        """
        ...

    async def discard(self) -> None:
        """Forget the body. Allowed after `finish`, where it does nothing."""
        ...


class Store(Protocol):
    """An append-only log. One writer; any number of readers."""

    @property
    def head(self) -> tuple[int, str]:
        """The last seq and its chain hash (hex); (0, 64 zeros) for an empty log."""
        ...

    async def append(self, entries: Sequence[Entry], commands: Sequence[PendingCommand] = ()) -> None:
        """Append all or nothing, in one transaction, durable on return. Raises `LogWriteFailed`.

        Commands stand in the outbox until an entry has their key as its cause. A call that is cancelled while
        it waits still appends its batch, once.
        """
        ...

    def replay(
        self, *, after: int = 0, at: datetime | None = None, batch: int = 1000
    ) -> AsyncIterator[list[Stored]]:
        """Entries in fold order: by exact time, causal rank, id (`backtrail.order`), up to and with `at`.

        `after` is the seq of an entry: what follows it in fold order is given (0: everything).
        """
        ...

    def newest(
        self, sought: Sought, *, before: tuple[int, int] | None = None, batch: int = 256
    ) -> AsyncIterator[list[Stored]]:
        """Entries that may be what is sought, by time, the newest first; what is not sought may be among them.

        `before` is the place of an entry: its exact time (microseconds since 1970) and its seq.
        """
        ...

    async def get(self, event_id: str) -> Stored | None:
        """The entry with this event id, the first to arrive where several share it."""
        ...

    async def pending(self) -> list[PendingCommand]:
        """Commands without a record, in the order they were committed."""
        ...

    async def save_state(self, key: StateKey, snapshot: Snapshot) -> None:
        """Keep a State, encrypted, to begin a later fold with. It may be dropped at any time."""
        ...

    async def load_state(self, key: StateKey, *, at: datetime | None = None) -> Snapshot | None:
        """The latest State of this key, up to and with `at`, that the log as it is now still folds to."""
        ...

    def blob_writer(self) -> BlobWriter:
        """Begin to keep a body."""
        ...

    def read_blob(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """A blob's bytes [start, end), in pieces. Raises `KeyError` where the log does not hold it."""
        ...

    async def key(self, purpose: str) -> bytes:
        """32 bytes derived from the log's key for one purpose."""
        ...
