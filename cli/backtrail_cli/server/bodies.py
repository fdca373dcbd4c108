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
from backtrail.wire.http import BlobSlice, HttpRequest

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MIB = 1024 * 1024
BODY_MAX_BYTES = 32 * MIB
"""The most that a call without streaming may carry: DynamoDB's batches are 16 MB, Kinesis's records 10 MB in base64."""

_LARGER = {"lambda": 128 * MIB, "ses": 128 * MIB, "sesv2": 128 * MIB, "email": 128 * MIB}
"""Lambda's code is a zip of 50 MB in base64, SES's messages are 40 MB in base64: by client and by signing name."""

XML_MAX_BYTES = 16 * MIB
"""S3's largest documents complete uploads of 10,000 parts, each with its checksum."""

FORM_MAX_BYTES = 128 * MIB
"""A browser's upload, which is read whole."""

TIMEOUT_TEXT = (
    "Your socket connection to the server was not read from or written to within the timeout period. "
    "Idle connections will be closed."
)
"""https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


class Disconnected(Exception):
    """The client went away before its request was whole."""


async def pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The request's body as it arrives. Raises `Disconnected`, and `Refusal` for a body that does not go on."""
    more = True
    while more:
        body, more = await _piece(receive)
        if body:
            yield body


async def whole(receive: Receive, head: HttpRequest, limit: int = BODY_MAX_BYTES) -> bytes:
    """The whole body. Raises `Disconnected`, and `Refusal` past the limit or for a body that does not go on."""
    declared = head.header("content-length")
    if len(declared) > 6 and int(declared) > limit:  # the parser lets nothing but digits through
        raise too_large(limit)
    body, more = await _piece(receive)
    if not more:
        return body
    data = bytearray(body)
    while more:
        body, more = await _piece(receive)
        data += body
        if len(data) > limit:
            raise too_large(limit)
    return bytes(data)


def limit_of(service: str) -> int:
    """The most that a call of a service, by its client's or its signature's name, may carry."""
    return _LARGER.get(service, BODY_MAX_BYTES)


async def gone(receive: Receive) -> None:
    """Returns when the client has hung up. Only for a request whose body was read."""
    while (await receive())["type"] != "http.disconnect":
        pass


def too_large(limit: int) -> Refusal:
    """The answer to a body over the server's own limit."""
    return Refusal("RequestEntityTooLarge", f"The request is larger than {limit} bytes.", status=413)


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    """The next piece, and whether more follow. An empty one that is not the last tells of a pause (`limits`)."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    more: bool = message.get("more_body", False)
    if more and not body:
        raise Refusal("RequestTimeout", TIMEOUT_TEXT)
    return body, more


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
        if writer is None:
            return body, body.blob(data=bytes(small))
        return body, body.blob(name=await writer.finish())
    except OSError as error:
        await _discard(writer)
        raise not_kept(error) from error
    except BaseException:
        await _discard(writer)
        raise


def not_kept(error: OSError) -> Refusal:
    """The answer to a body that the disk does not take."""
    why = error.strerror or str(error)
    return Refusal("InternalError", f"The body could not be kept: {why}", status=500)


async def _discard(writer: BlobWriter | None) -> None:
    if writer is not None:
        await writer.discard()


async def content(piece: BlobSlice, store: Store) -> AsyncIterator[bytes]:
    """The bytes of a kept body's slice, through all the bodies that it was put together of."""
    for part in parts_of(piece.blob, piece.start, piece.end):
        if part.blob.data is not UNSET:
            yield bytes(part.blob.data[part.start : part.end])
        elif part.blob.name is not UNSET:
            async for data in store.read_blob(str(part.blob.name), part.start, part.end):
                yield data
