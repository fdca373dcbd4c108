"""`backtrail whatif`: the same calls, under other rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.moments import Moment
    from backtrail_cli.whatifs import Result, Told, Wanted
    from backtrail_eventstore import SqliteStore

LIMIT = 40
MEMBERS = (
    "time", "who", "session", "service", "action", "resource", "outcome", "recorded", "code", "why", "because",
    "of_actor", "needless", "event_id",
)  # fmt: skip
_SIGNS = {
    "added": ("+", "green", "is there"),
    "removed": ("-", "red", "is not there"),
    "changed": ("~", "yellow", "differs"),
}
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(
    "whatif",
    epilog=options.examples(
        "backtrail whatif --deny iam:CreateRole",
        "backtrail whatif --preset require-mfa --actor ci-deploy",
        "backtrail whatif --preset outside-addresses=198.51.100.0/24 --actor 203.0.113.66 --fail-on broken",
        "backtrail whatif --at '2024-03-14 02:00' --attach-policy ci-deploy=narrow.json",
        "backtrail whatif --versioning kestrel-payroll",
        "backtrail whatif --without 018e3ac1-ef20-7000-8000-000000000032 --json",
    ),
)
@options.log
@options.moment_or_event("--at", "From this moment on, or from this event on; else from the beginning.")
@click.option(
    "--deny", metavar="ACTION", multiple=True, help="Deny an action to everybody: iam:CreateRole, s3:*."
)
@click.option(
    "--attach-policy",
    "attach",
    metavar="PRINCIPAL=FILE|ARN",
    multiple=True,
    help="Attach a policy, from a file or by a managed policy's ARN, to a user or role (name or ARN).",
)
@click.option(
    "--scp", type=FILE, metavar="FILE", multiple=True, help="A service control policy beside FullAWSAccess."
)
@click.option(
    "--preset",
    "presets",
    multiple=True,
    metavar="block-public-access|require-mfa|outside-addresses=CIDR,…|deny-stop-logging",
    help="A ready-made rule.",
)
@click.option("--without", metavar="EVENT", multiple=True, help="This event does not happen.")
@click.option("--versioning", metavar="BUCKET", multiple=True, help="The bucket keeps versions.")
@click.option(
    "--apply",
    "apply_",
    type=FILE,
    metavar="FILE.py",
    multiple=True,
    help="Run its `change(account)`, with account.call(service, action, **parameters), at the moment.",
)
@click.option(
    "--actor",
    help="Whose calls should be stopped; all that came out of them with it. The others' should not.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["nothing-blocked", "broken", "unknown", "any"]),
    multiple=True,
    help="Exit code 1 when none of the actor's calls is stopped, others' calls break, something stays unknown, or "
    "anything goes otherwise.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Calls shown, at most."
)
@options.plugins
@options.as_csv
@options.as_json
def command(
    log: Path, at: Moment | str | None, actor: str | None, fail_on: tuple[str, ...], limit: int,
    plugin: tuple[str, ...], plugins_dir: Path | None, as_csv: bool, as_json: bool,
    apply_: tuple[Path, ...], **given: Any,
) -> int:  # fmt: skip
    """Tell what would have gone otherwise under other rules, or without an event.

    Two timelines begin at the moment, unchanged and changed. Each recorded call is decided in both; only where the two
    decisions differ is there an effect, and what a denied call would have made takes with it all that needed it: a
    role that does not come to be takes its AssumeRoles, and the sessions' calls. That works for services without a
    plugin, too: a denial goes by the action's name, resources by what the records mention. What rests on something
    that no record told (a policy older than the log) takes the recorded outcome, and is counted as unknown.

    With --actor the calls of that actor that are stopped and the calls of everybody else that break stand side by
    side. Exit code 0, or 1 by --fail-on.

    With --json: {"calls", "of_actor", "changed": [{"event_id", "time", "service", "action", "who", "session",
    "resource", "outcome": blocked|fails|gone|opens|succeeds|otherwise, "recorded", "code", "why", "because",
    "unknown", "of_actor", "needless"}], "blocked", "broken", "unknown": {reason: calls}, "diff": [as of
    `backtrail diff`], "head"}; `because` is the event whose change it follows from.
    """
    from backtrail_cli.whatifs import Wanted

    wanted = Wanted(apply=apply_, **given)
    if wanted == Wanted():
        raise click.UsageError(
            "say what is to be otherwise: --deny, --preset, --attach-policy, --scp, --without, …"
        )
    return asyncio.run(
        _whatif(log, wanted, at, actor, fail_on, limit, (plugin, plugins_dir), options.form(as_json, as_csv))
    )


async def _whatif(
    log: Path, wanted: Wanted, at: Moment | str | None, actor: str | None, fail_on: tuple[str, ...], limit: int,
    more: tuple[tuple[str, ...], Path | None], form: str,
) -> int:  # fmt: skip
    from backtrail_cli import folding, lineages, logs, whatifs

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        await _check(store, at, wanted)
        moment = at if isinstance(at, str) else logs.begins(at, over, "--at")
        family = await lineages.gather(store)
        if actor is not None and not family.of_actor(actor):
            raise faults.Fault(
                f"no session of this log is meant by --actor {actor}; `backtrail sessions` lists them"
            )
        plugins = folding.registry(*more)
        result = await whatifs.run(store, plugins, wanted, at=moment, family=family, actor=actor)
        if form == "json":
            _json(result, logs.head(store))
        elif form == "csv":
            from backtrail_cli import exports

            exports.emit_told(MEMBERS, [whatifs.plain(one) for one in result.told])
        else:
            _show(result, actor, limit)
        if idle := whatifs.not_called(result, wanted.deny):
            faults.note(
                f"No call since then is {' or '.join(idle)} by its name: nothing of it is to be denied."
            )
    return faults.NO if any(_fails(one, result) for one in fail_on) else 0


async def _check(store: SqliteStore, at: Moment | str | None, wanted: Wanted) -> None:
    """Refuse events that the log does not have: nothing would go otherwise, and nobody would know why."""
    for event in (*wanted.without, *([at] if isinstance(at, str) else [])):
        if await store.get(event) is None:
            raise faults.Fault(f"the log has no event {event}")


def _fails(what: str, result: Result) -> bool:
    match what:
        case "nothing-blocked":
            return not result.lost(actors=True)
        case "broken":
            return bool(result.lost(actors=False))
        case "unknown":
            return bool(result.unknown)
        case _:
            return bool(result.told)


def _json(result: Result, head: dict[str, object]) -> None:
    from backtrail_cli import changes, screen, whatifs

    screen.emit_json(
        {
            "calls": result.calls,
            "of_actor": result.of_actor,
            "changed": [whatifs.plain(one) for one in result.told],
            "blocked": [one.verdict.entry.event_id for one in result.lost(actors=True)],
            "broken": [one.verdict.entry.event_id for one in result.lost(actors=False)],
            "unknown": dict(result.unknown.most_common()),
            "diff": [changes.plain(change) for change in result.changes],
            "head": head,
        }
    )


def _show(result: Result, actor: str | None, limit: int) -> None:
    if not result.told:
        all_ = (
            f"All {result.calls:,} calls go as they were"
            if result.calls != 1
            else "The one call goes as it was"
        )
        click.echo(f"{all_} recorded.")
    else:
        _summary(result)
        if actor is not None:
            _columns(result, actor)
        _table(result.told, limit)
    if result.changes:
        click.echo(click.style("\nAt the end the other account differs:", bold=True))
        for change in result.changes[:limit]:
            _line(change)
        if len(result.changes) > limit:
            faults.note(f"and {len(result.changes) - limit} more (--json has all)")
    elif result.told:
        click.echo("\nAt the end both accounts are the same, as far as plugins know them.")
    _unknown(result)


def _summary(result: Result) -> None:
    from backtrail_cli.screen import clean, counted

    kinds = Counter(str(one.verdict.outcome) for one in result.told)
    words = {
        "blocked": "denied", "fails": "fail", "gone": "are never made", "opens": "are allowed", "succeeds": "succeed",
        "otherwise": "get another answer",
    }  # fmt: skip
    parts = ", ".join(f"{count:,} {words[kind]}" for kind, count in kinds.most_common())
    click.echo(f"{len(result.told):,} of {counted(result.calls, 'call')} go otherwise: {parts}.")
    first = result.told[0].verdict
    when = str(first.record.get("eventTime")).replace("T", " ")
    text = (
        f"First at {when}: {first.service}:{first.action} by {first.who.name} (event {first.entry.event_id})"
    )
    click.echo(clean(f"{text}: {first.why}."))


def _columns(result: Result, actor: str) -> None:
    """What it stops and what it breaks, side by side."""
    from itertools import zip_longest

    from backtrail_cli.screen import Cell, Column, table

    stopped, broken = result.lost(actors=True), result.lost(actors=False)
    others = result.calls - result.of_actor
    columns = [
        Column(f"stopped of {actor}'s: {len(stopped):,} of {result.of_actor:,}", least=20),
        Column(f"broken of everybody else's: {len(broken):,} of {others:,}", least=20),
    ]
    click.echo()
    sides = [_grouped(stopped), _grouped(broken)]
    empty = ("nothing", "nothing")
    lines = list(zip_longest(*sides, fillvalue="")) or [empty]
    rows = [
        (
            Cell(left or ("nothing" if at == 0 else ""), {"fg": "green"}),
            Cell(right or ("nothing" if at == 0 else ""), {"fg": "red"}),
        )
        for at, (left, right) in enumerate(lines)
    ]
    click.echo(table(columns, rows))
    needless = sum(one.needless for one in result.told)
    if needless:
        faults.note(
            f"{needless:,} more of everybody else's have nothing left to do: they put right what {actor} did."
        )
    click.echo()


def _grouped(told: list[Told]) -> list[str]:
    counts = Counter((one.verdict.who.name, f"{one.verdict.service} {one.verdict.action}") for one in told)
    return [f"{count:>4,}  {action}  ({who})" for (who, action), count in counts.most_common(12)]


def _table(told: list[Told], limit: int) -> None:
    from backtrail_cli import rows
    from backtrail_cli.screen import Cell, Column, table

    styles: dict[str, dict[str, Any]] = {
        "blocked": {"fg": "red"},
        "fails": {"fg": "red"},
        "gone": {"dim": True},
        "opens": {"fg": "yellow"},
    }
    columns = [
        Column("time (UTC)"), Column("who", least=12, middle=True), Column("call", least=20),
        Column("on", least=12, middle=True, drop=2), Column("now"), Column("why", least=20),
        Column("event", style=rows.FAINT, drop=3),
    ]  # fmt: skip
    lines = [
        (
            str(one.verdict.record.get("eventTime")).replace("T", " ").removesuffix("Z"),
            one.verdict.who.name,
            f"{one.verdict.service} {one.verdict.action}",
            one.resource,
            Cell(str(one.verdict.outcome), styles.get(str(one.verdict.outcome), {})),
            one.verdict.why,
            one.verdict.entry.event_id,
        )
        for one in told[:limit]
    ]
    click.echo(table(columns, lines))
    if more := rows.ended(told, limit):
        faults.note(more)


def _line(change: Any) -> None:
    from backtrail_cli.screen import clean

    thing = change.after or change.before
    sign, colour, words = _SIGNS[change.what]
    members = ", ".join(member.path for member in change.members[:4])
    text = f"{sign} {clean(thing.type)}  {clean(thing.id)}  {words}"
    click.echo(
        click.style(text, fg=colour) + (click.style(f"  ({clean(members)})", dim=True) if members else "")
    )


def _unknown(result: Result) -> None:
    if not result.unknown:
        return
    total = sum(result.unknown.values())
    lines = [f"  {count:,}: {reason}" for reason, count in result.unknown.most_common(5)]
    more = len(result.unknown) - len(lines)
    lines += [f"  and {more} more reasons (--json has all)"] if more > 0 else []
    faults.note(f"Of {total:,} calls nobody can tell, so they took the recorded outcome; they rest on:")
    for line in lines:
        faults.note(line)
