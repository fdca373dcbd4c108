"""Queries: starting them, and their results.

A query is complete at once. Its rows are found when they are asked for, over the events that had come in when it was
started; so they lack what has been deleted or has expired since.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from backtrail import UNSET, BadToken, Call, Event, UnsetType, told
from backtrail.paging import decode_token, encode_token
from backtrail_aws.logs import api, directory, errors, insights, limits, stock
from backtrail_aws.logs.api import (
    DescribeQueries,
    DescribeQueriesResult,
    GetLogGroupFields,
    GetLogGroupFieldsResult,
    GetQueryResults,
    GetQueryResultsResult,
    ListLogGroupsForQuery,
    ListLogGroupsForQueryResult,
    StartQuery,
    StartQueryResult,
    StopQuery,
    StopQueryResult,
)
from backtrail_aws.logs.insights_fields import EventRow
from backtrail_aws.logs.insights_tokens import BadQuery
from backtrail_aws.logs.moments import millis, sortable
from backtrail_aws.logs.state import LogGroup, Logs, Query, service
from backtrail_aws.logs.stock import LAST, Found

CWLI, COMPLETE, CANCELLED = "CWLI", "Complete", "Cancelled"
_SECONDS_UNTIL = 100_000_000_000
"""What is more is milliseconds: clients send both."""


@service.read
def start_query(state: Logs, call: Call[StartQuery]) -> StartQueryResult:
    """The id of a new query. Refuses what cannot be understood, and groups that are not there."""
    params = call.params
    if told(params.query_language, CWLI) != CWLI:
        # evidence: guess
        raise errors.invalid(f"The query language {params.query_language} is not supported.")
    names = _names(params)
    if not names:
        # evidence: page API_StartQuery; words: guess
        raise errors.invalid(
            "Exactly one of logGroupName, logGroupNames or logGroupIdentifiers must be specified."
        )
    if len(names) > limits.QUERY_GROUPS_MAX:
        # evidence: page API_StartQuery; words: guess
        raise errors.invalid(f"A query can have at most {limits.QUERY_GROUPS_MAX} log groups.")
    if params.start_time > params.end_time:
        # evidence: guess
        raise errors.invalid("Query's end date and time is before its start date and time.")
    try:
        insights.compiled(params.query_string)
    except BadQuery as error:
        raise errors.malformed_query(str(error), error.start, error.end) from error
    for name in names:
        directory.group(state, name)
    return StartQueryResult(query_id=call.new_id("uuid"))


@service.project
def query_started(state: Logs, event: Event[StartQuery, StartQueryResult]) -> None:
    """The query is there for a week; older ones are gone."""
    params, now = event.params, millis(event.time)
    _forget_old(state, now)
    arn = event.identity.arn
    query = Query(
        id=told(event.result.query_id, event.new_id("uuid")), text=params.query_string, groups=_names(params),
        start_ms=_millis(params.start_time), end_ms=_millis(params.end_time, last=True), created_ms=now,
        limit=params.limit, user=arn if isinstance(arn, str) else UNSET,
    )  # fmt: skip
    if query.id not in state.queries:
        state.queries[query.id] = query
        state.query_order[f"{sortable(now)}{query.id}"] = query.id


@service.handle
def stop_query(state: Logs, call: Call[StopQuery]) -> StopQueryResult:
    """Refuse a query that has ended, as they all have."""
    query = _find(state, call.params.query_id, call)
    # evidence: page API_StopQuery; words: guess
    raise errors.invalid(f"The specified query {query.id} is not running.")


@service.project
def query_stopped(state: Logs, event: Event[StopQuery, None]) -> None:
    """The query has no results."""
    query = state.queries.get(event.params.query_id)
    if query is not None:
        query.status = CANCELLED


@service.read
def get_query_results(state: Logs, call: Call[GetQueryResults]) -> GetQueryResultsResult:
    """A query's rows, page by page."""
    params = call.params
    query = _find(state, params.query_id, call)
    found = _rows(state, query, call)
    start = _place(params.next_token)
    count = told(params.max_items, 0) or limits.QUERY_PAGE_ROWS
    rows = found.rows[start : start + count]
    more = start + count < len(found.rows)
    return GetQueryResultsResult(
        query_language=CWLI,
        results=[[api.ResultField(field=name, value=value) for name, value in row] for row in rows],
        statistics=_statistics(query, found),
        status=query.status,
        encryption_key=state.results_key,
        next_token=encode_token(str(start + count)) if more else UNSET,
    )


@service.read
def describe_queries(state: Logs, call: Call[DescribeQueries]) -> DescribeQueriesResult:
    """Queries of the last week, newest first: all, or those of a group or in a state."""
    params, now = call.params, millis(call.time)
    count = told(params.max_results, limits.QUERIES_LISTED_MAX)
    try:
        before = decode_token(params.next_token) if isinstance(params.next_token, str) else LAST
    except BadToken as error:
        raise errors.bad_token() from error
    listed: list[api.QueryInfo] = []
    last, more = "", False
    for place in state.query_order.keys_before(before):
        query = state.queries[state.query_order[place]]
        if now - query.created_ms >= limits.QUERY_KEPT_MS:
            break
        if not _wanted(query, params):
            continue
        if len(listed) == count:
            more = True
            break
        listed.append(_info(query))
        last = place
    return DescribeQueriesResult(queries=listed, next_token=encode_token(last) if more else UNSET)


