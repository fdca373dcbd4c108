"""Looking for entries from the newest on, by the audit index."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence

from backtrail.store import Sought
from backtrail_eventstore.audit_queries import Cursor, Event, Filters
from backtrail_eventstore.connection import Connection
from backtrail_eventstore.index import Index
from backtrail_eventstore.reading import COLUMNS, EntryRow
from backtrail_eventstore.writing import micros

BATCH_MAX = 4096
"""Pages grow up to this: who reads on is looking for something rare."""


async def newest(
    index: Index, reader: Connection, sought: Sought, before: Cursor | None, batch: int
) -> AsyncIterator[list[EntryRow]]:
    """Rows of the entries that may be what is sought, the newest first."""
    while True:
        found = await _page(index, sought, before, batch)
        worth = [one.seq for one in found if _is_worth(one, sought)]
        if worth:
            yield await reader.run(_rows, worth)
        if len(found) < batch:
            return
        before = (micros(found[-1].time), found[-1].seq)
        batch = min(batch * 2, max(batch, BATCH_MAX))


async def _page(index: Index, sought: Sought, before: Cursor | None, batch: int) -> Sequence[Event]:
    if sought.resource is not None:
        return await index.touching(sought.resource, limit=batch, after=before)
    filters = Filters(
        since=sought.since, until=sought.until, region=sought.region, source=sought.source, action=sought.action,
        access_key=sought.access_key, read_only=sought.read_only,
    )  # fmt: skip
    return await index.events(filters, limit=batch, after=before)


def _is_worth(one: Event, sought: Sought) -> bool:
    return sought.worth is None or sought.worth(one.source, one.action)


def _rows(connection: sqlite3.Connection, seqs: Sequence[int]) -> list[EntryRow]:
    """Rows by seq, in the order given."""
    marks = ", ".join("?" * len(seqs))
    rows: list[EntryRow] = connection.execute(
        f"select {COLUMNS} from entry e where seq in ({marks})", tuple(seqs)
    ).fetchall()
    by_seq = {row[0]: row for row in rows}
    return [by_seq[seq] for seq in dict.fromkeys(seqs)]
