"""FilterLogEvents: the events of many streams that match a pattern.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from backtrail import UNSET, BadToken, Call, UnsetType, told
from backtrail.paging import decode_token, encode_token
from backtrail_aws.logs import api, directory, errors, limits, patterns, stock
from backtrail_aws.logs.api import FilterLogEvents, FilterLogEventsResult
from backtrail_aws.logs.event_reads import cut
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import LogGroup, Logs, LogStream, service
from backtrail_aws.logs.stock import LAST, Found


@service.read(at=directory.by_identifier)
def filter_log_events(state: Logs, call: Call[FilterLogEvents]) -> FilterLogEventsResult:
    """Up to 1 MB or 10,000 events of all streams, or of some; a token only where there are more that match."""
    params = call.params
    if params.log_stream_names is not UNSET and params.log_stream_name_prefix is not UNSET:
        # evidence: page API_FilterLogEvents; words: guess
        raise errors.invalid("logStreamNames and logStreamNamePrefix cannot be used together.")
    pattern = patterns.of(told(params.filter_pattern, ""))
    group = directory.identified(state, params)
    newest_first, after = _direction(params)
    start = stock.lowest(max(told(params.start_time, 0), stock.kept_from(group, millis(call.time))))
    end = stock.lowest(params.end_time + 1) if isinstance(params.end_time, int) else LAST
    if after:
        start, end = (start, min(end, after)) if newest_first else (max(start, stock.shifted(after, 1)), end)
    some = _streams(group, params)
    if some is None:
        events = stock.across(group, start, end, newest_first=newest_first)
    else:
        events = stock.among(some, start, end, newest_first=newest_first)
    limit = told(params.limit, limits.PAGE_EVENTS_MAX)
    page, more = cut((found for found in events if pattern.matches(found.event.message)), limit)
    return FilterLogEventsResult(
        events=[_filtered(found) for found in page],
        searched_log_streams=[],  # no longer told since 2020
        next_token=_token(page[-1].id, newest_first) if more else UNSET,
    )


def _streams(group: LogGroup, params: FilterLogEvents) -> list[LogStream] | None:
    """The streams to search; None for all."""
    if isinstance(params.log_stream_names, list):
        return [directory.stream_of(group, name) for name in dict.fromkeys(params.log_stream_names)]
    prefix = params.log_stream_name_prefix
    if isinstance(prefix, UnsetType):
        return None
    found: list[LogStream] = []
    for name, stream in group.streams.items_from(prefix):
        if not name.startswith(prefix):
            break
        found.append(stream)
    return found


def _direction(params: FilterLogEvents) -> tuple[bool, str]:
    """Whether the newest events come first, and the id after which a page begins: a token knows both."""
    if isinstance(params.next_token, str):
        try:
            way, _, event_id = decode_token(params.next_token).partition("/")
        except BadToken as error:
            raise errors.bad_token() from error
        if way not in ("f", "b") or not event_id.isdecimal():
            raise errors.bad_token()
        return way == "b", event_id
    newest_first = params.start_from_head is False
    if newest_first and told(params.start_time, 0) < limits.NEWEST_FIRST_FROM_MS:
        # evidence: page API_FilterLogEvents; words: guess
        raise errors.invalid("startFromHead can be false only when startTime is on or after January 1, 2024.")
    return newest_first, ""


def _token(event_id: str, newest_first: bool) -> str:
    return encode_token(f"{'b' if newest_first else 'f'}/{event_id}")


def _filtered(found: Found) -> api.FilteredLogEvent:
    event = found.event
    return api.FilteredLogEvent(
        log_stream_name=found.stream, timestamp=event.timestamp_ms, message=event.message,
        ingestion_time=event.ingested_ms, event_id=found.id,
    )  # fmt: skip
