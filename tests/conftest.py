"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

TRAILS = Path(__file__).resolve().parent.parent.parent / "shared" / "trails"
"""Real records, where they are there; the repository holds none."""


@pytest.fixture
def anyio_backend() -> str:
    """The server runs on asyncio; so do its tests."""
    return "asyncio"


@pytest.fixture(scope="session")
def trails() -> Path:
    """The folder of real trails; tests that need it are skipped where it is absent."""
    if not TRAILS.is_dir():
        pytest.skip("no real trails here")
    return TRAILS
