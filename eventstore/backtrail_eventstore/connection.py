"""aiosqlite with whole functions as the unit of work.

One thread hop for a transaction, not one for a statement.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import aiosqlite

P = ParamSpec("P")
T = TypeVar("T")

# At DEBUG aiosqlite formats every batch it is given.
logging.getLogger("aiosqlite").setLevel(logging.WARNING)

BUSY_SECONDS = 10.0


class Connection(aiosqlite.Connection):
    """A connection that runs functions in its own thread, in the order they were given."""

    async def run(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(connection, ...)` in the thread. A cancelled caller does not stop it."""
        result: object = await self._execute(work, self._conn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return cast("T", result)

    async def ended(self) -> None:
        """Returns when the thread of a connection that failed to open has ended."""
        await asyncio.to_thread(self._thread.join)


async def connect(
    path: Path | None, *, mode: str = "ro", pragmas: dict[str, str | int] | None = None
) -> Connection:
    """Open a database file in autocommit (`mode`: ro, rw, rwc, or `immutable`); None opens a private, temporary one."""
    if path is None:
        uri = "file:"  # no name: a temporary file that is gone with the connection
    else:
        query = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
        uri = f"{path.as_uri()}?{query}"

    def connector() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, cached_statements=256
        )
        try:
            for name, value in (pragmas or {}).items():
                connection.execute(f"pragma {name}={value}").fetchall()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    connection = Connection(connector, iter_chunk_size=256)
    try:
        await connection
    except BaseException:
        await connection.ended()  # aiosqlite does not wait: its thread would talk to a loop that may be gone
        raise
    return connection
