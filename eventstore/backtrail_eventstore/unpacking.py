"""A trail file's bytes, unpacked where they are gzip, in pieces and within limits."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from backtrail_eventstore.rejections import Code

PIECE_BYTES = 1024 * 1024
MAX_UNPACKED_BYTES = 4 * 1024**3
"""CloudTrail's files have at most 50 MB packed, which is some 1 GB unpacked."""
MAX_RATIO = 300
"""CloudTrail's records pack 10 to 50 times; gzip's most is 1,032."""
RATIO_FROM_BYTES = 16 * 1024 * 1024  # unpacked; below, a high ratio does no harm

_GZIP = b"\x1f\x8b"


class Broken(Exception):
    """The bytes end, or must not be followed, here."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class TrailFile:
    """One file of an import: what identifies it, and its unpacked bytes. What came from elsewhere is `data` already.

    `etag` and `signature` are what an object in S3 is told by, and what its metadata holds.
    """

    def __init__(
        self, path: Path | str, data: bytes | None = None, *, etag: str = "", signature: str | None = None
    ) -> None:
        """Read the file once to know its hash. Raises `OSError`."""
        self.path, self.etag, self.signature = path, etag, signature
        if data is None:
            with Path(path).open("rb") as file:
                data = file.read(PIECE_BYTES + 1)
            self._small = data if len(data) <= PIECE_BYTES else None
        else:
            self._small = data
        self.packed = data.startswith(_GZIP)
        self.bytes = len(data)
        self.sha256 = sha256(data).hexdigest() if self._small is not None else self._whole(Path(path))

    def _whole(self, path: Path) -> str:
        digest = sha256()
        self.bytes = path.stat().st_size
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
        return digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """The unpacked bytes.

        Raises `Broken` where they end too early or too late, after what came before.
        """
        if self._small is not None:
            packed = _cut(self._small)
            yield from _unpack(packed) if self.packed else packed
            return
        with Path(self.path).open("rb") as file:
            yield from _unpack(_read(file)) if self.packed else _read(file)


def _cut(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), PIECE_BYTES):
        yield data[at : at + PIECE_BYTES] if len(data) > PIECE_BYTES else data


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _unpack(packed: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a gzip file, https://www.rfc-editor.org/rfc/rfc1952."""
    taken = given = 0
    member = _Member()
    for piece in packed:
        taken += len(piece)
        while piece:
            if member.ended:
                piece = piece.lstrip(b"\0")  # padding between members
                if not piece:
                    break
                member = _Member()
            data, piece, error = member.inflate(piece)
            given += len(data)
            _check_sizes(taken, given)
            if data:
                yield data
            if error is not None:
                raise Broken(Code.DAMAGED_GZ, error)
    if taken and not member.ended:
        raise Broken(Code.TRUNCATED_GZ)


class _Member:
    """One gzip member being unpacked."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def ended(self) -> bool:
        """Whether the member is whole."""
        return self._inflate.eof

    def inflate(self, packed: bytes) -> tuple[bytes, bytes, str | None]:
        """Unpack at most a piece: what came out, what of `packed` is left, and what was wrong."""
        before = self._inflate.copy()
        try:
            data = self._inflate.decompress(packed, PIECE_BYTES)
        except zlib.error as error:
            self._inflate = before
            return self._up_to_damage(packed), b"", str(error)
        left = self._inflate.unused_data if self.ended else self._inflate.unconsumed_tail
        return data, left, None

    def _up_to_damage(self, packed: bytes) -> bytes:
        """What can be unpacked before the damage: zlib gives nothing of a call that fails."""
        data = bytearray()
        try:
            for at in range(len(packed)):
                data += self._inflate.decompress(packed[at : at + 1])
        except zlib.error:
            pass
        return bytes(data)


def _check_sizes(taken: int, given: int) -> None:
    if given > MAX_UNPACKED_BYTES:
        raise Broken(Code.GZ_BOMB, f"more than {MAX_UNPACKED_BYTES} bytes")
    if given > RATIO_FROM_BYTES and given > taken * MAX_RATIO:
        raise Broken(Code.GZ_BOMB, f"{given} bytes out of {taken}")
