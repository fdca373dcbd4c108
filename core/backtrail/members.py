"""What parameters and answers have in common: their members are named alike."""

from __future__ import annotations

import types
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from backtrail.payload import UNSET, UnsetType

T = TypeVar("T", bound=msgspec.Struct)


def _types(held: object) -> frozenset[object]:
    several = get_args(held) if get_origin(held) in (Union, types.UnionType) else (held,)
    return frozenset(several) - {UnsetType}


@cache
def common(source: type[msgspec.Struct], target: type[msgspec.Struct]) -> tuple[str, ...]:
    """The members that two types have under one name and of one type."""
    wanted = {one.name: _types(one.type) for one in msgspec.structs.fields(target)}
    return tuple(
        one.name for one in msgspec.structs.fields(source) if wanted.get(one.name) == _types(one.type)
    )


def taken(source: msgspec.Struct, target: type[msgspec.Struct]) -> dict[str, Any]:
    """What a struct tells of the members of a type."""
    return {
        name: value for name in common(type(source), target) if (value := getattr(source, name)) is not UNSET
    }


def over(base: T, *sources: msgspec.Struct | UnsetType | None, without: Iterable[str] = ()) -> T:
    """A struct with all that the sources tell, the last of them first."""
    found: dict[str, Any] = {}
    for source in sources:
        if isinstance(source, msgspec.Struct):
            found |= taken(source, type(base))
    for name in without:
        found.pop(name, None)
    return msgspec.structs.replace(base, **found) if found else base


def changed(base: T, **members: Any) -> T:
    """A struct with some members replaced, those left out that are UNSET."""
    return msgspec.structs.replace(
        base, **{name: value for name, value in members.items() if value is not UNSET}
    )
