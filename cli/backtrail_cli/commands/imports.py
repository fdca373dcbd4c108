"""`backtrail import`: CloudTrail files into a log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_eventstore import ImportReport


@click.command(
    "import",
    epilog=options.examples(
        "backtrail import AWSLogs/",
        "backtrail import yesterday.json.gz today.jsonl --log case.db",
    ),
)
@options.sources
@options.log
@options.as_json
def command(sources: tuple[Path, ...], log: Path, as_json: bool) -> int:
    """Take CloudTrail files into a log, which is made where there is none.

    A SOURCE is a file or a folder: .json, .json.gz, .jsonl, {"Records": …}, the output of `aws cloudtrail
    lookup-events`, EventBridge events, or lines of `backtrail export --jsonl`. What was taken before is known again.
    Where a server runs on the log, it takes the files. Exit code 1 when a record was rejected.

    With --json: the counts (read = new + duplicate + rejected), and each rejection with its file and position.
    """
    from backtrail_cli import importing, screen

    report = asyncio.run(_import(importing.checked(sources), log))
    if as_json:
        screen.emit_json(importing.plain(report) | {"log": str(log)})
    else:
        importing.show(report)
    return faults.NO if report.rejected else 0


async def _import(sources: list[Path], log: Path) -> ImportReport:
    from backtrail_cli import importing, logs
    from backtrail_eventstore import LogLocked

    try:
        async with logs.writing(log) as store:
            return await importing.take(store, sources)
    except LogLocked as locked:
        return await asyncio.to_thread(_through_server, sources, log, str(locked))


def _through_server(sources: list[Path], log: Path, locked: str) -> ImportReport:
    import msgspec

    from backtrail_cli import serving
    from backtrail_eventstore import ImportReport

    server = serving.find(log)
    if server is None:
        raise faults.Fault(locked)
    answer: dict[str, Any] = serving.ask(
        server.endpoint, "/_backtrail/import", {"paths": [str(one) for one in sources]}
    )
    return msgspec.convert(answer, ImportReport)
