"""`backtrail denied`: what was attempted, and not allowed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.lineages import Family
    from backtrail_cli.moves import Move

LIMIT = 100
MEMBERS = (
    "first", "last", "who", "session", "behind", "service", "action", "error", "message", "resources", "count",
    "event_ids",
)  # fmt: skip


@click.command(
    "denied",
    epilog=options.examples(
        "backtrail denied",
        "backtrail denied --actor ci-deploy --json",
        "backtrail denied --all-failures --since -1d",
    ),
)
@options.log
@click.option(
    "--actor", help="Anybody, in the ways that `backtrail sessions --actor` knows, and all who came of it."
)
@options.moment("--since", "Not before this time.")
@options.moment("--until", "Not after this time.")
@click.option("--all-failures", is_flag=True, help="Also what failed for other reasons.")
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many lines, at most."
)
@options.as_csv
@options.as_json
def command(
    log: Path, actor: str | None, all_failures: bool, limit: int, as_csv: bool, as_json: bool, **given: Any
) -> int:
    """List what was attempted and denied, by session, action and error: what somebody reached for.

    CloudTrail leaves the parameters of most denied calls out; what they aimed at is then read from the error message.
    Exit code 1 when nothing was denied; then it says what the log could have seen.

    With --json: {"denied": [{"who", "session", "behind", "service", "action", "error", "message", "resources", "count",
    "first", "last", "event_ids"}], "coverage", "head"}.
    """
    return asyncio.run(_denied(log, actor, all_failures, limit, options.form(as_json, as_csv), given))


async def _denied(
    log: Path, actor: str | None, everything: bool, limit: int, form: str, given: dict[str, Any]
) -> int:
    from backtrail.actors import is_denial
    from backtrail_cli import lineages, logs, screen
    from backtrail_cli.coverage import coverage
    from backtrail_cli.moves import moves
    from backtrail_eventstore import Filters

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        since, until = logs.between(given["since"], given["until"], over, ("--since", "--until"))
        family = await lineages.gather(store)
        groups: dict[tuple[str, ...], list[Move]] = {}
        async for move in moves(store, Filters(since=since, until=until, failed=True), family, actor):
            if everything or is_denial(move.event.error):
                key = (move.session, move.event.source, move.event.action, move.event.error)
                groups.setdefault(key, []).append(move)
        told = [_group(some, family) for some in groups.values()]
        seen = None if told else await coverage(store, over)
        if form == "json":
            screen.emit_json({"denied": told, "coverage": seen, "head": logs.head(store)})
        elif seen is not None:
            first = family.nobody(actor) or "Nothing was denied, as far as this log tells."
            lines = [first, *seen.sentences()]
            click.echo("\n".join(screen.clean(line) for line in lines), err=form == "csv")
        elif form == "csv":
            from backtrail_cli import exports

            exports.emit_told(MEMBERS, told)
        else:
            _table(told, limit)
    return 0 if told else faults.NO


def _group(some: list[Move], family: Family) -> dict[str, Any]:
    from backtrail.mentions.refusals import targets
    from backtrail_cli.lineages import title
    from backtrail_cli.screen import iso

    first = some[0]
    session = family.by_id.get(first.session)
    behind, _, _ = family.root(session) if session is not None else ("", None, "")
    message = str(first.record.get("errorMessage") or "")
    aims: dict[str, None] = {}
    for move in some:
        told = [name for name, _, sure in targets(str(move.record.get("errorMessage") or "")) if sure]
        aims |= dict.fromkeys([move.resource] if move.resource else told)
    return {
        "who": title(session) if session is not None else first.who.name, "session": first.session, "behind": behind,
        "service": first.event.source.removesuffix(".amazonaws.com"), "action": first.event.action,
        "error": first.event.error, "message": message, "resources": list(aims), "count": len(some),
        "first": iso(first.event.time), "last": iso(some[-1].event.time),
        "event_ids": [move.event.event_id for move in some],
    }  # fmt: skip


def _table(told: list[dict[str, Any]], limit: int) -> None:
    from backtrail_cli import rows
    from backtrail_cli.screen import Column, number, table

    columns = [
        Column("first (UTC)"), Column("who", least=16, middle=True), Column("action", least=20),
        Column("times", right=True), Column("at", least=16, middle=True), Column("error", least=12, style=rows.FAILED),
        Column("behind", least=12, middle=True, drop=1), Column("event", style=rows.FAINT, drop=2),
    ]  # fmt: skip
    lines = [
        (
            one["first"].replace("T", " ")[:19],
            one["who"],
            f"{one['service']} {one['action']}",
            number(one["count"]),
            ", ".join(one["resources"][:2]),
            one["error"],
            one["behind"],
            one["event_ids"][0],
        )
        for one in told[:limit]
    ]
    click.echo(table(columns, lines))
    if more := rows.ended(told, limit):
        faults.note(more)
