"""`backtrail history RESOURCE`: all that happened to a resource."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_eventstore import SqliteStore, Touch

LIMIT = 200
_PAGE = 500
MOST = 2**31  # a spreadsheet has no limit of ours


@click.command(
    "history",
    epilog=options.examples(
        "backtrail history my-bucket",
        "backtrail history arn:aws:iam::123456789012:role/ci --reads",
        "backtrail history 'my-bucket/reports/*' --json",
    ),
)
@click.argument("resource")
@options.log
@click.option("--reads", is_flag=True, help="Also records that only looked at it.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=LIMIT,
    show_default=True,
    help="How many, at most; --csv has all.",
)
@options.as_csv
@options.as_json
def command(resource: str, log: Path, reads: bool, limit: int, as_csv: bool, as_json: bool) -> int:
    """Tell all that happened to a resource, the oldest first: created, touched, refused, deleted.

    RESOURCE is a name, an id, an ARN, bucket/key, or `name*` for all that begin so. A `?` marks what a record allows
    to be read otherwise. Exit code 1 when nothing is found.

    With --json: {"resource", "events": [event + {"resource", "verb", "type", "certain"}], "more", "coverage",
    "head"}.
    """
    return asyncio.run(_history(resource, log, reads, limit, options.form(as_json, as_csv)))


async def _history(resource: str, log: Path, reads: bool, limit: int, form: str) -> int:
    from backtrail_cli import logs, rows, screen
    from backtrail_cli.coverage import coverage

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        found = await _touches(store, resource, reads, MOST if form == "csv" else limit + 1)
        shown = found[:limit]
        seen = None if found else await coverage(store, over)
        if form == "json":
            events = [rows.plain_touch(touch) for touch in shown]
            screen.emit_json(
                {"resource": resource, "events": events, "more": len(found) > limit, "coverage": seen,
                 "head": logs.head(store)}
            )  # fmt: skip
        elif seen is not None:
            lines = [*await _instead(store, resource, reads), *seen.sentences()]
            click.echo("\n".join(screen.clean(line) for line in lines), err=form == "csv")
        elif form == "csv":
            from backtrail_cli import exports

            exports.emit_told(rows.TOUCH_MEMBERS, [rows.plain_touch(touch) for touch in found])
        else:
            _print(shown, resource)
            if more := rows.ended(found, limit):
                faults.note(more)
        return faults.NO if seen is not None else 0


async def _instead(store: SqliteStore, resource: str, reads: bool) -> list[str]:
    """Nothing found: what there is instead."""
    from backtrail_cli.selection import as_actor

    if not reads and await store.index.touching(resource, limit=1):
        return [f"Nothing happened to {resource}; it was only looked at: --reads shows by whom."]
    nothing = f"Nothing found: no record of this log mentions {resource} as a resource."
    return [f"{nothing} {await as_actor(store.index, resource)}".strip()]


async def _touches(store: SqliteStore, resource: str, reads: bool, limit: int) -> list[Touch]:
    from backtrail_cli.rows import order
    from backtrail_eventstore import cursor

    found: list[Touch] = []
    after = None
    while len(found) < limit:
        page = await store.index.touching(resource, limit=_PAGE, after=after, newest_first=False)
        found += [touch for touch in page if reads or touch.read_only is not True]
        if len(page) < _PAGE:
            break
        after = cursor(page[-1])
    return sorted(found, key=order)[:limit]


def _print(touches: list[Touch], resource: str) -> None:
    from backtrail_cli import rows
    from backtrail_cli.screen import Cell, Column, moment, table

    styles = {"created": {"fg": "green"}, "deleted": {"fg": "red"}, "refused": {"fg": "yellow"}}
    several = len({touch.resource for touch in touches}) > 1
    columns = [
        Column("time (UTC)"),
        Column("what"),
        Column("action", least=20),
        Column("by", least=14, middle=True),
        *([Column("resource", least=16, middle=True, drop=1)] if several else []),
        Column("error", least=12, style=rows.FAILED, drop=2),
        Column("from", least=15, middle=True, drop=3),
        Column("event", style=rows.FAINT, drop=4),
    ]
    told: list[tuple[str | Cell, ...]] = [
        (
            moment(touch.time)[:-1],
            Cell(str(touch.verb) + ("" if touch.certain else "?"), styles.get(str(touch.verb), {})),
            f"{rows.short(touch.source)} {touch.action}",
            rows.principal(touch),
            *([touch.resource] if several else []),
            touch.error,
            touch.ip,
            touch.event_id,
        )
        for touch in touches
    ]
    click.echo(table(columns, told))
