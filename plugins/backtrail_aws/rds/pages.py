"""Pages and filters: `MaxRecords` from 20 to 100, and a marker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from backtrail import UNSET, BadToken, Page, UnsetType, page, told
from backtrail_aws.rds import api, errors, limits

V = TypeVar("V")
Fields = Mapping[str, Callable[[V], Any]]
"""Filter name -> what of a resource it looks at: a text, or several."""


class Paged(Protocol):
    """Parameters of a list."""

    @property
    def max_records(self) -> int | UnsetType: ...
    @property
    def marker(self) -> str | UnsetType: ...


def paged(
    params: Paged,
    items: Mapping[str, V],
    keep: Callable[[V], bool] | None = None,
    least: int = limits.RECORDS[0],
) -> tuple[list[V], str | UnsetType]:
    """One page, and the marker of the next. Raises `Refusal`."""
    most = limits.RECORDS[1]
    size = told(params.max_records, most)
    if not least <= size <= most:
        # evidence: guess
        raise errors.value(f"Invalid value {size} for MaxRecords. Must be between {least} and {most}")
    marker = told(params.marker, "")
    try:
        found: Page[V] = page(items, marker or None, size, keep=keep)
    except BadToken:
        # evidence: guess
        raise errors.value(f"The marker {marker} is invalid.") from None
    return found.items, found.next or UNSET


def filtered(filters: list[api.Filter] | UnsetType, fields: Fields[V]) -> Callable[[V], bool]:
    """What all of the filters keep. Raises `Refusal` for a filter that there is not."""
    wanted = told(filters, [])
    for one in wanted:
        if one.name not in fields:
            # evidence: guess
            raise errors.value(f"Unrecognized filter name: {one.name}")

    def keep(value: V) -> bool:
        return all(_fits(fields[one.name](value), one.values) for one in wanted)

    return keep


def _fits(held: Any, values: list[str]) -> bool:
    several: list[Any] = held if isinstance(held, list) else [held]  # pyright: ignore[reportUnknownVariableType]
    return any(one in values for one in several)
