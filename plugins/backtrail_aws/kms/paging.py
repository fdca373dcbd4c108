"""Pages by Limit and Marker: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from backtrail import BadToken, Page, SortedMap, UnsetType, page, told
from backtrail_aws.kms import errors

V = TypeVar("V")


def cut(
    items: Mapping[str, V] | SortedMap[str, V], marker: str | UnsetType, limit: int | UnsetType, default: int
) -> Page[V]:
    """One page in the order of keys. Raises `Refusal` for a marker that no page ended with."""
    try:
        return page(items, told(marker, "") or None, told(limit, default))
    except BadToken as error:
        raise errors.bad_marker() from error
