"""Importing, and telling what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from backtrail_cli.faults import Fault
from backtrail_cli.progress import progress
from backtrail_cli.screen import clean, counted, number
from backtrail_eventstore import ImportReport, SqliteStore, import_trails

if TYPE_CHECKING:
    from backtrail_eventstore.buckets import Access
    from backtrail_eventstore.contents import Read

MOST_SHOWN = 10


Sources = Sequence[str | Path]
"""Files, folders, and the URLs of what lies in buckets."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What to import, and what that takes: AWS's keys for its digests, and how to read buckets."""

    sources: list[str | Path]
    public_keys: dict[str, bytes]
    access: Access | None = None
    read: Read | None = None


def given(
    sources: Sources,
    public_keys: Path | None = None,
    endpoint_url: str | None = None,
    profile: str | None = None,
    region: str | None = None,
) -> Given:
    """What the options of a command come to. Raises `Fault`."""
    access = None
    found = checked(sources)
    if any(isinstance(one, str) for one in found):
        from backtrail_cli import aws_access

        access = aws_access.find(endpoint_url, profile, region)
    return Given(sources=found, public_keys=keys(public_keys), access=access)


def checked(sources: Sources) -> list[str | Path]:
    """The sources, absolute. Raises `Fault` for one that is not there: a typing mistake is no empty trail."""
    if not sources:
        raise Fault("name at least one SOURCE: a file or folder of CloudTrail records, or s3://BUCKET/PREFIX")
    for source in sources:
        if isinstance(source, Path) and not source.exists():
            raise Fault(f"there is no file or folder {source}")
    return [source.absolute() if isinstance(source, Path) else source for source in sources]


def keys(file: Path | None) -> dict[str, bytes]:
    """AWS's public keys out of a file. Raises `Fault` where it holds none."""
    if file is None:
        return {}
    from backtrail_eventstore import digests

    try:
        return digests.public_keys(file.read_bytes())
    except OSError as error:
        raise Fault(f"{file} cannot be read: {error.strerror}") from error
    except digests.NoKeys as error:
        raise Fault(f"{file}: {error}") from error


async def take(store: SqliteStore, given: Given) -> ImportReport:
    """Import with progress."""
    with progress("Reading") as advance:
        return await import_trails(
            store,
            given.sources,
            progress=lambda report: advance(report.read, Path(report.file).name[-40:]),
            public_keys=given.public_keys,
            access=given.access,
            read=given.read,
        )


def plain(report: ImportReport) -> dict[str, Any]:
    """A report for programs."""
    made: dict[str, Any] = msgspec.to_builtins(report)
    made.pop("file")
    made["balanced"] = balanced(report)
    return made


_VERDICTS = {
    "verified": "verified",
    "unsigned": "with the right hash, not checked by signature",
    "changed": "changed",
    "missing": "missing",
    "no_digest": "that no digest names",
}


def verdicts(counts: dict[str, int]) -> str:
    """How many files the digests say what of: "3 verified, 1 changed"."""
    return ", ".join(
        f"{number(counts[name])} {words}" for name, words in _VERDICTS.items() if counts.get(name)
    )


def some(report: ImportReport, sources: Sources) -> ImportReport:
    """The report. Raises `Fault` where there was nothing to read: that is a wrong folder, not an account at rest."""
    if report.read or report.digests:
        return report
    where = ", ".join(str(source) for source in sources[:3]) + (", …" if len(sources) > 3 else "")
    passed = (
        f" ({counted(len(report.ignored), 'file')} passed over, by name no trail)" if report.ignored else ""
    )
    raise Fault(f"there are no CloudTrail records in {where}{passed}")


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
    if report.corrections:
        click.echo(
            f"Of the new ones, {number(report.corrections)} bring what others lacked (addenda): all are kept, "
            "and what they bring counts."
        )
    if report.ignored:
        names = ", ".join(clean(Path(path).name) for path in report.ignored[:3])
        click.echo(f"Passed over {counted(len(report.ignored), 'file')}, by name no trail: {names}.")
    if report.verdicts:
        files = counted(report.digests, "digest file") if report.digests else "digest files read before"
        click.echo(f"Checked against {files}: {verdicts(report.verdicts)}.")
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
