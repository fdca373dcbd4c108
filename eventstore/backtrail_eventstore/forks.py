"""Forks: logs that share another log's past up to a moment, and go on by themselves. Nothing is copied.

A fork names its parent's id, its head (seq and hash) and the moment. It sees the parent's entries up to that head;
where the parent's order of arrival is not that of time (an import), those that lie after the moment are hidden. The
parent only grows, so none of this ever changes. Its own entries go on where the head ends, chained to the head's hash.

Every question about entries goes to `entry`: on a fork's connections that is a temporary view over all levels.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from backtrail.errors import BacktrailError, LogCorrupt
from backtrail_eventstore import schema
from backtrail_eventstore.errors import KeyMissing, LogNotFound
from backtrail_eventstore.paths import LogPaths

DEEPEST: Final = 8
"""Forks of forks: SQLite attaches ten databases to a connection, https://www.sqlite.org/limits.html"""

_HIDDEN = "create table hidden (first integer primary key, last integer not null) strict"


class NotAFork(BacktrailError):
    """The fork cannot be made: the words say why."""


class ParentMissing(LogNotFound):
    """The log that a fork goes on from is not where it was, or is another one."""


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """Where a fork leaves its parent. `at` (microseconds since 1970) is the moment, `event_id` the last record seen."""

    parent: str
    beside: str  # the same path, from the fork's folder: both may be moved together
    log: str  # the parent's id
    seq: int
    hash: str
    at: int
    event_id: str


class Level(NamedTuple):
    """One log of a fork's line: the schema that it is attached as, and where it lies."""

    schema: str
    paths: LogPaths


def behind(connection: sqlite3.Connection) -> list[LogPaths]:
    """Where the logs lie that an attached fork goes on from, the nearest first."""
    rows = connection.execute(
        "select name, file from pragma_database_list where name glob 'past*' order by name"
    )
    return [LogPaths.of(file) for _, file in rows]


def chained(connection: sqlite3.Connection) -> tuple[str, str]:
    """The tables (or views) of entries and of commands that one chain of hashes covers, what is hidden with them."""
    there = connection.execute("select 1 from temp.sqlite_schema where name = 'chained_entry'").fetchone()
    return ("chained_entry", "chained_outbox") if there else ("entry", "outbox")


def read(connection: sqlite3.Connection, of: str = "main") -> Fork | None:
    """What an attached log is a fork of; None where it is none."""
    row = connection.execute(f"select value from {of}.meta where name = 'fork'").fetchone()
    if row is None:
        return None
    try:
        return msgspec.json.decode(row[0], type=Fork)
    except msgspec.DecodeError as error:
        raise LogCorrupt(f"the log does not say what it is a fork of: {error}") from error


def attach(connection: sqlite3.Connection, paths: LogPaths, of: str = "main") -> list[Level]:
    """Let `entry` mean all that a log sees, its parents' part with it; the parents, the nearest first.

    Raises `ParentMissing`, `LogCorrupt`.
    """
    parents: list[Level] = []
    arms = [f"select * from {of}.entry"]
    chained = [f"select * from {of}.entry"]
    outboxes = [f"select * from {of}.outbox"]
    fork, here, bound, unseen = read(connection, of), Level(of, paths), None, list[str]()
    while fork is not None:
        parent = _attached(connection, here.paths, fork, len(parents))
        bound = fork.seq if bound is None else min(bound, fork.seq)
        if connection.execute(f"select 1 from {here.schema}.hidden limit 1").fetchone():
            unseen.append(
                f"not exists (select 1 from {here.schema}.hidden h where h.first <= p.seq and h.last >= p.seq)"
            )
        arms.insert(
            0, f"select * from {parent.schema}.entry p where {' and '.join([f'p.seq <= {bound}', *unseen])}"
        )
        chained.insert(0, f"select * from {parent.schema}.entry where seq <= {bound}")
        outboxes.insert(0, f"select * from {parent.schema}.outbox where seq <= {bound}")
        parents.append(parent)
        here, fork = parent, read(connection, parent.schema)
    if parents or of != "main":
        connection.execute(f"create temp view entry as {' union all '.join(arms)}")
    if parents:
        connection.execute(f"create temp view chained_entry as {' union all '.join(chained)}")
        connection.execute(f"create temp view chained_outbox as {' union all '.join(outboxes)}")
    return parents


