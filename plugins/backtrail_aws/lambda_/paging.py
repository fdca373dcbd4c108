"""Pages of what is listed in an order of its own: `Marker` says how many were shown before.

Collections that are sorted by name go by `backtrail.page`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from backtrail import UNSET, BadToken, SortedMap, UnsetType, page, told
from backtrail_aws.lambda_ import errors, limits

V = TypeVar("V")


def listed(
    items: Sequence[V], marker: str | UnsetType, most: int | UnsetType
) -> tuple[list[V], str | UnsetType]:
    """The items of one page, and the marker of the next."""
    start = _start(marker)
    end = start + size(most)
    return list(items[start:end]), str(end) if end < len(items) else UNSET


def named(
    items: SortedMap[str, V] | Mapping[str, V], marker: str | UnsetType, most: int | UnsetType
) -> tuple[list[V], str | UnsetType]:
    """The same, of a collection sorted by name."""
    try:
        found = page(items, marker or None, size(most))
    except BadToken as error:
        raise _bad() from error
    return found.items, found.next or UNSET


def size(most: int | UnsetType) -> int:
    """How many items a page has."""
    return min(told(most, limits.LIST_MAX), limits.LIST_MAX)


def _start(marker: str | UnsetType) -> int:
    if isinstance(marker, UnsetType) or not marker:
        return 0
    if not marker.isdecimal() or len(marker) > 9:
        raise _bad()
    return int(marker)


def _bad() -> Exception:
    # evidence: guess
    return errors.invalid("Invalid Marker")
