"""Event streams: answers that are rows of framed messages (SelectObjectContent, SubscribeToShard).

A result holds its events as a list of the union's structures, each with one member set.
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zlib import crc32

from msgspec import UNSET

from backtrail.model import Member, Model, Shape
from backtrail.wire import binding, times
from backtrail.wire.binding import Field, Kind

CONTENT_TYPE = "application/vnd.amazon.eventstream"

Encode = Callable[[Any], bytes]
CompileEncode = Callable[[str, Member, object], Encode]
"""Compiles the writer of a structure that is an event's payload: its name, the member, the hint."""
HeaderValue = bool | int | bytes | str | datetime

_PRELUDE = struct.Struct(">II")
_CRC = struct.Struct(">I")
_NAME = struct.Struct(">B")
_SIZED = struct.Struct(">BH")


def frame(headers: list[tuple[str, HeaderValue]], payload: bytes) -> bytes:
    """One message: prelude, headers, payload, each guarded by a CRC."""
    head = b"".join(_header(name, value) for name, value in headers)
    prelude = _PRELUDE.pack(16 + len(head) + len(payload), len(head))
    message = b"".join((prelude, _CRC.pack(crc32(prelude)), head, payload))
    return message + _CRC.pack(crc32(message))


def initial_response(payload: bytes, content_type: str) -> bytes:
    """The first message of an RPC protocol's stream: the result's other members."""
    return frame(_kind("event", "initial-response", content_type), payload)


class EventWriters:
    """Compiles the writers of one service's streams. `content_type` is that of structures in events."""

    def __init__(self, model: Model, content_type: str, compile_encode: CompileEncode) -> None:
        self.model = model
        self.content_type = content_type
        self._compile_encode = compile_encode

    def stream(self, member: Member, hint: object) -> Encode:
        """Writes a list of events."""
        kind = binding.kind_of(binding.item_of(hint))
        fields = binding.fields(self.model, self.model.shapes[member.shape], kind)
        slots = [(binding.getter(kind, field.key), self._event(field)) for field in fields]

        def write(events: Any) -> bytes:
            frames: list[bytes] = []
            for event in events:
                for get, encode in slots:
                    inner = get(event)
                    if inner is not UNSET and inner is not None:
                        frames.append(encode(inner))
            return b"".join(frames)

        return write

    def _event(self, field: Field) -> Encode:
        kind = binding.kind_of(field.hint)
        members = binding.fields(self.model, field.shape, kind)
        headers = [(binding.getter(kind, m.key), m.member_name) for m in members if m.member.eventheader]
        name, message = field.member_name, "exception" if field.shape.exception else "event"
        content_type, encode = self._payload(field, members, kind)

        def write(value: Any) -> bytes:
            found: list[tuple[str, Any]] = [
                (name, inner) for get, name in headers if _present(inner := get(value))
            ]
            return frame(_kind(message, name, content_type) + found, encode(value))

        return write

    def _payload(self, field: Field, members: list[Field], kind: Kind) -> tuple[str, Encode]:
        inside = next((m for m in members if m.member.eventpayload), None)
        if inside is None:
            if all(member.eventheader for member in field.shape.members.values()):
                return "", lambda value: b""
            return self.content_type, self._compile_encode(field.member_name, field.member, field.hint)
        get = binding.getter(kind, inside.key)
        if inside.shape.type == "blob":
            return "application/octet-stream", _given(get, bytes)
        if inside.shape.type == "string":
            return "text/plain", _given(get, _utf8)
        encode = self._compile_encode(
            inside.member.location_name or inside.member_name, inside.member, inside.hint
        )
        return self.content_type, _given(get, encode)


def stream_member(model: Model, shape: Shape) -> str | None:
    """The member of an output that is an event stream."""
    return next((name for name, m in shape.members.items() if model.shapes[m.shape].eventstream), None)


def _kind(message: str, name: str, content_type: str) -> list[tuple[str, HeaderValue]]:
    kind: list[tuple[str, HeaderValue]] = [(":message-type", message), (f":{message}-type", name)]
    if content_type:
        kind.append((":content-type", content_type))
    return kind


def _given(get: Callable[[Any], object], encode: Callable[[Any], bytes]) -> Encode:
    def write(value: Any) -> bytes:
        inner = get(value)
        return encode(inner) if _present(inner) else b""

    return write


def _present(value: object) -> bool:
    return value is not UNSET and value is not None


def _utf8(value: str) -> bytes:
    return value.encode()


def _header(name: str, value: HeaderValue) -> bytes:
    encoded = name.encode()
    return _NAME.pack(len(encoded)) + encoded + _value(value)


def _value(value: HeaderValue) -> bytes:
    if isinstance(value, bool):
        return b"\x00" if value else b"\x01"
    if isinstance(value, int):
        return struct.pack(">Bi", 4, value) if -(1 << 31) <= value < 1 << 31 else struct.pack(">Bq", 5, value)
    if isinstance(value, bytes):
        return _SIZED.pack(6, len(value)) + value
    if isinstance(value, str):
        data = value.encode()
        return _SIZED.pack(7, len(data)) + data
    return struct.pack(">Bq", 8, int(times.epoch(value) * 1000))
