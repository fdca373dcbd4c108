"""Destinations that others may send logs to."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import Exposure, by_policy
from backtrail_aws.logs.state import Logs, service


@service.exposes
def open_destinations(state: Logs, account: str, region: str) -> Iterator[Exposure]:
    """Each destination whose policy lets in somebody outside."""
    for one in state.destinations.values():
        yield from by_policy(
            one.policy, account, resource=one.arn, names=(one.name, one.arn), through="destination policy",
            actions=("PutDestinationPolicy",),
        )  # fmt: skip
