"""The same with the real services: S3 tells SQS, SNS and Lambda, functions write again, configurations change, a plugin
is upgraded, and the process dies between decide, fold, tell, commit, command and effect (`simulated_deaths`).

`BACKTRAIL_SIMULATIONS=5000 pytest tests/core/test_simulator_services.py` plays more, and prints how often it died
where; `BACKTRAIL_SEED=17` repeats one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

import backtrail_aws.lambda_.state
from backtrail import snapshots
from backtrail.call import Caller
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.errors import LogWriteFailed
from backtrail.lineage import RECURSION_LIMIT
from backtrail.machine import Machine
from backtrail.outbox import INTENT, WITHIN
from backtrail.plugins import Registry
from backtrail.store import Entry, PendingCommand, Snapshot, StateKey
from backtrail.testing import ACCOUNT, ROOT
from backtrail_aws.lambda_.state import Functions
from backtrail_aws.sqs.state import Queues

from .simulated_deaths import PLACES, Reaper, buried, tally
from .simulated_services import (
    DEAD,
    FED,
    FUNCTION,
    SERVICES,
    VERSIONS,
    Runner,
    anything,
    auditor,
    configured,
    incoming,
    setup,
)
from .test_engine import MemoryStore

SIMULATIONS = int(os.environ.get("BACKTRAIL_SIMULATIONS", "12"))
SEED = int(os.environ.get("BACKTRAIL_SEED", "0"))
LIVES = 5
"""How often the process of one story dies."""
KILLS: Counter[str] = Counter()
"""How often the process died where, over all stories."""
SEEN: Counter[str] = Counter()
"""What all stories had: records, causes, changes of configuration, upgrades of the plugin, loops that were stopped."""
UNTOLD = frozenset({
    "lambda.after_event", "lambda.message_sent", "lambda.mapping_created", "lambda.receive", "lambda.messages_received",
    "lambda.batch_done", "lambda.go_on",
})  # fmt: skip
"""Reactions that cannot be foretold from the records alone: how a run ended, what a queue had when it was looked at."""
INTERNAL = ("/first/", "/timer/", WITHIN)

Record = dict[str, Any]


class Disk(MemoryStore):
    """A log whose process may die before a commit or after it, and whose disk may be full for a moment. `versions`:
    which version of the plugin was there when a record was written; `strangers`: commands whose cause was not written
    with them."""

    def __init__(self, chance: random.Random, reaper: Reaper) -> None:
        super().__init__()
        self.chance, self.reaper = chance, reaper
        self.safe = False
        self.version = 0
        self.versions: dict[str, int] = {}
        self.strangers: list[str] = []
        self.snapshots: dict[StateKey, Snapshot] = {}

    async def save_state(self, key: StateKey, snapshot: Snapshot) -> None:
        if self.reaper.dead:
            await asyncio.Event().wait()
        self.snapshots[key] = snapshot

    async def load_state(self, key: StateKey, *, at: datetime | None = None) -> Snapshot | None:
        return self.snapshots.get(key)

    async def append(self, entries: Sequence[Entry], commands: Sequence[PendingCommand] = ()) -> None:
        await self.reaper.passes("commit")
        if not self.safe and self.chance.random() > 0.99:
            raise LogWriteFailed("the disk is full")
        await super().append(entries, commands)
        new = self.entries[len(self.entries) - len(entries) :]
        for entry in new:
            self.versions[entry.event_id] = self.version
        told = {entry.event_id for entry in new}
        self.strangers += [
            one.key for one in commands if not own_intent(one.key) and one.key.partition("/")[0] not in told
        ]
        await self.reaper.passes("committed")


class Story:
    """One account, through all lives of its process."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.counter = itertools.count(seed << 24)
        self.reaper = Reaper(self.chance, KILLS)
        self.disk = Disk(self.chance, self.reaper)
        self.runner = Runner(self.chance, self.reaper)
        self.acknowledged: list[str] = []

    async def play(self) -> None:
        """Live and die; the last life ends in peace."""
        await self._life(self._found, version=0, safe=True)
        for _ in range(LIVES):
            await self._life(self._clients, version=self.chance.choice([*VERSIONS]), safe=False)
        self.runner.mortal = False
        await self._life(self._rest, version=self.chance.choice([*VERSIONS]), safe=True)

    async def _life(self, lived: Any, *, version: int, safe: bool) -> None:
        self.disk.safe, self.disk.version = safe, version
        self.reaper.life(mortal=not safe)
        machine = Machine(Registry([*SERVICES, *auditor(version)]))
        engine = Engine(machine, self.disk, Clock(), lambda: next(self.counter))
        await engine.start()
        assert engine.machine.digest() == await self._folded(version), (
            "a start gives another state than the log"
        )
        self.reaper.stands_by(engine)
        await lived(engine)
        if safe or (not self.reaper.dead and self.chance.random() < 0.1):
            self.disk.safe = True
            self.reaper.life(mortal=False)
            await engine.close()
            if not engine._log.stale:  # else nothing of it is kept, and the next start folds the log
                assert engine.machine.digest() == await self._folded(version), (
                    "the log folds to another state"
                )
            return
        self.reaper.end()
        await ended(("Committer.", "Engine.", "Effects.", "Story.", "Disk."))

    async def _folded(self, version: int) -> str:
        machine = Machine(Registry([*SERVICES, *auditor(version)]))
        for entry in self.disk.entries:
            machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
        return machine.digest()

    async def _found(self, engine: Engine) -> None:
        for service, params in [*setup(), configured("queue")]:
            answered = await engine.call(incoming(service, params))
            assert answered.error is None, answered.error

    async def _clients(self, engine: Engine) -> None:
        clients = [asyncio.create_task(self._client(engine)) for _ in range(4)]
        for _ in range(self.chance.randrange(100, 600)):
            if self.reaper.dead:
                break
            await asyncio.sleep(0)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self, engine: Engine) -> None:
        for _ in range(8):
            answered = await engine.call(incoming(*anything(self.chance)))
            if answered.error is None:
                self.acknowledged.append(answered.event_id)

    async def _rest(self, engine: Engine) -> None:
        """Nobody calls; time goes by until every retry is over."""
        for minutes in (0, 3, 10, 60):
            if minutes:
                to = engine.clock.peek() + timedelta(minutes=minutes)
                await engine.move_clock(to, frozen=False, caller=Caller(identity=ROOT, account=ACCOUNT))
            quiet = 0
            while quiet < 100:
                before = len(self.disk.entries)
                await asyncio.sleep(0)
                quiet = quiet + 1 if len(self.disk.entries) == before else 0


