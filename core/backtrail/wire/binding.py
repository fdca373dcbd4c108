"""How the members of a shape and the attributes of a payload type belong together.

A payload type (`kind`) is a Struct whose attributes are the API's members in snake case. Where there is none
(an action that no plugin has, a member that the plugin left untyped) the value is a plain dict with
CloudTrail's names: the API's, first letter lowered.
"""

from __future__ import annotations

import hashlib
import operator
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

from backtrail.blob import Blob
from backtrail.model import Member, Model, Shape
from backtrail.trail.casing import lower_first, snake

if TYPE_CHECKING:
    from typing_extensions import TypeIs

Kind = type[msgspec.Struct] | None
Made = dict[str, object]
"""What was read of a structure so far, by `Field.key`."""


class Incomplete(Exception):
    """A required member of a payload type is missing: there is nothing to make it of."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a shape, bound to its place in the payload.

    `key` is the attribute of the Struct, or the key in the plain dict. `hint` is the attribute's type without
    `UNSET`, `None` and annotations; None where there is no Struct.
    """

    member_name: str
    key: str
    member: Member
    shape: Shape
    hint: object


def fields(model: Model, shape: Shape, kind: Kind) -> list[Field]:
    """The members of a structure that the payload type has; all of them where there is no type."""
    hints = _hints(kind) if kind is not None else None
    found: list[Field] = []
    for name, member in shape.members.items():
        key = lower_first(name) if hints is None else snake(name)
        if hints is None or key in hints:
            hint = hints[key] if hints is not None else None
            found.append(
                Field(member_name=name, key=key, member=member, shape=model.shapes[member.shape], hint=hint)
            )
    return found


def maker(kind: Kind) -> Callable[[Made], object]:
    """Makes the payload of what was read. Raises `Incomplete` where a member without default is missing."""
    if kind is None:
        return lambda made: made
    build: Callable[..., object] = kind

    def make(made: Made) -> object:
        try:
            return build(**made)
        except TypeError as error:
            raise Incomplete(str(error)) from error

    return make


def getter(kind: Kind, key: str) -> Callable[[Any], object]:
    """Reads one member of a payload; `UNSET` or None where it is not there."""
    if kind is None:
        return lambda value: value.get(key, UNSET)
    return operator.attrgetter(key)


def kind_of(hint: object) -> Kind:
    """The Struct that a hint names, None for anything else."""
    return hint if isinstance(hint, type) and issubclass(hint, msgspec.Struct) else None


def item_of(hint: object) -> object:
    """The type of a list's items or of a map's values."""
    arguments = get_args(hint)
    if not arguments:
        return None
    origin = get_origin(hint)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _bare(arguments[1])
    return _bare(arguments[0])


def moment_maker(hint: object) -> Callable[[datetime], datetime] | None:
    """Makes a payload's own kind of time; None where the wire's will do."""
    if isinstance(hint, type) and issubclass(hint, datetime) and hint is not datetime:
        return typing.cast("Callable[[datetime], datetime]", getattr(hint, "of", None))
    return None


def is_map(value: object) -> TypeIs[dict[str, Any]]:
    """Whether a value is a tree's map."""
    return type(value) is dict


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether a value is a tree's list."""
    return type(value) is list


def hint_of(value: Any) -> object:
    """The hint that a value itself gives, where no type declares it: `[Reason(), ...]` -> `list[Reason]`."""
    if isinstance(value, msgspec.Struct):
        return type(value)
    if is_list(value) and value:
        return types.GenericAlias(list, (hint_of(value[0]),))
    if is_map(value) and value:
        return types.GenericAlias(dict, (str, hint_of(next(iter(value.values())))))
    return None


def blob_of(data: bytes) -> Blob:
    """The handle of a body that is in hand."""
    return Blob(size=len(data), md5=hashlib.md5(data, usedforsecurity=False).hexdigest(), data=data)


@cache
def _hints(kind: type[msgspec.Struct]) -> dict[str, object]:
    return {name: _bare(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}


def _bare(hint: object) -> object:
    """A type without annotations, `None` and `UNSET`: `Sealed[str] | UnsetType` -> `str`."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _bare(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        rest = [part for part in get_args(hint) if part not in (type(None), UnsetType)]
        return _bare(rest[0]) if len(rest) == 1 else None
    return hint
