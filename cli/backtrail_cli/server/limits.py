"""Connections within bounds: what uvicorn leaves unbounded, unexplained, or open for ever."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from backtrail_cli.server.joining import Joining

HEAD_MAX_BYTES = 64 * 1024
"""A request's line and headers. S3 allows 8 KB of headers, and URLs of 8 KB; a browser's cookies come on top."""

HEAD_SECONDS = 30.0
"""How long a head may take from its first byte to its last."""

IDLE_SECONDS = 65.0
"""How long a connection may be open before its first request, and between two."""

BODY_SECONDS = 60.0
"""How long a body may pause; S3 waits some 20 s, but a client held in a debugger is no rare thing here."""

LINGER_SECONDS = 5.0
"""How long what still comes is thrown away after a refusal: a socket closed on unread bytes sends a reset, and the
client never reads why (https://www.rfc-editor.org/rfc/rfc9112#section-9.6)."""

_HTTP_2 = b"PRI * HTTP/2.0"
_TLS_HANDSHAKE = b"\x16\x03"
_PHRASES = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}
_TOO_LARGE = f"The request's headers exceed {HEAD_MAX_BYTES // 1024} KiB, the most that is taken here."
_NO_HTTP_2 = "HTTP/2 is not spoken here; use HTTP/1.1."
_NO_TLS = "TLS is not spoken on this port; use http:// as the endpoint."


class _At(Enum):
    BETWEEN = auto()  # two requests
    HEAD = auto()
    BODY = auto()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with an end to what it buffers and waits for, and a reason in each refusal.

    A body that pauses too long gives the application one empty piece that is not the last: nothing else does.
    """

    _at = _At.BETWEEN
    _unread = 0  # bytes of a head, or of what follows a body, that are kept and not used yet
    _heard = 0.0
    _refused = False
    _stalled = False
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(Joining(transport, self.loop))  # type: ignore[arg-type]
        self._wait_for_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if not self._within(data):
            self._refuse(431, _TOO_LARGE)
            return
        try:
            self.parser.feed_data(data)  # pyright: ignore[reportOptionalMemberAccess]
        except httptools.HttpParserUpgrade:
            pass  # an offer (h2c, websocket) that need not be taken; the request is answered as it is
        except httptools.HttpParserError as error:
            self._refuse(400, _reason(data, error))
            return
        if self._at is not _At.BETWEEN:
            self._heard = self.loop.time()
            if self._watch is None:
                self._watch_for(HEAD_SECONDS if self._at is _At.HEAD else BODY_SECONDS)
        elif not self._answering():
            self._wait_for_next()

    # what the parser tells

    def on_message_begin(self) -> None:
        self._at, self._unread = _At.HEAD, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Chunked bodies may end in trailers. They are no headers: who could add one late could say who he is.
        if self._at is not _At.BODY:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._at, self._unread = _At.BODY, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._at, self._unread = _At.BETWEEN, 0
        super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Nobody needs to know."""

    # limits

    def _within(self, data: bytes) -> bool:
        """Count what is read without being used: heads, chunks' extensions, trailers."""
        self._unread += len(data)
        if self._unread <= HEAD_MAX_BYTES:
            return True
        # One read may hold many small requests, or the end of a head and the start of its body.
        return (self._at is _At.BODY and self._unread == len(data)) or b"\r\n\r\n" in data[:HEAD_MAX_BYTES]

    def _answering(self) -> bool:
        # Before the first request there is none, whatever its type says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _wait_for_next(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(IDLE_SECONDS, self.timeout_keep_alive_handler)

    def _watch_for(self, seconds: float) -> None:
        self._watch = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """One timer a connection, set only while a request is half there: has it gone on since?"""
        self._watch = None
        if self._at is _At.BETWEEN or self._refused or self.transport.is_closing():
            return
        if self._at is _At.HEAD:
            self._refuse(408, f"The request's head was not whole after {HEAD_SECONDS:g} s.")
            return
        cycle = self.cycle
        waits_for_us = self.flow.read_paused or cycle.waiting_for_100_continue
        left = BODY_SECONDS if waits_for_us else self._heard + BODY_SECONDS - self.loop.time()
        if left > 0:
            self._watch_for(left)
        elif self._stalled or cycle.response_complete:
            self.transport.close()
        else:
            self._stalled = True
            cycle.keep_alive = False
            cycle.message_event.set()
            self._watch_for(LINGER_SECONDS)

    def _refuse(self, status: int, text: str) -> None:
        """Answer what is no request, let whoever reads its body go, and close once the client has heard."""
        self._refused = True
        if self._answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        body = text.encode() + b"\n"
        head = (
            f"HTTP/1.1 {status} {_PHRASES[status]}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        if not self.pipeline:  # else an answer to an earlier request is still to be written
            self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _reason(data: bytes, error: httptools.HttpParserError) -> str:
    if data.startswith(_HTTP_2):
        return _NO_HTTP_2
    if data.startswith(_TLS_HANDSHAKE):
        return _NO_TLS
    cause = error.__context__ or error
    return f"This is no HTTP/1.1 request: {cause}."


def bounded() -> type[Any]:
    """The protocol class for uvicorn's `http` setting."""
    return BoundedProtocol
