"""`backtrail diff`: what changed between two moments."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.changes import Change
    from backtrail_cli.moments import Moment
    from backtrail_eventstore import Event

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
MOST_MEMBERS = 12


@click.command(
    "diff",
    epilog=options.examples(
        "backtrail diff --from '2023-07-10 11:54' --to '2023-07-10 12:08'",
        "backtrail diff iam --from -1h",
        "backtrail diff --from '2024-03-14 02:00' --by ci-deploy",
        "backtrail diff --from 2023-07-10T11:54:00Z --to 2023-07-10T12:08:00Z --json",
    ),
)
@click.argument("services", metavar="[SERVICE]…", nargs=-1)
@options.log
@options.moment_or_event("--from", "The earlier moment, or right after this event.", required=True)
@options.moment_or_event("--to", "The later moment, or right after this event; else the last record.")
@click.option(
    "--by", metavar="ACTOR", help="Only what an actor's calls were about, and of all who came of it."
)
@options.plugins
@options.as_csv
@options.as_json
def command(
    services: tuple[str, ...],
    log: Path,
    to: Moment | str | None,
    by: str | None,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_csv: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Show which resources were added, removed and changed, and how.

    With --json: {"from", "to", "changes": [{"what": "added"|"removed"|"changed", type, id, arn, service, account,
    region, "inferred", "members": [{"path", "before", "after"}]}], "head"}; `inferred` is what no record was seen to
    create. With --by each change has the "events" of the actor that are about it.
    """
    return asyncio.run(
        _diff(services, log, (given["from"], to), by, (plugin, plugins_dir), options.form(as_json, as_csv))
    )


async def _diff(
    services: tuple[str, ...],
    log: Path,
    period: tuple[Moment | str, Moment | str | None],
    by: str | None,
    more: tuple[tuple[str, ...], Path | None],
    form: str,
) -> int:
    from backtrail_cli import blame, changes, folding, logs, screen
    from backtrail_cli.commands.state import known

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        if not any(isinstance(one, str) for one in period):
            logs.between(*period, over, ("--from", "--to"))  # type: ignore[arg-type]
        begin, end = logs.within(period[0], over, "--from"), logs.within(period[1], over, "--to")
        plugins = folding.registry(*more)
        services = await known(services, plugins, store)
        before, _ = await folding.folded(store, plugins, begin, services)
        machine, _ = await folding.folded(store, plugins, end, services)
        found = changes.of(before, machine, services)
        since, until = await folding.ends(store, begin, end, over)
        theirs = await blame.of(store, found, by, since, until) if by is not None else None
        if theirs is not None:
            found = [change for at, change in enumerate(found) if theirs[at]]
        events = [some for some in theirs if some] if theirs is not None else None
        if form == "csv":
            _csv(found, events)
        elif form == "json":
            told = [changes.plain(change) for change in found]
            for at, some in enumerate(events or ()):
                told[at]["events"] = [event.event_id for event in some]
            answer: dict[str, Any] = {"from": screen.iso(since), "to": screen.iso(until), "changes": told}
            screen.emit_json(answer | {"head": logs.head(store)})
        else:
            _show(found, events)
        for warning in folding.warnings(machine)[:5]:
            faults.note(warning)
        return 0


def _csv(found: list[Change], events: list[list[Event]] | None) -> None:
    """A line for each member that differs, or for a resource that came or went."""
    from backtrail_cli import changes, exports, screen

    columns = ("what", "type", "id", "region", "account", "member", "before", "after", "events")
    lines: list[tuple[object, ...]] = []
    for at, change in enumerate(found):
        told = changes.plain(change)
        names = "; ".join(event.event_id for event in events[at]) if events is not None else ""
        one = tuple(told[name] for name in ("what", "type", "id", "region", "account"))
        members: list[dict[str, Any]] = told["members"] if change.what == "changed" else [{}]
        for member in members:
            both = [screen.json_line(member[side]) if side in member else "" for side in ("before", "after")]
            lines.append((*one, member.get("path"), *both, names))
    exports.emit(columns, lines)


def _show(found: list[Change], events: list[list[Event]] | None) -> None:
    from backtrail_cli.screen import clean, cut, width

    for at, change in enumerate(found):
        sign, colour = _SIGNS[change.what]
        thing = change.after or change.before
        assert thing is not None
        where = "  ".join(clean(part) for part in (thing.region, thing.account) if part)
        line = f"{sign} {clean(thing.type)}  {clean(thing.id)}"
        older = (
            "  older than the log, first told of here" if change.what == "added" and thing.inferred else ""
        )
        click.echo(f"{click.style(line, fg=colour)}  {click.style(where + older, dim=True)}".rstrip())
        for event in events[at][:3] if events is not None else ():
            text = f"    by {event.action} at {event.time:%Y-%m-%d %H:%M:%S}Z, event {event.event_id}"
            click.echo(click.style(clean(text), dim=True))
        for member in change.members[:MOST_MEMBERS]:
            line = f"    {clean(member.path)}: {_value(member.before)} → {_value(member.after)}"
            click.echo(cut(line, width() or 2 * len(line)))
        if len(change.members) > MOST_MEMBERS:
            click.echo(
                click.style(f"    and {len(change.members) - MOST_MEMBERS:,} more (--json has all)", dim=True)
            )
    counts = [f"{sum(change.what == what for change in found):,} {what}" for what in _SIGNS]
    click.echo(click.style(", ".join(counts), dim=True))


def _value(value: object) -> str:
    import msgspec

    from backtrail_cli.changes import ABSENT
    from backtrail_cli.screen import clean, cut

    return "(none)" if value is ABSENT else cut(clean(msgspec.json.encode(value).decode()), 60)
