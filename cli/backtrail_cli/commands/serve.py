"""`backtrail serve`: an account for AWS clients."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from backtrail_cli import faults, options
from backtrail_cli.faults import Fault

if TYPE_CHECKING:
    from datetime import datetime

    from backtrail_cli.moments import Moment
    from backtrail_cli.server.running import Options, Serving

PORT = 4566  # what wrappers for local AWS endpoints (awslocal, cdklocal, tflocal) use


@click.command(
    "serve",
    epilog=options.examples(
        "backtrail serve",
        "backtrail serve --ephemeral --port 0 --json",
        "backtrail serve --log case.db --at '2023-07-10 11:58'",
        "backtrail serve --plugin ./frobnicator.py",
        "backtrail serve --iam audit",
        "backtrail serve --pace aws --option sqs.duplicates=0.1",
    ),
)
@options.log
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="The port; 0 takes a free one.",
)
@click.option(
    "--region",
    help="The region of calls that name none; else the one in which most of the log was done, or us-east-1.",
)
@click.option(
    "--ephemeral", is_flag=True, help="Keep nothing: a temporary log, which `backtrail reset` renews."
)
@options.moment_or_event(
    "--at", "Serve the account as it was, or as an event left it; changes are refused, nothing is recorded."
)
@click.option(
    "--durability",
    type=click.Choice(["normal", "full"]),
    default="normal",
    show_default=True,
    help="What an answered call survives: the process, or the power.",
)
@click.option(
    "--iam",
    type=click.Choice(["off", "audit", "enforce"]),
    default="enforce",
    show_default=True,
    help="Whether policies decide: audit notes what they would deny, and lets it pass. Unknown keys are root.",
)
@click.option(
    "--pace",
    type=click.Choice(["instant", "aws"]),
    help="How long states that do not last take: nothing, or as long as AWS's documents say. Kept in the log.",
)
@click.option(
    "--option",
    "turned",
    metavar="SERVICE.NAME=VALUE",
    multiple=True,
    help="Turn an option (`backtrail options` lists them); may be repeated. Kept in the log.",
)
@options.plugins
@options.as_json
def command(
    log: Path,
    host: str,
    port: int,
    region: str | None,
    ephemeral: bool,
    at: Moment | str | None,
    durability: Literal["normal", "full"],
    iam: str,
    pace: str | None,
    turned: tuple[str, ...],
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    as_json: bool,
) -> int:
    """Serve an account to any AWS client, and log every call before it is answered.

    A log of imports alone is served with its clock held at the last record. Meanwhile other commands read the log;
    `backtrail import` hands its files to the server.

    With --json: one line {"endpoint", "log", "pid"} as soon as it listens.
    """
    if ephemeral and at is not None:
        raise click.UsageError("an ephemeral account has no past: leave --at or --ephemeral out")
    if at is not None and (turned or pace is not None):
        raise click.UsageError("a past moment keeps its options: leave --at or --option and --pace out")
    from backtrail.authorization import Iam
    from backtrail_cli import logs
    from backtrail_cli.server.running import Options

    if not ephemeral:
        logs.prepare(log)
    new = ephemeral or (at is None and not log.exists())
    with ExitStack() as stack:
        if isinstance(at, str):
            from tempfile import TemporaryDirectory

            log, at = asyncio.run(
                _after(log, at, Path(stack.enter_context(TemporaryDirectory(prefix="backtrail-"))))
            )
        moment, frozen, held_at = (None, False, None) if new else asyncio.run(_times(log, at))
        serve(
            Options(
                log=None if ephemeral else log,
                host=host,
                port=port,
                region=region or (None if new else asyncio.run(home(log))) or "us-east-1",
                durability=durability,
                at=moment,
                frozen=frozen,
                held_at=held_at,
                iam=Iam(iam),
                plugins=list(plugin),
                plugins_dir=plugins_dir,
                turned=[*turned, *([f"backtrail.pace={pace}"] if pace is not None else [])],
            ),
            as_json=as_json,
        )
    return 0


async def _after(log: Path, event_id: str, folder: Path) -> tuple[Path, datetime]:
    """A fork, for as long as the server runs, that ends with an event: records of its second may lie behind it."""
    from backtrail_cli import logs
    from backtrail_eventstore import forking

    async with logs.reading(log) as store:
        try:
            made = await forking.fork(store, str(folder / log.name), event_id=event_id)
        except LookupError as error:
            raise Fault(f"{error.args[0]}: --at takes a time, or the id of an event in the log") from error
    return folder / log.name, forking.moment(made)


async def _times(log: Path, at: Moment | None) -> tuple[datetime | None, bool, datetime | None]:
    """As of when to serve, whether time stands still there, and since when (None: at the last record)."""
    from backtrail_cli import logs

    async with logs.reading(log) as store:
        if at is not None and not store.keys.here:
            faults.note(
                f"{store.paths.key} is not here: what is encrypted in the log (secrets, bodies) stays unknown"
            )
        if at is not None:
            return logs.within(at, await logs.filled(store), "--at"), False, None
        over = await logs.span(store)
        forked = await store.fork()
        if forked is not None and over is not None:
            from backtrail_eventstore import forking

            held = not await forking.clock_moved(store)
            return None, held, max(forking.moment(forked), over.last) if held else None
        return None, over is not None and not over.live, None


async def home(log: Path) -> str | None:
    """The region in which most of a log was done; None where it tells of none."""
    from backtrail_cli import logs

    async with logs.reading(log) as store:
        return await logs.region(store)


def serve(served: Options, *, as_json: bool = False) -> None:
    """Serve until interrupted, and say where."""
    from backtrail_cli.server import running

    with ExitStack() as stack:

        def started(serving: Serving) -> None:
            if served.log is not None and served.at is None:
                stack.enter_context(_announced(served.log, serving.endpoint))
            _say(served, serving.endpoint, as_json)

        try:
            running.run(served, started)
        except KeyboardInterrupt:
            click.echo(err=True)


def _announced(log: Path, endpoint: str) -> ExitStack:
    from backtrail_cli import serving

    stack = ExitStack()
    try:
        stack.enter_context(serving.announced(log, endpoint))
    except OSError as error:
        raise Fault(f"{serving.address_file(log)} cannot be written: {error.strerror}") from error
    return stack


def _say(served: Options, endpoint: str, as_json: bool) -> None:
    import os

    import msgspec

    from backtrail_cli.screen import clean, moment

    log = str(served.log) if served.log is not None else None
    if as_json:
        click.echo(msgspec.json.encode({"endpoint": endpoint, "log": log, "pid": os.getpid()}).decode())
        return
    kept = f"log {clean(log)}" if log is not None else "ephemeral: nothing is kept"
    past = f", as of {moment(served.at)}, read only" if served.at is not None else ""
    held = ", its clock held at the last record" if served.frozen else ""
    click.echo(f"Serving at {click.style(endpoint, bold=True)} ({kept}{past}{held}). Stop with Ctrl-C.")
    click.echo(f"  export AWS_ENDPOINT_URL={endpoint}")
    click.echo("  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test")
    # boto3 and the AWS CLI of version 1 read AWS_DEFAULT_REGION alone, most others AWS_REGION alone.
    region = clean(served.region)
    click.echo(f"  export AWS_REGION={region} AWS_DEFAULT_REGION={region}")
