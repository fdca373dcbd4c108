"""Where a served log lies, and how a fresh one replaces it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Literal

from backtrail.engine import Engine
from backtrail.errors import BacktrailError
from backtrail_eventstore import SqliteStore

Durability = Literal["normal", "full"]


class Home:
    """One log in its file; or, without a file, fresh logs in a temporary place, of which one is always ready."""

    def __init__(self, log: Path | None, *, at: datetime | None, durability: Durability) -> None:
        self._log, self._at = log, at
        self._durability: Durability = durability
        self._folder: Path | None = None
        self._count = 0
        self._open: AsyncExitStack | None = None
        self._spare: asyncio.Task[tuple[SqliteStore, AsyncExitStack]] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def ephemeral(self) -> bool:
        return self._log is None

    async def open(self) -> SqliteStore:
        """The log. Raises what opening it raises."""
        if self._log is not None:
            mode: Literal["read", "write"] = "read" if self._at is not None else "write"
            store, self._open = await _opened(self._log, mode, self._durability)
            return store
        self._folder = Path(tempfile.mkdtemp(prefix="backtrail-"))
        store, self._open = await self._fresh()
        return store

    async def reset(self, engine: Engine) -> None:
        """A fresh log, at once; the old one is closed and removed behind it."""
        if not self.ephemeral:
            raise BacktrailError("only `serve --ephemeral` can be reset: this log is kept")
        spare, self._spare = self._spare, None
        store, stack = await (spare if spare is not None else self._fresh())
        engine.machine.rekey(await store.key("secrets"))
        old = await engine.replace_store(store)
        if self._open is not None:
            self._behind(self._leave(old, self._open))
        self._open = stack
        self._spare = asyncio.create_task(self._fresh())

    async def close(self) -> None:
        """Close all logs; remove those that were temporary."""
        if self._spare is not None:
            _, stack = await self._spare
            await stack.aclose()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        if self._open is not None:
            await self._open.aclose()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _fresh(self) -> tuple[SqliteStore, AsyncExitStack]:
        assert self._folder is not None
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        return await _opened(folder / "account.db", "write", "normal")

    async def _leave(self, store: object, stack: AsyncExitStack) -> None:
        await stack.aclose()
        if isinstance(store, SqliteStore) and self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, store.paths.log.parent, ignore_errors=True)

    def _behind(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


async def _opened(
    path: Path, mode: Literal["read", "write"], durability: Durability
) -> tuple[SqliteStore, AsyncExitStack]:
    stack = AsyncExitStack()
    store = await stack.enter_async_context(SqliteStore.open(str(path), mode=mode, durability=durability))
    return store, stack
