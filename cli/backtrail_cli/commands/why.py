"""`backtrail why EVENT|RESOURCE`: the chain of causes behind a record, back to whoever began it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from backtrail_cli import faults, options


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

    With --json: {"asked", "chain": [{"event_id", "time", "action", "by", "resource", "error", "how", "certain"}]}.
    """
    return asyncio.run(_why(event_or_resource, log, as_json))


async def _why(asked: str, log: Path, as_json: bool) -> int:
    from backtrail_cli import causes, logs, screen

    async with logs.reading(log) as store:
        await logs.filled(store)
        event_id = await changed_last(store, asked)
        if event_id is None:
            faults.note(f"nothing in this log is or changes {screen.clean(asked)}")
            return faults.NO
        steps = await causes.chain(store, event_id)
        if as_json:
            screen.emit_json({"asked": asked, "chain": [causes.plain(step) for step in steps]})
            return 0
        for depth, step in enumerate(steps):
            click.echo(causes.line(step, depth))
    return 0


async def changed_last(store: object, asked: str) -> str | None:
    """The event that is asked for: by its id, or the last change of a resource."""
    from backtrail_eventstore import SqliteStore

    assert isinstance(store, SqliteStore)
    if await store.get(asked) is not None:
        return asked
    touches = await store.index.touching(asked, limit=200, newest_first=True)
    changes = [touch for touch in touches if touch.read_only is not True and not touch.error]
    return changes[0].event_id if changes else None
