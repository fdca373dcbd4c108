"""Filter patterns for JSON: `{ $.eventName = "UpdateTrail" && $.users[0].id > 1 }`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec

from backtrail_aws.logs.pattern_expressions import (
    END,
    BadPattern,
    Condition,
    Reader,
    Scalar,
    Test,
    comparison,
    condition,
    text_of,
)

_STEP = re.compile(
    r"""\.?\[\s*(?:(?P<index>\d+)|(?P<any>\*)|'(?P<one>[^']*)'|"(?P<two>[^"]*)")\s*\]
      | \.(?P<name>[\w\-:/@]+)""",
    re.X,
)
_decode = msgspec.json.Decoder().decode
_WORDS: dict[str, Callable[[object], bool]] = {
    "NULL": lambda it: it is None,
    "TRUE": lambda it: it is True,
    "FALSE": lambda it: it is False,
}

Step = str | int | None
"""A property, a place in an array, or (None) any place in it."""


class JsonPattern(msgspec.Struct, frozen=True):
    """A compiled pattern: its condition, and the selectors in it."""

    holds: Condition
    selectors: tuple[tuple[str, tuple[Step, ...]], ...]

    def matches(self, message: str) -> bool:
        """Whether a message is JSON that fulfils the condition."""
        found = _read(message)
        return found is not _NO_JSON and self.holds(found)

    def extracted(self, message: str) -> dict[str, str]:
        """The values that the pattern's selectors find in a message."""
        found = _read(message)
        values: dict[str, str] = {}
        for text, steps in self.selectors:
            value = next(_select(found, steps), _NO_JSON)
            if _is_scalar(value):
                values[text] = text_of(cast("Scalar", value))
        return values


def compiled(pattern: str) -> JsonPattern:
    """The pattern between the braces. Raises `BadPattern`."""
    selectors: dict[str, tuple[Step, ...]] = {}

    def primary(reader: Reader) -> Condition:
        token = reader.take()
        if token.kind != "selector":
            raise BadPattern("Invalid filter pattern")
        steps = selectors[token.text] = _steps(token.text)
        return _named(reader, steps) or _compared(steps, comparison(reader))

    reader = Reader(pattern)
    holds = condition(reader, primary)
    if reader.next is not END:
        raise BadPattern("Invalid filter pattern")
    return JsonPattern(holds, tuple(selectors.items()))


def _named(reader: Reader, steps: tuple[Step, ...]) -> Condition | None:
    """`IS NULL`, `IS TRUE`, `NOT EXISTS`, …; None where a comparison stands."""
    word = reader.next.text.upper() if reader.next.kind == "word" else ""
    if word not in ("IS", "NOT", "EXISTS"):
        return None
    reader.take()
    if word == "EXISTS":
        return lambda root: next(_select(root, steps), _NO_JSON) is not _NO_JSON
    what = reader.take().text.upper()
    if word == "NOT" and what == "EXISTS":
        return lambda root: next(_select(root, steps), _NO_JSON) is _NO_JSON
    test = _WORDS.get(what) if word == "IS" else None
    if test is None:
        raise BadPattern("Invalid filter pattern")
    return lambda root: any(test(value) for value in _select(root, steps))


def _compared(steps: tuple[Step, ...], test: Test) -> Condition:
    """A value node that passes. What is missing, an object or an array passes nothing, not even `!=`."""
    return lambda root: any(
        test(cast("Scalar", value)) for value in _select(root, steps) if _is_scalar(value)
    )


def _steps(selector: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for found in _STEP.finditer(selector, 1):
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["any"] is not None:
            steps.append(None)
        else:
            names = (found["one"], found["two"], found["name"])
            steps.append(next(name for name in names if name is not None))
    return tuple(steps)


def _select(root: object, steps: tuple[Step, ...]) -> Iterator[object]:
    """The nodes that a selector names: several where it has `[*]`."""
    for place, step in enumerate(steps):
        if isinstance(step, str):
            if not isinstance(root, dict) or step not in root:
                return
            root = cast("dict[str, Any]", root)[step]
        elif not isinstance(root, list):
            return
        elif step is None:
            for item in cast("list[Any]", root):
                yield from _select(item, steps[place + 1 :])
            return
        else:
            items = cast("list[Any]", root)
            if step >= len(items):
                return
            root = items[step]
    yield root


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


_NO_JSON = object()


def _read(message: str) -> object:
    if message.lstrip()[:1] not in ("{", "["):
        return _NO_JSON
    try:
        return cast("object", _decode(message))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _NO_JSON
