"""A handle on a body that is too large, or too secret, for a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backtrail.payload import UNSET, Params, UnsetType, field


class Blob(Params):
    """A body that was received before its call was decided.

    Folds never open it. Small bodies (`INLINE_BYTES` and less) travel in `data`; larger ones lie in the log's blob
    store under `name`, an HMAC of their content. `md5` is lower hex; `checksums` maps an algorithm as S3 spells it
    (`CRC32`, `CRC32C`, `CRC64NVME`, `SHA1`, `SHA256`) to its base64 value, for those that were asked for or verified.
    A body that was put together of others (a multipart upload, a copied range) has neither, but `parts`, in order.
    """

    size: int = field(name="size")
    md5: str = field(name="md5")
    name: str | UnsetType = field(name="name", default=UNSET)
    data: bytes | UnsetType = field(name="data", default=UNSET)
    checksums: dict[str, str] | UnsetType = field(name="checksums", default=UNSET)
    parts: list[BlobPart] | UnsetType = field(name="parts", default=UNSET)


class BlobPart(Params):
    """The bytes [start, end) of a body that has no parts of its own."""

    blob: Blob = field(name="blob")
    start: int = field(name="start")
    end: int = field(name="end")


def pieces(blob: Blob, start: int = 0, end: int | None = None) -> Iterator[BlobPart]:
    """The kept bodies, cut to size, whose bytes in order are the bytes [start, end) of this one."""
    end = blob.size if end is None else min(end, blob.size)
    if blob.parts is UNSET:
        if start < end:
            yield BlobPart(blob=blob, start=start, end=end)
        return
    at = 0
    for part in blob.parts:
        size = part.end - part.start
        first, last = max(start - at, 0), min(end - at, size)
        if first < last:
            yield BlobPart(blob=part.blob, start=part.start + first, end=part.start + last)
        at += size
        if at >= end:
            return


def joined(bodies: Iterable[Blob]) -> Blob:
    """One body of several, in order, without opening any: its MD5 is not known (empty)."""
    found = [piece for body in bodies for piece in pieces(body)]
    return Blob(size=sum(piece.end - piece.start for piece in found), md5="", parts=found)


INLINE_BYTES = 16 * 1024
