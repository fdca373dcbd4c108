"""Disks that are full, read-only or hold something else, and servers that therefore do not start."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from backtrail.errors import BacktrailError, LogCorrupt, LogWriteFailed
from backtrail_cli.server.running import Options, PortTaken, Serving
from backtrail_eventstore import SqliteStore
from backtrail_eventstore.errors import KeyMismatch, KeyMissing, LogLocked, LogNotFound, LogTooNew

from .outsider import Outsider, ask, json_call, request, s3_call, until
from .subject import Subject, sound

CREATE = json_call("AmazonSQS.CreateQueue", b'{"QueueName":"full"}')
SEND = json_call(
    "AmazonSQS.SendMessage",
    b'{"QueueUrl":"http://localhost/123456789012/full","MessageBody":"' + b"a" * 200_000 + b'"}',
)
MIB = 1024 * 1024


@cache
def _may_mount() -> bool:
    """Whether this system lets a process have mounts of its own."""
    return not subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode


def _with(mounts: str, folder: Path) -> tuple[str, ...]:
    """A command prefix: runs what follows with the mounts that a shell script makes of the folder `$F`."""
    if not _may_mount():
        pytest.skip("no mounts of one's own here")
    return ("unshare", "-rm", "sh", "-ec", f'F="$0"; {mounts}; exec "$@"', str(folder))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Subject]:
    """A server whose log lies on a disk of 64 MiB."""
    before = _with("mount -t tmpfs -o size=64m none $F", tmp_path)
    with Subject(tmp_path / "account.db", before=before) as running:
        yield running


def _fill(folder: Path) -> None:
    """Leave no byte free."""
    with (folder / "filler").open("wb", buffering=0) as filler:
        piece = bytes(MIB)
        while piece:
            try:
                filler.write(piece)
            except OSError as error:
                assert error.errno == errno.ENOSPC
                piece = piece[: len(piece) // 2]


def test_a_full_disk_refuses_and_recovers(small: Subject, tmp_path: Path) -> None:
    """While the disk is full each call is a 500 that says so; with space again it serves, and nothing is lost."""
    endpoint, folder = small.endpoint, Path(f"/proc/{small.process.pid}/root{tmp_path}")
    assert ask(endpoint, CREATE).status == ask(endpoint, s3_call("PUT", "/bucket")).status == 200
    assert ask(endpoint, s3_call("PUT", "/bucket/before", body=b"a" * 100_000)).status == 200
    _fill(folder)

    for number in range(8):
        small_one = ask(endpoint, s3_call("PUT", f"/bucket/{number}", body=b"b" * 9000))
        assert (small_one.status, "InternalFailure" in small_one.text) == (500, True), small_one
        large_one = ask(endpoint, s3_call("PUT", f"/bucket/{number}", body=b"c" * 2 * MIB))
        assert large_one.status == 500, large_one
        assert "could not be kept" in large_one.text or "not recorded" in large_one.text, large_one
        assert "not recorded" in ask(endpoint, CREATE).text
        assert ask(endpoint, request("GET", "/_backtrail/health")).status == 200
    assert not list((folder / "account.blobs" / "unfinished").iterdir())

    (folder / "filler").unlink()
    assert until(10, lambda: ask(endpoint, CREATE).status == 200)
    assert ask(endpoint, s3_call("PUT", "/bucket/after", body=b"d" * MIB)).status == 200
    assert len(ask(endpoint, s3_call("GET", "/bucket/before")).body) == 100_000
    assert ask(endpoint, s3_call("GET", "/bucket/0")).status == 404
    shutil.copytree(folder, tmp_path / "copy")
    assert small.stop() == 0
    asyncio.run(sound(tmp_path / "copy" / "account.db"))
    assert "Traceback" not in small.complaints
    assert "the disk is full" in small.complaints


def test_a_server_ends_on_a_full_disk(small: Subject, tmp_path: Path) -> None:
    """A full disk keeps no server from ending, and the log that it leaves is whole."""
    folder = Path(f"/proc/{small.process.pid}/root{tmp_path}")
    while small.health()["records"] < 2100:  # enough for a snapshot to be worth its while
        _send_many(small.endpoint, [CREATE] * 100)
    _fill(folder)
    assert until(20, lambda: ask(small.endpoint, SEND).status == 500)  # the WAL has some room left
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # keeps the disk when its server is gone
    try:
        assert small.stop() == 0
        shutil.copytree(f"/proc/self/fd/{held}", tmp_path / "copy")
    finally:
        os.close(held)
    asyncio.run(sound(tmp_path / "copy" / "account.db"))
    assert "Traceback" not in small.complaints, small.complaints


def _send_many(endpoint: str, calls: list[bytes]) -> None:
    with Outsider(endpoint) as one:
        one.send(b"".join(calls))
        for _ in calls:
            assert one.reply().status == 200


def _made(log: Path) -> None:
    """A log with a record in it."""
    with Subject(log) as subject:
        assert ask(subject.endpoint, CREATE).status == 200


READ_ONLY = "mount --bind $F $F; mount -o remount,bind,ro $F"


def test_a_read_only_disk_is_named_and_can_be_read(tmp_path: Path) -> None:
    """On a read-only disk no server starts that would write; one of the past does, and answers."""
    folder = tmp_path / "disk"
    folder.mkdir()
    before = _with(READ_ONLY, folder)
    for log in (folder / "new.db", folder / "account.db"):
        with pytest.raises(AssertionError, match=r"(?i)read-only") as refused:
            Subject(log, before=before).start()
        assert _last(str(refused.value)).startswith(("backtrail", "OSError")), refused.value
        _made(folder / "account.db")

    past = Subject(folder / "account.db", before=before, at=datetime.now(UTC).isoformat())
    with past as subject:
        listed = ask(subject.endpoint, json_call("AmazonSQS.ListQueues", b"{}"))
        assert (listed.status, "full" in listed.text) == (200, True), listed
        assert ask(subject.endpoint, json_call("AmazonSQS.CreateQueue", b'{"QueueName":"b"}')).status == 409


def _last(text: str) -> str:
    return text.strip().splitlines()[-1]


async def _starts(options: Options) -> None:
    async with Serving.of(options):
        pass


def _refused(kind: type[BacktrailError], match: str, options: Options) -> None:
    with pytest.raises(kind, match=match):
        asyncio.run(_starts(options))


def test_a_taken_port_is_named_before_the_log_is_touched(tmp_path: Path) -> None:
    """Who cannot listen says so, and has made no log."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        _refused(
            PortTaken, f"127.0.0.1:{port}: Address already in use", Options(log=tmp_path / "a.db", port=port)
        )
    _refused(PortTaken, "choose another --port", Options(log=tmp_path / "a.db", port=99_999))
    _refused(PortTaken, "no.such.host", Options(log=tmp_path / "a.db", port=0, host="no.such.host.invalid"))

    assert not list(tmp_path.iterdir())


