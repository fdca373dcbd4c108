"""The engine: one writer, group commit, waits, effects, commands, failures."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from backtrail.call import Caller
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.errors import LogWriteFailed
from backtrail.facts import Answered, Incoming
from backtrail.machine import Machine
from backtrail.payload import Params
from backtrail.plugins import Registry
from backtrail.store import BlobWriter, Entry, PendingCommand, Snapshot, Sought, StateKey, Stored
from backtrail.testing import ACCOUNT, REGION, ROOT

from . import frobnicator as plugin
from .frobnicator import (
    BreakWidget,
    CreateWidget,
    DeleteWidget,
    GetWidget,
    PolishWidget,
    WaitForWidget,
    Widgets,
)


class MemoryStore:
    """A log in memory, for the engine's own rules."""

    def __init__(self) -> None:
        self.entries: list[Stored] = []
        self.commands: list[PendingCommand] = []
        self.commits = 0
        self.fail = False

    @property
    def head(self) -> tuple[int, str]:
        return (len(self.entries), "0" * 64)

    async def append(self, entries: Sequence[Entry], commands: Sequence[PendingCommand] = ()) -> None:
        await asyncio.sleep(0)
        if self.fail:
            self.fail = False
            raise LogWriteFailed("disk full")
        self.commits += 1
        for entry in entries:
            fields = {name: getattr(entry, name) for name in entry.__struct_fields__}
            event_id = msgspec.json.decode(entry.record)["eventID"]
            self.entries.append(Stored(seq=len(self.entries) + 1, event_id=event_id, **fields))
        self.commands += commands

    async def replay(
        self, *, after: int = 0, at: datetime | None = None, batch: int = 1000
    ) -> AsyncIterator[list[Stored]]:
        yield [entry for entry in self.entries if entry.seq > after]

    async def newest(
        self, sought: Sought, *, before: tuple[int, int] | None = None, batch: int = 256
    ) -> AsyncIterator[list[Stored]]:
        yield self.entries[::-1]

    async def get(self, event_id: str) -> Stored | None:
        return None

    async def pending(self) -> list[PendingCommand]:
        done = {entry.cause for entry in self.entries}
        return [command for command in self.commands if command.key not in done]

    async def save_state(self, key: StateKey, snapshot: Snapshot) -> None:
        raise NotImplementedError

    async def load_state(self, key: StateKey, *, at: datetime | None = None) -> Snapshot | None:
        return None

    def blob_writer(self) -> BlobWriter:
        raise NotImplementedError

    def read_blob(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        raise NotImplementedError

    async def key(self, purpose: str) -> bytes:
        return bytes(32)


class Given:
    """An engine on a log in memory, and short words for calling it."""

    def __init__(self, store: MemoryStore, past: datetime | None = None) -> None:
        self.store = store
        self.machine = Machine(Registry([plugin]))
        self.clock = Clock()
        chance = itertools.count()
        self.engine = Engine(self.machine, store, self.clock, lambda: next(chance), as_of=past)

    async def call(self, params: Params, **given: Any) -> Answered:
        incoming = Incoming(
            service="frobnicator", action=type(params).__name__, params=params,
            caller=Caller(identity=ROOT, account=ACCOUNT), account=ACCOUNT, region=REGION, **given,
        )  # fmt: skip
        return await self.engine.call(incoming)

    @property
    def widgets(self) -> Widgets:
        state = self.machine.state(("frobnicator", ACCOUNT, REGION))
        assert isinstance(state, Widgets)
        return state

    def names(self) -> list[str]:
        return [msgspec.json.decode(entry.record)["eventName"] for entry in self.store.entries]


Start = Callable[..., Any]


@pytest.fixture
async def given() -> AsyncIterator[Given]:
    """A started engine with an empty log."""
    one = Given(MemoryStore())
    await one.engine.start()
    yield one
    await one.engine.close()


async def settled(given: Given) -> None:
    """Until nothing is left to commit or to carry out."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_answers_after_the_commit(given: Given) -> None:
    """A call is answered when its record is in the log, not before."""
    answered = await given.call(CreateWidget(name="a"))

    assert answered.error is None
    assert answered.event_id == msgspec.json.decode(given.store.entries[0].record)["eventID"]


async def test_commits_in_groups(given: Given) -> None:
    """Calls that arrive together are committed together, each seeing the ones before it."""
    answers = await asyncio.gather(*(given.call(CreateWidget(name=str(number % 20))) for number in range(40)))

    assert [answer.error is None for answer in answers] == [True] * 20 + [False] * 20
    assert given.store.commits < 10


async def test_replays_to_the_same_digest(given: Given) -> None:
    """Folding the log again gives the state that the calls gave."""
    await given.call(CreateWidget(name="a", password="hunter2"))
    await given.call(DeleteWidget(name="nobody"))
    await given.call(CreateWidget(name="b"))
    await settled(given)
    live = given.machine.digest()

    await given.engine.refold()

    assert given.machine.digest() == live


async def test_waits_until_touched(given: Given) -> None:
    """A waiting call is decided again when a record touches its key, and leaves one record."""
    waiting = asyncio.create_task(given.call(WaitForWidget(name="a")))
    await asyncio.sleep(0.01)
    created = await given.call(CreateWidget(name="a"))

    answered = await asyncio.wait_for(waiting, 1)

    assert answered.result.widget_id == created.result.widget_id
    assert given.names().count("WaitForWidget") == 1


async def test_gives_up_waiting_when_closed() -> None:
    """Closing the engine answers the calls that wait."""
    one = Given(MemoryStore())
    await one.engine.start()
    waiting = asyncio.create_task(one.call(WaitForWidget(name="a")))
    await asyncio.sleep(0.01)

    await one.engine.close()

    assert (await waiting).error is None


async def test_runs_an_effect_outside(given: Given) -> None:
    """An effect's outcome is what the call is decided with; its intent is done when the record exists."""
    await given.call(CreateWidget(name="a"))

    answered = await given.call(PolishWidget(name="a"))
    await settled(given)

    assert answered.result.shine == "a shines"
    assert [command.key for command in given.store.commands if command.key.startswith("effect/")]
    assert await given.store.pending() == []


async def test_carries_out_firsts_as_the_caller(given: Given) -> None:
    """What must happen before a call is recorded before it, as the caller, with the service in `invokedBy`."""
    await given.call(CreateWidget(name="a"))
    await given.call(PolishWidget(name="a"))
    await settled(given)

    records = [msgspec.json.decode(entry.record) for entry in given.store.entries]
    taken = next(record for record in records if record["eventName"] == "TakeWidget")
    assert taken["userIdentity"]["arn"] == ROOT.arn
    assert taken["userIdentity"]["invokedBy"] == "frobnicator.amazonaws.com"
    assert given.names().index("TakeWidget") < given.names().index("PolishWidget")


async def test_hears_how_a_command_ended(given: Given) -> None:
    """A command to a service that nobody has is a recorded 501, and its sender hears so."""
    await given.call(CreateWidget(name="a"))
    await settled(given)

    assert given.names() == ["CreateWidget", "RingBell", "WidgetAnnounced"]
    assert given.widgets.widgets["a"].announced == "NotImplemented"
    first = msgspec.json.decode(given.store.entries[0].record)["eventID"]
    assert [entry.root for entry in given.store.entries] == [None, first, first]


async def test_takes_up_what_was_not_done() -> None:
    """A command that was committed and not carried out is carried out at the next start, once."""
    before = Given(MemoryStore())
    await before.engine.start()
    await before.call(CreateWidget(name="a"))
    await settled(before)
    await before.engine.close()
    store = before.store
    store.entries, store.commands = (
        store.entries[:1],
        store.commands[:1],
    )  # the process died after the first commit

    after = Given(store)
    await after.engine.start()
    await settled(after)
    await after.engine.refold()
    await after.engine.close()

    assert after.names() == ["CreateWidget", "RingBell", "WidgetAnnounced"]


async def test_fires_timers_at_their_due_time(given: Given) -> None:
    """Moving the clock fires what became due before the next call, stamped with its due time."""
    given.clock.freeze()
    created = await given.call(CreateWidget(name="a", lasts_s=60))
    given.clock.advance(timedelta(hours=1))

    answered = await given.call(GetWidget(name="a"))

    assert answered.error is not None and answered.error.code == "NoSuchWidget"
    expired = msgspec.json.decode(next(e.record for e in given.store.entries if b"WidgetExpired" in e.record))
    assert expired["eventType"] == "AwsServiceEvent"
    due = datetime.strptime(expired["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(seconds=59) <= due - created.result.created <= timedelta(seconds=61)


async def test_answers_500_when_the_log_cannot_be_written(given: Given) -> None:
    """A failed commit answers 500 to all it held, changes nothing, and the next call works."""
    await given.call(CreateWidget(name="a"))
    await settled(given)
    given.store.fail = True

    lost = await asyncio.gather(given.call(CreateWidget(name="b")), given.call(CreateWidget(name="c")))
    found = await given.call(GetWidget(name="b"))

    assert [answer.error.status for answer in lost if answer.error] == [500, 500]
    assert found.error is not None and found.error.code == "NoSuchWidget"


async def test_isolates_a_plugin_that_raises(given: Given) -> None:
    """A bug in a decision is a recorded 500; a bug in a fold is, too, and leaves no half-written state."""
    decided = await given.call(BreakWidget(in_="decide"))
    folded = await given.call(BreakWidget(in_="fold"))
    later = await given.call(CreateWidget(name="a"))

    assert decided.error is not None and decided.error.status == 500
    assert folded.error is not None and folded.error.status == 500
    assert later.error is None
    assert given.widgets.gone == {}


async def test_repeats_an_answer_for_its_token(given: Given) -> None:
    """An equal repeat of an idempotent call gets the first answer; another call with the token is refused."""
    first = await given.call(CreateWidget(name="a", client_token="t"))
    again = await given.call(CreateWidget(name="a", client_token="t"))
    other = await given.call(CreateWidget(name="b", client_token="t"))

    assert again.result.widget_id == first.result.widget_id
    assert other.error is not None and other.error.code == "IdempotentParameterMismatch"


async def test_a_past_moment_is_read_only() -> None:
    """An engine of the past answers reads and refuses what would fold; it records nothing."""
    before = Given(MemoryStore())
    await before.engine.start()
    await before.call(CreateWidget(name="a"))
    await settled(before)
    await before.engine.close()
    count = len(before.store.entries)

    past = Given(before.store, past=datetime.now(UTC))
    await past.engine.start()
    read = await past.call(GetWidget(name="a"))
    write = await past.call(CreateWidget(name="b"))
    await past.engine.close()

    assert read.error is None
    assert write.error is not None and write.error.code == "PastIsReadOnly"
    assert len(past.store.entries) == count


async def test_moving_the_clock_is_a_record(given: Given) -> None:
    """The clock is moved by a record, what became due fires at once, and a log opened again goes on from there."""
    created = await given.call(CreateWidget(name="a", lasts_s=60))
    caller = Caller(identity=ROOT, account=ACCOUNT)
    to = created.result.created + timedelta(days=1)

    moved = await given.engine.move_clock(to, frozen=True, caller=caller)
    back = await given.engine.move_clock(to - timedelta(hours=1), frozen=True, caller=caller)
    await settled(given)
    await given.engine.close()
    again = Given(given.store)
    await again.engine.start()
    await again.engine.close()

    assert moved.error is None
    assert back.error is not None and back.error.code == "ClockWentBack"
    assert "WidgetExpired" in given.names()
    assert again.clock.frozen and again.clock.peek() >= to
    assert again.machine.digest() == given.machine.digest()


async def test_a_running_clock_stays_ahead(given: Given) -> None:
    """A clock that was advanced runs on ahead of wall time, also after a restart."""
    caller = Caller(identity=ROOT, account=ACCOUNT)
    await given.engine.move_clock(given.clock.peek() + timedelta(days=30), frozen=False, caller=caller)
    await given.engine.close()

    again = Given(given.store)
    await again.engine.start()
    await again.engine.close()

    assert timedelta(days=29) < again.clock.advanced < timedelta(days=31)


async def test_what_nobody_declared_is_sealed(given: Given) -> None:
    """The parameters of an action that no plugin has stand in the sealed part: nobody knows what in them is secret."""
    await given.call(CreateWidget(name="a"))
    await settled(given)

    bell = next(entry for entry in given.store.entries if b"RingBell" in entry.record)
    assert msgspec.json.decode(bell.record)["requestParameters"] is None
    assert msgspec.json.decode(bell.sealed or b"{}") == {"wholeParams": {"widget": "a"}}
