"""Payloads as trees of dicts and lists: what the JSON protocols, REST's JSON bodies and CBOR have in common.

Readers and writers are compiled once per shape and payload type into closures. The dialects differ in scalars
alone: how a time, a blob and a float are written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import UNSET

from backtrail.blob import Blob
from backtrail.model import Member, Model, Shape
from backtrail.wire import binding
from backtrail.wire.binding import Field, Kind, Made, is_list, is_map
from backtrail.wire.errors import WireError

Read = Callable[[Any], object]
Write = Callable[[Any], object]

_TOKENS: dict[type[object], str] = {
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    str: "STRING_VALUE",
    bytes: "BLOB_VALUE",
}
INT32 = 1 << 31
INT64 = 1 << 63
MAX_DEPTH = 100
"""Of any body. AWS's own bounds are lower (DynamoDB's 32 levels); this one protects the stack."""


class Dialect:
    """The scalars of one tree protocol."""

    def read_time(self, value: Any, style: str | None) -> datetime:
        """The time that a scalar tells."""
        raise NotImplementedError

    def read_blob(self, value: Any) -> bytes:
        """The bytes that a scalar holds."""
        raise NotImplementedError

    def read_float(self, value: Any) -> float:
        """The float that a scalar tells."""
        raise NotImplementedError

    def write_time(self, style: str | None) -> Write:
        """Writes times of a format (the model's, lower-cased)."""
        raise NotImplementedError

    def write_blob(self) -> Write | None:
        """Writes bytes; None where they stay as they are."""
        raise NotImplementedError

    def write_float(self) -> Write | None:
        """Writes floats; None where they stay as they are."""
        raise NotImplementedError


class Trees:
    """Compiles readers and writers of one service in one dialect."""

    def __init__(self, model: Model, dialect: Dialect) -> None:
        self.model = model
        self.dialect = dialect
        self._readers: dict[tuple[str, Kind], Read] = {}
        self._writers: dict[tuple[str, Kind], Write] = {}

    def reader(self, member: Member, hint: object) -> Read:
        """Reads a value of a member's shape into the hinted type, or raises `WireError`, `Incomplete`."""
        shape = self.model.shapes[member.shape]
        if shape.type == "structure" and not shape.document:
            return self.structure_reader(member.shape, binding.kind_of(hint))
        if shape.type == "list":
            return _list_reader(self.reader(_need(shape.member), binding.item_of(hint)))
        if shape.type == "map":
            return _map_reader(self.reader(_need(shape.value), binding.item_of(hint)))
        return self._scalar_reader(member, shape, hint)

    def structure_reader(self, name: str, kind: Kind) -> Read:
        """Reads a structure. Recursive shapes reach themselves through the table of readers."""
        key = (name, kind)
        if key in self._readers:
            return self._readers[key]
        self._readers[key] = lambda value: self._readers[key](value)
        collect = self.members_reader(binding.fields(self.model, self.model.shapes[name], kind))
        make = binding.maker(kind)

        def read(value: Any) -> object:
            return make(collect(value, {}))

        self._readers[key] = read
        return read

    def members_reader(self, members: list[Field]) -> Callable[[Any, Made], Made]:
        """Reads the given members of a structure into what was made so far."""
        slots = {_wire_name(field): (field.key, self.reader(field.member, field.hint)) for field in members}
        find = slots.get

        def collect(value: Any, made: Made) -> Made:
            if not is_map(value):
                raise _no_structure(value)
            for name, inner in value.items():
                slot = find(name)
                if slot is not None and inner is not None:
                    made[slot[0]] = slot[1](inner)
            return made

        return collect

    def writer(self, member: Member, hint: object) -> Write | None:
        """Writes a value of a member's shape; None where the value is its own tree."""
        shape = self.model.shapes[member.shape]
        if shape.type == "structure" and not shape.document:
            return self.structure_writer(member.shape, binding.kind_of(hint))
        if shape.type == "list":
            item = self.writer(_need(shape.member), binding.item_of(hint))
            return None if item is None else _list_writer(item)
        if shape.type == "map":
            item = self.writer(_need(shape.value), binding.item_of(hint))
            return None if item is None else _map_writer(item)
        return self._scalar_writer(member, shape)

    def structure_writer(self, name: str, kind: Kind) -> Write:
        """Writes a structure as a dict with wire names, without what is unset."""
        key = (name, kind)
        if key in self._writers:
            return self._writers[key]
        self._writers[key] = lambda value: self._writers[key](value)
        members = binding.fields(self.model, self.model.shapes[name], kind)
        self._writers[key] = write = self.members_writer(members, kind)
        return write

    def members_writer(self, members: list[Field], kind: Kind) -> Write:
        """Writes the given members of a structure."""
        slots = [
            (binding.getter(kind, field.key), _wire_name(field), self.writer(field.member, field.hint))
            for field in members
        ]

        def write(value: Any) -> dict[str, object]:
            out: dict[str, object] = {}
            for get, name, convert in slots:
                inner = get(value)
                if inner is not UNSET and inner is not None:
                    out[name] = inner if convert is None else convert(inner)
            return out

        return write

    def _scalar_reader(self, member: Member, shape: Shape, hint: object) -> Read:
        dialect = self.dialect
        kind = shape.type
        if kind == "timestamp":
            style = _style(member, shape)
            of = binding.moment_maker(hint)
            if of is None:
                return lambda value: dialect.read_time(value, style)
            return lambda value: of(dialect.read_time(value, style))
        if kind == "blob":
            if hint is Blob:
                return lambda value: binding.blob_of(dialect.read_blob(value))
            return dialect.read_blob
        if kind in ("float", "double", "bigdecimal"):
            return dialect.read_float
        return _SCALARS.get(kind, _anything)

    def _scalar_writer(self, member: Member, shape: Shape) -> Write | None:
        kind = shape.type
        if kind == "timestamp":
            return self.dialect.write_time(_style(member, shape))
        if kind == "blob":
            return _blob_writer(self.dialect.write_blob())
        if kind in ("float", "double", "bigdecimal"):
            return self.dialect.write_float()
        return None


def mistyped(value: object, wanted: str) -> WireError:
    """AWS's words for a value of the wrong JSON type."""
    if isinstance(value, dict):
        return WireError("SerializationException", "Start of structure or map found where not expected.")
    if isinstance(value, list):
        return WireError("SerializationException", "Start of list found where not expected")
    if isinstance(value, bool):
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    else:
        token = _TOKENS.get(type(value), "NULL_VALUE")
    return WireError("SerializationException", f"{token} cannot be converted to {wanted}")


def shallow(value: Any) -> bool:
    """Whether a tree is no deeper than `MAX_DEPTH`."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            if is_map(node):
                below.extend(node.values())
            elif is_list(node):
                below.extend(node)
        if not below:
            return True
        level = below
    return False


def _no_structure(value: object) -> WireError:
    if isinstance(value, list):
        return WireError("SerializationException", "Start of list found where not expected")
    return WireError("SerializationException", "Unexpected field type")


def _need(member: Member | None) -> Member:
    if member is None:  # pragma: no cover - a model without it would not load in any client
        raise ValueError("a list without member or a map without value")
    return member


def _wire_name(field: Field) -> str:
    return field.member.location_name or field.member_name


def _style(member: Member, shape: Shape) -> str | None:
    style = member.timestamp_format or shape.timestamp_format
    return style.lower() if style else None


def _list_reader(item: Read) -> Read:
    def read(value: Any) -> object:
        if not is_list(value):
            raise _no_list(value)
        if None in value:
            raise WireError("SerializationException", "null found in a list where not expected")
        return [item(inner) for inner in value]

    return read


def _map_reader(item: Read) -> Read:
    def read(value: Any) -> object:
        if not is_map(value):
            raise _no_structure(value)
        return {key: item(inner) for key, inner in value.items() if inner is not None}

    return read


def _no_list(value: object) -> WireError:
    if isinstance(value, dict):
        return WireError("SerializationException", "Start of structure or map found where not expected.")
    return WireError("SerializationException", "Expected list or null")


def _list_writer(item: Write) -> Write:
    return lambda value: [item(inner) for inner in value]


def _map_writer(item: Write) -> Write:
    return lambda value: {key: item(inner) for key, inner in value.items()}


def _blob_writer(write: Write | None) -> Write:
    def written(value: Any) -> object:
        data = value.data if isinstance(value, Blob) else value
        return data if write is None else write(data)

    return written


def _anything(value: Any) -> object:
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise mistyped(value, "String")
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise mistyped(value, "Boolean")
    return value


def _integer(limit: int, wanted: str) -> Read:
    def read(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not -limit <= value < limit:
            raise mistyped(value, wanted)
        return value

    return read


_SCALARS: dict[str, Read] = {
    "string": _text,
    "character": _text,
    "boolean": _flag,
    "integer": _integer(INT32, "Integer"),
    "short": _integer(INT32, "Short"),
    "byte": _integer(INT32, "Byte"),
    "long": _integer(INT64, "Long"),
}
