"""What is in a file of an import: its records by whatever reads it, the hash of its bytes, its bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from backtrail_eventstore import lossless, texts
from backtrail_eventstore.blobs import Blobs, FileBlobWriter
from backtrail_eventstore.documents import Item, Refused
from backtrail_eventstore.rejections import Code
from backtrail_eventstore.taking import Source
from backtrail_eventstore.unpacking import PIECE_BYTES, Broken, TrailFile


class Read(NamedTuple):
    """How to read files that are no trails: from unpacked bytes and path to what is in them.

    `mark` tells files that are read so from the same ones read otherwise.
    """

    mark: str
    items: Callable[[Iterator[bytes], Path | str], Iterator[Item]]


def readable(content: Content, read: Read | None) -> Iterator[Item]:
    """All that is in a file. Raises nothing: what cannot be read is refused."""
    try:
        yield from texts.items(content.pieces) if read is None else read.items(content.pieces, content.path)
    except Broken as broken:  # which `texts` tells by itself
        yield Refused(broken.code, broken.detail)
    except OSError as error:
        yield Refused(Code.UNREADABLE, error.strerror or "")


class Content:
    """A file's unpacked bytes, whose hash a digest may name."""

    def __init__(self, file: TrailFile) -> None:
        self._file, self.path = file, file.path
        self._hash = sha256() if file.packed else None
        self.pieces = self._hashed() if file.packed else file.pieces()

    def _hashed(self) -> Iterator[bytes]:
        for piece in self._file.pieces():
            if self._hash is not None:
                self._hash.update(piece)
            yield piece

    def tell(self, source: Source) -> None:
        """Take down the hash, also of what stands behind the last record."""
        try:
            for _ in self.pieces if self._hash is not None else ():
                pass
        except (Broken, OSError):
            pass  # reported, where it matters to the records
        if self._hash is not None:
            source.report.content = self._hash.hexdigest()
        if source.report.digest is not None:
            known = source.report.content or source.sha256
            signature = self._file.signature
            source.report.digest = msgspec.structs.replace(
                source.report.digest, sha256=known, signature=signature
            )


class Bodies:
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
