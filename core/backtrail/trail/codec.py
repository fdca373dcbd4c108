"""Payloads to JSON and back, with CloudTrail's times.

Numbers and booleans may stand as text (`strict=False`): AWS's own records mix them. Unknown members stay in
the record and are ignored here. A member that was left out stays out.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import Any, TypeVar

import msgspec

from backtrail.trail.times import CloudTime

T = TypeVar("T")


def enc_hook(value: object) -> object:
    """What msgspec asks for a type that JSON lacks: a time in its own style."""
    if isinstance(value, CloudTime):
        return value.written()
    raise NotImplementedError(f"a payload cannot hold a {type(value).__name__}")


def dec_hook(kind: type, value: object) -> object:
    """What msgspec asks to make such a type: a time of that style, from any style."""
    if issubclass(kind, CloudTime):
        if isinstance(value, CloudTime):
            return kind.of(value)
        if isinstance(value, str | int | float):
            return kind.read(value)
        raise ValueError(f"{value!r} is not a time")
    raise NotImplementedError(f"a payload cannot hold a {kind.__name__}")


_JSON = msgspec.json.Encoder(enc_hook=enc_hook)
_SORTED = msgspec.json.Encoder(enc_hook=enc_hook, order="deterministic")
_PACK = msgspec.msgpack.Encoder(enc_hook=lambda value: _packed(value), order="deterministic")

encode = _JSON.encode
"""JSON as a record holds it: `encode(payload) -> bytes`, members in the order of the type."""

canonical = _SORTED.encode
"""JSON with sorted keys: equal values give equal bytes."""

pack = _PACK.encode
"""MessagePack with sorted keys, for states and snapshots: equal values give equal bytes."""


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """The cached JSON decoder of a payload type. Its `decode` raises `msgspec.DecodeError`."""
    annotation: Any = kind
    made: msgspec.json.Decoder[T] = _decoder(annotation)
    return made


def unpacker(kind: type[T]) -> msgspec.msgpack.Decoder[T]:
    """The cached decoder of what `pack` wrote."""
    annotation: Any = kind
    made: msgspec.msgpack.Decoder[T] = _unpacker(annotation)
    return made


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False, dec_hook=dec_hook)


@cache
def _unpacker(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind, dec_hook=dec_hook)


def convert(value: object, kind: type[T]) -> T:
    """A payload from parsed JSON (dicts, lists, text, numbers). Raises `msgspec.ValidationError`."""
    return msgspec.convert(value, kind, strict=False, dec_hook=dec_hook)


def builtins(value: object) -> object:
    """Parsed JSON (dicts, lists, text, numbers) from a payload: what `convert` takes back."""
    return msgspec.to_builtins(value, str_keys=True, enc_hook=enc_hook)


def text_of(data: bytes) -> str:
    """Bytes as JSON holds them."""
    return base64.b64encode(data).decode()


def _packed(value: object) -> object:
    """A state keeps the exact time, whatever its style writes."""
    if isinstance(value, CloudTime):
        return value.isoformat()
    raise NotImplementedError(f"a state cannot hold a {type(value).__name__}")
