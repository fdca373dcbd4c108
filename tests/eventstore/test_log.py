"""The log as a file: it only grows, one process writes it, many read it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from backtrail.errors import LogCorrupt, LogWriteFailed
from backtrail.store import BlobWriter, Entry, PendingCommand, Snapshot, StateKey
from backtrail_eventstore import (
    KeyMismatch,
    KeyMissing,
    LogLocked,
    LogNotFound,
    LogTooNew,
    SqliteStore,
    schema,
    writing,
)

from .making import SECRET, entries, entry, id_of, record
from .tampering import fill, tamper


@pytest.mark.parametrize("table", sorted(schema.TABLES))
async def test_the_database_refuses_update_and_delete(path: Path, table: str, tmp_path: Path) -> None:
    """No statement changes or removes what is there, not even INSERT OR REPLACE."""
    await fill(path)
    connection = sqlite3.connect(path, isolation_level=None)
    if table in ("source", "source_end", "place"):
        connection.execute("insert into source values (1, 'hash', 'path', 1)")
        connection.execute("insert into source_end values (1, '{}')")
        connection.execute("insert into place values (1, 1, 1, 1)")
    before = connection.execute(f"select * from {table}").fetchall()
    (column,) = connection.execute(f"select name from pragma_table_info('{table}') limit 1").fetchone()
    for statement in (
        f"update {table} set {column} = {column}",
        f"delete from {table}",
        f"insert or replace into {table} select * from {table}",
        f"replace into {table} select * from {table}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    assert connection.execute(f"select * from {table}").fetchall() == before
    connection.close()


async def test_replacing_by_a_used_cause_is_refused(path: Path) -> None:
    """A new entry cannot push out an older one that has its cause."""
    await fill(path)
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(
            "insert or replace into entry (seq, event_key, event_id, record, origin, cause, hash) "
            "values (99, 1, 'x', '{}', 'live', 'a/r/0/0', x'00')"
        )
    connection.close()


async def test_no_secret_is_in_any_file(path: Path) -> None:
    """Sealed parts, commands, bodies and states lie encrypted, in every file that a log has, also while it runs."""
    async with SqliteStore.open(str(path)) as store:
        unfinished = await fill_open(store)
        files = [one for one in path.parent.rglob("*") if one.is_file()]
        assert len(files) >= 6 and not [one for one in files if SECRET in one.read_bytes()]
        assert any(b"queue-3" in one.read_bytes() for one in files)  # the search would find what is plain
        await unfinished.discard()
    for one in path.parent.rglob("*"):
        assert one.is_dir() or SECRET not in one.read_bytes()


async def fill_open(store: SqliteStore) -> BlobWriter:
    """Something secret in every place that takes secrets; gives a body that is not finished."""
    await store.append(entries(0, 50), [PendingCommand(key="a", body=SECRET)])
    await store.index.refresh()
    await store.save_state(StateKey("s", "a", "r", "x"), Snapshot(position=5, state=SECRET * 10))
    writer = store.blob_writer()
    await writer.write(SECRET * 30_000)
    await writer.finish()
    unfinished = store.blob_writer()
    await unfinished.write(SECRET * 30_000)
    return unfinished


async def test_the_key_is_its_owners_alone(path: Path) -> None:
    """The key is 32 random bytes with mode 0600; one that others can read draws a warning."""
    await fill(path)
    key = path.with_suffix(".key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_bytes()) == 32
    key.chmod(0o644)
    with pytest.warns(UserWarning, match="can be read by others"):
        async with SqliteStore.open(str(path), mode="read"):
            pass


async def test_without_its_key_a_log_is_read_but_not_written(path: Path) -> None:
    """Records, notes and the chain need no key; sealed parts are locked, and nobody writes."""
    await fill(path)
    path.with_suffix(".key").unlink()
    async with SqliteStore.open(str(path), mode="read") as store:
        found = [one async for some in store.replay() for one in some]
        assert len(found) == 7 and all(one.locked and one.sealed is None and one.note for one in found)
        report = await store.verify()
        assert report.ok and report.unread
        with pytest.raises(KeyMissing):
            await store.pending()
        with pytest.raises(KeyMissing):
            await store.key("any")
    with pytest.raises(KeyMissing, match="cannot be written without its key"):
        async with SqliteStore.open(str(path)):
            pass


async def test_another_logs_key_is_refused(path: Path, tmp_path: Path) -> None:
    """A key belongs to one log, and a file of the wrong length is no key."""
    await fill(path)
    key = path.with_suffix(".key")
    key.write_bytes(os.urandom(32))
    with pytest.raises(KeyMismatch):
        async with SqliteStore.open(str(path), mode="read"):
            pass
    key.write_bytes(b"short")
    with pytest.raises(LogCorrupt, match="is not a key"):
        async with SqliteStore.open(str(path), mode="read"):
            pass


async def test_one_process_writes(path: Path) -> None:
    """A second writer, here or in another process, is told who has the log; readers come in."""
    async with SqliteStore.open(str(path)):
        with pytest.raises(LogLocked, match=f"process {os.getpid()}"):
            async with SqliteStore.open(str(path)):
                pass
        script = (
            "import asyncio, sys\nfrom backtrail_eventstore import SqliteStore\n"
            "async def main():\n    async with SqliteStore.open(sys.argv[1]): pass\nasyncio.run(main())"
        )
        run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)  # noqa: ASYNC221
        assert f"is open for writing by process {os.getpid()}" in run.stderr
        async with SqliteStore.open(str(path), mode="read"):
            pass
    async with SqliteStore.open(str(path)):
        pass


async def test_readers_see_what_is_committed_while_it_is_written(path: Path) -> None:
    """A reader beside the writer sees each batch, by any way of reading."""
    async with SqliteStore.open(str(path)) as writer, SqliteStore.open(str(path), mode="read") as reader:
        for number in range(3):
            await writer.append([entry(number)])
            assert await reader.refresh() == writer.head
            assert await reader.get(id_of(entry(number))) is not None
            assert len([one async for some in reader.replay() for one in some]) == number + 1
            assert len([one async for some in reader.read() for one in some]) == number + 1
        with pytest.raises(LogWriteFailed, match="reading only"):
            await reader.append([entry(9)])
        with pytest.raises(LogWriteFailed, match="reading only"):
            reader.blob_writer()


async def test_what_is_no_log_is_refused(path: Path, tmp_path: Path) -> None:
    """A missing file, another database, no database at all, a newer log: each has its own clear error."""
    with pytest.raises(LogNotFound):
        async with SqliteStore.open(str(path), mode="read"):
            pass
    with pytest.raises(LogNotFound, match="no folder"):
        async with SqliteStore.open(str(tmp_path / "none" / "x.db")):
            pass
    await fill(path)
    tamper(path, "update meta set value = 99 where name = 'schema'")
    for mode in ("read", "write"):
        with pytest.raises(LogTooNew, match=r"newer Backtrail .*99"):
            async with SqliteStore.open(str(path), mode=mode):
                pass
    other = tmp_path / "other.db"
    other.write_bytes(b"this is no database, but text " * 100)
    path.with_suffix(".key").rename(other.with_suffix(".key"))
    for mode in ("read", "write"):
        with pytest.raises(LogCorrupt):
            async with SqliteStore.open(str(other), mode=mode):  # type: ignore[arg-type]
                pass
    other.unlink()
    with sqlite3.connect(other) as connection:
        connection.execute("create table something (a)")
    connection.close()
    with pytest.raises(LogCorrupt, match="is not a log"):
        async with SqliteStore.open(str(other)):
            pass
    with pytest.raises(ValueError, match="durability"):
        async with SqliteStore.open(str(tmp_path / "x.db"), durability="none"):  # type: ignore[arg-type]
            pass


@pytest.mark.parametrize("code", ["SQLITE_FULL", "SQLITE_READONLY", "SQLITE_BUSY", "SQLITE_IOERR_WRITE"])
async def test_a_failed_commit_leaves_the_store_usable(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """A disk that is full or a file that is locked: the batch is refused in clear words, the next one goes in."""
    async with SqliteStore.open(str(path)) as store:
        await store.append(entries(0, 3))
        head = store.head
        real = writing.insert

        def broken(connection: sqlite3.Connection, statement: str, rows: object) -> None:
            real(connection, statement, rows)  # type: ignore[arg-type]
            error = sqlite3.OperationalError("made for this test")
            error.sqlite_errorname = code
            raise error

        monkeypatch.setattr(writing, "insert", broken)
        with pytest.raises(LogWriteFailed, match="nothing of the batch was written"):
            await store.append(entries(3, 40), [PendingCommand(key="k", body=b"x")])
        monkeypatch.undo()
        assert store.head == head
        await store.append(entries(3, 40), [PendingCommand(key="k", body=b"x")])
        assert store.head[0] == 43 and (await store.verify(head)).ok


async def test_a_really_full_database(path: Path) -> None:
    """Where SQLite itself finds no more pages, nothing of the batch stays and the log is as it was."""
    async with SqliteStore.open(str(path)) as store:
        await store.append(entries(0, 3))
        head = store.head

        def limit(connection: sqlite3.Connection, _: object, more: int) -> None:
            (pages,) = connection.execute("pragma page_count").fetchone()
            connection.execute(f"pragma max_page_count = {pages + more}")

        await store.take(limit, 3)
        with pytest.raises(LogWriteFailed, match="the disk is full"):
            await store.append(entries(3, 500))
        assert store.head == head and len([one async for some in store.read() for one in some]) == 3
        await store.append([Entry(record=record(3))])
        await store.take(limit, 10_000)
        await store.append(entries(4, 500))
        assert (await store.verify(head)).ok


async def look(path: Path) -> str:
    """What somebody finds who may only read."""
    async with SqliteStore.open(str(path), mode="read") as store:
        count = len([one async for some in store.replay() for one in some])
        found = f"{count} {await store.index.most_frequent_recipient()} {(await store.verify()).ok}"
    try:
        async with SqliteStore.open(str(path)):
            return "written"
    except PermissionError:
        return found


def test_a_folder_that_cannot_be_written() -> None:
    """A log on read-only media is read, index and all; writing is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "account.db"
        asyncio.run(fill(path))
        asyncio.run(look(path))  # imports what the child may not be able to
        for one in path.parent.glob("account.index.db*"):
            one.unlink()
        path.parent.chmod(0o555)
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                if os.geteuid() == 0:
                    os.setuid(65534)  # root may write anywhere
                os.write(into, asyncio.run(look(path)).encode())
            except BaseException as error:
                os.write(into, repr(error).encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        os.close(into)
        found = os.read(out, 10_000).decode()
        os.close(out)
        path.parent.chmod(0o700)
    assert found == "7 123456789012 True"


async def test_the_write_ahead_log_is_gone_after_closing(path: Path) -> None:
    """A closed log is one file, its key and what can be derived."""
    await fill(path)
    async with SqliteStore.open(str(path)) as store:
        await store.index.refresh()
    names = {one.name for one in path.parent.iterdir()}
    assert names == {"account.db", "account.key", "account.lock", "account.index.db", "account.blobs"}
