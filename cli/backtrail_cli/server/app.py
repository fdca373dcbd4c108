"""The ASGI application: AWS's API, and Backtrail's own under `/_backtrail/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import structlog

from backtrail.engine import Engine
from backtrail.wire.http import BlobSlice, HttpAnswer, HttpRequest
from backtrail_cli.server.bodies import Disconnected, Receive, content
from backtrail_cli.server.exchange import Exchange

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Control = Callable[[Engine, HttpRequest, Receive], Awaitable[HttpAnswer]]

OWN = "/_backtrail/"

log = structlog.get_logger("backtrail.server")


class App:
    """One engine behind HTTP. `control` answers what is Backtrail's own (path -> function)."""

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
        try:
            answer = await self._answer(head, receive, client)
        except Disconnected:
            return
        except Exception:
            log.exception("a request failed", method=head.method, path=head.path)
            answer = HttpAnswer(
                status=500, headers=[("content-type", "text/plain")], body=b"Internal server error\n"
            )
        await self._send(answer, head, send)

    async def _answer(self, head: HttpRequest, receive: Receive, client: str) -> HttpAnswer:
        if head.path.startswith(OWN):
            control = self.control.get(f"{head.method} {head.path}")
            if control is None:
                return json_answer({"error": f"no {head.method} {head.path} here"}, 404)
            return await control(self.exchange.engine, head, receive)
        return await self.exchange.answer(head, receive, client)

    async def _send(self, answer: HttpAnswer, head: HttpRequest, send: Send) -> None:
        body = answer.body
        size = len(body)
        headers = [(name.lower().encode("latin-1"), value.encode("utf-8")) for name, value in answer.headers]
        if (
            head.method != "HEAD"
            and answer.status not in (204, 304)
            and not any(n == b"content-length" for n, _ in headers)
        ):
            headers.append((b"content-length", str(size).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if isinstance(body, BlobSlice):
            if head.method != "HEAD":
                async for piece in content(body, self.exchange.engine.store):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": b"" if head.method == "HEAD" else body})

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


def json_answer(value: object, status: int = 200) -> HttpAnswer:
    """Backtrail's own answers."""
    return HttpAnswer(
        status=status, headers=[("content-type", "application/json")], body=msgspec.json.encode(value) + b"\n"
    )


def _text(raw: bytes) -> str:
    """Headers are UTF-8 where they can be (S3 metadata), else Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
