"""The order in which records fold, whatever the order in which they arrived.

`fold_key` depends on one record alone, so a store can index it; it is the order of the log. `sort_second`
refines it where all records of a second are at hand: it knows which record defines what another one uses.

A record made here carries its exact time in its id, and that is its place. CloudTrail's own has one-second
steps and no sequence number, so within a second records stand by cause: what makes a thing before what uses
it, and what ends it last.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias, cast

import msgspec

from backtrail.ids import time_of
from backtrail.mentions.decide import mentions
from backtrail.mentions.mention import Declarations, Verb
from backtrail.mentions.operations import OTHER, SUFFIX, Operation, operation
from backtrail.mentions.refusals import failed
from backtrail.mentions.vocabulary import Act
from backtrail.mentions.walk import Hit, Json, collect

FoldKey: TypeAlias = tuple[int, int, str]
"""(microseconds since 1970, causal rank, eventID), compared as tuples: a total order, whatever is mixed.

- A live record (its id is a UUIDv7 whose time falls into the second of eventTime): (exact time, -1, id).
- Any other: (the second's beginning, rank, id). So in a second that holds both, the foreign ones come
  first (but for a live one of its very first microsecond): they are history that was imported before the
  log went on. Rank is 16 times the class (0 create,
  1 put and attach, 2 other and whatever failed, 3 detach and remove, 4 delete) and a finer step:
  creations that refer to more things come later (a subnet's names its VPC), deletions that refer to more
  things come earlier (a role's policy, then the role). Of the two records of a call across accounts, the
  caller's comes first.
- Without a readable eventTime: time 0."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
_LIVE = -1
_STEP = 16

_CLASSES = {
    Act.CREATE: 0,
    Act.COPY: 0,
    Act.PUT: 1,
    Act.ATTACH: 1,
    Act.DETACH: 3,
    Act.SCHEDULE: 3,
    Act.DELETE: 4,
}
_CREATE, _OTHER, _DELETE = 0, 2, 4


@lru_cache(maxsize=4096)
def micros(event_time: str) -> int:
    """Microseconds since 1970 of an eventTime, 0 where it cannot be read."""
    try:
        time = datetime.fromisoformat(event_time)
    except ValueError:
        return 0
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def fold_key(record: Mapping[str, object]) -> FoldKey:
    """Where the record stands in the fold, from the record alone (see `FoldKey`)."""
    event_id = str(record.get("eventID") or "")
    second = micros(str(record.get("eventTime") or ""))
    if event_id[14:15] == "7":
        exact = time_of(event_id)
        if exact is not None:
            live = (exact - _EPOCH) // _MICROSECOND
            if live // _SECOND == second // _SECOND:
                return live, _LIVE, event_id
    return second, _rank(record), event_id


class _Brief(msgspec.Struct):
    eventID: str | None = None
    eventTime: str | None = None
    eventSource: str | None = None
    eventName: str | None = None
    readOnly: bool | None = None
    sharedEventID: str | None = None


_brief = msgspec.json.Decoder(_Brief).decode


def brief(record: str | bytes) -> dict[str, object] | None:
    """As much of a record as its `fold_key` depends on; None where that is more than a few members.

    Most records look at something, or do what is neither a making nor an ending: their payloads need not be read.
    """
    try:
        found = _brief(record)
    except msgspec.MsgspecError:
        return None
    kind = _CLASSES.get(operation(found.eventSource or "", found.eventName or "").act, _OTHER)
    light = found.sharedEventID is None and (kind == _OTHER or found.readOnly is True)
    return msgspec.structs.asdict(found) if light else None


def is_live(key: FoldKey) -> bool:
    """Whether the key is of a record that carries its exact time."""
    return key[1] == _LIVE


def _rank(record: Mapping[str, object]) -> int:
    name = str(record.get("eventName") or "")
    op = operation(str(record.get("eventSource") or ""), name)
    kind = _CLASSES.get(op.act, _OTHER)
    if kind == _OTHER or record.get("readOnly") is True or _failed(record, name):
        return _OTHER * _STEP + _is_copy(record)
    if kind == _CREATE:
        return kind * _STEP + _references(op, record)
    if kind == _DELETE:
        return kind * _STEP + _STEP - 1 - _references(op, record)
    return kind * _STEP + _is_copy(record)


def _is_copy(record: Mapping[str, object]) -> bool:
    """Whether it is the resource's owner's record of a call: the caller's own, which tells more of him, goes first."""
    identity = record.get("userIdentity")
    return (
        record.get("sharedEventID") is not None
        and isinstance(identity, dict)
        and cast("dict[str, object]", identity).get("type") == "AWSAccount"
    )


def _failed(record: Mapping[str, object], name: str) -> bool:
    return failed(
        cast(Json, record.get("errorCode")),
        cast(Json, record.get("errorMessage")),
        cast(Json, record.get("requestParameters")),
        cast(Json, record.get("responseElements")),
        name,
    )


def _references(op: Operation, record: Mapping[str, object]) -> int:
    """How many other things the request names, at most one less than a step of the rank."""
    hits: list[Hit] = []
    collect(op, cast(Json, record.get("requestParameters")), hits)
    return min(len({hit[1] for hit in hits if hit[0] in (OTHER, SUFFIX)}), _STEP - 1)


class Sorted(msgspec.Struct, frozen=True):
    """The records of one second in causal order, and the ids whose end state that second leaves open.

    An id is undecidable when one record of the second makes it and another ends it, and not both carry
    exact times: it may have been made anew or made and removed. Such a second is folded as made, used,
    removed.
    """

    records: list[Mapping[str, object]]
    undecidable: list[str]


class _Uses:
    """Who makes, uses and ends one identifier within a second."""

    __slots__ = ("enders", "makers", "users")

    def __init__(self) -> None:
        self.makers: list[int] = []
        self.users: list[int] = []
        self.enders: list[int] = []


def sort_second(records: Iterable[Mapping[str, object]], declared: Declarations | None = None) -> Sorted:
    """Sort records of one second by what they make, use and end; the same for any order of arrival.

    Records with exact times never change places among themselves. A cycle is cut at the lowest `fold_key`.
    Records that share an eventID are ordered by their content.
    """
    keyed = sorted(((fold_key(record), record) for record in records), key=_total)
    keys = [key for key, _ in keyed]
    uses = _uses([record for _, record in keyed], declared)
    after: list[set[int]] = [set() for _ in keyed]
    undecidable: list[str] = []
    for identifier, use in uses.items():
        _edges(use, after)
        both = [(m, e) for m in use.makers for e in use.enders if m != e]
        if any(not (is_live(keys[m]) and is_live(keys[e])) for m, e in both):
            undecidable.append(identifier)
    live = [i for i, key in enumerate(keys) if is_live(key)]
    for earlier, later in pairwise(live):
        after[earlier].add(later)
        after[later].discard(earlier)
    order = _topological(after, dict(zip(live[1:], live, strict=False)))
    return Sorted([keyed[i][1] for i in order], sorted(undecidable))


def _total(item: tuple[FoldKey, Mapping[str, object]]) -> tuple[FoldKey, bytes]:
    return item[0], msgspec.json.encode(item[1], order="deterministic")


def _uses(records: list[Mapping[str, object]], declared: Declarations | None) -> dict[str, _Uses]:
    uses: dict[str, _Uses] = {}
    for i, record in enumerate(records):
        for mention in mentions(record, declared):
            if mention.verb is Verb.REFUSED:
                continue
            use = uses.setdefault(mention.id, _Uses())
            if mention.verb is Verb.CREATED:
                use.makers.append(i)
            elif mention.verb is Verb.DELETED:
                use.enders.append(i)
            else:
                use.users.append(i)
    return {identifier: use for identifier, use in uses.items() if use.makers or use.enders}


def _edges(use: _Uses, after: list[set[int]]) -> None:
    for maker in use.makers:
        after[maker].update(user for user in use.users if user != maker)
    for user in use.users:
        after[user].update(ender for ender in use.enders if ender != user)


def _topological(after: list[set[int]], live_before: dict[int, int]) -> list[int]:
    """Indexes so that each comes before those after it, lowest index first; a cycle is cut at its lowest
    index.

    Indexes stand for the records in the order of their keys. `live_before` is never violated.
    """
    waiting = [0] * len(after)
    for followers in after:
        for i in followers:
            waiting[i] += 1
    ready = [i for i, count in enumerate(waiting) if count == 0]
    left = set(range(len(after)))
    order: list[int] = []
    while left:
        if ready:
            i = heapq.heappop(ready)
            if i not in left:
                continue
        else:
            i = min(i for i in left if live_before.get(i) not in left)
        left.discard(i)
        order.append(i)
        for later in after[i]:
            waiting[later] -= 1
            if waiting[later] == 0 and later in left:
                heapq.heappush(ready, later)
    return order
