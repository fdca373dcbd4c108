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

LIMIT = 100


@click.command(
    "actors",
    epilog=options.examples(
        "backtrail actors", "backtrail actors --json | jq '.actors[] | select(.denied > 0)'"
    ),
)
@options.log
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many, at most.")
@options.as_json
def command(log: Path, limit: int, as_json: bool) -> int:
    """List everybody who acted: users, roles, roots, services, other accounts; those who wrote most first.

    A role is one actor, however many sessions it had; `backtrail sessions` tells them apart, and who is behind them.

    With --json: {"actors": [{"account", "kind", "name", "sessions", "keys", "records", "reads", "writes", "denied",
    "failed", "first", "last", "addresses", "agents"}], "head"}.
    """
    return asyncio.run(_actors(log, limit, as_json))


async def _actors(log: Path, limit: int, as_json: bool) -> int:
    from backtrail_cli import lineages, logs, screen

    async with logs.reading(log) as store:
        await logs.filled(store)
        family = await lineages.gather(store)
        found = _grouped([one for one in family.sessions if one.records])
        if as_json:
            screen.emit_json({"actors": found, "head": logs.head(store)})
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