@service.read
def list_log_groups_for_query(state: Logs, call: Call[ListLogGroupsForQuery]) -> ListLogGroupsForQueryResult:
    """The groups that a query looks at."""
    query = _find(state, call.params.query_id, call)
    start, count = _place(call.params.next_token), told(call.params.max_results, limits.QUERY_GROUP_LIST_MAX)
    more = start + count < len(query.groups)
    return ListLogGroupsForQueryResult(
        log_group_identifiers=query.groups[start : start + count],
        next_token=encode_token(str(start + count)) if more else UNSET,
    )


@service.read(at=directory.by_identifier)
def get_log_group_fields(state: Logs, call: Call[GetLogGroupFields]) -> GetLogGroupFieldsResult:
    """The fields of the events within eight minutes of a time, or of the last fifteen minutes, with their shares."""
    group = directory.identified(state, call.params)
    now, time = millis(call.time), call.params.time
    span = 8 * 60 * limits.SECOND_MS
    start, end = now - 15 * 60 * limits.SECOND_MS, now
    if isinstance(time, int):
        start, end = _millis(time) - span, _millis(time) + span
    counts: dict[str, int] = {}
    total = 0
    for found in stock.across(group, stock.lowest(start), stock.lowest(end + 1), newest_first=False):
        total += 1
        for name in EventRow(call.account, group.name, found).everything():
            counts[name] = counts.get(name, 0) + 1
    return GetLogGroupFieldsResult(
        log_group_fields=[
            api.LogGroupField(name=name, percent=count * 100 // total)
            for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        ]
    )


# within


def _rows(state: Logs, query: Query, call: Call[GetQueryResults]) -> insights.Rows:
    most = min(told(query.limit, limits.QUERY_ROWS), 10 * limits.QUERY_ROWS)
    try:
        program = insights.compiled(query.text)
    except BadQuery:  # of a foreign trail, in words that are not covered
        return insights.Rows([], 0, 0, 0)
    if query.status != COMPLETE:
        return insights.Rows([], 0, 0, 0)
    groups = [state.groups[name] for name in query.groups if name in state.groups]
    parts = [_events(group, query, millis(call.time)) for group in groups]
    merged = heapq.merge(*parts, key=lambda one: one[1].id)
    return program.run((EventRow(call.account, group.name, found) for group, found in merged), most)


def _events(group: LogGroup, query: Query, now_ms: int) -> Iterator[tuple[LogGroup, Found]]:
    start = stock.lowest(max(query.start_ms, stock.kept_from(group, now_ms)))
    for found in stock.across(group, start, stock.lowest(query.end_ms + 1), newest_first=False):
        if found.event.ingested_ms <= query.created_ms:
            yield group, found


def _names(params: StartQuery) -> list[str]:
    """The names of a query's groups: none where it names them in more than one way, or not at all."""
    given = [
        [params.log_group_name] if isinstance(params.log_group_name, str) else UNSET,
        params.log_group_names,
        params.log_group_identifiers,
    ]
    told_of = [one for one in given if not isinstance(one, UnsetType)]
    if len(told_of) != 1:
        return []
    return list(dict.fromkeys(directory.name_of(name) for name in told_of[0]))


def _millis(time: int, *, last: bool = False) -> int:
    """A time in seconds or milliseconds, in milliseconds: the first or the last of its second."""
    if time >= _SECONDS_UNTIL:
        return time
    return time * limits.SECOND_MS + (limits.SECOND_MS - 1 if last else 0)


def _find(
    state: Logs, query_id: str, call: Call[StopQuery] | Call[GetQueryResults] | Call[ListLogGroupsForQuery]
) -> Query:
    query = state.queries.get(query_id)
    if query is None or millis(call.time) - query.created_ms >= limits.QUERY_KEPT_MS:
        # evidence: model; words: guess
        raise errors.not_there("query")
    return query


def _forget_old(state: Logs, now_ms: int) -> None:
    while (first := state.query_order.first()) is not None:
        query_id = state.query_order[first]
        if now_ms - state.queries[query_id].created_ms < limits.QUERY_KEPT_MS:
            return
        del state.query_order[first], state.queries[query_id]


def _wanted(query: Query, params: DescribeQueries) -> bool:
    group, status = params.log_group_name, params.status
    return (isinstance(group, UnsetType) or group in query.groups) and (
        isinstance(status, UnsetType) or status == query.status
    )


def _info(query: Query) -> api.QueryInfo:
    return api.QueryInfo(
        query_language=CWLI, query_id=query.id, query_string=query.text, status=query.status,
        create_time=query.created_ms, log_group_name=query.groups[0] if query.groups else UNSET,
        query_duration=0, user_identity=query.user,
    )  # fmt: skip


def _statistics(query: Query, found: insights.Rows) -> api.QueryStatistics:
    return api.QueryStatistics(
        records_matched=float(found.matched), records_scanned=float(found.scanned), estimated_records_skipped=0.0,
        bytes_scanned=float(found.bytes), estimated_bytes_skipped=0.0,
        log_groups_scanned=float(len(query.groups)), result_count=float(len(found.rows)),
    )  # fmt: skip


def _place(token: str | UnsetType) -> int:
    if isinstance(token, UnsetType):
        return 0
    try:
        place = decode_token(token)
    except BadToken as error:
        raise errors.bad_token() from error
    if not place.isdecimal():
        raise errors.bad_token()
    return int(place)
