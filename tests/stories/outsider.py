"""A client without manners: bytes over a socket, and what comes back."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

SECONDS = 10.0
"""How long an answer may take before a story is over."""


class Reply(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Outsider:
    """One connection to an endpoint."""

    def __init__(self, endpoint: str, *, seconds: float = SECONDS) -> None:
        parts = urlsplit(endpoint)
        self.host = f"{parts.hostname}:{parts.port}"
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 80), seconds)
        self._rest = b""

    def __enter__(self) -> Outsider:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def send(self, data: bytes) -> Outsider:
        """Send bytes as they are; a server that hangs up meanwhile is no error here."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)
        return self

    def send_all(self, pieces: Iterable[bytes]) -> bool:
        """Send pieces until the server hangs up; says whether all of them went out."""
        try:
            for piece in pieces:
                self.socket.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def reply(self, *, head: bool = False) -> Reply:
        """The next answer. Raises `EOFError` when the server hangs up instead."""
        raw = self._until(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split()[1])
        if head or status in (100, 204, 304):
            return Reply(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Reply(status, headers, b"".join(self._chunks()))
        if "content-length" in headers:
            return Reply(status, headers, self._exactly(int(headers["content-length"])))
        return Reply(status, headers, self.rest())

    def rest(self) -> bytes:
        """Everything until the server closes."""
        data = self._rest
        self._rest = b""
        while piece := self._receive():
            data += piece
        return data

    def closed(self) -> bool:
        """Whether the server hangs up without another byte."""
        return self.rest() == b""

    def _chunks(self) -> Iterable[bytes]:
        while size := int(self._until(b"\r\n"), 16):
            yield self._exactly(size)
            self._exactly(2)
        self._until(b"\r\n")

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            piece = self._receive()
            if not piece:
                raise EOFError(self._rest)
            self._rest += piece
        found, _, self._rest = self._rest.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        pieces = [self._rest]
        have = len(self._rest)
        while have < size:
            piece = self._receive()
            if not piece:
                raise EOFError(b"".join(pieces))
            pieces.append(piece)
            have += len(piece)
        data = b"".join(pieces)
        self._rest = data[size:]
        return data[:size]

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(256 * 1024)
        except ConnectionResetError:
            return b""


def request(
    method: str,
    path: str,
    *headers: str,
    body: bytes | None = None,
    service: str = "",
    host: str = "localhost",
) -> bytes:
    """A request's bytes. With `service` it claims to be signed by `test`, whose secret nobody knows or checks."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers]
    if service:
        scope = f"test/20260101/us-east-1/{service}/aws4_request"
        lines.append(
            f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
        )
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def json_call(target: str, body: bytes, service: str = "sqs") -> bytes:
    """A call in AWS's JSON protocol."""
    kind = "Content-Type: application/x-amz-json-1.0"
    return request("POST", "/", f"X-Amz-Target: {target}", kind, body=body, service=service)


def form_call(body: bytes, service: str = "sqs") -> bytes:
    """A call in the query protocol."""
    return request("POST", "/", "Content-Type: application/x-www-form-urlencoded", body=body, service=service)


def cbor_call(path: str, body: bytes) -> bytes:
    """A call in Smithy's RPC protocol, of CloudWatch."""
    kind = "Content-Type: application/cbor"
    return request(
        "POST", f"/service/{path}", "Smithy-Protocol: rpc-v2-cbor", kind, body=body, service="monitoring"
    )


def s3_call(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """A call of S3."""
    return request(method, path, *headers, body=body, service="s3")


def ask(endpoint: str, data: bytes, *, head: bool = False) -> Reply:
    """Send bytes over a connection of their own and give the first answer."""
    with Outsider(endpoint) as one:
        return one.send(data).reply(head=head)


def until(seconds: float, true: Callable[[], bool]) -> bool:
    """Wait until a function is true; says whether it became so in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return true()
