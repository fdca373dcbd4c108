"""Payloads as XML elements, for the query protocols and REST.

Writers are compiled once per shape and payload type; each appends its text to a list that is joined at the
end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import UNSET

from backtrail.model import Member, Model, Shape
from backtrail.wire import binding, text
from backtrail.wire.binding import Field, Kind
from backtrail.wire.text import WriteText
from backtrail.wire.xml_members import Put, Slot, compiled, escape, find_special

_TEXT = ("string", "character")

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(name: str, value: str) -> str:
    """One element with text."""
    return f"<{name}>{escape(value)}</{name}>"


class XmlWriters:
    """Compiles the element writers of one service; strings named in `encoded` go through `encode`."""

    def __init__(
        self,
        model: Model,
        *,
        iso: WriteText | None = None,
        encoded: frozenset[str] = frozenset(),
        encode: WriteText | None = None,
    ) -> None:
        self.model = model
        self._iso = iso
        self._encoded = encoded
        self._encode = encode
        self._contents: dict[tuple[str, Kind], Put] = {}

    def contents(self, name: str, kind: Kind) -> Put:
        """Writes the members of a structure that stand in elements, without an element around them."""
        key = (name, kind)
        if key in self._contents:
            return self._contents[key]
        self._contents[key] = lambda out, value: self._contents[key](out, value)
        shape = self.model.shapes[name]
        members = [
            field
            for field in binding.fields(self.model, shape, kind)
            if field.member.location is None and not field.member.xml_attribute
        ]
        self._contents[key] = put = self.members(members, kind)
        return put

    def members(self, members: list[Field], kind: Kind) -> Put:
        """Writes the given members of a structure, in order."""
        if kind is not None:
            return compiled(
                Slot(field.key, self._plain(field), partial(self.member, field)) for field in members
            )
        slots = [(field.key, self.member(field)) for field in members]

        def put(out: list[str], value: Any) -> None:
            for key, write in slots:
                inner = value.get(key)
                if inner is not UNSET and inner is not None:
                    write(out, inner)

        return put

    def _plain(self, field: Field) -> tuple[str, str] | None:
        """The tags around a member that is plain text; None for all others."""
        member, shape = field.member, field.shape
        name = member.location_name or field.member_name
        if shape.type not in _TEXT or (name in self._encoded and self._encode is not None):
            return None
        return f"<{name}{namespace(member, shape)}>", f"</{name}>"

    def member(self, field: Field) -> Put:
        """Writes one member under its name."""
        member, shape = field.member, field.shape
        if shape.type == "list" and shape.member is not None and (shape.flattened or member.flattened):
            name = shape.member.location_name or member.location_name or field.member_name
            return _each(self.element(name, shape.member, binding.item_of(field.hint)))
        return self.element(member.location_name or field.member_name, member, field.hint)

    def element(self, name: str, member: Member, hint: object) -> Put:
        """Writes a value of a member's shape as an element of that name."""
        shape = self.model.shapes[member.shape]
        begin, end = f"<{name}{namespace(member, shape)}>", f"</{name}>"
        if shape.type == "structure":
            attributes = self._attributes(shape, binding.kind_of(hint))
            contents = self.contents(member.shape, binding.kind_of(hint))
            return (
                _around(begin, contents, end)
                if attributes is None
                else _marked(begin, attributes, contents, end)
            )
        if shape.type == "list" and shape.member is not None:
            item = self.element(shape.member.location_name or "member", shape.member, binding.item_of(hint))
            return _around(begin, _each(item), end)
        if shape.type == "map":
            return self._map(name, member, shape, binding.item_of(hint))
        if name in self._encoded and self._encode is not None:
            return _encoded(begin, end, self._encode)
        return _scalar(begin, end, shape, text.writer(member, shape, "iso8601", iso=self._iso))

    def _map(self, name: str, member: Member, shape: Shape, hint: object) -> Put:
        assert shape.key is not None and shape.value is not None
        put_key = self.element(shape.key.location_name or "key", shape.key, None)
        put_value = self.element(shape.value.location_name or "value", shape.value, hint)
        flattened = shape.flattened or member.flattened
        begin, end = (f"<{name}>", f"</{name}>") if flattened else ("<entry>", "</entry>")

        def put(out: list[str], value: Any) -> None:
            for key, inner in value.items():
                out.append(begin)
                put_key(out, key)
                put_value(out, inner)
                out.append(end)

        return put if flattened else _around(f"<{name}>", put, f"</{name}>")

    def _attributes(self, shape: Shape, kind: Kind) -> Callable[[Any], str] | None:
        """XML attributes of a structure's element (S3's `xsi:type`)."""
        members = [f for f in binding.fields(self.model, shape, kind) if f.member.xml_attribute]
        if not members:
            return None
        slots = [(binding.getter(kind, f.key), f.member.location_name or f.member_name) for f in members]

        def attributes(value: Any) -> str:
            found = [(name, inner) for get, name in slots if isinstance(inner := get(value), str)]
            return "".join(f' {name}="{escape(inner)}"' for name, inner in found)

        return attributes


def namespace(member: Member, shape: Shape | None = None) -> str:
    """The `xmlns` attribute that a member or its shape asks for, with a leading space."""
    wanted = member.xml_namespace or (shape.xml_namespace if shape is not None else None)
    if not wanted:
        return ""
    if isinstance(wanted, str):
        return f' xmlns="{wanted}"'
    prefix = wanted.get("prefix")
    return f' xmlns{":" + prefix if prefix else ""}="{wanted.get("uri", "")}"'


def _each(item: Put) -> Put:
    def put(out: list[str], value: Any) -> None:
        for inner in value:
            item(out, inner)

    return put


def _around(begin: str, contents: Put, end: str) -> Put:
    def put(out: list[str], value: Any) -> None:
        out.append(begin)
        contents(out, value)
        out.append(end)

    return put


def _marked(begin: str, attributes: Callable[[Any], str], contents: Put, end: str) -> Put:
    def put(out: list[str], value: Any) -> None:
        out.append(begin[:-1] + attributes(value) + ">")
        contents(out, value)
        out.append(end)

    return put


def _encoded(begin: str, end: str, encode: WriteText) -> Put:
    def put(out: list[str], value: Any) -> None:
        out.append(f"{begin}{escape(encode(value))}{end}")

    return put


def _scalar(begin: str, end: str, shape: Shape, write: WriteText) -> Put:
    if shape.type in _TEXT:

        def put_text(out: list[str], value: Any) -> None:
            out.append(f"{begin}{value if find_special(value) is None else escape(value)}{end}")

        return put_text
    if shape.type == "boolean":
        true, false = f"{begin}true{end}", f"{begin}false{end}"
        return lambda out, value: out.append(true if value else false)

    def put(out: list[str], value: Any) -> None:
        out.append(f"{begin}{write(value)}{end}")

    return put
