"""`backtrail events`: records, filtered, listed or followed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.selection import Selection
    from backtrail_eventstore import Event, SqliteStore

LIMIT = 100
POLL_S = 0.25


@click.command(
    "events",
    epilog=options.examples(
        "backtrail events --since -1h --writes",
        "backtrail events --service iam --actor alice --error any",
        "backtrail events --resource my-bucket --records | jq .eventName",
        "backtrail events --cause 0190a5c4-7d1e-7abc-8def-0123456789ab --writes",
        "backtrail events --follow --json",
    ),
)
@options.log
@click.option("--service", help="A service, by any of its names: s3, cloudwatch, monitoring.")
@click.option("--action", help="An action, as the API spells it: DeleteBucket.")
@click.option("--actor", help="An ARN, a user, role or session name, an access key, an IP address.")
@click.option("--resource", help="A name, id or ARN that the record mentions; `name*` for a beginning.")
@click.option(
    "--cause", metavar="EVENT", help="An event id: what followed from it, at once or by more steps."
)
@click.option("--account", help="An account id.")
@click.option("--region", help="A region.")
@click.option("--error", metavar="CODE", help="An error code; `any` for everything that failed.")
@options.moment("--since", "Not before this time.")
@options.moment("--until", "Not after this time.")
@click.option("--read-only", "reads", is_flag=True, help="Reads alone.")
@click.option("--writes", is_flag=True, help="Writes alone.")
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many, at most.")
@click.option("--oldest", is_flag=True, help="Begin with the oldest; else with the newest.")
@click.option("--follow", is_flag=True, help="Go on with records as they arrive.")
@click.option("--records", is_flag=True, help="Print the CloudTrail records themselves, one a line.")
@options.as_csv
@options.as_json
def command(
    log: Path,
    reads: bool,
    writes: bool,
    limit: int,
    oldest: bool,
    follow: bool,
    records: bool,
    as_csv: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """List records of the log, the newest first. Exit code 1 when none passes the filters.

    With --json the answer is {"events": [event], "more": true|false, "head"}; with --follow it is one event a line. An
    event, here and wherever a command gives one, has {"seq", "event_id", "time", "service", "source", "action",
    "account", "region", "principal", "user", "access_key", "error", "ip", "read_only"}.
    """
    if reads and writes:
        raise click.UsageError("--read-only and --writes exclude each other: leave both out for all records")
    given["read_only"] = True if reads else False if writes else None
    form = options.form(as_json, as_csv)
    if records and form:
        raise click.UsageError(f"--records are JSON, one a line: leave --{form} out")
    if follow and as_csv:
        raise click.UsageError("--follow has no end: leave --csv out, or take --json")
    if follow and given["cause"] is not None:
        raise click.UsageError("--cause asks for what has followed: leave --follow out")
    if follow and given["until"] is not None:
        raise click.UsageError("--follow has no end: leave --until out")
    return asyncio.run(_events(log, given, limit, not oldest, follow, "records" if records else form))


async def _events(
    log: Path, given: dict[str, Any], limit: int, newest_first: bool, follow: bool, form: str
) -> int:
    from backtrail_cli import logs
    from backtrail_cli.moments import absolute
    from backtrail_cli.selection import Selection, filters, select

    async with logs.reading(log) as store:
        over = await logs.span(store) if follow else await logs.filled(store)
        if over is not None and not follow:
            given["since"], given["until"] = logs.between(
                given["since"], given["until"], over, ("--since", "--until")
            )
        elif given["since"] is not None:
            from datetime import UTC, datetime

            given["since"] = absolute(given["since"], datetime.now(UTC))
        wanted = Selection(filters(given), given["actor"], given["resource"])
        if follow:
            await _follow(store, wanted, limit, form)
        else:
            if given["cause"] is not None:
                found = (await _caused(store, given["cause"], wanted, newest_first))[: limit + 1]
            else:
                found = await select(store.index, wanted, limit=limit + 1, newest_first=newest_first)
            await _print(store, found, limit, form)
            if not found:
                await _nothing(store, given)
                return faults.NO
        return 0


async def _caused(store: SqliteStore, cause: str, wanted: Selection, newest_first: bool) -> list[Event]:
    """What followed from an event, and passes."""
    from backtrail_cli import causes
    from backtrail_cli.selection import arrived

    try:
        entries = await causes.followed(store, cause)
    except LookupError as error:
        raise faults.Fault(f"{error}; --cause takes an event id, `backtrail events` tells them") from error
    events = [event for entry in entries if (event := arrived(entry, wanted)) is not None]
    return sorted(events, key=lambda event: (event.time, event.seq), reverse=newest_first)


async def _print(store: SqliteStore, found: list[Event], limit: int, form: str) -> None:
    from backtrail_cli import logs, rows, screen

    shown = found[:limit]
    if form == "records":
        for event in shown:
            click.echo(await _record(store, event))
    elif form == "json":
        told = [rows.plain(event) for event in shown]
        screen.emit_json({"events": told, "more": len(found) > limit, "head": logs.head(store)})
    elif form == "csv":
        from backtrail_cli import exports

        exports.emit_told(rows.EVENT_MEMBERS, [rows.plain(event) for event in shown])
    elif shown:
        click.echo(screen.table(rows.EVENT_COLUMNS, [rows.event_row(event) for event in shown]))
    if form in ("", "csv") and (more := rows.ended(found, limit)):
        faults.note(more)


async def _record(store: SqliteStore, event: Event) -> str:
    """The record as it was written; line separators inside texts stay escaped, so it is one line."""
    import msgspec

    from backtrail_cli.screen import json_text

    async for entries in store.read(after=event.seq - 1, batch=1):
        raw = entries[0].record
        return json_text(msgspec.json.format(raw, indent=-1) if b"\n" in raw else raw)
    return ""


async def _follow(store: SqliteStore, wanted: Selection, limit: int, form: str) -> None:
    """The last records, then those that arrive, until interrupted."""
    from backtrail_cli.selection import arrived, select

    seq, _ = await store.refresh()
    for event in reversed(await select(store.index, wanted, limit=min(limit, 10), newest_first=True)):
        if event.seq <= seq:
            await _line(store, event, form)
    while True:
        async for entries in store.read(after=seq):
            for entry in entries:
                seq = entry.seq
                event_ = arrived(entry, wanted)
                if event_ is not None:
                    await _line(store, event_, form)
        await asyncio.sleep(POLL_S)


async def _line(store: SqliteStore, event: Event, form: str) -> None:
    from backtrail_cli import rows
    from backtrail_cli.screen import Cell, clean, json_line

    if form == "records":
        click.echo(await _record(store, event))
    elif form == "json":
        click.echo(json_line(rows.plain(event)))
    else:
        cells = rows.event_row(event)
        texts = [
            click.style(clean(cell.text), **cell.style) if isinstance(cell, Cell) else clean(cell)
            for cell in cells
            if cell
        ]
        click.echo("  ".join(texts))


async def _nothing(store: SqliteStore, given: dict[str, Any]) -> None:
    """Say that nothing passes, and which filter names something that the log does not know at all."""
    from backtrail_cli.selection import unknown_words

    unknown = await unknown_words(store.index, given)
    faults.note(
        "No record passes these filters."
        + (f" The log has no {' and no '.join(unknown)}." if unknown else "")
    )
    if not unknown:  # it knows all that was named, so what it could have seen is what is left to say
        from backtrail_cli import logs
        from backtrail_cli.coverage import coverage

        seen = await coverage(store, await logs.filled(store))
        for line in seen.sentences():
            faults.note(line)
