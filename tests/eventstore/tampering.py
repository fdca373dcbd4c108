"""A log with something of everything in it, and ways to change it behind its back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from backtrail.store import PendingCommand
from backtrail_eventstore import SqliteStore

from .making import SECRET, entries, entry


async def fill(path: Path) -> tuple[int, str]:
    """A log with entries, a command and two bodies; gives its head."""
    async with SqliteStore.open(str(path)) as store:
        names: list[str] = []
        for data in (SECRET * 10, SECRET * 20_000):
            writer = store.blob_writer()
            await writer.write(data)
            names.append(await writer.finish())
        await store.append(entries(0, 5), [PendingCommand(key="a/r/0/0", body=SECRET)])
        await store.append(
            [entry(5, cause="a/r/0/0", blobs=tuple(names)), entry(6, origin="import", root="a")]
        )
        await store.append([], [PendingCommand(key="a/r/1/0", body=SECRET)])
        return store.head


def tamper(path: Path, statement: str, *values: object) -> None:
    """Change the log as somebody would who has the file: without the triggers."""
    with sqlite3.connect(path) as connection:
        triggers = connection.execute("select name from sqlite_schema where type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"drop trigger {name}")
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


def flip(path: Path, table: str, column: str, key: str, value: object) -> None:
    """Flip one bit in the middle of one value."""
    with sqlite3.connect(path) as connection:
        (data,) = connection.execute(f"select {column} from {table} where {key} = ?", (value,)).fetchone()
    connection.close()
    text = isinstance(data, str)
    changed = bytearray(data.encode() if isinstance(data, str) else data)
    at = len(changed) // 2
    changed[at] ^= 1
    tamper(
        path,
        f"update {table} set {column} = ? where {key} = ?",
        changed.decode() if text else bytes(changed),
        value,
    )
