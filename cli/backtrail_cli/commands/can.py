"""`backtrail can PRINCIPAL ACTION RESOURCE`: whether policies allow it, and which statements decide."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from datetime import datetime

    from backtrail_cli.entitled import Reached
    from backtrail_cli.moments import Moment
    from backtrail_cli.permissions import Answer


@click.command(
    "can",
    epilog=options.examples(
        "backtrail can mara s3:GetObject backups/2024.tar",
        "backtrail can arn:aws:iam::123456789012:role/ci iam:PassRole '*' --at '2023-07-10 11:58'",
        "backtrail can mara ec2:StopInstances --context aws:SourceIp=203.0.113.7 --json",
        "backtrail can '*' s3:GetObject payroll/2024.csv --at 2024-03-14 --csv",
        "backtrail can mara sts:AssumeRole 'role/*'",
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
@options.as_csv
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
    as_csv: bool,
    as_json: bool,
) -> int:
    """Tell whether a principal may do something, by which statements, and which records put them there.

    PRINCIPAL is a user, a role, `root`, an ARN, an access key, an account or a service (s3.amazonaws.com). RESOURCE is
    an ARN, a name in the log, or BUCKET/KEY; `*` if left out. What rests on a policy that no record told is `unknown`.
    Exit code 0 where it is allowed, 1 where it is denied or unknown.

    PRINCIPAL `*` asks for every user and role of the account: who could, at that moment. ACTION sts:AssumeRole with
    RESOURCE `role/*` asks which roles PRINCIPAL could come to, by one or more steps. Both have --csv; exit code 1 where
    there is none.

    With --json: {"at", "principal", "action", "resource", "answer", "decision", "reason", "statements": [{"policy",
    "kind", "statement", "sid", "effect", "through", "put_by": [{"event_id", "time", "action", "by", "what"}]}],
    "missing", "absent_keys", "head"}; of everybody {"at", "action", "resource", "principals": [as above], "head"}; of
    roles {"at", "principal", "roles": [{"role", "through": [roles], "sure", "missing"}], "head"}.
    """
    form = options.form(as_json, as_csv)
    question = (principal, action, resource, _keys(context))
    return asyncio.run(_can(question, log, at, (plugin, plugins_dir), form))


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
    form: str,
) -> int:
    from backtrail.call import Access
    from backtrail.machine import Machine
    from backtrail_cli import entitled, folding, logs, permissions, screen
    from backtrail_cli.policy_records import PolicyRecords

    principal, action, resource, context = question
    permissions.check_action(action)
    walk = action == entitled.ASSUME and resource == entitled.ROLES
    if walk and principal == entitled.EVERYBODY:
        raise click.UsageError("ask for the roles of one principal: of everybody there are too many")
    if form == "csv" and not walk and principal != entitled.EVERYBODY:
        raise click.UsageError("--csv is for PRINCIPAL '*' or RESOURCE 'role/*': one answer is no table")
    async with logs.reading(log) as store:
        over = await logs.filled(store)
        moment = logs.within(at, over, "--at")
        machine, puts = Machine(folding.registry(*more)), PolicyRecords()
        await folding.fold(machine, store, at=moment, each=puts)
        now = moment or over.last
        if walk:
            found = entitled.roles(machine, principal, now, context)
            return _print_roles(found, principal, now, logs.head(store), form)
        access = Access(
            action=action, resources=[permissions.resource_arn(machine, resource)], context={**context}
        )
        if principal == entitled.EVERYBODY:
            answers = entitled.everybody(machine, access, now)
            told = [permissions.plain(one, puts, _user(one)) for one in answers] if form == "json" else []
            return _print_everybody(answers, told, (action, resource, now), logs.head(store), form)
        who = permissions.caller(machine, principal, now)
        (answer,) = permissions.ask(machine, who, access, now)
        user = str(who.identity.user_name or "")
        if form == "json":
            one = permissions.plain(answer, puts, user)
            screen.emit_json({"at": screen.iso(now), **one, "head": logs.head(store)})
        else:
            for line in permissions.lines(answer, puts, user):
                click.echo(line)
            click.echo(click.style(f"as of {screen.moment(now)}", dim=True))
        return 0 if answer.text == "allowed" else faults.NO


def _user(answer: Answer) -> str:
    """The name of a user, by its ARN; empty for a role."""
    return answer.principal.rpartition("/")[2] if ":user/" in answer.principal else ""


def _print_everybody(
    answers: list[Answer],
    told: list[dict[str, Any]],
    asked: tuple[str, str, datetime],
    head: dict[str, object],
    form: str,
) -> int:
    """Who could: a line for each user and role, those who could first."""
    from backtrail_cli import entitled, exports, rows, screen

    action, resource, now = asked
    at = screen.iso(now)
    order = {"allowed": 0, "unknown": 1, "denied": 2}
    lines = [(one.principal, one.text, entitled.by(one)) for one in answers]
    lines.sort(key=lambda line: (order[line[1]], line[0]))
    if form == "json":
        screen.emit_json({"at": at, "action": action, "resource": resource, "principals": told, "head": head})
    elif form == "csv":
        told_ = [(at, action, resource, *line) for line in lines]
        exports.emit(("at", "action", "resource", "principal", "answer", "by"), told_)
    elif lines:
        columns = [
            screen.Column("who", least=24, middle=True), screen.Column(action),
            screen.Column("by", least=24, middle=True, style=rows.FAINT),
        ]  # fmt: skip
        colours = {"allowed": "green", "denied": "red", "unknown": "yellow"}
        table = [(who, screen.Cell(text, {"fg": colours[text]}), by) for who, text, by in lines]
        click.echo(screen.table(columns, table))
    else:
        click.echo("The log tells of no user and no role by then.")
    if form != "json":
        faults.note(f"as of {screen.moment(now)}; root may do all that no policy of the organization denies")
    return 0 if any(text == "allowed" for _, text, _ in lines) else faults.NO


def _print_roles(
    found: list[Reached], principal: str, now: datetime, head: dict[str, object], form: str
) -> int:
    """Which roles could be come to: a line each, the nearest first, with the way."""
    from backtrail_cli import entitled, exports, screen

    told = [entitled.plain(one) for one in found]
    if form == "json":
        screen.emit_json({"at": screen.iso(now), "principal": principal, "roles": told, "head": head})
    elif form == "csv":
        exports.emit_told(("role", "through", "sure", "missing"), told)
    else:
        for one in found:
            mark = (
                click.style("may be assumed", fg="green") if one.sure else click.style("unknown", fg="yellow")
            )
            way = f", through {' and '.join(one.through)}" if one.through else ""
            missing = f"  ({'; '.join(one.answer.explained.decision.missing)})" if not one.sure else ""
            click.echo(f"{mark}  {screen.clean(one.role + way + missing)}")
        if not found:
            click.echo(f"{screen.clean(principal)} may assume no role that the log tells of.")
        click.echo(click.style(f"as of {screen.moment(now)}", dim=True))
    return 0 if any(one.sure for one in found) else faults.NO
