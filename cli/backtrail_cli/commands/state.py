"""`backtrail state`: the account's resources, now or at any moment."""

from __future__ import annotations

import asyncio
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
        "backtrail state --before 86eac0ac-8521-4126-aa32-a22f2b74d02e --resource my-role",
        "backtrail state sqs --json | jq '.resources[].arn'",
    ),
)
@click.argument("services", metavar="[SERVICE]…", nargs=-1)
@options.log
@options.moment_or_event("--at", "As of this time, or right after this event; else as of the last record.")
@click.option("--before", metavar="EVENT", help="As of right before this event: what it changed, as it was.")
@click.option("--resource", metavar="NAME", help="All that is known of one resource: by its name, id or ARN.")
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Resources shown of each type."
)
@options.plugins
@options.as_json
def command(
    services: tuple[str, ...],
    log: Path,
    at: Moment | str | None,
    before: str | None,
    resource: str | None,
    limit: int,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """Show the account's resources, with who made them and when.

    With --resource each member of one resource is shown, a policy's text with it; exit code 1 where it is not there.
    Resources that no record was seen to create, but that others imply, or that every account begins with, are marked
    `inferred`. What is encrypted in the log, secrets and payloads, is never shown.

    With --json: {"at", "resources": [{type, id, arn, service, account, region, tags, parent, inferred, members,
    created: event|null}], "states": [{service, account, region, state}], "head"}.
    """
    if at is not None and before is not None:
        raise click.UsageError("--at and --before exclude each other")
    asked = Asked(services, at if before is None else before, before is not None, resource, limit)
    return asyncio.run(_state(asked, log, (plugin, plugins_dir), as_json))


class Asked(NamedTuple):
    """What is to be shown: of which services, as of when, of which resource."""

    services: tuple[str, ...]
    at: Moment | str | None
    before: bool
    resource: str | None
    limit: int


async def _state(asked: Asked, log: Path, more: tuple[tuple[str, ...], Path | None], as_json: bool) -> int:
    from backtrail_cli import folding, logs, resources, screen

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        moment = logs.within(asked.at, over, "--at")
        plugins = folding.registry(*more)
        services = await known(asked.services, plugins, store)
        machine, _ = await folding.folded(store, plugins, moment, services, before=asked.before)
        moment = moment if not isinstance(moment, str) else await folding.time_of(store, moment)
        things = resources.things(machine, services)
        if asked.resource is not None:
            things = [one for one in things if _is_named(one, asked.resource)]
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
            if asked.resource is None:
                await _show(store, machine, things, services, moment, asked.limit)
            else:
                await _details(store, things, asked.resource, moment)
            mark = "right before" if asked.before else "as of"
            click.echo(click.style(f"{mark} {screen.moment(moment or over.last)}", dim=True))
        for warning in folding.warnings(machine)[:5]:
            faults.note(warning)
        return faults.NO if asked.resource is not None and not things else 0


def _is_named(thing: Thing, name: str) -> bool:
    return name in (thing.id, thing.arn) or thing.arn.endswith((f"/{name}", f":{name}"))


async def _details(store: SqliteStore, things: list[Thing], name: str, at: datetime | None) -> None:
    """Each member of a resource on a line of its own."""
    import msgspec

    from backtrail_cli import changes
    from backtrail_cli.screen import clean

    if not things:
        click.echo(f"There is no resource {clean(name)} then.")
        if await store.index.touching(name, limit=1):
            click.echo(f"It is in the log: `backtrail history {clean(name)}` tells when it was there.")
    for thing in things:
        row = await _row(store, thing, at)
        click.echo(
            f"{click.style(clean(thing.id), bold=True)}  {clean(thing.type)}  {clean(thing.arn)}".rstrip()
        )
        click.echo(click.style(f"  since {clean(row[3])}  {clean(row[4])}".rstrip(), dim=True))
        for path, value in changes.members(thing):
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            click.echo(f"  {click.style(clean(path), bold=True)}  {clean(text)}")
        for key, value in thing.tags.items():
            click.echo(f"  {click.style('tag', bold=True)}  {clean(key)} = {clean(value)}")


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
