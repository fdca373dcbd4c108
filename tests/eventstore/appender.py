"""Appends to a log for ever and says after each batch what was acknowledged: the victim of test_kill."""

from __future__ import annotations

import asyncio
import os
import sys

from tests.eventstore.making import entry

from backtrail.store import PendingCommand
from backtrail_eventstore import SqliteStore


async def main(path: str, size: int, durability: str) -> None:
    """Batches of one to `size` entries with a command each, numbered on from where the log ends."""
    async with SqliteStore.open(path, durability=durability) as store:  # type: ignore[arg-type]
        number = store.head[0]
        while True:
            count = number % size + 1
            batch = [entry(number + one) for one in range(count)]
            await store.append(batch, [PendingCommand(key=f"c/{number}", body=b"x")])
            number += count
            os.write(1, f"{store.head[0]} {store.head[1]} c/{number - count}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
