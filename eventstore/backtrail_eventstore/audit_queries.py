"""Questions to the audit index: each O(log n) and the length of its answer.

How a person names a resource: the exact identifier as records have it comes first; then the identifier's
other spellings; then, for a name that is no ARN, the ARNs whose resource part (`bucket/key`, `role/name`)
or last segment is that name. A `*` at the end asks for a prefix.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from backtrail import mentions
from backtrail_eventstore.words import VERBS
from backtrail_eventstore.writing import from_micros, micros

LIMIT = 100
MOST_RESOURCES = 500  # that one name may stand for


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One record as the index knows it."""

    seq: int
    event_id: str
    time: datetime
    source: str
    action: str
    account: str
    region: str
    principal: str
    user: str
    access_key: str
    error: str
    ip: str
    read_only: bool | None


class Touch(Event, frozen=True, kw_only=True):
    """A record that mentions a resource: under which identifier, and what it did to it."""

    resource: str
    verb: mentions.Verb
    type: str
    certain: bool


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which records: all that is given must hold. Texts are equal, not alike."""

    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None
    action: str | None = None
    account: str | None = None
    region: str | None = None
    principal: str | None = None
    user: str | None = None
    access_key: str | None = None
    error: str | None = None
    failed: bool | None = None
    read_only: bool | None = None
    ip: str | None = None


Cursor = tuple[int, int]
"""(time in microseconds, seq) of the last row of a page; the next page begins after it."""

# Those that find the fewest rows first: SQLite is told to use the index of the first that is given.
_BY_SELECTIVITY = (
    "access_key",
    "error",
    "principal",
    "user",
    "ip",
    "action",
    "source",
    "region",
    "account",
)
_WORDS = ("source", "action", "account", "region", "principal", "user", "access_key", "error", "ip")
_COLUMNS = "e.seq, l.event_id, e.t, " + ", ".join(f"w_{name}.text" for name in _WORDS) + ", e.read_only"
_JOINS = "join entry l on l.seq = e.seq " + " ".join(
    f"join word w_{name} on w_{name}.id = e.{name}" for name in _WORDS
)

_OF_SERVICE = " and (type = 0 or exists (select 1 from word w where w.id = m.type and w.text glob ?))"

Row = tuple[int, str, int, str, str, str, str, str, str, str, str, str, int | None]


def events(
    connection: sqlite3.Connection, filters: Filters, limit: int, after: Cursor | None, newest_first: bool
) -> list[Event]:
    """Records that pass the filters, by time."""
    conditions: list[str] = []
    values: list[object] = []
    by = ""
    for name in _BY_SELECTIVITY:
        wanted = getattr(filters, name)
        if wanted is not None:
            row = connection.execute("select id from word where text = ?", (wanted,)).fetchone()
            if row is None:
                return []
            by = by or f"indexed by event_{name}"
            conditions.append(f"e.{name} = ?")
            values.append(row[0])
    if by.endswith("_error"):
        conditions.append("e.error <> 0")  # what the partial index asks for
    if filters.failed is not None:
        conditions.append("e.error <> 0" if filters.failed else "e.error = 0")
    if filters.read_only is not None:
        conditions.append("e.read_only = ?")
        values.append(int(filters.read_only))
    _add_times(conditions, values, filters.since, filters.until, after, newest_first)
    where = f"where {' and '.join(conditions)}" if conditions else ""
    order = "desc" if newest_first else "asc"
    rows = connection.execute(
        f"with e as materialized (select * from event e {by or 'indexed by event_time'} {where} "
        f"order by t {order}, seq {order} limit ?) "
        f"select {_COLUMNS} from e {_JOINS} order by e.t {order}, e.seq {order}",
        (*values, limit),
    ).fetchall()
    return [_event(row) for row in rows]


def touching(
    connection: sqlite3.Connection,
    resources: Sequence[Meant],
    verbs: Collection[mentions.Verb],
    limit: int,
    after: Cursor | None,
    newest_first: bool,
) -> list[Touch]:
    """Records that mention one of these resources (numbers from `find`), by time."""
    order = "desc" if newest_first else "asc"
    kinds = [VERBS.index(verb) for verb in verbs]
    conditions = [f"verb in ({', '.join(map(str, kinds))})"] if kinds else []
    times: list[object] = []
    _add_times(conditions, times, None, None, after, newest_first)
    extra = "".join(f" and {condition}" for condition in conditions).replace("e.", "")
    found: list[tuple[object, ...]] = []
    for resource, service in resources:
        # One range of the primary key each, never a scan over all of them.
        of_service = "" if service is None else _OF_SERVICE
        found += connection.execute(
            "select t, seq, resource, verb, type, certain from mention m "
            f"where resource = ?{of_service}{extra} order by t {order}, seq {order} limit ?",
            (resource, *(() if service is None else (f"{service}:*",)), *times, limit),
        ).fetchall()
    found.sort(key=lambda row: row[:4], reverse=newest_first)
    return [_touch(connection, row) for row in _once(found)[:limit]]


def _once(found: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """One row for a record and a verb, though it may name the resource in several spellings."""
    seen: set[tuple[object, object]] = set()
    kept: list[tuple[object, ...]] = []
    for row in found:
        if (row[1], row[3]) not in seen:
            seen.add((row[1], row[3]))
            kept.append(row)
    return kept


class Meant(NamedTuple):
    """A resource that a name may mean: its number, and the service whose it must be (None: anybody's)."""

    resource: int
    service: str | None


def find(connection: sqlite3.Connection, name: str) -> list[Meant]:
    """The resources that a person may mean by this name, by the surest rule that finds any."""
    if name.endswith("*") and len(name) > 1:
        numbers = _numbers(connection, "text >= ? and text < ?", name[:-1], name[:-1] + "\U0010ffff")
        return [Meant(number, None) for number in numbers]
    found = [Meant(number, None) for number in _numbers(connection, "text = ?", name)]
    # A bare name out of an ARN may be another service's resource, too.
    type_ = mentions.type_of(name)
    service = type_.split(":")[0] if type_ else None
    for other in mentions.aliases(name)[1:]:
        found += [Meant(number, service) for number in _numbers(connection, "text = ?", other)]
    if not found and not name.startswith("arn:"):
        numbers = _numbers(connection, "part = ?", name) or _numbers(connection, "tail = ?", name)
        found = [Meant(number, None) for number in numbers]
    return found


def _numbers(connection: sqlite3.Connection, condition: str, *values: str) -> list[int]:
    rows = connection.execute(f"select id from resource where {condition} limit ?", (*values, MOST_RESOURCES))
    return [row[0] for row in rows]


def issuers(connection: sqlite3.Connection, access_key: str) -> list[int]:
    """The entries whose record gave this access key to somebody, oldest first."""
    rows = connection.execute("select seq from credential where access_key = ? order by seq", (access_key,))
    return [row[0] for row in rows]


def most_frequent_recipient(connection: sqlite3.Connection) -> str | None:
    """The account that most records belong to; the lower one of two equals."""
    row = connection.execute(
        "select w.text from recipient r join word w on w.id = r.account where r.account <> 0 "
        "order by r.records desc, w.text limit 1"
    ).fetchone()
    return None if row is None else row[0]


def recipients(connection: sqlite3.Connection) -> dict[str, int]:
    """How many records belong to each account, the most frequent first."""
    rows = connection.execute(
        "select w.text, r.records from recipient r join word w on w.id = r.account "
        "order by r.records desc, w.text"
    )
    return dict(rows.fetchall())


def unread(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """The entries whose mentions could not be read."""
    return connection.execute("select seq, reason from unread order by seq").fetchall()


def _add_times(
    conditions: list[str],
    values: list[object],
    since: datetime | None,
    until: datetime | None,
    after: Cursor | None,
    newest_first: bool,
) -> None:
    if since is not None:
        conditions.append("e.t >= ?")
        values.append(micros(since))
    if until is not None:
        conditions.append("e.t <= ?")
        values.append(micros(until))
    if after is not None:
        conditions.append(f"(e.t, e.seq) {'<' if newest_first else '>'} (?, ?)")
        values += after


def _event(row: Row) -> Event:
    return Event(
        seq=row[0],
        event_id=row[1],
        time=from_micros(row[2]),
        source=row[3],
        action=row[4],
        account=row[5],
        region=row[6],
        principal=row[7],
        user=row[8],
        access_key=row[9],
        error=row[10],
        ip=row[11],
        read_only=None if row[12] is None else bool(row[12]),
    )


def _touch(connection: sqlite3.Connection, found: tuple[object, ...]) -> Touch:
    _, seq, resource, verb, type_, certain = found
    row = connection.execute(
        f"select {_COLUMNS}, r.text, t.text from event e {_JOINS} "
        "join resource r on r.id = ? join word t on t.id = ? where e.seq = ?",
        (resource, type_, seq),
    ).fetchone()
    event = _event(row[:13])
    assert isinstance(verb, int)
    return Touch(
        **msgspec.structs.asdict(event),
        resource=row[13],
        type=row[14],
        verb=VERBS[verb],
        certain=bool(certain),
    )


def cursor(event: Event) -> Cursor:
    """Where the next page after this record begins."""
    return micros(event.time), event.seq
