"""CloudTrail: trails that deliver the log to S3, event history, and digests that prove that nobody touched it.

Covered: trails (of a region, of all, of an organization) with their bucket, prefix, topic, log group and key; event
selectors, basic and advanced; logging, its status, tags; insight selectors, kept; event history (`LookupEvents`); log
files about every five minutes of the clock, notices, CloudWatch Logs; hourly signed digests (`aws cloudtrail
validate-logs` checks them). Each account of a call across accounts gets its copy.

A trail that logs the data events of its own bucket logs its own deliveries, at each the one before, as AWS's does,
unless it was told not to (`RecursiveLogging`).

What deviates from AWS: no insights are made, and there is no CloudTrail Lake (as in every new account). Files come at
full five minutes, digests hours after validation began; where the clock jumps, one of each covers the jump. Only what
was decided here is delivered: what was imported, AWS has delivered already. Files hold, beside what AWS records, the
events of services that change state by themselves (an object expires), so that a delivered trail gives the same state
when it is imported; event history leaves them out. Requests are not throttled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.cloudtrail import (
    access,
    delivery,
    digests,
    effects,
    insights,
    lake,
    lookup,
    public_keys,
    recording,
    selectors,
    tags,
    trails,
)
from backtrail_aws.cloudtrail import baseline as baseline
from backtrail_aws.cloudtrail.state import service

__all__ = [
    "access",
    "delivery",
    "digests",
    "effects",
    "insights",
    "lake",
    "lookup",
    "public_keys",
    "recording",
    "register_services",
    "selectors",
    "service",
    "tags",
    "trails",
]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]
