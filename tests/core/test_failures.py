"""What fails beside a call, and what fails beneath it: the engine answers everybody and goes on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence

import pytest

from backtrail import committing
from backtrail.call import Caller
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.errors import LogWriteFailed
from backtrail.facts import Answered, Incoming
from backtrail.machine import Machine
from backtrail.payload import Params
from backtrail.plugins import Registry
from backtrail.store import Entry, PendingCommand, Snapshot, StateKey, Stored
from backtrail.testing import ACCOUNT, REGION, ROOT

from . import gremlin as plugin
from .gremlin import AwaitMeddling, Conjure, Gremlins, Meddle
from .test_engine import MemoryStore


class Flaky(MemoryStore):
    """A log that cannot be written, or not be read, for as long as it is told so."""

    def __init__(self) -> None:
        super().__init__()
        self.unwritable = self.unreadable = False
        self.tried = self.refused_snapshots = 0

    async def append(self, entries: Sequence[Entry], commands: Sequence[PendingCommand] = ()) -> None:
        self.tried += 1
        if self.unwritable:
            raise LogWriteFailed("the disk is full")
        await super().append(entries, commands)

    async def replay(self, **given: object) -> AsyncIterator[list[Stored]]:
        if self.unreadable:
            raise OSError("the disk is gone")
        yield list(self.entries)

    async def save_state(self, key: StateKey, snapshot: Snapshot) -> None:
        self.refused_snapshots += 1
        raise OSError("the disk is full")


class Given:
    """An engine with a plugin that fails, and short words for calling it."""

    def __init__(self) -> None:
        self.store = Flaky()
        self.machine = Machine(Registry([plugin]))
        chance = itertools.count()
        self.engine = Engine(self.machine, self.store, Clock(), lambda: next(chance))

    async def call(self, params: Params) -> Answered:
        """One call, which must be answered soon."""
        incoming = Incoming(
            service="gremlin", action=type(params).__name__, params=params,
            caller=Caller(identity=ROOT, account=ACCOUNT), account=ACCOUNT, region=REGION,
        )  # fmt: skip
        async with asyncio.timeout(5):
            return await self.engine.call(incoming)

    async def status(self, params: Params) -> int:
        """How a call ended: 200, or its refusal's status."""
        error = (await self.call(params)).error
        return 200 if error is None else error.status

    @property
    def seen(self) -> list[str]:
        """What was folded."""
        state = self.machine.state(("gremlin", ACCOUNT, REGION))
        assert isinstance(state, Gremlins)
        return state.seen


@pytest.fixture
async def given(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Given]:
    """A started engine that stands down for a moment only."""
    monkeypatch.setattr(committing, "DOWN_SECONDS", 0.05)
    one = Given()
    await one.engine.start()
    yield one
    await one.engine.close()


@pytest.mark.parametrize("where", ["react", "wake", "timer"])
async def test_what_fails_after_a_call_leaves_the_call(given: Given, where: str) -> None:
    """A bug in what follows from a call is logged; the call is recorded and answered, and so is the next one."""
    waiting = asyncio.create_task(given.call(AwaitMeddling()))
    await asyncio.sleep(0.01)

    assert await given.status(Meddle(where=where)) == 200
    assert await given.status(Meddle(where="nowhere")) == 200
    assert (await waiting).error is None
    assert given.seen == [where, "nowhere"]


async def test_what_fails_before_a_call_refuses_it(given: Given) -> None:
    """A bug in what comes first is a recorded 500, a refusal there is the call's own."""
    assert await given.status(Meddle(where="first")) == 500
    refused = await given.call(Meddle(where="refuse"))

    assert refused.error is not None and refused.error.code == "Grumpy"
    assert len(given.store.entries) == 2
    assert given.seen == []


async def test_a_log_that_fails_on_and_on_is_left_alone_for_a_while(given: Given) -> None:
    """While the log cannot be written everybody is answered 500, most without a try; then all is as before."""
    assert await given.status(Meddle(where="a")) == 200
    given.store.unwritable = True
    tried = given.store.tried
    for _ in range(100):
        assert await given.status(Meddle(where="b")) == 500
    assert given.store.tried - tried < 10
    assert await given.status(Conjure()) == 500

    given.store.unwritable = False
    await asyncio.sleep(0.1)
    assert await given.status(Meddle(where="c")) == 200
    assert given.seen == ["a", "c"]


async def test_a_log_that_cannot_be_read_again_answers_500_until_it_can(given: Given) -> None:
    """After a failed commit memory must be folded again; until that works nobody is told what might be wrong."""
    assert await given.status(Meddle(where="a")) == 200
    given.store.unwritable = given.store.unreadable = True
    assert await given.status(Meddle(where="b")) == 500
    given.store.unwritable = False
    for _ in range(10):
        assert await given.status(Meddle(where="b")) == 500
        await asyncio.sleep(0.01)

    given.store.unreadable = False
    await asyncio.sleep(0.1)
    assert await given.status(Meddle(where="c")) == 200
    assert given.seen == ["a", "c"]


async def test_an_effect_whose_intent_cannot_be_kept_is_not_run(given: Given) -> None:
    """An effect is run only once its intent is in the log; where that fails the call is a 500."""
    given.store.unwritable = True
    assert await given.status(Conjure()) == 500

    given.store.unwritable = False
    assert await given.status(Conjure()) == 200
    assert given.seen == ["smoke"]


async def test_a_call_that_comes_late_does_not_wait(given: Given) -> None:
    """An engine that is about to end decides every call for the last time, also those that come still."""
    waiting = asyncio.create_task(given.call(AwaitMeddling()))
    await asyncio.sleep(0.01)
    given.engine.hurry()

    began = asyncio.get_running_loop().time()
    assert (await waiting).error is None
    assert await given.status(AwaitMeddling()) == 200
    assert asyncio.get_running_loop().time() - began < 0.1


async def test_an_engine_ends_on_a_broken_disk(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing commit neither holds up the end nor hides an answer, and no snapshot is made of what was lost."""
    monkeypatch.setattr("backtrail.snapshots.WORTH_RECORDS", 0)
    given.store.unwritable = given.store.unreadable = True
    lost = asyncio.create_task(given.call(Meddle(where="a")))
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await given.engine.close()
    error = (await lost).error
    assert error is not None and error.status == 500
    assert not given.store.refused_snapshots


async def test_an_engine_ends_without_its_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot is worth keeping, and not worth failing for."""
    given = Given()
    await given.engine.start()
    assert await given.status(Meddle(where="a")) == 200
    monkeypatch.setattr("backtrail.snapshots.WORTH_RECORDS", 0)

    await given.engine.close()
    assert given.store.refused_snapshots
