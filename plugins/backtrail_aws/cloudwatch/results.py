"""GetMetricData: queries answered, page by page.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from backtrail import UNSET, BadToken, Call, UnsetType, told
from backtrail.errors import NotImplementedAction
from backtrail.paging import decode_token, encode_token
from backtrail.trail.times import CommaTime
from backtrail_aws.cloudwatch import alarms, api, errors, expressions, figures, limits, queries
from backtrail_aws.cloudwatch.arithmetic import Line, Value, Word
from backtrail_aws.cloudwatch.state import CloudWatch, moment, seconds, service

_DYNAMIC = re.compile(r"\$\{(?:PROP\('([^']+)'\)|([A-Z_]+))\}")


@service.read
def get_metric_data(state: CloudWatch, call: Call[api.GetMetricData]) -> api.GetMetricDataResult:
    """What metrics and expressions come to, the newest values first unless asked otherwise."""
    params = call.params
    asked = params.metric_data_queries
    if len(asked) > limits.QUERIES_MAX:
        # evidence: limits.py; words: guess
        raise errors.validation(
            f"The collection MetricDataQueries must not have a size greater than {limits.QUERIES_MAX}."
        )
    if params.start_time >= params.end_time:
        # evidence: guess
        raise errors.validation("The parameter StartTime must be less than the parameter EndTime.")
    alarms.check_queries(asked, "GetMetricData")
    if not any(told(one.return_data, True) for one in asked):
        # evidence: guess
        raise errors.validation("At least one element of the MetricDataQueries should return data.")
    start = figures.rounded(params.start_time, call.time, queries.period_of(asked))
    start = max(start, seconds(call.time) - limits.HOURS_KEPT_S)
    try:
        values = queries.values(state, asked, start, seconds(params.end_time))
    except expressions.NotHere as missing:
        raise NotImplementedAction(f"cloudwatch:GetMetricData with {missing}") from missing
    except expressions.Wrong as wrong:
        # evidence: model; words: guess
        raise errors.validation(f"Error in expression: {wrong}") from wrong
    results = [
        one
        for query in asked
        if told(query.return_data, True)
        for one in _results(call, query, values[query.id], start)
    ]
    return _paged(params, results)


def _results(
    call: Call[api.GetMetricData], query: api.MetricDataQuery, value: Value, start: int
) -> list[api.MetricDataResult]:
    if isinstance(value, Word):
        # evidence: guess
        raise errors.validation(
            f"Error in expression '{query.id}': the result is not a time series or a number."
        )
    if isinstance(value, list):
        return [_result(call, query, line) for line in value]
    if isinstance(value, Line):
        line = Line(value.points, query.id, query.id) if isinstance(query.expression, str) else value
        return [_result(call, query, line)]
    period = queries.period_of(call.params.metric_data_queries)
    grid = range(start - start % period, seconds(call.params.end_time), period)
    return [_result(call, query, Line(dict.fromkeys(grid, value), query.id, query.id))]


def _result(call: Call[api.GetMetricData], query: api.MetricDataQuery, line: Line) -> api.MetricDataResult:
    pairs = list(line.points.items())
    if call.params.scan_by != "TimestampAscending":
        pairs.reverse()
    default = line.label or query.id
    return api.MetricDataResult(
        id=query.id, label=_label(call, told(query.label, default), default, line), status_code="Complete",
        timestamps=[CommaTime.of(moment(at)) for at, _ in pairs], values=[value for _, value in pairs],
    )  # fmt: skip


def _label(call: Call[api.GetMetricData], text: str, default: str, line: Line) -> str:
    """A label with what it has for dynamic parts: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
    graph-dynamic-labels.html"""
    values = list(line.points.values())
    places = {"AccountId": call.account, "Region": call.region, **line.names}

    def part(found: re.Match[str]) -> str:
        if found[1]:
            return places.get(found[1], found[0])
        if found[2] == "LABEL":
            return default
        if found[2] == "DATAPOINT_COUNT":
            return str(len(values))
        figure = _FIGURES.get(found[2])
        if figure is None:
            return found[0]
        return f"{figure(values):g}" if values else "--"

    return _DYNAMIC.sub(part, text)


_FIGURES: dict[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: math.fsum(values) / len(values),
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
}


def _paged(params: api.GetMetricData, results: list[api.MetricDataResult]) -> api.GetMetricDataResult:
    """Up to so many data points, from where the page before ended."""
    most = told(params.max_datapoints, limits.DATAPOINTS_MAX)
    done = 0
    if isinstance(params.next_token, str) and params.next_token:
        try:
            done = int(decode_token(params.next_token))
        except (BadToken, ValueError) as error:
            raise errors.bad_token() from error
    total = sum(len(told(one.values, [])) for one in results)
    if not done and total <= most:
        return api.GetMetricDataResult(metric_data_results=results, messages=[])
    shown: list[api.MetricDataResult] = []
    first, last, at = done, done + most, 0
    for one in results:
        count = len(told(one.values, []))
        low, high = max(first - at, 0), min(last - at, count)
        if low < high or (count == 0 and first <= at < last):
            shown.append(_part(one, low, high, whole=high == count))
        at += count
    following = encode_token(str(last)) if last < total else UNSET
    return api.GetMetricDataResult(metric_data_results=shown, messages=[], next_token=following)


def _part(one: api.MetricDataResult, low: int, high: int, *, whole: bool) -> api.MetricDataResult:
    timestamps: list[CommaTime] | UnsetType = one.timestamps
    return api.MetricDataResult(
        id=one.id, label=one.label, status_code="Complete" if whole else "PartialData",
        timestamps=told(timestamps, [])[low:high], values=told(one.values, [])[low:high],
    )  # fmt: skip
