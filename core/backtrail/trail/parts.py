"""What leaves the record, and how it comes back: the sealed part and the note.

A member marked `Sealed`, `Masked`, `Stars` or `Noted` (`backtrail.payload`), however deep, is cut out of the
payload into a sparse tree that mirrors it: a struct is a dict of record names, a list a dict of indices, a
map a dict of its keys; a leaf is JSON. `join` puts the trees back. Compiled once per type; a type without
such members compiles to None and costs nothing.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from backtrail.errors import PluginError
from backtrail.payload import NOTE, SEALED
from backtrail.trail.codec import builtins, convert

T = TypeVar("T", bound=msgspec.Struct)
Tree = dict[str, object]
Split = tuple[Any, Tree | None, Tree | None]  # what stays public, sealed, noted
_Cut = Callable[[Any], Split]
_Paste = Callable[[Any, Any, Any], Any]


class Marked(msgspec.Struct, frozen=True):
    """How one member leaves the record."""

    part: str
    marker: str | None = None
    kept: bool = False
    names: bool = False

    def shown(self, held: Any) -> Any:
        """What the record shows of a value."""
        if self.names:
            return list(held)
        return UNSET if self.marker is None else self.marker


class Parts(msgspec.Struct, frozen=True):
    """The compiled cut of one type."""

    split: Callable[[Any], Split]
    join: Callable[[Any, Tree | None, Tree | None], Any]


@cache
def compiled(kind: type[msgspec.Struct]) -> Parts | None:
    """The cut of a payload type, or None where nothing in it leaves the record.

    Raises `PluginError` for a marked member that has no default: a foreign record never has it.
    """
    return _Compiler().parts(kind)


def split(payload: T) -> tuple[T, Tree | None, Tree | None]:
    """The payload as the record shows it, its sealed tree and its note tree (None where empty)."""
    parts = compiled(type(payload))
    return (payload, None, None) if parts is None else parts.split(payload)


def join(payload: T, sealed: Tree | None, note: Tree | None) -> T:
    """The payload as it was before `split`. Without trees: as the record shows it."""
    parts = compiled(type(payload))
    return payload if parts is None else parts.join(payload, sealed, note)


def marked(annotation: object) -> Marked | None:
    """How a member with this annotation leaves the record, or None."""
    if get_origin(annotation) is Annotated:
        for extra in get_args(annotation)[1:]:
            if isinstance(extra, msgspec.Meta) and extra.extra and "part" in extra.extra:
                told = extra.extra
                return Marked(
                    told["part"], told.get("marker"), told.get("kept", False), told.get("names", False)
                )
        return marked(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return next(filter(None, map(marked, get_args(annotation))), None)
    return None


def plain(annotation: Any) -> Any:
    """An annotation without its marks and without UNSET."""
    if get_origin(annotation) is Annotated:
        return plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [plain(arm) for arm in get_args(annotation) if arm is not UnsetType]
        return inner[0] if len(inner) == 1 else Union[tuple(inner)]  # noqa: UP007
    return annotation


class _Compiler:
    """Compiles one type and all it holds; a type that holds itself meets its own, unfinished, plan."""

    def __init__(self) -> None:
        self.plans: dict[type, _StructPlan] = {}
        self.holding: dict[type, bool] = {}

    def parts(self, kind: type[msgspec.Struct]) -> Parts | None:
        if not self.holds(kind):
            return None
        plan = self.plan(kind)
        return Parts(plan.cut, lambda value, sealed, note: plan.paste(value, sealed, note))

    def holds(self, annotation: Any) -> bool:
        """Whether a marked member lies anywhere in this type."""
        return _holds(annotation, set())

    def plan(self, kind: type[msgspec.Struct]) -> _StructPlan:
        if kind not in self.plans:
            plan = self.plans[kind] = _StructPlan(kind)
            plan.fill(self)
        return self.plans[kind]

    def inner(self, annotation: Any) -> tuple[_Cut, _Paste] | None:
        """How to cut and paste values of a type, or None where nothing in it is marked."""
        if not self.holds(annotation):
            return None
        bare = plain(annotation)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            plan = self.plan(bare)
            return plan.cut, plan.paste
        origin, arguments = get_origin(bare), get_args(bare)
        if origin is list:
            return _list(self.inner(arguments[0]))
        if origin is dict:
            return _map(self.inner(arguments[1]))
        return _union([(arm, self.inner(arm)) for arm in arguments])


def _holds(annotation: Any, seen: set[type]) -> bool:
    if marked(annotation) is not None:
        return True
    bare = plain(annotation)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        if bare in seen:
            return False
        seen.add(bare)
        return any(_holds(hint, seen) for hint in hints(bare).values())
    return any(_holds(argument, seen) for argument in get_args(bare))


@cache
def hints(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """A struct's annotations by attribute, marks included."""
    return typing.get_type_hints(kind, include_extras=True)


class _Leaf(msgspec.Struct, frozen=True):
    """A marked member of a struct."""

    attribute: str
    name: str
    mark: Marked
    kind: Any

    json: bool

    def write(self, held: Any) -> object:
        """The tree's leaf."""
        return held if self.json else builtins(held)

    def read(self, leaf: object) -> Any:
        """The member's value."""
        return leaf if self.json else convert(leaf, self.kind)


def _is_json(kind: Any) -> bool:
    """Whether values of a type are JSON as they are: texts, numbers, and lists and maps of them."""
    if kind in (str, int, bool, float):
        return True
    origin, arguments = get_origin(kind), get_args(kind)
    return origin in (list, dict) and all(_is_json(argument) for argument in arguments)


