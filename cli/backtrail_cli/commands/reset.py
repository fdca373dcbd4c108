"""`backtrail reset`: begin afresh."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import click

from backtrail_cli import faults, options


@click.command(
    "reset",
    epilog=options.examples(
        "backtrail reset --endpoint http://127.0.0.1:4566     a running `serve --ephemeral`",
        "backtrail reset --yes                                the log .backtrail/account.db",
    ),
)
@options.log
@click.option("--endpoint", metavar="URL", help="Reset the server there instead of a log file.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json
def command(log: Path, endpoint: str | None, yes: bool, as_json: bool) -> int:
    """Begin afresh: an ephemeral server gets a fresh log, a log file is removed with all that belongs to it.

    A log only grows; this is the one way to be rid of it. Where a server runs on the log, the server is asked.

    With --json: {"status": "fresh", "removed": [files]}.
    """
    from backtrail_cli import screen, serving

    running = None if endpoint else serving.find(log)
    removed: list[str] = []
    if endpoint or running:
        serving.ask(endpoint or (running.endpoint if running else ""), "/_backtrail/reset", {})
    else:
        removed = asyncio.run(_remove(log, yes))
    if as_json:
        screen.emit_json({"status": "fresh", "removed": removed})
    else:
        click.echo(
            f"Removed {', '.join(screen.clean(name) for name in removed)}."
            if removed
            else "The account is fresh."
        )
    return 0


async def _remove(log: Path, yes: bool) -> list[str]:
    """Remove a log, which must be one and must be nobody's at the moment."""
    from backtrail_cli import logs
    from backtrail_eventstore import LogNotFound
    from backtrail_eventstore.lock import WriterLock
    from backtrail_eventstore.paths import LogPaths

    try:
        async with logs.reading(log) as store:
            records, _ = store.head
    except LogNotFound as error:
        raise faults.Fault(
            f"{error}; a server without a log is reset with `backtrail reset --endpoint http://127.0.0.1:4566`"
        ) from error
    if not yes and not click.confirm(f"Remove {log} with its {records:,} records, its key and its blobs?"):
        raise click.Abort
    paths = LogPaths.of(log)
    lock = WriterLock(paths.lock)
    lock.take()
    try:
        return _unlink(paths.log, paths.index, paths.key, paths.lock, paths.blobs)
    finally:
        lock.release()


def _unlink(*paths: Path) -> list[str]:
    removed: list[str] = []
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
            removed.append(path.name)
        for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if one.is_file():
                one.unlink()
                removed.append(one.name)
    return removed
