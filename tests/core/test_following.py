"""Commands on their way: each has a record in the end, whatever is wrong with it, and none outruns memory."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from backtrail import following, outbox
from backtrail.call import Caller
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.facts import Answered, Incoming, Origin, Sent
from backtrail.following import Following
from backtrail.lineage import RECURSION_LIMIT
from backtrail.machine import Machine
from backtrail.payload import Params
from backtrail.plugins import Registry
from backtrail.store import PendingCommand
from backtrail.testing import ACCOUNT, REGION, ROOT

from . import frobnicator as plugin
from .frobnicator import CreateWidget, GetWidget
from .test_engine import MemoryStore

KEY = "0190a5c4-7d1e-7abc-8def-0123456789ab/{}.told/0/0"


@asynccontextmanager
async def running(store: MemoryStore) -> AsyncIterator[Engine]:
    """An engine on a log; what it was given to do is done when it ends."""
    chance = itertools.count()
    engine = Engine(Machine(Registry([plugin])), store, Clock(), lambda: next(chance))
    engine.snapshots = False
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def call(engine: Engine, params: Params) -> Answered:
    """One call of the account's root."""
    incoming = Incoming(
        service="frobnicator", action=type(params).__name__, params=params,
        caller=Caller(identity=ROOT, account=ACCOUNT), account=ACCOUNT, region=REGION,
    )  # fmt: skip
    return await engine.call(incoming)


def told(sender: str, service: str, action: str, params: Any, **chain: int) -> Origin:
    """A command as it is kept."""
    sent = Sent(service=service, action=action, params=params, account=ACCOUNT, region=REGION)
    caller = Caller(identity=ROOT, account=ACCOUNT)
    return Origin(key=KEY.format(sender), root="root", sender=sender, sent=sent, caller=caller, chain=chain)


def records(store: MemoryStore) -> list[tuple[str, str | None, Any]]:
    """Name, cause and record of each entry."""
    parsed = [(json.loads(entry.record), entry.cause) for entry in store.entries]
    return [(record["eventName"], cause, record) for record, cause in parsed]


@pytest.mark.parametrize(
    "key", [KEY.format("lost"), "effect/4242", f"{KEY.format('l')}{outbox.WITHIN}4242/0"]
)
async def test_what_cannot_be_read_is_abandoned(key: str) -> None:
    """A row of another version, a command or an intent, does not keep the engine from starting: the log says so."""
    store = MemoryStore()
    store.commands.append(PendingCommand(key=key, body=b'{"of": "another version"}'))
    async with running(store):
        pass
    ((name, cause, record),) = records(store)
    assert (name, cause, record["eventType"]) == ("AbandonCommand", key, "AwsServiceEvent")
    assert record["serviceEventDetails"]["key"] == key
    assert "cannot be read" in record["serviceEventDetails"]["reason"]
    assert await store.pending() == []


async def test_a_sender_that_has_gone_is_still_the_sender() -> None:
    """Its plugin was removed after its command was committed: carried out all the same, as that service."""
    store = MemoryStore()
    store.commands.append(outbox.row(told("gone", "frobnicator", "CreateWidget", {"name": "w"})))
    async with running(store):
        pass
    name, cause, record = records(store)[0]
    assert (name, cause) == ("CreateWidget", KEY.format("gone"))
    assert record["userIdentity"]["invokedBy"] == "gone.amazonaws.com" and "errorCode" not in record


@pytest.mark.parametrize(
    ("service", "action", "params", "error"),
    [
        ("nobody", "DoIt", {}, "NotImplemented"),
        ("frobnicator", "CreateWidget", {"nom": 1}, "ValidationException"),
    ],
)
async def test_what_nobody_can_carry_out_is_a_recorded_refusal(
    service: str, action: str, params: Any, error: str
) -> None:
    """Nobody serves it, or who does has changed what it takes: refused under the command's key, and done with."""
    store = MemoryStore()
    store.commands.append(outbox.row(told("frobnicator", service, action, params)))
    async with running(store):
        pass
    ((name, cause, record),) = records(store)
    assert (name, cause, record["errorCode"]) == (action, KEY.format("frobnicator"), error)
    assert await store.pending() == []


