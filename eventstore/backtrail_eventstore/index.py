"""Answers about the log, from the derived file: the fold order, who did what, which records touch what."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from backtrail.errors import LogCorrupt
from backtrail.mentions import Declarations, Verb
from backtrail_eventstore import amendments, audit_queries, derived, fold_order
from backtrail_eventstore.audit_queries import LIMIT, Cursor, Event, Filters, Touch
from backtrail_eventstore.connection import Connection
from backtrail_eventstore.derived import drop, open_derived
from backtrail_eventstore.paths import LogPaths
from backtrail_eventstore.reading import EntryRow

if TYPE_CHECKING:
    from backtrail_eventstore.audit_build import AuditBuilder

_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CORRUPT_INDEX")

P = ParamSpec("P")
T = TypeVar("T")

ORDER_SLICE = 1000  # entries put in order in one transaction
AUDIT_SLICE = 500  # entries indexed in one: some 30 ms, so that others come in between
IDLE_SLICE = 100  # while nobody writes: whoever comes next waits no longer than a slice
_CHANGES = (Verb.CREATED, Verb.DELETED)


class Index:
    """The derived file of one log. Made by `open`; its file is opened at the first question.

    Questions look at everything that is committed when they are asked: they extend the index first.
    `declared` are plugins' own words on what their records mention; set it before the first question.
    """

    def __init__(self, paths: LogPaths) -> None:
        self._paths = paths
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()
        self._declared: Declarations | None = None
        self._builder: AuditBuilder | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, paths: LogPaths) -> AsyncGenerator[Index, None]:
        """An index for as long as its log is open."""
        index = cls(paths)
        try:
            yield index
        finally:
            if index._connection is not None:
                await index._connection.close()

    def declare(self, declared: Declarations) -> None:
        """Take plugins' own words on what their records mention, for what is indexed from now on."""
        self._declared, self._builder = declared, None

    async def run(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function on the derived file, in its thread."""
        try:
            return await (await self._opened()).run(work, *args, **kwargs)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") not in _DAMAGED:
                raise
        await self._made_again()
        try:
            return await (await self._opened()).run(work, *args, **kwargs)
        except sqlite3.DatabaseError as error:
            raise LogCorrupt(f"{self._paths.log} or {self._paths.index} is damaged: {error}") from error

    async def _ask(
        self, question: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask about everything that is committed; one hop where the index is up to date."""
        while True:
            answered, answer = await self.run(_if_up_to_date, question, *args, **kwargs)
            if answered:
                return cast("T", answer)
            await self.refresh()

    async def _opened(self) -> Connection:
        if self._connection is None:
            async with self._opening:
                if self._connection is None:
                    self._connection = await open_derived(self._paths)
        return self._connection

    async def _made_again(self) -> None:
        """A damaged derived file is dropped: it holds nothing that the log does not."""
        async with self._opening:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
            drop(self._paths)

    async def refresh_order(self) -> None:
        """Put every entry that is committed now in fold order."""
        while await self.run(fold_order.extend_if_behind, ORDER_SLICE) == ORDER_SLICE:
            pass

    async def refresh(self) -> None:
        """Order and index every entry that is committed now; cancelled, it keeps what it has done."""
        await self.refresh_order()
        while await self.run(self._audit, AUDIT_SLICE) == AUDIT_SLICE:
            pass

    async def extend(self) -> bool:
        """Do a little of what `refresh` does; whether there is more to do."""
        if await self.run(fold_order.extend_if_behind, IDLE_SLICE) == IDLE_SLICE:
            return True
        return await self.run(self._audit, IDLE_SLICE) == IDLE_SLICE

    def _audit(self, connection: sqlite3.Connection, limit: int) -> int:
        if not derived.lags(connection, "audit"):
            return 0
        if self._builder is None:
            from backtrail_eventstore.audit_build import AuditBuilder  # a whole index needs none

            self._builder = AuditBuilder(self._declared)
        return self._builder.extend(connection, limit)

    async def unread(self) -> list[tuple[int, str]]:
        """Entries (seqs) whose mentions could not be read, each with why: they are events, but touch nothing."""
        return await self._ask(audit_queries.unread)

    async def in_fold_order(
        self,
        *,
        after: int = 0,
        at: datetime | None = None,
        batch: int = 1000,
        worth: fold_order.Worth | None = None,
        corrected: bool = True,
    ) -> AsyncIterator[list[EntryRow]]:
        """Rows in fold order, those after the entry `after` (a seq) and not later than `at`; with `worth` those only of
        which it says by source and action that they are wanted. They are as later records corrected them, or as they
        were delivered."""
        await (self.refresh_order() if worth is None else self.refresh())
        place = await self.run(fold_order.find, after) if after else fold_order.FIRST
        while True:
            rows, place = await self.run(_following, place, at, batch, worth, corrected)
            if not rows:
                return
            yield rows

    async def distance(self, after: int, at: datetime | None, most: int) -> int:
        """How many entries lie between the entry `after` (0: the beginning) and a moment, counted up to `most`."""
        await self.refresh_order()
        place = await self.run(fold_order.find, after) if after else fold_order.FIRST
        return await self.run(fold_order.distance, place, at, most)

    async def last_live(self, account: str) -> int | None:
        """The time (microseconds since 1970) of an account's last live record."""
        await self.refresh_order()
        return await self.run(fold_order.last_live, account)

    async def any_live(self) -> bool:
        """Whether the log holds anything but imports."""
        await self.refresh_order()
        return await self.run(fold_order.any_live)

    async def events(
        self,
        filters: Filters | None = None,
        *,
        limit: int = LIMIT,
        after: Cursor | None = None,
        newest_first: bool = True,
    ) -> list[Event]:
        """Records that pass the filters, by time; `after` is the `cursor` of the last one before."""
        return await self._ask(audit_queries.events, filters or Filters(), limit, after, newest_first)

    async def touching(
        self,
        resource: str,
        verbs: Collection[Verb] = (),
        *,
        limit: int = LIMIT,
        after: Cursor | None = None,
        newest_first: bool = True,
    ) -> list[Touch]:
        """Records that mention the resource of this name (all verbs where none is given), by time."""
        return await self._ask(_touching, resource, verbs, limit, after, newest_first)

    async def who(self, resource: str, verb: Verb) -> Touch | None:
        """The last record that did this to the resource for sure, else the last that may have."""
        touches = await self.touching(resource, (verb,), limit=LIMIT)
        certain = next((touch for touch in touches if touch.certain), None)
        return certain or (touches[0] if touches else None)

    async def history(self, resource: str) -> list[Touch]:
        """Every creation and deletion of the resource, oldest first."""
        return await self.touching(resource, _CHANGES, newest_first=False)

    async def issuers(self, access_keys: Iterable[str]) -> list[int]:
        """The entries (seqs) whose records gave these access keys to somebody, oldest first."""
        found: list[int] = []
        for key in access_keys:
            found += await self._ask(audit_queries.issuers, key)
        return sorted(set(found))

    async def most_frequent_recipient(self) -> str | None:
        """The account that most records belong to; None in an empty log."""
        return await self._ask(audit_queries.most_frequent_recipient)

    async def recipients(self) -> dict[str, int]:
        """How many records belong to each account, the most frequent first."""
        return await self._ask(audit_queries.recipients)


def _following(
    connection: sqlite3.Connection,
    after: fold_order.Place,
    at: datetime | None,
    batch: int,
    worth: fold_order.Worth | None,
    corrected: bool,
) -> tuple[list[EntryRow], fold_order.Place]:
    if worth is None:
        rows, place = fold_order.following(connection, after, at, batch)
    else:
        rows, place = fold_order.worth_following(connection, after, at, batch, worth)
    return (amendments.applied(connection, rows) if corrected else rows), place


def _if_up_to_date(
    connection: sqlite3.Connection,
    question: Callable[Concatenate[sqlite3.Connection, P], T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> tuple[bool, T | None]:
    if derived.position(connection, "audit") < derived.log_end(connection):
        return False, None
    return True, question(connection, *args, **kwargs)


def _touching(
    connection: sqlite3.Connection,
    name: str,
    verbs: Collection[Verb],
    limit: int,
    after: Cursor | None,
    newest_first: bool,
) -> list[Touch]:
    resources = audit_queries.find(connection, name)
    return audit_queries.touching(connection, resources, verbs, limit, after, newest_first)
