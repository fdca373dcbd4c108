"""`backtrail verify`: is the log what was written?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_eventstore import VerifyReport
    from backtrail_eventstore.digests import Input


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
@options.public_keys
@options.as_json
def command(log: Path, head: str | None, public_keys: Path | None, as_json: bool) -> int:
    """Check every hash of the log, its encrypted parts and its blobs, and name the first record that is wrong.

    Note the head that it prints somewhere else: with --head a later check also finds a tail that was cut off.
    Of each file that was imported it says what CloudTrail's digest files said of it. Exit code 1 when anything is
    wrong.

    With --json: {"ok", "entries", "head", "bad_seq", "bad_event_id", "reason", "blob_faults", "blobs", "unread",
    "inputs"}; an input is {"file", "bytes", "sha256", "verdict", "why"}.
    """
    report, inputs = asyncio.run(_verify(log, _noted(head), public_keys))
    if as_json:
        import msgspec

        from backtrail_cli import screen

        told = ("file", "bytes", "sha256", "verdict", "why")
        screen.emit_json(
            msgspec.to_builtins(report)
            | {"head": f"{report.head[0]}:{report.head[1]}"}
            | {"inputs": [{name: getattr(one, name) for name in told} for one in inputs]}
        )
    else:
        _show(report)
        _show_inputs(inputs)
    return 0 if report.ok and not any(one.wrong for one in inputs) else faults.NO


async def _verify(
    log: Path, head: tuple[int, str] | str | None, public_keys: Path | None
) -> tuple[VerifyReport, list[Input]]:
    from backtrail_cli import importing, logs
    from backtrail_eventstore import manifest

    keys = importing.keys(public_keys)
    async with logs.reading(log) as store:
        return await store.verify(head), await store.read_with(manifest.of, keys)


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


def _show_inputs(inputs: list[Input]) -> None:
    from collections import Counter

    from backtrail_cli import importing
    from backtrail_cli.screen import clean, counted

    if not inputs:
        return
    counts = Counter(str(one.verdict) for one in inputs)
    if set(counts) == {"no_digest"}:
        click.echo(f"{counted(len(inputs), 'input file')}, no digest file of CloudTrail's among them")
        return
    given = sum(1 for one in inputs if one.bytes)
    click.echo(f"{counted(given, 'input file')}, by CloudTrail's digests: {importing.verdicts(dict(counts))}")
    wrong = [one for one in inputs if one.wrong]
    for one in wrong[: importing.MOST_SHOWN]:
        click.echo(f"  {click.style(str(one.verdict), fg='red')}  {clean(one.file)}: {clean(one.why)}")
    if len(wrong) > importing.MOST_SHOWN:
        click.echo(f"  {len(wrong)} in all (--json names them)")
