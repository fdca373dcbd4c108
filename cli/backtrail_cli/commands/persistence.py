"""`backtrail persistence`: the ways back in that somebody left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.ways import Way


@click.command(
    "persistence",
    epilog=options.examples(
        "backtrail persistence --actor ci-deploy",
        "backtrail persistence --actor 203.0.113.66 --fail-on-survivors --json",
    ),
)
@options.log
@click.option("--actor", required=True, help="Anybody, in the ways that `backtrail sessions --actor` knows.")
@click.option("--fail-on-survivors", is_flag=True, help="Exit code 1 when any way back in is still there.")
@options.as_json
def command(log: Path, actor: str, fail_on_survivors: bool, as_json: bool) -> int:
    """List the ways back in that an actor left, and all who came of it: those that are still there first.

    Keys, passwords, users, roles and their trust, permissions, second factors, identity providers, function URLs, event
    rules, key pairs, policies of buckets and keys. Each with who made it by which call, who took it away, and how many
    calls it was used for. Exit code 1 when the actor made none; then it says what the log could have seen.

    With --json: {"ways": [{"kind", "names", "who", "made": event, "gone": event|null, "used"}], "survivors",
    "coverage", "head"}.
    """
    return asyncio.run(_persistence(log, actor, fail_on_survivors, as_json))


async def _persistence(log: Path, actor: str, fail: bool, as_json: bool) -> int:
    from backtrail_cli import lineages, logs, rows, screen
    from backtrail_cli.coverage import coverage
    from backtrail_cli.ways import ways

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        family = await lineages.gather(store)
        if not family.of_actor(actor):
            raise faults.Fault(
                f"no session of this log is meant by --actor {actor}; `backtrail sessions` lists them"
            )
        found = await ways(store, family, actor)
        survivors = sum(way.gone is None for way in found)
        seen = None if found else await coverage(store, over)
        if as_json:
            told = [
                {
                    "kind": way.kind, "names": way.names, "who": way.who, "made": rows.plain(way.made),
                    "gone": rows.plain(way.gone) if way.gone is not None else None, "used": way.used,
                }
                for way in found
            ]  # fmt: skip
            screen.emit_json(
                {"ways": told, "survivors": survivors, "coverage": seen, "head": logs.head(store)}
            )
        elif seen is not None:
            lines = [f"{actor} made no way back in that this log tells of.", *seen.sentences()]
            click.echo("\n".join(screen.clean(line) for line in lines))
        else:
            _table(found)
            click.echo(f"{survivors:,} of {len(found):,} are still there.")
    return faults.NO if not found or (fail and survivors) else 0


def _table(found: list[Way]) -> None:
    from backtrail_cli import rows
    from backtrail_cli.screen import Cell, Column, moment, number, table

    columns = [
        Column("still there"), Column("what"), Column("of", least=20, middle=True), Column("made (UTC)"),
        Column("by", least=12, middle=True), Column("used", right=True), Column("gone", least=20, drop=1),
        Column("event", style=rows.FAINT, drop=2),
    ]  # fmt: skip
    told: list[tuple[Any, ...]] = []
    for way in found:
        gone = way.gone
        there = Cell("no", {"dim": True}) if gone is not None else Cell("yes", {"fg": "red", "bold": True})
        ended = (
            f"{moment(gone.time)[:-1]} {gone.action} by {rows.principal(gone)}" if gone is not None else ""
        )
        told.append(
            (
                there,
                way.kind,
                " ".join(way.names.values()),
                moment(way.made.time)[:-1],
                way.who,
                number(way.used),
                ended,
                way.made.event_id,
            )
        )
    click.echo(table(columns, told))
