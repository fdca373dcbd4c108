"""What S3 does outside the log: reading bodies, for their digests and for queries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from backtrail import UNSET
from backtrail_aws.s3 import select
from backtrail_aws.s3.digests import EFFECT, Digest, Reading, Taker
from backtrail_aws.s3.select import Selected, Selecting
from backtrail_aws.s3.state import service


class Bodies(Protocol):
    """The store of bodies."""

    def read_blob(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]: ...


class Host(Protocol):
    """The engine, as far as an effect needs it."""

    @property
    def store(self) -> Bodies: ...


@service.effect(EFFECT)
async def read_digest(wanted: Reading, host: Host, request_id: str) -> Digest:
    """The MD5 and the checksums of bytes that lie in the store."""
    taker = Taker(wanted)
    for part in wanted.parts:
        if part.blob.data is not UNSET:
            taker.update(part.blob.data[part.start : part.end])
        elif part.blob.name is not UNSET:
            async for data in host.store.read_blob(part.blob.name, part.start, part.end):
                taker.update(data)
    return taker.finish()


@service.effect(select.EFFECT)
async def read_selected(wanted: Selecting, host: Host, request_id: str) -> Selected:
    """The rows that a query selects from bytes in the store."""
    data = bytearray()
    for part in wanted.parts:
        if part.blob.data is not UNSET:
            data += part.blob.data[part.start : part.end]
        elif part.blob.name is not UNSET:
            async for piece in host.store.read_blob(part.blob.name, part.start, part.end):
                data += piece
    return select.attempt(wanted.params, bytes(data))
