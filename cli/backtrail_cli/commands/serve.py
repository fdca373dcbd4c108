"""`backtrail serve`: an account for AWS clients."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from backtrail_cli import options
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
        "backtrail serve --iam enforce",
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
@click.option("--region", default="us-east-1", show_default=True, help="The region of calls that name none.")
@click.option(
    "--ephemeral", is_flag=True, help="Keep nothing: a temporary log, which `backtrail reset` renews."
)
@options.moment("--at", "Serve the account as it was; changes are refused, nothing is recorded.")
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
    default="off",
    show_default=True,
    help="Whether policies decide: audit notes what they would deny, and lets it pass. Root is never denied.",
)
@options.plugins
@options.as_json
def command(
    log: Path,
    host: str,
    port: int,
    region: str,
    ephemeral: bool,
    at: Moment | None,
    durability: Literal["normal", "full"],
    iam: str,
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
    from backtrail.authorization import Iam
    from backtrail_cli import logs
    from backtrail_cli.server.running import Options

    if not ephemeral:
        logs.prepare(log)
    new = ephemeral or (at is None and not log.exists())
    moment, frozen = (None, False) if new else asyncio.run(_times(log, at))
    serve(
        Options(
            log=None if ephemeral else log,
            host=host,
            port=port,
            region=region,
            durability=durability,
            at=moment,
            frozen=frozen,
            iam=Iam(iam),
            plugins=list(plugin),
            plugins_dir=plugins_dir,
        ),
        as_json=as_json,
    )
    return 0


async def _times(log: Path, at: Moment | None) -> tuple[datetime | None, bool]:
    """As of when to serve, and whether time stands still there."""
    from backtrail_cli import logs

    async with logs.reading(log) as store:
        if at is not None:
            return logs.within(at, await logs.filled(store), "--at"), False
        over = await logs.span(store)
        return None, over is not None and not over.live


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
