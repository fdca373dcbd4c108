"""`backtrail export`: the log as CloudTrail files, or as lossless lines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from backtrail_cli import options
from backtrail_cli.faults import Fault

if TYPE_CHECKING:
    from backtrail_cli.moments import Moment
    from backtrail_eventstore import ExportReport


@click.command(
    "export",
    epilog=options.examples(
        "backtrail export --cloudtrail out/",
        "backtrail export --cloudtrail out/ --since 2023-07-10 --until 2023-07-11",
        "backtrail export --jsonl account.jsonl.gz --sealed --bodies inline",
    ),
)
@options.log
@click.option(
    "--cloudtrail",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="As CloudTrail's files, under FOLDER/AWSLogs.",
)
@click.option(
    "--jsonl",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="As lossless lines; packed when FILE ends in .gz.",
)
@click.option(
    "--sealed", is_flag=True, help="Lines with the secrets in the clear: keep the file as safe as the key."
)
@click.option(
    "--bodies",
    type=click.Choice(["none", "inline", "files"]),
    default="none",
    show_default=True,
    help="Bodies of objects, with --sealed.",
)
@options.moment("--since", "CloudTrail files: not before this time.")
@options.moment("--until", "CloudTrail files: not after this time.")
@options.as_json
def command(
    log: Path,
    folder: Path | None,
    file: Path | None,
    sealed: bool,
    bodies: Literal["none", "inline", "files"],
    since: Moment | None,
    until: Moment | None,
    as_json: bool,
) -> int:
    """Write the log out: for others' tools with --cloudtrail, for another Backtrail with --jsonl.

    CloudTrail's files hold the records alone, exactly as they were written or delivered. Lossless lines hold all
    that the log has; without --sealed no secret is among it.

    With --json: {"files", "records", "bytes", "to"}.
    """
    if (folder is None) == (file is None):
        raise click.UsageError("say where to: --cloudtrail FOLDER or --jsonl FILE")
    if file is None and (sealed or bodies != "none"):
        raise click.UsageError(
            "CloudTrail's files hold no secrets and no bodies: use --jsonl for --sealed and --bodies"
        )
    if file is not None and (since is not None or until is not None):
        raise click.UsageError("lossless lines are the whole log: --since and --until go with --cloudtrail")
    if bodies != "none" and not sealed:
        raise click.UsageError("--bodies goes with --sealed, which holds what refers to them")
    if file is not None and not file.absolute().parent.is_dir():
        raise Fault(f"there is no folder {file.absolute().parent} to hold {file.name}")
    report = asyncio.run(_export(log, folder, file, sealed, bodies, (since, until)))
    _show(report, str(folder or file), as_json)
    return 0


async def _export(
    log: Path,
    folder: Path | None,
    file: Path | None,
    sealed: bool,
    bodies: Literal["none", "inline", "files"],
    period: tuple[Moment | None, Moment | None],
) -> ExportReport:
    from backtrail_cli import logs
    from backtrail_eventstore import export_lines, export_trails

    async with logs.reading(log) as store:
        if file is not None:
            return await export_lines(store, file, sealed=sealed, bodies=bodies)
        assert folder is not None
        over = await logs.filled(store)
        since, until = logs.between(*period, over, ("--since", "--until"))
        return await export_trails(store, folder, since=since, until=until)


def _show(report: ExportReport, to: str, as_json: bool) -> None:
    import msgspec

    from backtrail_cli import screen

    if as_json:
        screen.emit_json(msgspec.to_builtins(report) | {"to": to})
    else:
        records, files = screen.counted(report.records, "record"), screen.counted(report.files, "file")
        click.echo(f"Wrote {records} into {files} ({report.bytes:,} bytes): {screen.clean(to)}")
