"""`backtrail can PRINCIPAL ACTION RESOURCE`: whether policies allow it, and which statements decide."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.moments import Moment


@click.command(
    "can",
    epilog=options.examples(
        "backtrail can mara s3:GetObject backups/2024.tar",
        "backtrail can arn:aws:iam::123456789012:role/ci iam:PassRole '*' --at '2023-07-10 11:58'",
        "backtrail can mara ec2:StopInstances --context aws:SourceIp=203.0.113.7 --json",
    ),
)
@click.argument("principal")
@click.argument("action")
@click.argument("resource", default="*")
@options.log
@options.moment("--at", "As of this time; else as of the last record.")
@click.option(
    "--context",
    "context",
    metavar="KEY=VALUE",
    multiple=True,
    help="A condition key of the call. May be repeated.",
)
@options.plugins
@options.as_json
def command(
    principal: str,
    action: str,
    resource: str,
    log: Path,
    at: Moment | None,
    context: tuple[str, ...],
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """Tell whether a principal may do something, by which statements, and which records put them there.

    PRINCIPAL is a user, a role, `root`, an ARN, an access key, an account or a service (s3.amazonaws.com). RESOURCE is
    an ARN, a name in the log, or BUCKET/KEY; `*` if left out. What rests on a policy that no record told is `unknown`.
    Exit code 0 where it is allowed, 1 where it is denied or unknown.

    With --json: {"at", "principal", "action", "resource", "answer", "decision", "reason", "statements": [{"policy",
    "kind", "statement", "sid", "effect", "through", "put_by": [{"event_id", "time", "action", "by", "what"}]}],
    "missing", "absent_keys", "head"}.
    """
    question = (principal, action, resource, _keys(context))
    return asyncio.run(_can(question, log, at, (plugin, plugins_dir), as_json))


def _keys(given: tuple[str, ...]) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--context {one!r} is not KEY=VALUE")
        keys.setdefault(key, []).append(value)
    return keys


async def _can(
    question: tuple[str, str, str, dict[str, list[str]]],
    log: Path,
    at: Moment | None,
    more: tuple[tuple[str, ...], Path | None],
    as_json: bool,
) -> int:
    from backtrail.call import Access
    from backtrail.machine import Machine
    from backtrail_cli import folding, logs, permissions, screen
    from backtrail_cli.policy_records import PolicyRecords

    principal, action, resource, context = question
    permissions.check_action(action)
    async with logs.reading(log) as store:
        over = await logs.filled(store)
        moment = logs.within(at, over, "--at")
        machine, puts = Machine(folding.registry(*more)), PolicyRecords()
        await folding.fold(machine, store, at=moment, each=puts)
        now = moment or over.last
        who = permissions.caller(machine, principal, now)
        access = Access(
            action=action, resources=[permissions.resource_arn(machine, resource)], context={**context}
        )
        (answer,) = permissions.ask(machine, who, access, now)
        user = str(who.identity.user_name or "")
        if as_json:
            told = permissions.plain(answer, puts, user)
            screen.emit_json({"at": screen.iso(now), **told, "head": logs.head(store)})
        else:
            for line in permissions.lines(answer, puts, user):
                click.echo(line)
            click.echo(click.style(f"as of {screen.moment(now)}", dim=True))
        return 0 if answer.text == "allowed" else faults.NO
