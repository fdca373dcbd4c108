"""Pages of lists: `MaxRecords` and a token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from backtrail import UNSET, BadToken, Page, UnsetType, page, told
from backtrail_aws.autoscaling import errors, limits

V = TypeVar("V")


class Paged(Protocol):
    """Parameters of a list."""

    @property
    def max_records(self) -> int | UnsetType: ...
    @property
    def next_token(self) -> str | UnsetType: ...


def paged(
    params: Paged,
    items: Mapping[str, V],
    keep: Callable[[V], bool] | None = None,
    records: tuple[int, int] = limits.RECORDS,
) -> tuple[list[V], str | UnsetType]:
    """One page, and the token of the next. Raises `Refusal`."""
    size = told(params.max_records, records[0])
    if not 1 <= size <= records[1]:
        # evidence: page API_DescribeAutoScalingGroups (MaxRecords); words: guess
        raise errors.invalid(f"MaxRecords must be between 1 and {records[1]}, inclusive.")
    try:
        found: Page[V] = page(items, told(params.next_token, "") or None, size, keep=keep)
    except BadToken:
        raise errors.bad_token() from None
    return found.items, found.next or UNSET
