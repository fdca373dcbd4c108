"""`backtrail clock`: what time it is for a running server, and moving it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options
from backtrail_cli.moments import MOMENT, absolute, parse

if TYPE_CHECKING:
    from backtrail_cli.moments import Moment

ENDPOINT = "http://127.0.0.1:4566"


_endpoint = click.option("--endpoint", metavar="URL", help="The server to speak to.")


@click.group(
    "clock",
    invoke_without_command=True,
    epilog=options.examples(
        "backtrail clock",
        "backtrail clock advance 30d",
        "backtrail clock freeze",
        "backtrail clock set 2030-01-01",
        "backtrail clock run",
    ),
)
@click.option(
    "--endpoint",
    envvar="AWS_ENDPOINT_URL",
    default=ENDPOINT,
    show_default=True,
    help="The server to speak to.",
)
@options.as_json
@click.pass_context
def command(context: click.Context, endpoint: str, as_json: bool) -> int:
    """Show a server's clock, or move it. Moving it is a record; what becomes due by then happens at once.

    The clock never goes back.

    With --json: {"time", "frozen", "ahead_s"}.
    """
    context.obj = (endpoint, as_json)
    return _ask(context, None) if context.invoked_subcommand is None else 0


def _asked(context: click.Context, endpoint: str | None, as_json: bool) -> None:
    """The options may stand behind `advance` as well as before it."""
    before, json_before = context.obj
    context.obj = (endpoint or before, as_json or json_before)


@command.command("advance")
@click.argument("by")
@_endpoint
@options.as_json
@click.pass_context
def advance(context: click.Context, by: str, endpoint: str | None, as_json: bool) -> int:
    """Move the clock on by BY: 90s, 15m, 6h, 30d, 2w, 1d12h."""
    _asked(context, endpoint, as_json)
    try:
        step = parse(f"-{by}")
    except ValueError as error:
        raise faults.Fault(f"{by!r} is no length of time; write 90s, 15m, 6h, 30d, 2w or 1d12h") from error
    if not isinstance(step, timedelta):
        raise faults.Fault(f"{by!r} is no length of time; write 90s, 15m, 6h, 30d, 2w or 1d12h")
    return _ask(context, {"advance_s": -step.total_seconds()})


@command.command("set")
@click.argument("to", type=MOMENT)
@_endpoint
@options.as_json
@click.pass_context
def set_(context: click.Context, to: Moment, endpoint: str | None, as_json: bool) -> int:
    """Move the clock on to the time TO."""
    _asked(context, endpoint, as_json)
    return _ask(context, {"set": absolute(to, datetime.now(UTC)).isoformat()})


@command.command("freeze")
@_endpoint
@options.as_json
@click.pass_context
def freeze(context: click.Context, endpoint: str | None, as_json: bool) -> int:
    """Hold the clock where it is."""
    _asked(context, endpoint, as_json)
    return _ask(context, {"freeze": True})


@command.command("run")
@_endpoint
@options.as_json
@click.pass_context
def run(context: click.Context, endpoint: str | None, as_json: bool) -> int:
    """Let a held clock run on from where it stands."""
    _asked(context, endpoint, as_json)
    return _ask(context, {"run": True})


def _ask(context: click.Context, body: dict[str, Any] | None) -> int:
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    endpoint, as_json = context.obj
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(f"{endpoint.rstrip('/')}/_backtrail/clock", data=data), timeout=60) as answer:
            told = json.load(answer)
    except HTTPError as error:
        raise faults.Fault(_refusal(endpoint, error.read())) from error
    except (KeyError, json.JSONDecodeError) as error:
        raise faults.Fault(_refusal(endpoint, b"")) from error
    except (URLError, OSError, ValueError) as error:
        raise faults.Fault(f"no server answers at {endpoint}; start one with `backtrail serve`") from error
    if as_json:
        click.echo(json.dumps(told))
    else:
        from backtrail_cli.screen import moment

        now = moment(datetime.fromisoformat(told["time"]))
        ahead = f", {timedelta(seconds=round(told['ahead_s']))} ahead" if told["ahead_s"] > 1 else ""
        click.echo(f"{now}{' (held)' if told['frozen'] else ''}{ahead}")
    return 0


def _refusal(endpoint: str, said: bytes) -> str:
    """The server's own words; what does not speak so is none of ours."""
    try:
        return str(json.loads(said)["error"])
    except (ValueError, KeyError, TypeError):
        return f"what answers at {endpoint} is no Backtrail; name its endpoint with --endpoint"
