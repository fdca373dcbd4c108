"""Fixtures of the event store's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backtrail_eventstore import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a log may be made."""
    return tmp_path / "account.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """A new log, open for writing."""
    async with SqliteStore.open(str(path)) as opened:
        yield opened
