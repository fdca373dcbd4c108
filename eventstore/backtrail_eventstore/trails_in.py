"""Importing trails: in bounded memory, idempotent, resumable, every rejection named, every record counted.

Reading (walking, unpacking, decoding) runs one chunk ahead in a thread of its own while the chunk before is
taken into the log. A file is known by its content: one that was read to its end is never read again, one
that was interrupted is read again and what it had given already are duplicates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from backtrail import order
from backtrail.actors import recipient
from backtrail_eventstore import lossless, taking, texts
from backtrail_eventstore.blobs import Blobs, FileBlobWriter
from backtrail_eventstore.documents import Found, Item, Refused
from backtrail_eventstore.errors import ImportRefused
from backtrail_eventstore.log import SqliteStore
from backtrail_eventstore.rejections import Code, Rejection, sentence
from backtrail_eventstore.taking import MOST_NAMED, Conflict, Counts, Part, Source
from backtrail_eventstore.unpacking import PIECE_BYTES, TrailFile
from backtrail_eventstore.walking import walk
from backtrail_eventstore.writing import from_micros

CHUNK_RECORDS = 4096
CHUNK_BYTES = 16 * 1024 * 1024
CHUNK_FILES = 500

_WHY_REFUSED = (
    "{} lies before the last live record of account {}, {}. "
    "What was decided since rests on the past as it was."
)

Progress = Callable[["ImportReport"], None]


class ImportReport(msgspec.Struct):
    """What became of an import so far. `read == new + duplicate + rejected`, always.

    What could not be read as records at all (an empty file, a folder without permission) counts as one
    read and one rejected. The lists name the first `MOST_NAMED`; the counts are complete.
    """

    files: int = 0
    bytes: int = 0
    read: int = 0
    new: int = 0
    duplicate: int = 0
    rejected: int = 0
    conflicting: int = 0
    by_code: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    rejections: list[Rejection] = msgspec.field(default_factory=list[Rejection])
    conflicts: list[Conflict] = msgspec.field(default_factory=list[Conflict])
    ignored: list[str] = msgspec.field(
        default_factory=list[str]
    )  # files of a tree that are no trail files by name
    file: str = ""  # the one being read

    def count(self, counts: Counts, rejections: Sequence[Rejection], conflicts: Sequence[Conflict]) -> None:
        """Count in a chunk."""
        self.read += counts.read
        self.new += counts.new
        self.duplicate += counts.duplicate
        self.rejected += counts.rejected
        self.conflicting += len(conflicts)
        for one in rejections:
            self.by_code[one.code] = self.by_code.get(one.code, 0) + 1
        self.rejections.extend(rejections[: MOST_NAMED - len(self.rejections)])
        self.conflicts.extend(conflicts[: MOST_NAMED - len(self.conflicts)])


@dataclass
class _Chunk:
    """What one hop to the reading thread brings."""

    parts: list[Part] = field(default_factory=list[Part])
    rejections: list[Rejection] = field(default_factory=list[Rejection])
    ignored: list[str] = field(default_factory=list[str])
    files: int = 0
    bytes: int = 0  # of files
    records: int = 0
    held: int = 0  # bytes of records

    @property
    def full(self) -> bool:
        return self.records >= CHUNK_RECORDS or self.held >= CHUNK_BYTES or self.files >= CHUNK_FILES


async def import_trails(
    store: SqliteStore, paths: Iterable[str | Path], *, progress: Progress | None = None
) -> ImportReport:
    """Take every record under these files and folders into the log.

    Raises `ImportRefused`, with nothing written, when a new record lies before its account's last live one;
    and `LogWriteFailed`, with whole chunks written before. Cancelled, it can be called again.
    """
    paths = list(paths)
    known = await store.read_with(taking.finished)
    if await store.index.any_live():
        await _check_times(store, paths, known)
    report = ImportReport()

    async def take(chunk: _Chunk) -> None:
        taken = await store.take(taking.take, chunk.parts)
        unread = len(chunk.rejections)
        report.files += chunk.files
        report.bytes += chunk.bytes
        report.ignored.extend(chunk.ignored)
        report.count(taken.counts, taken.rejections, taken.conflicts)
        report.count(Counts(unread, 0, 0, unread), chunk.rejections, ())
        if chunk.parts:
            report.file = chunk.parts[-1].source.path
        if progress is not None:
            progress(report)

    await _each_chunk(_Reader(paths, set(known), store.blobs), take)
    return report


async def _check_times(store: SqliteStore, paths: Sequence[str | Path], known: set[str]) -> None:
    """Refuse before anything is written: what an account has lived through cannot get another past."""
    last: dict[str, int | None] = {}

    async def check(chunk: _Chunk) -> None:
        for source, position, item in await store.read_with(taking.unknown, chunk.parts):
            content = msgspec.json.decode(item.raw, type=dict[str, object])
            account = recipient(content) or ""
            if account not in last:
                last[account] = await store.index.last_live(account)
            live, time = last[account], order.micros(str(content["eventTime"]))
            if live is not None and time < live:
                where = f"{source.path}, record {position} ({item.event_id}) of {from_micros(time)}"
                raise ImportRefused(_WHY_REFUSED.format(where, account or "unknown", from_micros(live)))

    await _each_chunk(_Reader(paths, set(known), None), check)


async def _each_chunk(reader: _Reader, work: Callable[[_Chunk], Awaitable[None]]) -> None:
    """Work on a chunk while the next one is being read."""
    upcoming = asyncio.ensure_future(asyncio.to_thread(reader.next))
    try:
        while (chunk := await upcoming) is not None:
            upcoming = asyncio.ensure_future(asyncio.to_thread(reader.next))
            await work(chunk)
    finally:
        reader.stop()
        if not upcoming.done():
            await asyncio.wait([upcoming])


class _Reader:
    """Reads chunk after chunk; used by one thread at a time."""

    def __init__(self, paths: Sequence[str | Path], known: set[str], blobs: Blobs | None) -> None:
        self._paths = paths
        self._known = known
        self._bodies = None if blobs is None else _Bodies(blobs)
        self._chunks = self._read()
        self._stopped = False

    def next(self) -> _Chunk | None:
        """The next chunk; None at the end."""
        return None if self._stopped else next(self._chunks, None)

    def stop(self) -> None:
        """Read no further."""
        self._stopped = True

    def _read(self) -> Iterator[_Chunk]:
        self._chunk = _Chunk()
        for found in walk(self._paths):
            if isinstance(found, Rejection):
                self._chunk.rejections.append(found)
            elif found.ignored:
                self._chunk.ignored.append(str(found.path))
            else:
                yield from self._file(found.path)
            if self._chunk.full:
                yield self._renewed()
        yield self._chunk

    def _renewed(self) -> _Chunk:
        full, self._chunk = self._chunk, _Chunk()
        return full

    def _file(self, path: Path) -> Iterator[_Chunk]:
        try:
            file = TrailFile(path)
        except OSError as error:
            code = Code.MISSING if isinstance(error, FileNotFoundError) else Code.UNREADABLE
            self._chunk.rejections.append(
                Rejection(str(path), None, code, sentence(code, error.strerror or ""))
            )
            return
        source = Source(str(path), file.sha256, file.bytes)
        self._chunk.files += 1
        self._chunk.bytes += file.bytes
        if file.sha256 in self._known:
            source.known = True
            self._chunk.parts.append(Part(source, [], ended=True))
            return
        yield from self._records(source, file)

    def _records(self, source: Source, file: TrailFile) -> Iterator[_Chunk]:
        items: list[tuple[int, Found | Refused]] = []
        ended = True
        position = 0
        for item in _readable(file):
            if isinstance(item, lossless.BlobPart):
                if self._bodies is not None:
                    self._bodies.take(item, file.path)
                continue
            if isinstance(item, Found) and item.beside is not None and self._bodies is not None:
                item = item._replace(beside=self._bodies.renamed(item.beside))
            position += 1
            items.append((position, item))
            self._chunk.records += 1
            self._chunk.held += len(item.raw) if isinstance(item, Found) else 0
            ended = not (isinstance(item, Refused) and item.code is Code.UNREADABLE)
            if self._chunk.full:
                self._chunk.parts.append(Part(source, items, ended=False))
                items = []
                yield self._renewed()
        self._chunk.parts.append(Part(source, items, ended=ended))
        if ended:
            self._known.add(source.sha256)


def _readable(file: TrailFile) -> Iterator[Item]:
    try:
        yield from texts.items(file.pieces())
    except OSError as error:
        yield Refused(Code.UNREADABLE, error.strerror or "")


class _Bodies:
    """Bodies of a lossless export: kept under this log's names, which depend on its key."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._writers: dict[str, FileBlobWriter] = {}
        self._names: dict[str, str] = {}

    def take(self, part: lossless.BlobPart, lines: Path) -> None:
        """Keep a piece, or the body that lies beside the lines."""
        if part.data is None:
            self._names[part.name] = self._copy(lossless.bodies_folder(lines) / part.name)
            return
        writer = self._writers.get(part.name) or self._writers.setdefault(part.name, self._blobs.writer())
        writer.write_now(part.data)
        if not part.more:
            self._names[part.name] = self._writers.pop(part.name).finish_now()

    def _copy(self, path: Path) -> str:
        writer = self._blobs.writer()
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                writer.write_now(piece)
        return writer.finish_now()

    def renamed(self, beside: lossless.Beside) -> lossless.Beside:
        """What stands beside a record, with the names under which its bodies are kept here."""
        note, sealed = beside.note, beside.sealed
        for old in beside.blobs:
            new = self._names.get(old, old).encode()
            # A name is an HMAC of 64 hexadecimal digits: it stands nowhere by chance.
            note = note and note.replace(old.encode(), new)
            sealed = sealed and sealed.replace(old.encode(), new)
        blobs = tuple(self._names.get(old, old) for old in beside.blobs)
        return beside._replace(note=note, sealed=sealed, blobs=blobs)
