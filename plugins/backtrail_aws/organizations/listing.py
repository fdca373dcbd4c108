"""Pages of Organizations' lists: `NextToken` and `MaxResults`, the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from backtrail import UNSET, BadToken, Page, UnsetType, page, told
from backtrail_aws.organizations import errors, limits

V = TypeVar("V")


class Paged(Protocol):
    """The parameters of a list."""

    @property
    def next_token(self) -> str | UnsetType: ...
    @property
    def max_results(self) -> int | UnsetType: ...


def listed(items: Mapping[str, V], params: Paged, keep: Callable[[V], bool] | None = None) -> Page[V]:
    """The page of a collection, in the order of its keys, that the parameters ask for. Raises `Refusal`."""
    limit = told(params.max_results, limits.PAGE)
    if not 1 <= limit <= limits.PAGE:
        raise errors.invalid("MAX_VALUE_EXCEEDED" if limit > limits.PAGE else "MIN_VALUE_EXCEEDED")
    return paged(items, params.next_token, limit, keep)


def paged(
    items: Mapping[str, V], token: str | UnsetType, limit: int, keep: Callable[[V], bool] | None = None
) -> Page[V]:
    """The page after a token. Raises `Refusal`."""
    try:
        return page(items, told(token, None), limit, keep=keep)
    except BadToken as error:
        raise errors.invalid("INVALID_NEXT_TOKEN") from error


def end(made: Page[V]) -> str | UnsetType:
    """The token of the page after this one."""
    return UNSET if made.next is None else made.next
