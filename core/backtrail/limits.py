"""Quotas: a service's limits as Service Quotas lists them, which an account may have otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """One limit of a service. `name` is what handlers ask by, `code` and `title` are AWS's.

    A quota whose code no document tells has one of Backtrail's own, which does not begin with `L-`. `owner` is the
    code of the service that AWS lists it under; `everywhere` says that it is one for all regions; `most` is the
    greatest value that AWS gives (None: unknown), which for one that is not adjustable is the default;
    `period` is the unit of time that a rate is counted in (`SECOND`).
    """

    code: str
    name: str
    default: float
    title: str
    adjustable: bool
    unit: str
    what: str
    most: float | None
    owner: str
    everywhere: bool
    period: str = ""


class Declaring(Protocol):
    """A service, as far as its quotas go."""

    quota_table: dict[str, Quota]


def tables(services: Iterable[Declaring]) -> Mapping[str, Mapping[str, Quota]]:
    """All quotas: by the service that AWS lists them under, then by code."""
    found: dict[str, dict[str, Quota]] = {}
    for service in services:
        for quota in service.quota_table.values():
            found.setdefault(quota.owner, {})[quota.code] = quota
    return found
