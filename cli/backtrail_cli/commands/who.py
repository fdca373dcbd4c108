"""`backtrail who deleted|created|touched RESOURCE`: who did it, acting for whom."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.causes import Node
    from backtrail_cli.chains import Chains
    from backtrail_cli.endings import Ending
    from backtrail_eventstore import SqliteStore, Touch

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
@options.as_csv
@options.as_json
def command(verb: str, resource: str, log: Path, limit: int, reads: bool, as_csv: bool, as_json: bool) -> int:
    """Tell who did it: a line for each time, the newest first.

    RESOURCE is a name, an id, an ARN, bucket/key, or `name*` for all that begin so. Each line has the time, the
    principal, the action, for whom the principal acted (session by session back to the one who began), the address
    and the eventID; where a rule acted (a bucket's lifecycle), which, and who set it. Exit code 1 when nothing is
    found; then it says what the log could have seen.

    What ended without a record of its own went with something else (a volume with its instance, a message with a
    purge), or by a rule: then that is told, with a `may have`. Where a service acted, it is told for what, as far as
    that can be inferred.

    With --json: {"resource", "verb", "answers": [event + {"resource", "type", "certain", "chain": [...]}], "coverage"};
    an answer that a rule gave has {"rule": {"id", "set_by", "event_id"}}, too, one that came with the end of something
    else {"with": that resource}, one of a service {"because": a step as of `backtrail why`}; where no deletion is
    recorded, but a rule that may have done it, the answer is the call that set the rule. "attempts" are those that were
    refused, "head" is where the log ended.
    """
    return asyncio.run(_who(verb, resource, log, limit, reads, options.form(as_json, as_csv)))


async def _who(verb: str, resource: str, log: Path, limit: int, reads: bool, form: str) -> int:
    from backtrail_cli import endings, logs, rows, screen
    from backtrail_cli.chains import Chains

    async with logs.reading(log) as store:
        over = await logs.filled(store)
        touches = await _touches(store, verb, resource, limit, reads)
        ending = await endings.ending(store, resource) if verb == "deleted" and not touches else None
        touches = [ending.touch] if ending is not None else touches
        attempts = await _attempts(store, verb, resource)
        chains = Chains(store)
        answers = [await _answer(store, chains, touch, ending) for touch in touches]
        if not answers:
            return await _nothing(store, over, verb, resource, attempts, form)
        if form == "json":
            told: dict[str, Any] = {"resource": resource, "verb": verb, "coverage": None}
            told |= {"answers": [_plain(one) for one in answers]}
            tried = [rows.plain_touch(touch) for touch in attempts]
            screen.emit_json(told | {"attempts": tried, "head": logs.head(store)})
            return 0
        if form == "csv":
            _csv(answers)
            return 0
        for one in answers:
            if one.ending is not None:
                click.echo(screen.clean(one.ending.why))
            click.echo(_sentence(one, resource))
        _tell_attempts(attempts)
        if verb == "deleted" and _has_state(touches[0]):
            was = f"`backtrail state --before {touches[0].event_id} --resource {shlex.quote(resource)}`"
            faults.note(f"What it was: {was}")
        return 0


def _has_state(touch: Touch) -> bool:
    """Whether what was deleted is a resource of its own, which `state` knows while it is there."""
    from backtrail.mentions import Verb

    return touch.verb is Verb.DELETED and touch.certain and touch.type not in _PARTS


class Answer(NamedTuple):
    """One time that it was done: by which record, for whom, by which rule, because of what."""

    touch: Touch
    chain: list[Any]
    rule: dict[str, str]
    because: Node | None
    ending: Ending | None


async def _answer(store: SqliteStore, chains: Chains, touch: Touch, ending: Ending | None) -> Answer:
    from backtrail_cli import endings
    from backtrail_cli.chains import record_at

    record = await record_at(store, touch.seq)
    rule = {"id": ending.rule} if ending is not None and ending.rule else _rule(record)
    rule = rule or await endings.behind(store, touch, record)
    because = await _because(store, record, touch) if not rule else None
    return Answer(touch, await chains.behind(record), rule, because, ending)


async def _because(store: SqliteStore, record: Mapping[str, Any], touch: Touch) -> Node | None:
    """Where a service acted, alone or for its caller: what it most likely did it for."""
    from backtrail_cli import causes

    who = record.get("userIdentity")
    if not isinstance(who, dict) or not cast("dict[str, object]", who).get("invokedBy"):
        return None
    steps = await causes.chain(store, touch.event_id)
    return steps[1] if len(steps) > 1 else None


def _plain(one: Answer) -> dict[str, Any]:
    from backtrail_cli import causes, rows
    from backtrail_cli.chains import plain

    told = rows.plain_touch(one.touch) | {"chain": [plain(link) for link in one.chain]}
    told |= {"rule": one.rule} if one.rule else {}
    told |= {"with": one.ending.whole} if one.ending is not None and one.ending.whole else {}
    return told | ({"because": causes.plain(one.because)} if one.because is not None else {})


def _csv(answers: list[Answer]) -> None:
    """A line for each answer, safe to open in a spreadsheet."""
    from backtrail_cli import exports, rows
    from backtrail_cli.chains import acting_for
    from backtrail_cli.screen import iso

    columns = ("time", "principal", "acting_for", "service", "action", "verb", "certain", "resource", "with", "rule",
               "rule_set_by", "because", "ip", "event_id")  # fmt: skip
    told = [
        (
            iso(touch.time), touch.principal or rows.principal(touch), acting_for(one.chain), rows.short(touch.source),
            touch.action, str(touch.verb), str(touch.certain).lower(), touch.resource,
            one.ending.whole if one.ending is not None else "", one.rule.get("id", ""), one.rule.get("set_by", ""),
            f"{one.because.action} {one.because.event_id}" if one.because is not None else "", touch.ip,
            touch.event_id,
        )
        for one in answers
        for touch in (one.touch,)
    ]  # fmt: skip
    exports.emit(columns, told)


_PARTS = ("s3:object", "sqs:message", "iam:accesskey", "iam:rolepolicy", "iam:userpolicy")
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


def _sentence(one: Answer, resource: str) -> str:
    """One answer in one line."""
    from backtrail_cli import chains, rows
    from backtrail_cli.screen import clean, moment

    touch = one.touch
    acting = chains.acting_for(one.chain)
    verb = "deleted" if one.ending is not None else str(touch.verb)
    did = verb if verb in ("deleted", "created") else "touched"
    done = did if touch.certain else f"may have {did}"
    if one.ending is not None and one.ending.rule:
        done = ""
    parts = [
        moment(touch.time),
        click.style(clean(touch.principal or rows.principal(touch)), bold=True),
        clean(acting if acting.startswith("invoked by") else f"acting for {acting}") if acting else "",
        click.style(
            clean(f"{rows.short(touch.source)}:{touch.action}"), fg="red" if did == "deleted" else None
        ),
        done,
        clean(touch.resource) if touch.resource != resource else "",
        clean(_by_rule(one.rule)),
        clean(_for_what(one.because)),
        f"from {clean(touch.ip)}" if touch.ip else "",
        click.style(f"event {clean(touch.event_id)}", dim=True),
    ]
    return "  ".join(part for part in parts if part)


def _for_what(because: Node | None) -> str:
    """What a service did something for, with a `?` where that is inferred."""
    if because is None:
        return ""
    mark = "" if because.certain else "?"
    on = f" {because.resource}" if because.resource else ""
    return f"because of{mark} {because.action}{on} by {because.by} ({because.how}, event {because.event_id})"


def _by_rule(rule: Mapping[str, str]) -> str:
    if not rule:
        return ""
    by = f" set by {rule['set_by']}" if "set_by" in rule else ""
    event = f" in event {rule['event_id']}" if "event_id" in rule else ""
    return f"by rule {rule['id']}{by}{event}"


async def _nothing(
    store: SqliteStore, over: Any, verb: str, resource: str, attempts: list[Touch], form: str
) -> int:
    """Nothing found: what there is instead, and what the log could have seen."""
    from backtrail_cli import endings, logs, rows, screen
    from backtrail_cli.coverage import coverage
    from backtrail_cli.selection import as_actor

    seen = await coverage(store, over)
    if form == "json":
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
    if verb == "deleted" and (rule := await endings.contents(store, resource)) is not None:
        touch, name = rule
        what = f"{rows.short(touch.source)}:{touch.action} by {rows.principal(touch)} at {screen.moment(touch.time)}"
        lines.append(f"What was in it may have gone by a rule ({name}): {what}, event {touch.event_id}.")
    text = "\n".join(screen.clean(line) for line in [*lines, *seen.sentences()])
    click.echo(text, err=form == "csv")
    _tell_attempts(attempts)
    return faults.NO


async def _like(store: SqliteStore, resource: str) -> list[str]:
    if resource.endswith("*"):
        return []
    touches = await store.index.touching(f"{resource}*", limit=50)
    return sorted({touch.resource for touch in touches})[:3]
