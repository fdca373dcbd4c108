"""`backtrail sweep`: removing kept bodies that no record refers to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from backtrail_cli import faults, options


@click.command("sweep", epilog=options.examples("backtrail sweep", "backtrail sweep --remove --log case.db"))
@options.log
@click.option("--remove", is_flag=True, help="Remove them; without it, only tell of them.")
@options.as_json
def command(log: Path, remove: bool, as_json: bool) -> int:
    """Find the kept bodies that no record refers to: those of refused uploads, and what a crash left behind.

    The log itself is never touched, nor a body that any record or waiting command names, nor one that is younger than
    the last commit before the log was opened. A server does the same when it starts; where one runs on the log, it is
    asked, and leaves alone what is younger than an hour.

    With --json: {"names", "bytes", "kept", "removed"}.
    """
    from backtrail_cli import screen, serving

    if not log.exists():
        raise faults.Fault(f"there is no log {log}")
    running = serving.find(log)
    if running is not None:
        swept = serving.ask(running.endpoint, "/_backtrail/sweep", {"remove": remove})
    else:
        swept = asyncio.run(_sweep(log, remove))
    if as_json:
        screen.emit_json(swept)
    else:
        _show(swept)
    return 0


async def _sweep(log: Path, remove: bool) -> dict[str, Any]:
    import msgspec

    from backtrail_eventstore import SqliteStore

    async with SqliteStore.open(str(log)) as store:
        swept: dict[str, Any] = msgspec.to_builtins(await store.sweep(remove=remove))
        return swept


def _show(swept: dict[str, Any]) -> None:
    from backtrail_cli.screen import counted, number

    count = len(swept["names"])
    if not count:
        click.echo(
            f"Nothing to sweep: {counted(swept['kept'], 'body', 'bodies')} kept, all referred to or too young."
        )
        return
    done = "Removed" if swept["removed"] else "Found"
    more = "" if swept["removed"] else " `--remove` removes them."
    told = "that no record refers to"
    click.echo(f"{done} {counted(count, 'body', 'bodies')} {told} ({number(swept['bytes'])} bytes).{more}")
