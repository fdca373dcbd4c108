"""`backtrail reach A B tcp/80`: whether packets get from one place to another, now or at any moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.moments import Moment

Asked = tuple[str, str, str, int | None]


@click.command(
    "reach",
    epilog=options.examples(
        "backtrail reach igw-0a1b2c3d4e5f60718 i-0123456789abcdef0 tcp/80",
        "backtrail reach i-0123456789abcdef0 203.0.113.9 tcp/443 --at '2023-07-10 11:58'",
        "backtrail reach i-0123456789abcdef0 i-0fedcba9876543210 tcp/5432 --json",
    ),
)
@click.argument("source")
@click.argument("destination")
@click.argument("traffic", metavar="PROTOCOL[/PORT]", default="tcp")
@options.log
@options.moment_or_event("--at", "As of this time, or right after this event; else as of the last record.")
@click.option("--from-ip", metavar="ADDRESS", help="The address behind SOURCE, where that is a gateway.")
@click.option("--account", help="The account; by default that of SOURCE.")
@click.option("--region", help="The region; by default that of SOURCE.")
@options.plugins
@options.as_json
def command(
    source: str, destination: str, traffic: str, log: Path, at: Moment | str | None, from_ip: str | None,
    account: str | None, region: str | None, plugin: tuple[str, ...], plugins_dir: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Tell whether packets get from SOURCE to DESTINATION and answers back, by which rules and routes, or why not.

    SOURCE and DESTINATION are instances, network interfaces, internet, VPN and transit gateways, peering connections,
    endpoints, or addresses. Nothing is sent: the answer follows from route tables, network ACLs, security groups and
    gateways, with the codes of AWS's Reachability Analyzer. Exit code 1 where packets do not get there.

    With --json: {"at", "source", "destination", "protocol", "port", "reachable", "forward", "return", "explanations"},
    the last three as DescribeNetworkInsightsAnalyses has them.
    """
    protocol, port = _traffic(traffic)
    asked = (source, destination, protocol, port)
    return asyncio.run(_reach(asked, log, at, (account, region, from_ip), (plugin, plugins_dir), as_json))


def _traffic(text: str) -> tuple[str, int | None]:
    protocol, slash, port = text.lower().partition("/")
    if protocol not in ("tcp", "udp", "icmp") or (slash and not (port.isdecimal() and int(port) <= 65_535)):
        raise click.UsageError(f"{text!r} is no traffic; write tcp/80, udp/53 or icmp")
    return protocol, int(port) if slash else None


async def _reach(
    asked: Asked, log: Path, at: Moment | str | None, where: tuple[str | None, str | None, str | None],
    more: tuple[tuple[str, ...], Path | None], as_json: bool,
) -> int:  # fmt: skip
    from backtrail.payload import UNSET
    from backtrail_cli import folding, logs, networks, screen

    source, destination, protocol, port = asked
    async with logs.reading(log) as store:
        over = await logs.filled(store)
        moment = logs.within(at, over, "--at")
        machine, _ = await folding.folded(store, folding.registry(*more), moment)
        now = (await folding.time_of(store, moment) if isinstance(moment, str) else moment) or over.last
    question = networks.TellReach(
        source=source, destination=destination, protocol=protocol, port=UNSET if port is None else port,
        address=where[2] or UNSET,
    )  # fmt: skip
    place = networks.place_of(machine, (source, destination), where[0], where[1])
    found = networks.ask(machine, place, now, question, networks.Reached)
    if found.missing:
        raise faults.Fault(
            f"there is no {screen.clean(found.missing)} at {screen.moment(now)}; see `backtrail state`"
        )
    if as_json:
        screen.emit_json(
            {
                "at": screen.iso(now), "source": source, "destination": destination, "protocol": protocol, "port": port,
                "reachable": found.found, "forward": found.steps, "return": found.back, "explanations": found.why,
            }
        )  # fmt: skip
    else:
        _show(asked, found)
    return 0 if found.found else faults.NO


def _show(asked: Asked, found: object) -> None:
    from backtrail_cli import networks, screen

    assert isinstance(found, networks.Reached)
    source, destination, protocol, port = asked
    what = f"{protocol}/{port}" if port is not None else protocol
    verdict = (
        click.style("reaches", bold=True)
        if found.found
        else click.style("does not reach", fg="red", bold=True)
    )
    click.echo(f"{screen.clean(source)} {verdict} {screen.clean(destination)} by {what}")
    for title, steps in (("there", found.steps), ("back", found.back)):
        if steps:
            click.echo(click.style(f"  {title}", dim=True))
        for one in steps:
            click.echo(f"    {screen.clean(networks.step(one))}")
    for one in found.why:
        click.echo(f"  {screen.clean(networks.reason(one))}")
