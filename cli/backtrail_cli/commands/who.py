"""`backtrail who deleted|created|touched RESOURCE`: who did it, acting for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_eventstore import SqliteStore, Touch

Answer = tuple["Touch", list[Any], dict[str, str]]

LIMIT = 20
_PAGE = 200


@click.command(
    "who",
    epilog=options.examples(
        "backtrail who deleted my-bucket",
        "backtrail who created arn:aws:iam::123456789012:role/ci",
        "backtrail who touched i-0abcdef1234567890 --json",
    ),
)
@click.argument("verb", type=click.Choice(["deleted", "created", "touched"]))
@click.argument("resource")
@options.log
@click.option(
    "--limit", type=click.IntRange(1), default=LIMIT, show_default=True, help="How many answers, at most."
)
@click.option("--reads", is_flag=True, help="With `touched`: also who only looked at it.")
@options.as_json
def command(verb: str, resource: str, log: Path, limit: int, reads: bool, as_json: bool) -> int:
    """Tell who did it: a line for each time, the newest first.

    RESOURCE is a name, an id, an ARN, bucket/key, or `name*` for all that begin so. Each line has the time, the
    principal, the action, for whom the principal acted (session by session back to the one who began), the address
    and the eventID; where a rule acted (a bucket's lifecycle), which, and who set it. Exit code 1 when nothing is
    found; then it says what the log could have seen.

    With --json: {"resource", "verb", "answers": [event + {"resource", "type", "certain", "chain": [...]}], "coverage"};
    an answer that a rule gave has {"rule": {"id", "set_by", "event_id"}}, too, one that came with the end of something
    else {"with": that resource}; where no deletion is recorded, but a rule that may have done it, the answer is the
    call that set the rule. "attempts" are those that were refused, "head" is where the log ended.
    """
    return asyncio.run(_who(verb, resource, log, limit, reads, as_json))


async def _who(verb: str, resource: str, log: Path, limit: int, reads: bool, as_json: bool) -> int:
    from backtrail_cli import endings, logs, screen
    from backtrail_cli.chains import Chains, plain, record_at
    from backtrail_cli.rows import plain_touch

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        touches = await _touches(store, verb, resource, limit, reads)
        gone_with: dict[int, str] = {}
        armed: dict[int, str] = {}
        if verb == "deleted" and not touches:
            touches, gone_with = await endings.cascades(store, resource)
        if verb == "deleted" and not touches:
            touches, armed = await endings.armed(store, resource)
        attempts = await _attempts(store, verb, resource)
        chains = Chains(store)
        answers: list[Answer] = []
        for touch in touches:
            record = await record_at(store, touch.seq)
            rule = {"id": armed[touch.seq]} if touch.seq in armed else _rule(record)
            answers.append((touch, await chains.behind(record), rule))
        if not answers:
            return await _nothing(store, over, verb, resource, attempts, as_json)
        if as_json:
            told = [
                plain_touch(touch)
                | {"chain": [plain(link) for link in chain]}
                | ({"rule": rule} if rule else {})
                | ({"with": gone_with[touch.seq]} if touch.seq in gone_with else {})
                for touch, chain, rule in answers
            ]
            answer: dict[str, Any] = {"resource": resource, "verb": verb, "answers": told, "coverage": None}
            tried = [plain_touch(touch) for touch in attempts]
            screen.emit_json(answer | {"attempts": tried, "head": logs.head(store)})
            return 0
        for touch, chain, rule in answers:
            if touch.seq in armed:
                click.echo(
                    f"No record says that {screen.clean(resource)} was deleted; a rule may have, which was set by:"
                )
            if touch.seq in gone_with:
                click.echo(
                    f"{screen.clean(resource)} went with {screen.clean(gone_with[touch.seq])}, as such things do:"
                )
            click.echo(_sentence(touch, chain, rule, resource))
        _tell_attempts(attempts)
        return 0


_ENDS = ("Delete", "Terminate", "Remove", "Release", "Deregister", "Purge", "Schedule", "Destroy", "Disable")


async def _attempts(store: SqliteStore, verb: str, resource: str) -> list[Touch]:
    """Calls that would have ended the resource, and were refused."""
    from backtrail.mentions import Verb

    if verb != "deleted":
        return []
    refused = await store.index.touching(resource, (Verb.REFUSED,), limit=_PAGE)
    return [touch for touch in refused if touch.action.startswith(_ENDS)]


def _tell_attempts(attempts: list[Touch]) -> None:
    from backtrail_cli import rows, screen

    for touch in attempts[:5]:
        who = touch.principal or rows.principal(touch)
        text = f"attempted: {screen.moment(touch.time)}  {who}  {rows.short(touch.source)}:{touch.action}"
        faults.note(f"{text}  refused ({touch.error})  event {touch.event_id}")


def _rule(record: Mapping[str, Any]) -> dict[str, str]:
    """The rule by which a service did something of itself, who set it, and the event of that; empty without one."""
    details = record.get("serviceEventDetails")
    if record.get("eventType") != "AwsServiceEvent" or not isinstance(details, dict):
        return {}
    named = cast("dict[str, object]", details)
    members = {"id": "ruleId", "set_by": "setBy", "event_id": "setByEventId"}
    found = {name: named[member] for name, member in members.items() if member in named}
    return {name: text for name, text in found.items() if isinstance(text, str)} if "id" in found else {}


async def _touches(store: SqliteStore, verb: str, resource: str, limit: int, reads: bool) -> list[Touch]:
    from backtrail.mentions import Verb
    from backtrail_eventstore import cursor

    verbs = (Verb.CREATED, Verb.DELETED, Verb.TOUCHED) if verb == "touched" else (Verb(verb),)
    found: dict[int, Touch] = {}
    after = None
    while len(found) < limit:
        page = await store.index.touching(resource, verbs, limit=_PAGE, after=after)
        for touch in page:
            if reads or touch.read_only is not True:
                found.setdefault(touch.seq, touch)
        if len(page) < _PAGE:
            break
        after = cursor(page[-1])
    return list(found.values())[:limit]


def _sentence(touch: Touch, chain: list[Any], rule: Mapping[str, str], resource: str) -> str:
    """One answer in one line."""
    from backtrail_cli import chains, rows
    from backtrail_cli.screen import clean, moment

    acting = chains.acting_for(chain)
    did = {"deleted": "deleted", "created": "created"}.get(str(touch.verb), "touched")
    parts = [
        moment(touch.time),
        click.style(clean(touch.principal or rows.principal(touch)), bold=True),
        f"acting for {clean(acting)}" if acting else "",
        click.style(
            clean(f"{rows.short(touch.source)}:{touch.action}"), fg="red" if did == "deleted" else None
        ),
        did if touch.certain else f"may have {did}",
        clean(touch.resource) if touch.resource != resource else "",
        clean(_by_rule(rule)),
        f"from {clean(touch.ip)}" if touch.ip else "",
        click.style(f"event {clean(touch.event_id)}", dim=True),
    ]
    return "  ".join(part for part in parts if part)


def _by_rule(rule: Mapping[str, str]) -> str:
    if not rule:
        return ""
    by = f" set by {rule['set_by']}" if "set_by" in rule else ""
    event = f" in event {rule['event_id']}" if "event_id" in rule else ""
    return f"by rule {rule['id']}{by}{event}"


async def _nothing(
    store: SqliteStore, over: Any, verb: str, resource: str, attempts: list[Touch], as_json: bool
) -> int:
    """Nothing found: what there is instead, and what the log could have seen."""
    from backtrail_cli import logs, rows, screen
    from backtrail_cli.coverage import coverage
    from backtrail_cli.selection import as_actor

    seen = await coverage(store, over)
    if as_json:
        answer: dict[str, Any] = {"resource": resource, "verb": verb, "answers": [], "coverage": seen}
        tried = [rows.plain_touch(touch) for touch in attempts]
        screen.emit_json(answer | {"attempts": tried, "head": logs.head(store)})
        return faults.NO
    known = await store.index.touching(resource, limit=1)
    lines = [f"Nothing found: no record of this log says that anybody {verb} {resource}."]
    if known:
        more = "" if await _touches(store, "touched", resource, 1, reads=False) else " --reads"
        when = screen.moment(known[0].time)
        lines.append(f"It is mentioned, last at {when}: `backtrail history {resource}{more}` tells more.")
    elif like := await _like(store, resource):
        lines.append(f"No record mentions it. There is: {', '.join(like)}.")
    else:
        lines.append(f"No record mentions it as a resource. {await as_actor(store.index, resource)}".strip())
    click.echo("\n".join(screen.clean(line) for line in [*lines, *seen.sentences()]))
    _tell_attempts(attempts)
    return faults.NO


async def _like(store: SqliteStore, resource: str) -> list[str]:
    if resource.endswith("*"):
        return []
    touches = await store.index.touching(f"{resource}*", limit=50)
    return sorted({touch.resource for touch in touches})[:3]
