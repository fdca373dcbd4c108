"""Moving the WAL into the database behind the writer's back.

SQLite's automatic checkpoints run inside a commit and are the p99 of a call. Here a second connection
copies (PASSIVE: never in anybody's way) while the log is written, and starts the WAL afresh (TRUNCATE:
waits for readers) only when it has grown large or nobody is writing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from backtrail_eventstore.connection import Connection, connect
from backtrail_eventstore.paths import LogPaths

PASSIVE_BYTES = 4 * 1024 * 1024
TRUNCATE_BYTES = 64 * 1024 * 1024
IDLE_SECONDS = 1.0


WhenIdle = Callable[[], Awaitable[bool]]


class Checkpoints:
    """Told of each commit; does its work in a task of its own. Made by `of`."""

    def __init__(self, connection: Connection, wal: Path, when_idle: WhenIdle) -> None:
        self._connection = connection
        self._when_idle = when_idle
        self._wal = wal
        self._wake = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def of(cls, paths: LogPaths, when_idle: WhenIdle) -> AsyncGenerator[Checkpoints, None]:
        """Checkpoints for as long as the log is open.

        `when_idle` does a little of what can wait and says whether there is more; it is called while nobody
        writes.
        """
        connection = await connect(
            paths.log, mode="rw", pragmas={"wal_autocheckpoint": 0, "cache_size": -512}
        )
        checkpoints = cls(connection, paths.log.with_name(paths.log.name + "-wal"), when_idle)
        task = asyncio.create_task(checkpoints._work())
        try:
            yield checkpoints
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await connection.close()

    def written(self) -> None:
        """Something was committed."""
        self._wake.set()

    async def _work(self) -> None:
        copied = 0  # the WAL's size at the last copy
        while True:
            await self._wake.wait()
            self._wake.clear()
            with suppress(asyncio.TimeoutError):
                # Wakes again at once while the log is written, so sizes are looked at no more often than
                # this.
                await asyncio.sleep(0.05)
                if not self._wake.is_set():
                    await asyncio.wait_for(self._wake.wait(), IDLE_SECONDS)
            size = self._size()
            if not self._wake.is_set() or size > TRUNCATE_BYTES:
                await self._checkpoint("passive")
                await self._checkpoint("truncate")
                copied = 0
                while not self._wake.is_set() and await self._when_idle():
                    pass
            elif size - copied > PASSIVE_BYTES or size < copied:
                await self._checkpoint("passive")
                copied = size

    def _size(self) -> int:
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0

    async def _checkpoint(self, kind: str) -> None:
        # A reader in the way, a full disk: the WAL stays, nothing is lost, the next one tries again.
        with suppress(sqlite3.OperationalError):
            await self._connection.run(_checkpoint, kind)


def _checkpoint(connection: sqlite3.Connection, kind: str) -> None:
    connection.execute(f"pragma wal_checkpoint({kind})").fetchall()
