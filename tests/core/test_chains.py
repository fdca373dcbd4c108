"""Chains: what goes on with which, however long it lay in somebody's state, and which traces are known how long."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import msgspec
import pytest

import backtrail
from backtrail import Answer, Call, Command, Effect, Event, Lineage, Outcome, Params, State, effects, hookimpl
from backtrail.call import Caller
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.facts import Answered, Incoming
from backtrail.lineage import RECURSION_LIMIT, merged, minded, through
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail.testing import ACCOUNT, REGION, ROOT

from .test_engine import MemoryStore

ARN = "arn:aws:echo:::{}"


class Run(Params):
    """Runs something that minds its own circles."""

    name: str


class Keep(Params):
    """Keeps the lineage of whoever calls it."""

    name: str


class Take(Params):
    """Runs something in the chain that was kept under its name."""

    name: str


class Kept(Params):
    """Beside a Keep."""

    lineage: Lineage


class Echo(State):
    """What is kept: name -> lineage."""

    kept: dict[str, Lineage] = {}


class Stage:
    """An engine with the service of this test; `traces` has the trace of each run, `gates` what some wait for."""

    def __init__(self, store: MemoryStore) -> None:
        self.store, self.traces = store, dict[str, str]()
        self.gates: dict[str, asyncio.Event] = {}
        self.service = backtrail.Service("echo", Echo)
        self._declare()
        self.machine = Machine(Registry([self]))
        chance = itertools.count()
        self.engine = Engine(self.machine, store, Clock(), lambda: next(chance))
        self.engine.snapshots = False

    @hookimpl
    def register_services(self) -> list[Any]:
        """The service."""
        return [self.service]

    def _declare(self) -> None:
        echo = self.service

        @echo.handle
        def run(state: Echo, call: Call[Run]) -> Effect | None:
            if call.outcome is not None:
                return None
            return Effect(name="run", args=call.params.name, through=ARN.format(call.params.name))

        @echo.project
        def ran(state: Echo, event: Event[Run, None]) -> None:
            """Nothing is kept."""

        @echo.handle
        def keep(state: Echo, call: Call[Keep]) -> Answer[None]:
            return Answer(None, note=Kept(lineage=call.lineage))

        @echo.project
        def kept(state: Echo, event: Event[Keep, None]) -> None:
            note = event.note(Kept)
            if note is not None:
                state.kept[event.params.name] = note.lineage

        @echo.handle
        def take(state: Echo, call: Call[Take]) -> None:
            """Always."""

        @echo.project
        def taken(state: Echo, event: Event[Take, None]) -> None:
            """Nothing is kept."""

        @echo.react
        def run_again(state: Echo, event: Event[Take, None]) -> Iterator[Command]:
            yield Command("echo", Run(name=event.params.name), lineage=state.kept[event.params.name])

        @echo.effect("run")
        async def effect(name: str, engine: Any, request_id: str) -> Outcome:
            trace = self.traces[name] = engine.effects.trace(request_id)
            await self.call(Keep(name=name), trace)
            if name in self.gates:
                await self.gates[name].wait()
            return Outcome()

    async def call(self, params: Params, trace: str = "") -> Answered:
        """One call of the account's root."""
        incoming = Incoming(
            service="echo", action=type(params).__name__, params=params, caller=Caller(identity=ROOT, account=ACCOUNT),
            account=ACCOUNT, region=REGION, trace=trace,
        )  # fmt: skip
        return await self.engine.call(incoming)

    def kept(self, name: str) -> Lineage:
        """What is kept under a name."""
        (state,) = (one for _, one in self.machine.states_of("echo"))
        assert isinstance(state, Echo)
        return state.kept[name]

    def causes(self, action: str) -> list[str | None]:
        """The causes of an action's records."""
        return [one.cause for one in self.store.entries if json.loads(one.record)["eventName"] == action]

    async def runs(self, count: int) -> None:
        """Until so many runs are recorded."""
        await until(lambda: len(self.causes("Run")) >= count)


