"""`backtrail replay`: CloudTrail files folded into an account, and told."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from datetime import datetime

    from backtrail_cli.importing import Given
    from backtrail_cli.moments import Moment
    from backtrail_cli.replayed import Replay
    from backtrail_eventstore import SqliteStore


@click.command(
    "replay",
    epilog=options.examples(
        "backtrail replay --example",
        "backtrail replay AWSLogs/ --log case.db",
        "backtrail replay trail.json.gz --at '2023-07-10 11:58' --serve",
    ),
)
@options.sources
@click.option(
    "--example", is_flag=True, help="Replay the incident that ships with Backtrail, and tell its story."
)
@click.option(
    "--log", type=click.Path(path_type=Path), help="Keep the log in this file; else it is temporary."
)
@options.moment("--at", "Fold up to this time.")
@click.option("--story/--no-story", default=None, help="Tell who did what, one after the other.")
@click.option("--all", "every", is_flag=True, help="A row for every action, reads too.")
@click.option(
    "--serve", "then_serve", is_flag=True, help="Then serve the account, its clock held at the last record."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=4566, show_default=True, help="With --serve: the port."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="With --serve: the address.")
@options.public_keys
@options.plugins
@options.as_json
def command(
    sources: tuple[str | Path, ...],
    example: bool,
    log: Path | None,
    at: Moment | None,
    story: bool | None,
    every: bool,
    then_serve: bool,
    port: int,
    host: str,
    public_keys: Path | None,
    endpoint_url: str | None,
    profile: str | None,
    region: str | None,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """Fold CloudTrail files into an account, and tell what became of every record.

    A SOURCE is a file or a folder, in any of the forms that `backtrail import` reads. Exit code 1 when a record was
    rejected; the report is complete all the same.

    With --json: {"log", "at", "imported", "records", "period", "accounts", "regions", "folded", "balanced", "actions",
    "actors", "created", "deleted", "gaps", "broken", "digest", "hints"}.
    """
    from backtrail_cli import importing, incidents, replayed, screen

    if example and sources:
        raise click.UsageError("--example has its own trail: leave the SOURCE or --example out")
    if not example and not sources:
        raise click.UsageError("name a SOURCE (a file or folder of CloudTrail records), or --example")
    given = importing.given(sources or (incidents.EXAMPLE,), public_keys, endpoint_url, profile, region)
    with tempfile.TemporaryDirectory(prefix="backtrail-") as folder:
        path = log or Path(folder) / "replay.db"
        told = example if story is None else story
        replay, end = asyncio.run(_replay(given, path, log, at, told and not as_json, (plugin, plugins_dir)))
        if as_json:
            screen.emit_json(replayed.plain(replay))
        else:
            replayed.show(replay, every=every)
        if then_serve:
            _serve(path, host, port, (plugin, plugins_dir), end)
    return faults.NO if replay.rejected else 0


async def _replay(
    given: Given,
    path: Path,
    kept: Path | None,
    at: Moment | None,
    told: bool,
    more: tuple[tuple[str, ...], Path | None],
) -> tuple[Replay, datetime | None]:
    from backtrail.machine import Machine
    from backtrail_cli import folding, importing, logs, story
    from backtrail_cli.replayed import Replay
    from backtrail_cli.screen import moment
    from backtrail_cli.tally import Tally

    registry = folding.registry(*more)
    async with logs.writing(path) as store:
        report = importing.some(await importing.take(store, given), given.sources)
        end = await _end(store, at)
        machine, tally = Machine(registry, await store.key("secrets")), Tally()
        await folding.fold(machine, store, at=end, sealed=True, each=tally.add)
        if told:
            await story.tell(store, end)
            click.echo()
        return Replay(report, tally, machine, kept, moment(end) if end is not None else None), end


async def _end(store: SqliteStore, at: Moment | None) -> datetime | None:
    from backtrail_cli import logs

    return None if at is None else logs.within(at, await logs.filled(store), "--at")


def _serve(
    path: Path, host: str, port: int, more: tuple[tuple[str, ...], Path | None], at: datetime | None
) -> None:
    from backtrail_cli.commands import serve
    from backtrail_cli.server.running import Options

    plugins, folder = more
    serve.serve(
        Options(
            log=path,
            host=host,
            port=port,
            region=asyncio.run(serve.home(path)) or "us-east-1",
            at=at,
            frozen=at is None,
            plugins=list(plugins),
            plugins_dir=folder,
        )
    )
