"""`backtrail fork`: another course of events, from any moment on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import options
from backtrail_cli.faults import Fault

if TYPE_CHECKING:
    from backtrail_cli.moments import Moment


@click.command(
    "fork",
    epilog=options.examples(
        "backtrail fork --at '2023-07-10 11:58' other.db",
        "backtrail fork --at 86eac0ac-8521-4126-aa32-a22f2b74d02e other.db --log case.db",
        "backtrail serve --log other.db",
        "backtrail fork other.db",
    ),
)
@click.argument("new", metavar="NEW", type=click.Path(path_type=Path))
@options.log
@options.moment_or_event(
    "--at", "The moment, or the event after which the fork goes its own way; else the end."
)
@options.as_json
def command(new: Path, log: Path, at: Moment | str | None, as_json: bool) -> int:
    """Make NEW, a log that shares the past of this one up to a moment and goes on by itself.

    Nothing is copied but the key: the fork names the log that it goes on from, and needs it where it is (or beside
    itself). It is a log like any other: serve it, ask it, verify it, fork it again. Its clock stands still at the
    moment until it is moved. Nothing that was still to be sent is sent again.

    With --json: {"fork", "parent", "at", "event_id", "seq", "hash"}: the parent's head that the fork goes on from.
    """
    return asyncio.run(_fork(new, log, at, as_json))


async def _fork(new: Path, log: Path, at: Moment | str | None, as_json: bool) -> int:
    from backtrail_cli import logs, screen
    from backtrail_eventstore import forking

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        event = at if isinstance(at, str) else None
        moment = None if isinstance(at, str) else logs.within(at, over, "--at")
        try:
            made = await forking.fork(store, str(new), at=moment, event_id=event)
        except LookupError as error:
            raise Fault(f"{error.args[0]}: --at takes a time, or the id of an event in the log") from error
        if as_json:
            told = {"fork": str(new), "parent": str(log), "at": screen.iso(forking.moment(made))}
            screen.emit_json(told | {"event_id": made.event_id, "seq": made.seq, "hash": made.hash})
        else:
            when = screen.moment(forking.moment(made))
            click.echo(f"{new} goes on from {log} as of {when}, after event {screen.clean(made.event_id)}.")
            click.echo(f"  backtrail serve --log {new}")
        return 0