async def until(true: Callable[[], bool]) -> None:
    """Let everybody have their turns until something holds."""
    for _ in range(10_000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A started engine."""
    made = Stage(MemoryStore())
    await made.engine.start()
    yield made
    await made.engine.close()


async def test_a_chain_goes_on_from_what_was_kept(stage: Stage) -> None:
    """What was put into a state within a run, and taken up by an outsider, goes on: its root, and one pass more."""
    await stage.call(Run(name="a"))
    first = stage.kept("a")
    assert first.passes == {ARN.format("a"): 1} and first.root
    for passes in range(2, 5):
        await stage.call(Take(name="a"))
        await stage.runs(passes)
        assert stage.kept("a") == Lineage(root=first.root, passes={ARN.format("a"): passes})
    assert {one.root for one in stage.store.entries if one.cause and "run_again" in one.cause} == {first.root}


async def test_a_chain_outlives_a_restart(stage: Stage) -> None:
    """The count stands in the log: another engine on it goes on where the first was."""
    await stage.call(Run(name="a"))
    await stage.engine.close()
    again = Stage(stage.store)
    await again.engine.start()
    await again.call(Take(name="a"))
    await again.runs(2)
    assert again.kept("a").passes == {ARN.format("a"): 2}
    live = again.machine.digest()
    await again.engine.refold()
    assert again.machine.digest() == live
    await again.engine.close()


async def test_running_effects_are_known_however_many_ended(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the ended ones the last so many are known, too; a call that names an earlier one begins a chain of its own."""
    monkeypatch.setattr(effects, "TRACES", 2)
    stage.gates["long"] = asyncio.Event()
    long = asyncio.create_task(stage.call(Run(name="long")))
    await until(lambda: "long" in stage.traces)
    for name in "abcd":
        await stage.call(Run(name=name))
    seen: dict[str, dict[str, int]] = {}
    for name in ("long", "a", "b", "c", "d"):
        await stage.call(Keep(name=f"late {name}"), stage.traces[name])
        seen[name] = stage.kept(f"late {name}").passes
    assert [name for name, passes in seen.items() if passes] == ["long", "c", "d"]
    stage.gates["long"].set()
    await long
    await stage.call(Keep(name="later"), stage.traces["long"])
    assert stage.kept("later").passes == {ARN.format("long"): 1}


async def test_a_lost_commit_counts_no_pass_twice(stage: Stage) -> None:
    """A command whose record was lost is carried out again, in the chain that it had."""
    await stage.call(Run(name="a"))
    await stage.call(Take(name="a"))
    await until(lambda: len(stage.causes("Keep")) == 2)
    stage.store.fail = True
    await stage.runs(2)
    assert stage.kept("a").passes == {ARN.format("a"): 2}


def test_what_is_passed_besides_is_forgotten_at_each_pass() -> None:
    """No circle closes without what minds it, so the reactions between two passes are not counted together."""
    chain = through({"s3.notify@arn:aws:s3:::box": 7, ARN.format("a"): 2}, ARN.format("b"))
    assert chain == {ARN.format("a"): 2, ARN.format("b"): 1}
    assert minded({**chain, "sns.deliver@t": 1}) == chain


def test_several_chains_go_on_as_the_one_that_came_farthest() -> None:
    """The most of all passes, and the root of the chain that came through here most often."""
    one = Lineage(root="one", passes={"a": 3, "b": 1})
    other = Lineage(root="other", passes={"a": RECURSION_LIMIT})
    both = merged([one, other], "a")
    assert both == Lineage(root="other", passes={"a": RECURSION_LIMIT, "b": 1})
    assert both.looped("a") and not both.looped("b") and merged([], "a") == Lineage()
    assert msgspec.json.decode(msgspec.json.encode(both), type=Lineage) == both
