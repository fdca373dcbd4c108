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
@click.argument("query")
@options.log
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, safe to open in a spreadsheet.")
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="Rows of a table, at most."
)
@options.as_json
def command(query: str, log: Path, as_csv: bool, limit: int, as_json: bool) -> int:
    """Ask the log in SQL (SQLite's). Nothing can be changed: only reading is allowed. Exit code 1 for no rows.

    \b
    events        seq, event_id, time, service, source, action, account, region,
                  principal, user, access_key, error, ip, read_only
    records       seq, event_id, record (CloudTrail's JSON), note, origin, cause, root
    mentions      seq, time, resource, verb, type, certain
                  verb: created, deleted, touched, refused
    sessions      id, account, kind, name, principal, began, first, last, keys,
                  records, reads, writes, denied, failed, rule, confidence, parent
    session_keys  session, access_key, used

    Times are ISO 8601 in UTC. `seq` joins the first three; `certain` is 0 where a record allows another reading.

    With --json: {"columns", "rows", "head"}, all rows.
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    return asyncio.run(_sql(query, log, "csv" if as_csv else "json" if as_json else "", limit))


async def _sql(query: str, log: Path, form: str, limit: int) -> int:
    from backtrail_cli import exports, lineages, logs, screen, views

    async with logs.reading(log) as store:
        await logs.filled(store)
        sessions = (await lineages.gather(store)).sessions if views.gathers(query) else []
        await store.index.refresh()
        columns, rows, more = await store.index.run(views.run, query, sessions, None if form else limit)
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
        if more:
            faults.note(f"there are more than these {limit}: raise --limit, or narrow the query")
    return 0 if rows else faults.NO


def _text(cell: Any) -> str:
    return "" if cell is None else f"{len(cell)} bytes" if isinstance(cell, bytes) else str(cell)


def _plain(cell: Any) -> Any:
    return _text(cell) if isinstance(cell, bytes) else cell
