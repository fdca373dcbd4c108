"""Forks: a shared past, a future of one's own, nothing copied, nothing half made."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backtrail.errors import LogCorrupt
from backtrail.machine import Machine
from backtrail.plugins import installed_registry
from backtrail.store import Entry
from backtrail_eventstore import SqliteStore, forking, forks, import_trails
from backtrail_eventstore.errors import KeyMissing, LogNotFound
from backtrail_eventstore.forks import NotAFork, ParentMissing

from .making import foreign, record, write_lines

pytestmark = pytest.mark.anyio


def live(number: int) -> Entry:
    """An entry as the engine makes them."""
    return Entry(record=record(number), sealed=b'{"params":{"body":"%d"}}' % number)


async def a_log(path: Path, count: int = 20) -> list[str]:
    """A log of live entries; their event ids."""
    async with SqliteStore.open(str(path)) as store:
        await store.append([live(number) for number in range(count)])
        return [entry.event_id async for some in store.read() for entry in some]


async def ids(path: Path) -> list[str]:
    """The event ids that a log sees, in fold order, and every sealed part can be read."""
    async with SqliteStore.open(str(path), mode="read") as store:
        entries = [entry async for some in store.replay() for entry in some]
        assert all(entry.sealed is not None and not entry.locked for entry in entries)
        return [entry.event_id for entry in entries]


async def fork(
    parent: Path, child: Path, *, event_id: str | None = None, at: datetime | None = None
) -> forks.Fork:
    """Fork a log."""
    async with SqliteStore.open(str(parent), mode="read") as store:
        return await forking.fork(store, str(child), event_id=event_id, at=at)


async def test_a_fork_sees_the_past_and_nothing_later(tmp_path: Path) -> None:
    """It ends with the event at which it was made, whatever the parent does after."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    all_ids = await a_log(parent)
    await fork(parent, child, event_id=all_ids[9])
    assert await ids(child) == all_ids[:10]
    async with SqliteStore.open(str(parent)) as store:
        await store.append([live(number) for number in range(20, 30)])
    assert await ids(child) == all_ids[:10]
    async with SqliteStore.open(str(child), mode="read") as store:
        assert store.head[0] == 10
        assert (await store.get(all_ids[3])) is not None
        assert (await store.get(all_ids[10])) is None
        assert len(await store.index.events()) == 10


async def test_a_fork_goes_on_and_its_parent_does_not_see_it(tmp_path: Path) -> None:
    """Its entries are chained to the parent's head; both verify; the parent has none of them."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    all_ids = await a_log(parent)
    await fork(parent, child, event_id=all_ids[9])
    async with SqliteStore.open(str(child)) as store:
        await store.append([live(number) for number in range(100, 105)])
        assert store.head[0] == 15
    async with SqliteStore.open(str(child)) as store:  # opened again, it goes on where it was
        await store.append([live(number) for number in range(105, 107)])
        assert store.head[0] == 17
        report = await store.verify()
        assert (report.ok, report.entries) == (True, 17)
    assert len(await ids(child)) == 17
    assert await ids(parent) == all_ids
    async with SqliteStore.open(str(parent), mode="read") as store:
        assert (await store.verify()).ok


async def test_a_fork_of_a_fork(tmp_path: Path) -> None:
    """Each level shows its own part, also when it was cut before the fork above it."""
    a, b, c, d = (tmp_path / f"{name}.db" for name in "abcd")
    all_ids = await a_log(a)
    await fork(a, b, event_id=all_ids[9])
    async with SqliteStore.open(str(b)) as store:
        await store.append([live(number) for number in range(100, 105)])
    own = (await ids(b))[10:]
    await fork(b, c, event_id=own[1])
    await fork(c, d, event_id=all_ids[4])
    assert await ids(c) == all_ids[:10] + own[:2]
    assert await ids(d) == all_ids[:5]
    async with SqliteStore.open(str(d)) as store:
        await store.append([live(200)])
        assert (await store.verify()).ok
    assert len(await ids(d)) == 6


async def test_late_arrivals_before_the_moment_are_seen_and_early_ones_after_it_are_not(
    tmp_path: Path,
) -> None:
    """An import need not arrive in the order of time; a fork cuts by time, and what is hidden stays in the chain."""
    numbers = [5, 1, 9, 3, 7, 2, 8, 0, 6, 4]
    write_lines(tmp_path / "t.jsonl", (foreign(number) for number in numbers))
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    async with SqliteStore.open(str(parent)) as store:
        await import_trails(store, [tmp_path / "t.jsonl"])
        in_order = [json.loads(entry.record) async for some in store.replay() for entry in some]
    at = datetime.fromisoformat(in_order[4]["eventTime"])
    await fork(parent, child, at=at.replace(microsecond=999_999))
    expected = [one["eventID"] for one in in_order if datetime.fromisoformat(one["eventTime"]) <= at]
    async with SqliteStore.open(str(child)) as store:
        seen = [entry.event_id async for some in store.replay() for entry in some]
        assert seen == expected
        assert {entry.event_id async for some in store.read() for entry in some} == set(expected)
        assert {event.event_id for event in await store.index.events()} == set(expected)
        await store.append([live(5000)])
        assert (await store.verify()).ok
    assert 0 < len(expected) < 10


async def test_a_fork_folds_to_the_state_of_that_moment(tmp_path: Path) -> None:
    """The digest of the fork is the parent's as of then."""
    from backtrail_cli.incidents import EXAMPLE

    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    at = datetime(2024, 3, 14, 2, 24, 30, tzinfo=UTC)
    async with SqliteStore.open(str(parent)) as store:
        await import_trails(store, [EXAMPLE])
        before = Machine(installed_registry())
        async for some in store.replay(at=at):
            for entry in some:
                before.apply(entry.record, entry.note)
    await fork(parent, child, at=at)
    forked = Machine(installed_registry())
    async with SqliteStore.open(str(child), mode="read") as store:
        async for some in store.replay():
            for entry in some:
                forked.apply(entry.record, entry.note)
    assert forked.digest() == before.digest()


