"""The ASGI application: AWS's API, and Backtrail's own under `/_backtrail/`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from backtrail.engine import Engine
from backtrail.errors import BacktrailError
from backtrail.lines import Lines
from backtrail.wire.http import BlobSlice, HttpAnswer, HttpRequest
from backtrail_cli.server.bodies import Disconnected, Receive, content, gone
from backtrail_cli.server.exchange import Exchange

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Control = Callable[[Engine, HttpRequest, Receive], Awaitable[HttpAnswer]]

OWN = "/_backtrail/"

log = Lines("backtrail.server")


class App:
    """One engine behind HTTP. `control` answers what is Backtrail's own (path -> function; `*` stands for one
    last part)."""

    def __init__(self, exchange: Exchange, control: dict[str, Control]) -> None:
        self.exchange, self.control = exchange, control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        head = head_of(scope)
        client = scope["client"][0] if scope.get("client") else "127.0.0.1"
        reading = _Reading(receive) if "expect" in head.headers else receive
        try:
            answer = unfit(scope, head) or await self._answer(head, reading, client)
        except Disconnected:
            return
        except Exception:
            log.exception("a request failed", method=head.method, path=head.path)
            answer = text_answer(500, "Internal server error")
        if isinstance(reading, _Reading) and not reading.begun:
            # Nobody can tell whether a body follows that was never asked for: the connection ends here.
            # https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
            answer.headers.append(("connection", "close"))
        await self._send(answer, head, receive, send)

    async def _answer(self, head: HttpRequest, receive: Receive, client: str) -> HttpAnswer:
        if head.path.startswith(OWN):
            named = head.path.rsplit("/", 1)[0]
            control = self.control.get(f"{head.method} {head.path}") or self.control.get(
                f"{head.method} {named}/*"
            )
            if control is None:
                return json_answer({"error": f"no {head.method} {head.path} here"}, 404)
            return await control(self.exchange.engine, head, receive)
        return await self.exchange.answer(head, receive, client)

    async def _send(self, answer: HttpAnswer, head: HttpRequest, receive: Receive, send: Send) -> None:
        body = answer.body
        headers = [(name.lower().encode("latin-1"), _value(value)) for name, value in answer.headers]
        if (
            head.method != "HEAD"
            and answer.status not in (204, 304)
            and not any(n == b"content-length" for n, _ in headers)
        ):
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if head.method == "HEAD":
            body = b""
        if isinstance(body, BlobSlice):
            if not await self._stream(body, receive, send):
                return
            body = b""
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, body: BlobSlice, receive: Receive, send: Send) -> bool:
        """Send a kept body piece by piece, for as long as somebody reads it; says whether all of it was sent."""
        hung_up = asyncio.ensure_future(gone(receive))
        try:
            async for piece in content(body, self.exchange.engine.store):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                if hung_up.done():
                    return False
        except (BacktrailError, KeyError, OSError) as error:
            # Too late for another status: an answer that is shorter than it said is one that failed.
            log.error("a kept body could not be read", error=str(error))
            return False
        finally:
            hung_up.cancel()
        return True

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await send({"type": "lifespan.shutdown.complete"})
                return


def head_of(scope: Scope) -> HttpRequest:
    """A request's head from ASGI's scope; repeated headers are joined."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), _text(raw_value)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return HttpRequest(
        method=scope["method"], path=raw_path.decode("latin-1"), query=scope["query_string"].decode("latin-1"),
        headers=headers,
    )  # fmt: skip


class _Reading:
    """Receives, and remembers that it did: from then on a client that waits for `100 Continue` sends its body."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self.begun = receive, False

    async def __call__(self) -> MutableMapping[str, Any]:
        self.begun = True
        return await self._receive()


_ONCE = (b"host", b"authorization", b"x-amz-target")


def unfit(scope: Scope, head: HttpRequest) -> HttpAnswer | None:
    """The refusal of a head that could be read in two ways, or expects what nobody does."""
    if head.headers.get("expect", "100-continue").lower() != "100-continue":
        return text_answer(417, "Only 100-continue can be expected here.")
    if len(head.headers) != len(scope["headers"]):
        names = [name for name, _ in scope["headers"]]
        for name in _ONCE:
            if names.count(name) > 1:
                return text_answer(400, f"The header {name.decode()} is there more than once.")
    return None


def text_answer(status: int, text: str) -> HttpAnswer:
    """An answer to what is no call of any service."""
    return HttpAnswer(
        status=status, headers=[("content-type", "text/plain; charset=utf-8")], body=f"{text}\n".encode()
    )


def json_answer(value: object, status: int = 200) -> HttpAnswer:
    """Backtrail's own answers."""
    return HttpAnswer(
        status=status, headers=[("content-type", "application/json")], body=msgspec.json.encode(value) + b"\n"
    )


def _value(value: str) -> bytes:
    """A header's value in UTF-8. What a client stored or asked for must not begin another header."""
    if not value.isprintable():
        value = "".join(" " if ord(one) < 32 or ord(one) == 127 else one for one in value)
    return value.encode("utf-8", "replace")


def _text(raw: bytes) -> str:
    """Headers are UTF-8 where they can be (S3 metadata), else Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
