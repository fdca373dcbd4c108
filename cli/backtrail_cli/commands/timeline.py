"""`backtrail timeline`: what happened, in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.lineages import Family
    from backtrail_cli.moves import Move
    from backtrail_eventstore import Filters, SqliteStore

LIMIT = 200
BURST_SECONDS = 5
"""Reads of one session that follow each other so closely are one line: a click in the console makes dozens."""


@click.command(
    "timeline",
    epilog=options.examples(
        "backtrail timeline --actor ci-deploy",
        "backtrail timeline --since '2023-07-10 11:54' --writes",
        "backtrail timeline --actor ci-deploy --service secretsmanager --action GetSecretValue",
        "backtrail timeline --actor 203.0.113.66 --format timesketch > incident.jsonl",
        "backtrail timeline --format csv > incident.csv",
    ),
)
@options.log
@click.option(
    "--actor", help="Anybody, in the ways that `backtrail sessions --actor` knows, and all who came of it."
)
@click.option("--service", help="A service, by any of its names.")
@click.option("--action", help="An action, as the API spells it: GetSecretValue.")
@click.option("--account", help="An account id.")
@click.option("--region", help="A region.")
@options.moment("--since", "Not before this time.")
@options.moment("--until", "Not after this time.")
@click.option("--writes", is_flag=True, help="Writes alone.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv", "timesketch"]), default="table", show_default=True,
    help="csv and timesketch have every record; a table folds reads together.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Lines of a table, at most."
)
@options.as_json
def command(
    log: Path, actor: str | None, form: str, writes: bool, limit: int, as_json: bool, **given: Any
) -> int:
    """Tell what happened in order, the oldest first.

    Reads of one session within a few seconds are one line. Within one second CloudTrail knows no order. Exit code 1
    when nothing passes; then it says what the log could have seen.

    Texts out of records are made harmless: no formulas in a spreadsheet, no control characters in a terminal.

    With --json: {"moves": [{"time", "account", "region", "service", "action", "outcome", "error", "who", "session",
    "behind", "access_key", "source_ip", "user_agent", "resource", "read_only", "event_id"}], "head"}.
    """
    return asyncio.run(_timeline(log, actor, "json" if as_json else form, writes, limit, given))


async def _timeline(
    log: Path, actor: str | None, form: str, writes: bool, limit: int, given: dict[str, Any]
) -> int:
    from backtrail_cli import lineages, logs
    from backtrail_cli.coverage import coverage
    from backtrail_cli.selection import source
    from backtrail_eventstore import Filters

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        since, until = logs.between(given["since"], given["until"], over, ("--since", "--until"))
        wanted = Filters(
            since=since, until=until, account=given["account"], region=given["region"], action=given["action"],
            source=source(given["service"]) if given["service"] else None, read_only=False if writes else None,
        )  # fmt: skip
        family = await lineages.gather(store)
        some = await _print(store, wanted, family, actor, form, limit)
        if not some:
            seen = await coverage(store, over)
            for line in (family.nobody(actor) or "Nothing passes.", *seen.sentences()):
                faults.note(line)
    return 0 if some else faults.NO


async def _print(
    store: SqliteStore, wanted: Filters, family: Family, actor: str | None, form: str, limit: int
) -> bool:
    from backtrail_cli import exports, logs, screen
    from backtrail_cli.moves import moves

    found = moves(store, wanted, family, actor)
    if form == "table":
        return await _table(found, family, limit)
    some, told = False, list[dict[str, str]]()
    if form == "csv":
        click.echo(exports.row(exports.COLUMNS), nl=False)
    async for move in found:
        some = True
        if form == "timesketch":
            click.echo(exports.timesketch(move, family))
        elif form == "csv":
            click.echo(exports.row(exports.flat(move, family).values()), nl=False)
        else:
            told.append(exports.flat(move, family))
    if form == "json":
        screen.emit_json({"moves": told, "head": logs.head(store)})
    return some


async def _table(found: Any, family: Family, limit: int) -> bool:
    from backtrail_cli import rows
    from backtrail_cli.screen import Cell, Column, table

    columns = [
        Column("time (UTC)"), Column("who", least=16, middle=True), Column("what", least=24),
        Column("on", least=16, middle=True), Column("error", least=10, style=rows.FAILED, drop=1),
        Column("from", least=12, middle=True, drop=2), Column("event", style=rows.FAINT, drop=3),
    ]  # fmt: skip
    lines: list[tuple[str | Cell, ...]] = []
    burst: list[Move] = []
    more = False
    async for move in found:
        if burst and not _belongs(burst[-1], move):
            lines.append(_line(burst, family))
            burst = []
        if len(lines) >= limit:
            more = True
            break
        burst.append(move)
    if burst:
        lines.append(_line(burst, family))
    if lines:
        click.echo(table(columns, lines))
    if more:
        faults.note(f"there are more than these {limit}: raise --limit, or narrow the filters")
    return bool(lines)


def _belongs(last: Move, move: Move) -> bool:
    """Whether a read belongs to the burst of the one before."""
    reads = last.event.read_only is True and move.event.read_only is True
    same = last.session == move.session and bool(last.event.error) == bool(move.event.error)
    return reads and same and (move.event.time - last.event.time).total_seconds() <= BURST_SECONDS


def _line(burst: list[Move], family: Family) -> tuple[Any, ...]:
    from backtrail_cli import rows
    from backtrail_cli.lineages import title
    from backtrail_cli.screen import Cell, moment

    first = burst[0]
    session = family.by_id.get(first.session)
    who = title(session) if session is not None else first.who.name
    calls = list(dict.fromkeys(f"{rows.short(one.event.source)} {one.event.action}" for one in burst))
    errors = list(dict.fromkeys(one.event.error for one in burst if one.event.error))
    what = calls[0]
    if len(burst) > 1:
        what = f"{len(burst)} reads: {', '.join(calls[:3])}{', …' if len(calls) > 3 else ''}"
    style = rows.FAILED if errors else {} if first.event.read_only else rows.WROTE
    on = list(dict.fromkeys(one.resource for one in burst if one.resource))
    return (
        moment(first.event.time)[:-1], who, Cell(what, style), on[0] + (f" +{len(on) - 1}" if len(on) > 1 else "")
        if on else "", ", ".join(errors), first.event.ip, first.event.event_id,
    )  # fmt: skip
