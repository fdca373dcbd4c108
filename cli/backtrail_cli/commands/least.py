"""`backtrail least PRINCIPAL`: the smallest policy that covers what a principal did."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.moments import Moment


@click.command(
    "least",
    epilog=options.examples(
        "backtrail least mara",
        "backtrail least arn:aws:iam::123456789012:role/ci --since 2023-07-01 --json",
    ),
)
@click.argument("principal")
@options.log
@options.moment("--since", "Only what was done from this time on.")
@options.moment("--until", "Only what was done up to this time.")
@options.plugins
@options.as_json
def command(
    principal: str,
    log: Path,
    since: Moment | None,
    until: Moment | None,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """Print the smallest policy that covers what a user or a role did in the log: actions, and the resources of each.

    Only calls that were answered count. Where a record does not tell its resource, `*` stands in the policy.

    With --json: {"principal", "calls", "since", "until", "policy": {...}, "unresolved": [actions on *], "head"}.
    """
    return asyncio.run(_least(principal, log, since, until, (plugin, plugins_dir), as_json))


async def _least(
    principal: str,
    log: Path,
    since: Moment | None,
    until: Moment | None,
    more: tuple[tuple[str, ...], Path | None],
    as_json: bool,
) -> int:
    import json

    from backtrail.accesses import principal_of
    from backtrail.machine import Machine
    from backtrail_cli import folding, logs, permissions, screen
    from backtrail_cli.needs import Needs

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        start, end = logs.between(since, until, over, ("--since", "--until"))
        machine = Machine(folding.registry(*more))
        done = Needs(machine, start, end)
        await folding.fold(machine, store, each=done)
        name = done.named(principal)
        if name is None:
            name = principal_of(permissions.caller(machine, principal, over.last).identity)
        calls, policy = done.of(name)
        unresolved = sorted(
            action for one in policy["Statement"] if one["Resource"] == ["*"] for action in one["Action"]
        )
        if as_json:
            screen.emit_json(
                {
                    "principal": name, "calls": calls, "since": screen.iso(start or over.first),
                    "until": screen.iso(end or over.last), "policy": policy, "unresolved": unresolved,
                    "head": logs.head(store),
                }
            )  # fmt: skip
        elif calls:
            click.echo(json.dumps(policy, indent=4))
        if not calls:
            faults.note(f"{screen.clean(name)} did nothing that was answered")
            return faults.NO
        if not as_json:
            faults.note(f"covers {screen.counted(calls, 'call')} of {screen.clean(name)}")
        return 0