async def test_a_command_that_breaks_the_engine_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer goes on, and the log says what was not done and why."""
    working = outbox.incoming

    def broken(origin: Origin, machine: Machine) -> Incoming:
        if origin.sent.action == "RingBell":
            raise ZeroDivisionError("a bug")
        return working(origin, machine)

    monkeypatch.setattr(outbox, "incoming", broken)
    store = MemoryStore()
    async with running(store) as engine:
        created = await call(engine, CreateWidget(name="w"))
        assert created.error is None
        assert (await call(engine, GetWidget(name="w"))).error is None
    (abandoned,) = (one for one in records(store) if one[0] == "AbandonCommand")
    assert abandoned[1] is not None and abandoned[1].startswith(f"{created.event_id}/")
    assert abandoned[2]["serviceEventDetails"]["reason"] == "ZeroDivisionError: a bug"


async def test_a_command_whose_record_was_lost_is_carried_out_again() -> None:
    """The commit of its record failed: it stands in the outbox, and is done without a restart."""
    store = MemoryStore()
    async with running(store) as engine:
        created = await call(engine, CreateWidget(name="w"))
        store.fail = True  # the commit that holds the command's record
        for _ in range(1000):
            await asyncio.sleep(0)
            if not await store.pending() and not store.fail:
                break
    assert not store.fail
    told = [cause for _, cause, _ in records(store) if cause is not None]
    assert len(told) == len(set(told)) and any(one.startswith(created.event_id) for one in told)


async def test_callers_wait_where_reactions_are_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more commands waiting than there is room for, the next call is decided after enough of them."""
    monkeypatch.setattr(following, "MOST", 4)
    monkeypatch.setattr(following, "AT_ONCE", 2)
    store = MemoryStore()
    async with running(store) as engine:
        rows = [told(f"s{n}", "frobnicator", "GetWidget", {"name": "w"}) for n in range(40)]
        engine.following.add(rows, [outbox.row(one) for one in rows])
        assert engine.following.crowded
        answering = asyncio.create_task(call(engine, GetWidget(name="mine")))
        await asyncio.sleep(0)
        engine._log.wake()
        await answering
        waiting = [cause for _, cause, _ in records(store)].index(None)
        assert 36 <= waiting <= 40, "it was decided before there was room"


async def test_room_is_counted_in_bytes_too() -> None:
    """A few large commands fill it as many small ones do; once they are calls it is there again."""
    carried: list[Origin] = []
    queue = Following(carried.append)
    large = told("s", "frobnicator", "GetWidget", {"name": "w"})
    row = PendingCommand(key="k", body=b"x" * following.MOST_BYTES)
    queue.add([large], [row])
    assert queue.crowded and len(queue) == 1
    assert queue.some() is False
    assert not queue.crowded and carried == [large]


async def test_a_circle_ends_with_a_record_that_explains_it() -> None:
    """What would pass once more is not sent: in its place, under its key, the log holds chain, bound and resource."""
    store = MemoryStore()
    passed = {"frobnicator.ring_the_bell@arn:aws:frobnicator:::w": RECURSION_LIMIT}
    store.commands.append(outbox.row(told("x", "frobnicator", "CreateWidget", {"name": "w"}, **passed)))
    async with running(store):
        pass
    stop = next(record for name, _, record in records(store) if name == "StopRecursion")
    details = stop["serviceEventDetails"]
    assert (details["bound"], details["chain"]) == (RECURSION_LIMIT, passed)
    assert details["resource"] == "arn:aws:frobnicator:::w" and "not sent" in details["explanation"]


async def test_a_call_within_an_effect_that_is_cut_off_is_a_recorded_500() -> None:
    """Its own effect was running, too, when the process ended: the next start records it where it belongs."""
    effect = outbox.of_effect("frobnicator", "4242", Caller(identity=ROOT, account=ACCOUNT))
    made = Incoming(
        service="frobnicator", action="CreateWidget", params=CreateWidget(name="w"),
        caller=Caller(identity=ROOT, account=ACCOUNT), account=ACCOUNT, region=REGION,
    )  # fmt: skip
    placed = msgspec.structs.replace(made, origin=outbox.within(effect, made, "4343"))
    store = MemoryStore()
    store.commands.append(outbox.intent(placed, "4343"))
    async with running(store):
        pass
    ((name, cause, record),) = records(store)
    assert (name, cause) == ("CreateWidget", "effect/4242/within/4343/0")
    assert (record["errorCode"], record["requestID"]) == ("InternalFailure", "4343")
    assert await store.pending() == []


@pytest.mark.parametrize("trace", ["", "x", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=1;Sampled=1"])
async def test_a_trace_that_was_not_given_here_causes_nothing(trace: str) -> None:
    """Whoever sends a trace of their own is recorded as the one who began."""
    store = MemoryStore()
    async with running(store) as engine:
        made = Incoming(
            service="frobnicator", action="CreateWidget", params=CreateWidget(name="w"),
            caller=Caller(identity=ROOT, account=ACCOUNT), account=ACCOUNT, region=REGION, trace=trace,
        )  # fmt: skip
        await engine.call(made)
    assert records(store)[0][1] is None
