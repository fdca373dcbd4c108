"""States to bytes and back: deterministic, so that equal states give equal bytes (digests, snapshots)."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

import msgspec

from backtrail.payload import State
from backtrail.sorted_map import SortedMap
from backtrail.trail.times import CloudTime

S = TypeVar("S", bound=State)


def _enc_hook(value: object) -> object:
    if isinstance(value, SortedMap):
        return {str(key): held for key, held in cast("SortedMap[Any, Any]", value).items()}
    if isinstance(value, CloudTime):
        return value.isoformat()
    raise NotImplementedError(f"a state cannot hold a {type(value).__name__}")


def _dec_hook(kind: type, value: object) -> object:
    if get_origin(kind) is SortedMap:
        key, item = get_args(kind)
        plain: Any = dict[key, item]  # type: ignore[valid-type]
        return SortedMap(msgspec.convert(value, plain, dec_hook=_dec_hook, str_keys=True))
    if issubclass(kind, CloudTime):
        return kind.read(str(value))
    raise NotImplementedError(f"a state cannot hold a {kind.__name__}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_enc_hook, order="deterministic")


def pack(state: State) -> bytes:
    """MessagePack with sorted keys."""
    return _encoder.encode(state)


def unpack(data: bytes, kind: type[S]) -> S:
    """What `pack` wrote. Raises `msgspec.DecodeError`, `msgspec.ValidationError`."""
    state: S = _decoder(kind).decode(data)
    return state


def plain(state: State) -> Any:
    """As dicts, lists and text, for people and programs to look at."""
    return msgspec.to_builtins(state, str_keys=True, order="deterministic", enc_hook=_enc_hook)


@cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind, dec_hook=_dec_hook)
