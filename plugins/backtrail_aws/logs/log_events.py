"""Putting log events into streams.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.logs import directory, errors, limits, stock
from backtrail_aws.logs.api import InputLogEvent, PutLogEvents, PutLogEventsResult, RejectedLogEventsInfo
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import LogEvent, LogGroup, Logs, service


class Accepted(msgspec.Struct, frozen=True):
    """Which events of a batch are taken: those from `first` up to `end`."""

    first: int
    end: int
    rejected: RejectedLogEventsInfo | UnsetType = UNSET


@service.handle
def put_log_events(state: Logs, call: Call[PutLogEvents]) -> PutLogEventsResult:
    """The stream's sequence token, and which events were too old or too new. The token that was given is ignored."""
    events = told(call.params.log_events, [])
    _check_sizes(events)
    group = directory.group(state, call.params.log_group_name)
    stream = directory.stream_of(group, call.params.log_stream_name)
    times = [event.timestamp for event in events]
    if any(later < earlier for earlier, later in pairwise(times)):
        raise errors.unordered()
    taken = accepted(group, times, millis(call.time))
    if taken.first < taken.end and times[taken.end - 1] - times[taken.first] > limits.BATCH_SPAN_MS:
        raise errors.too_long_a_span()
    return PutLogEventsResult(next_sequence_token=stream.token, rejected_log_events_info=taken.rejected)


@service.project
def log_events_put(state: Logs, event: Event[PutLogEvents, PutLogEventsResult]) -> None:
    """The events that were taken are in the stream."""
    params, now = event.params, millis(event.time)
    group = directory.noticed(state, params.log_group_name, event)
    stream = directory.noticed_stream(group, params.log_stream_name, event)
    events = told(params.log_events, [])
    taken = accepted(group, [one.timestamp for one in events], now)
    batch = stock.batch_of(event.id)
    for place in range(taken.first, taken.end):
        one = events[place]
        stock.add(group, stream, batch, place, LogEvent(one.timestamp, now, one.message))
    stream.last_ingested_ms = now
    directory.place(group, stream)
    stock.expect_expiry(state, group)


def accepted(group: LogGroup, times: list[int], now_ms: int) -> Accepted:
    """Which events of a batch, by their times in order, a group takes now."""
    too_old = bisect_left(times, now_ms - limits.OLDEST_MS)
    expired = bisect_left(times, stock.kept_from(group, now_ms))
    too_new = bisect_right(times, now_ms + limits.NEWEST_MS)
    if not too_old and not expired and too_new == len(times):
        return Accepted(0, len(times))
    rejected = RejectedLogEventsInfo(
        too_new_log_event_start_index=too_new if too_new < len(times) else UNSET,
        too_old_log_event_end_index=too_old or UNSET,
        expired_log_event_end_index=expired or UNSET,
    )
    return Accepted(max(too_old, expired), too_new, rejected)


def _check_sizes(events: list[InputLogEvent]) -> None:
    total = 0
    for event in events:
        size = stock.size(event.message)
        if size > limits.EVENT_BYTES_MAX:
            raise errors.event_too_large(size, limits.EVENT_BYTES_MAX)
        total += size
    if total > limits.BATCH_BYTES_MAX:
        raise errors.batch_too_large(total, limits.BATCH_BYTES_MAX)
    if len(events) > limits.BATCH_EVENTS_MAX:
        # evidence: page API_PutLogEvents, as the service checks it by its model
        raise errors.constraint(
            f"{len(events)} events",
            "logEvents",
            f"Member must have length less than or equal to {limits.BATCH_EVENTS_MAX}",
        )