class _StructPlan:
    """The marked and the holding members of one struct."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        self.kind = kind
        self.leaves: list[_Leaf] = []
        self.parts: dict[str, dict[str, _Leaf]] = {SEALED: {}, NOTE: {}}
        self.nested: list[tuple[str, str, _Cut, _Paste]] = []
        self.held: Callable[[Any], tuple[Any, ...]] = lambda value: ()

    def fill(self, compiler: _Compiler) -> None:
        for field in msgspec.structs.fields(self.kind):
            annotation = hints(self.kind)[field.name]
            mark = marked(annotation)
            if mark is None:
                if inner := compiler.inner(annotation):
                    self.nested.append((field.name, field.encode_name, *inner))
                continue
            if field.required and not mark.kept:
                raise PluginError(
                    f"{self.kind.__name__}.{field.name} is {mark.part}, so a foreign record lacks it:"
                    " give it the default UNSET"
                )
            kind = plain(annotation)
            self._leaf(_Leaf(field.name, field.encode_name, mark, kind, _is_json(kind)))
        if len(self.leaves) == 1:
            only = attrgetter(self.leaves[0].attribute)
            self.held = lambda value: (only(value),)
        elif self.leaves:
            self.held = attrgetter(*(leaf.attribute for leaf in self.leaves))

    def _leaf(self, leaf: _Leaf) -> None:
        self.leaves.append(leaf)
        self.parts[leaf.mark.part][leaf.name] = leaf

    def cut(self, value: Any) -> Split:
        changes: dict[str, object] = {}
        sealed: Tree = {}
        note: Tree = {}
        for leaf, held in zip(self.leaves, self.held(value), strict=True):
            if held is UNSET:
                continue
            (note if leaf.mark.part == NOTE else sealed)[leaf.name] = leaf.write(held)
            if not leaf.mark.kept:
                changes[leaf.attribute] = leaf.mark.shown(held)
        for attribute, name, cut, _ in self.nested:
            held = getattr(value, attribute)
            if held is None or held is UNSET:
                continue
            public, secret, noted = cut(held)
            if secret is not None:
                sealed[name] = secret
            if noted is not None:
                note[name] = noted
            if public is not held:
                changes[attribute] = public
        public = msgspec.structs.replace(value, **changes) if changes else value
        return public, sealed or None, note or None

    def paste(self, value: Any, sealed: Any, note: Any) -> Any:
        if not sealed and not note:
            return value
        sealed, note = sealed or {}, note or {}
        changes: dict[str, object] = {}
        for tree, leaves in ((sealed, self.parts[SEALED]), (note, self.parts[NOTE])):
            for name, held in tree.items():
                if (leaf := leaves.get(name)) is not None:
                    changes[leaf.attribute] = leaf.read(held)
        for attribute, name, _, paste in self.nested:
            secret, noted = sealed.get(name), note.get(name)
            if secret is None and noted is None:
                continue
            held = getattr(value, attribute)
            if held is not UNSET and held is not None:
                changes[attribute] = paste(held, secret, noted)
        return msgspec.structs.replace(value, **changes) if changes else value


def _list(inner: tuple[_Cut, _Paste] | None) -> tuple[_Cut, _Paste]:
    assert inner is not None
    cut_one, paste_one = inner

    def cut(values: list[Any]) -> Split:
        return _cut_all(((str(index), value) for index, value in enumerate(values)), values, cut_one, list)

    def paste(values: list[Any], sealed: Any, note: Any) -> list[Any]:
        sealed, note = sealed or {}, note or {}
        return [
            paste_one(value, sealed.get(str(index)), note.get(str(index)))
            for index, value in enumerate(values)
        ]

    return cut, paste


def _map(inner: tuple[_Cut, _Paste] | None) -> tuple[_Cut, _Paste]:
    assert inner is not None
    cut_one, paste_one = inner

    def cut(values: dict[str, Any]) -> Split:
        return _cut_all(values.items(), values, cut_one, lambda kept: dict(zip(values, kept, strict=True)))

    def paste(values: dict[str, Any], sealed: Any, note: Any) -> dict[str, Any]:
        sealed, note = sealed or {}, note or {}
        return {key: paste_one(value, sealed.get(key), note.get(key)) for key, value in values.items()}

    return cut, paste


def _cut_all(pairs: Any, whole: Any, cut_one: _Cut, build: Callable[[list[Any]], Any]) -> Split:
    kept: list[Any] = []
    sealed: Tree = {}
    note: Tree = {}
    changed = False
    for key, value in pairs:
        public, secret, noted = cut_one(value)
        kept.append(public)
        changed = changed or public is not value
        if secret is not None:
            sealed[key] = secret
        if noted is not None:
            note[key] = noted
    return (build(kept) if changed else whole), sealed or None, note or None


def _union(arms: list[tuple[Any, tuple[_Cut, _Paste] | None]]) -> tuple[_Cut, _Paste]:
    """By the value's own type: a union has at most one list and one map, and structs of different classes."""
    table = {get_origin(plain(arm)) or plain(arm): inner for arm, inner in arms if inner is not None}

    def cut(value: Any) -> Split:
        inner = table.get(type(value))
        return inner[0](value) if inner else (value, None, None)

    def paste(value: Any, sealed: Any, note: Any) -> Any:
        inner = table.get(type(value))
        return inner[1](value, sealed, note) if inner else value

    return cut, paste
