"""How fast the event store is: `python -m tests.bench.store [records]`.

Appends at several batch sizes, replay, import, index, questions, memory. Wall clock and CPU time, so that a busy
machine shows. Needs nothing but the project.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.eventstore.making import foreign, record, write_lines, write_trail

from backtrail.store import Entry
from backtrail_eventstore import Filters, SqliteStore, import_trails


def memory_mib() -> int:
    """The most memory that was used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class Measure:
    """Prints what a block took for so many records."""

    def __init__(self, name: str, count: int) -> None:
        self.name, self.count = name, count

    def __enter__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        rate, each = self.count / wall, cpu / self.count * 1e6
        print(f"{self.name:38} {rate:12,.0f}/s   {each:8.1f} us CPU each   {memory_mib():5} MiB")


def made(number: int) -> Entry:
    """An entry as the engine makes them, about 1 KiB, with a small sealed part."""
    return Entry(record=record(number, padding="x" * 400), sealed=b'{"params":{"body":"%d"}}' % number)


async def appends(folder: Path) -> None:
    """Appends of 1, 16 and 256 records, and reading them all back."""
    async with SqliteStore.open(str(folder / "append.db")) as store:
        first = 0
        for size, count in ((1, 3000), (16, 1500), (256, 150)):
            batches = [[made(first + at * size + one) for one in range(size)] for at in range(count)]
            first += size * count
            with Measure(f"append, {size} a batch", size * count):
                for batch in batches:
                    await store.append(batch)
        for name in ("replay, with ordering", "replay"):
            with Measure(name, first):
                found = 0
                async for some in store.replay():
                    found += len(some)
            assert found == first
        with Measure("verify", first):
            assert (await store.verify()).ok


async def imports(folder: Path, count: int) -> None:
    """Plain lines, small packed files, the same again, then the index and questions."""
    lines = folder / "lines.jsonl"
    write_lines(lines, (foreign(number, padding="x" * 500) for number in range(count)))
    files = min(count // 8, 5000)
    for number in range(files):
        some = [foreign(one, padding="x" * 500) for one in range(number * 8, number * 8 + 8)]
        write_trail(folder / "small" / f"{number:05}.json.gz", some)
    async with SqliteStore.open(str(folder / "small.db")) as store:
        with Measure("import, 8 records a gz file", files * 8):
            await import_trails(store, [folder / "small"])
    async with SqliteStore.open(str(folder / "import.db")) as store:
        with Measure("import, plain lines", count):
            assert (await import_trails(store, [lines])).new == count
        with Measure("import, all known already", files * 8):
            assert (await import_trails(store, [folder / "small"])).duplicate == files * 8
        with Measure("fold order", count):
            await store.index.refresh_order()
        with Measure("audit index", count):
            await store.index.refresh()
        await questions(store, count)


async def questions(store: SqliteStore, count: int) -> None:
    """How long an answer takes in a log of that size."""

    async def ask(name: str, question: Callable[[int], object]) -> None:
        with Measure(f"{name}, {count:,} records", 500):
            for number in range(500):
                await question(number * 97 % count)  # type: ignore[misc]

    await ask("touching()", lambda number: store.index.touching(f"queue-{number}"))
    await ask("events(by principal), 20", lambda _: store.index.events(Filters(user="ada"), limit=20))
    await ask("events(by action), 1", lambda _: store.index.events(Filters(action="CreateQueue"), limit=1))


async def main(count: int) -> None:
    """Everything, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        await appends(Path(folder))
        await imports(Path(folder), count)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
