"""Keeps bodies, some for records and some for nobody, sweeps now and then, and says what was appended, until killed."""

from __future__ import annotations

import asyncio
import random
import sys

from backtrail.store import Entry
from backtrail_eventstore import SqliteStore

from .making import record


async def main(path: str, seed: int) -> None:
    """Go on for ever."""
    chance = random.Random(seed)
    async with SqliteStore.open(path) as store:
        number = store.head[0]
        sweep = asyncio.create_task(store.sweep(remove=True))
        while True:
            names: list[str] = []
            for _ in range(chance.randrange(3)):
                writer = store.blob_writer()
                await writer.write(f"{chance.randrange(40)}".encode() * chance.randrange(1, 200))
                name = await writer.finish()
                if chance.random() < 0.5:
                    names.append(name)
            await store.append([Entry(record=record(number), blobs=tuple(dict.fromkeys(names)))])
            number += 1
            print(*names, flush=True)
            if sweep.done():
                await sweep
                sweep = asyncio.create_task(store.sweep(remove=True)) if chance.random() < 0.2 else sweep


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