async def test_bodies_of_the_past_are_read_from_the_parent(tmp_path: Path) -> None:
    """A fork keeps its own bodies, and finds the parent's; verify looks for both."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    async with SqliteStore.open(str(parent)) as store:
        writer = store.blob_writer()
        await writer.write(b"old" * 1000)
        name = await writer.finish()
        await store.append([Entry(record=record(0), sealed=b"{}", blobs=(name,))])
    await fork(parent, child)
    async with SqliteStore.open(str(child)) as store:
        assert b"".join([piece async for piece in store.read_blob(name)]) == b"old" * 1000
        writer = store.blob_writer()
        await writer.write(b"new")
        await store.append([Entry(record=record(1), sealed=b"{}", blobs=(await writer.finish(),))])
        assert (await store.verify()).ok


async def test_a_fork_has_no_outbox_of_its_parents(tmp_path: Path) -> None:
    """What was still to be sent is the parent's business alone."""
    from backtrail.store import PendingCommand

    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    async with SqliteStore.open(str(parent)) as store:
        await store.append([live(0)], [PendingCommand(key="e/r/0/0", body=b"{}")])
        assert len(await store.pending()) == 1
    await fork(parent, child)
    async with SqliteStore.open(str(child)) as store:
        assert await store.pending() == []
        await store.append([live(1)])
        assert (await store.verify()).ok


async def test_nothing_is_copied(tmp_path: Path) -> None:
    """The fork's file is as large for a hundred records as for a thousand."""
    sizes: set[int] = set()
    for count in (100, 1000):
        parent, child = tmp_path / f"a{count}.db", tmp_path / f"b{count}.db"
        await a_log(parent, count)
        await fork(parent, child)
        sizes.add(child.stat().st_size)
    assert len(sizes) == 1


async def test_a_parent_that_moved_is_looked_for_beside_the_fork(tmp_path: Path) -> None:
    """Both in another folder are found; without the parent the error says where it was."""
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    all_ids = await a_log(home / "a.db")
    await fork(home / "a.db", home / "b.db", event_id=all_ids[4])
    home.rename(other)
    assert await ids(other / "b.db") == all_ids[:5]
    (other / "a.db").rename(other / "elsewhere.db")
    with pytest.raises(
        ParentMissing, match=r"the log that it goes on from is missing .*home/a.db is not there"
    ):
        await ids(other / "b.db")
    assert issubclass(ParentMissing, LogNotFound)


