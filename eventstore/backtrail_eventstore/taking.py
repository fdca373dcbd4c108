"""Taking what was read into the log: duplicates are known again, conflicts kept, each record's place noted.

All of it runs in the writing thread, one transaction for a chunk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from backtrail.store import Entry
from backtrail_eventstore import amendments
from backtrail_eventstore.digests import Claims
from backtrail_eventstore.documents import Found, Refused
from backtrail_eventstore.rejections import Rejection
from backtrail_eventstore.remote import Before
from backtrail_eventstore.writing import Step, Writing, canonical, event_key

ORIGIN = "import"
MOST_NAMED = 10_000  # rejections and conflicts that a report names; the rest are counted

_SOURCE = "insert into source (id, sha256, path, bytes)"
_SOURCE_END = "insert into source_end (source, report)"
_META = "insert into meta (name, value)"
_FOLDER = "complete "
_PLACE = "insert into place (source, position, seq, records)"
_IDS = 4096  # asked for at once


class Conflict(msgspec.Struct, frozen=True):
    """A record that was kept although the log has another one with its event id."""

    file: str
    position: int
    event_id: str
    seq: int  # of the other one


class Counts(msgspec.Struct):
    """What became of what was read: `read` is the sum of the others."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    rejected: int = 0

    def add(self, other: Counts) -> None:
        """Count in what others counted."""
        self.read += other.read
        self.new += other.new
        self.duplicate += other.duplicate
        self.rejected += other.rejected


class FileReport(msgspec.Struct, omit_defaults=True):
    """What became of one file, kept in the log with it: also the hash of its unpacked bytes (where that is another
    than the file's), and what it claims where it is a digest."""

    counts: Counts
    rejections: list[Rejection]
    content: str = ""
    etag: str = ""  # of an object in S3
    digest: Claims | None = None


class Source:
    """A file being taken."""

    def __init__(self, path: str, sha256: str, size: int) -> None:
        self.path = path
        self.sha256 = sha256
        self.bytes = size
        self.id = 0  # not known yet
        self.placed = 0  # the last position that an interrupted import has noted
        self.known = False
        self.report = FileReport(Counts(), [])


class Part:
    """Some items of a file, in order, each with its position; `ended` when there are no more."""

    __slots__ = ("ended", "items", "source")

    def __init__(self, source: Source, items: list[tuple[int, Found | Refused]], *, ended: bool) -> None:
        self.source = source
        self.items = items
        self.ended = ended


class Taken(msgspec.Struct):
    """What a chunk came to; `corrections` are new records that correct others."""

    counts: Counts
    rejections: list[Rejection]
    conflicts: list[Conflict]
    corrections: int


def take(
    connection: sqlite3.Connection, writing: Writing, parts: Sequence[Part], folders: Sequence[str] = ()
) -> Taken:
    """Take a chunk into the log, whole or not at all, and that these folders of a bucket are complete."""
    chunk = _Chunk(connection, writing.tail[0], parts, folders)
    for part in parts:
        chunk.add(part)
    if chunk.entries or chunk.steps():
        writing.commit(connection, chunk.entries, (), chunk.steps(), chunk.event_ids)
    return Taken(chunk.counts, chunk.rejections, chunk.conflicts, chunk.corrections)


def unknown(connection: sqlite3.Connection, parts: Sequence[Part]) -> list[tuple[Source, int, Found]]:
    """Which records the log does not have."""
    chunk = _Chunk(connection, 0, parts)
    return [
        (part.source, position, item)
        for part in parts
        for position, item in part.items
        if isinstance(item, Found) and chunk.same(item)[0] is None
    ]


def finished(connection: sqlite3.Connection) -> set[str]:
    """The hashes of all files that were read to their end."""
    rows = connection.execute("select s.sha256 from source s join source_end e on e.source = s.id")
    return {row[0] for row in rows}


def before(connection: sqlite3.Connection) -> Before:
    """What imports took of buckets so far."""
    rows = connection.execute(
        "select s.path, s.bytes, s.sha256, e.report from source s join source_end e on e.source = s.id "
        "where s.path >= 's3://' and s.path < 's3:0'"
    )
    files = {
        path: (size, report.etag, sha256)
        for path, size, sha256, text in rows
        if (report := msgspec.json.decode(text, type=FileReport)).etag
    }
    folders = connection.execute(
        "select name from meta where name >= ? and name < ?", (_FOLDER, f"{_FOLDER}~")
    )
    return Before(files, {name.removeprefix(_FOLDER) for (name,) in folders})


