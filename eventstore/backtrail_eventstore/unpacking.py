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
    """One file of an import: what identifies it, and its unpacked bytes."""

    def __init__(self, path: Path) -> None:
        """Read the file once to know its hash. Raises `OSError`."""
        self.path = path
        self.bytes = path.stat().st_size
        self._small: bytes | None = None
        if self.bytes <= PIECE_BYTES:
            self._small = path.read_bytes()
            self.bytes = len(self._small)
            self.sha256 = sha256(self._small).hexdigest()
        else:
            digest = sha256()
            with path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    digest.update(piece)
            self.sha256 = digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """The unpacked bytes.

        Raises `Broken` where they end too early or too late, after what came before.
        """
        if self._small is not None:
            packed = iter((self._small,) if self._small else ())
            yield from _unpack(packed) if self._small.startswith(_GZIP) else packed
            return
        with self.path.open("rb") as file:
            head = file.read(len(_GZIP))
            file.seek(0)
            yield from _unpack(_read(file)) if head == _GZIP else _read(file)


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _unpack(packed: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a gzip file, https://www.rfc-editor.org/rfc/rfc1952."""
    taken = given = 0
    inflate = zlib.decompressobj(wbits=31)
    began = False
    for piece in packed:
        taken += len(piece)
        while piece:
            if inflate.eof:
                piece = piece.lstrip(b"\0")  # padding between members
                if not piece:
                    break
                inflate, began = zlib.decompressobj(wbits=31), False
            try:
                data = inflate.decompress(piece, PIECE_BYTES)
            except zlib.error as error:
                raise Broken(Code.DAMAGED_GZ, str(error)) from error
            began = True
            piece = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            given += len(data)
            _check_sizes(taken, given)
            if data:
                yield data
            elif not inflate.eof and not piece:
                break
    if began and not inflate.eof:
        raise Broken(Code.TRUNCATED_GZ)


def _check_sizes(taken: int, given: int) -> None:
    if given > MAX_UNPACKED_BYTES:
        raise Broken(Code.GZ_BOMB, f"more than {MAX_UNPACKED_BYTES} bytes")
    if given > RATIO_FROM_BYTES and given > taken * MAX_RATIO:
        raise Broken(Code.GZ_BOMB, f"{given} bytes out of {taken}")
