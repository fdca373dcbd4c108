"""Pages of IAM's lists: `Marker` and `MaxItems`, the same everywhere."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypedDict, TypeVar

from backtrail import UNSET, BadToken, Page, UnsetType, page
from backtrail.paging import decode_token, encode_token
from backtrail_aws.iam import errors, limits
from backtrail_aws.iam.state import Thing

_MARKED = 200
_DIGEST = "\0"

V = TypeVar("V")
N = TypeVar("N", bound=Thing)


class Paged(Protocol):
    """The parameters of a list."""

    @property
    def marker(self) -> str | UnsetType: ...
    @property
    def max_items(self) -> int | UnsetType: ...


class Prefixed(Paged, Protocol):
    """The parameters of a list under a path."""

    @property
    def path_prefix(self) -> str | UnsetType: ...


class Ends(TypedDict):
    """What a list's answer says of its end."""

    is_truncated: bool
    marker: str | UnsetType


def listed(items: Mapping[str, V], params: Paged, keep: Callable[[V], bool] | None = None) -> Page[V]:
    """The page of a collection, in the order of its keys, that the parameters ask for. Raises `Refusal`."""
    return page(items, _token(params), _limit(params), keep=keep)


def under(items: Mapping[str, N], params: Prefixed) -> Page[N]:
    """The page of what lies under the parameters' path prefix. What has no known path lies under all of them."""
    prefix = params.path_prefix
    if prefix is UNSET or prefix == "/":
        return listed(items, params)
    return listed(items, params, lambda item: item.path is UNSET or item.path.startswith(prefix))


def named(names: Sequence[str], params: Paged) -> Page[str]:
    """The page of sorted names that the parameters ask for, in O(log n + page). Raises `Refusal`."""
    token, limit = _token(params), _limit(params)
    try:
        start = _after(names, decode_token(token)) if token else 0
    except BadToken as error:
        raise errors.invalid_marker() from error
    found = list(names[start : start + limit])
    return Page(found, encode_token(_short(found[-1])) if start + limit < len(names) else None)


def _short(name: str) -> str:
    """A name in a marker: its digest where a marker (320 characters at most) could not hold it."""
    if len(name) <= _MARKED:
        return name
    return _DIGEST + hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _after(names: Sequence[str], last: str) -> int:
    """Where the page after a marker begins. The digest of a name that is gone is none that a list gave."""
    if not last.startswith(_DIGEST):
        return bisect_right(names, last)
    for index, name in enumerate(names):
        if _short(name) == last:
            return index + 1
    raise BadToken(last)


def ends(made: Page[V]) -> Ends:
    """`IsTruncated` and `Marker` of a page."""
    return Ends(is_truncated=made.next is not None, marker=UNSET if made.next is None else made.next)


def _token(params: Paged) -> str | None:
    """The marker, if there is one, as some list gave it. Raises `Refusal`."""
    if params.marker is UNSET:
        return None
    try:
        if encode_token(decode_token(params.marker)) == params.marker:
            return params.marker
    except BadToken:
        pass
    raise errors.invalid_marker()


def _limit(params: Paged) -> int:
    return limits.PAGE if params.max_items is UNSET else params.max_items