class _Chunk:
    """The rows that a chunk comes to."""

    def __init__(
        self, connection: sqlite3.Connection, seq: int, parts: Sequence[Part], folders: Sequence[str] = ()
    ) -> None:
        self._connection = connection
        noted = (f"{_FOLDER}{url}" for url in dict.fromkeys(folders))
        there = "select 1 from meta where name = ?"
        self._folders = [(name, 1) for name in noted if not connection.execute(there, (name,)).fetchone()]
        self._seq = seq
        self.entries: list[Entry] = []
        self.event_ids: list[str] = []
        self.counts = Counts()
        self.rejections: list[Rejection] = []
        self.conflicts: list[Conflict] = []
        self.corrections = 0
        self._sources: list[tuple[object, ...]] = []
        # What this chunk itself begins and ends is not in the database yet when a copy of it follows.
        self._begun: dict[str, int] = {}
        self._ended: dict[str, FileReport] = {}
        self._ends: list[tuple[object, ...]] = []
        self._places: list[tuple[int, int, int, int]] = []
        self._ids = _ids_of(connection, {part.source.sha256 for part in parts if not part.source.id})
        (self._last_source,) = connection.execute("select coalesce(max(id), 0) from source").fetchone()
        ids = {item.event_id for part in parts for _, item in part.items if isinstance(item, Found)}
        self._there = _there(connection, ids)

    def steps(self) -> list[Step]:
        """What is written beside the entries."""
        steps: list[Step] = [
            (_SOURCE, self._sources), (_PLACE, self._places), (_SOURCE_END, self._ends), (_META, self._folders),
        ]  # fmt: skip
        return [step for step in steps if step[1]]

    def add(self, part: Part) -> None:
        """Take in some items of a file."""
        source = part.source
        if source.known:
            self._again(source)
            return
        if not source.id:
            self._begin(source)
        counts = Counts()
        for position, item in part.items:
            counts.read += 1
            if isinstance(item, Refused):
                counts.rejected += 1
                self._reject(source, Rejection(source.path, position, item.code, item.reason))
                continue
            seq, other = self.same(item)
            if seq is None:
                seq = self._new(item)
                counts.new += 1
                if other is not None and len(self.conflicts) < MOST_NAMED:
                    self.conflicts.append(Conflict(source.path, position, item.event_id, other))
            else:
                counts.duplicate += 1
            if position > source.placed:
                self._place(source.id, position, seq)
        self.counts.add(counts)
        source.report.counts.add(counts)
        if part.ended:
            self._ends.append((source.id, msgspec.json.encode(source.report).decode()))
            self._ended[source.sha256] = source.report

    def _place(self, source: int, position: int, seq: int) -> None:
        """Note where a record stood; records that follow each other in file and log are one row."""
        if self._places:
            last, first_position, first_seq, records = self._places[-1]
            if (last, first_position + records, first_seq + records) == (source, position, seq):
                self._places[-1] = (last, first_position, first_seq, records + 1)
                return
        self._places.append((source, position, seq, 1))

    def same(self, item: Found) -> tuple[int | None, int | None]:
        """The seq of an equal record, and that of one with its event id that is not equal."""
        other: int | None = None
        for seq, record in self._there.get(item.event_id, ()):
            if record == item.raw or _equal(record, item.raw):
                return seq, other
            other = seq
        return None, other

    def _new(self, item: Found) -> int:
        self._seq += 1
        self.corrections += amendments.original(item.raw) is not None
        beside = item.beside
        if beside is None:
            entry = Entry(record=item.raw, origin=ORIGIN)
        else:
            entry = Entry(
                record=item.raw,
                note=beside.note,
                sealed=beside.sealed,
                origin=beside.origin,
                cause=beside.cause,
                root=beside.root,
                blobs=beside.blobs,
            )
        self.entries.append(entry)
        self.event_ids.append(item.event_id)
        self._there.setdefault(item.event_id, []).append((self._seq, item.raw))
        return self._seq

    def _reject(self, source: Source, rejection: Rejection) -> None:
        self.rejections.append(rejection)
        if len(source.report.rejections) < MOST_NAMED:
            source.report.rejections.append(rejection)

    def _begin(self, source: Source) -> None:
        known = self._begun.get(source.sha256) or self._ids.get(source.sha256)
        if known is not None:
            # An import of it was interrupted, or a copy of it broke off: what that had placed is there.
            source.id = known
            source.placed = self._last_place(known)
            return
        source.id = self._last_source + len(self._sources) + 1
        self._begun[source.sha256] = source.id
        self._sources.append((source.id, source.sha256, source.path, source.bytes))

    def _last_place(self, source: int) -> int:
        """The last position of a file that is noted, in the database or by this chunk."""
        (last,) = self._connection.execute(
            "select coalesce(max(position + records - 1), 0) from place where source = ?", (source,)
        ).fetchone()
        here = (position + records - 1 for of, position, _, records in self._places if of == source)
        return int(max(last, *here, 0))

    def _again(self, source: Source) -> None:
        """A file that was read to its end before: what was new then is a duplicate now."""
        report = self._ended.get(source.sha256) or self._report_of(source.sha256)
        before = report.counts
        self.counts.add(Counts(before.read, 0, before.new + before.duplicate, before.rejected))
        for one in report.rejections:
            self.rejections.append(Rejection(source.path, one.position, one.code, one.reason))

    def _report_of(self, sha256: str) -> FileReport:
        (text,) = self._connection.execute(
            "select report from source_end join source on id = source where sha256 = ?", (sha256,)
        ).fetchone()
        return msgspec.json.decode(text, type=FileReport)


def _equal(one: bytes, other: bytes) -> bool:
    return canonical(msgspec.json.decode(one)) == canonical(msgspec.json.decode(other))


def _ids_of(connection: sqlite3.Connection, hashes: set[str]) -> dict[str, int]:
    """The ids of the files that were begun before; one statement for many, for each of them waits for other threads."""
    found: dict[str, int] = {}
    ordered = sorted(hashes)
    for at in range(0, len(ordered), _IDS):
        some = ordered[at : at + _IDS]
        marks = ", ".join("?" * len(some))
        found.update(connection.execute(f"select sha256, id from source where sha256 in ({marks})", some))
    return found


def _there(connection: sqlite3.Connection, unsorted: set[str]) -> dict[str, list[tuple[int, bytes]]]:
    there: dict[str, list[tuple[int, bytes]]] = {}
    keys = sorted(map(event_key, unsorted))  # neighbours in the index together
    for at in range(0, len(keys), _IDS):
        some = keys[at : at + _IDS]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"select event_id, seq, cast(record as blob) from entry where event_key in ({marks})", some
        )
        for event_id, seq, record in rows:
            there.setdefault(event_id, []).append((seq, record))
    for same in there.values():
        same.sort()
    return there
