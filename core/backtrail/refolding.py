"""Folding a long log: from the snapshot before a moment on, keeping snapshots on the way."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import datetime

from backtrail import snapshots
from backtrail.machine import Machine
from backtrail.store import Store

EVERY = 25_000
"""Records between two snapshots, at the least: half a second from any moment to the one before it."""

BYTES_PER_RECORD = 500
"""What snapshots may take for each record of the log, which is some 900 bytes: large States are kept less often."""

Keep = Callable[[int], Awaitable[int]]
"""Keeps all States as they are after the entry (a seq); how many bytes they are, 0 where they cannot be kept."""


class Milestones:
    """Says when it is time for a snapshot, by how much was folded since the last and by what one takes."""

    def __init__(self, keep: Keep | None, every: int = EVERY) -> None:
        self._keep, self._every, self._spacing = keep, every, every
        self.since = 0

    async def passed(self, records: int, last: int) -> None:
        """So many records more were folded, the last of them the entry `last`."""
        self.since += records
        if self._keep is None or self.since < self._spacing:
            return
        self.since = 0
        size = await self._keep(last)
        self._spacing = max(self._every, size // BYTES_PER_RECORD)
        if not size:
            self._keep = None


async def refold(machine: Machine, store: Store, at: datetime | None, keep: Keep | None) -> int:
    """Fold the log into an empty machine, up to and with `at`; how many records it took. With `keep` snapshots are used
    and made."""
    after = await snapshots.restore(machine, store, at) if keep is not None else 0
    milestones, folded = Milestones(keep), 0
    with fewer_collections():
        async for entries in store.replay(after=after, at=at):
            folded += len(entries)
            for entry in entries:
                machine.apply(entry.record, entry.note, entry.to_fold, cause=entry.cause)
            if entries:
                await milestones.passed(len(entries), entries[-1].seq)
    return folded


@contextmanager
def fewer_collections() -> Generator[None]:
    """A fold makes what stays: to look through all of it for cycles again and again is a sixth of its time.

    Nor is it looked through when the fold is over, which takes longer than a fold from a snapshot: what there is then
    counts as old, without having been collected.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        gc.set_threshold(*before)
