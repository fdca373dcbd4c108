"""`backtrail verify`: is the log what was written?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_eventstore import VerifyReport


@click.command(
    "verify",
    epilog=options.examples(
        "backtrail verify",
        "backtrail verify --head 1834:5f0c…",
        "backtrail verify --log case.db --json",
    ),
)
@options.log
@click.option(
    "--head", metavar="HEAD", help="SEQ:HASH or HASH, noted earlier: also finds a tail that was cut."
)
@options.as_json
def command(log: Path, head: str | None, as_json: bool) -> int:
    """Check every hash of the log, its encrypted parts and its blobs, and name the first record that is wrong.

    Note the head that it prints somewhere else: with --head a later check also finds a tail that was cut off.
    Exit code 1 when anything is wrong.

    With --json: {"ok", "entries", "head", "bad_seq", "bad_event_id", "reason", "blob_faults", "blobs", "unread"}.
    """
    report = asyncio.run(_verify(log, _noted(head)))
    if as_json:
        import msgspec

        from backtrail_cli import screen

        screen.emit_json(msgspec.to_builtins(report) | {"head": f"{report.head[0]}:{report.head[1]}"})
    else:
        _show(report)
    return 0 if report.ok else faults.NO


async def _verify(log: Path, head: tuple[int, str] | str | None) -> VerifyReport:
    from backtrail_cli import logs

    async with logs.reading(log) as store:
        return await store.verify(head)


def _noted(head: str | None) -> tuple[int, str] | str | None:
    if head is None:
        return None
    seq, _, hash_ = head.strip().lower().rpartition(":")
    if len(hash_) != 64 or set(hash_) - set("0123456789abcdef") or not (seq.isdecimal() or not seq):
        raise faults.Fault(
            f"{head} is no head: give SEQ:HASH as `backtrail verify` prints it, or the 64 digits of HASH"
        )
    return (int(seq), hash_) if seq else hash_


def _show(report: VerifyReport) -> None:
    from backtrail_cli.screen import clean, counted

    if report.ok:
        click.echo(f"{click.style('good', fg='green', bold=True)}: {counted(report.entries, 'entry', 'entries')}, "
                   f"{counted(report.blobs, 'blob')}")  # fmt: skip
        click.echo(f"head {report.head[0]}:{report.head[1]}")
    else:
        where = f" at entry {report.bad_seq}" if report.bad_seq is not None else ""
        event = f" (event {clean(report.bad_event_id)})" if report.bad_event_id else ""
        click.echo(f"{click.style('changed', fg='red', bold=True)}{where}{event}: {clean(report.reason)}")
        click.echo(f"good until then: {counted(report.entries, 'entry', 'entries')}")
        for fault in report.blob_faults[1:]:
            click.echo(f"  {clean(fault)}")
    for one in report.unread:
        faults.note(f"not checked: {one}")
