"""The models' regular expressions (Java's, ECMAScript's) as Python's."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

_POSIX = {
    "Alnum": "A-Za-z0-9",
    "Alpha": "A-Za-z",
    "ASCII": "\\x00-\\x7f",
    "Blank": " \\t",
    "Cntrl": "\\x00-\\x1f\\x7f",
    "Digit": "0-9",
    "Graph": "!-~",
    "Lower": "a-z",
    "Print": " -~",
    "Punct": "!-/:-@\\[-`{-~",
    "Space": "\\s",
    "Upper": "A-Z",
    "XDigit": "0-9A-Fa-f",
}
_BEYOND = (("So", 0x1F000, 0x1FAFF), ("Lo", 0x20000, 0x3FFFF))
_PROPERTY = re.compile(r"\\([pP])\{(\^?)(?:Is|general_category=|gc=)?([A-Za-z_]+)\}")
# A class's beginning may hold a bracket that closes nothing; Java's set operations are two characters.
_TOKEN = re.compile(r"\\[pP]\{[^}]*\}|\\.|\[\^?\]?|&&|\|\||.", re.S)
_CLASSES = ("\\w", "\\W", "\\d", "\\D", "\\s", "\\S", "\\p", "\\P")
# All characters beyond U+FFFF as UTF-16 writes them; the end of the text as other engines write it.
_FOREIGN = (("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010ffff"), ("\\z", "\\Z"))


@cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A model's pattern, to be matched in full; None for one that Python's engine cannot express."""
    try:
        translated = _translate(pattern)
        return re.compile(translated, re.ASCII) if translated is not None else None
    except (re.error, OverflowError, RecursionError):
        return None


def _translate(pattern: str) -> str | None:
    """Properties become ranges, unions drop their bars; what stands for itself in a class is escaped."""
    for foreign, ours in _FOREIGN:
        pattern = pattern.replace(foreign, ours)
    out: list[str] = []
    at, inside, after_class = 0, False, False
    while at < len(pattern):
        found = _TOKEN.match(pattern, at)
        assert found is not None
        token, at = found.group(), found.end()
        if inside and token[0] == "[":
            token, at = "[", found.start() + 1
        if token.startswith(("\\p{", "\\P{")):
            ranges = _property(token)
            if ranges is None:
                return None
            token = ranges if inside else f"[{ranges}]"
        elif inside and token == "&&":
            return None
        elif (inside and token in ("[", "&", "~", "|")) or (token == "-" and after_class):
            token = f"\\{token}"
        elif inside and token == "||":
            token = ""
        elif token.startswith("["):
            inside, token = True, token.replace("]", "\\]")
        elif token == "]":
            inside = False
        after_class = inside and found.group()[:2] in _CLASSES
        out.append(token)
    return "".join(out)


def _property(token: str) -> str | None:
    found = _PROPERTY.fullmatch(token)
    return None if found is None else _ranges(found[3], negated=(found[1] == "P") != bool(found[2]))


@cache
def _ranges(name: str, *, negated: bool) -> str | None:
    """A property's characters as the inside of a class."""
    if name in _POSIX:
        return None if negated else _POSIX[name]
    if len(name) > 2:
        return None
    spans = _spans(name)
    if negated:
        starts = [0, *(last + 1 for _, last in spans)]
        ends = [*(first - 1 for first, _ in spans), sys.maxunicode]
        spans = [(first, last) for first, last in zip(starts, ends, strict=True) if first <= last]
    return "".join(_range(first, last) for first, last in spans) or None


def _spans(name: str) -> list[tuple[int, int]]:
    """The spans of a general category: exact up to U+FFFF, beyond it the ideographs and the pictographs."""
    spans: list[tuple[int, int]] = []
    for category, first, last in _categories():
        if category.startswith(name):
            if spans and spans[-1][1] == first - 1:
                spans[-1] = (spans[-1][0], last)
            else:
                spans.append((first, last))
    return spans + [(first, last) for category, first, last in _BEYOND if category.startswith(name)]


@cache
def _categories() -> list[tuple[str, int, int]]:
    runs: list[tuple[str, int, int]] = []
    begin, current = 0, unicodedata.category("\0")
    for code in range(1, 0x10000):
        category = unicodedata.category(chr(code))
        if category != current:
            runs.append((current, begin, code - 1))
            begin, current = code, category
    runs.append((current, begin, 0xFFFF))
    return runs


def _range(begin: int, end: int) -> str:
    first, last = f"\\U{begin:08x}", f"\\U{end:08x}"
    return first if begin == end else f"{first}-{last}"
