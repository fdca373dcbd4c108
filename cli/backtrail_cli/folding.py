"""Folding a log into the account that it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from backtrail import snapshots
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail.reading import LOCKED
from backtrail.refolding import EVERY, Milestones, fewer_collections
from backtrail.store import Stored
from backtrail.worth import alone
from backtrail_cli.faults import Fault
from backtrail_cli.logs import Span
from backtrail_cli.progress import progress
from backtrail_eventstore import SqliteStore, fold_order
from backtrail_eventstore.writing import from_micros

Each = Callable[[Stored, Folded], None]

LONG = 20_000
"""Records that are worth a snapshot: a second of folding."""

FAR = 200_000
"""Records between a moment and the snapshot before it that are worth folding whole, whatever was asked for."""

OPEN = "-open"
"""The snapshots of commands, which leave out what is encrypted, beside those of servers."""


def registry(plugins: tuple[str, ...], folder: Path | None) -> Registry:
    """The installed plugins and those that were named. Raises `PluginError`."""
    from backtrail_cli.server.running import registry as found

    return found(list(plugins), folder)


async def fold(
    machine: Machine,
    store: SqliteStore,
    *,
    after: int = 0,
    at: datetime | None = None,
    sealed: bool = False,
    each: Each | None = None,
) -> int:
    """Fold what lies after the entry `after`, up to and with `at`; the last entry that was folded (0: none).

    Without `sealed`, encrypted parts stay out of the state, so that all of it can be shown.
    """
    last = after
    done = 0
    with progress("Folding", store.head[0] or None) as advance, fewer_collections():
        async for entries in store.replay(after=after, at=at):
            for entry in entries:
                secrets = entry.to_fold
                if not sealed and secrets is not None:
                    secrets = LOCKED
                outcome = machine.apply(entry.record, entry.note, secrets, cause=entry.cause)
                if each is not None:
                    each(entry, outcome)
            last = entries[-1].seq
            done += len(entries)
            advance(done, "")
    return last


async def folded(
    store: SqliteStore,
    plugins: Registry,
    at: datetime | str | None,
    services: tuple[str, ...] = (),
    *,
    before: bool = False,
) -> tuple[Machine, int]:
    """The account as of a moment, or right after an event (with `before`: right before it), and the last entry in it;
    what is encrypted in the log stays out. Of a long log snapshots are kept on the way, so that the next moment is
    near one.

    With `services` only their States are sure to be there, where that is less work.
    """
    machine = Machine(plugins)
    event = at if isinstance(at, str) else None
    until = await time_of(store, event) if event is not None else at if not isinstance(at, str) else None
    if not (store.keys.here and store.head[0] >= LONG):
        return machine, await _fold_to(machine, store, _Span(0, until, event, None, before), keep=False)
    # A snapshot of the event's own second may lie behind the event.
    near = until - timedelta(seconds=1) if event is not None and until is not None else until
    # An event may be of another service: it would be passed by unseen.
    worth = alone(plugins, services) if services and event is None else None
    with fewer_collections():
        after = await snapshots.restore(
            machine, store, near, kind=OPEN, services=services if worth is not None else ()
        )
    if worth is not None and await store.index.distance(after, until, FAR) >= FAR:
        # Far from any snapshot it pays to fold all of it once, and to keep what comes of it.
        worth, machine = None, Machine(plugins)
        after = await snapshots.restore(machine, store, near, kind=OPEN)
    return machine, await _fold_to(
        machine, store, _Span(after, until, event, worth, before), keep=worth is None
    )


class _Span(NamedTuple):
    """What to fold: from an entry on, to a moment or an event; all of it, or what is worth it."""

    after: int
    at: datetime | None
    event: str | None
    worth: Callable[[str, str], bool] | None = None
    before: bool = False  # whether the event itself stays out


async def _fold_to(machine: Machine, store: SqliteStore, span: _Span, *, keep: bool) -> int:
    """Fold up to a moment, or with an event, and keep snapshots on the way."""

    async def saved(position: int) -> int:
        return await snapshots.save(machine, store, position=position, kind=OPEN)

    milestones = Milestones(saved if keep else None, EVERY)
    last, done = span.after, 0
    with progress("Folding", store.head[0] or None) as advance, fewer_collections():
        async for entries in store.replay(after=span.after, at=span.at, worth=span.worth):
            for entry in entries:
                if span.before and entry.event_id == span.event:
                    return last
                machine.apply(entry.record, entry.note, None, cause=entry.cause)
                last = entry.seq
                if entry.event_id == span.event:
                    return last
            done += len(entries)
            advance(done, "")
            await milestones.passed(len(entries), last)
    # The log's end is asked for again and again; what lies between two snapshots is near enough to one of them.
    if keep and milestones.since >= LONG and (span.at is None or not span.after):
        await saved(last)
    return last


async def ends(
    store: SqliteStore, begin: datetime | str | None, end: datetime | str | None, over: Span
) -> tuple[datetime, datetime]:
    """The times of two moments, either of which may be an event, or the log's own end."""
    first = await time_of(store, begin) if isinstance(begin, str) else begin or over.first
    last = await time_of(store, end) if isinstance(end, str) else end or over.last
    if first > last:
        raise Fault("--from lies after --to: exchange them")
    return first, last


async def time_of(store: SqliteStore, event: str) -> datetime:
    """The time of an event. Raises `Fault` where the log has none of that id."""
    found = await store.get(event)
    if found is None:
        raise Fault(f"the log has no event {event}")
    t, *_ = await store.index.run(fold_order.find, found.seq)
    return from_micros(t)


def warnings(machine: Machine) -> list[str]:
    """What went wrong in a fold: projectors that raised, which are plugins' bugs."""
    broken: list[Any] = machine.folder.broken
    return [f"{one.projector} failed on event {one.event_id}: {one.error}" for one in broken]
