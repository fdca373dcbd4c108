"""One HTTP request and one answer, as plain data: what the wire knows of HTTP."""

from __future__ import annotations

import msgspec

from backtrail.blob import Blob


class HttpRequest(msgspec.Struct, kw_only=True):
    """A request as it arrived.

    `path` is percent-encoded and starts with `/`; `query` is the raw query string without `?`. Header names
    are lower-cased; a repeated header is joined by `,`. `body` is the whole body, or the handle of one that
    was streamed to the blob store.
    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str]
    body: bytes | Blob = b""

    def header(self, name: str) -> str:
        """A header's value by its lower-cased name; empty when it is not there."""
        return self.headers.get(name, "")

    @property
    def content(self) -> bytes:
        """The body's bytes, for those that are read whole; a streamed body has none here."""
        body = self.body
        if isinstance(body, bytes):
            return body
        return body.data if isinstance(body.data, bytes) else b""


class BlobSlice(msgspec.Struct, frozen=True):
    """The bytes [start, end) of a kept body, to be streamed as an answer's body."""

    blob: Blob
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


class HttpAnswer(msgspec.Struct, kw_only=True):
    """An answer ready to be sent.

    `Date`, `Server` and a `Content-Length` that is not there are the server's to add.
    """

    status: int = 200
    headers: list[tuple[str, str]]
    body: bytes | BlobSlice = b""
