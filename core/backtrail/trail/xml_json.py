"""XML as AWS puts it into records (S3's bodies, EC2's newer form).

The rules are those of a widely used Java library: text that reads as a boolean or a number becomes one, an
element that comes once is an object and one that repeats a list, an empty element is `""`, an attribute
stands beside the children and pushes the text into `content`. We turn text into something else only where it
can be turned back: `007`, `1.50` and `TRUE` stay text.
"""

from __future__ import annotations

import re

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)\.\d+")


def coerced(text: str) -> str | int | float | bool:
    """The JSON value that stands for an element's text."""
    if text == "true":
        return True
    if text == "false":
        return False
    if _INTEGER.fullmatch(text) and text != "-0":
        return int(text)
    if _DECIMAL.fullmatch(text) and str(float(text)) == text:
        return float(text)
    return text


def repeated(values: list[object]) -> object:
    """An element that comes as often as there are values (one at least)."""
    return values[0] if len(values) == 1 else values
