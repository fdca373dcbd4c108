"""EC2 says the same thing in many types: what a template, a spot request and a launch have in common.

`cast` makes one of the other: members of the same name go over, member by member, however deep.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from backtrail import UNSET, UnsetType

T = TypeVar("T", bound=msgspec.Struct)


def cast(value: msgspec.Struct, kind: type[T], **members: Any) -> T:
    """A Struct of another type with the members that both have; `members` are those that are named otherwise."""
    made: dict[str, Any] = {}
    for name, convert in _members(kind).items():
        held = getattr(value, name, UNSET)
        if held is not UNSET:
            made[name] = convert(held)
    return kind(**{**made, **members})


def filled(value: T) -> T | UnsetType:
    """A Struct that says something; UNSET for one that says nothing, which no record would show."""
    empty = all(getattr(value, name) is UNSET for name in value.__struct_fields__)
    return UNSET if empty else value


def merged(under: T, over: T) -> T:
    """The members of `over`, and of `under` where that has none; Structs are merged member by member."""
    made: dict[str, Any] = {}
    for name in over.__struct_fields__:
        low, high = getattr(under, name), getattr(over, name)
        if isinstance(low, msgspec.Struct) and isinstance(high, msgspec.Struct):
            made[name] = merged(low, high)
        else:
            made[name] = low if high is UNSET else high
    return type(over)(**made)


@cache
def _members(kind: type[msgspec.Struct]) -> dict[str, Callable[[Any], Any]]:
    return {one.name: _converter(one.type) for one in msgspec.structs.fields(kind)}


def _converter(hint: Any) -> Callable[[Any], Any]:
    """How a value becomes one of a type."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return lambda value: cast(value, hint)
    origin = get_origin(hint)
    if origin is Annotated:
        return _converter(get_args(hint)[0])
    if origin in (Union, UnionType):
        inner = [_converter(one) for one in get_args(hint)]
        return next((one for one in inner if one is not _same), _same)
    if origin is list:
        one = _converter(get_args(hint)[0])
        return _same if one is _same else lambda values: [one(value) for value in values]
    return _same


def _same(value: Any) -> Any:
    return value
