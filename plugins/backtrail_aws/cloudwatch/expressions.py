"""Metric math: what an expression says, as a tree.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache

import msgspec


class Wrong(ValueError):
    """An expression that is none."""


class NotHere(ValueError):
    """An expression that AWS would know, and we do not: Metrics Insights, anomaly bands."""


class Number(msgspec.Struct, frozen=True):
    """A number."""

    value: float


class Text(msgspec.Struct, frozen=True):
    """What stands in quotes."""

    value: str


class Name(msgspec.Struct, frozen=True):
    """The id of a query, or a word that a function knows (`REPEAT`)."""

    value: str


class Many(msgspec.Struct, frozen=True):
    """`[m1, m2]`"""

    items: tuple[Node, ...]


class Operation(msgspec.Struct, frozen=True):
    """Two sides and what stands between; a sign has 0 on its left."""

    sign: str
    left: Node
    right: Node


class Function(msgspec.Struct, frozen=True):
    """A function with what it is given; its name in capitals."""

    name: str
    given: tuple[Node, ...]


Node = Number | Text | Name | Many | Operation | Function

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<sign>>=|<=|==|!=|&&|\|\||[-+*/^<>(),\[\]]))"
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("OR",), ("AND",), ("==", "!=", "<", ">", "<=", ">="), ("+", "-"), ("*", "/"),
)  # fmt: skip
_WORDS = {"&&": "AND", "||": "OR"}
_DEEPEST = 60


@lru_cache(1_000)
def parsed(text: str) -> Node:
    """The tree of an expression. Raises `Wrong`, `NotHere`."""
    if text.lstrip().upper().startswith("SELECT "):
        raise NotHere("Metrics Insights queries")
    reader = _Reader(_tokens(text))
    node = reader.level(0)
    if reader.token != ("", ""):
        raise Wrong(f"Unexpected {reader.token[1]!r}")
    return node


def names(node: Node) -> set[str]:
    """The ids that an expression names."""
    if isinstance(node, Name):
        return {node.value} if node.value[:1].islower() else set()
    if isinstance(node, Operation):
        return names(node.left) | names(node.right)
    inside = node.items if isinstance(node, Many) else node.given if isinstance(node, Function) else ()
    return set[str]().union(*map(names, inside))


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            raise Wrong(f"Unexpected {text[at:].strip()[:1]!r}")
        kind = token.lastgroup or ""
        found.append((kind, token[kind]))
        at = token.end()
    return found


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def token(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def level(self, number: int) -> Node:
        """What stands between operators that bind at least so tightly."""
        if number == len(_LEVELS):
            return self._signed()
        node = self.level(number + 1)
        while (sign := self._sign()) in _LEVELS[number]:
            self._at += 1
            node = Operation(sign, node, self.level(number + 1))
        return node

    def _sign(self) -> str:
        kind, text = self.token
        if kind == "word" and text.upper() in ("AND", "OR"):
            return text.upper()
        return _WORDS.get(text, text) if kind == "sign" else ""

    def _signed(self) -> Node:
        if self.token in (("sign", "-"), ("sign", "+")):
            sign = self.token[1]
            self._at += 1
            with self._deeper():
                return Operation(sign, Number(0.0), self._signed())
        node = self._atom()
        if self.token == ("sign", "^"):
            self._at += 1
            with self._deeper():
                return Operation("^", node, self._signed())
        return node

    @contextmanager
    def _deeper(self) -> Generator[None]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Wrong("The expression is too deep")
        yield
        self._depth -= 1

    def _atom(self) -> Node:
        kind, text = self.token
        self._at += 1
        if kind == "number":
            return Number(float(text))
        if kind == "text":
            return Text(re.sub(r"\\(.)", r"\1", text[1:-1]))
        if kind == "word":
            if self.token == ("sign", "("):
                self._at += 1
                return Function(text.upper(), self._list(")"))
            return Name(text)
        if (kind, text) == ("sign", "("):
            with self._deeper():
                node = self.level(0)
            self._expect(")")
            return node
        if (kind, text) == ("sign", "["):
            return Many(self._list("]"))
        raise Wrong(f"Unexpected {text!r}" if text else "Unexpected end")

    def _list(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.token == ("sign", end):
            self._at += 1
            return ()
        while True:
            with self._deeper():
                found.append(self.level(0))
            if self.token != ("sign", ","):
                break
            self._at += 1
        self._expect(end)
        return tuple(found)

    def _expect(self, sign: str) -> None:
        if self.token != ("sign", sign):
            raise Wrong(f"Expected {sign!r}")
        self._at += 1
