"""Records in the order of time, each with its session: what timelines are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec

from backtrail.actors import Actor, actor
from backtrail.actors.lineage import session_id, session_key
from backtrail_cli.lineages import Family, title
from backtrail_cli.selection import passes
from backtrail_eventstore import Event, Filters, SqliteStore, cursor
from backtrail_eventstore.scanning import records_at

_PAGE = 500

decoded = msgspec.json.Decoder(dict[str, Any]).decode


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One record: as the index knows it, as it was written, by whom, in which session, on what."""

    event: Event
    record: dict[str, Any]
    who: Actor
    session: str
    resource: str


async def moves(
    store: SqliteStore, filters: Filters, family: Family | None = None, actor_: str | None = None
) -> AsyncIterator[Move]:
    """Records that pass, the oldest first; with an actor those of its sessions and of all that came out of them."""
    mine = family.owner(actor_) if actor_ is not None and family is not None else None
    after = None
    while True:
        page = await store.index.events(filters, limit=_PAGE, after=after, newest_first=False)
        records = await records_at(store, [event.seq for event in page])
        for event in page:
            record = decoded(records[event.seq])
            who = actor(record)
            session = family.session_of_actor(who) if family is not None else session_id(session_key(who))
            if (mine is None or mine(session, event.ip)) and passes(event, filters):
                yield Move(event=event, record=record, who=who, session=session, resource=resource(record))
        if len(page) < _PAGE:
            return
        after = cursor(page[-1])


def resource(record: dict[str, Any]) -> str:
    """What a call was about, in one name: what the record lists, else its first telling parameter."""
    told = record.get("resources")
    for one in cast("list[Any]", told) if isinstance(told, list) else []:
        entry = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        if arn := entry.get("ARN") or entry.get("ARNPrefix"):
            return str(arn)
    asked = record.get("requestParameters")
    params = cast("dict[str, Any]", asked) if isinstance(asked, dict) else {}
    if isinstance(params.get("bucketName"), str):
        key = params.get("key")
        return f"{params['bucketName']}/{key}" if isinstance(key, str) else str(params["bucketName"])
    names = [
        value
        for name, value in params.items()
        if isinstance(value, str) and name.lower().endswith(("name", "arn", "id", "url")) and value
    ]
    return names[0] if names else ""


def sentence(move: Move, family: Family | None) -> str:
    """A record in one sentence for people."""
    event = move.event
    session = family.by_id.get(move.session) if family is not None else None
    who = title(session) if session is not None else move.who.name
    what = f"{event.source.removesuffix('.amazonaws.com')}:{event.action}"
    on = f" on {move.resource}" if move.resource else ""
    how = f" was refused ({event.error})" if event.error else ""
    return f"{who} called {what}{on}{how}, from {event.ip}" if event.ip else f"{who} called {what}{on}{how}"
