"""`backtrail actors`: everybody who acted."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail.actors import Session
    from backtrail_cli.moments import Moment

LIMIT = 100
MEMBERS = (
    "account", "kind", "name", "sessions", "keys", "records", "reads", "writes", "denied", "failed", "first", "last",
    "addresses", "agents",
)  # fmt: skip


@click.command(
    "actors",
    epilog=options.examples(
        "backtrail actors",
        "backtrail actors --json | jq '.actors[] | select(.denied > 0)'",
        "backtrail actors --new-since '2024-03-14 02:00'",
    ),
)
@options.log
@options.moment(
    "--new-since", "What each was seen with for the first time from then on: address, agent, region, action."
)
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many, at most.")
@options.as_csv
@options.as_json
def command(log: Path, new_since: Moment | None, limit: int, as_csv: bool, as_json: bool) -> int:
    """List everybody who acted: users, roles, roots, services, other accounts; those who wrote most first.

    A role is one actor, however many sessions it had; `backtrail sessions` tells them apart, and who is behind them.

    With --json: {"actors": [{"account", "kind", "name", "sessions", "keys", "records", "reads", "writes", "denied",
    "failed", "first", "last", "addresses", "agents"}], "head"}. With --new-since {"since", "new": [{"time", "account",
    "kind", "name", "what": actor|address|agent|region|action, "value", "event_id"}], "coverage", "head"}; exit code 1
    when nothing is new.
    """
    if new_since is not None:
        return asyncio.run(_new(log, new_since, limit, options.form(as_json, as_csv)))
    return asyncio.run(_actors(log, limit, options.form(as_json, as_csv)))


async def _new(log: Path, since: Moment, limit: int, form: str) -> int:
    """What is new: a line for each value that an actor was never seen with before."""
    from backtrail_cli import exports, logs, novelties, rows, screen
    from backtrail_cli.coverage import coverage

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        begin = logs.begins(since, over, "--new-since")
        assert begin is not None
        found = await novelties.since(store, begin)
        seen = None if found else await coverage(store, over)
        told = [{name: getattr(one, name) for name in novelties.MEMBERS} for one in found]
        if form == "json":
            answer = {"since": screen.iso(begin), "new": told, "coverage": seen}
            screen.emit_json(answer | {"head": logs.head(store)})
        elif form == "csv":
            exports.emit_told(novelties.MEMBERS, told)
        elif found:
            columns = [
                screen.Column("first (UTC)"), screen.Column("who", least=16, middle=True), screen.Column("new"),
                screen.Column("", least=20, middle=True), screen.Column("event", style=rows.FAINT, drop=1),
            ]  # fmt: skip
            lines = [
                (_time(one.time), f"{one.kind} {one.name}", one.what, one.value, one.event_id)
                for one in found[:limit]
            ]
            click.echo(screen.table(columns, lines))
            if more := rows.ended(found, limit):
                faults.note(more)
        if seen is not None and form != "json":
            lines_ = [f"Nobody did anything new from {screen.moment(begin)} on.", *seen.sentences()]
            click.echo("\n".join(screen.clean(line) for line in lines_), err=form == "csv")
    return 0 if found else faults.NO


async def _actors(log: Path, limit: int, form: str) -> int:
    from backtrail_cli import lineages, logs, screen

    async with logs.reading(log) as store:
        await logs.filled(store)
        family = await lineages.gather(store)
        found = _grouped([one for one in family.sessions if one.records])
        if form == "json":
            screen.emit_json({"actors": found, "head": logs.head(store)})
            return 0
        if form == "csv":
            from backtrail_cli import exports

            exports.emit_told(MEMBERS, found)
            return 0
        _table(found, limit)
        return 0


def _grouped(sessions: list[Session]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str], list[Session]] = {}
    for one in sessions:
        role = one.kind in ("AssumedRole", "Role")
        name = one.name.partition("/")[0] if role else one.name
        unique = (one.principal or name).partition(":")[0] if role else one.principal or name
        groups.setdefault((one.account or "", "Role" if role else one.kind, f"{name}\0{unique}"), []).append(
            one
        )
    made = [
        _actor(account, kind, name.partition("\0")[0], some) for (account, kind, name), some in groups.items()
    ]
    return sorted(made, key=lambda one: (-one["writes"], -one["records"], one["name"]))


def _actor(account: str, kind: str, name: str, sessions: list[Session]) -> dict[str, Any]:
    addresses: Counter[str] = Counter()
    agents: Counter[str] = Counter()
    for one in sessions:
        addresses.update(one.addresses)
        agents.update(one.agents)
    counts = {
        what: sum(getattr(one, what) for one in sessions)
        for what in ("records", "reads", "writes", "denied", "failed")
    }
    keys = {key for one in sessions for key in (*one.keys, *one.unused)}
    return {
        "account": account or None, "kind": kind, "name": name, "sessions": len(sessions), "keys": len(keys), **counts,
        "first": min(one.first for one in sessions), "last": max(one.last for one in sessions),
        "addresses": dict(addresses.most_common()), "agents": dict(agents.most_common()),
    }  # fmt: skip


def _table(found: list[dict[str, Any]], limit: int) -> None:
    from backtrail_cli import rows
    from backtrail_cli.screen import Column, number, table

    columns = [
        Column("who", least=20, middle=True), Column("kind"), Column("account", drop=3),
        Column("sessions", right=True, drop=2), Column("reads", right=True), Column("writes", right=True),
        Column("denied", right=True, style=rows.FAILED), Column("first (UTC)"), Column("last (UTC)", drop=1),
        Column("from", least=15, middle=True, drop=4),
    ]  # fmt: skip
    told = [
        (
            one["name"],
            one["kind"],
            one["account"] or "",
            number(one["sessions"]),
            number(one["reads"]),
            number(one["writes"]),
            number(one["denied"]) if one["denied"] else "",
            _time(one["first"]),
            _time(one["last"]),
            ", ".join(list(one["addresses"])[:2]),
        )
        for one in found[:limit]
    ]
    click.echo(table(columns, told))
    if more := rows.ended(found, limit):
        faults.note(more)


def _time(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z")
