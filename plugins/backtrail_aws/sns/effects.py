"""What SNS does outside the log: posting messages to HTTP endpoints, and serving the certificate that signed them.

Endpoints on this machine may be posted to. Others must be allowed by the environment variable `BACKTRAIL_HTTP_HOSTS`:
host names, comma-separated, or `*`. What is not allowed is recorded as a delivery that failed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import os
import ssl
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from backtrail.wire import HttpAnswer, HttpRequest
from backtrail_aws.sns import envelopes, limits
from backtrail_aws.sns.envelopes import NOTIFICATION
from backtrail_aws.sns.http_deliveries import EFFECT, Post, Posted
from backtrail_aws.sns.state import service

if TYPE_CHECKING:
    from backtrail_aws.sns.signing import Signer

ALLOWED_HOSTS = "BACKTRAIL_HTTP_HOSTS"
_PATH = "/SimpleNotificationService-"
_DEFAULT_TYPE = "text/plain; charset=UTF-8"
_AGENT = "Amazon Simple Notification Service Agent"


class Secrets(Protocol):
    """What derives secrets from the log's key."""

    def secret(self, seed: str, label: str, length: int) -> bytes: ...


class Host(Protocol):
    """The engine, as far as an effect needs it."""

    @property
    def machine(self) -> Secrets: ...


@service.effect(EFFECT)
async def post(wanted: Post, host: Host, request_id: str) -> Posted:
    """Post a message, signed; what came of it."""
    try:
        parts = urlsplit(wanted.url)
        target = parts.hostname or ""
        if not allowed(target):
            return Posted(refused=True, reason=f"{target} is no host that {ALLOWED_HOSTS} allows")
        body, headers = await _message(wanted, host)
        async with asyncio.timeout(limits.HTTP_TIMEOUT_S):
            return await _send(parts, body, headers)
    except TimeoutError:
        return Posted(reason=f"no answer within {limits.HTTP_TIMEOUT_S:.0f} seconds")
    except (OSError, ValueError) as error:
        return Posted(reason=f"{type(error).__name__}: {error}")


def allowed(host: str) -> bool:
    """Whether a host may be posted to: this machine, or one that the user named."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return True
    named = {one.strip().lower() for one in os.environ.get(ALLOWED_HOSTS, "").split(",")}
    return "*" in named or (bool(host) and host.lower() in named)


async def _message(wanted: Post, host: Host) -> tuple[bytes, dict[str, str]]:
    envelope = wanted.envelope
    raw = wanted.raw and envelope.type == NOTIFICATION
    headers = {
        "x-amz-sns-message-type": envelope.type,
        "x-amz-sns-message-id": envelope.message_id,
        "x-amz-sns-topic-arn": envelope.topic_arn,
    }
    if envelope.type != "SubscriptionConfirmation":
        headers["x-amz-sns-subscription-arn"] = wanted.subscription_arn
    if raw:
        headers["x-amz-sns-rawdelivery"] = "true"
        return envelope.message.encode("utf-8", "replace"), headers | {
            "Content-Type": wanted.content_type or _DEFAULT_TYPE
        }
    made = await _signer(host)
    signature = made.sign(envelopes.string_to_sign(envelope), envelope.version)
    text = envelopes.rendered(envelope, wanted.subscription_arn, signature, made.name)
    return text.encode("utf-8", "replace"), headers | {"Content-Type": wanted.content_type or _DEFAULT_TYPE}


async def _send(parts: SplitResult, body: bytes, headers: dict[str, str]) -> Posted:
    """One POST over a connection of its own. Of the answer the status counts; redirects are not followed."""
    secure = parts.scheme == "https"
    context = await asyncio.to_thread(ssl.create_default_context) if secure else None
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context)
    try:
        writer.write(_head(parts, len(body), headers) + body)
        await writer.drain()
        line = (await reader.readline()).decode("latin-1").split(None, 2)
        if len(line) < 2 or not line[0].startswith("HTTP/") or not line[1].isdigit():
            return Posted(reason="no HTTP answer")
        return Posted(status=int(line[1]), reason=line[2].strip() if len(line) > 2 else "")
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


def _head(parts: SplitResult, length: int, headers: dict[str, str]) -> bytes:
    where = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"POST {where} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        f"Content-Length: {length}",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
    lines += [f"User-Agent: {_AGENT}", "Accept-Encoding: gzip,deflate", "Connection: close", "", ""]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line break in the head of a request")
    return "\r\n".join(lines).encode("utf-8")


async def _signer(host: Host) -> Signer:
    from backtrail_aws.sns.signing import signer  # cryptography is imported when something is first signed

    seed = host.machine.secret("sns", "signing", 64)
    return await asyncio.to_thread(signer, seed)


def serves(request: HttpRequest) -> bool:
    """Whether a request asks for a certificate."""
    return request.method == "GET" and request.path.startswith(_PATH) and request.path.endswith(".pem")


async def certificate(host: Host, request: HttpRequest) -> HttpAnswer:
    """The certificate, where its name is the one that signs here."""
    made = await _signer(host)
    if request.path != f"{_PATH}{made.name}.pem":
        return HttpAnswer(status=404, headers=[])
    headers = [("content-type", "application/x-pem-file"), ("content-length", str(len(made.pem)))]
    return HttpAnswer(status=200, headers=headers, body=made.pem)
