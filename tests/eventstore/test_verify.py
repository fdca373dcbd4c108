"""A log cannot be changed unseen: whatever was changed, `verify` names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backtrail.errors import LogCorrupt
from backtrail_eventstore import SqliteStore

from .making import SECRET, entries, id_of, record
from .tampering import fill, flip, tamper


async def test_an_untouched_log_verifies(path: Path) -> None:
    """Verify finds nothing wrong, counts what it saw and agrees with the head."""
    head = await fill(path)
    async with SqliteStore.open(str(path), mode="read") as store:
        report = await store.verify(head)
        assert (report.ok, report.entries, report.head, report.blobs, report.unread) == (True, 7, head, 2, ())
        assert (await store.verify(head[1])).ok
        assert (await store.verify((0, "0" * 64))).ok
        assert (await store.verify()).ok


Change = Callable[[Path], None]

CHANGES: dict[str, tuple[Change, int, str]] = {
    "record": (lambda p: flip(p, "entry", "record", "seq", 3), 3, "record"),
    "note": (lambda p: flip(p, "entry", "note", "seq", 4), 4, "note"),
    "sealed": (lambda p: flip(p, "entry", "sealed", "seq", 2), 2, "sealed part was changed"),
    "hash": (lambda p: flip(p, "entry", "hash", "seq", 5), 5, "hash was changed"),
    "event id": (lambda p: flip(p, "entry", "event_id", "seq", 1), 1, "event"),
    "origin": (lambda p: tamper(p, "update entry set origin = 'live' where seq = 7"), 7, "origin"),
    "cause": (lambda p: tamper(p, "update entry set cause = null where seq = 6"), 6, "cause"),
    "root": (lambda p: tamper(p, "update entry set root = null where seq = 7"), 7, "was changed"),
    "blobs": (lambda p: tamper(p, "update entry set blobs = null where seq = 6"), 6, "was changed"),
    "removed note": (lambda p: tamper(p, "update entry set note = null where seq = 1"), 1, "note"),
    "removed entry": (lambda p: tamper(p, "delete from entry where seq = 4"), 4, "missing"),
    "swapped": (
        lambda p: tamper(
            p, "update entry set sealed = (select sealed from entry where seq = 1) where seq = 2"
        ),
        2,
        "sealed part was changed",
    ),
    "command": (lambda p: flip(p, "outbox", "body", "key", "a/r/0/0"), 5, "command"),
    "loose command": (lambda p: flip(p, "outbox", "body", "key", "a/r/1/0"), 8, "command"),
    "removed command": (lambda p: tamper(p, "delete from outbox where key = 'a/r/0/0'"), 5, "was changed"),
    "due": (lambda p: tamper(p, "update outbox set due = 1 where key = 'a/r/0/0'"), 5, "command"),
    "added command": (
        lambda p: tamper(p, "insert into outbox select 99, 3, 'b/r/0/0', due, body from outbox where id = 1"),
        3,
        "command",
    ),
    "stray command": (
        lambda p: tamper(
            p, "insert into outbox select 99, 77, 'b/r/0/0', due, body from outbox where id = 1"
        ),
        77,
        "belongs to no entry",
    ),
}


@pytest.mark.parametrize("what", sorted(CHANGES))
async def test_a_change_is_found_and_named(path: Path, what: str) -> None:
    """Whatever was changed, verify names the first entry that is not what was written, and why."""
    await fill(path)
    change, seq, words = CHANGES[what]
    change(path)
    async with SqliteStore.open(str(path), mode="read") as store:
        report = await store.verify()
    assert not report.ok and report.bad_seq == seq
    assert report.reason is not None and words in report.reason
    if what in ("record", "note", "sealed", "hash"):
        assert report.bad_event_id == id_of(record(seq - 1))


@pytest.mark.parametrize("what", ["record", "note", "hash", "removed entry", "origin"])
async def test_changes_are_found_without_the_key(path: Path, what: str) -> None:
    """The chain needs no key."""
    await fill(path)
    CHANGES[what][0](path)
    path.with_suffix(".key").unlink()
    async with SqliteStore.open(str(path), mode="read") as store:
        report = await store.verify()
    assert not report.ok and report.bad_seq == CHANGES[what][1]


async def test_a_cut_tail_is_found_with_a_noted_head(path: Path) -> None:
    """A shorter log is valid in itself; only a head that was noted tells."""
    head = await fill(path)
    tamper(path, "delete from outbox where key = 'a/r/1/0'")
    tamper(path, "delete from entry where seq = 7")
    async with SqliteStore.open(str(path), mode="read") as store:
        assert (await store.verify()).ok
        for noted in (head, head[1]):
            report = await store.verify(noted)
            assert not report.ok and report.bad_seq == 7 and "tail was cut" in str(report.reason)


async def test_another_history_is_found_with_a_noted_head(path: Path, tmp_path: Path) -> None:
    """A log that was made again from the same place is not the one whose head was noted."""
    head = await fill(path)
    other = tmp_path / "other.db"
    async with SqliteStore.open(str(other)) as store:
        await store.append(entries(0, 7))
        assert "another history" in str((await store.verify(head)).reason)


async def test_missing_and_changed_bodies_are_found(path: Path) -> None:
    """A body that an entry names must be there and be what it was; whoever reads a changed one is told."""
    await fill(path)
    bodies = sorted((path.parent / "account.blobs").glob("??/*"), key=lambda one: one.stat().st_size)
    small, large = bodies
    data = bytearray(large.read_bytes())
    data[-1000] ^= 1
    large.write_bytes(data)
    async with SqliteStore.open(str(path), mode="read") as store:
        report = await store.verify()
        assert not report.ok and report.blob_faults == (f"blob {large.name} was changed",)
        with pytest.raises(LogCorrupt):
            [piece async for piece in store.read_blob(large.name)]
        assert [piece async for piece in store.read_blob(large.name, 0, 5)] == [SECRET[:5]]
        large.unlink()
        small.rename(large)
        report = await store.verify()
    assert len(report.blob_faults) == 2 and f"blob {small.name} is missing" in report.blob_faults


async def test_a_cut_or_grown_body_is_found(path: Path) -> None:
    """A body that was cut at a piece's end, or that its size was changed of, does not open."""
    await fill(path)
    large = max((path.parent / "account.blobs").glob("??/*"), key=lambda one: one.stat().st_size)
    data = large.read_bytes()
    large.write_bytes(data[: len(data) - 70_000])
    async with SqliteStore.open(str(path), mode="read") as store:
        assert "was changed" in str((await store.verify()).reason)
        large.write_bytes(data[:32] + b"\0" * 8 + data[40:])
        with pytest.raises(LogCorrupt):
            [piece async for piece in store.read_blob(large.name)]
