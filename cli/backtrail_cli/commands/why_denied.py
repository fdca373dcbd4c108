"""`backtrail why-denied EVENT`: which statements denied a call, and which records put them there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail.machine import Machine
    from backtrail.store import Stored
    from backtrail_cli.denials import Denial
    from backtrail_cli.permissions import Answer
    from backtrail_cli.policy_records import PolicyRecords
    from backtrail_eventstore import SqliteStore


@click.command(
    "why-denied",
    epilog=options.examples(
        "backtrail why-denied 0190a5c4-7d1e-7abc-8def-0123456789ab",
        "backtrail denied --json | jq -r '.denied[0].event_ids[-1]' | xargs backtrail why-denied",
    ),
)
@click.argument("event")
@options.log
@options.plugins
@options.as_json
def command(event: str, log: Path, plugin: tuple[str, ...], plugins_dir: Path | None, as_json: bool) -> int:
    """Tell why a call was denied: the policies as they were at that moment, and who had put them there.

    A call that was denied here is evaluated again from all that is kept of it; of a foreign record, from what its
    message tells. Where the log knows too little, it says what is missing. Exit code 1 for an event that is not there,
    or was not denied.

    With --json: {"event_id", "time", "error", "message", "answers": [as `backtrail can` gives them], "head"}; of an
    event that is not there all but the first and the last are null or empty.
    """
    return asyncio.run(_why(event, log, (plugin, plugins_dir), as_json))


async def _why(event_id: str, log: Path, more: tuple[tuple[str, ...], Path | None], as_json: bool) -> int:
    from backtrail.machine import Machine
    from backtrail_cli import denials, folding, logs, permissions, screen
    from backtrail_cli.policy_records import PolicyRecords

    async with logs.reading(log) as store:
        await logs.filled(store)
        if await store.get(event_id) is None:
            if as_json:
                screen.emit_json(_plain(event_id, None, [], store))
            faults.note(f"there is no event {event_id} in this log")
            return faults.NO
        machine, puts = Machine(folding.registry(*more)), PolicyRecords()
        entry = await _folded_until(store, machine, puts, event_id)
        denial = denials.read(entry)
        if not denial.denied:
            if as_json:
                screen.emit_json(_plain(event_id, denial, [], store))
            faults.note(f"event {event_id} was not denied: {denial.error or 'it was answered'}")
            return faults.NO
        answers = denials.explained(machine, entry, denial)
        if as_json:
            rows = [permissions.plain(one, puts, denial.user) for one in answers]
            screen.emit_json(_plain(event_id, denial, rows, store))
        else:
            _show(denial.error, denial.message, answers, puts, denial.user)
    return 0


def _plain(
    event_id: str, denial: Denial | None, answers: list[dict[str, Any]], store: SqliteStore
) -> dict[str, Any]:
    from backtrail_cli import logs, screen

    return {
        "event_id": event_id,
        "time": screen.iso(denial.time) if denial is not None else None,
        "error": (denial.error or None) if denial is not None else None,
        "message": (denial.message or None) if denial is not None else None,
        "answers": answers,
        "head": logs.head(store),
    }


async def _folded_until(store: SqliteStore, machine: Machine, puts: PolicyRecords, event_id: str) -> Stored:
    """Fold all that lies before an event; the event itself."""
    async for entries in store.replay():
        for entry in entries:
            if entry.event_id == event_id:
                return entry
            machine.apply(entry.record, entry.note, entry.to_fold, cause=entry.cause)
            puts(entry)
    raise faults.Fault(f"event {event_id} is not in the order of this log")


def _show(error: str, message: str, answers: list[Answer], puts: PolicyRecords, user: str) -> None:
    from backtrail_cli import permissions, screen

    click.echo(f"{click.style(error, bold=True)}  {screen.clean(message)}")
    for answer in answers:
        for line in permissions.lines(answer, puts, user):
            click.echo(line)
    if all(answer.text == "allowed" for answer in answers):
        click.echo(
            "  By the policies that this log knows it would have been allowed: another one, which no record told,"
        )
        click.echo("  or a condition key that the record does not show, denied it.")