async def ended(names: tuple[str, ...]) -> None:
    """The process is gone: nothing of it runs any more."""
    tasks = [
        task for task in asyncio.all_tasks() - {asyncio.current_task()}
        if task.get_coro().__qualname__.startswith(names)  # type: ignore[union-attr]
    ]  # fmt: skip
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Puts a story's runner in the place of processes."""
    effects = backtrail_aws.lambda_.state.service.effects

    def take(made: Runner, disk: Disk) -> None:
        # another version of a plugin is another source, whose snapshots nobody else can use
        monkeypatch.setattr(snapshots, "_source", lambda folder: f"{folder} {disk.version}".encode())
        monkeypatch.setattr(snapshots, "WORTH_RECORDS", 0)
        monkeypatch.setitem(effects, "run", made.run)
        monkeypatch.setitem(effects, "examine", made.examine)

    yield take


@pytest.mark.parametrize("seed", range(1, SIMULATIONS + 1) if not SEED else [SEED])
async def test_every_reaction_happens_once(seed: int, runner: Any) -> None:
    """Line 3: wherever the process dies, each cause has each of its reactions once, told by the plugins of its time."""
    story = Story(seed)
    runner(story.runner, story.disk)
    await story.play()
    disk = story.disk
    records = [json.loads(entry.record) for entry in disk.entries]
    causes: Counter[str] = Counter(entry.cause for entry in disk.entries if entry.cause is not None)
    assert set(story.acknowledged) <= {record["eventID"] for record in records}, (
        "an acknowledged call is lost"
    )
    # (cause, reaction, ordinal, attempt) is unique
    assert all(times == 1 for times in causes.values()), "something was carried out twice"
    # none is missing, and none is too many
    assert not await disk.pending(), "a command has no record"
    assert told(causes, {entry.event_id for entry in disk.entries if by_mapping(entry)}) == expected(disk)
    # none is told for an old record: a command is committed with its cause, or never
    assert disk.strangers == []
    # what leaves the machine happened at least once
    see(disk, records, causes)
    check_runs(story, records)
    check_loops(story, records)
    check_folds(disk)


