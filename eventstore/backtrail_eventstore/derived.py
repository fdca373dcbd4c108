"""The derived file: what can be computed from the log again, so it may be deleted at any time.

One file holds the fold order, the audit index and the snapshots. It says which log it was made from and by
which version of this code; when either differs it is emptied and made again. Where the log's folder cannot
be written (evidence on read-only media) a private temporary file takes its place. Several processes may
extend it at once: each slice of work is one transaction that begins by taking SQLite's write lock.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from backtrail_eventstore import forks, opening
from backtrail_eventstore.connection import Connection, connect
from backtrail_eventstore.paths import LogPaths

VERSION = 2
CACHE_KIB = 8192

TABLES = (
    "mark (name text primary key, value any) strict, without rowid",
    # `t` is in microseconds since 1970; see fold_order.py
    "fold (t integer not null, rank integer not null, id text not null, seq integer not null, "
    "primary key (t, rank, id, seq)) strict, without rowid",
    # the last time at which an account was live: an import before it is refused
    "live_last (account text primary key, t integer not null) strict, without rowid",
    # which records are corrected by which entries; see amendments.py
    "amendment (original text not null, seq integer not null, primary key (original, seq)) strict, without rowid",
    "snapshot (service text not null, account text not null, region text not null, source text not null, "
    "t integer not null, rank integer not null, id text not null, seq integer not null, state blob not null, "
    "primary key (service, account, region, source, t, rank, id, seq)) strict",
    "word (id integer primary key, text text not null unique) strict",
    "event (seq integer primary key, t integer not null, source integer not null, action integer not null, "
    "account integer not null, region integer not null, principal integer not null, user integer not null, "
    "access_key integer not null, error integer not null, ip integer not null, read_only integer) strict",
    "resource (id integer primary key, text text not null unique, part text, tail text) strict",
    "mention (resource integer not null, t integer not null, seq integer not null, verb integer not null, "
    "type integer not null, certain integer not null, primary key (resource, t, seq, verb)) "
    "strict, without rowid",
    # which record gave an access key to somebody, to find the caller behind a session
    "credential (access_key text not null, seq integer not null, primary key (access_key, seq)) "
    "strict, without rowid",
    "unread (seq integer primary key, reason text not null) strict",
    "recipient (account integer primary key, records integer not null) strict",
)

INDEXES = {
    "snapshot_order": "snapshot (t, rank, id, seq)",
    "event_time": "event (t)",
    "event_source": "event (source, t)",
    "event_action": "event (action, t)",
    "event_account": "event (account, t)",
    "event_region": "event (region, t)",
    "event_principal": "event (principal, t)",
    "event_user": "event (user, t)",
    "event_access_key": "event (access_key, t)",
    "event_error": "event (error, t) where error <> 0",
    "event_ip": "event (ip, t)",
    "resource_part": "resource (part) where part is not null",
    "resource_tail": "resource (tail) where tail is not null",
}


async def open_derived(paths: LogPaths) -> Connection:
    """A connection to the derived file, with the log attached for reading as `log`."""
    try:
        return await _connect(paths, private=False)
    except sqlite3.OperationalError:
        where = paths.index if paths.index.exists() else paths.index.parent
        if os.access(where, os.W_OK) and os.access(paths.index.parent, os.W_OK):
            raise
        return await _connect(paths, private=True)
    except sqlite3.DatabaseError:
        drop(paths)
        return await _connect(paths, private=False)


def drop(paths: LogPaths) -> None:
    """Remove a damaged derived file: it holds nothing that the log does not."""
    for suffix in ("", "-wal", "-shm"):
        paths.index.with_name(paths.index.name + suffix).unlink(missing_ok=True)


async def _connect(paths: LogPaths, *, private: bool) -> Connection:
    pragmas: dict[str, str | int] = {
        "journal_mode": "memory" if private else "wal",
        "synchronous": "normal",
        "cache_size": -CACHE_KIB,
        "temp_store": "file" if private else "memory",
    }
    connection = await connect(None if private else paths.index, mode="rwc", pragmas=pragmas)
    try:
        await connection.run(_prepare, paths)
    except BaseException:
        await connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, paths: LogPaths) -> None:
    mode = opening.read_mode(paths)
    query = "mode=ro&immutable=1" if mode == "immutable" else "mode=ro"
    connection.execute("attach database ? as log", (f"{paths.log.as_uri()}?{query}",))
    forks.attach(connection, paths, "log")
    with transaction(connection):
        if not _is_of_this_log(connection):
            _make(connection)


def _is_of_this_log(connection: sqlite3.Connection) -> bool:
    if not connection.execute("select 1 from main.sqlite_schema where name = 'mark'").fetchall():
        return False
    if mark(connection, "version") != VERSION or mark(connection, "log") != _log_id(connection):
        return False
    seq = mark(connection, "order")
    row = connection.execute("select hash from entry where seq = ?", (seq,)).fetchone()
    return seq == 0 or (row is not None and row[0] == mark(connection, "hash"))


def _make(connection: sqlite3.Connection) -> None:
    made = connection.execute("select name from main.sqlite_schema where type = 'table'").fetchall()
    for (name,) in made:
        connection.execute(f'drop table main."{name}"')
    for table in TABLES:
        connection.execute(f"create table main.{table}")
    for name, columns in INDEXES.items():
        connection.execute(f"create index main.{name} on {columns}")
    connection.execute("insert into word (id, text) values (0, '')")
    set_mark(connection, "version", VERSION)
    set_mark(connection, "log", _log_id(connection))
    set_mark(connection, "made", os.urandom(8))
    for name in ("order", "audit", "outbox"):
        set_mark(connection, name, 0)


def _log_id(connection: sqlite3.Connection) -> object:
    return connection.execute("select value from log.meta where name = 'log'").fetchone()[0]


def mark(connection: sqlite3.Connection, name: str) -> object:
    """How far something is, or what it was made from; None when nothing is known."""
    row = connection.execute("select value from mark where name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def position(connection: sqlite3.Connection, name: str) -> int:
    """A mark that is the seq of the last entry dealt with."""
    value = mark(connection, name)
    return value if isinstance(value, int) else 0


def lags(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there are entries that a mark has not reached; looking needs no write lock."""
    return position(connection, name) < log_end(connection)


def log_end(connection: sqlite3.Connection) -> int:
    """The seq of the last entry that is committed."""
    row = connection.execute("select seq from entry order by seq desc limit 1").fetchone()
    return 0 if row is None else int(row[0])


def set_mark(connection: sqlite3.Connection, name: str, value: int | str | bytes | object) -> None:
    """Move a mark."""
    connection.execute("insert or replace into mark (name, value) values (?, ?)", (name, value))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """One writer at a time, over processes, and all or nothing."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
