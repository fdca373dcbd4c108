"""GetLogEvents: one stream's events, page by page, in both directions.

A token is a place between two events: `f/` goes on after the event that it names, `b/` before it. Where nothing
follows, the token comes back as it was, and so the end is known.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from backtrail import Call, UnsetType, told
from backtrail_aws.logs import api, directory, errors, limits, stock
from backtrail_aws.logs.api import GetLogEvents, GetLogEventsResult, GetLogRecord, GetLogRecordResult
from backtrail_aws.logs.insights_fields import EventRow, pointed
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import Logs, service
from backtrail_aws.logs.stock import Found

_TOKEN = re.compile(r"(?P<way>[fb])/(?P<id>\d{56})/s")


class Token(msgspec.Struct, frozen=True):
    """Where to go on, and in which direction."""

    id: str
    forward: bool

    def __str__(self) -> str:
        return f"{'f' if self.forward else 'b'}/{self.id}/s"


@service.read(at=directory.by_identifier)
def get_log_events(state: Logs, call: Call[GetLogEvents]) -> GetLogEventsResult:
    """Up to 1 MB or 10,000 events, oldest first in every page: the newest, unless another place is asked for."""
    params = call.params
    group = directory.identified(state, params)
    stream = directory.stream_of(group, params.log_stream_name)
    start_ms, end_ms = params.start_time, params.end_time
    if isinstance(start_ms, int) and isinstance(end_ms, int) and start_ms > end_ms:
        # evidence: guess
        raise errors.invalid("startTime must not be later than endTime.")
    start = stock.lowest(max(told(start_ms, 0), stock.kept_from(group, millis(call.time))))
    end = stock.lowest(end_ms) if isinstance(end_ms, int) else stock.LAST
    token = _token(params.next_token)
    limit = told(params.limit, limits.PAGE_EVENTS_MAX)
    if token.forward if token is not None else params.start_from_head is True:
        begin = max(start, stock.shifted(token.id, 1)) if token is not None else start
        found, _ = cut(stock.forward(stream, begin, end), limit)
    else:
        stop = min(end, token.id) if token is not None else end
        found, _ = cut(stock.backward(stream, start, stop), limit)
        found.reverse()
    ahead, back = _around(found, token, start)
    return GetLogEventsResult(
        events=[_output(one) for one in found], next_forward_token=str(ahead), next_backward_token=str(back)
    )


@service.read
def get_log_record(state: Logs, call: Call[GetLogRecord]) -> GetLogRecordResult:
    """All fields of the event that a query's @ptr points to."""
    pointer = pointed(call.params.log_record_pointer)
    group = state.groups.get(pointer.group) if pointer is not None else None
    stream = group.streams.get(pointer.stream) if group is not None and pointer is not None else None
    event = stream.events.get(pointer.id) if stream is not None and pointer is not None else None
    if group is None or pointer is None or event is None:
        # evidence: model; words: guess
        raise errors.invalid("The specified log record pointer is not valid.")
    row = EventRow(call.account, group.name, Found(pointer.id, pointer.stream, event))
    return GetLogRecordResult(log_record=row.everything())


def cut(events: Iterator[Found], limit: int) -> tuple[list[Found], bool]:
    """As many events as one page holds, in the order in which they come; and whether more follow."""
    page: list[Found] = []
    size, limit = 0, min(limit, limits.PAGE_EVENTS_MAX)
    for found in events:
        size += stock.size(found.event.message)
        if len(page) == limit or (page and size > limits.PAGE_BYTES_MAX):
            return page, True
        page.append(found)
    return page, False


def _around(found: list[Found], token: Token | None, start: str) -> tuple[Token, Token]:
    """The tokens that go on after a page and before it."""
    if found:
        return Token(found[-1].id, True), Token(found[0].id, False)
    if token is None:
        return Token(stock.shifted(start, -1), True), Token(start, False)
    if token.forward:
        return token, Token(stock.shifted(token.id, 1), False)
    return Token(stock.shifted(token.id, -1), True), token


def _token(text: str | UnsetType) -> Token | None:
    if isinstance(text, UnsetType):
        return None
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise errors.bad_token()
    return Token(found["id"], found["way"] == "f")


def _output(found: Found) -> api.OutputLogEvent:
    event = found.event
    return api.OutputLogEvent(
        timestamp=event.timestamp_ms, message=event.message, ingestion_time=event.ingested_ms
    )
