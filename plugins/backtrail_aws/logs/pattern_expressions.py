"""Conditions in filter patterns: `a && (b || c)`, and the comparisons in them.

JSON and space-delimited patterns share all but the left side of a comparison.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import partial

import msgspec

from backtrail_aws.logs import errors

Scalar = str | int | float | bool | None
Test = Callable[[Scalar], bool]

DEPTH_MAX = 30
"""Parentheses within parentheses; more is taken for no pattern."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>&&|\|\||!=|<=|>=|[()=<>])
      | (?P<quoted>"(?:\\.|[^"\\])*")
      | (?P<regex>%(?:\\.|[^%\\])*%)
      | (?P<selector>\$(?:\.?\[\s*(?:\d+|\*|'[^']*'|"[^"]*")\s*\]|\.[\w\-:/@]+)*)
      | (?P<word>[^\s()&|=<>!"%,{}\[\]]+)
    )""",
    re.X,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ESCAPE = re.compile(r"\\(.)", re.S)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html, and blanks within
_REGEX = re.compile(r"(?:\\x[0-9A-Fa-f]{2}|\\[ -~]|[A-Za-z0-9 :_#=@/;,\-^$?\[\]{}|*+.])+")
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class BadPattern(ValueError):
    """A pattern that does not follow the syntax; says so in AWS's words."""


class Token(msgspec.Struct, frozen=True):
    """One word of a condition: `kind` is mark, quoted, regex, selector, word, or end."""

    kind: str
    text: str


END = Token("end", "")


def tokens(text: str) -> list[Token]:
    """The words of a condition. Raises `BadPattern`."""
    found: list[Token] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadPattern(errors.bad_term(text[at:].strip()[:1]))
        kind = match.lastgroup or ""
        found.append(Token(kind, match.group(kind)))
        at = match.end()
    return [*found, END]


class Reader:
    """Tokens that are read from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens, self._at, self._depth = tokens(text), 0, 0

    @property
    def next(self) -> Token:
        """The token ahead."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """The token ahead, and go on."""
        found = self._tokens[self._at]
        if found is not END:
            self._at += 1
        return found

    def takes(self, mark: str) -> bool:
        """Go on if a mark is ahead."""
        found = self.next.kind == "mark" and self.next.text == mark
        if found:
            self._at += 1
        return found

    def expect(self, mark: str) -> None:
        """Go on over a mark. Raises `BadPattern` where it is missing."""
        if not self.takes(mark):
            raise BadPattern("Invalid filter pattern")

    def enter(self) -> None:
        """Go one pair of parentheses deeper."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise BadPattern("Invalid filter pattern")

    def leave(self) -> None:
        """Come out of a pair of parentheses."""
        self.expect(")")
        self._depth -= 1


Condition = Callable[[object], bool]
"""Whether what is searched (a JSON value, the fields of a line) fulfils a condition."""


def condition(reader: Reader, primary: Callable[[Reader], Condition]) -> Condition:
    """`a || b && (c)`: `&&` binds closer. `primary` reads one comparison."""
    either = [_both(reader, primary)]
    while reader.takes("||"):
        either.append(_both(reader, primary))
    return either[0] if len(either) == 1 else lambda it: any(one(it) for one in either)


def _both(reader: Reader, primary: Callable[[Reader], Condition]) -> Condition:
    every = [_unit(reader, primary)]
    while reader.takes("&&"):
        every.append(_unit(reader, primary))
    return every[0] if len(every) == 1 else lambda it: all(one(it) for one in every)


def _unit(reader: Reader, primary: Callable[[Reader], Condition]) -> Condition:
    if not reader.takes("("):
        return primary(reader)
    reader.enter()
    found = condition(reader, primary)
    reader.leave()
    return found


def comparison(reader: Reader) -> Test:
    """`= value`, `>= 3`, `!= "a*"`, `= %regex%`: what stands right of the left side."""
    mark = reader.take()
    value = reader.take()
    if mark.kind != "mark" or value.kind not in ("word", "quoted", "regex", "selector"):
        raise BadPattern("Invalid filter pattern")
    if mark.text in ("=", "!="):
        return _equality(value) if mark.text == "=" else partial(_not, _equality(value))
    order = _ORDERS.get(mark.text)
    if order is None or value.kind != "word" or _NUMBER.fullmatch(value.text) is None:
        raise BadPattern("Invalid filter pattern")
    return partial(_ordered, order, float(value.text))


def _equality(value: Token) -> Test:
    if value.kind == "regex":
        found = regex(value.text)
        return lambda it: it is not None and found.search(text_of(it)) is not None
    text = unquoted(value)
    if value.kind == "word" and _NUMBER.fullmatch(text):
        return partial(_equal_number, float(text), text)
    return wildcard(text)


def _not(test: Test, it: Scalar) -> bool:
    return not test(it)


def _ordered(order: Callable[[float, float], bool], limit: float, it: Scalar) -> bool:
    number = number_of(it)
    return number is not None and order(number, limit)


def _equal_number(number: float, text: str, it: Scalar) -> bool:
    return number_of(it) == number or text_of(it) == text


def wildcard(text: str) -> Test:
    """Equal to a text, which may have an asterisk at its beginning, at its end, or both: elsewhere it is a letter."""
    if text.strip("*") == "" and text:
        return lambda it: True
    head, tail, core = text.startswith("*"), text.endswith("*"), text.strip("*")
    if head and tail:
        return lambda it: core in text_of(it)
    if head:
        return lambda it: text_of(it).endswith(core)
    if tail:
        return lambda it: text_of(it).startswith(core)
    return lambda it: text_of(it) == text


def regex(token: str) -> re.Pattern[str]:
    """The regular expression between two percent signs. Raises `BadPattern` for what the service does not take."""
    body = token[1:-1]
    if _REGEX.fullmatch(body) is None:
        raise BadPattern(errors.bad_term(token))
    try:
        return re.compile(body)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern("Invalid filter pattern") from error


def unquoted(value: Token) -> str:
    """A token's text, without quotes and escapes where it had them."""
    return _ESCAPE.sub(r"\1", value.text[1:-1]) if value.kind == "quoted" else value.text


def text_of(it: Scalar) -> str:
    """A value as it is compared with text."""
    if it is None:
        return "null"
    if isinstance(it, bool):
        return "true" if it else "false"
    return it if isinstance(it, str) else str(it)


def number_of(it: Scalar) -> float | None:
    """A value as a number; None where it is none."""
    if isinstance(it, bool) or it is None:
        return None
    if isinstance(it, str):
        return float(it) if _NUMBER.fullmatch(it) else None
    return float(it)
