"""What an actor did for the first time: from an address, with an agent, in a region, of a service, by an action."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from backtrail.actors import Actor, actor
from backtrail.order import micros
from backtrail_eventstore import SqliteStore
from backtrail_eventstore.scanning import records

ACTOR: Final = "actor"
KINDS: Final = (ACTOR, "address", "agent", "region", "action")
MEMBERS: Final = ("time", "account", "kind", "name", "what", "value", "event_id")


class Novelty(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an actor is seen with for the first time. Of one who was never seen before that alone is told,
    with the first call."""

    time: str
    account: str
    kind: str
    name: str
    what: str  # one of KINDS
    value: str
    event_id: str


class _Line(msgspec.Struct):
    identity: msgspec.Raw = msgspec.field(name="userIdentity", default=msgspec.Raw(b"null"))
    time: Any = msgspec.field(name="eventTime", default="")
    source: Any = msgspec.field(name="eventSource", default="")
    name: Any = msgspec.field(name="eventName", default="")
    ip: Any = msgspec.field(name="sourceIPAddress", default="")
    agent: Any = msgspec.field(name="userAgent", default="")
    region: Any = msgspec.field(name="awsRegion", default="")
    event_id: Any = msgspec.field(name="eventID", default="")


_line = msgspec.json.Decoder(_Line).decode
_record = msgspec.json.Decoder(dict[str, Any]).decode

Who = tuple[str, str, str]
"""Account, kind and name: a role is one actor, however many sessions it had."""
_First = tuple[int, str, str]
_MOST_IDENTITIES = 50_000


async def since(store: SqliteStore, moment: datetime) -> list[Novelty]:
    """What is new from a moment on, against all that the log holds before it; the earliest first."""
    first: dict[tuple[Who, str, str], _First] = {}
    known: dict[bytes, Who] = {}
    async for rows in records(store):
        for _, record in rows:
            line = _line(record)
            raw = bytes(line.identity)
            who = known.get(raw)
            if who is None:
                if len(known) >= _MOST_IDENTITIES:
                    known.clear()
                who = known[raw] = _who(actor(_record(record)))
            seen = micros(str(line.time)), str(line.time), str(line.event_id)
            for what, value in _values(line):
                key = who, what, value
                if value and seen < first.get(key, (2**63, "", "")):
                    first[key] = seen
    begin = micros(moment.isoformat())
    fresh = {key: seen for key, seen in first.items() if seen[0] >= begin}
    strangers = {who for who, what, _ in fresh if what == ACTOR}
    told = [_novelty(key, seen) for key, seen in fresh.items() if key[1] == ACTOR or key[0] not in strangers]
    return sorted(told, key=lambda one: (one.time, one.name, KINDS.index(one.what), one.value))


def _novelty(key: tuple[Who, str, str], seen: _First) -> Novelty:
    (account, kind, name), what, value = key
    return Novelty(
        time=seen[1], account=account, kind=kind, name=name, what=what, value=value, event_id=seen[2]
    )


def _who(one: Actor) -> Who:
    role = one.kind in ("AssumedRole", "Role")
    return one.account or "", "Role" if role else one.kind, one.name.partition("/")[0] if role else one.name


def _values(line: _Line) -> Iterator[tuple[str, str]]:
    yield ACTOR, "never seen before"
    yield "address", str(line.ip or "")
    yield "agent", str(line.agent or "")
    yield "region", str(line.region or "")
    yield "action", f"{str(line.source).removesuffix('.amazonaws.com')}:{line.name}"
