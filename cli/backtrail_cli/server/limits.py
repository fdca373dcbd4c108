"""Heads within bounds: what uvicorn leaves unbounded."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX_BYTES = 64 * 1024
"""A request's line and headers. S3 allows 8 KB of headers, and URLs of 8 KB; a browser's cookies come on top."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    b"content-length: 41\r\n\r\nThe request's headers exceed 64 KiB here.\n"[:-1]
)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with an end to what it buffers of a head."""

    _head_bytes = 0
    _in_head = True

    def on_message_begin(self) -> None:
        self._head_bytes, self._in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head_bytes, self._in_head = 0, True

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX_BYTES and b"\r\n\r\n" not in data[:HEAD_MAX_BYTES]:
                self.transport.write(_TOO_LARGE)
                self.transport.close()
                return
        super().data_received(data)


def bounded() -> type[Any]:
    """The protocol class for uvicorn's `http` setting."""
    return BoundedProtocol
