"""Pages of sorted collections, with tokens that name the last key seen."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

import msgspec

from backtrail.sorted_map import SortedMap

V = TypeVar("V")


class Page(msgspec.Struct, Generic[V], frozen=True):
    """One page. `next` is the token of the page after it, None on the last."""

    items: list[V]
    next: str | None


class BadToken(ValueError):
    """A paging token that this collection did not give out. Services answer it in their own words."""


def page(
    items: SortedMap[str, V] | Mapping[str, V],
    token: str | None,
    limit: int,
    *,
    prefix: str = "",
    keep: Callable[[V], bool] | None = None,
) -> Page[V]:
    """Up to `limit` values in key order after `token`'s key. O(log n + page), when nothing is filtered out."""
    after = decode_token(token) if token else None
    found: list[V] = []
    last = after
    for key, value in _walk(items, after if after is not None else prefix, after is not None):
        if prefix and not key.startswith(prefix):
            break
        if keep is not None and not keep(value):
            continue
        if len(found) == limit:
            return Page(found, encode_token(last or ""))
        found.append(value)
        last = key
    return Page(found, None)


def _walk(items: Mapping[str, V], start: str, after: bool) -> Iterable[tuple[str, V]]:
    if isinstance(items, SortedMap):
        return items.items_from(start, after=after)
    keys = sorted(key for key in items if (key > start if after else key >= start))
    return ((key, items[key]) for key in keys)


def encode_token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def decode_token(token: str) -> str:
    """The key in a token. Raises `BadToken`."""
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise BadToken(token) from error
