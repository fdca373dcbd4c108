"""The hash chain: each entry's hash covers the one before it and everything the entry says.

Framing is unambiguous: every part has a fixed length, or is preceded by its length, or by a mark that it is
absent.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

GENESIS = bytes(32)
_TAG = b"backtrail entry 1\0"
_ABSENT = b"\xff\xff\xff\xff"


_NOTHING = b"\0" + GENESIS
_LONE = _ABSENT * 3  # no cause, no root, no blobs


def _framed(text: str | None) -> bytes:
    if text is None:
        return _ABSENT
    data = text.encode()
    return len(data).to_bytes(4, "big") + data


def _hashed(data: bytes | None) -> bytes:
    return _NOTHING if data is None else b"\1" + sha256(data).digest()


@lru_cache(maxsize=256)
def _framed_origin(origin: str) -> bytes:
    return _framed(origin)


def link(
    previous: bytes,
    seq: int,
    *,
    origin: str,
    cause: str | None,
    root: str | None,
    blobs: str | None,
    record: bytes,
    note: bytes | None,
    sealed: bytes | None,
    commands: bytes | None,
) -> bytes:
    """The hash of entry `seq`: `sealed` is the ciphertext, `commands` a digest of `outbox`."""
    lone = cause is None and root is None and blobs is None
    return sha256(
        _TAG
        + previous
        + seq.to_bytes(8, "big")
        + _framed_origin(origin)
        + (_LONE if lone else _framed(cause) + _framed(root) + _framed(blobs))
        + b"\1"
        + sha256(record).digest()
        + (_NOTHING if note is None else _hashed(note))
        + (_NOTHING if sealed is None else _hashed(sealed))
        + (_NOTHING if commands is None else _hashed(commands))
    ).digest()


def outbox(rows: Iterable[tuple[str, int | None, bytes]]) -> bytes | None:
    """A digest of the commands (key, due, ciphertext) that were committed with an entry; None for none."""
    parts = [
        _framed(key) + _framed(None if due is None else str(due)) + sha256(body).digest()
        for key, due, body in rows
    ]
    return sha256(b"".join(parts)).digest() if parts else None
