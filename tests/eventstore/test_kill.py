"""A process that dies at any moment: what was acknowledged is there, what is there verifies, and it goes on.

BACKTRAIL_KILLS sets how often (5), BACKTRAIL_SEED the seed, which is printed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backtrail_eventstore import SqliteStore, import_trails

from .making import foreign, id_of, record, write_trail

KILLS = int(os.environ.get("BACKTRAIL_KILLS", "5"))
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("durability", ["normal", "full"])
async def test_what_was_acknowledged_survives_kill_9(path: Path, durability: str) -> None:
    """Killed again and again in the middle of appending, the log keeps every acknowledged batch, whole."""
    seed = int(os.environ.get("BACKTRAIL_SEED", str(random.randrange(1 << 32))))
    print("seed", seed)
    chance = random.Random(seed)
    head, commands = (0, "0" * 64), set[str]()
    for _ in range(KILLS):
        lines = _run_and_kill(path, chance, durability)
        for line in lines:
            seq, hash_, command = line.split()
            head = (int(seq), hash_)
            commands.add(command)
        async with SqliteStore.open(str(path)) as store:
            report = await store.verify(head)
            assert report.ok, report
            assert commands <= {one.key for one in await store.pending()}
            found = [one async for some in store.replay() for one in some]
            assert len(found) == store.head[0] >= head[0]
            assert [one.event_id for one in found] == [id_of(record(number)) for number in range(len(found))]
            head = store.head
    assert head[0] > 0


async def test_an_import_goes_on_where_it_was_killed(path: Path, tmp_path: Path) -> None:
    """Killed after some chunk, again and again, then left alone: every record once, whole files not read again."""
    chance = random.Random(os.environ.get("BACKTRAIL_SEED"))
    records = [foreign(number) for number in range(4000)]
    for number in range(0, 4000, 40):
        write_trail(tmp_path / "in" / f"{number:04}.json.gz", records[number : number + 40])
    for _ in range(KILLS):
        _import_and_kill(path, tmp_path / "in", chance.randrange(1, 10))
        async with SqliteStore.open(str(path)) as store:
            assert (await store.verify()).ok

    async with SqliteStore.open(str(path)) as store:
        before = store.head[0]
        report = await import_trails(store, [tmp_path / "in"])
        assert report.new == 4000 - before and report.rejected == 0
        assert report.read == report.new + report.duplicate == 4000
        found = [one.event_id async for some in store.replay() for one in some]
        assert sorted(found) == sorted(map(id_of, records))


def _import_and_kill(log: Path, folder: Path, chunks: int) -> None:
    """Let a process import, and kill it after so many chunks (or let it end)."""
    command = [sys.executable, "-m", "tests.eventstore.importer", str(log), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for _ in range(chunks):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)


def _run_and_kill(path: Path, chance: random.Random, durability: str) -> list[str]:
    """Let a process append, kill it after a while, and give what it had been told was written."""
    command = [
        sys.executable,
        "-m",
        "tests.eventstore.appender",
        str(path),
        str(chance.choice((1, 3, 50, 300))),
        durability,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        first = process.stdout.readline()  # it is at work
        time.sleep(chance.random() * 0.4)
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout.read().splitlines(keepends=True)]
    return [line for line in lines if line.endswith("\n")]
