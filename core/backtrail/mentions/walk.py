"""Walks parameters and answers and picks out everything that identifies something."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import unquote

from backtrail.mentions.identifiers import MINTED, arns_in, trimmed
from backtrail.mentions.operations import (
    BARE,
    CONTAINER,
    DOCUMENT,
    EXACT,
    FAILURE,
    NAMED,
    OTHER,
    PART,
    PLAIN,
    SKIP,
    SUFFIX,
    SUFFIX_CONTAINER,
    WRAPPER,
    Operation,
)
from backtrail.mentions.vocabulary import COMMON_VALUES, EMPTY_VALUES

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

FAILED, SPOKEN, PARTIAL = -1, -2, -3
"""Levels below the keys' own: named in a batch's failures, named inside a text or policy, a batch that
failed in part."""

Hit = tuple[int, str, str, str]
"""(level, identifier, the noun of its key, the tail of its key)"""

_MAX_LENGTH = 512
_STATEMENTS = ("Statement", "statement")

# Whether generic keys (`name`, `arn`, `id`) stand for the noun, for a suffix of it, or for something else.
_OWN, _SUFFIX, _ELSEWHERE = 2, 1, 0


def collect(op: Operation, node: Json, out: list[Hit]) -> None:
    """Append every identifier under a record's parameters, answer or details."""
    if isinstance(node, dict):
        try:
            _walk(op, node, _OWN, out)
        except RecursionError:
            return  # nested beyond reason, by a caller's own document: what was found counts


def _walk(op: Operation, node: dict[str, Json], where: int, out: list[Hit]) -> None:
    keys = op._keys  # pyright: ignore[reportPrivateUsage]  # the hot path: one look-up a key
    for key, value in node.items():
        if value is None or value is False or value is True:
            continue
        kind = keys.get(key) or op.key(key)
        if isinstance(value, str):
            _text(kind, value, where, out)
        elif isinstance(value, dict):
            _nested(op, kind, value, where, out)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _nested(op, kind, item, where, out)
                elif not isinstance(item, str):
                    continue
                elif kind[0] == FAILURE:
                    out.append((PARTIAL, "", "", ""))
                    out.append((FAILED, item, "", ""))
                else:
                    _text(kind, item, where, out)
        elif kind[0] == EXACT and value and kind[2] == "id":
            out.append((EXACT, str(value), kind[1], "id"))


def _nested(
    op: Operation, kind: tuple[int, str, str], node: dict[str, Json], where: int, out: list[Hit]
) -> None:
    code = kind[0]
    if code == DOCUMENT or "Statement" in node or "statement" in node:
        _spoken(node, out)
    elif code == SKIP:
        _formed(node, out)
    elif code == FAILURE:
        inner: list[Hit] = [(PARTIAL, "", "", "")] if any(node.values()) else []
        _walk(op, node, where, inner)
        out.extend((FAILED if hit[0] >= PLAIN else hit[0], *hit[1:]) for hit in inner)
    elif code == WRAPPER:
        _walk(op, node, where, out)
    elif code in (CONTAINER, BARE, EXACT):
        _strings(kind, node, where, out)
        _walk(op, node, _OWN, out)
    elif code == SUFFIX_CONTAINER:
        _walk(op, node, _SUFFIX, out)
    else:
        if code in (OTHER, SUFFIX, NAMED):
            _strings(kind, node, where, out)
        _walk(op, node, _ELSEWHERE, out)


def _strings(kind: tuple[int, str, str], node: dict[str, Json], where: int, out: list[Hit]) -> None:
    """An identifier inside the wrappers that XML leaves: `{"item": "fl-1"}`, `{"tag": 1, "content":
    "vpc-1"}`."""
    for wrapper in ("item", "items", "content", "member"):
        value = node.get(wrapper)
        if isinstance(value, str):
            _text(kind, value, where, out)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, str):
                    _text(kind, item, where, out)


def _text(kind: tuple[int, str, str], value: str, where: int, out: list[Hit]) -> None:
    code, noun, tail = kind
    if code < CONTAINER and code != PLAIN:
        if code == NAMED:
            if where == _ELSEWHERE:
                code = PLAIN
            elif where == _SUFFIX:
                code = SUFFIX
        if code != PLAIN and _names(value, code, tail):
            out.append((code, _plain_arn(value) if tail == "arn" or ":" in value else value, noun, tail))
            return
    elif code == PART:
        if _names(value, EXACT, ""):
            out.append((PART, value, noun, tail))
            return
    elif code == BARE and " " not in value and not value.startswith(("{", "<")) and _names(value, EXACT, ""):
        out.append((EXACT, _plain_arn(value), noun, tail))
        return
    if len(value) > 9:
        _unkeyed(value, noun if code == PLAIN and where == _OWN else "", out)


def _names(value: str, code: int, tail: str) -> bool:
    """Whether a value under a key for identifiers is one."""
    if len(value) > _MAX_LENGTH or "\n" in value:
        return False
    low = value.lower()
    if low in EMPTY_VALUES or "hidden_due_to" in low or "redacted" in low:
        return False
    if tail == "arn":
        return low.startswith("arn")
    if tail == "url" and not low.startswith("https://"):
        return False
    if code in (EXACT, NAMED, SUFFIX):
        return not value.isdigit() or len(value) > 3 or code == EXACT
    return not (low in COMMON_VALUES or value.isdigit() or value.endswith(".amazonaws.com") or len(value) < 2)


def _plain_arn(value: str) -> str:
    if value.startswith("arn%3A"):
        value = unquote(value)
    return trimmed(value) if value.startswith("arn:") else value


def _unkeyed(value: str, noun: str, out: list[Hit]) -> None:
    """What is an identifier by its form alone: an ARN, a minted id, the ARNs inside a longer text."""
    if "arn" in value:
        if value.startswith(("arn:", "arn%3A")) and len(value) <= _MAX_LENGTH:
            out.append((OTHER, _plain_arn(value), noun, ""))
        elif "arn:" in value:
            out.extend((SPOKEN, arn, "", "") for arn in arns_in(value))
    elif "-" in value and len(value) < 64 and MINTED.fullmatch(value):
        out.append((OTHER, value, noun, "id"))


def _formed(node: Json, out: list[Hit]) -> None:
    """Identifiers by form in a subtree of the caller's own data."""
    if isinstance(node, str):
        if len(node) > 9:
            _unkeyed(node, "", out)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "resourceId" and isinstance(value, str) and value:
                out.append((OTHER, value, "resource", "id"))
            else:
                _formed(value, out)
    elif isinstance(node, list):
        for value in node:
            _formed(value, out)


def _spoken(node: Json, out: list[Hit]) -> None:
    """ARNs in a policy: somebody spoke of them, nobody touched them."""
    if isinstance(node, str):
        if "arn:" in node:
            out.extend((SPOKEN, arn, "", "") for arn in arns_in(node))
    elif isinstance(node, dict):
        for value in node.values():
            _spoken(value, out)
    elif isinstance(node, list):
        for value in node:
            _spoken(value, out)
