"""Patterns with wildcards, and the policy variables in them.

`*` is any text and `?` any letter: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
A variable is `${aws:username}`, with a default `${aws:username, 'nobody'}`; `${*}`, `${?}` and `${$}` are letters:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html. What a variable stands for is
never read as a pattern itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

Matcher = Callable[[str], bool]

STAR: Final = "\ud800"
ANY: Final = "\ud801"
"""What stands for the two wildcards in a marked pattern: halves of letters, which no JSON text holds alone."""

_VARIABLE = re.compile(r"\$\{\s*(?:([*?$])|([^\s,{}'][^,{}']*?)\s*(?:,\s*'([^']*)'\s*)?)\s*\}")


class Context(Protocol):
    """The request's condition keys, in small letters."""

    def get(self, key: str, /) -> tuple[str, ...] | None:
        """The values of a key, None where the request has no such key."""
        ...


class Variable(NamedTuple):
    """A policy variable, its key in small letters."""

    key: str
    default: str | None


Template = tuple[str | Variable, ...]
"""A text in parts: what stays as it is (marked where it is a pattern), and variables."""


def parse(text: str, *, wild: bool, variables: bool) -> str | Template:
    """A policy's text: marked where it is a pattern (`wild`); a Template where it has variables."""
    mark = marked if wild else str
    if not variables or "${" not in text:
        return mark(text)
    parts: list[str | Variable] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts.append(mark(text[end : found.start()]))
        letter, key, default = found.groups()
        parts.append(letter if letter is not None else Variable(key.lower(), default))
        end = found.end()
    parts.append(mark(text[end:]))
    if any(isinstance(part, Variable) for part in parts):
        return tuple(parts)
    return "".join(part for part in parts if isinstance(part, str))


def marked(text: str) -> str:
    """A text with its wildcards told from letters."""
    return text.replace("*", STAR).replace("?", ANY)


def fill(template: Template, context: Context) -> str | None:
    """A template with the request's values put in; None where a variable has none (nor a default).

    Keys of several values are no variables:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    filled: list[str] = []
    for part in template:
        if isinstance(part, str):
            filled.append(part)
            continue
        values = context.get(part.key)
        value = values[0] if values is not None and len(values) == 1 else part.default
        if value is None:
            return None
        filled.append(value)
    return "".join(filled)


@lru_cache(maxsize=16384)
def matcher(pattern: str) -> Matcher:
    """Whether a text matches a marked pattern. Never slower than the product of both lengths."""
    if STAR not in pattern and ANY not in pattern:
        return pattern.__eq__
    if pattern == STAR:
        return _always
    pieces = pattern.split(STAR)
    if ANY not in pattern and len(pieces) == 2:
        return _around(*pieces)
    if len(pieces) == 1:
        return _exactly(_piece(pattern))
    return _between([_piece(piece) for piece in pieces])


def one_of(matchers: Sequence[Matcher]) -> Matcher:
    """Whether a text matches one of several patterns."""
    if len(matchers) == 1:
        return matchers[0]

    def match(text: str) -> bool:
        for one in matchers:  # noqa: SIM110 (a generator costs more than the patterns)
            if one(text):
                return True
        return False

    return match


def _always(text: str) -> bool:
    return True


def _around(head: str, tail: str) -> Matcher:
    if not tail:
        return lambda text: text.startswith(head)
    least = len(head) + len(tail)
    return lambda text: len(text) >= least and text.startswith(head) and text.endswith(tail)


class _Piece(NamedTuple):
    """What stands between two stars: as long as `size`, found by `find` from a position on (-1: nowhere)."""

    size: int
    find: Callable[[str, int], int]
    at: Callable[[str, int], bool]


def _piece(pattern: str) -> _Piece:
    return _text_piece(pattern) if ANY not in pattern else _loose_piece(pattern)


def _text_piece(pattern: str) -> _Piece:
    def find(text: str, start: int) -> int:
        return text.find(pattern, start)

    def at(text: str, start: int) -> bool:
        return text.startswith(pattern, start)

    return _Piece(len(pattern), find, at)


def _loose_piece(pattern: str) -> _Piece:
    letters = ("." if letter == ANY else re.escape(letter) for letter in pattern)
    compiled = re.compile("".join(letters), re.DOTALL)

    def find(text: str, start: int) -> int:
        found = compiled.search(text, start)
        return found.start() if found is not None else -1

    def at(text: str, start: int) -> bool:
        return compiled.match(text, start) is not None

    return _Piece(len(pattern), find, at)


def _exactly(piece: _Piece) -> Matcher:
    return lambda text: len(text) == piece.size and piece.at(text, 0)


def _between(pieces: list[_Piece]) -> Matcher:
    """The first piece at the start, the last at the end, the others in order as early as they come."""
    first, *middle, last = pieces
    middle = [piece for piece in middle if piece.size]

    def match(text: str) -> bool:
        end = len(text) - last.size
        if end < first.size or not first.at(text, 0) or not last.at(text, end):
            return False
        position = first.size
        for piece in middle:
            position = piece.find(text, position)
            if position < 0:
                return False
            position += piece.size
        return position <= end

    return match
