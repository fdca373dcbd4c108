"""`backtrail exposure`: what can be reached or used from outside of the account."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.exposures import Open
    from backtrail_cli.moments import Moment


@click.command(
    "exposure",
    epilog=options.examples(
        "backtrail exposure",
        "backtrail exposure s3 iam --at '2024-03-11 02:41'",
        "backtrail exposure --fail-on-any --json | jq '.exposures[] | select(.to == \"everybody\")'",
    ),
)
@click.argument("services", metavar="[SERVICE]…", nargs=-1)
@options.log
@options.moment_or_event("--at", "As of this time, or right after this event; else as of the last record.")
@click.option(
    "--all", "everything", is_flag=True, help="Also what something keeps shut for now, and what does."
)
@click.option("--fail-on-any", is_flag=True, help="Exit code 1 when anything is open.")
@options.plugins
@options.as_json
def command(
    services: tuple[str, ...],
    log: Path,
    at: Moment | str | None,
    everything: bool,
    fail_on_any: bool,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """List what can be reached or used from outside of the account, since when, and by whom it was opened.

    Policies of buckets, queues, topics, keys, secrets, functions, layers, repositories and destinations, and bucket
    ACLs; roles that other accounts, everybody, or whoever signs in at a provider may assume; function URLs without
    authentication; shared snapshots, images and documents; databases and instances with a public address, the latter
    where a security group lets the world in. The widest first. A condition that lets in fewer is told; denies in other
    statements are not weighed. Objects with an ACL of their own are not looked at.

    With --json: {"at", "exposures": [{"service", "account", "region", "resource", "through", "to", "what", "narrowed",
    "blocked", "opened": event|null, "surely"}], "coverage", "head"}. `opened` is null for what was open before the log
    begins; `surely` is false where it may have been open before that record.
    """
    return asyncio.run(_exposure(services, log, at, everything, fail_on_any, (plugin, plugins_dir), as_json))


async def _exposure(
    services: tuple[str, ...],
    log: Path,
    at: Moment | str | None,
    everything: bool,
    fail: bool,
    more: tuple[tuple[str, ...], Path | None],
    as_json: bool,
) -> int:
    from backtrail_cli import exposures, folding, logs, screen
    from backtrail_cli.commands.state import known
    from backtrail_cli.coverage import coverage

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        moment = logs.within(at, over, "--at")
        plugins = folding.registry(*more)
        services = await known(services, plugins, store)
        machine, _ = await folding.folded(store, plugins, moment, services)
        moment = moment if not isinstance(moment, str) else await folding.time_of(store, moment)
        beginnings = exposures.Beginnings(store, plugins, moment)
        there = [
            one for one in exposures.openings(machine, services) if everything or not one.exposure.blocked
        ]
        found = [await beginnings.of(one) for one in there]
        seen = None if found else await coverage(store, over)
        if as_json:
            told = {"at": screen.iso(moment or over.last), "exposures": [_plain(one) for one in found]}
            screen.emit_json(told | {"coverage": seen, "head": logs.head(store)})
        elif seen is not None:
            lines = ["Nothing that this log tells of is open to anybody outside.", *seen.sentences()]
            click.echo("\n".join(screen.clean(line) for line in lines))
        else:
            _table(found)
            click.echo(click.style(f"as of {screen.moment(moment or over.last)}", dim=True))
        for warning in folding.warnings(machine)[:5]:
            faults.note(warning)
    return faults.NO if fail and any(not one.exposure.blocked for one in found) else 0


def _plain(one: Open) -> dict[str, Any]:
    from backtrail_cli import rows

    exposure = one.exposure
    return {
        "service": one.service, "account": one.account, "region": one.region or None, "resource": exposure.resource,
        "through": exposure.through, "to": exposure.to, "what": exposure.what, "narrowed": exposure.narrowed or None,
        "blocked": exposure.blocked or None, "opened": rows.plain(one.opened) if one.opened is not None else None,
        "surely": one.surely,
    }  # fmt: skip


def _table(found: list[Open]) -> None:
    from backtrail.exposing import EVERYBODY
    from backtrail_cli import rows
    from backtrail_cli.screen import Cell, Column, moment, table

    columns = [
        Column("open to", least=12, middle=True), Column("what", least=20, middle=True),
        Column("through", least=14, drop=1),
        Column("may", least=12, drop=2), Column("since (UTC)"), Column("by", least=12, middle=True),
        Column("event", style=rows.FAINT, drop=4), Column("only if, or kept shut by", least=12, drop=3),
    ]  # fmt: skip
    told: list[tuple[Any, ...]] = []
    for one in found:
        exposure, touch = one.exposure, one.opened
        style: dict[str, Any] = {"dim": True} if exposure.blocked else {}
        wide = {"fg": "red", "bold": True} if exposure.to.startswith(EVERYBODY) else {"fg": "yellow"}
        since = moment(touch.time)[:-1] if touch is not None else "before the log"
        told.append(
            (
                Cell(exposure.to, style or wide), exposure.resource, exposure.through, exposure.what,
                since if one.surely else f"{since} or before", rows.principal(touch) if touch is not None else "",
                touch.event_id if touch is not None else "", exposure.blocked or exposure.narrowed,
            )
        )  # fmt: skip
    click.echo(table(columns, told))
