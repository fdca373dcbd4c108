"""`backtrail diagnose RESOURCE`: what is wrong with a resource, and which record made it so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from datetime import datetime

    from backtrail.troubles import Failure, Finding
    from backtrail_cli.moments import Moment
    from backtrail_eventstore import Event, SqliteStore

_FAILURES = 50
"""Failed calls about a resource that are looked at: the newest."""


@click.command(
    "diagnose",
    epilog=options.examples(
        "backtrail diagnose i-0123456789abcdef0",
        "backtrail diagnose i-0123456789abcdef0 --port 8080",
        "backtrail diagnose pcx-0123456789abcdef0 --at '2023-07-10 11:58'",
        "backtrail diagnose vol-0123456789abcdef0 --json",
    ),
)
@click.argument("resource")
@options.log
@options.moment_or_event("--at", "As of this time, or right after this event; else as of the last record.")
@click.option(
    "--port", "ports", type=click.IntRange(0, 65_535), multiple=True, help="A port that it should serve."
)
@click.option("--account", help="The account; by default that of the resource.")
@click.option("--region", help="The region; by default that of the resource.")
@options.plugins
@options.as_json
def command(
    resource: str, log: Path, at: Moment | str | None, ports: tuple[int, ...], account: str | None,
    region: str | None, plugin: tuple[str, ...], plugins_dir: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Tell what is wrong with RESOURCE: an instance, subnet, gateway, load balancer, scaling group, and so on.

    RESOURCE is an id, an ARN, or the id of an event that failed. Each finding names the symptom, its cause, what to do,
    and the record that made it so. Exit code 1 when something is wrong.

    With --json: {"at", "resource", "findings": [{"rule", "symptom", "cause", "fix", "record": {"event_id", "time",
    "action", "by"}}]}.
    """
    return asyncio.run(_diagnose(resource, log, at, ports, (account, region), (plugin, plugins_dir), as_json))


async def _diagnose(
    resource: str, log: Path, at: Moment | str | None, ports: tuple[int, ...],
    where: tuple[str | None, str | None], more: tuple[tuple[str, ...], Path | None], as_json: bool,
) -> int:  # fmt: skip
    from backtrail.troubles import TellTrouble
    from backtrail_cli import folding, logs, networks, screen

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        moment = logs.within(at, over, "--at")
        now = (await folding.time_of(store, moment) if isinstance(moment, str) else moment) or over.last
        machine, _ = await folding.folded(store, folding.registry(*more), moment)
        failures, place = await _failures(store, resource, now if at is not None else None)
        doctors = networks.doctors(machine)
        known = networks.place_of(machine, (resource,), where[0] or place[0], where[1] or place[1], doctors)
        question = TellTrouble(resource=resource, failures=failures, ports=list(ports))
        found = networks.troubles(machine, known, now, question, doctors)
        if not found.known and not failures:
            raise faults.Fault(
                f"there is no {screen.clean(resource)} at {screen.moment(now)}; see `backtrail state`"
            )
        told = [await _told(store, one, now if at is not None else None) for one in found.findings]
    if as_json:
        screen.emit_json({"at": screen.iso(now), "resource": resource, "findings": told})
    else:
        _show(resource, told)
    return faults.NO if told else 0


async def _failures(
    store: SqliteStore, resource: str, until: datetime | None
) -> tuple[list[Failure], tuple[str | None, str | None]]:
    """The failed calls about a resource, oldest first, and where they were made, where it is an event itself."""
    from backtrail_eventstore import Touch

    entry = await store.get(resource)
    if entry is not None:
        made = await _failure(store, resource)
        record = _record(entry)
        where = (
            str(record.get("recipientAccountId") or "") or None,
            str(record.get("awsRegion") or "") or None,
        )
        return ([made] if made is not None else []), where
    short = resource.rpartition("/")[2]
    touches: list[Touch] = await store.index.touching(short, limit=_FAILURES, newest_first=True)
    failed = [one for one in touches if one.error and (until is None or one.time <= until)]
    found = [await _failure(store, one.event_id) for one in reversed(failed)]
    return [one for one in found if one is not None], (None, None)


async def _failure(store: SqliteStore, event_id: str) -> Failure | None:
    from backtrail.troubles import Failure

    entry = await store.get(event_id)
    if entry is None:
        return None
    record = _record(entry)
    if not record.get("errorCode"):
        return None
    params: dict[str, Any] | None = record.get("requestParameters")
    return Failure(
        event=event_id, action=str(record.get("eventName")), error=str(record["errorCode"]),
        message=str(record.get("errorMessage") or ""), region=str(record.get("awsRegion") or ""),
        params=params or {},
    )  # fmt: skip


def _record(entry: Any) -> dict[str, Any]:
    import msgspec

    return msgspec.json.decode(entry.record, type=dict[str, Any])


async def _told(store: SqliteStore, finding: Finding, until: datetime | None) -> dict[str, Any]:
    """A finding as it is told, with the record to blame."""
    from backtrail_cli import networks

    event: Event | None = await networks.to_blame(store, finding, until)
    record: dict[str, Any] | None = _plain(event) if event is not None else None
    if record is None and finding.event:
        record = {"event_id": finding.event}
    return {
        "rule": finding.rule, "symptom": finding.symptom, "cause": finding.cause, "fix": finding.fix,
        "record": record, "failed": finding.event or None,
    }  # fmt: skip


def _plain(event: Event) -> dict[str, Any]:
    from backtrail_cli import rows, screen

    return {
        "event_id": event.event_id, "time": screen.iso(event.time), "action": event.action,
        "by": rows.principal(event),
    }  # fmt: skip


def _show(resource: str, told: list[dict[str, Any]]) -> None:
    from backtrail_cli.screen import clean

    if not told:
        click.echo(f"Nothing is wrong with {clean(resource)} that a rule knows.")
    for one in told:
        click.echo(f"{click.style(one['rule'], bold=True)}  {clean(one['symptom'])}")
        click.echo(f"  because  {clean(one['cause'])}")
        click.echo(f"  do       {clean(one['fix'])}")
        if record := one["record"]:
            text = " ".join(
                str(record[key]) for key in ("time", "action", "by", "event_id") if record.get(key)
            )
            click.echo(click.style(f"  record   {clean(text)}", dim=True))
