"""`backtrail inject`: bringing about in a running server what no caller can."""

from __future__ import annotations

from typing import Any

import click

from backtrail_cli import faults, options


@click.command(
    "inject",
    epilog=options.examples(
        "backtrail inject",
        "backtrail inject s3 LoseObject bucketName=photos key=thumbs/1.png",
    ),
)
@click.argument("service", required=False)
@click.argument("action", required=False)
@click.argument("params", metavar="NAME=VALUE…", nargs=-1)
@click.option("--account", help="The account in which it happens; by default the log's own.")
@click.option("--region", default="us-east-1", show_default=True, help="The region in which it happens.")
@options.server
@options.as_json
def command(
    service: str | None, action: str | None, params: tuple[str, ...], account: str | None, region: str, endpoint: str,
    as_json: bool,
) -> int:  # fmt: skip
    """Bring about a fault or a loss, as a record; without arguments, list what there is.

    With --json: {"event"}; of the list {"injections": [{"service", "action", "params"}]}.
    """
    from backtrail_cli import screen, serving

    if service is None or action is None:
        told = serving.ask(endpoint, "/_backtrail/inject", method="GET")
        lines = [f"{one['service']} {one['action']} {' '.join(one['params'])}" for one in told["injections"]]
    else:
        body: dict[str, Any] = {"service": service, "action": action, "params": dict(map(_member, params))}
        body |= {"region": region, **({"account": account} if account else {})}
        told = serving.ask(endpoint, "/_backtrail/inject", body)
        lines = [f"It happened: event {told['event']}"]
    if as_json:
        screen.emit_json(told)
    else:
        for line in lines:
            click.echo(screen.clean(line))
    return 0


def _member(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise faults.Fault(f"{text!r} is no parameter; write NAME=VALUE")
    return name, value
