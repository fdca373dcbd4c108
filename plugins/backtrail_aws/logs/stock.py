"""Log events in their groups and streams: adding, finding by time, and removing them, each in O(log n).

An event's id is what AWS's are: 56 digits that sort by time, then by arrival. It is the time in milliseconds, shifted
left by 144 bits (measured: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html), and
below it who put it: the id of the PutLogEvents record (whose first bits are its time), and its place in the batch.
Everything that writes is for folds.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import msgspec

from backtrail import SortedMap, UnsetType
from backtrail_aws.logs import directory, limits
from backtrail_aws.logs.moments import sortable
from backtrail_aws.logs.state import LogEvent, LogGroup, Logs, LogStream

_SHIFT, _BATCH_SHIFT = 144, 16
_DIGITS = 56
LAST = "9" * _DIGITS
"""Sorts after any id."""
_FAR_MS = 10**_DIGITS >> _SHIFT
"""What 56 digits cannot tell any more: the year 2112."""


class Found(msgspec.Struct, frozen=True):
    """An event, with the id that it is kept under and the stream that it is in."""

    id: str
    stream: str
    event: LogEvent


# ids


def batch_of(event_id: str) -> int:
    """The part of an event's id that its PutLogEvents gives it: of any record's id."""
    try:
        return int(event_id.replace("-", ""), 16) & (1 << 128) - 1
    except ValueError:  # a foreign record may have any id
        return int.from_bytes(event_id.encode()[:16].ljust(16, b"\0"), "big")


def id_of(timestamp_ms: int, batch: int, place: int) -> str:
    """The id of an event: it sorts by time, by arrival, and by its place in its batch."""
    return f"{timestamp_ms << _SHIFT | batch << _BATCH_SHIFT | place:0{_DIGITS}d}"


def lowest(timestamp_ms: int) -> str:
    """The least id that an event of that time may have."""
    return f"{max(timestamp_ms, 0) << _SHIFT:0{_DIGITS}d}" if timestamp_ms < _FAR_MS else LAST


def shifted(event_id: str, by: int) -> str:
    """The id right before or after another."""
    return f"{max(int(event_id) + by, 0):0{_DIGITS}d}"


def size(message: str) -> int:
    """What an event counts: its message in UTF-8 and some bytes more."""
    data = message if message.isascii() else message.encode("utf-8", "surrogatepass")
    return len(data) + limits.EVENT_OVERHEAD_BYTES


# folds


def add(owner: LogGroup, stream: LogStream, batch: int, place: int, event: LogEvent) -> None:
    """Put an event into a stream. Its place among the streams by time is the caller's to settle."""
    event_id = id_of(event.timestamp_ms, batch, place)
    if event_id in stream.events:
        return
    stream.events[event_id] = event
    owner.order[event_id] = stream.name
    owner.stored_bytes += size(event.message)


def drop_stream(owner: LogGroup, stream: LogStream) -> None:
    """Remove a stream with its events."""
    for event_id, event in stream.events.items():
        del owner.order[event_id]
        owner.stored_bytes -= size(event.message)
    directory.unplace(owner, stream)


def expire(owner: LogGroup, before_ms: int) -> None:
    """Remove the events that happened before a time."""
    end, touched = lowest(before_ms), dict[str, LogStream]()
    for event_id in [*_below(owner.order, end)]:
        stream = owner.streams[owner.order.pop(event_id)]
        owner.stored_bytes -= size(stream.events.pop(event_id).message)
        touched[stream.name] = stream
    for stream in touched.values():
        directory.place(owner, stream)


def expect_expiry(state: Logs, owner: LogGroup) -> None:
    """Keep the alarm for the group's oldest event: at the full hour after its retention ends, so that one record may
    tell of many (AWS takes up to 72 hours, API_PutRetentionPolicy)."""
    oldest, days = owner.order.first(), kept_days(owner)
    due = 0
    if oldest is not None and days is not None:
        ends = (int(oldest) >> _SHIFT) + days * limits.DAY_MS
        due = -(-ends // limits.HOUR_MS) * limits.HOUR_MS
    if due == owner.expiry_ms:
        return
    if owner.expiry_ms:
        state.alarms.pop(alarm(owner), None)
    owner.expiry_ms = due
    if due:
        state.alarms[alarm(owner)] = owner.name


def alarm(owner: LogGroup) -> str:
    """Where a state's alarms have a group."""
    return f"{sortable(owner.expiry_ms)}{owner.name}"


# reads


def kept_days(owner: LogGroup) -> int | None:
    """How many days a group keeps its events; None for ever."""
    if owner.log_class == "DELIVERY":
        return limits.DELIVERY_CLASS_DAYS
    return None if isinstance(owner.retention_days, UnsetType) else owner.retention_days


def kept_from(owner: LogGroup, now_ms: int) -> int:
    """The time before which events have expired."""
    days = kept_days(owner)
    return 0 if days is None else max(now_ms - days * limits.DAY_MS, 0)


def expired(owner: LogGroup, before_ms: int) -> int:
    """How many events happened before a time."""
    return owner.order.rank(lowest(before_ms))


def forward(stream: LogStream, start: str, end: str) -> Iterator[Found]:
    """A stream's events with ids from `start` on and below `end`, oldest first."""
    for event_id, event in stream.events.items_from(start):
        if event_id >= end:
            return
        yield Found(event_id, stream.name, event)


def backward(stream: LogStream, start: str, end: str) -> Iterator[Found]:
    """The same, newest first."""
    for event_id in stream.events.keys_before(end):
        if event_id < start:
            return
        yield Found(event_id, stream.name, stream.events[event_id])


def across(owner: LogGroup, start: str, end: str, *, newest_first: bool) -> Iterator[Found]:
    """The events of all streams of a group, interleaved."""
    order = owner.order
    keys = order.keys_before(end) if newest_first else order.keys_from(start)
    for event_id in keys:
        if (event_id < start) if newest_first else (event_id >= end):
            return
        name = order[event_id]
        yield Found(event_id, name, owner.streams[name].events[event_id])


def among(streams: list[LogStream], start: str, end: str, *, newest_first: bool) -> Iterator[Found]:
    """The events of some streams, interleaved."""
    if newest_first:
        parts = [backward(stream, start, end) for stream in streams]
    else:
        parts = [forward(stream, start, end) for stream in streams]
    if len(parts) == 1:
        return parts[0]
    return heapq.merge(*parts, key=lambda found: found.id, reverse=newest_first)


def due_moment(alarm: str) -> int:
    """The time in milliseconds that an alarm is set to."""
    return int(alarm[:12], 16)


def _below(order: SortedMap[str, str], end: str) -> Iterator[str]:
    for event_id in order:
        if event_id >= end:
            return
        yield event_id
