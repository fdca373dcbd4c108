"""How the incident laboratory does on a large log: `python -m tests.bench.laboratory --records 1000000`.

Import, index, sessions, any moment (cold, and with snapshots), who deleted, diff, a fork, and a what-if from near the
end. Wall clock, and the most memory that was used so far. Needs nothing but the project.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.bench.made import START, stream

from backtrail.mentions import Verb
from backtrail_cli import changes, folding, lineages, resources, whatifs
from backtrail_eventstore import SqliteStore, forking, import_trails


@contextmanager
def measured(name: str, count: int) -> Generator[None]:
    """Print what a block took."""
    begun = time.perf_counter()
    yield
    took = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:44} {took:9.3f} s   {count / took:12,.0f} records/s   {used:6} MiB", flush=True)


async def main(count: int) -> None:
    """All rows, on a log of this many records, in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = folder / "trail.jsonl"
        await asyncio.to_thread(_write, lines, count)
        async with SqliteStore.open(str(folder / "log.db")) as store:
            with measured("import, one file of lines", count):
                await import_trails(store, [lines])
            with measured("order and index", count):
                await store.index.refresh()
            await _questions(store, count, folder)


def _write(path: Path, count: int) -> None:
    with path.open("wb") as out:
        out.writelines(record + b"\n" for record in stream(count))


async def _questions(store: SqliteStore, count: int, folder: Path) -> None:
    plugins = folding.registry((), None)
    middle = START + timedelta(seconds=count // 8)
    end = START + timedelta(seconds=count // 4)
    with measured("who deleted, 1,000 times", count):
        for number in range(1000):
            await store.index.who(f"bucket-{number % max(1, count // 1000)}/key-{number * 10}", Verb.DELETED)
    with measured("sessions", count):
        family = await lineages.gather(store)
    with measured("state at the middle, the first time", count // 2):
        before, _ = await folding.folded(store, plugins, middle)
    with measured("state at the end, from there", count // 2):
        machine, _ = await folding.folded(store, plugins, end)
    with measured("state at a moment between, with snapshots", count):
        await folding.folded(store, plugins, middle + (end - middle) * 0.71)
    with measured("diff of the middle and the end, folded", count):
        changes.of(before, machine)
    del before
    with measured("state of iam alone, between, shown", count):
        machine, _ = await folding.folded(store, plugins, middle + (end - middle) * 0.37, ("iam",))
        resources.things(machine, ("iam",))
    with measured("state of s3 alone, between, shown", count):
        machine, _ = await folding.folded(store, plugins, middle + (end - middle) * 0.37, ("s3",))
        resources.things(machine, ("s3",))
    del machine
    with measured("fork at the middle", count):
        await forking.fork(store, str(folder / "fork.db"), at=middle)
    wanted = whatifs.Wanted(deny=("iam:CreateRole",))
    few = min(10_000, count // 2)
    with measured(f"what if, the last {few:,}", few):
        at = end - timedelta(seconds=few // 4)
        await whatifs.run(store, plugins, wanted, at=at, family=family, actor=None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    asyncio.run(main(parser.parse_args().records))
