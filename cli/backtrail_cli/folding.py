"""Folding a log into the account that it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail.store import Stored
from backtrail_cli.progress import progress
from backtrail_eventstore import SqliteStore

Each = Callable[[Stored, Folded], None]


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
    with progress("Folding", store.head[0] or None) as advance:
        async for entries in store.replay(after=after, at=at):
            for entry in entries:
                outcome = machine.apply(
                    entry.record, entry.note, entry.sealed if sealed else None, cause=entry.cause
                )
                if each is not None:
                    each(entry, outcome)
            last = entries[-1].seq
            done += len(entries)
            advance(done, "")
    return last


async def folded(store: SqliteStore, plugins: Registry, at: datetime | None) -> tuple[Machine, int]:
    """The account as of a moment, and the last entry in it; what is encrypted in the log stays out."""
    machine = Machine(plugins)
    return machine, await fold(machine, store, at=at)


def warnings(machine: Machine) -> list[str]:
    """What went wrong in a fold: projectors that raised, which are plugins' bugs."""
    broken: list[Any] = machine.folder.broken
    return [f"{one.projector} failed on event {one.event_id}: {one.error}" for one in broken]
