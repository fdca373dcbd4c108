"""aws-chunked bodies, undone piece by piece.

Signed chunks (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html), signed and unsigned
trailers (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html). A broken encoding
is S3's `IncompleteBody`, whatever is broken about it; a broken trailer is `MalformedTrailerError`. A
chunk's bytes leave before its signature is known, so that memory stays constant: they count for nothing
until `close` has returned.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import Enum, auto
from typing import Final

from backtrail.errors import Refusal
from backtrail.wire.faults import Family, Fault, SignatureFault
from backtrail.wire.sigv4 import EMPTY_SHA256, Signer

CHUNK_MIN_BYTES: Final = 8192  # of every chunk but the last
LINE_MAX_BYTES: Final = 1024  # a chunk's header, or one line of the trailer
TRAILER_MAX_LINES: Final = 16

_HEAD = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?")
_TRAILER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\x20-\x7e\t]*)")
_SIGNATURE = "x-amz-trailer-signature"


class _At(Enum):
    HEAD = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILER = auto()
    END = auto()


class ChunkDecoder:
    """Takes an aws-chunked body in pieces of any size and gives its content back.

    `length` is `x-amz-decoded-content-length`. `trailers` are the names that `x-amz-trailer` declares, None
    for a mode without trailers. `signed` says whether chunks carry signatures; `signer` verifies them
    (without one, because nobody knows the key's secret, they are only read).
    """

    __slots__ = (
        "_at", "_blank", "_buffer", "_declared", "_hash", "_left", "_length", "_lines", "_number",
        "_previous", "_received", "_signature", "_signed", "_signer", "_size", "trailers",
    )  # fmt: skip

    def __init__(
        self,
        length: int,
        *,
        signed: bool = False,
        signer: Signer | None = None,
        trailers: tuple[str, ...] | None = None,
    ) -> None:
        self._length = length
        self._declared = trailers
        self._signed = signed
        self._signer = signer
        self._previous = signer.seed if signer is not None else ""
        self._at = _At.HEAD
        self._buffer = b""
        self._number = self._size = self._left = self._received = self._blank = 0
        self._signature = ""
        self._hash = hashlib.sha256()
        self._lines: list[tuple[str, str]] = []
        self.trailers: dict[str, str] = {}

    def feed(self, data: bytes) -> bytes:
        """The content that these bytes hold. Raises `Refusal` as soon as the body cannot be right any
        more.
        """
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        content: list[bytes] = []
        position = 0
        while position < len(data):
            if self._at is _At.DATA:
                piece = data[position : position + self._left]
                self._take(piece)
                content.append(piece)
                position += len(piece)
                continue
            end = data.find(b"\n", position)
            line = data[position:end] if end >= 0 else data[position:]
            if self._at is _At.END or len(line) > LINE_MAX_BYTES:
                raise self._broken()
            if end < 0:
                self._buffer = line
                break
            self._line(line)
            position = end + 1
        return content[0] if len(content) == 1 else b"".join(content)

    def close(self) -> None:
        """Say that the body has ended; `trailers` is complete then. Raises `Refusal` unless it was whole."""
        if self._at is not _At.END:
            raise malformed_trailer() if self._blank else incomplete()
        if self._received != self._length:
            raise wrong_length(self._length, self._received)

    def _broken(self) -> Refusal:
        in_trailer = self._at is _At.TRAILER or (self._at is _At.END and self._declared is not None)
        return malformed_trailer() if in_trailer else incomplete()

    def _take(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._signer is not None:
            self._hash.update(piece)
        if not self._left:
            self._at = _At.DATA_END

    def _line(self, line: bytes) -> None:
        if self._at is _At.TRAILER:
            self._trailer(line.removesuffix(b"\r"))
        elif not line.endswith(b"\r"):
            raise incomplete()
        elif self._at is _At.HEAD:
            self._head(line[:-1])
        elif line != b"\r":
            raise incomplete()
        else:
            self._verify_chunk()
            self._at = _At.HEAD if self._size else _At.END

    def _head(self, line: bytes) -> None:
        match = _HEAD.fullmatch(line)
        if match is None or (self._signed and match[2] is None):
            raise incomplete()
        size = int(match[1], 16)
        self._number += 1
        if size and self._number > 1 and self._size < CHUNK_MIN_BYTES:
            raise _small_chunk(self._number, self._size)
        self._received += size
        if self._received > self._length:
            raise wrong_length(self._length, self._received)
        self._size = self._left = size
        self._signature = match[2].decode() if match[2] is not None else ""
        if self._signer is not None:
            self._hash = hashlib.sha256()
        if size:
            self._at = _At.DATA
        elif self._declared is None:
            self._at = _At.DATA_END
        else:
            self._verify_chunk()
            self._signature = ""
            self._at = _At.TRAILER

    def _trailer(self, line: bytes) -> None:
        if not line:
            self._trailer_end()
            return
        match = _TRAILER.fullmatch(line)
        if match is None or len(self._lines) >= TRAILER_MAX_LINES:
            raise malformed_trailer()
        name, value = match[1].decode().lower(), match[2].decode().strip()
        if name == _SIGNATURE and self._signed:
            self._signature = value
        else:
            self._lines.append((name, value))

    def _trailer_end(self) -> None:
        """An empty line ends the trailer, unless its signature is still to come: AWS's page puts some
        before it.
        """
        if self._signed and not self._signature:
            self._blank += 1
            if self._blank > 3:
                raise malformed_trailer()
            return
        self._blank = 0
        if sorted(name for name, _ in self._lines) != sorted(self._declared or ()):
            raise malformed_trailer()
        text = "".join(f"{name}:{value}\n" for name, value in self._lines)
        self._verify("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(text.encode()).hexdigest())
        self.trailers = dict(self._lines)
        self._at = _At.END

    def _verify_chunk(self) -> None:
        if self._signer is not None:
            self._verify("AWS4-HMAC-SHA256-PAYLOAD", f"{EMPTY_SHA256}\n{self._hash.hexdigest()}")

    def _verify(self, algorithm: str, hashes: str) -> None:
        signer = self._signer
        if signer is None or not self._signed:
            return
        to_sign = f"{algorithm}\n{signer.timestamp}\n{signer.scope}\n{self._previous}\n{hashes}"
        expected = hmac.digest(signer.key, to_sign.encode("utf-8", "replace"), "sha256").hex()
        if not hmac.compare_digest(expected, self._signature):
            fault = SignatureFault(Fault.MISMATCH, StringToSign=to_sign, SignatureProvided=self._signature)
            raise fault.refusal(Family.S3)
        self._previous = expected


def incomplete() -> Refusal:
    """S3's answer to every broken encoding, and to a body that ends early."""
    return Refusal("IncompleteBody", "The request body terminated unexpectedly")


def wrong_length(expected: int, provided: int) -> Refusal:
    """S3's answer to a body whose length is not the declared one."""
    return Refusal(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
        NumberBytesExpected=str(expected),
        NumberBytesProvided=str(provided),
    )


def malformed_trailer() -> Refusal:
    """S3's answer to a trailer that is broken, missing, or not the declared one."""
    return Refusal(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed "
        "or did not conform to our published schema.",
    )


def _small_chunk(number: int, previous_size: int) -> Refusal:
    """S3 notices a small chunk when another follows it, and names that one's number."""
    return Refusal(
        "InvalidChunkSizeError",
        "Only the last chunk is allowed to have a size less than 8192 bytes",
        status=403,
        Chunk=str(number),
        BadChunkSize=str(previous_size),
    )
