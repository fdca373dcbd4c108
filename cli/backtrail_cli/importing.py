"""Importing, and telling what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from backtrail_cli.faults import Fault
from backtrail_cli.progress import progress
from backtrail_cli.screen import clean, counted, number
from backtrail_eventstore import ImportReport, SqliteStore, import_trails

MOST_SHOWN = 10


def checked(sources: Sequence[Path]) -> list[Path]:
    """The sources, absolute. Raises `Fault` for one that is not there: a typing mistake is no empty trail."""
    if not sources:
        raise Fault("name at least one SOURCE: a file or folder of CloudTrail records")
    for source in sources:
        if not source.exists():
            raise Fault(f"there is no file or folder {source}")
    return [source.absolute() for source in sources]


async def take(store: SqliteStore, sources: Sequence[Path]) -> ImportReport:
    """Import with progress."""
    with progress("Reading") as advance:
        return await import_trails(
            store, sources, progress=lambda report: advance(report.read, Path(report.file).name[-40:])
        )


def plain(report: ImportReport) -> dict[str, Any]:
    """A report for programs."""
    made: dict[str, Any] = msgspec.to_builtins(report)
    made.pop("file")
    made["balanced"] = balanced(report)
    return made


def balanced(report: ImportReport) -> bool:
    """Whether every record that was read is accounted for."""
    return report.read == report.new + report.duplicate + report.rejected


def show(report: ImportReport) -> None:
    """Print what became of an import."""
    click.echo(
        f"Read {counted(report.read, 'record')} of {counted(report.files, 'file')}: "
        f"{click.style(f'{report.new:,} new', bold=True)}, {counted(report.duplicate, 'duplicate')}, "
        + click.style(f"{report.rejected:,} rejected", fg="red" if report.rejected else None)
        + (f", {number(report.conflicting)} conflicting" if report.conflicting else "")
        + "."
    )
    if report.ignored:
        names = ", ".join(clean(Path(path).name) for path in report.ignored[:3])
        click.echo(f"Passed over {counted(len(report.ignored), 'file')}, by name no trail: {names}.")
    for one in report.rejections[:MOST_SHOWN]:
        at = f", record {one.position}" if one.position is not None else ""
        click.echo(f"  {click.style('rejected', fg='red')}  {clean(one.file)}{at}: {clean(one.reason)}")
    if report.rejected > MOST_SHOWN:
        kinds = ", ".join(
            f"{count:,} {code}" for code, count in sorted(report.by_code.items(), key=lambda one: -one[1])
        )
        click.echo(f"  {report.rejected:,} rejected in all: {kinds} (--json names them)")
    for other in report.conflicts[:MOST_SHOWN]:
        click.echo(
            f"  {click.style('kept both', fg='yellow')}  {clean(other.file)}, record {other.position}: "
            f"event {clean(other.event_id)} is in the log with other content (entry {other.seq})"
        )