async def test_another_log_under_the_parents_name_is_no_parent(tmp_path: Path) -> None:
    """The parent's id is compared, and so is the entry at which the fork goes on."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    await a_log(parent)
    await fork(parent, child)
    _put_away(tmp_path)
    await a_log(parent)
    with pytest.raises(ParentMissing, match="is another log"):
        await ids(child)


def _put_away(folder: Path) -> None:
    for left in folder.glob("a.*"):
        left.rename(folder / left.name.replace("a.", "was."))


async def test_a_parent_that_was_cut_is_noticed(tmp_path: Path) -> None:
    """A parent whose tail is gone is corrupt for its fork, not shorter."""
    import sqlite3

    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    await a_log(parent)
    await fork(parent, child)
    connection = sqlite3.connect(parent)
    connection.execute("drop trigger entry_refuses_delete")
    connection.execute("delete from entry where seq > 10")
    connection.commit()
    connection.close()
    with pytest.raises(LogCorrupt, match="was cut"):
        await ids(child)


async def test_a_fork_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed anywhere on the way, nothing that looks like a log is left, and the next attempt works."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    all_ids = await a_log(parent)
    steps = ("_copy_key", "_make", "link")
    for step in steps:
        with monkeypatch.context() as broken:

            def crash(*_: object) -> None:
                raise KeyboardInterrupt

            broken.setattr(os if step == "link" else forks, step, crash)
            with pytest.raises(KeyboardInterrupt):
                await fork(parent, child)
        assert not child.exists()
    (tmp_path / "b.db.making").write_bytes(b"half a file")
    await fork(parent, child)
    assert await ids(child) == all_ids
    assert not (tmp_path / "b.db.making").exists()


async def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    """Neither a log, nor another log's key; a fork needs its parent's key and a past."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    await a_log(parent)
    await a_log(child)
    with pytest.raises(NotAFork, match="is there already"):
        await fork(parent, child)
    (tmp_path / "c.key").write_bytes(b"k" * 32)
    with pytest.raises(NotAFork, match="another log's key"):
        await fork(parent, tmp_path / "c.db")
    with pytest.raises(NotAFork, match="no record up to that moment"):
        await fork(parent, tmp_path / "d.db", at=datetime(1990, 1, 1, tzinfo=UTC))
    with pytest.raises(LookupError, match="no event"):
        await fork(parent, tmp_path / "d.db", event_id="00000000-0000-4000-8000-000000000000")
    (tmp_path / "a.key").unlink()
    with pytest.raises(KeyMissing):
        await fork(parent, tmp_path / "d.db")


async def test_a_fork_survives_kill_9(tmp_path: Path) -> None:
    """A process that appends to a fork is killed: what it was told is there, the chain whole, the parent untouched."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    await a_log(parent)
    await fork(parent, child)
    head = await asyncio.to_thread(_killed, child)
    async with SqliteStore.open(str(child)) as store:
        report = await store.verify(head)
        assert report.ok, report
        assert store.head[0] >= head[0] > 20
        assert len([entry async for some in store.replay() for entry in some]) == store.head[0]
    async with SqliteStore.open(str(parent), mode="read") as store:
        assert store.head[0] == 20


def _killed(path: Path) -> tuple[int, str]:
    """Let a process append to a log, kill it, and give the last head that it was told."""
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-m", "tests.eventstore.appender", str(path), "3", "normal"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        lines += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    seq, hash_, _ = lines[-1].split()
    return int(seq), hash_


async def test_an_import_into_a_fork_knows_what_the_parent_has(tmp_path: Path) -> None:
    """Records of the shared past are duplicates; others are new, and the fork's alone."""
    parent, child = tmp_path / "a.db", tmp_path / "b.db"
    write_lines(tmp_path / "t.jsonl", (foreign(number) for number in range(10)))
    write_lines(tmp_path / "more.jsonl", (foreign(number) for number in range(5, 15)))
    async with SqliteStore.open(str(parent)) as store:
        await import_trails(store, [tmp_path / "t.jsonl"])
    await fork(parent, child)
    async with SqliteStore.open(str(child)) as store:
        report = await import_trails(store, [tmp_path / "more.jsonl"])
        assert (report.new, report.duplicate) == (5, 5)
        assert (await store.verify()).ok
        assert len(await store.index.events()) == 15
        assert (await store.sweep(remove=True)) is not None
    async with SqliteStore.open(str(parent), mode="read") as store:
        assert len(await store.index.events()) == 10
