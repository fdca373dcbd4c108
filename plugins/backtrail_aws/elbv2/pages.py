"""Pages: `PageSize` up to 400, and a marker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from backtrail import UNSET, BadToken, Page, UnsetType, page, told
from backtrail_aws.elbv2 import errors, limits

V = TypeVar("V")


class Paged(Protocol):
    """Parameters of a list."""

    @property
    def page_size(self) -> int | UnsetType: ...
    @property
    def marker(self) -> str | UnsetType: ...


def paged(
    params: Paged, items: Mapping[str, V], keep: Callable[[V], bool] | None = None
) -> tuple[list[V], str | UnsetType]:
    """One page, and the marker of the next. Raises `Refusal`."""
    least, most = limits.PAGE
    size = told(params.page_size, most)
    if not least <= size <= most:
        # evidence: page API_DescribeLoadBalancers (PageSize); words: guess
        raise errors.invalid(f"PageSize must be between {least} and {most}")
    try:
        found: Page[V] = page(items, told(params.marker, "") or None, size, keep=keep)
    except BadToken:
        # evidence: guess
        raise errors.invalid(f"Invalid marker '{told(params.marker, '')}'") from None
    return found.items, found.next or UNSET


def at_most(given: list[str] | UnsetType, what: str) -> list[str]:
    """What a list asks for, up to 20. Raises `Refusal`."""
    wanted = told(given, [])
    if len(wanted) > limits.NAMES_MAX:
        # evidence: guess
        raise errors.invalid(f"The maximum number of {what} that can be specified is '{limits.NAMES_MAX}'")
    return wanted
