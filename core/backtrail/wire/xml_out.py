"""Payloads as XML elements, for the query protocols and REST.

Writers are compiled once per shape and payload type; each appends its text to a list that is joined at the
end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from backtrail.model import Member, Model, Shape
from backtrail.wire import binding, text
from backtrail.wire.binding import Field, Kind
from backtrail.wire.text import WriteText

Put = Callable[[list[str], Any], None]
Slots = list[tuple[Callable[[Any], object], Put]]

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'

# A carriage return would be read back as a line feed; other control characters have no better form than the
# reference that S3 writes, which is why its lists offer `encoding-type=url`.
_SPECIAL = re.compile(r'[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_find_special = _SPECIAL.search


def escape(value: str) -> str:
    """Text as it stands in an element or an attribute."""
    if _find_special(value) is None:
        return value
    return _SPECIAL.sub(_entity, value)


def _entity(found: re.Match[str]) -> str:
    character = found.group()
    if "\ud800" <= character <= "\udfff" or character == "\x00":  # XML has no word for these
        return "\ufffd"
    return _ENTITIES.get(character) or f"&#x{ord(character):x};"


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
        slots: Slots = [(binding.getter(kind, field.key), self.member(field)) for field in members]

        def put(out: list[str], value: Any) -> None:
            for get, write in slots:
                inner = get(value)
                if inner is not UNSET and inner is not None:
                    write(out, inner)

        return put

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
    if shape.type in ("string", "character"):

        def put_text(out: list[str], value: Any) -> None:
            out.append(f"{begin}{value if _find_special(value) is None else escape(value)}{end}")

        return put_text

    def put(out: list[str], value: Any) -> None:
        out.append(f"{begin}{write(value)}{end}")

    return put
