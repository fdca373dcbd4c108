"""Where the statements of a policy stand in its text, and which condition keys they ask for.

Positions are those of AWS's simulator: lines and columns from 1, a column being that of the next letter to be read;
a statement begins where the one before it (or the list's bracket) ends.
https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html (the example)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from backtrail.trail.jsons import is_list, is_object

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_VARIABLE: Final = re.compile(r"\$\{\s*([^\s,{}*?$'][^,{}']*?)\s*(?:,[^{}]*)?\}")
_OPEN_ENDED: Final = json.JSONDecoder()


class Position(NamedTuple):
    """A place in a text."""

    line: int
    column: int


@lru_cache(maxsize=256)
def spans(text: str) -> tuple[tuple[Position, Position], ...]:
    """From where to where each statement stands. Raises `ValueError` for what is no policy."""
    at, begun = _member(text, "Statement")
    if text[begun] != "[":
        _, end = _OPEN_ENDED.raw_decode(text, begun)
        return ((_position(text, begun + 1), _position(text, end)),)
    found: list[tuple[Position, Position]] = []
    at, before = _skip(text, begun + 1), begun + 1
    while text[at] != "]":
        _, end = _OPEN_ENDED.raw_decode(text, at)
        found.append((_position(text, before), _position(text, end)))
        at = _skip(text, end)
        if text[at] == ",":
            before, at = at + 1, _skip(text, at + 1)
    return tuple(found)


def _member(text: str, name: str) -> tuple[int, int]:
    """Where a member's key and value begin, in the outermost object."""
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("a policy is no object")
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, end = _OPEN_ENDED.raw_decode(text, at)
        value = _skip(text, text.index(":", end) + 1)
        if key == name:
            return at, value
        _, end = _OPEN_ENDED.raw_decode(text, value)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    raise ValueError(f"a policy has no {name}")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def _position(text: str, at: int) -> Position:
    return Position(text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1)


@lru_cache(maxsize=256)
def keys(text: str) -> tuple[tuple[str, ...], ...]:
    """The condition keys that each statement asks for, its variables among them, in order. Raises `ValueError`."""
    found: object = json.loads(text)
    held = found.get("Statement") if is_object(found) else None
    statements: list[object] = list(held) if is_list(held) else [held]
    return tuple(tuple(dict.fromkeys(_asked(statement))) for statement in statements)


def _asked(statement: object) -> Iterator[str]:
    if not is_object(statement):
        return
    for member in ("Resource", "NotResource"):
        yield from _variables(statement.get(member))
    conditions = statement.get("Condition")
    for asked in conditions.values() if is_object(conditions) else ():
        if is_object(asked):
            for key, values in asked.items():
                yield key
                yield from _variables(values)


def _variables(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _VARIABLE.findall(value)
    elif is_list(value):
        for one in value:
            yield from _variables(one)
