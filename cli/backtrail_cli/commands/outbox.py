"""`backtrail outbox`: the mails, text messages and pushes that SNS would have sent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.letters import Letter, Wanted
    from backtrail_eventstore import SqliteStore

LIMIT = 20
POLL_S = 0.25


@click.command(
    "outbox",
    epilog=options.examples(
        "backtrail outbox",
        "backtrail outbox --to ada@example.com --json",
        "backtrail outbox --protocol sms --undelivered",
        "backtrail outbox --follow",
    ),
)
@options.log
@click.option("--to", help="A part of the address: of a mail, a phone number, an endpoint's ARN.")
@click.option(
    "--protocol",
    type=click.Choice(["email", "sms", "application"]),
    help="Mails, text messages or pushes alone.",
)
@click.option("--undelivered", is_flag=True, help="What AWS would not have delivered, with why.")
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many, at most.")
@click.option("--follow", is_flag=True, help="Go on with messages as they are sent.")
@options.as_json
def command(
    log: Path,
    to: str | None,
    protocol: str | None,
    undelivered: bool,
    limit: int,
    follow: bool,
    as_json: bool,
) -> int:
    """Read what would have been sent to people: mails, text messages and pushes, the newest first. Nothing leaves this
    machine. Exit code 1 when nothing passes.

    With --json: {"letters": [{"event_id", "time", "protocol", "kind", "to", "sender", "subject", "body", "outcome",
    "topic_arn", "link", "token"}], "more", "head"}; with --follow it is one letter a line, the oldest first.
    """
    from backtrail_cli.letters import Wanted

    wanted = Wanted(to=to, protocol=protocol, undelivered=undelivered)
    return asyncio.run(_outbox(log, wanted, limit, follow, as_json))


async def _outbox(log: Path, wanted: Wanted, limit: int, follow: bool, as_json: bool) -> int:
    from backtrail_cli import letters, logs, screen

    async with logs.reading(log) as store:
        if follow:
            await _follow(store, wanted, as_json)
        await logs.filled(store)
        found = await letters.lately(store, wanted, limit + 1)
        if as_json:
            told = [plain(one) for one in found[:limit]]
            screen.emit_json({"letters": told, "more": len(found) > limit, "head": logs.head(store)})
        elif found:
            click.echo("\n\n".join(letters.shown(one) for one in found[:limit]))
            if len(found) > limit:
                faults.note(f"There are more: --limit {limit * 5}")
        else:
            faults.note("No message passes: SNS has sent nothing of this kind to a person.")
        return 0 if found else faults.NO


async def _follow(store: SqliteStore, wanted: Wanted, as_json: bool) -> None:
    """Every letter there is, then those that arrive, until interrupted."""
    import msgspec

    from backtrail_cli import letters
    from backtrail_cli.screen import json_line

    seq = 0
    while True:
        async for entries in store.read(after=seq):
            for entry in entries:
                seq = entry.seq
                if letters.ACTION.encode() not in entry.record:
                    continue
                if not letters.is_letter(msgspec.json.decode(entry.record)):
                    continue
                one = letters.letter(entry)
                if wanted.passes(one):
                    click.echo(json_line(plain(one)) if as_json else f"{letters.shown(one)}\n")
        await asyncio.sleep(POLL_S)


def plain(one: Letter) -> dict[str, str]:
    """A letter for programs."""
    import msgspec

    return msgspec.structs.asdict(one)
