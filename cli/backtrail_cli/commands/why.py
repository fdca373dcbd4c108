"""`backtrail why EVENT|RESOURCE`: the chain of causes behind a record, back to whoever began it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_eventstore import SqliteStore


@click.command(
    "why",
    epilog=options.examples(
        "backtrail why 0190a5c4-7d1e-7abc-8def-0123456789ab",
        "backtrail why my-bucket/reports/out.csv",
        "backtrail why my-queue --json",
    ),
)
@click.argument("event_or_resource")
@options.log
@options.as_json
def command(event_or_resource: str, log: Path, as_json: bool) -> int:
    """Tell why a record came to be: which record caused it, which caused that, back to whoever began.

    EVENT_OR_RESOURCE is an event id, or a resource, whose last change is then explained. AWS's own records state no
    cause: a `?` marks a link that is inferred, with what from (a tag that names a stack or a group, a client token that
    an earlier call had, a service that acted for its caller, a session). Exit code 1 when nothing is found.

    With --json: {"asked", "chain": [{"event_id", "time", "action", "by", "resource", "error", "how", "certain",
    "then"}], "head"}.
    """
    return asyncio.run(_why(event_or_resource, log, as_json))


async def _why(asked: str, log: Path, as_json: bool) -> int:
    from backtrail_cli import causes, logs, screen

    async with logs.reading(log) as store:
        await logs.filled(store)
        event_id = await changed_last(store, asked)
        if event_id is None:
            return await nothing(store, asked, {"chain": []} if as_json else None)
        steps = await causes.chain(store, event_id)
        if as_json:
            chain = [causes.plain(step) for step in steps]
            screen.emit_json({"asked": asked, "chain": chain, "head": logs.head(store)})
            return 0
        for depth, step in enumerate(steps):
            click.echo(causes.line(step, depth))
    return 0


async def nothing(store: SqliteStore, asked: str, empty: dict[str, Any] | None) -> int:
    """Say that nothing was found, and what the log could have seen; the exit code for it."""
    from backtrail_cli import logs, screen
    from backtrail_cli.coverage import coverage

    if empty is not None:
        screen.emit_json({"asked": asked, **empty, "head": logs.head(store)})
    seen = await coverage(store, await logs.filled(store))
    for line in (f"Nothing in this log is or changes {asked}.", *seen.sentences()):
        faults.note(line)
    return faults.NO


async def changed_last(store: SqliteStore, asked: str) -> str | None:
    """The event that is asked for: by its id, or the last change of a resource."""
    if await store.get(asked) is not None:
        return asked
    from backtrail_cli.rows import order

    touches = await store.index.touching(asked, limit=200, newest_first=True)
    changes = [touch for touch in touches if touch.read_only is not True and not touch.error]
    return max(changes, key=order).event_id if changes else None
