"""`backtrail trace EVENT|RESOURCE`: all that followed from a record."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import options
from backtrail_cli.commands.why import changed_last, nothing

if TYPE_CHECKING:
    from backtrail_cli.causes import Node


@click.command(
    "trace",
    epilog=options.examples(
        "backtrail trace 0190a5c4-7d1e-7abc-8def-0123456789ab",
        "backtrail trace my-bucket/uploads/in.csv --json",
    ),
)
@click.argument("event_or_resource")
@options.log
@options.as_json
def command(event_or_resource: str, log: Path, as_json: bool) -> int:
    """Tell what followed from a record: the reactions it set off, and what followed from those.

    EVENT_OR_RESOURCE is an event id, or a resource, whose last change is then followed. Exit code 1 when nothing is
    found.

    With --json: {"asked", "tree": {"event_id", "time", "action", "by", "resource", "error", "how", "certain",
    "then": [...]}, "head"}; "tree" is null where nothing is found.
    """
    return asyncio.run(_trace(event_or_resource, log, as_json))


async def _trace(asked: str, log: Path, as_json: bool) -> int:
    from backtrail_cli import causes, logs, screen

    async with logs.reading(log) as store:
        await logs.filled(store)
        event_id = await changed_last(store, asked)
        if event_id is None:
            return await nothing(store, asked, {"tree": None} if as_json else None)
        root = await causes.tree(store, event_id)
        if as_json:
            screen.emit_json({"asked": asked, "tree": causes.plain(root), "head": logs.head(store)})
        else:
            _print(root, 0)
    return 0


def _print(one: Node, depth: int) -> None:
    from backtrail_cli import causes

    click.echo(causes.line(one, depth))
    for child in one.then:
        _print(child, depth + 1)
