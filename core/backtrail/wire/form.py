"""Form-encoded calls: `Action=…&Tags.member.1.Key=…` as a tree, and readers of that tree.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html,
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from backtrail.model import Member, Model
from backtrail.wire import binding, text, tree
from backtrail.wire.binding import Field, Kind, Made, is_map
from backtrail.wire.errors import WireError

Node = Any
"""A parameter's value, or a dict of those below it (the value itself then stands under "")."""

Tree = dict[str, Node]
Read = Callable[[Node], object]

_INDEX_DIGITS = 9


def flat(body: str) -> list[tuple[str, str]]:
    """The pairs of a form, decoded. Raises `WireError` for escapes that are not UTF-8."""
    try:
        pairs: list[tuple[str, str]] = []
        for pair in body.split("&"):
            if pair:
                name, _, value = pair.partition("=")
                pairs.append((unescape(name), unescape(value)))
        return pairs
    except UnicodeDecodeError as error:
        raise WireError("MalformedQueryString", "The query string contains invalid UTF-8") from error


def unescape(value: str) -> str:
    """Decode `%xx` and `+`. Raises `UnicodeDecodeError`."""
    if "+" in value:
        value = value.replace("+", " ")
    return unquote_to_bytes(value).decode() if "%" in value else value


def nested(pairs: list[tuple[str, str]]) -> Tree:
    """The pairs as a tree, by the dots in their names. A repeated name keeps its first value."""
    root: Tree = {}
    for name, value in pairs:
        if "." not in name:
            _put(root, name, value)
            continue
        parts = name.split(".")
        if len(parts) > tree.MAX_DEPTH:
            raise WireError("MalformedQueryString", "A parameter's name is nested too deeply")
        node = root
        for part in parts[:-1]:
            node = _below(node, part)
        _put(node, parts[-1], value)
    return root


def _below(node: Tree, part: str) -> Tree:
    below = node.get(part)
    if is_map(below):
        return below
    made: Tree = {} if below is None else {"": below}
    node[part] = made
    return made


def _put(node: Tree, name: str, value: str) -> None:
    present = node.setdefault(name, value)
    if is_map(present):
        present.setdefault("", value)


_MAY_BE_EMPTY = frozenset({"Value", "Description"})
"""Members of EC2 that mean something when they are empty: tags, attributes, descriptions that are taken away. All other
text that is empty is as if it were not there: Go's SDK sends `Placement.AvailabilityZone=` for none."""


class FormReaders:
    """Compiles readers of form trees for one service, in the query protocol or EC2's."""

    def __init__(self, model: Model, *, ec2: bool = False) -> None:
        self.model = model
        self.ec2 = ec2
        self._readers: dict[tuple[str, Kind], Read] = {}

    def structure_reader(self, name: str, kind: Kind) -> Read:
        """Reads a structure. Its reads raise `WireError` and `Incomplete`."""
        key = (name, kind)
        if key in self._readers:
            return self._readers[key]
        self._readers[key] = lambda node: self._readers[key](node)
        members = binding.fields(self.model, self.model.shapes[name], kind)
        self._readers[key] = read = self._members_reader(members, kind)
        return read

    def _members_reader(self, members: list[Field], kind: Kind) -> Read:
        slots = {
            self._wire_name(field): (field.key, self._reader(field.member_name, field.member, field.hint))
            for field in members
        }
        make = binding.maker(kind)
        find = slots.get
        left_out = self._left_out(members)

        def read(node: Node) -> object:
            made: Made = {}
            if is_map(node):
                for name, value in node.items():
                    slot = find(name)
                    if slot is not None and (value != "" or name not in left_out):
                        made[slot[0]] = slot[1](value)
            elif node:
                raise WireError("MalformedInput", "Start of structure found where not expected")
            return make(made)

        return read

    def _left_out(self, members: list[Field]) -> frozenset[str]:
        """The members that are taken for absent where they are empty."""
        if not self.ec2:
            return frozenset()
        return frozenset(
            self._wire_name(field)
            for field in members
            if field.shape.type == "string" and field.member_name not in _MAY_BE_EMPTY
        )

    def _reader(self, name: str, member: Member, hint: object) -> Read:
        shape = self.model.shapes[member.shape]
        if shape.type == "structure":
            return self.structure_reader(member.shape, binding.kind_of(hint))
        if shape.type == "list" and shape.member is not None:
            read = self._reader(name, shape.member, binding.item_of(hint))
            wrapped = not (self.ec2 or shape.flattened or member.flattened)
            return _list_reader(read, (shape.member.location_name or "member") if wrapped else None)
        if shape.type == "map" and shape.key is not None and shape.value is not None:
            return _map_reader(
                self._reader(name, shape.value, binding.item_of(hint)),
                shape.key.location_name or "key",
                shape.value.location_name or "value",
                flattened=shape.flattened or member.flattened,
            )
        return _scalar_reader(
            text.reader(shape, hint), name, "InvalidParameterValue" if self.ec2 else "MalformedInput"
        )

    def _wire_name(self, field: Field) -> str:
        member = field.member
        if self.ec2:
            if member.query_name:
                return member.query_name
            name = member.location_name
            return name[:1].upper() + name[1:] if name else field.member_name
        item = field.shape.member
        if item is not None and item.location_name and (field.shape.flattened or member.flattened):
            return item.location_name
        return member.location_name or field.member_name


def _scalar_reader(convert: text.ReadText, name: str, code: str) -> Read:
    def read(node: Node) -> object:
        value = node.get("") if is_map(node) else node
        if value is None:
            raise WireError("MalformedInput", f"Unexpected complex element for {name}")
        try:
            return convert(value)
        except ValueError as error:
            raise WireError(
                code, f"Value ({value[:100]}) for parameter {name} is invalid. Expected {error}."
            ) from error

    return read


def _entries(node: Node) -> list[Node]:
    """What stands under 1, 2, 3 …, in that order; gaps are closed."""
    if not is_map(node):
        return []
    items = [
        (int(key), value) for key, value in node.items() if key.isdecimal() and len(key) <= _INDEX_DIGITS
    ]
    items.sort(key=lambda item: item[0])
    return [value for _, value in items]


def _list_reader(read: Read, wrapper: str | None) -> Read:
    def read_list(node: Node) -> object:
        if wrapper is not None and is_map(node):
            # Services that renamed their lists' members take the plain spelling as well.
            inner = node.get(wrapper)
            node = node.get("member") if inner is None else inner
        return [read(entry) for entry in _entries(node)]

    return read_list


def _map_reader(read: Read, key_name: str, value_name: str, *, flattened: bool) -> Read:
    def read_map(node: Node) -> object:
        if not flattened and is_map(node):
            node = node.get("entry")
        made: dict[str, object] = {}
        for entry in _entries(node):
            key = entry.get(key_name) if is_map(entry) else None
            if isinstance(key, str):
                made[key] = read(entry.get(value_name, ""))
        return made

    return read_map
