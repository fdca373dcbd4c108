"""Which records are asked for: the filters of `events`, on the index and on records that just arrived."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, cast

import msgspec

from backtrail import mentions
from backtrail.actors import recipient
from backtrail.order import fold_key
from backtrail.store import Stored
from backtrail_eventstore import Event, Filters, Index, cursor

_KEY = re.compile(r"A[A-Z]{2}A[A-Z0-9]{8,}")  # an access key's id (AKIA, ASIA, …)
_PAGE = 500
_MOST_NAMES = 50  # principals that one name may stand for
_FEW = 5  # values that are all named where none is like what was asked for

_decode = msgspec.json.Decoder(dict[str, Any]).decode

_PRINCIPALS = (
    "select distinct w.text from word w where w.text glob ? "
    "and exists (select 1 from event e where e.principal = w.id) limit ?"
)


@dataclass(frozen=True)
class Selection:
    """What a user asked for. `actor` is an ARN, a user's or role's name, a session's name, an access key or an IP
    address; `error` is a code, or `any` for everything that failed."""

    filters: Filters = Filters()  # noqa: RUF009 - frozen
    actor: str | None = None
    resource: str | None = None


def filters(given: dict[str, Any]) -> Filters:
    """The index's filters from the command line's."""
    error = given.get("error")
    return Filters(
        since=given.get("since"),
        until=given.get("until"),
        source=source(given["service"]) if given.get("service") else None,
        action=given.get("action"),
        account=given.get("account"),
        region=given.get("region"),
        error=None if error in (None, "any") else error,
        failed=True if error == "any" else None,
        read_only=given.get("read_only"),
    )


def source(service: str) -> str:
    """The eventSource of a service by any of its names: `cloudwatch`, `monitoring`, `monitoring.amazonaws.com`."""
    if "." in service:
        return service
    from backtrail import names  # the table of all services is not free

    return names.source_of(service)


async def select(index: Index, wanted: Selection, *, limit: int, newest_first: bool) -> list[Event]:
    """Records that pass, by time."""
    everybody = (
        [wanted.filters] if wanted.actor is None else await _by_actor(index, wanted.filters, wanted.actor)
    )
    if wanted.resource is not None:
        return await _touching(index, wanted.resource, everybody, limit, newest_first)
    found = [await index.events(one, limit=limit, newest_first=newest_first) for one in everybody]
    if len(found) == 1:
        return found[0]
    merged = merge(*found, key=cursor, reverse=newest_first)
    once = {event.seq: event for event in merged}
    return list(islice(once.values(), limit))


async def _by_actor(index: Index, base: Filters, actor: str) -> list[Filters]:
    """Filters, any of which may hold, for a name that a person gave."""
    if actor.startswith("arn:"):
        return [_with(base, principal=actor)]
    if _KEY.fullmatch(actor):
        return [_with(base, access_key=actor)]
    if _is_address(actor):
        return [_with(base, ip=actor)]
    await index.refresh()
    literal = re.sub(r"([*?\[])", r"[\1]", actor)
    by_tail = await index.run(_principals, f"arn:*[:/]{literal}")
    return [
        _with(base, user=actor),
        _with(base, principal=actor),
        *(_with(base, principal=arn) for arn in by_tail),
    ]


def _with(base: Filters, **more: str) -> Filters:
    return msgspec.structs.replace(base, **more)


def _is_address(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _principals(connection: sqlite3.Connection, pattern: str) -> list[str]:
    return [row[0] for row in connection.execute(_PRINCIPALS, (pattern, _MOST_NAMES))]


async def _touching(
    index: Index, resource: str, everybody: list[Filters], limit: int, newest_first: bool
) -> list[Event]:
    found: dict[int, Event] = {}
    after = None
    while len(found) < limit:
        page = await index.touching(resource, limit=_PAGE, after=after, newest_first=newest_first)
        for touch in page:
            if any(passes(touch, one) for one in everybody):
                found.setdefault(touch.seq, touch)
        if len(page) < _PAGE:
            break
        after = cursor(page[-1])
    return list(islice(found.values(), limit))


def passes(event: Event, wanted: Filters) -> bool:
    """Whether a record passes, as the index would say."""
    if wanted.since is not None and event.time < wanted.since:
        return False
    if wanted.until is not None and event.time > wanted.until:
        return False
    if wanted.failed is not None and bool(event.error) is not wanted.failed:
        return False
    if wanted.read_only is not None and event.read_only is not wanted.read_only:
        return False
    equal = ("source", "action", "account", "region", "principal", "user", "access_key", "error", "ip")
    return all(getattr(wanted, name) in (None, getattr(event, name)) for name in equal)


def arrived(entry: Stored, wanted: Selection) -> Event | None:
    """A record that just arrived, when it passes: for following a log, where nothing waits for the index."""
    record = _decode(entry.record)
    event = _event(entry, record)
    if not passes(event, wanted.filters) or not _is_by(event, wanted.actor):
        return None
    if wanted.resource is not None:
        spelled = set(mentions.aliases(wanted.resource))
        if not any(one.id in spelled for one in mentions.mentions(record)):
            return None
    return event


def _is_by(event: Event, actor: str | None) -> bool:
    if actor is None or actor in (event.principal, event.user, event.access_key, event.ip):
        return True
    return event.principal.startswith("arn:") and event.principal.endswith((f"/{actor}", f":{actor}"))


def _event(entry: Stored, record: dict[str, Any]) -> Event:
    from backtrail.trail.events import is_read_only
    from backtrail_eventstore.audit_build import user_name
    from backtrail_eventstore.writing import from_micros

    identity: object = record.get("userIdentity")
    who = cast("dict[str, object]", identity) if isinstance(identity, dict) else {}
    read_only = record.get("readOnly")
    return Event(
        seq=entry.seq,
        event_id=entry.event_id,
        time=from_micros(fold_key(record)[0]),
        source=_text(record.get("eventSource")),
        action=_text(record.get("eventName")),
        account=recipient(record) or "",
        region=_text(record.get("awsRegion")),
        principal=_text(who.get("arn") or who.get("invokedBy") or who.get("principalId")),
        user=_text(user_name(who)),
        access_key=_text(who.get("accessKeyId")),
        error=_text(record.get("errorCode")),
        ip=_text(record.get("sourceIPAddress")),
        read_only=read_only
        if isinstance(read_only, bool)
        else is_read_only("", _text(record.get("eventName"))),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


async def unknown_words(index: Index, given: dict[str, Any]) -> list[str]:
    """Which filters name something that no record has, each with what is like it: `action 'DeleteBuckt' (…)`."""
    found: list[str] = []
    for name in ("service", "action", "account", "region", "error"):
        value = given.get(name)
        if value is None or (name == "error" and value == "any"):
            continue
        column = "source" if name == "service" else name
        wanted = source(value) if name == "service" else value
        known = await index.run(_words, column)
        if wanted not in known:
            found.append(f"{name} {value!r}{_like(wanted, known)}")
    actor = given.get("actor")
    if actor is not None and not await acted(index, actor):
        names = await index.run(_words, "user") + await index.run(_words, "principal")
        found.append(f"actor {actor!r}{_like(actor, sorted({one.rsplit('/', 1)[-1] for one in names}))}")
    return found


async def as_actor(index: Index, name: str) -> str:
    """Where to look when what was asked for as a resource is somebody who acted; empty where nobody did."""
    if name.endswith("*") or not await acted(index, name):
        return ""
    return f"It is somebody who acted: `backtrail events --actor {name}` tells what was done."


async def acted(index: Index, actor: str) -> bool:
    """Whether any record is by an actor, named in any of the ways that `events --actor` knows."""
    return bool(await select(index, Selection(actor=actor), limit=1, newest_first=True))


def _words(connection: sqlite3.Connection, column: str) -> list[str]:
    query = f"select w.text from word w where exists (select 1 from event e where e.{column} = w.id)"
    return [row[0] for row in connection.execute(query)]


def _like(wanted: str, known: list[str]) -> str:
    from backtrail_cli.faults import like

    names = sorted({one.removesuffix(".amazonaws.com") for one in known if one})
    close = like(wanted.removesuffix(".amazonaws.com"), names)
    return close or (f" (it has {', '.join(names)})" if names and len(names) <= _FEW else "")
