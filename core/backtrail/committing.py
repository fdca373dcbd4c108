"""From decided to committed: batches, the answers that leave after them, and what happens when the log fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from backtrail.errors import LogWriteFailed, Refusal
from backtrail.facts import Answered, Origin
from backtrail.lines import Lines
from backtrail.store import Entry, PendingCommand, Store
from backtrail.waiting import Pending

BATCH = 256
"""Records per commit at most: a larger batch gains nothing and makes the first caller wait."""

LINGER = 4
"""Loop turns that the writer waits for more calls: +40 % at 16 connections, +20 µs at one (measured)."""

DOWN_SECONDS = 1.0
"""How long nothing is tried after the log failed twice: folding it again for each call would help nobody."""

log = Lines("backtrail.engine")


class Batch:
    """Entries and commands for one transaction, the answers that leave after it, the commands that become calls."""

    __slots__ = ("answers", "commands", "entries", "follow")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.commands: list[PendingCommand] = []
        self.answers: list[tuple[Pending, Answered]] = []
        self.follow: list[Origin] = []

    def answer(self) -> None:
        """Let the answers leave: everything is committed."""
        for pending, answered in self.answers:
            if not pending.future.done():
                pending.future.set_result(answered)

    def refuse(self, refusal: Refusal) -> None:
        """Answer every call with a refusal: nothing is committed."""
        for pending, answered in self.answers:
            if not pending.future.done():
                pending.future.set_result(msgspec.structs.replace(answered, result=None, error=refusal))


class Committer:
    """Commits what is in `batch`. `refold` makes memory what the log says; `committed` is told of each good batch,
    and says whether there is more to come from those before; `lost` is told of what was decided and not committed.

    `opened` is set while calls may be decided. `down` is the answer to every call while the log keeps failing.
    `broken` asks for memory to be folded again after the next commit; `stale` says that it is not what the log says.
    """

    def __init__(
        self, store: Store, refold: Callable[[], Awaitable[None]], committed: Callable[[Batch], bool],
        lost: Callable[[Batch], None],
    ) -> None:  # fmt: skip
        self.store, self._refold, self._committed, self._forget = store, refold, committed, lost
        self.batch = Batch()
        self.work = asyncio.Event()
        self.opened = asyncio.Event()
        self.down: Refusal | None = None
        self.broken = False
        self.closing = False
        self.stale = False
        self.mending = False
        self._more = False
        self._failures = 0

    async def forever(self) -> None:
        """Commit whenever there is something, until cancelled."""
        while True:
            await self.work.wait()
            size = -1
            for _ in range(LINGER):
                if len(self.batch.entries) in (size, BATCH):
                    break
                size = len(self.batch.entries)
                await asyncio.sleep(0)
            await self.commit()

    def wake(self) -> None:
        """See to it that what waits is carried out, though no call comes."""
        self._more = True
        self.work.set()

    async def flush(self) -> None:
        """Commit all there is, and what follows from it; while the log is being mended only what was decided."""
        while self.batch.entries or (self._more and not self.mending):
            await self.commit()
            if self._failures:  # what could not be committed stands in the outbox, or was answered
                break

    async def commit(self) -> None:
        """Commit the open batch in one transaction; then answers leave and commands become calls."""
        batch, self.batch = self.batch, Batch()
        self.work.clear()
        try:
            await asyncio.shield(self.store.append(batch.entries, batch.commands))
        except Exception as error:  # whatever a backend raises: an unanswered caller would wait for ever
            if not isinstance(error, LogWriteFailed):
                log.exception("the store failed")
            await self._lost(batch, error)
            return
        if batch.entries:
            self._failures = 0
        batch.answer()
        if self.broken:
            await self._recover()
        self._more = self._committed(batch)
        if self._more:
            self.work.set()

    async def _lost(self, batch: Batch, error: Exception) -> None:
        """A commit failed: answer 500 to every call decided since the last good one, and fold the log again."""
        log.error("the log could not be written", error=str(error))
        self.opened.clear()
        self.stale = True
        later, self.batch = self.batch, Batch()
        for one in (later, batch):
            one.refuse(not_recorded(error))
            self._forget(one)
        self._failures += 1
        if self._failures > 1 and not self.closing:
            await self._stand_down(error)
        await self._recover()
        self.wake()  # commands whose records were lost are carried out again

    async def _recover(self) -> None:
        """Fold the log again. Calls that arrive meanwhile wait; while it cannot be read, they are answered 500."""
        self.opened.clear()
        self.broken, self.mending = False, True
        await self.flush()
        self.stale = True
        while self.stale and not self.closing:
            try:
                await self._refold()
                self.stale = False
            except Exception as error:  # whatever a backend raises: it may pass, as a full disk does
                log.error("the log could not be read", error=str(error))
                await self._stand_down(error)
        self.down, self.mending = None, False
        self.opened.set()

    async def _stand_down(self, error: Exception) -> None:
        """Answer 500 to everybody for a while."""
        self.down = not_recorded(error)
        self.opened.set()
        await asyncio.sleep(DOWN_SECONDS)


def refuse(pending: Pending, refusal: Refusal) -> None:
    """Answer a call that leaves no record, because none can be written."""
    if not pending.future.done():
        pending.future.set_result(Answered(error=refusal, request_id=pending.request_id))


def not_recorded(error: Exception) -> Refusal:
    """The answer to a call whose record could not be written."""
    return Refusal("InternalFailure", f"The call was not recorded: {error}", status=500)
