"""Importing trails: in bounded memory, idempotent, resumable, every rejection named, every record counted.

Reading (walking, unpacking, decoding) runs one chunk ahead in a thread of its own while the chunk before is
taken into the log. A file is known by its content: one that was read to its end is never read again, one
that was interrupted is read again and what it had given already are duplicates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from backtrail import order
from backtrail.actors import recipient
from backtrail_eventstore import lossless, manifest, remote, taking
from backtrail_eventstore.blobs import Blobs
from backtrail_eventstore.buckets import Access
from backtrail_eventstore.contents import Bodies, Content, Read, readable
from backtrail_eventstore.digests import Claims, Input, PublicKeys
from backtrail_eventstore.documents import Found, Refused
from backtrail_eventstore.errors import ImportRefused
from backtrail_eventstore.log import SqliteStore
from backtrail_eventstore.rejections import Code, Rejection, sentence
from backtrail_eventstore.remote import Before
from backtrail_eventstore.taking import MOST_NAMED, Conflict, Counts, Part, Source
from backtrail_eventstore.unpacking import TrailFile
from backtrail_eventstore.walking import walk
from backtrail_eventstore.writing import from_micros

CHUNK_RECORDS = 16_384
"""Ids come in no order, so each chunk writes nearly every page of their index again: few and large ones write less."""
CHUNK_BYTES = 16 * 1024 * 1024
CHUNK_FILES = 2_500

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
    corrections: int = 0  # new records that correct others (CloudTrail's addenda)
    by_code: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    rejections: list[Rejection] = msgspec.field(default_factory=list[Rejection])
    conflicts: list[Conflict] = msgspec.field(default_factory=list[Conflict])
    ignored: list[str] = msgspec.field(
        default_factory=list[str]
    )  # files of a tree that are no trail files by name
    digests: int = 0  # CloudTrail's digest files among the files
    verdicts: dict[str, int] = msgspec.field(
        default_factory=dict[str, int]
    )  # what they say of this import's files
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
    folders: list[str] = field(default_factory=list[str])  # of a bucket, complete
    files: int = 0
    bytes: int = 0  # of files
    digests: int = 0
    records: int = 0
    held: int = 0  # bytes of records

    @property
    def full(self) -> bool:
        return self.records >= CHUNK_RECORDS or self.held >= CHUNK_BYTES or self.files >= CHUNK_FILES


async def import_trails(
    store: SqliteStore,
    paths: Iterable[str | Path],
    *,
    progress: Progress | None = None,
    public_keys: PublicKeys | None = None,
    access: Access | None = None,
    read: Read | None = None,
) -> ImportReport:
    """Take every record under these files, folders and buckets (`s3://bucket/prefix`) into the log.

    CloudTrail's digests among them are checked: hashes and chains always, signatures with AWS's `public_keys`.
    `access` says how to read buckets, `read` what in a file is what, where it is no trail's.

    Raises `ImportRefused`, with nothing written, when a new record lies before its account's last live one;
    and `LogWriteFailed`, with whole chunks written before. Cancelled, it can be called again.
    """
    paths = list(paths)
    known = await store.read_with(taking.finished)
    reached = Remote(access or Access(), await store.read_with(taking.before))
    if await store.index.any_live():
        await _check_times(store, paths, known, reached, read)
    report = ImportReport()
    if public_keys:
        await store.take(manifest.keep_keys, public_keys)
    reader = _Reader(paths, set(known), store.blobs, reached, read)

    async def take(chunk: _Chunk) -> None:
        taken = await store.take(taking.take, chunk.parts, chunk.folders)
        unread = len(chunk.rejections)
        report.files += chunk.files
        report.bytes += chunk.bytes
        report.digests += chunk.digests
        report.ignored.extend(chunk.ignored)
        report.count(taken.counts, taken.rejections, taken.conflicts)
        report.corrections += taken.corrections
        report.count(Counts(unread, 0, 0, unread), chunk.rejections, ())
        if chunk.parts:
            report.file = chunk.parts[-1].source.path
        if progress is not None:
            progress(report)

    await _each_chunk(reader, take)
    if await store.read_with(manifest.any_digest):
        _tell(report, await store.read_with(manifest.of), reader.met)
    return report


def _tell(report: ImportReport, inputs: Sequence[Input], met: set[int]) -> None:
    """Report what the digests say of this import's files, and of those that are missing."""
    wrong: list[Rejection] = []
    for one in inputs:
        if one.sha256 and _short(one.sha256) not in met:
            continue
        report.verdicts[one.verdict] = report.verdicts.get(one.verdict, 0) + 1
        if (code := one.wrong) is not None:
            wrong.append(Rejection(one.file, None, code, sentence(code, one.why)))
    report.count(Counts(len(wrong), 0, 0, len(wrong)), wrong, ())


