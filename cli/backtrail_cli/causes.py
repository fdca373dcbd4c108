"""The chain behind a record, and the tree that followed from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import msgspec

from backtrail.actors import Confidence, actor
from backtrail.store import Stored
from backtrail_cli import inferred
from backtrail_cli.chains import Chains, named
from backtrail_cli.screen import clean
from backtrail_eventstore import SqliteStore
from backtrail_eventstore.causes import (
    WITHIN,
    call_of_request,
    effects_of,
    of_key,
    senders,
    seq_of,
    takers,
)

_decode = msgspec.json.Decoder(dict[str, Any]).decode
MOST_STEPS = 256
MOST_NAMED = 3
_MESSAGE = "its message"
_SENT = b'"eventName":"SendMessage'


class Node(msgspec.Struct, kw_only=True):
    """One record in a chain or a tree. `how` says what links it to the one before: a reaction, the run of a function
    within which it was called, a session, a request; `certain` is False where that is inferred."""

    event_id: str
    time: str
    action: str
    by: str
    resource: str = ""
    error: str = ""
    how: str = ""
    certain: bool = True
    then: list[Node] = []


async def chain(store: SqliteStore, event_id: str) -> list[Node]:
    """From a record back to what began it: the record first. Raises `LookupError` where the log has no such event."""
    entry = await _entry(store, event_id)
    steps = [node(entry, "")]
    chains = Chains(store)
    seen = {entry.seq}
    while len(steps) < MOST_STEPS:
        found = await _sender(store, entry, steps) or await _cause(store, chains, entry)
        if found is None or found[0].seq in seen:
            break
        entry, how, certain = found
        seen.add(entry.seq)
        steps.append(node(entry, how, certain=certain))
    return steps


async def tree(store: SqliteStore, event_id: str) -> Node:
    """What followed from a record, by commands and by messages. Raises `LookupError`."""
    begin = await _entry(store, event_id)
    nodes = {event_id: node(begin, "")}
    async for above, entry, how in _after(store, begin):
        child = nodes[entry.event_id] = node(entry, how)
        nodes[above].then = [*nodes[above].then, child]
    return nodes[event_id]


async def followed(store: SqliteStore, event_id: str) -> list[Stored]:
    """All that followed from a record, in the order in which it was committed. Raises `LookupError`."""
    found = {entry.seq: entry async for _, entry, _ in _after(store, await _entry(store, event_id))}
    return [found[seq] for seq in sorted(found)]


async def _after(store: SqliteStore, begin: Stored) -> AsyncIterator[tuple[str, Stored, str]]:
    """What followed from a record, each once: the event that it followed from, its entry, and what links them.

    First all that commands led to; then what was taken from queues later, by whoever had begun to look by itself.
    """
    seen, waiting = {begin.seq}, [begin.event_id]
    sends: list[str] = [begin.event_id] if _SENT in begin.record else []
    while waiting:
        while waiting:
            above = waiting.pop()
            for seq, how in await store.read_with(effects_of, above):
                if seq in seen:
                    continue
                seen.add(seq)
                entry = await _at(store, seq)
                waiting.append(entry.event_id)
                if _SENT in entry.record:
                    sends.append(entry.event_id)
                yield above, entry, how
        for event_id, seq in await _taken(store, begin, sends):
            if seq not in seen:
                seen.add(seq)
                entry = await _at(store, seq)
                waiting.append(entry.event_id)
                yield event_id, entry, _MESSAGE
                break


async def _taken(store: SqliteStore, begin: Stored, events: list[str]) -> list[tuple[str, int]]:
    """The receives that took what these events had sent, in order."""
    taken = await store.read_with(takers, begin.seq) if events else {}
    return sorted(
        ((event_id, seq) for event_id in events for seq in taken.get(event_id, ())), key=lambda one: one[1]
    )


def node(entry: Stored, how: str, *, certain: bool = True) -> Node:
    """A record in a few words."""
    record = _decode(entry.record)
    return Node(
        event_id=entry.event_id, time=str(record.get("eventTime", "")),
        action=f"{str(record.get('eventSource', '')).removesuffix('.amazonaws.com')} {record.get('eventName', '')}",
        by=named(actor(record)), resource=_resource(record), error=str(record.get("errorCode") or ""), how=how,
        certain=certain,
    )  # fmt: skip


async def _sender(store: SqliteStore, entry: Stored, steps: list[Node]) -> tuple[Stored, str, bool] | None:
    """What sent the message that a receive took: that is why what took it was done. Of several, the one of whose chain
    that is."""
    if len(steps) < 2 or entry.cause is None:
        return None
    found: Stored | None = None
    after = await store.get(steps[-2].event_id)
    for event_id in senders(entry.note):
        seq = await store.read_with(seq_of, event_id)
        one = await _at(store, seq) if seq is not None else None
        if one is not None and (found is None or (after is not None and after.root in (one.root, event_id))):
            found = one
    return (found, _MESSAGE, True) if found is not None else None


async def _cause(store: SqliteStore, chains: Chains, entry: Stored) -> tuple[Stored, str, bool] | None:
    """What made a record happen, how it is linked to it, and whether the log says so itself."""
    key = entry.cause or ""
    if WITHIN in key:
        return await _run_of(store, key.rpartition(WITHIN)[0])
    first, _, rest = key.partition("/")
    if rest.startswith("first/") or first == "effect":
        seq = await store.read_with(call_of_request, first, entry.seq) if first != "effect" else None
        return None if seq is None else (await _at(store, seq), "needed before it", True)
    if rest.startswith("timer/"):
        return await _rule_of(store, entry)
    if rest:
        seq = await store.read_with(seq_of, first)
        return None if seq is None else (await _at(store, seq), rest.split("/")[0], True)
    guess = await inferred.cause(store, entry)
    if guess is not None:
        seq = await store.read_with(seq_of, guess[0])
        return None if seq is None else (await _at(store, seq), guess[1], False)
    links = await chains.behind(_decode(entry.record))
    issued = next((link for link in links if link.event_id), None)
    if issued is None or issued.event_id is None or issued.event_id == entry.event_id:
        return None
    seq = await store.read_with(seq_of, issued.event_id)
    certain = issued.confidence is Confidence.CERTAIN
    return None if seq is None else (await _at(store, seq), "by the session it gave", certain)


async def _rule_of(store: SqliteStore, entry: Stored) -> tuple[Stored, str, bool] | None:
    """The call that set the rule by which a service did something when its time came."""
    details = _decode(entry.record).get("serviceEventDetails")
    members = cast("dict[str, Any]", details) if isinstance(details, dict) else {}
    event, rule = members.get("setByEventId"), members.get("ruleId")
    seq = await store.read_with(seq_of, event) if isinstance(event, str) else None
    return None if seq is None else (await _at(store, seq), f"by rule {rule}", True)


async def _run_of(store: SqliteStore, key: str) -> tuple[Stored, str, bool] | None:
    """The run within which a call was made; while it goes on, what made it run."""
    seq = await store.read_with(of_key, key)
    if seq is not None:
        return await _at(store, seq), "within", True
    first, _, rest = key.partition("/")
    seq = await store.read_with(seq_of, first)
    return (
        None if seq is None else (await _at(store, seq), f"within {rest.split('/')[0]}, which goes on", True)
    )


async def _entry(store: SqliteStore, event_id: str) -> Stored:
    found = await store.get(event_id)
    if found is None:
        raise LookupError(f"the log has no event {event_id}")
    return found


async def _at(store: SqliteStore, seq: int) -> Stored:
    async for entries in store.read(after=seq - 1, batch=1):
        return entries[0]
    raise LookupError(f"the log has no entry {seq}")


def _resource(record: dict[str, Any]) -> str:
    told = record.get("resources")
    for one in cast("list[Any]", told) if isinstance(told, list) else []:
        entry = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        if arn := entry.get("ARN") or entry.get("ARNPrefix"):
            return str(arn)
    params = record.get("requestParameters")
    values = list(cast("dict[str, Any]", params).values()) if isinstance(params, dict) else []
    several = list(_leaves(values[0])) if len(values) == 1 else []
    return ", ".join(several[:MOST_NAMED]) + (", …" if len(several) > MOST_NAMED else "")


def _leaves(value: object) -> Iterator[str]:
    """What a parameter holds, however deep: EC2 names instances in `{"items": [{"instanceId": …}]}`."""
    if isinstance(value, dict):
        for one in cast("dict[str, object]", value).values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _leaves(one)
    else:
        yield str(value)


def line(step: Node, depth: int) -> str:
    """One step for people: indented, what links it in front, what it did to what, by whom."""
    link = f"{'   ' * (depth - 1)}└─ " if depth else ""
    how = f"[{step.how}{'' if step.certain else '?'}] " if step.how else ""
    error = f"  {step.error}" if step.error else ""
    resource = f"  {step.resource}" if step.resource else ""
    text = f"{how}{step.time}  {step.action}{resource}{error}  by {step.by}  event {step.event_id}"
    return link + clean(text)


def plain(step: Node) -> Any:
    """A step for programs."""
    return msgspec.to_builtins(step)
