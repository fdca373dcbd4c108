"""What the log tells of the use of permissions: when keys, roles and services were used last.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html: every authenticated call counts,
a denied one, too; IAM looks back 400 days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from backtrail import Call, names
from backtrail.call import LastUse
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, limits

_PERIOD = timedelta(days=limits.TRACKED_DAYS)


def last(uses: Iterable[LastUse], now: datetime) -> LastUse | None:
    """The latest of some uses, none where all are too long ago."""
    found = max(uses, key=lambda use: use.time, default=None)
    return found if found is not None and now - found.time <= _PERIOD else None


def of_role(call: Call[Any], arn: str) -> api.RoleLastUsed:
    """When and where a role was used last, by any of its sessions."""
    found = last(call.accessed(arn).values(), call.time)
    if found is None:
        return api.RoleLastUsed()
    return api.RoleLastUsed(last_used_date=SpacedTime.of(found.time), region=found.region)


def by_service(uses: Mapping[str, LastUse], now: datetime) -> dict[str, dict[str, LastUse]]:
    """The uses that count, by the service's prefix in policies, then by action."""
    found: dict[str, dict[str, LastUse]] = {}
    for label, use in uses.items():
        service, _, action = label.partition(":")
        if now - use.time <= _PERIOD:
            found.setdefault(names.iam_prefix(service), {})[action] = use
    return found
