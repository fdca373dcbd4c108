"""`backtrail coverage`: what the log could have seen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.coverage import Day

LIMIT = 100


@click.command(
    "coverage",
    epilog=options.examples(
        "backtrail coverage",
        "backtrail coverage --json | jq '.days[] | select(.silent_hours != [])'",
    ),
)
@options.log
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Days shown, at most."
)
@options.as_json
def command(log: Path, limit: int, as_json: bool) -> int:
    """Tell what the log could have seen: by account, region and day, and what its trails were set to log.

    "No evidence of" means nothing without this. Trails' selectors and StopLogging are state that the log itself tells;
    hours in which an account and region have no record at all are named (a quiet hour, or missing files).

    With --json: {"records", "first", "last", "accounts", "regions", "data_events", "no_data_events", "switched",
    "trails": [{"name", "account", "region", "multi_region", "phases": [{"since", "until", "logging", "management",
    "data", "event_id", "action", "by"}]}], "days": [{"account", "region", "day", "records", "silent_hours"}],
    "unread", "head"}.
    """
    return asyncio.run(_coverage(log, limit, as_json))


async def _coverage(log: Path, limit: int, as_json: bool) -> int:
    import msgspec

    from backtrail_cli import coverage, logs, screen

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        seen = await coverage.coverage(store, over)
        days = await coverage.days(store, over)
        unread = await store.index.unread()
        if as_json:
            told = msgspec.to_builtins(seen) | {
                "days": days, "unread": [{"seq": seq, "reason": reason} for seq, reason in unread],
                "head": logs.head(store),
            }  # fmt: skip
            screen.emit_json(told)
            return 0
        click.echo("\n".join(screen.clean(line) for line in seen.sentences()))
        click.echo()
        _show(days, limit)
        if unread:
            faults.note(f"{screen.counted(len(unread), 'record')} could not be read for resources.")
        return 0


def _show(days: list[Day], limit: int) -> None:
    from backtrail_cli.rows import FAINT, ended
    from backtrail_cli.screen import Column, number, table

    columns = [
        Column("day"), Column("account"), Column("region"), Column("records", right=True),
        Column("hours without any (UTC)", least=20, style=FAINT),
    ]  # fmt: skip
    rows = [
        (one.day, one.account or "?", one.region or "?", number(one.records), _hours(one.silent_hours))
        for one in days
    ]
    click.echo(table(columns, rows[:limit]))
    if more := ended(rows, limit):
        faults.note(more)


def _hours(hours: list[int]) -> str:
    """Runs of hours: `00-05, 13`."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and runs[-1][-1] == hour - 1:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    return ", ".join(f"{run[0]:02}-{run[-1]:02}" if len(run) > 1 else f"{run[0]:02}" for run in runs)
