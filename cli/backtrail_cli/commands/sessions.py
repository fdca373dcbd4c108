"""`backtrail sessions`: who acted, session by session, and who stands behind each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail.actors import Session
    from backtrail_cli.lineages import Family

LIMIT = 100
MEMBERS = (
    "id", "account", "kind", "name", "principal", "arn", "began", "first", "last", "keys", "unused", "records", "reads",
    "writes", "denied", "failed", "addresses", "agents", "console", "mfa", "rule", "parent", "behind", "sure",
    "missing",
)  # fmt: skip


@click.command(
    "sessions",
    epilog=options.examples(
        "backtrail sessions",
        "backtrail sessions --tree",
        "backtrail sessions --actor ASIAIOSFODNN7EXAMPLE",
        "backtrail sessions --actor 203.0.113.66 --json",
        "backtrail sessions --dot | dot -Tsvg > sessions.svg",
    ),
)
@options.log
@click.option(
    "--actor",
    help="An ARN, a user, role or session name, a session id, a key, an address, a part of a user agent: its "
    "sessions and all that came out of them.",
)
@click.option("--tree", is_flag=True, help="As a tree: from the one who began to the last.")
@click.option("--dot", is_flag=True, help="As a graph for Graphviz.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=LIMIT,
    show_default=True,
    help="Sessions in the table, at most.",
)
@options.as_csv
@options.as_json
def command(
    log: Path, actor: str | None, tree: bool, dot: bool, limit: int, as_csv: bool, as_json: bool
) -> int:
    """Show who acted, session by session, and who stands behind each.

    A session is one stretch of acting: one account, type of identity, principal and creation date, however many access
    keys it used. What is behind a session is found by the surest rule that fits, and its confidence is told: `certain`
    where a record gave that very key, `likely` where the principal signed in at that second or the identity says so
    itself, `possible` where only the time fits; where the log lacks the record, it says which. Exit code 1 when no
    session is meant by --actor.

    With --json: {"sessions": [{"id", "account", "kind", "name", "principal", "arn", "began", "keys", "addresses",
    "agents", "services", "first", "last", "records", "reads", "writes", "denied", "failed", "unused", "console", "mfa",
    "source_identity", "on_behalf_of", "origin": {"rule", "confidence", "event_ids", "parent", "missing"}, "made",
    "root": {"who", "confidence", "missing"}, "path"}], "doubtful_keys", "head"}.
    """
    forms = {"tree": tree, "dot": dot, "csv": as_csv, "json": as_json}
    chosen = [name for name, on in forms.items() if on]
    if len(chosen) > 1:
        raise click.UsageError(f"{' and '.join(f'--{name}' for name in chosen)} exclude each other")
    return asyncio.run(_sessions(log, actor, limit, chosen[0] if chosen else ""))


async def _sessions(log: Path, actor: str | None, limit: int, form: str) -> int:
    from backtrail_cli import lineages, logs, screen
    from backtrail_cli.coverage import coverage

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        family = await lineages.gather(store)
        shown = family.sessions if actor is None else family.closure(family.of_actor(actor))
        if form == "json":
            if not shown:
                for line in (await coverage(store, over)).sentences():
                    faults.note(line)
            told = [lineages.plain(one, family) for one in shown]
            screen.emit_json({"sessions": told, "doubtful_keys": family.doubtful, "head": logs.head(store)})
        elif not shown:
            seen = await coverage(store, over)
            lines = [f"No session of this log is meant by {actor}.", *seen.sentences()]
            click.echo("\n".join(screen.clean(line) for line in lines), err=form == "csv")
        elif form == "csv":
            from backtrail_cli import exports

            exports.emit_told(MEMBERS, [_flat(lineages.plain(one, family)) for one in shown])
        elif form == "tree":
            click.echo("\n".join(_tree(family, shown)))
        elif form == "dot":
            click.echo("\n".join(_dot(family, shown)))
        else:
            _table(family, shown, limit)
        if family.doubtful and form != "json":
            some = ", ".join(family.doubtful[:3])
            faults.note(f"These keys stand for several principals, so they tell nothing: {some}.")
    return 0 if shown else faults.NO


def _flat(told: dict[str, Any]) -> dict[str, Any]:
    """A session for a spreadsheet: what is behind it beside it."""
    origin, root = told["origin"], told["root"]
    behind = {"behind": root["who"], "sure": root["confidence"], "missing": root["missing"]}
    return told | behind | {"rule": origin["rule"], "parent": origin["parent"]}


def _table(family: Family, shown: list[Session], limit: int) -> None:
    from backtrail_cli import lineages, rows
    from backtrail_cli.screen import Cell, Column, number, table

    columns = [
        Column("session", style=rows.FAINT, drop=5),
        Column("who", least=24, middle=True),
        Column("began or first (UTC)"),
        Column("last", drop=3),
        Column("keys", right=True, drop=4),
        Column("reads", right=True),
        Column("writes", right=True, style=rows.WROTE),
        Column("denied", right=True, style=rows.FAILED),
        Column("from", least=15, middle=True, drop=2),
        Column("behind it", least=16, middle=True),
        Column("sure", drop=1),
    ]
    told: list[tuple[str | Cell, ...]] = []
    for one in shown[:limit]:
        who, sure, _ = family.root(one)
        behind = "" if one.origin.rule == "self" else who or "unknown"
        addresses = list(one.addresses)
        more = f" +{len(addresses) - 1}" if len(addresses) > 1 else ""
        told.append(
            (
                one.id,
                lineages.title(one),
                _time(one.began or one.first),
                _time(one.last)[11:],
                number(len(one.keys) + len(one.unused)),
                number(one.reads),
                number(one.writes),
                number(one.denied) if one.denied else "",
                (addresses[0] + more) if addresses else "never used",
                Cell(behind, {} if who else {"fg": "yellow"}),
                str(sure) if behind else "",
            )
        )
    click.echo(table(columns, told))
    if more_ := rows.ended(shown, limit):
        faults.note(more_)


def _time(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z")


def _tree(family: Family, shown: list[Session]) -> Iterator[str]:
    """Each root of what is shown, with what came out of it."""
    from backtrail_cli.lineages import parents

    ids = {one.id for one in shown}
    tops = [one for one in shown if not any(parent in ids for parent in parents(one))]
    seen: set[str] = set()
    for top in tops or shown[:1]:
        yield from _branch(family, top, ids, 0, seen)


def _branch(family: Family, one: Session, ids: set[str], depth: int, seen: set[str]) -> Iterator[str]:
    yield _line(one, depth, again=one.id in seen)
    if one.id in seen:
        return
    seen.add(one.id)
    for child in family.children(one):
        if child.id in ids:
            yield from _branch(family, child, ids, depth + 1, seen)


def _line(one: Session, depth: int, *, again: bool) -> str:
    from backtrail_cli.lineages import title
    from backtrail_cli.screen import clean, counted

    link = f"{'   ' * (depth - 1)}└─ " if depth else ""
    origin = one.origin
    how = "" if origin.rule == "self" else f"[{origin.rule}, {origin.confidence}] "
    if depth and one.made:
        how = f"[key made in event {one.made[0].event_id}] {how}"
    if again:
        return clean(f"{link}{how}{title(one)} (above)")
    parts = [
        click.style(clean(title(one)), bold=True),
        clean(f"{_time(one.began or one.first)}Z"),
        f"{counted(one.reads, 'read')}, {counted(one.writes, 'write')}"
        + (f", {one.denied:,} denied" if one.denied else "")
        if one.records
        else "never used",
        clean("from " + ", ".join(list(one.addresses)[:3])) if one.addresses else "",
        click.style(clean(origin.missing or ""), fg="yellow") if origin.missing else "",
        click.style(one.id, dim=True),
    ]
    return clean(link + how) + "  ".join(part for part in parts if part)


def _dot(family: Family, shown: list[Session]) -> Iterator[str]:
    """https://graphviz.org/doc/info/lang.html"""
    from backtrail_cli.lineages import title
    from backtrail_cli.screen import clean

    def quoted(*lines: str) -> str:
        texts = (clean(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines if line)
        return '"' + "\\n".join(texts) + '"'

    styles = {"certain": "solid", "likely": "dashed", "possible": "dotted"}
    yield "digraph sessions {"
    yield "  rankdir=LR; node [shape=box];"
    ids = {one.id for one in shown}
    for one in shown:
        counts = f"{one.reads} reads, {one.writes} writes, {one.denied} denied"
        yield f"  {quoted(one.id)} [label={quoted(title(one), one.began or one.first, counts)}];"
        if one.origin.parent in ids:
            style = styles.get(str(one.origin.confidence), "dotted")
            edge = f"{quoted(one.origin.parent or '')} -> {quoted(one.id)}"
            yield f"  {edge} [label={quoted(str(one.origin.rule))} style={style}];"
        for made in one.made:
            if made.session in ids:
                yield f"  {quoted(made.session or '')} -> {quoted(one.id)} [label={quoted('made its key')} color=red];"
    yield "}"
