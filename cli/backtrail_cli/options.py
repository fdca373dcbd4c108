"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from backtrail_cli.moments import MOMENT, MOMENT_OR_EVENT

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_LOG = Path(".backtrail") / "account.db"

log = click.option(
    "--log",
    type=click.Path(path_type=Path),
    envvar="BACKTRAIL_LOG",
    default=DEFAULT_LOG,
    show_default=True,
    show_envvar=True,
    help="The log file.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
as_csv = click.option(
    "--csv", "as_csv", is_flag=True, help="Print the answer as CSV, safe to open in a spreadsheet."
)


def form(as_json: bool, as_csv: bool) -> str:
    """How the answer is to be printed: json, csv, or (empty) for people. Raises `UsageError` for both."""
    if as_json and as_csv:
        raise click.UsageError("--csv and --json exclude each other")
    return "json" if as_json else "csv" if as_csv else ""


class SourceType(click.ParamType["str | Path"]):
    """A file, a folder, or what lies in a bucket: `s3://bucket/prefix`."""

    name = "source"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | Path:
        """A bucket stays the text that it is: a path has no double slashes."""
        return value if isinstance(value, Path) or str(value).startswith("s3://") else Path(value)


_sources = click.argument("sources", metavar="SOURCE…", nargs=-1, type=SourceType())


def sources(command: F) -> F:
    """`SOURCE…`, and how to read those in a bucket."""
    for name, metavar, help_ in (
        ("--region", "REGION", "Of a bucket; else AWS_REGION, or the profile's."),
        (
            "--profile",
            "PROFILE",
            "Read a bucket by this profile of ~/.aws; else by AWS_ACCESS_KEY_ID …, or the default.",
        ),
        ("--endpoint-url", "URL", "Where S3 is, when it is not AWS; else AWS_ENDPOINT_URL."),
    ):
        command = click.option(name, metavar=metavar, help=help_)(command)
    return _sources(command)


public_keys = click.option(
    "--public-keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Check the signatures of CloudTrail's digest files with what `aws cloudtrail list-public-keys` prints.",
)


def plugins(command: F) -> F:
    """`--plugin` and `--plugins-dir`, for commands that fold."""
    command = click.option(
        "--plugins-dir",
        type=click.Path(path_type=Path),
        envvar="BACKTRAIL_PLUGINS_DIR",
        show_envvar=True,
        help="Load every *.py file of this folder as a plugin.",
    )(command)
    return click.option(
        "--plugin",
        "plugin",
        metavar="FILE_OR_MODULE",
        multiple=True,
        help="Load one more plugin; may be repeated.",
    )(command)


def moment(name: str, help_: str, *, required: bool = False) -> Callable[[F], F]:
    """An option that takes a time."""
    return click.option(name, type=MOMENT, metavar="TIME", required=required, help=help_)


def moment_or_event(name: str, help_: str, *, required: bool = False) -> Callable[[F], F]:
    """An option that takes a time, or the id of an event."""
    return click.option(name, type=MOMENT_OR_EVENT, metavar="TIME|EVENT", required=required, help=help_)


def examples(*lines: str) -> str:
    """The epilog of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


server = click.option(
    "--endpoint",
    envvar="AWS_ENDPOINT_URL",
    default="http://127.0.0.1:4566",
    show_default=True,
    help="The server to speak to.",
)
