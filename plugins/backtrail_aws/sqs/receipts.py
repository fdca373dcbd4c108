"""Receipt handles: opaque to callers, and all that it takes to find the message and the receive they came from.

A handle holds the queue's mark, the message's key and the receive's own number, with a check sum, so that what no
receive gave out is told from what is stale.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

from backtrail_aws.sqs.state import Message, Queue

_PREFIX = "AQEB"  # as all of AWS's begin
_MARK, _KEY, _NUMBER, _CHECK = 6, 13, 8, 6


class Receipt(msgspec.Struct, frozen=True):
    """What a handle holds: the message's key and the number of the receive."""

    key: str
    number: str


def mark_of(queue: Queue) -> bytes:
    """What tells the handles of one queue from another's, and from those of an earlier queue of the name."""
    return hashlib.blake2b(f"{queue.arn} {queue.created_us}".encode(), digest_size=_MARK).digest()


def handle(queue: Queue, message: Message, number: str) -> str:
    """The handle of a message for one receive (16 hexadecimal digits)."""
    body = mark_of(queue) + bytes.fromhex(message.key) + bytes.fromhex(number)
    return _PREFIX + base64.b64encode(body + _check(body)).decode()


def read(queue: Queue, text: str) -> Receipt | None:
    """What a handle of this queue holds; None for any other text."""
    if not text.startswith(_PREFIX):
        return None
    try:
        data = base64.b64decode(text[len(_PREFIX) :], validate=True)
    except (binascii.Error, ValueError):
        return None
    body, check = data[:-_CHECK], data[-_CHECK:]
    if len(body) != _MARK + _KEY + _NUMBER or check != _check(body) or body[:_MARK] != mark_of(queue):
        return None
    return Receipt(body[_MARK : _MARK + _KEY].hex(), body[_MARK + _KEY :].hex())


def _check(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECK, key=b"receipt").digest()
