"""Walking through all records of a log, as cheaply as can be: nothing is decrypted, nothing put in order."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backtrail_eventstore.log import SqliteStore

SLICE = 2000


async def records(store: SqliteStore, *, after: int = 0) -> AsyncIterator[list[tuple[int, bytes]]]:
    """All records with their seqs, by arrival, in slices."""
    while rows := await store.read_with(_slice, after):
        yield rows
        after = rows[-1][0]


def _slice(connection: sqlite3.Connection, after: int) -> list[tuple[int, bytes]]:
    return connection.execute(
        "select seq, cast(record as blob) from entry where seq > ? order by seq limit ?", (after, SLICE)
    ).fetchall()


async def records_at(store: SqliteStore, seqs: Sequence[int]) -> dict[int, bytes]:
    """The records of these entries, by seq."""
    return dict(await store.read_with(_at, seqs)) if seqs else {}


def _at(connection: sqlite3.Connection, seqs: Sequence[int]) -> list[tuple[int, bytes]]:
    return connection.execute(
        "select seq, cast(record as blob) from entry where seq in (select value from json_each(?))",
        (f"[{','.join(map(str, seqs))}]",),
    ).fetchall()
