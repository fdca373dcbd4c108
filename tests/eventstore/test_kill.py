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

from backtrail_eventstore import SqliteStore

from .making import id_of, record

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