def test_a_log_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    """A newer log, a missing or foreign key, no log at all, no folder: each is one clear error that names the file."""
    log = tmp_path / "account.db"
    _made(log)
    key = log.with_suffix(".key")
    right = key.read_bytes()
    served = Options(log=log, port=0)

    key.unlink()
    _refused(KeyMissing, r"account\.db cannot be written without its key .*account\.key", served)
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    _refused(KeyMismatch, "is not the key of", served)
    key.write_bytes(b"short")
    _refused(LogCorrupt, "is not a key", served)
    key.write_bytes(right)
    asyncio.run(_starts(served))

    newer = tmp_path / "newer.db"
    _newer(newer)
    _refused(LogTooNew, "newer Backtrail .*Upgrade", Options(log=newer, port=0))
    noise = tmp_path / "noise.db"
    noise.write_bytes(os.urandom(100_000))
    noise.with_suffix(".key").write_bytes(right)
    noise.with_suffix(".key").chmod(0o600)
    _refused(LogCorrupt, "is not a log", Options(log=noise, port=0))
    _refused(LogNotFound, "there is no folder", Options(log=tmp_path / "none" / "a.db", port=0))
    folder = tmp_path / "folder.db"
    folder.mkdir()
    folder.with_suffix(".key").write_bytes(right)
    folder.with_suffix(".key").chmod(0o600)
    _refused(LogWriteFailed, "folder.db cannot be opened", Options(log=folder, port=0))


def _newer(log: Path) -> None:
    """A log whose schema is of a later version."""

    async def make() -> None:
        async with SqliteStore.open(str(log)):
            pass

    asyncio.run(make())
    with sqlite3.connect(log) as connection:
        connection.execute("drop trigger meta_refuses_update")
        connection.execute("update meta set value = 99 where name = 'schema'")
    connection.close()


def test_a_log_has_one_server(tmp_path: Path) -> None:
    """The second server on a log names the first one's process, and ends without a mark."""
    log = tmp_path / "account.db"
    with Subject(log) as first:
        _refused(LogLocked, f"open for writing by process {first.process.pid}", Options(log=log, port=0))
        assert ask(first.endpoint, CREATE).status == 200
    asyncio.run(_starts(Options(log=log, port=0)))


def test_a_server_that_does_not_start_exits_with_an_error(tmp_path: Path) -> None:
    """The process ends at once, with a code other than 0 and the reason in its last line."""
    missing = tmp_path / "none" / "a.db"
    with pytest.raises(AssertionError) as refused:
        Subject(missing).start()
    assert _last(str(refused.value)) == (
        f"backtrail_eventstore.errors.LogNotFound: there is no folder {missing.parent} to hold the log"
    )
    program = (
        "import asyncio; from pathlib import Path; from backtrail_cli.server.running import Options, run; "
        f"run(Options(log=Path({str(missing)!r}), port=0), print)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode != 0
