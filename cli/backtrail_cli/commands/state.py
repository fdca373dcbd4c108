"""`backtrail state`: the account's resources, now or at any moment."""

from __future__ import annotations

import asyncio
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from datetime import datetime

    from backtrail.machine import Machine
    from backtrail.plugins import Registry
    from backtrail_cli.moments import Moment
    from backtrail_cli.resources import Thing
    from backtrail_eventstore import SqliteStore, Touch

LIMIT = 50


@click.command(
    "state",
    epilog=options.examples(
        "backtrail state",
        "backtrail state iam --at '2023-07-10 11:58'",
        "backtrail state --at 86eac0ac-8521-4126-aa32-a22f2b74d02e",
        "backtrail state sqs --json | jq '.resources[].arn'",
    ),
)
@click.argument("services", metavar="[SERVICE]…", nargs=-1)
@options.log
@options.moment_or_event("--at", "As of this time, or right after this event; else as of the last record.")
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Resources shown of each type."
)
@options.plugins
@options.as_json
def command(
    services: tuple[str, ...],
    log: Path,
    at: Moment | str | None,
    limit: int,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """Show the account's resources, with who made them and when.

    Resources that no record was seen to create, but that others imply, or that every account begins with, are marked
    `inferred`. What is encrypted in the log, secrets and payloads, is never shown.

    With --json: {"at", "resources": [{type, id, arn, service, account, region, tags, parent, inferred, members,
    created: event|null}], "states": [{service, account, region, state}], "head"}.
    """
    return asyncio.run(_state(services, log, at, limit, (plugin, plugins_dir), as_json))


async def _state(
    services: tuple[str, ...],
    log: Path,
    at: Moment | str | None,
    limit: int,
    more: tuple[tuple[str, ...], Path | None],
    as_json: bool,
) -> int:
    from backtrail_cli import folding, logs, resources, screen

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        moment = logs.within(at, over, "--at")
        plugins = folding.registry(*more)
        services = await known(services, plugins, store)
        machine, _ = await folding.folded(store, plugins, moment, services)
        moment = moment if not isinstance(moment, str) else await folding.time_of(store, moment)
        things = resources.things(machine, services)
        if as_json:
            made = [(thing, await resources.made_by(store, thing, moment)) for thing in things]
            screen.emit_json(
                {
                    "at": screen.iso(moment or over.last),
                    "resources": [_plain(thing, touch) for thing, touch in made],
                    "states": resources.all_states(machine, services),
                    "head": logs.head(store),
                }
            )
        else:
            await _show(store, machine, things, services, moment, limit)
            click.echo(click.style(f"as of {screen.moment(moment or over.last)}", dim=True))
        for warning in folding.warnings(machine)[:5]:
            faults.note(warning)
        return 0


async def known(services: tuple[str, ...], plugins: Registry, store: SqliteStore) -> tuple[str, ...]:
    """The services by their names; refuse one that no plugin has, with what can be asked of it all the same."""
    wanted = tuple(name.lower() for name in services)
    for name in wanted:
        if name not in plugins.services:
            raise faults.Fault(await _no_plugin(name, plugins, store))
    return wanted


async def _no_plugin(name: str, plugins: Registry, store: SqliteStore) -> str:
    from backtrail_cli.selection import Selection, filters, select

    wanted = Selection(filters({"service": name}))
    if await select(store.index, wanted, limit=1, newest_first=True):
        ask = f"`backtrail events --service {name}`, `history` and `who` tell what the log has of it"
        return f"no plugin folds the records of {name!r}; {ask}; load a plugin of yours with --plugin"
    close = faults.like(name, plugins.services)
    return f"no plugin has the service {name!r}{close}; `backtrail plugins` lists what there is"


def _plain(thing: Thing, touch: Touch | None) -> dict[str, Any]:
    import msgspec

    from backtrail_cli.rows import plain_touch

    told = msgspec.structs.asdict(thing)
    del told["item"]
    return told | {"members": thing.members, "created": plain_touch(touch) if touch is not None else None}


async def _show(
    store: SqliteStore, machine: Machine, things: list[Thing], services: tuple[str, ...], at: datetime | None,
    limit: int,
) -> None:  # fmt: skip
    """A table for each service and type."""
    from backtrail_cli.screen import clean, counted, table

    if not things:
        asked = [one for one in machine.registry.services.values() if not services or one.name in services]
        kinds = counted(sum(len(service.resources) for service in asked), "type")
        whose = f"the plugins of {clean(', '.join(services))} declare" if services else "plugins declare"
        click.echo(f"No resources of the {kinds} that {whose}.")
    for (service, type_), group in groupby(things, key=lambda thing: (thing.service, thing.type)):
        those = list(group)
        click.echo(f"{click.style(clean(service), bold=True)}  {clean(type_)}  {len(those):,}")
        click.echo(_indented(table(_columns(), [await _row(store, thing, at) for thing in those[:limit]])))
        if len(those) > limit:
            click.echo(click.style(f"  and {len(those) - limit:,} more (--limit)", dim=True))
        click.echo()


def _columns() -> list[Any]:
    from backtrail_cli.screen import Column

    return [
        Column("id", least=16, middle=True),
        Column("region", drop=4),
        Column("account", drop=5),
        Column("since (UTC)"),
        Column("by", least=14, middle=True, drop=2),
        Column("", drop=1),
        Column("arn", least=30, middle=True, drop=6, style={"dim": True}),
    ]


async def _row(store: SqliteStore, thing: Thing, at: datetime | None) -> tuple[str, ...]:
    from backtrail_cli import resources, rows
    from backtrail_cli.screen import moment

    touch = await resources.made_by(store, thing, at)
    since = moment(touch.time)[:-1] if touch is not None else "before the log"
    by = rows.principal(touch) if touch is not None else ""
    mark = "inferred" if thing.inferred else ""
    return thing.id, thing.region, thing.account, since, by, mark, thing.arn


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
