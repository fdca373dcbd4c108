"""A seeded simulator: the process dies between decide, fold, tell, commit, command and effect, again and again.

`BACKTRAIL_SIMULATIONS=5000 pytest tests/core/test_simulator.py` plays more, and prints how often it died where;
`BACKTRAIL_SEED=17` repeats one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from backtrail.call import Caller
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.facts import Incoming
from backtrail.machine import Machine
from backtrail.payload import Params
from backtrail.plugins import Registry
from backtrail.store import Entry, PendingCommand
from backtrail.testing import ACCOUNT, REGION, ROOT

from . import frobnicator as plugin
from .frobnicator import CreateWidget, DeleteWidget, PolishWidget, TakeWidget
from .simulated_deaths import PLACES, Reaper, buried, tally
from .test_engine import MemoryStore

SIMULATIONS = int(os.environ.get("BACKTRAIL_SIMULATIONS", "150"))
SEED = int(os.environ.get("BACKTRAIL_SEED", "0"))
CALLS: list[Any] = [CreateWidget, CreateWidget, PolishWidget, TakeWidget, DeleteWidget]
LIVES = 6
"""How often the process of one story dies."""
AT = PLACES[:6]
"""Where it may: the one effect of this service is over at once."""
KILLS: Counter[str] = Counter()
"""How often it died where, over all stories."""


class MortalStore(MemoryStore):
    """A log whose process may die before a commit, or after it and before anybody hears of it."""

    def __init__(self, reaper: Reaper) -> None:
        super().__init__()
        self.reaper = reaper

    async def append(self, entries: Sequence[Entry], commands: Sequence[PendingCommand] = ()) -> None:
        await self.reaper.passes("commit")
        await super().append(entries, commands)
        await self.reaper.passes("committed")


@pytest.mark.parametrize("seed", range(SEED, SEED + SIMULATIONS) if not SEED else [SEED])
async def test_what_is_told_is_carried_out_once(seed: int) -> None:
    """Whenever the process dies: each cause has its command carried out exactly once, and no old record is told."""
    chance = random.Random(seed)
    store = MortalStore(Reaper(chance, KILLS, AT))
    counter = itertools.count(seed << 20)
    acknowledged: list[str] = []
    for life in range(LIVES + 1):
        store.reaper.life(mortal=life < LIVES)
        await live(store, chance, counter, acknowledged, last=life == LIVES)
    check(store, acknowledged)


def test_the_process_died_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Every place between decide and command had its deaths."""
    buried()
    if not SEED:
        assert {place for place in AT if not KILLS[place]} == set()
    if "BACKTRAIL_SIMULATIONS" in os.environ:
        with capsys.disabled():
            print(f"\n{tally(KILLS, SIMULATIONS)}")


async def live(
    store: MortalStore, chance: random.Random, counter: Any, acknowledged: list[str], *, last: bool
) -> None:
    """One life of the process: it starts on the log, takes calls, and dies somewhere."""
    engine = Engine(Machine(Registry([plugin])), store, Clock(), lambda: next(counter))
    engine.snapshots = False
    await engine.start()
    store.reaper.stands_by(engine)
    callers = [asyncio.create_task(call(engine, chance, acknowledged)) for _ in range(0 if last else 8)]
    for _ in range(400 if last else chance.randrange(5, 120)):
        if store.reaper.dead:
            break
        await asyncio.sleep(0)
    for task in callers:
        task.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    if last:
        await engine.close()
        return
    store.reaper.end()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        if task.get_coro().__qualname__.startswith(("Committer.", "Engine.", "Effects.")):  # type: ignore[union-attr]
            task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0)


async def call(engine: Engine, chance: random.Random, acknowledged: list[str]) -> None:
    """A few calls of one client, one after the other."""
    for _ in range(3):
        name = f"w{chance.randrange(12)}"
        params: Params = chance.choice(CALLS)(name=name)
        incoming = Incoming(
            service="frobnicator", action=type(params).__name__, params=params,
            caller=Caller(identity=ROOT, account=ACCOUNT), account=ACCOUNT, region=REGION,
        )  # fmt: skip
        answered = await engine.call(incoming)
        acknowledged.append(answered.event_id)


def check(store: MemoryStore, acknowledged: list[str]) -> None:
    """What must hold of the log that is left."""
    records = {entry.event_id: json.loads(entry.record) for entry in store.entries}
    causes = Counter(entry.cause for entry in store.entries if entry.cause is not None)
    assert len(records) == len(store.entries)
    assert set(acknowledged) <= set(records), "an acknowledged call is lost"
    assert all(count == 1 for count in causes.values()), "a command was carried out twice"
    assert {command.key for command in store.commands} <= set(causes), "a command was not carried out"
    for event_id, record in records.items():
        told = f"{event_id}/frobnicator.ring_the_bell/0/0" in causes
        made = record["eventName"] == "CreateWidget" and "errorCode" not in record
        assert told == made, f"{record['eventName']} {event_id}: told {told}"
    once, again = (machine_of(store) for _ in range(2))
    assert once.digest() == again.digest()


def machine_of(store: MemoryStore) -> Machine:
    machine = Machine(Registry([plugin]))
    for entry in store.entries:
        machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
    return machine
