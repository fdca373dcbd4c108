"""What a foreign record lets one infer of its cause: AWS tells who acted, seldom what for.

In the order in which they are looked at, the strongest first: a tag that names the stack or the group that made it,
a token that an earlier record has too, a service that acted for the caller (`invokedBy`). None of them is certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import msgspec

from backtrail.mentions import Verb, mentions
from backtrail.store import Stored
from backtrail_eventstore import Event, Filters, SqliteStore
from backtrail_eventstore.causes import before_with

_LONG = timedelta(hours=1)
"""How long after it was called a service may still act for its caller (ours: a forward access session lasts no longer
than the caller's own, https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html)."""
_MOST = 100
_DEPTH = 12
_FEW = 5  # of what a record ends: all of it was one service's doing

_MAKERS = {
    "aws:cloudformation:stack-id": "cloudformation.amazonaws.com",
    "aws:cloudformation:stack-name": "cloudformation.amazonaws.com",
    "aws:autoscaling:groupName": "autoscaling.amazonaws.com",
}
"""Tags that a service sets on what it makes, with its eventSource:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html"""
_TOKENS = frozenset({"clienttoken", "clientrequesttoken", "idempotencytoken", "creationtoken"})
_TOKEN_MIN = 16  # shorter ones are made up by people, and stand in many records

_decode = msgspec.json.Decoder(dict[str, Any]).decode


async def cause(store: SqliteStore, entry: Stored) -> tuple[str, str] | None:
    """The event that may have caused a record, and what says so; None where nothing does."""
    record = _decode(entry.record)
    found = await _by_tag(store, entry, record)
    found = found or await _by_token(store, entry, record)
    return found or await _by_service(store, entry, record) or await _by_maker(store, entry, record)


def made_by(record: dict[str, Any]) -> Iterator[str]:
    """The stacks and groups whose tags a record puts on what it makes."""
    for name, value in _tags(record.get("requestParameters")):
        if name in _MAKERS:
            yield value


async def _by_maker(store: SqliteStore, entry: Stored, record: dict[str, Any]) -> tuple[str, str] | None:
    """Where a service ends something: the last change of the stack or group with whose tag that was made."""
    who = record.get("userIdentity")
    if not isinstance(who, dict) or not cast("dict[str, Any]", who).get("invokedBy"):
        return None
    ended = [one.id for one in mentions(record) if one.verb is Verb.DELETED]
    for name in ended[:_FEW]:
        made = await store.index.touching(name, (Verb.CREATED,), limit=1)
        if made and made[0].event_id != entry.event_id:
            origin = _decode(await _record(store, made[0].seq))
            if found := await _by_tag(store, entry, origin):
                return found
    return None


async def _by_tag(store: SqliteStore, entry: Stored, record: dict[str, Any]) -> tuple[str, str] | None:
    """The last change of the stack or the group that a record's tags name."""
    for name, value in _tags(record.get("requestParameters")):
        source = _MAKERS.get(name)
        if source is None or record.get("eventSource") == source:
            continue
        mine = await _event(store, entry)
        touches = await store.index.touching(value, limit=_MOST, newest_first=True)
        before = [one for one in touches if mine and one.source == source and _earlier_change(one, mine)]
        for touch in before:
            if value.encode() in await _record(store, touch.seq):  # a name may be given again, an id is not
                return touch.event_id, f"its tag {name}"
        if before:
            return before[0].event_id, f"its tag {name}"
    return None


async def _by_token(store: SqliteStore, entry: Stored, record: dict[str, Any]) -> tuple[str, str] | None:
    """An earlier record of another call that has the same token."""
    for value in _tokens(record.get("requestParameters")):
        event_id = await store.read_with(before_with, entry.seq, value)
        if event_id is not None and event_id != entry.event_id:
            return event_id, "its client token"
    return None


async def _by_service(store: SqliteStore, entry: Stored, record: dict[str, Any]) -> tuple[str, str] | None:
    """The caller's last change in the service that acted for it."""
    who = record.get("userIdentity")
    identity = cast("dict[str, Any]", who) if isinstance(who, dict) else {}
    service, arn = identity.get("invokedBy"), identity.get("arn")
    if not isinstance(service, str) or not isinstance(arn, str) or record.get("eventSource") == service:
        return None
    mine = await _event(store, entry)
    if mine is None:
        return None
    wanted = Filters(since=mine.time - _LONG, until=mine.time, source=service, principal=arn, read_only=False)
    for event in await store.index.events(wanted, limit=_MOST, newest_first=True):
        if _earlier_change(event, mine):
            return event.event_id, f"invokedBy {service}"
    return None


async def _record(store: SqliteStore, seq: int) -> bytes:
    async for entries in store.read(after=seq - 1, batch=1):
        return entries[0].record
    return b""


async def _event(store: SqliteStore, entry: Stored) -> Event | None:
    """A record as the index knows it."""
    from backtrail_cli.selection import Selection, arrived

    return arrived(entry, Selection())


def _earlier_change(event: Event, than: Event) -> bool:
    return (
        event.event_id != than.event_id
        and event.time <= than.time
        and event.read_only is not True
        and not event.error
    )


def _tags(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every tag in a record's parameters, in whichever way the service writes them."""
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _tags(one, depth + 1)
    if not isinstance(value, dict):
        return
    members = cast("dict[str, Any]", value)
    name = members.get("key") or members.get("Key") or members.get("tagKey")
    told = members.get("value") or members.get("Value") or members.get("tagValue")
    if isinstance(name, str) and isinstance(told, str):
        yield name, told
    for key, one in members.items():
        if isinstance(one, str) and key in _MAKERS:
            yield key, one
        yield from _tags(one, depth + 1)


def _tokens(value: Any) -> Iterator[str]:
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for key, one in members.items():
        if key.lower() in _TOKENS and isinstance(one, str) and len(one) >= _TOKEN_MIN:
            yield one
