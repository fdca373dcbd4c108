"""Imports a folder, and says so after each chunk: `python -m tests.eventstore.importer LOG FOLDER`, to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from backtrail_eventstore import SqliteStore, import_trails, trails_in


async def main(log: str, folder: str) -> None:
    """One import, in small chunks."""
    async with SqliteStore.open(log) as store:
        await import_trails(store, [Path(folder)], progress=lambda report: print(report.new, flush=True))


if __name__ == "__main__":
    trails_in.CHUNK_RECORDS = 100
    asyncio.run(main(*sys.argv[1:3]))
