"""An engine that stops while its memory is not what its log says keeps no snapshot of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import pytest

from backtrail import committing, snapshots
from backtrail.call import Caller
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.errors import LogWriteFailed
from backtrail.facts import Incoming
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail.store import Entry, PendingCommand, Snapshot, StateKey
from backtrail.testing import ACCOUNT, REGION, ROOT

from . import frobnicator as plugin
from .frobnicator import CreateWidget
from .test_engine import MemoryStore


class FullDisk(MemoryStore):
    """A log that takes one record and no more; `kept` has its snapshots."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[StateKey] = []

    async def append(self, entries: Sequence[Entry], commands: Sequence[PendingCommand] = ()) -> None:
        if self.entries:
            raise LogWriteFailed("the disk is full")
        await super().append(entries, commands)

    async def save_state(self, key: StateKey, snapshot: Snapshot) -> None:
        self.kept.append(key)


async def test_no_snapshot_is_kept_of_what_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commits failed, and the process is asked to stop before its memory was folded again."""
    monkeypatch.setattr(snapshots, "WORTH_RECORDS", 0)
    monkeypatch.setattr(committing, "DOWN_SECONDS", 3600.0)
    store, chance = FullDisk(), itertools.count()
    engine = Engine(Machine(Registry([plugin])), store, Clock(), lambda: next(chance))
    await engine.start()
    errors: list[int] = []
    for name in "abc":
        incoming = Incoming(
            service="frobnicator", action="CreateWidget", params=CreateWidget(name=name),
            caller=Caller(identity=ROOT, account=ACCOUNT), account=ACCOUNT, region=REGION,
        )  # fmt: skip
        answered = await asyncio.wait_for(engine.call(incoming), 10)
        errors += [answered.error.status] if answered.error is not None else []
    assert errors == [500, 500]
    await engine.close()
    assert store.kept == []
