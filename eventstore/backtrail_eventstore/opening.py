"""Opening a log: what must hold before anything is read from it or written to it."""

from __future__ import annotations

import os
import sqlite3
import uuid

from backtrail.errors import LogCorrupt, LogWriteFailed
from backtrail_eventstore import chain, forks, keys, schema
from backtrail_eventstore.connection import Connection, connect
from backtrail_eventstore.errors import KeyMismatch, KeyMissing, LogNotFound, LogTooNew
from backtrail_eventstore.keys import Keyring
from backtrail_eventstore.paths import LogPaths
from backtrail_eventstore.writing import CommandRow

CACHE_KIB = 8192
SYNCHRONOUS = {"normal": "normal", "full": "full"}


def read_keys(paths: LogPaths, *, write: bool) -> Keyring:
    """The log's keys; a new log gets new ones, and nobody writes without them."""
    keyring = keys.load(paths.key)
    if not write or keyring.here:
        return keyring
    if paths.log.exists() and paths.log.stat().st_size:
        raise KeyMissing(
            f"{paths.log} cannot be written without its key {paths.key}. "
            "Put the key back, or open the log for reading."
        )
    return keys.create(paths.key)


async def open_writer(paths: LogPaths, keyring: Keyring, durability: str) -> Connection:
    """The writing connection, with the log made where there was none."""
    pragmas: dict[str, str | int] = {
        "page_size": schema.PAGE_BYTES,  # of a new file
        "journal_mode": "wal",
        "synchronous": SYNCHRONOUS[durability],
        "wal_autocheckpoint": 0,  # the p99 of a call otherwise; see checkpoints.py
        "cache_size": -CACHE_KIB,
        "temp_store": "memory",
    }
    try:
        connection = await connect(paths.log, mode="rwc", pragmas=pragmas)
    except sqlite3.OperationalError as error:
        raise LogWriteFailed(f"{paths.log} cannot be opened for writing: {error}") from error
    except sqlite3.DatabaseError as error:
        raise LogCorrupt(f"{paths.log} is not a log: {error}") from error
    try:
        await connection.run(_prepare, paths, keyring)
    except BaseException:
        await connection.close()
        raise
    return connection


async def open_reader(paths: LogPaths, keyring: Keyring) -> Connection:
    """A reading connection to a log that exists."""
    if not paths.log.exists():
        raise LogNotFound(f"there is no log {paths.log}")
    try:
        connection = await connect(paths.log, mode=read_mode(paths), pragmas={"cache_size": -CACHE_KIB})
    except sqlite3.DatabaseError as error:
        raise LogCorrupt(f"{paths.log} cannot be read: {error}") from error
    try:
        await connection.run(_check, paths, keyring)
    except BaseException:
        await connection.close()
        raise
    return connection


def read_mode(paths: LogPaths) -> str:
    """`ro`, or `immutable` where nobody can be writing.

    SQLite needs a writable folder to share a WAL file.
    """
    wal = paths.log.with_name(paths.log.name + "-wal")
    return "ro" if os.access(paths.log.parent, os.W_OK) or wal.exists() else "immutable"


def tail(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """The last seq and its hash."""
    row: tuple[int, bytes] | None = connection.execute(
        "select seq, hash from entry order by seq desc limit 1"
    ).fetchone()
    return row or (0, chain.GENESIS)


def tail_and_loose(connection: sqlite3.Connection) -> tuple[tuple[int, bytes], list[CommandRow]]:
    """The tail, and the commands that were committed after it without an entry."""
    seq, hash_ = tail(connection)
    rows: list[CommandRow] = connection.execute(
        "select seq, key, due, body from outbox where seq > ? order by id", (seq,)
    ).fetchall()
    return (seq, hash_), rows


def _prepare(connection: sqlite3.Connection, paths: LogPaths, keyring: Keyring) -> None:
    try:
        empty = not connection.execute("select 1 from sqlite_schema limit 1").fetchall()
        if not empty:
            _check(connection, paths, keyring)
            return
        connection.execute("begin immediate")
        for statement in schema.statements():
            connection.execute(statement)
        meta = {"schema": schema.SCHEMA_VERSION, "log": uuid.uuid4().hex, "key check": keyring.check}
        connection.executemany("insert into meta (name, value) values (?, ?)", meta.items())
        connection.execute("commit")
    except sqlite3.OperationalError as error:
        raise LogWriteFailed(f"{paths.log} cannot be written: {error}") from error


def _check(connection: sqlite3.Connection, paths: LogPaths, keyring: Keyring) -> None:
    try:
        meta: dict[str, object] = dict(connection.execute("select name, value from meta"))
    except sqlite3.DatabaseError as error:
        raise LogCorrupt(f"{paths.log} is not a log: {error}") from error
    version = meta.get("schema")
    if not isinstance(version, int):
        raise LogCorrupt(f"{paths.log} is not a log: it names no schema version")
    if version > schema.SCHEMA_VERSION:
        raise LogTooNew(
            f"{paths.log} was written by a newer Backtrail (log version {version}, this one knows "
            f"{schema.SCHEMA_VERSION}). Upgrade Backtrail to open it."
        )
    if keyring.here and meta.get("key check") != keyring.check:
        raise KeyMismatch(f"{paths.key} is not the key of {paths.log}")
    forks.attach(connection, paths)
