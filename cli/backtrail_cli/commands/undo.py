"""`backtrail undo`: a roll-back plan for what somebody changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail.plugins import Registry
    from backtrail_cli.undoing import Step


@click.command(
    "undo",
    epilog=options.examples(
        "backtrail undo --actor ci-deploy",
        "backtrail undo --actor 203.0.113.66 --shell > plan.sh",
        "backtrail undo --actor ci-deploy --json | jq '.steps[] | select(.cls == \"cannot be undone\")'",
    ),
)
@options.log
@click.option("--actor", required=True, help="Anybody, in the ways that `backtrail sessions --actor` knows.")
@click.option("--force", is_flag=True, help="Undo also what somebody else has changed since.")
@click.option("--shell", is_flag=True, help="As commands of the AWS CLI, to be read and run by you.")
@options.plugins
@options.as_json
def command(
    log: Path,
    actor: str,
    force: bool,
    shell: bool,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """Plan how to undo what an actor changed, and all who came of it: the last change first.

    What a record names the inverse of is undone by that; a policy or a setting that was replaced is put back as it was
    before the actor's first change, and a role, a user or a trail that was deleted is made again. What somebody else
    has changed since is not overwritten, unless with --force: the plan says who did, and when. What is gone already
    needs nothing; what cannot be undone, or has no inverse here, is listed, never dropped. Each step is proved on a
    copy of the account in memory; nothing is ever called on AWS.

    Exit code 0 when everything that can be undone was proved, else 1.

    With --json: {"steps": [{"event_id", "did", "on", "cls": "from the record"|"from before"|"changed since"|
    "nothing left to do"|"no inverse known"|"cannot be undone", "service", "action", "params", "note", "proved"}],
    "head"}.
    """
    if shell and as_json:
        raise click.UsageError("--shell and --json exclude each other")
    return asyncio.run(
        _undo(log, actor, force, "shell" if shell else "json" if as_json else "", (plugin, plugins_dir))
    )


async def _undo(
    log: Path, actor: str, force: bool, form: str, more: tuple[tuple[str, ...], Path | None]
) -> int:
    from backtrail_cli import folding, later, lineages, logs, screen, undoing
    from backtrail_cli.moves import moves
    from backtrail_eventstore import Filters

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        family = await lineages.gather(store)
        if not family.of_actor(actor):
            raise faults.Fault(
                f"no session of this log is meant by --actor {actor}; `backtrail sessions` lists them"
            )
        done = [move async for move in moves(store, Filters(failed=False, read_only=False), family, actor)]
        if not done:
            raise faults.Fault(f"{actor} changed nothing that this log tells of")
        plugins = folding.registry(*more)
        before, _ = await folding.folded(store, plugins, done[0].event.time - timedelta(microseconds=1))
        now, _ = await folding.folded(store, plugins, None)
        since = {} if force else await later.changed_since(store, done, now)
        steps = undoing.plan(done, before, now, over.last, since)
        head = logs.head(store)
    if form == "json":
        screen.emit_json({"steps": steps, "head": head})
    elif form == "shell":
        click.echo("\n".join(_script(steps, actor, plugins)))
    else:
        _table(steps)
    wanting = [
        step
        for step in steps
        if step.action and step.cls is not undoing.Class.NOTHING and step.proved != "done"
    ]
    return faults.NO if wanting else 0


def _script(steps: list[Step], actor: str, plugins: Registry) -> list[str]:
    from backtrail_cli.screen import clean
    from backtrail_cli.spelling import command
    from backtrail_cli.undoing import Class

    lines = [
        "#!/bin/sh",
        clean(f"# Undoes what {actor} changed, the last change first. Read each line before you run it."),
        "set -e",
    ]
    for step in steps:
        lines.append(clean(f"# {step.did} {step.on} (event {step.event_id}): {step.cls}"))
        if step.note:
            lines.append(clean(f"#   {step.note}"))
        if step.action and step.cls is not Class.NOTHING:
            call = command(plugins, step.service, step.action, step.params)
            lines.append(clean(f"# {call}" if step.cls is Class.CHANGED else call))
    return lines


def _table(steps: list[Step]) -> None:
    from collections import Counter

    from backtrail_cli import rows
    from backtrail_cli.screen import Cell, Column, table

    styles: dict[str, dict[str, Any]] = {
        "cannot be undone": {"fg": "red"},
        "no inverse known": {"fg": "yellow"},
        "changed since": {"fg": "yellow", "bold": True},
        "nothing left to do": {"dim": True},
    }
    columns = [
        Column("did", least=20), Column("on", least=20, middle=True), Column("undone by", least=20), Column("how"),
        Column("on the copy"), Column("note", least=16, drop=1), Column("event", style=rows.FAINT, drop=2),
    ]  # fmt: skip
    told: list[tuple[Any, ...]] = [
        (
            step.did,
            step.on,
            f"{step.service}:{step.action}" if step.action else "",
            Cell(str(step.cls), styles.get(str(step.cls), {})),
            step.proved,
            step.note,
            step.event_id,
        )
        for step in steps
    ]
    click.echo(table(columns, told))
    counts = Counter(str(step.cls) for step in steps)
    click.echo(click.style(", ".join(f"{count:,} {name}" for name, count in counts.most_common()), dim=True))
