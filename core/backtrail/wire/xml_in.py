"""XML bodies as payloads, for REST's XML protocol. No DTDs, no entities but the five, bounded depth."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from backtrail.model import Member, Model, Shape
from backtrail.wire import binding, text, tree
from backtrail.wire.binding import Field, Kind, Made
from backtrail.wire.errors import WireError

Read = Callable[[ET.Element], object]
Take = Callable[[Made, ET.Element], None]

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
"""https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


def malformed(detail: str = "") -> WireError:
    """S3's `MalformedXML`, in S3's words."""
    return WireError("MalformedXML", MALFORMED, members={"Detail": detail} if detail else None)


def parse(body: bytes) -> ET.Element:
    """The root element of a UTF-8 document. Raises `WireError` for what is no such document, or has a DTD."""
    # Other encodings would hide a DTD from this test: UTF-16 and UTF-32 have zero bytes, all others are refused by
    # forcing the encoding.
    if b"\0" in body or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise malformed()
    try:
        root = ET.fromstring(body, parser=ET.XMLParser(encoding="utf-8"))
    except (ET.ParseError, ValueError) as error:
        raise malformed() from error
    if body.count(b"<") > tree.MAX_DEPTH and not _shallow(root):
        raise malformed()
    return root


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def _shallow(root: ET.Element) -> bool:
    level = [root]
    for _ in range(tree.MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return True
    return False


class XmlReaders:
    """Compiles element readers of one service."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._readers: dict[tuple[str, Kind], Read] = {}

    def structure_reader(self, name: str, kind: Kind) -> Read:
        """Reads an element as a structure. Its reads raise `WireError` and `Incomplete`."""
        key = (name, kind)
        if key in self._readers:
            return self._readers[key]
        self._readers[key] = lambda element: self._readers[key](element)
        collect = self.members_reader(binding.fields(self.model, self.model.shapes[name], kind))
        make = binding.maker(kind)

        def read(element: ET.Element) -> object:
            return make(collect(element, {}))

        self._readers[key] = read
        return read

    def members_reader(self, members: list[Field]) -> Callable[[ET.Element, Made], Made]:
        """Reads an element's children and attributes into what was made so far."""
        attributes = [field for field in members if field.member.xml_attribute]
        slots = {
            _wire_name(field): self._taker(field)
            for field in members
            if not field.member.xml_attribute and field.member.location is None
        }
        find = slots.get

        def collect(element: ET.Element, made: Made) -> Made:
            for child in element:
                take = find(local(child.tag))
                if take is not None:
                    take(made, child)
            return made

        if not attributes:
            return collect
        marks = [(_attribute(field.member), field.key) for field in attributes]

        def collect_marked(element: ET.Element, made: Made) -> Made:
            for name, key in marks:
                value = element.get(name)
                if value is not None:
                    made[key] = value
            return collect(element, made)

        return collect_marked

    def reader(self, name: str, member: Member, hint: object) -> Read:
        """Reads an element of a member's shape."""
        shape = self.model.shapes[member.shape]
        if shape.type == "structure":
            return self.structure_reader(member.shape, binding.kind_of(hint))
        if shape.type == "list" and shape.member is not None:
            item = self.reader(name, shape.member, binding.item_of(hint))
            return lambda element: [item(child) for child in element]
        if shape.type == "map":
            entry = self._entry(name, shape, hint)
            return lambda element: dict(found for child in element if (found := entry(child)) is not None)
        return _scalar(name, text.reader(shape, hint))

    def _taker(self, field: Field) -> Take:
        member, shape, key = field.member, field.shape, field.key
        flattened = shape.flattened or member.flattened
        if shape.type == "list" and flattened and shape.member is not None:
            item = self.reader(field.member_name, shape.member, binding.item_of(field.hint))
            return lambda made, element: _append(made, key, item(element))
        if shape.type == "map" and flattened:
            entry = self._entry(field.member_name, shape, field.hint)
            return lambda made, element: _update(made, key, entry(element))
        read = self.reader(field.member_name, member, field.hint)

        def take(made: Made, element: ET.Element) -> None:
            made[key] = read(element)

        return take

    def _entry(
        self, name: str, shape: Shape, hint: object
    ) -> Callable[[ET.Element], tuple[str, object] | None]:
        assert shape.key is not None and shape.value is not None
        key_name, value_name = shape.key.location_name or "key", shape.value.location_name or "value"
        read = self.reader(name, shape.value, binding.item_of(hint))

        def entry(element: ET.Element) -> tuple[str, object] | None:
            parts = {local(child.tag): child for child in element}
            if key_name not in parts or value_name not in parts:
                raise malformed()
            return parts[key_name].text or "", read(parts[value_name])

        return entry


def _append(made: Made, key: str, value: object) -> None:
    present: Any = made.setdefault(key, [])
    present.append(value)


def _update(made: Made, key: str, entry: tuple[str, object] | None) -> None:
    present: Any = made.setdefault(key, {})
    if entry is not None:
        present[entry[0]] = entry[1]


def _wire_name(field: Field) -> str:
    return field.member.location_name or field.member_name


def _attribute(member: Member) -> str:
    name = member.location_name or ""
    return name.replace("xsi:", _XSI)


def _scalar(name: str, convert: text.ReadText) -> Read:
    def read(element: ET.Element) -> object:
        try:
            return convert(element.text or "")
        except ValueError as error:
            raise malformed() from error

    return read
