"""Running a what-if over a log, and what came out of it."""

from __future__ import annotations

import fnmatch
import re
import runpy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import msgspec

from backtrail import names
from backtrail.authorization import Iam
from backtrail.errors import BacktrailError
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail.record import parse_time
from backtrail.whatif import Outcome, Rule, Timelines, Verdict, deny, of_policy, preset
from backtrail.whatif.changing import Account
from backtrail_cli import folding
from backtrail_cli.changes import Change, of
from backtrail_cli.faults import Fault
from backtrail_cli.lineages import Family
from backtrail_cli.moves import resource
from backtrail_cli.progress import progress
from backtrail_cli.resources import things
from backtrail_cli.selection import acted
from backtrail_eventstore import SqliteStore

LOST = (Outcome.BLOCKED, Outcome.FAILS, Outcome.GONE)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise, from the command line."""

    deny: tuple[str, ...] = ()
    attach: tuple[str, ...] = ()
    scp: tuple[Path, ...] = ()
    presets: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    versioning: tuple[str, ...] = ()
    apply: tuple[Path, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A call that goes otherwise, with whom it is of."""

    verdict: Verdict
    session: str
    actors: bool  # whether it is one of the actor's
    needless: bool  # whether it fails only for want of what the actor did: nothing is broken by that
    resource: str


class Result(msgspec.Struct, kw_only=True):
    """What came out: how many calls there were after the moment, and which go otherwise."""

    calls: int = 0
    of_actor: int = 0
    theirs: set[str] = msgspec.field(default_factory=lambda: set[str]())
    told: list[Told] = []
    names: set[str] = msgspec.field(
        default_factory=lambda: set[str]()
    )  # of the calls, as policies write them
    unknown: Counter[str] = msgspec.field(default_factory=lambda: Counter[str]())
    changes: list[Change] = []

    def lost(self, *, actors: bool) -> list[Told]:
        """The calls that succeeded and now do not, of the actor or of everybody else."""
        return [
            one
            for one in self.told
            if one.actors is actors
            and not one.needless
            and one.verdict.outcome in LOST
            and not one.verdict.recorded
        ]


async def run(
    store: SqliteStore,
    plugins: Registry,
    wanted: Wanted,
    *,
    at: datetime | str | None,
    family: Family,
    actor: str | None,
) -> Result:
    """Both timelines, to the log's end. Raises `Fault` and `BacktrailError` for what cannot be done."""
    here, last = await _before(store, plugins, at)
    there = Machine(plugins)
    begin = Beginning(at, wanted.without)
    timelines: Timelines | None = None
    mine = family.owner(actor) if actor is not None else _nobodys
    result, done = Result(), 0
    waiting = set(wanted.versioning)
    await _check_principals(store, wanted)
    with progress("Comparing", store.head[0] or None) as advance:
        async for entries in store.replay(after=last):
            for entry in entries:
                if timelines is None:
                    if not begin.reached(entry.event_id, entry.record):
                        here.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
                        continue
                    timelines = _parted(here, there, wanted, begin.time, waiting)
                verdict = timelines.step(entry)
                _take(result, verdict, family, mine)
                if waiting and verdict.action == "CreateBucket":
                    _keep_versions(timelines, waiting, begin.at(entry.record))
            done += len(entries)
            advance(done, "")
    if timelines is None:
        raise Fault(f"--at {at} lies after the last record: nothing is left that could go otherwise")
    if waiting:
        raise Fault(
            f"--versioning: there is no bucket {' and no bucket '.join(sorted(waiting))} from then on"
        )
    for change in of(here, there):
        if await _is_effect(store, change):
            result.changes.append(change)
    return result


async def _check_principals(store: SqliteStore, wanted: Wanted) -> None:
    """Refuse to attach a policy to nobody: nothing would go otherwise, and nobody would know why."""
    for one in wanted.attach:
        principal = one.partition("=")[0]
        touches = await store.index.touching(principal, limit=200) if principal else []
        if not any(touch.type in ("iam:user", "iam:role") for touch in touches) and not await acted(
            store.index, principal
        ):
            raise Fault(f"--attach-policy {one}: no record of this log tells of a user or role {principal!r}")


async def _is_effect(store: SqliteStore, change: Change) -> bool:
    """Whether a difference is one of the accounts, and not of what their records tell: what is older than the log is
    known by whichever record names it first, and what a region begins with is assumed until then."""
    thing = change.after or change.before
    assert thing is not None
    if change.what == "changed":
        return True
    if thing.inferred:
        return False
    names = [name for name in (thing.arn, thing.id) if name]
    return any([await store.index.touching(name, limit=1) for name in names])


async def _before(store: SqliteStore, plugins: Registry, at: datetime | str | None) -> tuple[Machine, int]:
    """The account shortly before the moment, by snapshots where the log is long, and the last entry in it."""
    if at is None:
        return Machine(plugins), 0
    time = await folding.time_of(store, at) if isinstance(at, str) else at
    near = time - (timedelta(seconds=1) if isinstance(at, str) else timedelta(microseconds=1))
    return await folding.folded(store, plugins, near)


def not_called(result: Result, denied: Iterable[str]) -> list[str]:
    """Denied actions of which, by its name, no call was."""
    patterns = [(one, re.compile(fnmatch.translate(one.lower()))) for one in denied]
    return [one for one, pattern in patterns if not any(pattern.match(name) for name in result.names)]


