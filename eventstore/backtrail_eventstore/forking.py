"""Making a fork of an open log."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Final

from backtrail_eventstore import fold_order, forks
from backtrail_eventstore.causes import seq_of
from backtrail_eventstore.forks import Fork, NotAFork
from backtrail_eventstore.paths import LogPaths
from backtrail_eventstore.writing import from_micros, micros

if TYPE_CHECKING:
    from backtrail_eventstore.log import SqliteStore

_LAST: Final = (1 << 31, "\U0010ffff", 1 << 62)  # after every record of its microsecond


async def fork(
    store: SqliteStore, path: str, *, at: datetime | None = None, event_id: str | None = None
) -> Fork:
    """Fork a log off at a moment, or right after an event (in the order of time), into a new file.

    Costs nothing but a look at the order. Raises `NotAFork`, `KeyMissing`, `LookupError` for an unknown event.
    """
    await store.index.refresh_order()
    if event_id is not None:
        seq = await store.read_with(seq_of, event_id)
        if seq is None:
            raise LookupError(f"the log has no event {event_id}")
        place = await store.index.run(fold_order.find, seq)
    elif at is not None:
        place = (micros(at), *_LAST)
    else:
        place = ((1 << 63) - 1, *_LAST)
    cut = await store.index.run(forks.cut, place)
    if cut is None:
        raise NotAFork("the log has no record up to that moment, so there is nothing to go on from")
    hash_ = await store.read_with(_hash, cut.seq)
    last = await store.index.run(_last_time, place)
    child = LogPaths.of(path)
    made = Fork(
        parent=str(store.paths.log), beside=_beside(store.paths, child),
        log=await store.log_id(), seq=cut.seq, hash=hash_.hex(),
        at=place[0] if at is not None or event_id is not None else last, event_id=cut.event_id,
    )  # fmt: skip
    await asyncio.to_thread(forks.write, store.paths, child, made, cut.hidden, store.keys.check)
    return made


def _beside(parent: LogPaths, child: LogPaths) -> str:
    return os.path.relpath(parent.log, child.log.parent)


async def clock_moved(store: SqliteStore) -> bool:
    """Whether a fork's clock was ever moved by itself: else it stands where the fork was made."""
    return await store.read_with(_clock_moved)


def _clock_moved(connection: sqlite3.Connection) -> bool:
    row = connection.execute(
        'select 1 from main.entry where record like \'%"eventName":"MoveClock"%\' limit 1'
    ).fetchone()
    return row is not None


def moment(made: Fork) -> datetime:
    """The moment at which a fork leaves its parent."""
    return from_micros(made.at)


def _hash(connection: sqlite3.Connection, seq: int) -> bytes:
    (found,) = connection.execute("select hash from entry where seq = ?", (seq,)).fetchone()
    assert isinstance(found, bytes)
    return found


def _last_time(connection: sqlite3.Connection, place: tuple[int, int, str, int]) -> int:
    (last,) = connection.execute(
        "select max(t) from fold where (t, rank, id, seq) <= (?, ?, ?, ?)", place
    ).fetchone()
    return int(last)