def _attached(connection: sqlite3.Connection, child: LogPaths, fork: Fork, depth: int) -> Level:
    """The parent, attached and known to be the one."""
    from backtrail_eventstore.opening import read_mode

    if depth >= DEEPEST:
        raise ParentMissing(
            f"{child.log} is a fork of forks, deeper than {DEEPEST}: export it into a log of its own"
        )
    name = f"past{depth}"
    tried: list[str] = []
    for place in dict.fromkeys(
        (Path(fork.parent), child.log.parent / fork.beside, child.log.parent / Path(fork.parent).name)
    ):
        if not place.is_file():
            tried.append(f"{place} is not there")
            continue
        paths = LogPaths.of(place)
        query = "mode=ro&immutable=1" if read_mode(paths) == "immutable" else "mode=ro"
        connection.execute(f"attach database ? as {name}", (f"{paths.log.as_uri()}?{query}",))
        if _log_id(connection, name) == fork.log:
            row = connection.execute(f"select hash from {name}.entry where seq = ?", (fork.seq,)).fetchone()
            if row is not None and row[0].hex() != fork.hash:
                raise LogCorrupt(
                    f"{place} is not what it was when {child.log} was forked off it: entry {fork.seq} differs"
                )
            if row is None and read(connection, name) is None:
                raise LogCorrupt(
                    f"{place} was cut: {child.log} goes on from its entry {fork.seq}, which is gone"
                )
            return Level(name, paths)
        connection.execute(f"detach database {name}")
        tried.append(f"{place} is another log")
    raise ParentMissing(
        f"{child.log} is a fork, and the log that it goes on from is missing ({'; '.join(tried)}). Put it back there, "
        f"or beside the fork under its old name"
    )


def _log_id(connection: sqlite3.Connection, of: str) -> object:
    try:
        row = connection.execute(f"select value from {of}.meta where name = 'log'").fetchone()
    except sqlite3.DatabaseError:
        return None
    return row[0] if row is not None else None


class Cut(NamedTuple):
    """Where to cut: the last entry that is seen, and the runs of entries before it that are not."""

    seq: int
    event_id: str
    hidden: list[tuple[int, int]]


def cut(connection: sqlite3.Connection, place: tuple[int, int, str, int]) -> Cut | None:
    """What a fork at a place of the fold order sees, on a derived file that is in order; None when it is nothing."""
    seen = "(t, rank, id, seq) <= (?, ?, ?, ?)"
    (last,) = connection.execute(f"select max(seq) from fold where {seen}", place).fetchone()
    if last is None:
        return None
    (event_id,) = connection.execute(
        f"select e.event_id from fold f join entry e on e.seq = f.seq where f.seq = (select seq from fold where {seen} "
        "order by t desc, rank desc, id desc, seq desc limit 1)",
        place,
    ).fetchone()
    runs: list[tuple[int, int]] = []
    rows = connection.execute(
        f"select seq from fold where seq < ? and not {seen} order by seq", (last, *place)
    )
    for (seq,) in rows:
        if runs and runs[-1][1] == seq - 1:
            runs[-1] = (runs[-1][0], seq)
        else:
            runs.append((seq, seq))
    return Cut(last, event_id, runs)


def write(
    parent: LogPaths, child: LogPaths, fork: Fork, hidden: list[tuple[int, int]], key_check: bytes
) -> None:
    """Make the fork's files: all of it is there, or nothing. Raises `NotAFork`, `KeyMissing`, `OSError`."""
    if child.log.exists():
        raise NotAFork(f"{child.log} is there already: name another file")
    if not child.log.parent.is_dir():
        raise NotAFork(f"there is no folder {child.log.parent} to hold the fork")
    if not parent.key.exists():
        raise KeyMissing(f"{parent.key} is not there, and a fork goes on with its parent's key")
    _copy_key(parent.key, child.key)
    making = child.log.with_name(child.log.name + ".making")
    making.unlink(missing_ok=True)
    try:
        _make(making, fork, hidden, key_check)
        os.link(making, child.log)  # fails where somebody else was quicker
    except FileExistsError as error:
        raise NotAFork(f"{child.log} is there already: name another file") from error
    finally:
        making.unlink(missing_ok=True)
    _sync_folder(child.log.parent)


def _make(path: Path, fork: Fork, hidden: list[tuple[int, int]], key_check: bytes) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"pragma page_size={schema.PAGE_BYTES}")
        connection.execute("pragma synchronous=full")
        connection.execute("begin immediate")
        for statement in (*schema.statements(), _HIDDEN):
            connection.execute(statement)
        connection.executemany("insert into hidden (first, last) values (?, ?)", hidden)
        for verb in ("insert", "update", "delete"):
            connection.execute(
                f"create trigger hidden_refuses_{verb} before {verb} on hidden "
                "begin select raise(abort, 'a fork sees what it saw when it was made'); end"
            )
        meta = {
            "schema": schema.SCHEMA_VERSION, "log": uuid.uuid4().hex, "key check": key_check,
            "fork": msgspec.json.encode(fork).decode(),
        }  # fmt: skip
        connection.executemany("insert into meta (name, value) values (?, ?)", meta.items())
        connection.execute("commit")
    finally:
        connection.close()


def _copy_key(source: Path, target: Path) -> None:
    """The parent's key under the fork's name; one that a broken attempt left is the same key."""
    if target.exists():
        if target.read_bytes() != source.read_bytes():
            raise NotAFork(f"{target} is another log's key: name another file for the fork")
        return
    made = target.with_name(target.name + ".making")
    with suppress(FileNotFoundError):
        made.unlink()
    file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as out, source.open("rb") as key:
        shutil.copyfileobj(key, out)
        out.flush()
        os.fsync(out.fileno())
    made.replace(target)


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
