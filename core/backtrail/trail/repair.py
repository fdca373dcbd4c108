"""Parsed JSON bent to fit a payload type, for records that do not decode as they stand.

What real records hold instead of what the model says: text that became a boolean or a number on its way
through XML, one object where a list belongs, lists of one where text belongs (version 1.05), `{"items": []}`
around lists, `{"tag": 1, "content": "…"}` around text, `""` for an empty structure, a redaction marker where
a map belongs, null for a member that was left out, a member's name in another case. Compiled once per type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import UnsetType

from backtrail.trail.codec import convert
from backtrail.trail.jsons import is_list, is_object
from backtrail.trail.parts import hints, marked, plain
from backtrail.trail.times import CloudTime

T = TypeVar("T")
Bend = Callable[[Any], Any]
DROP = object()
"""What a bend answers for a value that tells nothing: the member is left out."""

_WRAPPERS = ("items", "item", "member", "entry")


@cache
def bend(annotation: Any) -> Bend:
    """The function that bends parsed JSON towards a type. It never raises: what does not fit stays."""
    return _compile(annotation, {})


def fitted(value: object, kind: type[Any]) -> object:
    """Parsed JSON bent towards a type, top level included (`DROP` becomes an empty object)."""
    annotation: Any = kind
    bent = bend(annotation)(value)
    return {} if bent is DROP else bent


def restored(value: object, kind: type[T]) -> T:
    """A payload from parsed JSON in the type's own names. Raises `msgspec.ValidationError`."""
    try:
        return convert(value, kind)
    except msgspec.ValidationError:
        return convert(fitted(value, kind), kind)


def text(value: object) -> object:
    """Text that XML's way into JSON turned into a boolean or a number; and out of its wrappers."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value


def unwrapped(value: object) -> object:
    """One value out of `{"tag": 1, "content": …}` or a list of one."""
    if is_object(value) and "content" in value and value.keys() <= {"tag", "content"}:
        return value["content"]
    if is_list(value) and len(value) == 1:
        return value[0]
    return value


def listed(value: object) -> list[Any]:
    """A list, whatever stands for it: `items` or `item` around it, one object alone, `""` or `{}`."""
    if is_list(value):
        return value
    if value in ("", {}) or value is None:
        return []
    if is_object(value) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if name in _WRAPPERS:
            return listed(inner)
    return [value]


def _compile(annotation: Any, known: dict[Any, Bend]) -> Bend:
    bare = plain(annotation)
    if bare in known:
        return lambda value: known[bare](value)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return _struct(bare, known)
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is list:
        return _list(_compile(arguments[0], known))
    if origin is dict:
        return _map(_compile(arguments[1], known))
    if arguments:
        return _optional(arguments, known)
    return _SCALARS.get(bare, _time if isinstance(bare, type) and issubclass(bare, CloudTime) else _same)


def _struct(kind: type[msgspec.Struct], known: dict[Any, Bend]) -> Bend:
    members: dict[str, tuple[str, Bend, bool]] = {}
    known[kind] = lambda value: bend_struct(value)
    for field in msgspec.structs.fields(kind):
        annotation = hints(kind)[field.name]
        hides = marked(annotation) is not None and plain(annotation) is not str
        members[field.encode_name] = (field.encode_name, _compile(annotation, known), hides)
    others = {name.casefold(): name for name in members}

    def bend_struct(value: Any) -> Any:
        value = {} if value == "" else unwrapped(value)
        if not is_object(value):
            return value
        out: dict[str, object] = {}
        for key, held in value.items():
            name = key if key in members else others.get(key.casefold())
            if name is None or (name != key and name in value):
                continue
            encoded, bend_member, hides = members[name]
            if held is None or (hides and _stands_for(held)):
                continue
            if (bent := bend_member(held)) is not DROP:
                out[encoded] = bent
        return out

    return bend_struct


def _stands_for(held: object) -> bool:
    """Whether a marker, or the list of its keys, stands where a hidden structure, map or number was."""
    return isinstance(held, str) or (is_list(held) and all(isinstance(one, str) for one in held))


def _list(bend_one: Bend) -> Bend:
    def bend_list(value: Any) -> Any:
        return [bent for held in listed(value) if (bent := bend_one(held)) is not DROP]

    return bend_list


def _map(bend_one: Bend) -> Bend:
    def bend_map(value: Any) -> Any:
        if value == "":
            return {}
        if not is_object(value):
            return value
        return {key: bent for key, held in value.items() if (bent := bend_one(held)) is not DROP}

    return bend_map


def _optional(arms: tuple[Any, ...], known: dict[Any, Bend]) -> Bend:
    """A union: null stays where it may stand, all else bends towards the first arm."""
    nullable = type(None) in arms
    inner = [_compile(arm, known) for arm in arms if arm not in (type(None), UnsetType)]
    first = inner[0] if inner else _same
    return lambda value: None if value is None and nullable else first(value)


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    value = unwrapped(value)
    return "" if value == {} else text(value)  # EC2's `"noDevice": {}`


def _number(value: Any) -> Any:
    value = unwrapped(value)
    return DROP if value == "" else value


def _truth(value: Any) -> Any:
    value = unwrapped(value)
    if isinstance(value, str):
        return {"true": True, "false": False, "": DROP}.get(value.strip().lower(), value)
    return value


def _time(value: Any) -> Any:
    value = unwrapped(value)
    return DROP if value == "" else value


_SCALARS: dict[Any, Bend] = {str: _text, int: _number, float: _number, bool: _truth}
