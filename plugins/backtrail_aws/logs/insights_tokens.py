"""The words of a query: `fields @timestamp | filter level = "x" and ms > 5 | stats count(*) by bin(5m)`."""

from __future__ import annotations

import re

import msgspec

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<duration>\d+(?:msec|ms|sec|s|min|mon|mo|m|hr|h|d|w|qtr|q|yr|y)\b)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<field>`[^`]+`)
      | (?P<name>[A-Za-z_@][\w@]*(?:\.[\w@]+)*)
      | (?P<mark>=~|!=|<=|>=|[|(),\[\]=<>+\-*/%^])
    """,
    re.X,
)
_REGEX = re.compile(r"/(?P<body>(?:\\.|[^/\\])+)/")
_BEFORE_REGEX = ("like", "=~")


class BadQuery(ValueError):
    """A query that cannot be understood, and where."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


class Token(msgspec.Struct, frozen=True):
    """One word: `kind` is duration, number, string, field, name, mark, regex, or end."""

    kind: str
    text: str
    start: int
    end: int


def tokens(query: str) -> list[Token]:
    """The words of a query, and the end. Raises `BadQuery`."""
    found: list[Token] = []
    command, at = "", 0
    while at < len(query):
        last = found[-1].text.lower() if found else "|"
        regex = _REGEX.match(query, at) if last in _BEFORE_REGEX or command == "parse" else None
        if regex is not None:
            found.append(Token("regex", regex["body"], at, regex.end()))
            at = regex.end()
            continue
        match = _TOKEN.match(query, at)
        if match is None:
            raise unexpected(query, at, query[at])
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, match[kind], at, match.end()))
            if last == "|":
                command = match[kind].lower()
        at = match.end()
    return [*found, Token("end", "", len(query), len(query))]


def unexpected(query: str, at: int, text: str) -> BadQuery:
    """What is wrong with a query, and where."""
    line = query.count("\n", 0, at) + 1
    position = at - (query.rfind("\n", 0, at) + 1)
    found = text or "end of the query"
    return BadQuery(
        f"unexpected symbol found {found} at line {line} and position {position}", at, at + len(text)
    )
