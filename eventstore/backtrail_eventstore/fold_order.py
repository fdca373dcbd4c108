"""The order in which entries fold: kept in the derived file, since a late import changes it.

A place is `backtrail.order.fold_key` of the record (time in microseconds, causal rank, event id) and, where
two records have one event id, the seq.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import cast

import msgspec

from backtrail_eventstore import amendments, derived, forks
from backtrail_eventstore.reading import COLUMNS, EntryRow
from backtrail_eventstore.writing import micros

Place = tuple[int, int, str, int]
Worth = Callable[[str, str], bool]
"""Says by eventSource and eventName (without the API's date) whether an entry is worth reading."""

FIRST: Place = (-(1 << 63), 0, "", 0)
_LAST_T = (1 << 63) - 1

_decode = msgspec.json.Decoder(dict[str, object]).decode

_NEW = "select seq, event_id, record, origin, hash from entry where seq > ? order by seq limit ?"
_NEXT = f"""
    select {COLUMNS}, f.t, f.rank from fold f cross join entry e on e.seq = f.seq
    where (f.t, f.rank, f.id, f.seq) > (?, ?, ?, ?) and f.t <= ?
    order by f.t, f.rank, f.id, f.seq limit ?"""

# Over a fork's view a join in that order would put the whole past aside first, for every batch.
_NEXT_FORKED = f"""
    with f as materialized (
        select * from fold where (t, rank, id, seq) > (?, ?, ?, ?) and t <= ? order by t, rank, id, seq limit ?
    )
    select {COLUMNS}, f.t, f.rank from f join entry e on e.seq = f.seq order by f.t, f.rank, f.id, f.seq"""

# Of records that were told apart by the index alone; what it does not know yet is read.
_WORTH = """
    select f.t, f.rank, f.id, f.seq, v.source, v.action from fold f left join event v on v.seq = f.seq
    where (f.t, f.rank, f.id, f.seq) > (?, ?, ?, ?) and f.t <= ?
    order by f.t, f.rank, f.id, f.seq limit ?"""
_LOOKED_AT = 20_000  # by the index alone, for one batch


def place_of(seq: int, event_id: str, content: dict[str, object]) -> Place:
    """Where an entry stands in the fold."""
    from backtrail.order import fold_key  # who only asks a log that is in order needs none of its rules

    if content.get("eventID") != event_id:
        content["eventID"] = event_id  # delivered without one
    t, rank, identifier = fold_key(content)
    return t, rank, identifier, seq


def extend_if_behind(connection: sqlite3.Connection, limit: int) -> int:
    """Like `extend`, without taking the write lock to find that there is nothing to do."""
    return extend(connection, limit) if derived.lags(connection, "order") else 0


def extend(connection: sqlite3.Connection, limit: int) -> int:
    """Put the next entries in order; how many there were."""
    with derived.transaction(connection):
        rows = connection.execute(_NEW, (derived.position(connection, "order"), limit)).fetchall()
        if not rows:
            return 0
        contents = [_content(record, origin) for _, _, record, origin, _ in rows]
        places = [place_of(row[0], row[1], content) for row, content in zip(rows, contents, strict=True)]
        amended = [one for row in rows for one in amendments.note(connection, row[0], row[2])]
        changed = [place_of(seq, event_id, _decode(record)) for seq, event_id, record in amended]
        # A State that folded up to here, or further, did not see what now comes before, or is corrected.
        first = min([*places, *changed])
        connection.execute("delete from snapshot where (t, rank, id, seq) >= (?, ?, ?, ?)", first)
        connection.executemany("insert into fold (t, rank, id, seq) values (?, ?, ?, ?)", places)
        _note_live(connection, [row[3] for row in rows], contents, places)
        derived.set_mark(connection, "order", rows[-1][0])
        derived.set_mark(connection, "hash", rows[-1][4])
    return len(rows)


def _content(record: str, origin: str) -> dict[str, object]:
    """What of a record says where it stands; of a live one also whose it is."""
    from backtrail.order import brief

    return (None if origin == "live" else brief(record)) or _decode(record)


def _note_live(
    connection: sqlite3.Connection, origins: list[str], contents: list[dict[str, object]], places: list[Place]
) -> None:
    from backtrail.actors import recipient

    last: dict[str, int] = {}
    for origin, content, place in zip(origins, contents, places, strict=True):
        if origin == "live":
            account = recipient(content) or ""
            last[account] = max(last.get(account, place[0]), place[0])
    connection.executemany(
        "insert into live_last (account, t) values (?, ?) "
        "on conflict (account) do update set t = max(t, excluded.t)",
        last.items(),
    )


def find(connection: sqlite3.Connection, seq: int) -> Place:
    """The place of an entry that is in the log. Raises `KeyError` for one that is not."""
    row = connection.execute("select event_id, record from entry where seq = ?", (seq,)).fetchone()
    if row is None:
        raise KeyError(seq)
    return place_of(seq, row[0], _decode(row[1]))


def following(
    connection: sqlite3.Connection, after: Place, at: datetime | None, limit: int
) -> tuple[list[EntryRow], Place]:
    """The next entries in fold order, and the place of the last of them."""
    until = _LAST_T if at is None else micros(at)
    forked = forks.chained(connection)[0] != "entry"
    rows = connection.execute(_NEXT_FORKED if forked else _NEXT, (*after, until, limit)).fetchall()
    if not rows:
        return [], after
    last = rows[-1]
    place = connection.execute(
        "select t, rank, id, seq from fold where t = ? and rank = ? and seq = ?", (last[9], last[10], last[0])
    ).fetchone()
    return [row[:9] for row in rows], place


def worth_following(
    connection: sqlite3.Connection, after: Place, at: datetime | None, limit: int, worth: Worth
) -> tuple[list[EntryRow], Place]:
    """As `following`, without the entries of which `worth` says by source and action that nobody wants them; the place
    is that of the last one looked at. Neither rows nor a new place at the end."""
    known: dict[tuple[int | None, int | None], bool] = {}
    seqs: list[int] = []
    seen = _LOOKED_AT
    while not seqs and seen == _LOOKED_AT:
        seen = 0
        until = _LAST_T if at is None else micros(at)
        for *place, source, action in connection.execute(_WORTH, (*after, until, _LOOKED_AT)):
            wanted = known.get((source, action))
            if wanted is None:
                wanted = source is None or worth(*_words(connection, source, action))
                known[source, action] = wanted
            after, seen = cast("Place", tuple(place)), seen + 1
            if wanted:
                seqs.append(after[3])
                if len(seqs) == limit:
                    break
    marks = ", ".join("?" * len(seqs))
    rows = connection.execute(f"select {COLUMNS} from entry e where e.seq in ({marks})", seqs).fetchall()
    by_seq: dict[int, EntryRow] = {row[0]: row for row in rows}
    return [by_seq[seq] for seq in seqs], after


def _words(connection: sqlite3.Connection, *words: int) -> list[str]:
    return [connection.execute("select text from word where id = ?", (word,)).fetchone()[0] for word in words]


def distance(connection: sqlite3.Connection, after: Place, at: datetime | None, most: int) -> int:
    """How many entries lie between a place and a moment; no more than `most` are counted."""
    until = _LAST_T if at is None else micros(at)
    row = connection.execute(
        "select count(*) from (select 1 from fold where (t, rank, id, seq) > (?, ?, ?, ?) and t <= ? limit ?)",
        (*after, until, most),
    ).fetchone()
    return int(row[0])


def last_live(connection: sqlite3.Connection, account: str) -> int | None:
    """The time (microseconds) of an account's last live record."""
    row = connection.execute("select t from live_last where account = ?", (account,)).fetchone()
    return None if row is None else row[0]


def any_live(connection: sqlite3.Connection) -> bool:
    """Whether any account has a live record."""
    return connection.execute("select 1 from live_last limit 1").fetchone() is not None
