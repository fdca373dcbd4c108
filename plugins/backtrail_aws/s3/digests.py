"""MD5 and checksums of bytes that are put together anew: from what is known, else by reading them.

Deciding opens no body. Where a copy needs a digest that nobody has computed (a range of a large body, a multipart
object made whole), an `Effect` reads the bytes outside the writer, and the call is decided again with its outcome.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from backtrail import UNSET, Blob, Call, Effect, Params
from backtrail.blob import BlobPart, joined, pieces
from backtrail.wire import checksums
from backtrail_aws.s3 import errors

P = TypeVar("P", bound=Params)
EFFECT = "digest"


class Reading(msgspec.Struct, frozen=True):
    """What to read: bytes in order, and the checksums that are wanted beside the MD5."""

    parts: list[BlobPart]
    algorithms: list[str]

    @property
    def fingerprint(self) -> str:
        """What these bytes are, by the names of their bodies and what is wanted of them."""
        told = [f"{part.blob.name}:{part.blob.md5}:{part.start}:{part.end}" for part in self.parts]
        return hashlib.sha256("\n".join([*self.algorithms, *told]).encode()).hexdigest()


class Digest(msgspec.Struct, frozen=True):
    """What reading gave."""

    fingerprint: str
    md5: str
    checksums: dict[str, str]


def cut(body: Blob, start: int, end: int) -> Blob:
    """The bytes [start, end) of a body as a body of its own; all of it is the body itself."""
    if start == 0 and end == body.size:
        return body
    found = list(pieces(body, start, end))
    if len(found) == 1 and found[0].blob.data is not UNSET:
        data = found[0].blob.data[found[0].start : found[0].end]
        return Blob(size=len(data), md5=hashlib.md5(data, usedforsecurity=False).hexdigest(), data=data)
    return joined([Blob(size=end - start, md5="", parts=found)])


def of(
    call: Call[P], body: Blob, algorithms: Iterable[str], md5: str, known: dict[str, str]
) -> Digest | Effect:
    """A body's MD5 and checksums: `md5` ("" where it is not known) and `known` as far as they go, the rest of the bytes
    in hand, else an effect that reads them.
    """
    wanted = list(algorithms)
    kept = {**(body.checksums if body.checksums is not UNSET else {}), **known}
    md5 = md5 or body.md5
    if md5 and all(name in kept for name in wanted):
        return Digest("", md5, {name: kept[name] for name in wanted})
    reading = Reading(list(pieces(body)), wanted)
    data = _in_hand(reading.parts)
    if data is not None:
        return digest(reading, [data])
    if call.outcome is not None:
        result = call.outcome.result
        if call.outcome.error is not None or not isinstance(result, Digest):
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            raise errors.refused("InternalError", "We encountered an internal error. Please try again.", 500)
        if result.fingerprint == reading.fingerprint:
            return result
    return Effect(name=EFFECT, args=reading)


def digest(reading: Reading, data: Iterable[bytes]) -> Digest:
    """The digests of bytes that come in pieces."""
    taker = Taker(reading)
    for piece in data:
        taker.update(piece)
    return taker.finish()


class Taker:
    """Takes what a `Reading` names, piece by piece."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sums = {name: checksums.start(name) for name in reading.algorithms}

    def update(self, data: bytes) -> None:
        """The next bytes."""
        self._md5.update(data)
        for one in self._sums.values():
            one.update(data)

    def finish(self) -> Digest:
        """What they came to."""
        sums = {name: checksums.text(one) for name, one in self._sums.items()}
        return Digest(self._reading.fingerprint, self._md5.hexdigest(), sums)


def _in_hand(parts: list[BlobPart]) -> bytes | None:
    found: list[bytes] = []
    for part in parts:
        if part.blob.data is UNSET:
            return None
        found.append(part.blob.data[part.start : part.end])
    return b"".join(found)
