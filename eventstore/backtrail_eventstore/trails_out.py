"""Exporting: as the files that CloudTrail would have delivered, or as lossless lines of our own.

Both are deterministic: the same log gives the same names and bytes. CloudTrail's files hold the records
alone, as they were written or delivered, and nothing that CloudTrail would not know; an import of them
exports to them again.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Literal

import msgspec

from backtrail import order
from backtrail.actors import recipient
from backtrail.ids import ALPHANUMERIC, letters
from backtrail.store import Stored
from backtrail_eventstore import lossless
from backtrail_eventstore.errors import KeyMissing
from backtrail_eventstore.log import SqliteStore
from backtrail_eventstore.writing import from_micros

WINDOW_SECONDS = 300
"""CloudTrail delivers about every 5 minutes:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html"""
MOST_RECORDS = 5000  # of one file
MOST_BYTES = 16 * 1024 * 1024  # of one file, unpacked

_UNKNOWN_ACCOUNT = "000000000000"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")  # what may be part of a path

_decode = msgspec.json.Decoder(dict[str, object]).decode

Bodies = Literal["none", "inline", "files"]


class ExportReport(msgspec.Struct):
    """What was written."""

    files: int = 0
    records: int = 0
    bytes: int = 0


class _File:
    """One trail file being filled: an account, a region, a window of time."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.bytes = 0

    def add(self, record: bytes) -> None:
        self.records.append(record)
        self.bytes += len(record)

    @property
    def full(self) -> bool:
        return len(self.records) >= MOST_RECORDS or self.bytes >= MOST_BYTES

    def content(self) -> bytes:
        return b'{"Records":[' + b",".join(self.records) + b"]}"


class _Trail:
    """Sorts records, which come in fold order, into trail files; runs in a thread."""

    def __init__(self, folder: Path, report: ExportReport) -> None:
        self._folder = folder
        self._report = report
        self._window = 0
        self._open: dict[tuple[str, str], _File] = {}

    def add(self, entries: list[Stored]) -> None:
        """Write every file that these entries complete."""
        for entry in entries:
            content = _decode(entry.record)
            window = order.micros(str(content.get("eventTime") or "")) // (WINDOW_SECONDS * 1_000_000)
            if window != self._window:
                self.close()
                self._window = window
            where = (
                _plain(recipient(content) or _UNKNOWN_ACCOUNT),
                _plain(content.get("awsRegion") or "us-east-1"),
            )
            file = self._open.setdefault(where, _File())
            file.add(entry.record)
            if file.full:
                self._write(where, self._open.pop(where))

    def close(self) -> None:
        """Write what is open."""
        for where in sorted(self._open):
            self._write(where, self._open[where])
        self._open.clear()

    def _write(self, where: tuple[str, str], file: _File) -> None:
        content = file.content()
        path = self._folder / trail_path(
            *where, from_micros((self._window + 1) * WINDOW_SECONDS * 1_000_000), content
        )
        # No time of its own in the gzip header: the same records make the same file.
        packed = gzip.compress(content, mtime=0)
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, lambda out: out.write(packed))
        self._report.files += 1
        self._report.records += len(file.records)
        self._report.bytes += len(packed)


async def export_trails(
    store: SqliteStore, folder: str | Path, *, since: datetime | None = None, until: datetime | None = None
) -> ExportReport:
    """Write the records under `folder`/AWSLogs as CloudTrail would have delivered them."""
    report = ExportReport()
    trail = _Trail(Path(folder), report)
    async for entries in store.replay(at=until, corrected=False):
        chosen = entries if since is None else [entry for entry in entries if _not_before(entry, since)]
        await asyncio.to_thread(trail.add, chosen)
    await asyncio.to_thread(trail.close)
    return report


async def export_lines(
    store: SqliteStore, path: str | Path, *, sealed: bool = False, bodies: Bodies = "none"
) -> ExportReport:
    """Write the whole log as lossless lines (packed when the name ends in `.gz`), in the order of arrival.

    `sealed` writes the sealed parts in the clear, which is what the key is there to prevent: keep the file as
    safe as the key. `bodies` come with them inside the lines, or as files in the folder `<path>.blobs`.
    """
    if bodies != "none" and not sealed:
        raise ValueError("bodies without the sealed parts that refer to them would belong to nothing")
    if sealed and not store.keys.here:
        raise KeyMissing(f"the sealed parts cannot be exported without {store.paths.key}")
    target = Path(path)
    report = ExportReport(files=1)
    head = await store.refresh()
    log = await store.log_id()
    written: set[str] = set()
    partial = target.with_name(f"{target.name}.partial")
    out = await asyncio.to_thread(_create, partial)
    try:
        await asyncio.to_thread(out.write, lossless.write_head(log, head))
        async for entries in store.read():
            chosen = [entry for entry in entries if entry.seq <= head[0]]
            for name in dict.fromkeys(name for entry in chosen for name in entry.blobs):
                if bodies != "none" and name not in written:
                    written.add(name)
                    await _write_body(store, name, out, target if bodies == "files" else None)
            lines = [lossless.write(entry, sealed=sealed, blobs=bodies != "none") for entry in chosen]
            await asyncio.to_thread(out.write, b"".join(lines))
            report.records += len(lines)
    finally:
        await asyncio.to_thread(out.close)
    await asyncio.to_thread(partial.replace, target)
    report.bytes = target.stat().st_size  # noqa: ASYNC240
    return report


async def _write_body(store: SqliteStore, name: str, out: IO[bytes] | _Packed, target: Path | None) -> None:
    """A body as lines, or as a file beside `target` and a line that says so."""
    if target is None:
        held: bytes | None = None
        async for piece in store.read_blob(name):
            if held is not None:
                await asyncio.to_thread(out.write, lossless.write_blob(name, held, more=True))
            held = piece
        await asyncio.to_thread(out.write, lossless.write_blob(name, held or b"", more=False))
        return
    folder = lossless.bodies_folder(target)
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    file = await asyncio.to_thread((folder / name).open, "wb")
    try:
        async for piece in store.read_blob(name):
            await asyncio.to_thread(file.write, piece)
    finally:
        await asyncio.to_thread(file.close)
    await asyncio.to_thread(out.write, lossless.write_blob(name, None, more=False))


def trail_path(account: str, region: str, delivered: datetime, content: bytes) -> str:
    """Where CloudTrail would put a file; the 16 characters that mean nothing are of its content's hash.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
    """
    chance = letters(sha256(content).digest(), ALPHANUMERIC, 16)
    return (
        f"AWSLogs/{account}/CloudTrail/{region}/{delivered:%Y/%m/%d}/"
        f"{account}_CloudTrail_{region}_{delivered:%Y%m%dT%H%MZ}_{chance}.json.gz"
    )


def _not_before(entry: Stored, since: datetime) -> bool:
    time = order.micros(str(_decode(entry.record).get("eventTime") or ""))
    return from_micros(time) >= since.replace(microsecond=0)


def _plain(name: object) -> str:
    """A record may say anything; a path must not."""
    text = str(name)
    return text if _PLAIN.fullmatch(text) else f"unknown-{sha256(text.encode()).hexdigest()[:12]}"


class _Packed(gzip.GzipFile):
    """A gzip file without name and time in its header, so that equal contents are equal files."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        super().__init__(filename="", mode="wb", fileobj=self._file, mtime=0)

    def close(self) -> None:
        super().close()
        self._file.close()


def _create(path: Path) -> IO[bytes] | _Packed:
    if path.name.removesuffix(".partial").endswith(".gz"):
        return _Packed(path)
    return path.open("wb")


def _replace(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as out:
        write(out)
    partial.replace(path)
