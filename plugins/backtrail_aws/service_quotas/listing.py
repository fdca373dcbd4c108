"""Pages of what is listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from backtrail import UNSET, BadToken, UnsetType, page, told
from backtrail_aws.service_quotas import errors, limits

V = TypeVar("V")


def paged(
    named: Mapping[str, V], token: str | UnsetType, most: int | UnsetType
) -> tuple[list[V], str | UnsetType]:
    """A page of things by name, and the token of the next. Raises `Refusal`."""
    try:
        found = page(named, told(token, "") or None, told(most, limits.PAGE_MAX))
    except BadToken as error:
        raise errors.bad_token() from error
    return found.items, found.next or UNSET
