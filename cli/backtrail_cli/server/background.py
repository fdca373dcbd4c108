"""A server in a thread of its own, for tests: started once, reset between tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from backtrail.engine import Engine
from backtrail.errors import BacktrailError
from backtrail.machine import Machine
from backtrail_cli.server.running import Options, Serving

T = TypeVar("T")

SETTLE_TRIES, SETTLE_SECONDS = 40, 0.05


class BackgroundServer:
    """`start()`, then clients may call `endpoint`; `reset()` gives a fresh log; `stop()` ends it."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options(port=0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="backtrail", daemon=True)
        self._ready = threading.Event()
        self._serving: Serving | None = None
        self._error: BaseException | None = None
        self.endpoint = ""

    def start(self) -> BackgroundServer:
        """Serve. Raises what kept the server from starting."""
        self._thread.start()
        self._ready.wait(30)
        if self._error is not None:
            raise self._error
        return self

    def stop(self) -> None:
        """Commit, answer, stop."""
        if self._serving is not None:
            self._loop.call_soon_threadsafe(self._serving.stop)
        self._thread.join(10)

    @property
    def engine(self) -> Engine:
        """The engine. Touch it only from its own loop (`run`)."""
        if self._serving is None:
            raise BacktrailError("the server is not running")
        return self._serving.engine

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def reset(self) -> None:
        """A fresh, empty log."""
        if self._serving is None:
            raise BacktrailError("the server is not running")
        self.run(self._serving.reset())

    async def digests(self) -> tuple[str, str]:
        """The digest of the live state, and of the log folded afresh, once nothing is left to be carried out."""
        found = await self._digests_now()
        for _ in range(SETTLE_TRIES):
            if found[0] == found[1]:
                break
            await asyncio.sleep(SETTLE_SECONDS)
            found = await self._digests_now()
        return found

    async def _digests_now(self) -> tuple[str, str]:
        """Decisions run ahead of the log by a batch, and reactions by more: the two may differ for a moment."""
        engine = self.engine
        live = engine.machine.digest()
        fresh = Machine(engine.machine.registry)
        async for entries in engine.store.replay():
            for entry in entries:
                fresh.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
        return live, fresh.digest()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self._error = error
            self._ready.set()
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        async with Serving.of(self._options) as serving:
            self._serving = serving
            self.endpoint = serving.endpoint
            self._ready.set()
            await serving.forever()
