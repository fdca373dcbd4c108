"""The chain behind a record, and the tree that followed from it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from backtrail.actors import Confidence, actor
from backtrail.store import Stored
from backtrail_cli.chains import Chains, named
from backtrail_cli.screen import clean
from backtrail_eventstore import SqliteStore
from backtrail_eventstore.causes import call_of_request, effects_of, seq_of

_decode = msgspec.json.Decoder(dict[str, Any]).decode
MOST_STEPS = 64


class Node(msgspec.Struct, kw_only=True):
    """One record in a chain or a tree. `how` says what links it to the one before: a reaction, a session, a request."""

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
        found = await _cause(store, chains, entry)
        if found is None or found[0].seq in seen:
            break
        entry, how, certain = found
        seen.add(entry.seq)
        steps.append(node(entry, how, certain=certain))
    return steps


async def tree(store: SqliteStore, event_id: str) -> Node:
    """What followed from a record, by commands. Raises `LookupError`."""
    root = node(await _entry(store, event_id), "")
    waiting = [root]
    while waiting:
        one = waiting.pop()
        for seq in await store.read_with(effects_of, one.event_id):
            entry = await _at(store, seq)
            child = node(entry, (entry.cause or "").split("/")[1])
            one.then = [*one.then, child]
            waiting.append(child)
    return root


def node(entry: Stored, how: str, *, certain: bool = True) -> Node:
    """A record in a few words."""
    record = _decode(entry.record)
    return Node(
        event_id=entry.event_id, time=str(record.get("eventTime", "")),
        action=f"{str(record.get('eventSource', '')).removesuffix('.amazonaws.com')} {record.get('eventName', '')}",
        by=named(actor(record)), resource=_resource(record), error=str(record.get("errorCode") or ""), how=how,
        certain=certain,
    )  # fmt: skip


async def _cause(store: SqliteStore, chains: Chains, entry: Stored) -> tuple[Stored, str, bool] | None:
    """What made a record happen, how it is linked to it, and whether the log says so itself."""
    first, _, rest = (entry.cause or "").partition("/")
    if rest.startswith("first/") or first == "effect":
        seq = await store.read_with(call_of_request, first, entry.seq) if first != "effect" else None
        return None if seq is None else (await _at(store, seq), "needed before it", True)
    if rest:
        seq = await store.read_with(seq_of, first)
        return None if seq is None else (await _at(store, seq), rest.split("/")[0], True)
    links = await chains.behind(_decode(entry.record))
    issued = next((link for link in links if link.event_id), None)
    if issued is None or issued.event_id is None or issued.event_id == entry.event_id:
        return None
    seq = await store.read_with(seq_of, issued.event_id)
    certain = issued.confidence is Confidence.CERTAIN
    return None if seq is None else (await _at(store, seq), "by the session it gave", certain)


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
    return str(values[0]) if len(values) == 1 else ""


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
