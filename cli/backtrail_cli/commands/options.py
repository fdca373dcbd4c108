"""`backtrail options`: what may be turned of the services' behaviour, and who turned it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from backtrail_cli import options


@click.command(
    "options",
    epilog=options.examples("backtrail options", "backtrail options sqs", "backtrail options --json"),
)
@click.argument("service", required=False)
@options.server
@options.as_json
def command(service: str | None, endpoint: str, as_json: bool) -> int:
    """List a running server's options: what each does, its value, and who set it when.

    `backtrail option set` turns one; `backtrail serve --option` begins with it turned.

    With --json: {"options": [{"option", "value", "default", "takes", "what", "set": {"time", "by", "event"}}]}.
    """
    return listed(endpoint, service, as_json)


def listed(endpoint: str, service: str | None, as_json: bool) -> int:
    """Print the options of a server, of one service or of all; 1 where the service has none."""
    from backtrail_cli import screen, serving

    rows = serving.ask(endpoint, "/_backtrail/options", method="GET")["options"]
    if service is not None:
        rows = [row for row in rows if row["option"].rpartition(".")[0] == service]
    if as_json:
        screen.emit_json({"options": rows})
    else:
        for row in rows:
            show(row)
    return 0 if rows or service is None else 1


def show(row: dict[str, Any]) -> None:
    """Print one option."""
    from backtrail_cli.screen import clean, moment

    value = written(row["value"])
    click.echo(f"{click.style(clean(row['option']), bold=True)} = {clean(value)}")
    if (chosen := row.get("set")) is not None:
        when = moment(datetime.fromisoformat(chosen["time"]))
        click.echo(f"  set {when} by {clean(chosen['by'])}; default {clean(written(row['default']))}")
    click.echo(f"  {clean(row['what'])} Takes {clean(row['takes'])}.")


def written(value: object) -> str:
    """A value as one writes it: `true`, not `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)