def test_the_process_died_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Every place between decide and effect had its deaths."""
    buried()
    if not SEED:
        assert {place for place in PLACES if not KILLS[place]} == set()
    if "BACKTRAIL_SIMULATIONS" in os.environ:
        with capsys.disabled():
            print(
                f"\n{tally(KILLS, SIMULATIONS)}; {', '.join(f'{count} {what}' for what, count in SEEN.items())}"
            )


def own_intent(key: str) -> bool:
    """Whether a row is no command, but the intent of a call from outside or from within a run."""
    return key.startswith(INTENT) or WITHIN in key


def told(causes: Counter[str], mapped: set[str]) -> Counter[tuple[str, str]]:
    """How often each event had each reaction that is foretold."""
    found: Counter[tuple[str, str]] = Counter()
    for cause in causes:
        event, _, rest = cause.partition("/")
        reaction = rest.partition("/")[0]
        if (
            not any(part in cause for part in INTERNAL)
            and event != "effect"
            and reaction not in UNTOLD
            and event not in mapped
        ):
            found[event, "s3" if reaction.startswith("s3.") else reaction] += 1
    return found


def expected(disk: Disk) -> Counter[tuple[str, str]]:
    """What must have followed, read from the records alone: by the configuration, the subscriptions and the plugin of
    the time."""
    found: Counter[tuple[str, str]] = Counter()
    rules: dict[str, int] = {}
    some = False
    for entry in disk.entries:
        record = json.loads(entry.record)
        name, event, params = record["eventName"], record["eventID"], record.get("requestParameters") or {}
        if record.get("errorCode"):
            continue
        if name == "PutBucketNotification":
            rules, tested = targets(params["NotificationConfiguration"])
            found[event, "s3"] = len(tested)
        elif name == "Subscribe":
            some = some or params["endpoint"].endswith(":some")
        elif name == "PutObject":
            found[event, "s3"] = rules.get(params["key"].split("/")[0], 0)
            reaction, count = VERSIONS[disk.versions[event]]
            found[event, f"auditor.{reaction}"] = count
        elif name == "Publish":
            found[event, "sns.deliver"] = 2 + (some and wanted(entry))
        elif name == "Invoke" and not by_mapping(entry):
            found[event, "lambda.after_invoke"] = 1
        elif name == "EventDue":
            found[event, "lambda.try_again"] = 1
    return +found


def by_mapping(entry: Entry) -> bool:
    """Whether an invocation was made for messages of a queue."""
    return "/lambda.messages_received/" in (entry.cause or "")


def targets(configuration: Record) -> tuple[dict[str, int], set[str]]:
    """How many targets each prefix has; which queues and topics get a test event."""
    found: Counter[str] = Counter()
    tested: set[str] = set()
    for kind, name in (
        ("QueueConfiguration", "Queue"),
        ("TopicConfiguration", "Topic"),
        ("CloudFunctionConfiguration", ""),
    ):
        given = configuration.get(kind) or []
        for one in given if isinstance(given, list) else [given]:
            rule = one["Filter"]["S3Key"]["FilterRule"]
            found[(rule[0] if isinstance(rule, list) else rule)["Value"].rstrip("/")] += 1
            tested |= {one[name]} if name else set()
    return found, tested


def wanted(entry: Entry) -> bool:
    """Whether the filtered queue gets a publication: its sealed part tells."""
    sealed = json.loads(entry.sealed or b"{}")
    return "'message': '{\"wanted\": true}'" in str(sealed)


def check_runs(story: Story, records: list[Record]) -> None:
    """What leaves the log happened at least once: every run that a record tells of was seen outside."""
    ran = [record for record in records if record["eventName"] == "RunEvent" and not record.get("errorCode")]
    assert sum(story.runner.runs.values()) >= len(ran)
    invoked = [entry for entry, record in zip(story.disk.entries, records, strict=True)
               if record["eventName"] == "Invoke" and not record.get("errorCode")]  # fmt: skip
    mapped = sum(map(by_mapping, invoked))
    assert len(story.runner.runs) == len(invoked) - mapped, "an event was never run"
    assert len(story.runner.fed) >= mapped


def see(disk: Disk, records: list[Record], causes: Counter[str]) -> None:
    """Count what a story had."""
    names = Counter(record["eventName"] for record in records)
    versions = list(disk.versions.values())
    SEEN["records"] += len(records)
    SEEN["causes"] += len(causes)
    SEEN["configurations"] += names["PutBucketNotification"] + names["Subscribe"]
    SEEN["upgrades"] += sum(one != other for one, other in itertools.pairwise(versions))
    SEEN["loops stopped"] += names["StopRecursion"]


def check_loops(story: Story, records: list[Record]) -> None:
    """Whatever died meanwhile, no chain ran through the function more than sixteen times, and each is told of."""
    assert all(count < RECURSION_LIMIT for count in story.runner.fed)
    if RECURSION_LIMIT - 1 in story.runner.fed:
        assert any(record["eventName"] == "StopRecursion" for record in records)


def check_folds(disk: Disk) -> None:
    """Folded twice, the log gives one state, in which nothing is left to be run: what ran in a circle is dead."""
    machines = [Machine(Registry(SERVICES)) for _ in range(2)]
    for machine in machines:
        for entry in disk.entries:
            machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
    assert machines[0].digest() == machines[1].digest()
    for _, state in machines[0].states_of("lambda"):
        assert isinstance(state, Functions) and not state.events
    for _, state in machines[0].states_of("sqs"):
        assert isinstance(state, Queues) and not state.queues[FED].messages
        chains = [message.lineage for message in state.queues[DEAD].messages.values()]
        assert all(chain and chain.looped(FUNCTION) for chain in chains), "a message was lost on its way"
