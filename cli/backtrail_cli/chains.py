"""Who stands behind a record: its actor, and the callers back to the one who began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from backtrail.actors import Actor, Confidence, Link, Sessions, actor
from backtrail_eventstore import Filters, SqliteStore

_SLACK = timedelta(seconds=2)  # between a session's beginning and the call that gave it
_MOST_STEPS = 4_000  # of roles that assumed roles: AWS has no limit
_MOST_AT_ONCE = 200  # calls of that moment that are looked at
_GIVES = ("Assume", "GetFederationToken", "GetSessionToken", "GetSigninToken", "ConsoleLogin", "SwitchRole")

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Chains:
    """Answers for one log. Only the records on the way back are read."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._sessions = Sessions()
        self._learned: set[int] = set()
        self._asked: set[object] = set()

    async def behind(self, record: dict[str, Any]) -> list[Link]:
        """The record's actor first, the one who began last; see `backtrail.actors.Sessions.chain`."""
        waiting = [actor(record)]
        for _ in range(_MOST_STEPS):
            if not waiting:
                break
            waiting = [caller for who in waiting for caller in await self._learn_behind(who)]
        return self._sessions.chain(record)

    async def _learn_behind(self, who: Actor) -> list[Actor]:
        """Learn the records that may have given an actor its session; who made them."""
        if who.session_key in self._asked and who.access_key in self._asked:
            return []
        self._asked |= {who.session_key, who.access_key}
        seqs: list[int] = await self._store.index.issuers([who.access_key]) if who.access_key else []
        if not seqs and who.began:
            seqs = await self._given_at(who.began)
        callers: list[Actor] = []
        for seq in seqs:
            if seq not in self._learned:
                self._learned.add(seq)
                record = await record_at(self._store, seq)
                self._sessions.learn(record)
                callers.append(actor(record))
        return callers

    async def _given_at(self, began: str) -> list[int]:
        """The calls at the moment when a session began that may have given it."""
        try:
            time = datetime.fromisoformat(began)
        except ValueError:
            return []
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        around = Filters(since=time - _SLACK, until=time + _SLACK)
        events = await self._store.index.events(around, limit=_MOST_AT_ONCE)
        return [event.seq for event in events if event.action.startswith(_GIVES)]


async def record_at(store: SqliteStore, seq: int) -> dict[str, Any]:
    """The record of an entry."""
    async for entries in store.read(after=seq - 1, batch=1):
        return _decode(entries[0].record)
    raise LookupError(f"the log has no entry {seq}")


def named(who: Actor) -> str:
    """An actor in a few words: `user alice`, `role Admin/s1`, `root of 123456789012`, `s3.amazonaws.com`."""
    match who.kind:
        case "Root":
            return f"root of {who.account}" if who.account else "root"
        case "IAMUser":
            return f"user {who.name}"
        case "AssumedRole" | "Role":
            return f"role {who.name}"
        case "FederatedUser":
            return f"federated user {who.name}"
        case "Instance":
            return f"instance {who.name}"
        case "AWSService":
            return who.name
        case _:
            return f"{who.name} ({who.kind})" if who.kind not in ("AWSAccount", "Unknown") else who.name


def acting_for(chain: list[Link]) -> str:
    """For whom the actor of a chain acted: empty where it acted for itself.

    `user bert-jan`; `user bert-jan, through role A/s1`; `somebody unknown: no record gave access key ASIA…`.
    """
    last = chain[-1]
    between = [named(link.actor) for link in chain[1:-1]]
    through = f", through {' and '.join(reversed(between))}" if between else ""
    invoked = chain[0].actor.invoked_by
    by = f" (invoked by {invoked})" if invoked and invoked != chain[0].actor.name else ""
    if last.confidence is Confidence.UNKNOWN and last.missing:
        beyond = f"{named(last.actor)}, for somebody unknown" if len(chain) > 1 else "somebody unknown"
        return f"{beyond}{through} ({last.missing}){by}"
    if len(chain) == 1:
        return by.strip(" ()")
    sure = min((_SURE[link.confidence] for link in chain[:-1]), default=3)
    hedge = "" if sure == 3 else " (likely)" if sure == 2 else " (possibly)"
    return f"{named(last.actor)}{hedge}{through}{by}"


_SURE = {Confidence.CERTAIN: 3, Confidence.LIKELY: 2, Confidence.POSSIBLE: 1, Confidence.UNKNOWN: 0}


def plain(link: Link) -> dict[str, Any]:
    """A link for programs."""
    return {
        "actor": {
            name: value for name, value in msgspec.structs.asdict(link.actor).items() if value is not None
        },
        "event_id": link.event_id,
        "confidence": str(link.confidence),
        "missing": link.missing,
    }
