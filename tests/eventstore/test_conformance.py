"""SqliteStore fulfils the contract."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from backtrail.store import Store
from backtrail_eventstore import SqliteStore

from .conformance import StoreConformance


class TestSqliteStore(StoreConformance):
    """With the process's durability."""

    def open(self, folder: Path) -> AbstractAsyncContextManager[Store]:
        """A log in a file of the folder."""
        return SqliteStore.open(str(folder / "account.db"))


class TestDurableSqliteStore(StoreConformance):
    """With the power's durability."""

    def open(self, folder: Path) -> AbstractAsyncContextManager[Store]:
        """A log in a file of the folder, synced at each commit."""
        return SqliteStore.open(str(folder / "account.db"), durability="full")
