"""`backtrail sql`: any question, in SQL."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from backtrail_cli import faults, options

LIMIT = 200


@click.command(
    "sql",
    epilog=options.examples(
        "backtrail sql \"select action, count(*) n from events where error <> '' group by 1 order by n desc\"",
        "backtrail sql \"select time, verb, resource from mentions where resource like '%payroll%'\" --csv",
        "backtrail sql \"select json_extract(record, '$.userAgent') agent, count(*) from records group by 1\"",
        'backtrail sql "select name, began, confidence from sessions where parent is null" --json',
    ),
)
@click.argument("query", default="")
@options.log
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, safe to open in a spreadsheet.")
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Rows of a table, at most."
)
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Give up after so long; 0 for never.",
)
@options.as_json
def command(query: str, log: Path, as_csv: bool, limit: int, timeout: float, as_json: bool) -> int:
    """Ask the log in SQL (SQLite's). Nothing can be changed: only reading is allowed. Exit code 1 for no rows; then it
    says what the log could have seen. Without QUERY it lists the views.

    \b
    events        seq, event_id, time, service, source, action, account, region,
                  principal, user, access_key, error, ip, read_only
    records       seq, event_id, record (CloudTrail's JSON), note, origin, cause, root
    mentions      seq, time, resource, verb, type, certain
                  verb: created, deleted, touched, refused
    sessions      id, account, kind, name, principal, began, first, last, keys,
                  records, reads, writes, denied, failed, rule, confidence, parent,
                  behind (who began it)
    session_keys  session, access_key, used

    Times are ISO 8601 in UTC. `seq` joins the first three; `certain` is 0 where a record allows another reading.

    With --json: {"columns", "rows", "head"}, all rows; without QUERY {"views": [{"name", "columns", "about"}]}.
    """
    form = options.form(as_json, as_csv)
    if query.strip() in ("", ".schema", ".tables", ".help"):
        return _views(form)
    return asyncio.run(_sql(query, log, form, limit, timeout))


def _views(form: str) -> int:
    """What can be asked for."""
    from backtrail_cli import screen, views

    told = [
        {"name": name, "columns": views.columns_of(name), "about": about.split(":")[0]}
        for name, (about, _) in views.VIEWS.items()
    ]
    if form == "json":
        screen.emit_json({"views": told})
        return 0
    for one in told:
        click.echo(
            f"{click.style(str(one['name']), bold=True)}  {one['about']}\n  {', '.join(one['columns'])}"
        )
    return 0


async def _sql(query: str, log: Path, form: str, limit: int, seconds: float) -> int:
    from backtrail_cli import exports, lineages, logs, screen, views
    from backtrail_cli.coverage import coverage

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        family = await lineages.gather(store) if views.gathers(query) else lineages.Family.nobodys()
        await store.index.refresh()
        columns, rows, more = await store.index.run(
            views.run,
            query,
            family.sessions,
            lambda one: family.root(one)[0],
            None if form else limit,
            seconds,
        )
        if form == "json":
            told = [[_plain(cell) for cell in row] for row in rows]
            screen.emit_json({"columns": columns, "rows": told, "head": logs.head(store)})
        elif form == "csv":
            click.echo(exports.row(columns), nl=False)
            for row in rows:
                click.echo(exports.row(_text(cell) for cell in row), nl=False)
        elif rows:
            titles = [screen.Column(name, least=12) for name in columns]
            click.echo(screen.table(titles, [[_text(cell) for cell in row] for row in rows]))
        if not rows:
            for line in ("No row.", *(await coverage(store, over)).sentences()):
                faults.note(line)
        if more:
            faults.note(f"there are more than these {limit}: raise --limit, or narrow the query")
    return 0 if rows else faults.NO


def _text(cell: Any) -> str:
    return "" if cell is None else f"{len(cell)} bytes" if isinstance(cell, bytes) else str(cell)


def _plain(cell: Any) -> Any:
    return _text(cell) if isinstance(cell, bytes) else cell
