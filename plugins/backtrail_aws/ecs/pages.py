"""Pages of up to a hundred names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from backtrail import UNSET, BadToken, UnsetType, page, told
from backtrail_aws.ecs import errors

V = TypeVar("V")


class Paged(Protocol):
    """Parameters of a list."""

    @property
    def max_results(self) -> int | UnsetType: ...
    @property
    def next_token(self) -> str | UnsetType: ...


def paged(
    params: Paged, items: Mapping[str, V], keep: Callable[[V], bool] | None = None, default: int = 100
) -> tuple[list[V], str | UnsetType]:
    """One page, and the token of the next. Raises `Refusal`."""
    size = told(params.max_results, default)
    if not 1 <= size <= 100:
        # evidence: guess
        raise errors.invalid("maxResults must be between 1 and 100.")
    try:
        found = page(items, told(params.next_token, "") or None, size, keep=keep)
    except BadToken:
        # evidence: guess
        raise errors.invalid("Invalid token.") from None
    return found.items, found.next or UNSET
