"""Events: what happened to databases, for fourteen days.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backtrail import Call, Event, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import api, errors, limits, pages
from backtrail_aws.rds.state import Databases, Held, service

TYPES = (
    "db-instance", "db-parameter-group", "db-security-group", "db-snapshot", "db-cluster", "db-cluster-snapshot",
    "custom-engine-version", "db-proxy", "blue-green-deployment", "db-shard-group", "zero-etl",
)  # fmt: skip


def happened(
    state: Databases, event: Event[Any, Any], held: Held, kind: str, message: str, *categories: str
) -> None:
    """In a fold: something happened to a resource; what is too old is forgotten."""
    state.events[f"{event.time:%Y%m%d%H%M%S%f}/{event.id}/{held.id}"] = api.Event(
        source_identifier=held.id, source_type=kind, message=message, event_categories=list(categories),
        date=SpacedTime.of(event.time), source_arn=held.arn,
    )  # fmt: skip
    oldest = f"{event.time - timedelta(minutes=limits.EVENT_MINUTES[1]):%Y%m%d%H%M%S%f}"
    while (first := state.events.first()) is not None and first < oldest:
        del state.events[first]


@service.read
def describe_events(state: Databases, call: Call[api.DescribeEvents]) -> api.DescribeEventsResult:
    """Events of the last hour, unless other times are asked for."""
    params = call.params
    kind, name = params.source_type, params.source_identifier
    if isinstance(kind, str) and kind not in TYPES:
        # evidence: guess
        raise errors.value(f"Invalid source type: {kind}")
    if isinstance(name, str) and isinstance(kind, UnsetType):
        # evidence: page API_DescribeEvents (SourceIdentifier); words: guess
        raise errors.combination("SourceType must be provided when SourceIdentifier is specified.")
    minutes = told(params.duration, limits.EVENT_MINUTES[0])
    end = told(params.end_time, call.time)
    start = told(params.start_time, end - timedelta(minutes=minutes))
    wanted = told(params.event_categories, [])

    def keep(one: api.Event) -> bool:
        at = told(one.date, SpacedTime.of(call.time))
        return (
            start <= at <= end
            and (isinstance(kind, UnsetType) or one.source_type == kind)
            and (isinstance(name, UnsetType) or one.source_identifier == name.lower())
            and (not wanted or any(category in wanted for category in told(one.event_categories, [])))
        )

    found, marker = pages.paged(params, state.events, keep)
    return api.DescribeEventsResult(events=found, marker=marker)
