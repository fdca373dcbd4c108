"""States to bytes and back: deterministic, so that equal states give equal bytes (digests, snapshots)."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

import msgspec

from backtrail.payload import SEALED, UNSET, State
from backtrail.sorted_map import SortedMap
from backtrail.trail import parts
from backtrail.trail.times import CloudTime

S = TypeVar("S", bound=State)


def _enc_hook(value: object) -> object:
    if isinstance(value, SortedMap):
        return {str(key): held for key, held in cast("SortedMap[Any, Any]", value).items()}
    if isinstance(value, CloudTime):  # as any other time: a State may keep it under either type
        return datetime.combine(value.date(), value.timetz())
    raise NotImplementedError(f"a state cannot hold a {type(value).__name__}")


def _dec_hook(kind: type, value: object) -> object:
    if get_origin(kind) is SortedMap:
        key, item = get_args(kind)
        plain: Any = dict[key, item]  # type: ignore[valid-type]
        return SortedMap(msgspec.convert(value, plain, dec_hook=_dec_hook, str_keys=True))
    if issubclass(kind, CloudTime):
        return kind.of(value) if isinstance(value, datetime) else kind.read(str(value))
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
    """As dicts, lists and text, for people and programs to look at. What is marked as sealed stays out."""
    return _shown(state)


def _shown(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        kept = _open_members(type(value))
        held = ((name, getattr(value, attribute)) for attribute, name in kept)
        return {name: _shown(one) for name, one in held if one is not UNSET}
    if isinstance(value, dict | SortedMap):
        items = cast("dict[Any, Any]", value).items()
        return {str(key): _shown(one) for key, one in sorted(items, key=lambda item: str(item[0]))}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(one) for one in cast("list[Any]", value)]
    return msgspec.to_builtins(value, str_keys=True, enc_hook=_enc_hook)


@cache
def _open_members(kind: type[msgspec.Struct]) -> list[tuple[str, str]]:
    """The members of a type that may be shown: attribute and name."""
    hints = parts.hints(kind)
    return [
        (one.name, one.encode_name)
        for one in msgspec.structs.fields(kind)
        if (mark := parts.marked(hints[one.name])) is None or mark.part != SEALED
    ]


@cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind, dec_hook=_dec_hook)
