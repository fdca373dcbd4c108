"""A request's body while it arrives: decoded, measured, hashed and held against its head, in constant memory.

reader = BodyReader(head, signer=..., limit=...)       raises Refusal before a byte is read (100-continue)
for piece in arriving: keep(reader.feed(piece))        raises Refusal as soon as it is clear
body = reader.finish()                                 raises Refusal; then throw away what was kept
request = settled(head, body, handle)                  the request as if it had been sent plainly
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from backtrail.blob import Blob
from backtrail.errors import Refusal
from backtrail.wire import checksums
from backtrail.wire.checksums import Demand
from backtrail.wire.chunked import ChunkDecoder, malformed_trailer, wrong_length
from backtrail.wire.http import HttpRequest
from backtrail.wire.sigv4 import (
    SIGNED_CHUNKS,
    SIGNED_CHUNKS_TRAILER,
    UNSIGNED_CHUNKS_TRAILER,
    Signer,
)

PUT_MAX_BYTES: Final = 5 * 1024**3
"""The largest object or part of one request,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

_STREAMING = "STREAMING-"


class Body(msgspec.Struct, frozen=True):
    """A body that is whole and is what its head says. `sha256` (hex) is there when it was signed or
    wanted.
    """

    size: int
    md5: str
    sha256: str | None = None
    checksums: dict[str, str] = {}
    trailers: dict[str, str] = {}

    def blob(self, *, name: str | None = None, data: bytes | None = None) -> Blob:
        """The handle of this body, kept under a name or inline."""
        return Blob(
            size=self.size,
            md5=self.md5,
            name=msgspec.UNSET if name is None else name,
            data=msgspec.UNSET if data is None else data,
            checksums=self.checksums or msgspec.UNSET,
        )


class BodyReader:
    """Reads one S3 body. `feed` gives decoded pieces; `finish` the proven `Body`.

    `signer` verifies signed chunks. `limit` is the most that the action takes. `required` refuses a request
    that does not say how long its body is. `default` is the checksum to compute when the caller asks for
    none; `sha256` asks for the payload's hash in any case.
    """

    __slots__ = (
        "_checksum", "_decoder", "_demand", "_expected", "_limit", "_md5", "_sha256",
        "_sha256_declared", "_size", "algorithm",
    )  # fmt: skip

    def __init__(
        self,
        head: HttpRequest,
        *,
        signer: Signer | None = None,
        limit: int = PUT_MAX_BYTES,
        required: bool | None = None,
        default: str | None = None,
        sha256: bool = False,
    ) -> None:
        headers = head.headers
        declared = headers.get("x-amz-content-sha256", "")
        streaming = declared.startswith(_STREAMING)
        self._expected = _expected(
            headers, streaming, required if required is not None else head.method == "PUT"
        )
        if self._expected is not None and self._expected > limit:
            raise too_large(self._expected, limit)
        self._demand = _demand(headers, declared)
        self._decoder = _decoder(headers, declared, self._expected or 0, signer) if streaming else None
        self._limit = limit
        self._size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256_declared = declared if len(declared) == 64 else None
        self._sha256 = hashlib.sha256() if sha256 or self._sha256_declared is not None else None
        self.algorithm = self._demand.algorithm or default
        self._checksum = checksums.start(self.algorithm) if self.algorithm is not None else None

    def feed(self, data: bytes) -> bytes:
        """The decoded content of the next bytes. Raises `Refusal` as soon as the body cannot be right any
        more.
        """
        if self._decoder is not None:
            data = self._decoder.feed(data)
        if not data:
            return data
        self._size += len(data)
        if self._size > self._limit:
            raise too_large(self._size, self._limit)
        self._md5.update(data)
        if self._sha256 is not None:
            self._sha256.update(data)
        if self._checksum is not None:
            self._checksum.update(data)
        return data

    def finish(self) -> Body:
        """The body, when it is what its head and trailer say. Raises `Refusal` otherwise."""
        trailers: dict[str, str] = {}
        if self._decoder is not None:
            self._decoder.close()
            trailers = self._decoder.trailers
        elif self._expected is not None and self._size != self._expected:
            raise wrong_length(self._expected, self._size)
        sha256 = self._sha256.hexdigest() if self._sha256 is not None else None
        if self._sha256_declared is not None and sha256 is not None:
            checksums.compare_sha256(self._sha256_declared, sha256)
        if self._demand.md5 is not None:
            checksums.compare_md5(self._demand.md5, self._md5.digest())
        return Body(self._size, self._md5.hexdigest(), sha256, self._proven(trailers), trailers)

    def _proven(self, trailers: dict[str, str]) -> dict[str, str]:
        if self._checksum is None or self.algorithm is None:
            return {}
        computed = checksums.text(self._checksum)
        if self._demand.algorithm is not None:
            value = self._demand.value
            if value is None:
                trailer = trailers.get(checksums.HEADER + self.algorithm.lower(), "")
                value = checksums.checked(self.algorithm, trailer)
            checksums.compare(self.algorithm, value, computed)
        return {self.algorithm: computed}


def settled(head: HttpRequest, body: Body, handle: bytes | Blob) -> HttpRequest:
    """The request as if its decoded body had been sent plainly: trailers are headers, aws-chunked is gone."""
    headers = dict(head.headers)
    headers["content-length"] = str(body.size)
    headers.update(body.trailers)
    for name in ("x-amz-decoded-content-length", "x-amz-trailer", "transfer-encoding"):
        headers.pop(name, None)
    encoding = headers.get("content-encoding")
    if encoding is not None and "aws-chunked" in encoding:
        kept = [part for part in (part.strip() for part in encoding.split(",")) if part != "aws-chunked"]
        if kept:
            headers["content-encoding"] = ",".join(kept)
        else:
            del headers["content-encoding"]
    return HttpRequest(method=head.method, path=head.path, query=head.query, headers=headers, body=handle)


def too_large(proposed: int, limit: int) -> Refusal:
    """S3's answer to a body over the action's limit."""
    return Refusal(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        ProposedSize=str(proposed),
        MaxSizeAllowed=str(limit),
    )


def _expected(headers: dict[str, str], streaming: bool, required: bool) -> int | None:
    """How many decoded bytes the head declares. S3 ignores `x-amz-decoded-content-length` on a plain body."""
    text = headers.get("x-amz-decoded-content-length" if streaming else "content-length", "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 18:
        return int(text)
    if streaming or (required and not text):
        raise Refusal("MissingContentLength", "You must provide the Content-Length HTTP header.", status=411)
    if text:
        raise Refusal("BadRequest", "An error occurred when parsing the HTTP request.")
    return None


def _demand(headers: dict[str, str], mode: str) -> Demand:
    demand = checksums.demand(headers)
    if demand.algorithm is not None and demand.value is None and not mode.endswith("-TRAILER"):
        raise malformed_trailer()  # a trailer is announced, and the mode has none
    return demand


def _decoder(headers: dict[str, str], mode: str, length: int, signer: Signer | None) -> ChunkDecoder:
    if mode not in (SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER, UNSIGNED_CHUNKS_TRAILER):
        raise Refusal("InvalidRequest", "The value of x-amz-content-sha256 header is invalid.")
    announced = headers.get("x-amz-trailer")
    trailers = (announced.strip().lower(),) if announced is not None else ()
    return ChunkDecoder(
        length,
        signed=mode != UNSIGNED_CHUNKS_TRAILER,
        signer=signer if mode != UNSIGNED_CHUNKS_TRAILER else None,
        trailers=None if mode == SIGNED_CHUNKS else trailers,
    )