class Beginning:
    """Where the timelines part: at the first record not before a time, or at an event."""

    def __init__(self, at: datetime | str | None, without: tuple[str, ...]) -> None:
        self._event = at if isinstance(at, str) else None
        self._time = at if isinstance(at, datetime) else None
        self._without = without
        self.time = datetime.min.replace(tzinfo=UTC)

    def reached(self, event_id: str, record: bytes) -> bool:
        """Whether the moment is there with this record."""
        self.time = self.at(record)
        if self._event is not None:
            return event_id == self._event
        if self._time is not None:
            return self.time >= self._time
        return not self._without or event_id in self._without

    @staticmethod
    def at(record: bytes) -> datetime:
        """The time of a record."""
        return parse_time(_time(record).time)


class _Time(msgspec.Struct):
    time: str = msgspec.field(name="eventTime", default="1970-01-01T00:00:00Z")


_time = msgspec.json.Decoder(_Time).decode


def _nobodys(session: str, address: str) -> bool:
    return False


def _keep_versions(timelines: Timelines, waiting: set[str], time: datetime) -> None:
    """Turn versioning on for the buckets that are there by now."""
    there = {thing.id: thing.region for thing in things(timelines.there.machine, ("s3",))}
    for bucket in sorted(waiting & set(there)):
        timelines.change_now(partial(_versioned, time, bucket, there[bucket]))
        waiting.discard(bucket)


def _versioned(time: datetime, bucket: str, region: str, machine: Machine) -> None:
    Account(machine, time).call(
        "s3",
        "PutBucketVersioning",
        region=region,
        bucketName=bucket,
        VersioningConfiguration={"Status": "Enabled"},
    )


def _parted(here: Machine, there: Machine, wanted: Wanted, time: datetime, waiting: set[str]) -> Timelines:
    here.iam = there.iam = Iam.OFF
    changes = [_own(file) for file in wanted.apply]

    def change(machine: Machine) -> None:
        account = Account(machine, time)
        for one in changes:
            one(account)

    made = list(rules(wanted, here, time))
    opening = any(rule.principal for rule in made)
    timelines = Timelines(
        here, there, rules=made, without=wanted.without, change=change if changes or opening else None
    )
    timelines.part()
    _keep_versions(timelines, waiting, time)
    return timelines


def rules(wanted: Wanted, machine: Machine, time: datetime) -> Iterator[Rule]:
    """The rules that the command line names. Raises `Fault`, `BadRule`."""
    if wanted.deny:
        yield deny(*wanted.deny)
    for file in wanted.scp:
        yield of_policy(f"SCP {file.name}", _text(file))
    for one in wanted.presets:
        yield preset(one)
    for one in wanted.attach:
        principal, separator, what = one.partition("=")
        if not (principal and separator and what):
            raise Fault(f"--attach-policy {one}: give it as PRINCIPAL=FILE or PRINCIPAL=ARN")
        text = _managed(what, machine, time) if what.startswith("arn:") else _text(Path(what))
        yield of_policy(f"policy {what.rpartition('/')[2]} of {principal}", text, principal=principal)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except UnicodeDecodeError as error:
        raise Fault(f"{file} is no policy: {error}") from error


def _managed(arn: str, machine: Machine, time: datetime) -> str:
    """The text of a managed policy, as the account knows it at the moment."""
    account = Account(machine, time)
    try:
        version = account.call("iam", "GetPolicy", policyArn=arn).policy.default_version_id
        found = account.call("iam", "GetPolicyVersion", policyArn=arn, versionId=version)
    except BacktrailError as error:
        raise Fault(f"--attach-policy: {arn} is not known: {error}") from error
    return unquote(str(found.policy_version.document))


def _own(file: Path) -> Callable[[Account], object]:
    """The function `change` of a user's file."""
    try:
        found = runpy.run_path(str(file)).get("change")
    except Exception as error:  # the user's own code, of whatever kind
        raise Fault(f"{file}: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise Fault(f"{file} defines no function `change(account)`")
    return cast("Callable[[Account], object]", found)


def _take(result: Result, verdict: Verdict, family: Family, mine: Callable[[str, str], bool]) -> None:
    result.calls += 1
    result.names.add(f"{names.iam_prefix(verdict.service)}:{verdict.action}".lower())
    session = family.session_of_actor(verdict.who)
    actors = mine(session, str(verdict.record.get("sourceIPAddress") or ""))
    result.of_actor += actors
    if verdict.unknown:
        result.unknown[verdict.unknown] += 1
    if verdict.changed:
        result.told.append(
            Told(
                verdict=verdict,
                session=session,
                actors=actors,
                resource=resource(verdict.record),
                needless=not actors and verdict.because in result.theirs,
            )
        )
        if actors or result.told[-1].needless:
            result.theirs.add(verdict.entry.event_id)


def plain(one: Told) -> dict[str, Any]:
    """A call that goes otherwise, for programs."""
    verdict = one.verdict
    return {
        "event_id": verdict.entry.event_id, "time": verdict.record.get("eventTime"), "service": verdict.service,
        "action": verdict.action, "who": verdict.who.name, "session": one.session, "resource": one.resource or None,
        "outcome": str(verdict.outcome), "recorded": verdict.recorded or None, "code": verdict.code or None,
        "why": verdict.why or None, "because": verdict.because or None, "unknown": verdict.unknown or None,
        "of_actor": one.actors, "needless": one.needless,
    }  # fmt: skip
