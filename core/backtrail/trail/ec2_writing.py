"""Writing EC2's payloads: one class a form and direction, compiled from the model once per shape.

A compiled structure takes a payload and gives what stands in the record. The four differ in how they name
members and how they write lists and texts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from backtrail import model
from backtrail.model import Member, Shape
from backtrail.payload import UNSET
from backtrail.trail.casing import lower_first, snake
from backtrail.trail.ec2_names import (
    ACTION_LISTS,
    ALWAYS,
    BARE_LISTS,
    ITEM_LISTS,
    LISTS,
    MEMBERS,
    RESULTS,
    SPECIAL,
)  # fmt: skip
from backtrail.trail.jsons import is_object
from backtrail.trail.times import CloudTime, EpochMillis, IsoMillisZ
from backtrail.trail.xml_json import coerced, repeated

Tree = dict[str, Any]
WriteStructure = Callable[[Any], Tree]
Write = Callable[[Any], object]
Put = Callable[[Tree, Any], None]

XMLNS = "http://ec2.amazonaws.com/doc/2016-11-15/"


class Writing(ABC):
    """Compiles structures for one action. A shape that holds itself meets its own, unfinished, plan."""

    def __init__(self, action: str) -> None:
        self.action = action
        self._made: dict[str, WriteStructure] = {}

    def structure(self, owner: str, shape: Shape) -> WriteStructure:
        """The function that writes a structure: the members that are set, in the model's order."""
        if (made := self._made.get(owner)) is not None:
            return made
        plan: list[tuple[str, Put]] = []

        def write(value: Any) -> Tree:
            out: Tree = {}
            for attribute, put in plan:
                held = getattr(value, attribute, UNSET)
                if held is not UNSET and held is not None:
                    put(out, held)
            return out

        self._made[owner] = write
        for member, ref in shape.members.items():
            plan.append((snake(member), self.member(owner, member, ref)))
        return write

    def member(self, owner: str, member: str, ref: Member) -> Put:
        """The function that puts one member's value into its structure. A marker may stand for any value."""
        shape = shape_of(ref)
        if shape.type == "list":
            return self.listing(owner, member, ref, shape)
        name, write = self.name(owner, member, ref), self.value(ref)
        special = SPECIAL.get((owner, member))

        def put(out: Tree, held: Any) -> None:
            written = held if isinstance(held, str) and shape.type == "structure" else write(held)
            out[name] = written if special is None else special(written)

        return put

    def value(self, ref: Member) -> Write:
        """The function that writes a structure's or a scalar's value."""
        shape = shape_of(ref)
        return self.structure(ref.shape, shape) if shape.type == "structure" else self.scalar

    @abstractmethod
    def name(self, owner: str, member: str, ref: Member) -> str:
        """What the record calls a member."""

    @abstractmethod
    def scalar(self, held: Any) -> object:
        """How the record writes a text, a number, a time."""

    @abstractmethod
    def listing(self, owner: str, member: str, ref: Member, shape: Shape) -> Put:
        """The function that puts a list into its structure."""


class _Classic(Writing):
    def scalar(self, held: Any) -> object:
        return EpochMillis.of(held).written() if isinstance(held, CloudTime) else held


class ClassicRequest(_Classic):
    """Requests of the classic form: names of the SOAP API, `xxxSet: {"items": [{"xxxId": …}]}`."""

    def structure(self, owner: str, shape: Shape) -> WriteStructure:
        """As any, and the empty lists that stand in a record all the same."""
        fresh = owner not in self._made
        write = super().structure(owner, shape)
        empty = self._always(owner, shape) if fresh else []
        if not empty:
            return write

        def write_all(value: Any) -> Tree:
            out = write(value)
            for name in empty:
                out.setdefault(name, {})
            return out

        self._made[owner] = write_all
        return write_all

    def name(self, owner: str, member: str, ref: Member) -> str:
        """The API's name with a small first letter, but for a few."""
        return MEMBERS.get((owner, member)) or lower_first(member)

    def listing(self, owner: str, member: str, ref: Member, shape: Shape) -> Put:
        """`{}` where it is empty. Two lists of one name (groups by id and by name) are one in the record."""
        item, is_structure = element_of(shape)
        write = self.value(item)
        if (owner, member) in BARE_LISTS:
            bare = lower_first(member)

            def put_bare(out: Tree, held: Any) -> None:
                out[bare] = [write(one) for one in held]

            return put_bare
        name, element = self._named(member)
        wrap = "" if is_structure else element
        key = "item" if (self.action, name) in ITEM_LISTS else "items"

        def put(out: Tree, held: Any) -> None:
            written = [{wrap: write(one)} for one in held] if wrap else [write(one) for one in held]
            written = [*out.get(name, {}).get(key, ()), *written]
            out[name] = {key: written} if written else {}

        return put

    def _named(self, member: str) -> tuple[str, str]:
        return (
            ACTION_LISTS.get((self.action, member)) or LISTS.get(member) or (f"{lower_first(member)}Set", "")
        )

    def _always(self, owner: str, shape: Shape) -> list[str]:
        describes = owner == self.action and owner.startswith("Describe")
        listed = [
            member for member in shape.members if (self.action, member) in ACTION_LISTS or member in LISTS
        ]
        always = ALWAYS.get(owner, ())
        return [self._named(member)[0] for member in listed if describes or member in always]


