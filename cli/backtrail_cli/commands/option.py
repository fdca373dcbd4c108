"""`backtrail option`: turning one of the services' options, as a record."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail.options import Value


@click.group(
    "option",
    invoke_without_command=True,
    epilog=options.examples(
        "backtrail option set sqs duplicates 0.1",
        "backtrail option set backtrail pace aws",
        "backtrail option reset sqs duplicates",
    ),
)
@options.server
@options.as_json
@click.pass_context
def command(context: click.Context, endpoint: str, as_json: bool) -> int:
    """Turn an option of a running server. Each turn is a record, so whoever folds the log sees it.

    Without `set` or `reset` it lists what there is, as `backtrail options` does.

    With --json: {"option", "value", "default", "takes", "what", "set": {"time", "by", "event"}}.
    """
    if context.invoked_subcommand is None:
        from backtrail_cli.commands.options import listed

        return listed(endpoint, None, as_json)
    return 0


@command.command("set")
@click.argument("service")
@click.argument("name")
@click.argument("value")
@options.server
@options.as_json
def set_(service: str, name: str, value: str, endpoint: str, as_json: bool) -> int:
    """Set the option NAME of SERVICE to VALUE."""
    from backtrail_cli import serving

    key = f"{service}.{name}"
    rows = serving.ask(endpoint, "/_backtrail/options", method="GET")["options"]
    known = next((row for row in rows if row["option"] == key), None)
    if known is None:
        raise faults.Fault(f"there is no option {key}; `backtrail options` lists them")
    body = {"value": _as(value, known["default"])}
    return _told(serving.ask(endpoint, f"/_backtrail/options/{quote(key, safe='.')}", body, "PUT"), as_json)


@command.command("reset")
@click.argument("service")
@click.argument("name")
@options.server
@options.as_json
def reset(service: str, name: str, endpoint: str, as_json: bool) -> int:
    """Give the option NAME of SERVICE its default again."""
    from backtrail_cli import serving

    path = f"/_backtrail/options/{quote(f'{service}.{name}', safe='.')}"
    return _told(serving.ask(endpoint, path, method="DELETE"), as_json)


def _as(text: str, default: Value) -> object:
    """A text as a value of the option's type, where it is one; else the server says what is wrong with it."""
    from backtrail.options import Option

    try:
        return Option("", "", default, "").read(text)
    except ValueError:
        return text


def _told(row: dict[str, object], as_json: bool) -> int:
    from backtrail_cli import screen
    from backtrail_cli.commands.options import show

    if as_json:
        screen.emit_json(row)
    else:
        show(row)
    return 0
