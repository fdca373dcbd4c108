"""Filter patterns for lines of fields between blanks: `[ip, user, ..., status = 4*, bytes > 1000]`."""

from __future__ import annotations

import re
from typing import cast

import msgspec

from backtrail_aws.logs import errors
from backtrail_aws.logs.pattern_expressions import END, BadPattern, Condition, Reader, comparison, condition

_FIELD = re.compile(r'\[(?P<bracket>[^\]]*)\]|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bare>\S+)')
_PIECE = re.compile(r'(?:"(?:\\.|[^"\\])*"|%(?:\\.|[^%\\])*%|[^,"%])+|,')
_NAME = re.compile(r"[\w\-]+")
_ELLIPSIS = ("...", "\u2026")


class _Column(msgspec.Struct, frozen=True):
    """One field of a pattern: its name (empty: its place is its name), and what it must fulfil."""

    name: str = ""
    holds: Condition | None = None


class FieldsPattern(msgspec.Struct, frozen=True):
    """A compiled pattern: the fields before the ellipsis and after it (None where there is none)."""

    head: tuple[_Column, ...]
    tail: tuple[_Column, ...] | None

    def matches(self, message: str) -> bool:
        """Whether a line has as many fields, and they fulfil their conditions."""
        return self._found(message) is not None

    def extracted(self, message: str) -> dict[str, str]:
        """`$name` -> value for each field, `$3` for one without a name."""
        return self._found(message) or {}

    def _found(self, message: str) -> dict[str, str] | None:
        fields = split(message)
        columns = self._columns(len(fields))
        if columns is None:
            return None
        values: dict[str, str] = {}
        for place, (column, value) in enumerate(zip(columns, fields, strict=True), 1):
            if column.holds is not None and not column.holds(value):
                return None
            values[f"${column.name or place}"] = value
        return values

    def _columns(self, count: int) -> tuple[_Column, ...] | None:
        """A column for each of so many fields; None where they do not fit."""
        if self.tail is None:
            return self.head if len(self.head) == count else None
        missing = count - len(self.head) - len(self.tail)
        return (*self.head, *(_Column(),) * missing, *self.tail) if missing >= 0 else None


def split(message: str) -> list[str]:
    """A line's fields: what stands in brackets or quotes is one."""
    found: list[str] = []
    for match in _FIELD.finditer(message):
        inner = match["bracket"] if match["bracket"] is not None else match["quoted"]
        found.append(match["bare"] if inner is None else inner)
    return found


def compiled(pattern: str) -> FieldsPattern:
    """The pattern between the brackets. Raises `BadPattern`."""
    pieces = _pieces(pattern)
    places = [place for place, piece in enumerate(pieces) if piece in _ELLIPSIS]
    if len(places) > 1 or (len(pieces) == 1 and not pieces[0]):
        raise BadPattern("Invalid filter pattern")
    if not places:
        return FieldsPattern(tuple(map(_column, pieces)), None)
    head, tail = pieces[: places[0]], pieces[places[0] + 1 :]
    return FieldsPattern(tuple(map(_column, head)), tuple(map(_column, tail)))


def _pieces(pattern: str) -> list[str]:
    pieces, current, at = list[str](), "", 0
    while at < len(pattern):
        found = _PIECE.match(pattern, at)
        if found is None:
            raise BadPattern(errors.bad_term(pattern[at]))
        if found[0] == ",":
            pieces.append(current.strip())
            current = ""
        else:
            current += found[0]
        at = found.end()
    return [*pieces, current.strip()]


def _column(piece: str) -> _Column:
    if not piece or _NAME.fullmatch(piece):
        return _Column(name=piece)
    names: dict[str, None] = {}

    def primary(reader: Reader) -> Condition:
        token = reader.take()
        if token.kind != "word" or _NAME.fullmatch(token.text) is None:
            raise BadPattern(errors.bad_term(token.text))
        names[token.text] = None
        test = comparison(reader)
        return lambda value: test(cast("str", value))

    reader = Reader(piece)
    holds = condition(reader, primary)
    if reader.next is not END or len(names) != 1:  # a condition tells of its own field alone
        # evidence: https://github.com/awsdocs/amazon-cloudwatch-logs-user-guide/issues/21
        raise BadPattern("Invalid filter pattern")
    return _Column(name=next(iter(names)), holds=holds)
