"""Walking keys in order, rolled up at a delimiter: by seeking past a common prefix, never by reading through it.

Keys are sorted by their UTF-8 bytes, which is the order of their code points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import errors, limits

V = TypeVar("V")
Seek = Callable[[str, bool], Iterable[tuple[str, V]]]
"""Items from a key on, in order; without the key itself where the second argument is True."""

_LAST = chr(0x10FFFF)


class Walked(msgspec.Struct, Generic[V]):
    """One page: items and common prefixes in one order, and where it ended."""

    items: list[tuple[str, V]]
    prefixes: list[str]
    truncated: bool = False
    last: str = ""
    """The last key, or common prefix, that the page holds."""


def after(prefix: str) -> str | None:
    """The least text that is greater than everything that begins with `prefix`; None where there is none."""
    stripped = prefix.rstrip(_LAST)
    return stripped[:-1] + chr(ord(stripped[-1]) + 1) if stripped else None


def rolled(key: str, prefix: str, delimiter: str) -> str | None:
    """The common prefix that a key is rolled up into, None where it is listed itself."""
    if not delimiter:
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[: at + len(delimiter)]


def walk(seek: Seek[V], prefix: str, delimiter: str, marker: str, limit: int) -> Walked[V]:
    """Up to `limit` items and common prefixes after `marker`, in O(log n) each.

    A marker that is itself a common prefix stands for all that it rolls up.
    """
    page: Walked[V] = Walked([], [])
    for key, value, common in _steps(seek, prefix, delimiter, marker):
        if len(page.items) + len(page.prefixes) == limit:
            page.truncated = limit > 0
            break
        if common is None:
            page.items.append((key, value))
            page.last = key
        else:
            page.prefixes.append(common)
            page.last = common
    return page


def _steps(seek: Seek[V], prefix: str, delimiter: str, marker: str) -> Iterator[tuple[str, V, str | None]]:
    start, exclusive = _begin(prefix, delimiter, marker)
    while start is not None:
        jump: str | None = None
        for key, value in seek(start, exclusive):
            if not key.startswith(prefix):
                return
            common = rolled(key, prefix, delimiter)
            yield key, value, common
            if common is not None:
                jump = common
                break
        start, exclusive = (after(jump), False) if jump is not None else (None, False)


def _begin(prefix: str, delimiter: str, marker: str) -> tuple[str | None, bool]:
    if not marker or marker < prefix:
        return prefix, False
    if marker.startswith(prefix) and rolled(marker, prefix, delimiter) == marker:
        return after(marker), False
    return marker, True


def page_size(wanted: int | UnsetType, name: str = "max-keys") -> int:
    """How many entries a page holds: as asked, a thousand at most. Refuses negative numbers."""
    if wanted is UNSET:
        return limits.LIST_MAX
    if wanted < 0:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
        raise errors.invalid_argument(
            f"Argument {name} must be an integer between 0 and 2147483647", name, str(wanted)
        )
    return min(wanted, limits.LIST_MAX)


def check_encoding(wanted: str | UnsetType) -> None:
    """Refuses encodings other than `url`."""
    if wanted not in (UNSET, "url"):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
        raise errors.invalid_argument(
            "Invalid Encoding Method specified in Request", "encoding-type", str(wanted)
        )


def told(text: str | UnsetType) -> str:
    """A text, empty where it is not there."""
    return "" if text is UNSET else text