def _short(sha256: str) -> int:
    return int(sha256.rpartition(":")[2][:15], 16)


async def _check_times(
    store: SqliteStore, paths: Sequence[str | Path], known: set[str], reached: Remote, read: Read | None
) -> None:
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

    await _each_chunk(_Reader(paths, set(known), None, reached, read), check)


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
        reader.close()


class Remote(NamedTuple):
    """How to read buckets, and what was taken of them before."""

    access: Access
    before: Before


class _Reader:
    """Reads chunk after chunk; used by one thread at a time."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        known: set[str],
        blobs: Blobs | None,
        reached: Remote | None = None,
        read: Read | None = None,
    ) -> None:
        self._read_as = read
        self._remote = reached or Remote(Access(), Before({}, ()))
        self._paths = paths
        self._known = known
        self._bodies = None if blobs is None else Bodies(blobs)
        self._chunks = self._read()
        self._stopped = False
        self.met: set[int] = set()  # the files, by the beginning of their hash

    def next(self) -> _Chunk | None:
        """The next chunk; None at the end."""
        return None if self._stopped else next(self._chunks, None)

    def stop(self) -> None:
        """Read no further."""
        self._stopped = True

    def close(self) -> None:
        """Let go of what is being read; no thread may be reading."""
        self._chunks.close()

    def _read(self) -> Generator[_Chunk]:
        self._chunk = _Chunk()
        for path in self._paths:
            if str(path).startswith("s3://"):
                yield from self._bucket(str(path))
                continue
            for found in walk([path]):
                if isinstance(found, Rejection):
                    self._chunk.rejections.append(found)
                elif found.ignored:
                    self._chunk.ignored.append(str(found.path))
                else:
                    yield from self._opened(found.path)
                if self._chunk.full:
                    yield self._renewed()
        yield self._chunk

    def _bucket(self, url: str) -> Iterator[_Chunk]:
        for found in remote.walk(url, self._remote.access, self._remote.before):
            if isinstance(found, Rejection):
                self._chunk.rejections.append(found)
            elif isinstance(found, str):
                self._chunk.ignored.append(found)
            elif isinstance(found, remote.Complete):
                self._chunk.folders.append(found.url)
            elif isinstance(found, remote.Known):
                self._met(Source(found.url, found.sha256, found.size))
            else:
                yield from self._file(found)
            if self._chunk.full:
                yield self._renewed()

    def _renewed(self) -> _Chunk:
        full, self._chunk = self._chunk, _Chunk()
        return full

    def _opened(self, path: Path) -> Iterator[_Chunk]:
        try:
            file = TrailFile(path)
        except OSError as error:
            code = Code.MISSING if isinstance(error, FileNotFoundError) else Code.UNREADABLE
            self._chunk.rejections.append(
                Rejection(str(path), None, code, sentence(code, error.strerror or ""))
            )
        else:
            yield from self._file(file)

    def _file(self, file: TrailFile) -> Iterator[_Chunk]:
        mark = "" if self._read_as is None else f"{self._read_as.mark}:"
        source = Source(str(file.path), mark + file.sha256, file.bytes)
        source.report.etag = file.etag
        if source.sha256 in self._known:
            self._met(source)
            return
        self._count(source)
        yield from self._records(source, file)

    def _met(self, source: Source) -> None:
        """A file that was read to its end before."""
        self._count(source)
        source.known = True
        self._chunk.parts.append(Part(source, [], ended=True))

    def _count(self, source: Source) -> None:
        self._chunk.files += 1
        self._chunk.bytes += source.bytes
        self.met.add(_short(source.sha256))

    def _records(self, source: Source, file: TrailFile) -> Iterator[_Chunk]:
        items: list[tuple[int, Found | Refused]] = []
        ended = True
        position = 0
        content = Content(file)
        for item in readable(content, self._read_as):
            if isinstance(item, lossless.BlobPart):
                if self._bodies is not None:
                    self._bodies.take(item, Path(file.path))
                continue
            if isinstance(item, Claims):
                source.report.digest = item
                self._chunk.digests += 1
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
        content.tell(source)
        self._chunk.parts.append(Part(source, items, ended=ended))
        if ended:
            self._known.add(source.sha256)
