"""CBOR (RFC 8949), as much of it as Smithy's protocol has: integers, floats, strings, arrays, maps, times.

Decoding takes indefinite lengths, half floats and bignums; encoding writes definite lengths and the shortest
integers, and floats in 8 bytes. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

MAX_DEPTH = 100
Write = Callable[[bytearray, Any], None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIME, _BIGNUM, _NEGATIVE_BIGNUM = 1, 2, 3  # tags
_BREAK = object()
_SIZES = {24: 1, 25: 2, 26: 4, 27: 8}
_MAX_BIGNUM = 512  # bytes; more than any member that a model has
_FLOATS = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_DOUBLE = struct.Struct(">Bd")
_pack_heads = [struct.Struct(">BB"), struct.Struct(">BH"), struct.Struct(">BI"), struct.Struct(">BQ")]


class CborError(ValueError):
    """The bytes are not the CBOR that this protocol has."""


def decode(data: bytes) -> Any:
    """The one item that the bytes are. Raises `CborError`."""
    reader = _Reader(data)
    value = reader.item(0)
    if reader.at != len(data) or value is _BREAK:
        raise CborError("there is more than one item")
    return value


def encode(value: object) -> bytes:
    """An item's bytes: None, bool, int, float, str, bytes, datetime, list, dict with str keys."""
    out = bytearray()
    _write(out, value)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def item(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise CborError("nested too deeply")
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major == 3:
            return self.text(info)
        if major == 0:
            return self.length(info)
        if major == 1:
            return -1 - self.length(info)
        if major == 2:
            return self.chunks(info, 2)
        if major == 4:
            return self.array(info, depth)
        if major == 5:
            return self.map(info, depth)
        if major == 6:
            return self.tagged(info, depth)
        return self.simple(info)

    def take(self, count: int) -> bytes:
        end = self.at + count
        found = self.data[self.at : end]
        if len(found) != count:
            raise CborError("the bytes end early")
        self.at = end
        return found

    def length(self, info: int) -> int:
        if info < 24:
            return info
        size = _SIZES.get(info)
        if size is None:
            raise CborError(f"additional information {info} is not defined here")
        return int.from_bytes(self.take(size), "big")

    def text(self, info: int) -> str:
        try:
            return self.chunks(info, 3).decode()
        except UnicodeDecodeError as error:
            raise CborError("text is not UTF-8") from error

    def chunks(self, info: int, major: int) -> bytes:
        if info != 31:
            return self.take(self.length(info))
        pieces: list[bytes] = []
        while (first := self.take(1)[0]) != 0xFF:
            if first >> 5 != major or first & 31 == 31:
                raise CborError("a string's chunk is of another type")
            pieces.append(self.take(self.length(first & 31)))
        return b"".join(pieces)

    def array(self, info: int, depth: int) -> list[Any]:
        items: list[Any] = []
        if info == 31:
            while (value := self.item(depth + 1)) is not _BREAK:
                items.append(value)
            return items
        count = self.length(info)
        self.room(count)
        for _ in range(count):
            items.append(self.whole(depth))
        return items

    def map(self, info: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if info == 31:
            while (key := self.item(depth + 1)) is not _BREAK:
                found[self.key(key)] = self.whole(depth)
            return found
        count = self.length(info)
        self.room(count * 2)
        for _ in range(count):
            key = self.key(self.whole(depth))
            found[key] = self.whole(depth)
        return found

    def key(self, key: Any) -> str:
        if type(key) is not str:
            raise CborError("a map's key is not text")
        return key

    def whole(self, depth: int) -> Any:
        value = self.item(depth + 1)
        if value is _BREAK:
            raise CborError("a break stands outside of an indefinite item")
        return value

    def room(self, count: int) -> None:
        """Each item takes a byte at least: a length that promises more is a lie."""
        if count > len(self.data) - self.at:
            raise CborError("the bytes end early")

    def tagged(self, info: int, depth: int) -> Any:
        tag = self.length(info)
        value = self.whole(depth)
        if tag == _TIME:
            return _moment(value)
        if tag in (_BIGNUM, _NEGATIVE_BIGNUM) and type(value) is bytes and len(value) <= _MAX_BIGNUM:
            number = int.from_bytes(value, "big")
            return number if tag == _BIGNUM else -1 - number
        raise CborError(f"tag {tag} is not defined here")

    def simple(self, info: int) -> Any:
        if info in _SIMPLE:
            return _SIMPLE[info]
        if info == 31:
            return _BREAK
        form = _FLOATS.get(info)
        if form is None:
            raise CborError(f"simple value {info} is not defined here")
        return form.unpack(self.take(form.size))[0]


def _moment(value: Any) -> datetime:
    if type(value) is not int and type(value) is not float:
        raise CborError("a time is not a number")
    try:
        return _EPOCH + timedelta(microseconds=round(value * 1_000_000))
    except (OverflowError, ValueError) as error:
        raise CborError("a time is out of range") from error


def _head(out: bytearray, major: int, value: int) -> None:
    if value < 24:
        out.append(major | value)
    elif value < 1 << 8:
        out += _pack_heads[0].pack(major | 24, value)
    elif value < 1 << 16:
        out += _pack_heads[1].pack(major | 25, value)
    elif value < 1 << 32:
        out += _pack_heads[2].pack(major | 26, value)
    else:
        out += _pack_heads[3].pack(major | 27, value)


def _write(out: bytearray, value: Any) -> None:
    kind: type[object] = value.__class__
    write = _WRITERS.get(kind) or _inherited(value)
    write(out, value)


def _inherited(value: object) -> Write:
    """The writer of a subclass: enumerations, times with a style of their own."""
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write
    raise TypeError(f"{type(value).__name__} has no CBOR form here")


def _write_text(out: bytearray, value: str) -> None:
    data = value.encode(errors="replace")
    _head(out, 0x60, len(data))
    out += data


def _write_bytes(out: bytearray, value: bytes) -> None:
    _head(out, 0x40, len(value))
    out += value


def _write_none(out: bytearray, value: None) -> None:
    out.append(0xF6)


def _write_flag(out: bytearray, value: bool) -> None:
    out.append(0xF5 if value else 0xF4)


def _write_integer(out: bytearray, value: int) -> None:
    magnitude = value if value >= 0 else -1 - value
    if magnitude < 1 << 64:
        _head(out, 0x00 if value >= 0 else 0x20, magnitude)
        return
    out.append(0xC0 | (_BIGNUM if value >= 0 else _NEGATIVE_BIGNUM))
    _write_bytes(out, magnitude.to_bytes((magnitude.bit_length() + 7) // 8, "big"))


def _write_float(out: bytearray, value: float) -> None:
    out += _DOUBLE.pack(0xFB, value)


def _write_time(out: bytearray, value: datetime) -> None:
    out.append(0xC0 | _TIME)
    micros = (value - _EPOCH) // _MICROSECOND
    _write(out, micros // 1_000_000 if micros % 1_000_000 == 0 else micros / 1_000_000)


def _write_map(out: bytearray, value: dict[str, Any]) -> None:
    _head(out, 0xA0, len(value))
    for key, inner in value.items():
        _write_text(out, key)
        _write(out, inner)


def _write_list(out: bytearray, value: list[Any]) -> None:
    _head(out, 0x80, len(value))
    for inner in value:
        _write(out, inner)


_WRITERS: dict[type[object], Write] = {
    str: _write_text,
    bool: _write_flag,
    int: _write_integer,
    float: _write_float,
    dict: _write_map,
    list: _write_list,
    bytes: _write_bytes,
    datetime: _write_time,
    type(None): _write_none,
}
