"""States to bytes and back: deterministic, so that equal states give equal bytes.

There are two forms. `pack` writes what digests are made of, each map in full. `keep` is for snapshots and copies: there
a `SortedMap` is bytes within the bytes, which `unpack` leaves unread until somebody looks into the map, and which are
written again as they are when nobody did. So a fold from a snapshot costs what it touches, not all that there is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

import msgspec

from backtrail.payload import SEALED, UNSET, State
from backtrail.sorted_map import SortedMap, Unread
from backtrail.trail import parts
from backtrail.trail.times import CloudTime

S = TypeVar("S", bound=State)


def _enc_hook(value: object) -> object:
    if isinstance(value, CloudTime):  # as any other time: a State may keep it under either type
        return datetime.combine(value.date(), value.timetz())
    if isinstance(value, SortedMap):
        return {str(key): held for key, held in cast("SortedMap[Any, Any]", value).items()}
    raise NotImplementedError(f"a state cannot hold a {type(value).__name__}")


def _keep_hook(value: object) -> object:
    """As `_enc_hook`; maps with text keys become bytes of their own."""
    # Most are times, and whether something is a mapping is found out slowly.
    if not isinstance(value, CloudTime) and isinstance(value, SortedMap):
        held = cast("SortedMap[Any, Any]", value)
        if isinstance(held, Unread):
            return held.data
        if isinstance(held.first(), str):
            return _keeper.encode(held.plain())
    return _enc_hook(cast("object", value))


def _dec_hook(kind: type, value: object) -> object:
    return _reader(kind)(value)


@cache
def _reader(kind: Any) -> Callable[[Any], object]:
    """What makes a value of a type of ours of what msgspec read."""
    if get_origin(kind) is SortedMap:
        return _map_reader(*get_args(kind))
    if issubclass(kind, CloudTime):
        of, read = kind.of, kind.read
        return lambda value: of(value) if isinstance(value, datetime) else read(str(value))
    raise NotImplementedError(f"a state cannot hold a {kind.__name__}")


def _map_reader(key: Any, item: Any) -> Callable[[Any], object]:
    plain: Any = dict[key, item]

    def read(value: Any) -> SortedMap[Any, Any]:
        if isinstance(value, bytes):
            return Unread(value, _decoder(plain).decode)
        if not value:
            return SortedMap()
        return SortedMap(msgspec.convert(value, plain, dec_hook=_dec_hook, str_keys=True))

    return read


_encoder = msgspec.msgpack.Encoder(enc_hook=_enc_hook, order="deterministic")
_keeper = msgspec.msgpack.Encoder(enc_hook=_keep_hook, order="deterministic")


def pack(state: State) -> bytes:
    """MessagePack with sorted keys."""
    return _encoder.encode(state)


def keep(state: State) -> bytes:
    """The form for snapshots and copies: maps stand in it as bytes that `unpack` need not read."""
    return _keeper.encode(state)


def unpack(data: bytes, kind: type[S]) -> S:
    """What `pack` or `keep` wrote. Raises `msgspec.DecodeError`, `msgspec.ValidationError`."""
    state: S = _decoder(kind).decode(data)
    return state


def plain(state: State) -> Any:
    """As dicts, lists and text, for people and programs to look at. What is marked as sealed stays out."""
    return _shown(state)


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _shown(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
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
