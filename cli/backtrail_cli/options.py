"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from backtrail_cli.moments import MOMENT

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

sources = click.argument("sources", metavar="SOURCE…", nargs=-1, type=click.Path(path_type=Path))


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


def examples(*lines: str) -> str:
    """The epilog of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
