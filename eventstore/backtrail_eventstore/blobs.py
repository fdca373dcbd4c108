"""Bodies beside the log: named by an HMAC of their content, encrypted in pieces so that ranges open alone.

A file is a header and chunks. The header holds the file's random id, the body's size and a tag that binds
both to the name; each chunk of `CHUNK_BYTES` is AES-256-GCM with a nonce of its own, bound to the file's id
and its place. So a changed, moved, swapped or cut file is noticed by whichever read touches it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import msgspec

from backtrail.errors import LogCorrupt
from backtrail_eventstore.keys import NONCE_BYTES, TAG_BYTES, Keyring

CHUNK_BYTES = 64 * 1024
FLUSH_BYTES = 4 * CHUNK_BYTES  # what one hop to a thread writes or reads
CACHE_BYTES = 8 * 1024 * 1024

_MAGIC = b"backtrail blob 1"
_ID_BYTES = 16
_HEADER_BYTES = len(_MAGIC) + _ID_BYTES + 8 + NONCE_BYTES + TAG_BYTES
_STEP_BYTES = NONCE_BYTES + CHUNK_BYTES + TAG_BYTES
_NAME = re.compile(r"[0-9a-f]{64}")
_PURPOSE = "blobs"


class Kept(msgspec.Struct, frozen=True):
    """A body as it lies there: how large its file is, and when it was written (nanoseconds since 1970)."""

    name: str
    size: int
    written_ns: int


class Blobs:
    """The folder of one log's bodies."""

    def __init__(self, folder: Path, keys: Keyring, *, durable: bool = False) -> None:
        self.folder = folder
        self.keys = keys
        self.durable = durable
        self.behind: list[Blobs] = []  # of the logs that a fork goes on from: read when a body is not here
        self._cache: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._cached_bytes = 0
        self._places = Lock()  # held while a body comes to its name or is removed from it

    def writer(self) -> FileBlobWriter:
        """Begin to keep a body."""
        return FileBlobWriter(self)

    async def read(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes [start, end) in pieces.

        Raises `KeyError` for an unknown name, `LogCorrupt` for a changed body.
        """
        reader = await asyncio.to_thread(self._open, name)
        try:
            stop = reader.size if end is None else min(end, reader.size)
            at = max(start, 0)
            while at < stop:
                upto = min(stop, (at // FLUSH_BYTES + 1) * FLUSH_BYTES)
                piece = self._cached(name, at, upto)
                if piece is None:
                    piece = await asyncio.to_thread(reader.range, at, upto)
                    self._remember(name, at, upto, reader)
                yield piece
                at = upto
        finally:
            reader.close()

    def path(self, name: str) -> Path:
        """Where the body of this name lies. Raises `KeyError` for what is no name."""
        if not _NAME.fullmatch(name):
            raise KeyError(name)
        return self.folder / name[:2] / name

    def names(self) -> Iterator[str]:
        """Every body that is kept, in order of name."""
        if self.folder.is_dir():
            for part in sorted(self.folder.iterdir()):
                if len(part.name) == 2:
                    yield from sorted(path.name for path in part.iterdir())

    def kept(self) -> Iterator[Kept]:
        """Every body that is kept, with its size and age."""
        for name in self.names():
            with suppress(FileNotFoundError):  # somebody else removed it
                found = self.path(name).stat()
                yield Kept(name, found.st_size, found.st_mtime_ns)

    def put(self, unfinished: Path, name: str) -> None:
        """Give a finished body its name, also where one is there already: that heals a damaged one."""
        target = self.path(name)
        with self._places:
            target.parent.mkdir(exist_ok=True)
            unfinished.replace(target)

    def remove(self, body: Kept) -> bool:
        """Remove a body, unless it was kept anew since it was looked at; whether it was removed."""
        path = self.path(body.name)
        with self._places:
            try:
                if path.stat().st_mtime_ns != body.written_ns:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
        for key in [key for key in self._cache if key[0] == body.name]:
            self._cached_bytes -= len(self._cache.pop(key))
        return True

    def check(self, name: str) -> str | None:
        """What is wrong with this body, in one sentence; None when all is well. Reads all of it."""
        try:
            reader = self._open(name)
        except KeyError:
            return f"blob {name} is missing"
        except LogCorrupt as error:
            return str(error)
        try:
            digest = hmac.new(self.keys.derive("blob names"), digestmod="sha256")
            for at in range(0, reader.size, FLUSH_BYTES):
                digest.update(reader.range(at, min(reader.size, at + FLUSH_BYTES)))
        except LogCorrupt as error:
            return str(error)
        finally:
            reader.close()
        return None if digest.hexdigest() == name else f"blob {name} is not the body it is named after"

    def clear_unfinished(self) -> None:
        """Remove what writers of a dead process left behind."""
        for path in (self.folder / "unfinished").glob("*"):
            path.unlink(missing_ok=True)

    def _open(self, name: str) -> _Reader:
        file = next(
            (found for one in (self, *self.behind) if (found := _opened(one.path(name))) is not None), None
        )
        if file is None:
            raise KeyError(name)
        try:
            return _Reader(self, name, file)
        except BaseException:
            file.close()
            raise

    def _cached(self, name: str, start: int, end: int) -> bytes | None:
        index = start // CHUNK_BYTES
        chunk = self._cache.get((name, index))
        if chunk is None or (end - 1) // CHUNK_BYTES != index:
            return None
        self._cache.move_to_end((name, index))
        return chunk[start - index * CHUNK_BYTES : end - index * CHUNK_BYTES]

    def _remember(self, name: str, start: int, end: int, reader: _Reader) -> None:
        # Only what lies in one chunk: small bodies and small ranges are what is read again and again.
        index = start // CHUNK_BYTES
        if reader.last is None or (end - 1) // CHUNK_BYTES != index or (name, index) in self._cache:
            return
        self._cache[name, index] = reader.last
        self._cached_bytes += len(reader.last)
        while self._cached_bytes > CACHE_BYTES:
            _, dropped = self._cache.popitem(last=False)
            self._cached_bytes -= len(dropped)


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


class FileBlobWriter:
    """Takes a body in pieces; small ones stay in memory until they are finished."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._keys = blobs.keys
        self._digest = hmac.new(self._keys.derive("blob names"), digestmod=hashlib.sha256)
        self._id = os.urandom(_ID_BYTES)
        self._size = 0
        self._chunks = 0
        self._buffer = bytearray()
        self._file: BinaryIO | None = None
        self._path = blobs.folder / "unfinished" / secrets.token_hex(16)
        self._done = False

    async def write(self, data: bytes) -> None:
        """Take the next piece."""
        self._buffer += data
        if len(self._buffer) >= FLUSH_BYTES:
            await asyncio.to_thread(self._flush, False)

    async def finish(self) -> str:
        """Keep the body under its name. Equal bodies are kept once."""
        return await asyncio.to_thread(self.finish_now)

    def write_now(self, data: bytes) -> None:
        """Like `write`, for a thread that may block."""
        self._buffer += data
        if len(self._buffer) >= FLUSH_BYTES:
            self._flush(False)

    async def discard(self) -> None:
        """Forget the body."""
        if not self._done:
            self._done = True
            self._buffer.clear()
            if self._file is not None:
                with suppress(OSError):  # a full disk: what was buffered cannot be written, and need not be
                    self._file.close()
                await asyncio.to_thread(self._path.unlink, missing_ok=True)

    def _flush(self, all_of_it: bool) -> None:
        count = -(-len(self._buffer) // CHUNK_BYTES) if all_of_it else len(self._buffer) // CHUNK_BYTES
        whole = bytes(self._buffer[: count * CHUNK_BYTES])
        del self._buffer[: count * CHUNK_BYTES]
        self._digest.update(whole)
        self._size += len(whole)
        file = self._file or self._create()
        cipher = self._keys.cipher(_PURPOSE)
        for at in range(0, len(whole), CHUNK_BYTES):
            nonce = os.urandom(NONCE_BYTES)
            file.write(
                nonce + cipher.encrypt(nonce, whole[at : at + CHUNK_BYTES], _place(self._id, self._chunks))
            )
            self._chunks += 1

    def _create(self) -> BinaryIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb")
        self._file.write(bytes(_HEADER_BYTES))
        return self._file

    def finish_now(self) -> str:
        """Like `finish`, for a thread that may block."""
        self._flush(True)
        name = self._digest.hexdigest()
        target = self._blobs.path(name)
        assert self._file is not None
        self._file.seek(0)
        self._file.write(_header(self._keys, self._id, self._size, name))
        self._file.flush()
        if self._blobs.durable:
            os.fsync(self._file.fileno())
        self._file.close()
        self._blobs.put(self._path, name)
        self._done = True
        if self._blobs.durable:
            _sync_folder(target.parent)
        return name


class _Reader:
    """An open body whose header has been checked."""

    def __init__(self, blobs: Blobs, name: str, file: BinaryIO) -> None:
        self._file = file
        self._name = name
        self._cipher = blobs.keys.cipher(_PURPOSE)
        self.last: bytes | None = None
        header = file.read(_HEADER_BYTES)
        self._id = header[len(_MAGIC) : len(_MAGIC) + _ID_BYTES]
        at = len(_MAGIC) + _ID_BYTES
        self.size = int.from_bytes(header[at : at + 8], "big")
        self._unseal(header[at + 8 :], _header_bound(self._id, self.size, name))

    def range(self, start: int, end: int) -> bytes:
        """The bytes [start, end), which lie in the body."""
        first = start // CHUNK_BYTES
        pieces: list[bytes] = []
        self._file.seek(_HEADER_BYTES + first * _STEP_BYTES)
        for index in range(first, -(-end // CHUNK_BYTES)):
            length = min(CHUNK_BYTES, self.size - index * CHUNK_BYTES)
            sealed = self._file.read(NONCE_BYTES + length + TAG_BYTES)
            self.last = self._unseal(sealed, _place(self._id, index))
            pieces.append(self.last)
        return b"".join(pieces)[start - first * CHUNK_BYTES : end - first * CHUNK_BYTES]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _unseal(self, sealed: bytes, bound: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise LogCorrupt(f"blob {self._name} was changed") from error


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _place(file_id: bytes, index: int) -> bytes:
    return file_id + index.to_bytes(8, "big")


def _header_bound(file_id: bytes, size: int, name: str) -> bytes:
    return _MAGIC + file_id + size.to_bytes(8, "big") + name.encode()


def _header(keys: Keyring, file_id: bytes, size: int, name: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    tag = keys.cipher(_PURPOSE).encrypt(nonce, b"", _header_bound(file_id, size, name))
    return _MAGIC + file_id + size.to_bytes(8, "big") + nonce + tag
