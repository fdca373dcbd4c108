"""Sweeping removes what nobody refers to, and never anything else: whatever was kept, whenever a process died."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backtrail.errors import LogWriteFailed
from backtrail.store import Entry, PendingCommand
from backtrail_eventstore import SqliteStore

from .making import record

ROOT = Path(__file__).parent.parent.parent


async def keep(store: SqliteStore, body: bytes) -> str:
    """Keep a body; its name."""
    writer = store.blob_writer()
    await writer.write(body)
    return await writer.finish()


def age(path: Path, names: list[str]) -> None:
    """Let bodies be older than anything that is written now."""
    for name in names:
        file = path.with_name("account.blobs") / name[:2] / name
        os.utime(file, ns=(1, 1))


async def reopened(path: Path) -> None:
    """A log that was written, closed, and is there."""
    async with SqliteStore.open(str(path)) as store:
        await store.append([Entry(record=record(store.head[0]))])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies=st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["record", "command", "done", "nobody"])), max_size=12
    )
)
def test_only_what_nobody_refers_to_is_removed(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[tuple[int, str]]
) -> None:
    """A body stays when any record or any command that waits names it, however often it was kept otherwise."""
    import asyncio

    async def story() -> None:
        path = tmp_path_factory.mktemp("log") / "account.db"
        wanted: set[str] = set()
        every: set[str] = set()
        async with SqliteStore.open(str(path)) as store:
            for number, (body, whose) in enumerate(bodies):
                name = await keep(store, str(body).encode() * 50)
                every.add(name)
                if whose == "record":
                    await store.append([Entry(record=record(number), blobs=(name,))])
                elif whose != "nobody":
                    command = PendingCommand(key=f"k/{number}", body=b'{"blob":"%s"}' % name.encode())
                    await store.append([Entry(record=record(number))], [command])
                if whose == "done":
                    await store.append([Entry(record=record(100 + number), cause=f"k/{number}")])
                if whose in ("record", "command"):
                    wanted.add(name)
        await reopened(path)
        age(path, sorted(every))
        async with SqliteStore.open(str(path)) as store:
            found = await store.sweep(remove=False)
            assert set(found.names) == every - wanted and not found.removed
            assert set(store.blobs.names()) == every
            swept = await store.sweep(remove=True)
            assert set(swept.names) == every - wanted and swept.kept == len(wanted)
            assert set(store.blobs.names()) == wanted
            assert (await store.verify()).ok
            assert (await store.sweep(remove=True)).names == []

    asyncio.run(story())


async def test_what_is_younger_than_the_last_commit_stays(path: Path) -> None:
    """It may be of records that are in another copy of this log."""
    async with SqliteStore.open(str(path)) as store:
        await store.append([Entry(record=record(1))])
    async with SqliteStore.open(str(path)) as store:
        await keep(store, b"young")
        assert (await store.sweep(remove=True)).names == []


async def test_a_body_that_is_kept_anew_stays(path: Path) -> None:
    """Between looking and removing, an upload of the same content may come: it wins."""
    await reopened(path)
    async with SqliteStore.open(str(path)) as store:
        name = await keep(store, b"again")
        age(path, [name])
        (old,) = store.blobs.kept()
        await keep(store, b"again")
        assert not store.blobs.remove(old)
        assert [piece async for piece in store.read_blob(name)] == [b"again"]


async def test_readers_sweep_nothing(path: Path) -> None:
    """Only who may write the log removes what lies beside it."""
    await reopened(path)
    async with SqliteStore.open(str(path), mode="read") as store:
        with pytest.raises(LogWriteFailed):
            await store.sweep(remove=True)


async def test_no_sweep_at_any_moment_loses_a_body(path: Path) -> None:
    """Killed again and again while it keeps, appends and sweeps, the log has every body that a record names."""
    seed = int(os.environ.get("BACKTRAIL_SEED", str(random.randrange(1 << 32))))
    print("seed", seed)
    chance = random.Random(seed)
    acknowledged: set[str] = set()
    for _ in range(int(os.environ.get("BACKTRAIL_KILLS", "3"))):
        lines = _run_and_kill(path, chance)
        acknowledged |= {name for line in lines if line.endswith("\n") for name in line.split()}
        async with SqliteStore.open(str(path)) as store:
            await store.sweep(remove=True)
            report = await store.verify()
            assert report.ok, report
            assert acknowledged <= set(store.blobs.names())


def _run_and_kill(path: Path, chance: random.Random) -> list[str]:
    """Let a process keep, append and sweep, kill it after a while, and give what it said was appended."""
    command = [sys.executable, "-m", "tests.eventstore.sweeper", str(path), str(chance.randrange(1000))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        first = process.stdout.readline()  # it is at work
        time.sleep(chance.random() * 0.4)
        process.send_signal(signal.SIGKILL)
        return [first, *process.stdout.read().splitlines(keepends=True)]