class ClassicResult(_Classic):
    """Results of the classic form: the XML answer's names, `items` for its `item`s, times in milliseconds."""

    def name(self, owner: str, member: str, ref: Member) -> str:
        """The answer's name; `return` has an underscore."""
        return "_return" if member == "Return" else MEMBERS.get((owner, member)) or located(member, ref)

    def listing(self, owner: str, member: str, ref: Member, shape: Shape) -> Put:
        """`{}` where it is empty."""
        name = located(member, ref)
        key = "item" if (RESULTS, name) in ITEM_LISTS else "items"
        write = self.value(element_of(shape)[0])

        def put(out: Tree, held: Any) -> None:
            out[name] = {key: [write(one) for one in held]} if held else {}

        return put


class _Newer(Writing):
    def scalar(self, held: Any) -> object:
        if isinstance(held, str):
            return coerced(held)
        return IsoMillisZ.of(held).written() if isinstance(held, CloudTime) else held

    def value(self, ref: Member) -> Write:
        """An empty structure is an empty element."""
        write = super().value(ref)
        return (lambda held: write(held) or "") if shape_of(ref).type == "structure" else write


class NewerRequest(_Newer):
    """Requests of the newer form: the query string's names, numbered members with their number."""

    def name(self, owner: str, member: str, ref: Member) -> str:
        """The query string's name; a token keeps its small letter (measured)."""
        return "nextToken" if member == "NextToken" else queried(member, ref)

    def listing(self, owner: str, member: str, ref: Member, shape: Shape) -> Put:
        """`Tag: [{…, "tag": 1}, {…, "tag": 2}]`, one alone without the list; nothing for an empty one."""
        name = queried(member, ref)
        write = self.value(element_of(shape)[0])

        def put(out: Tree, held: Any) -> None:
            numbered = [_numbered(write(one), number) for number, one in enumerate(held, 1)]
            if numbered:
                out[name] = repeated(numbered)

        return put


class NewerResult(_Newer):
    """Results of the newer form: the XML answer, `xxxSet: {"item": …}`, one alone without the list."""

    def name(self, owner: str, member: str, ref: Member) -> str:
        """The answer's name."""
        return located(member, ref)

    def listing(self, owner: str, member: str, ref: Member, shape: Shape) -> Put:
        """`""` where it is empty."""
        name = located(member, ref)
        write = self.value(element_of(shape)[0])

        def put(out: Tree, held: Any) -> None:
            out[name] = {"item": repeated([write(one) for one in held])} if held else ""

        return put


def _numbered(written: Any, number: int) -> object:
    if is_object(written):
        return {**written, "tag": number}
    return {"tag": number, "content": written}


def shape_of(ref: Member) -> Shape:
    """The shape that a reference of EC2's model means."""
    return model.load("ec2").shapes[ref.shape]


def element_of(shape: Shape) -> tuple[Member, bool]:
    """A list's element, and whether that is a structure."""
    assert shape.member is not None
    return shape.member, shape_of(shape.member).type == "structure"


def is_api(action: str) -> bool:
    """Whether an action is one of EC2's API."""
    return action in model.load("ec2").operations


def input_of(action: str) -> Shape:
    """An action's parameters; empty where it has none."""
    ref = model.load("ec2").operations[action].input
    return shape_of(ref) if ref else Shape(type="structure")


def output_of(action: str) -> Shape:
    """An action's result; empty where it has none."""
    ref = model.load("ec2").operations[action].output
    return shape_of(ref) if ref else Shape(type="structure")


def located(member: str, ref: Member) -> str:
    """A member's name in an answer."""
    return ref.location_name or lower_first(member)


def queried(member: str, ref: Member) -> str:
    """https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html: the name, its first letter large."""
    name = ref.query_name or ref.location_name or member
    return name[:1].upper() + name[1:]
