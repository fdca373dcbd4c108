"""Bodies in and out: read within limits, kept in the log's blob store when they are large, streamed back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from backtrail.blob import INLINE_BYTES, Blob
from backtrail.blob import pieces as parts_of
from backtrail.errors import Refusal
from backtrail.payload import UNSET
from backtrail.store import BlobWriter, Store
from backtrail.wire.bodies import Body, BodyReader
from backtrail.wire.http import BlobSlice

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

BODY_MAX_BYTES = 128 * 1024 * 1024
"""The most that a call without streaming may carry. Lambda's largest (a zip in base64) is 70 MB."""


class Disconnected(Exception):
    """The client went away before its request was whole."""


async def pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The request's body as it arrives."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        body = message.get("body", b"")
        if body:
            yield body
        if not message.get("more_body", False):
            return


async def whole(receive: Receive, limit: int = BODY_MAX_BYTES) -> bytes:
    """The whole body. Raises `Refusal` past the limit."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    if not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) <= limit:
            return body
    data = bytearray(message.get("body", b""))
    if message.get("more_body", False):
        async for piece in pieces(receive):
            data += piece
            if len(data) > limit:
                break
    if len(data) > limit:
        raise Refusal("RequestEntityTooLarge", f"The request is larger than {limit} bytes.", status=413)
    return bytes(data)


async def kept(receive: Receive, reader: BodyReader, store: Store) -> tuple[Body, Blob]:
    """A streamed body, proven, and its handle: inline when it is small, else kept in the blob store as it arrives."""
    small = bytearray()
    writer: BlobWriter | None = None
    try:
        async for piece in pieces(receive):
            content = reader.feed(piece)
            if writer is None:
                small += content
                if len(small) > INLINE_BYTES:
                    writer = store.blob_writer()
                    await writer.write(bytes(small))
            elif content:
                await writer.write(content)
        body = reader.finish()
    except BaseException:
        if writer is not None:
            await writer.discard()
        raise
    if writer is None:
        return body, body.blob(data=bytes(small))
    return body, body.blob(name=await writer.finish())


async def content(piece: BlobSlice, store: Store) -> AsyncIterator[bytes]:
    """The bytes of a kept body's slice, through all the bodies that it was put together of."""
    for part in parts_of(piece.blob, piece.start, piece.end):
        if part.blob.data is not UNSET:
            yield bytes(part.blob.data[part.start : part.end])
        elif part.blob.name is not UNSET:
            async for data in store.read_blob(str(part.blob.name), part.start, part.end):
                yield data
