"""The log that a command is about: opened for reading, with the time that it spans."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import overload

import msgspec

from backtrail_cli.faults import Fault
from backtrail_cli.moments import Moment, absolute, whole_second
from backtrail_cli.options import DEFAULT_LOG
from backtrail_cli.screen import moment
from backtrail_eventstore import SqliteStore

_LAST_RECORDS = 10_000  # of a long log: how many say where it is at home
# What is recorded in us-east-1 wherever it is called:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
_GLOBAL = tuple(f"{name}.amazonaws.com" for name in ("iam", "sts", "cloudfront", "route53", "organizations"))
_MOST_USED = f"""
select w.text, count(*) n from (select region, source from event order by seq desc limit ?) e
join word w on w.id = e.region join word s on s.id = e.source
where w.text <> '' and s.text not in ({", ".join("?" * len(_GLOBAL))}) group by 1 order by n desc, 1 limit 1
"""


class Span(msgspec.Struct, frozen=True):
    """What a log reaches over. `live` says that it holds more than imports, so its account goes on."""

    first: datetime
    last: datetime
    live: bool

    @property
    def now(self) -> datetime:
        """The account's now: an imported one stands still at its last record."""
        return max(self.last, datetime.now(UTC)) if self.live else self.last

    def __str__(self) -> str:
        return f"{moment(self.first)} to {moment(self.last)}"


@asynccontextmanager
async def reading(path: Path) -> AsyncGenerator[SqliteStore, None]:
    """The log, for reading; other processes may be writing to it."""
    check(path)
    async with SqliteStore.open(str(path), mode="read") as store:
        yield store


@asynccontextmanager
async def writing(path: Path) -> AsyncGenerator[SqliteStore, None]:
    """The log, for writing, made where there is none."""
    prepare(path)
    async with SqliteStore.open(str(path), mode="write") as store:
        yield store


def check(path: Path) -> None:
    """Refuse what cannot be a log, in words that say what to give instead."""
    if path.is_dir():
        raise Fault(f"{path} is a folder; the log is a file, such as {path / 'account.db'}")
    if path.name.endswith(".index.db") and path.with_name(path.name.replace(".index.db", ".db")).exists():
        raise Fault(
            f"{path} is what was derived from a log; the log is {path.name.replace('.index.db', '.db')}"
        )


def prepare(path: Path) -> None:
    """Make the folder of the default log; any other folder is the user's to make."""
    check(path)
    if path == DEFAULT_LOG:
        path.parent.mkdir(exist_ok=True)


async def span(store: SqliteStore) -> Span | None:
    """From when to when the log's records are; None for an empty log."""
    first = await store.index.events(limit=1, newest_first=False)
    if not first:
        return None
    last = await store.index.events(limit=1)
    return Span(first[0].time, last[0].time, await store.index.any_live())


async def region(store: SqliteStore) -> str | None:
    """Where most of the last records were made, so that whoever looks at the account looks there; None where no record
    tells. What is called in every region, and recorded in one, does not count."""
    await store.index.refresh()
    return await store.index.run(_most_used)


def _most_used(connection: sqlite3.Connection) -> str | None:
    found = connection.execute(_MOST_USED, (_LAST_RECORDS, *_GLOBAL)).fetchone()
    return found[0] if found is not None else None


def head(store: SqliteStore) -> dict[str, object]:
    """Where the log ended when an answer was given: what `verify --head` takes, so that it can be checked again."""
    seq, hash_ = store.head
    return {"seq": seq, "hash": hash_}


async def filled(store: SqliteStore) -> Span:
    """As `span`, of a log that has records. Raises `Fault` for an empty one."""
    found = await span(store)
    if found is None:
        raise Fault(
            f"{store.paths.log} holds no records yet: fill it with `backtrail import SOURCE` or `backtrail serve`"
        )
    return found


@overload
def within(given: Moment | None, over: Span, name: str) -> datetime | None: ...
@overload
def within(given: Moment | str | None, over: Span, name: str) -> datetime | str | None: ...
def within(given: Moment | str | None, over: Span, name: str) -> datetime | str | None:
    """The moment as of which the account is asked for; an event's id stays one. Raises `Fault` outside the log, where
    nothing is known."""
    if given is None or isinstance(given, str):
        return given
    time = whole_second(absolute(given, over.now))
    if time < over.first or time.replace(microsecond=0) > over.now:
        raise Fault(f"{name} {moment(time)} lies outside the log, which reaches from {over}")
    return time


def begins(given: Moment | None, over: Span, name: str) -> datetime | None:
    """The moment from which on something holds. Raises `Fault` after the log, where nothing happens any more."""
    if given is None:
        return None
    time = absolute(given, over.now)
    if time > over.last:
        raise Fault(f"{name} {moment(time)} lies after the last record: the log reaches from {over}")
    return time


def between(since: Moment | None, until: Moment | None, over: Span, names: tuple[str, str]) -> Bounds:
    """The two ends of a period. Raises `Fault` where they are the wrong way round, or miss the log."""
    begin = absolute(since, over.now) if since is not None else None
    end = whole_second(absolute(until, over.now)) if until is not None else None
    if begin is not None and end is not None and begin > end:
        raise Fault(f"{names[0]} {moment(begin)} lies after {names[1]} {moment(end)}: exchange them")
    if begin is not None and begin > over.last:
        raise Fault(f"{names[0]} {moment(begin)} lies after the last record: the log reaches from {over}")
    if end is not None and end < over.first:
        raise Fault(f"{names[1]} {moment(end)} lies before the first record: the log reaches from {over}")
    return begin, end


Bounds = tuple[datetime | None, datetime | None]
