"""GetMetricStatistics and ListMetrics."""

from __future__ import annotations

from datetime import datetime, timedelta

from backtrail import UNSET, BadToken, Call, UnsetType, page, told
from backtrail.trail.times import CommaTime
from backtrail_aws.cloudwatch import api, errors, limits, points, queries, series
from backtrail_aws.cloudwatch.points import Point
from backtrail_aws.cloudwatch.series import Series
from backtrail_aws.cloudwatch.state import CloudWatch, moment, seconds, service

_MEMBERS = {
    "SampleCount": "sample_count", "Average": "average", "Sum": "sum", "Minimum": "minimum", "Maximum": "maximum",
}  # fmt: skip


@service.read
def get_metric_statistics(
    state: CloudWatch, call: Call[api.GetMetricStatistics]
) -> api.GetMetricStatisticsResult:
    """Statistics of a metric, period by period from the start time on, each unit by itself."""
    params = call.params
    _check(params)
    start, end = rounded(params.start_time, call.time, params.period), seconds(params.end_time)
    start = max(start, seconds(call.time) - limits.HOURS_KEPT_S)
    key = series.key(params.namespace, params.metric_name, queries.dimensions(params.dimensions))
    found = state.series.get(key)
    datapoints: list[api.Datapoint] = []
    for unit, kept in found.units.items() if found is not None else ():
        if isinstance(params.unit, UnsetType) or params.unit == unit:
            held = series.windows([kept], start, end, params.period)
            datapoints += [_datapoint(params, at, point, unit) for at, point in held.items()]
    return api.GetMetricStatisticsResult(label=params.metric_name, datapoints=datapoints)


def _datapoint(params: api.GetMetricStatistics, at: int, point: Point, unit: str) -> api.Datapoint:
    simple = {_MEMBERS[name]: points.statistic(point, name) for name in told(params.statistics, [])}
    extended = {
        name: value
        for name in told(params.extended_statistics, [])
        if (value := points.statistic(point, name)) is not None
    }
    return api.Datapoint(
        timestamp=CommaTime.of(moment(at)), unit=unit,
        extended_statistics=extended if told(params.extended_statistics, []) else UNSET,
        **{name: value for name, value in simple.items() if value is not None},
    )  # fmt: skip


def rounded(start: datetime, now: datetime, period_s: int) -> int:
    """A start time as CloudWatch rounds it down (API_GetMetricStatistics, StartTime)."""
    age = now - start
    if age < timedelta(hours=3) and period_s < limits.MINUTE:
        step = period_s
    elif age < timedelta(days=15):
        step = limits.MINUTE
    else:
        step = limits.FIVE_MINUTES if age < timedelta(days=63) else limits.HOUR
    return seconds(start) - seconds(start) % step


def _check(params: api.GetMetricStatistics) -> None:
    simple, extended = told(params.statistics, []), told(params.extended_statistics, [])
    if not simple and not extended:
        # evidence: guess
        raise errors.missing("Must specify either Statistics or ExtendedStatistics")
    if simple and extended:
        # evidence: API_GetMetricStatistics; words: guess
        raise errors.combination("Only one of Statistics and ExtendedStatistics may be specified")
    for name in extended:
        if not points.is_extended(name):
            # evidence: guess
            raise errors.value(f"The value {name} for parameter ExtendedStatistics is not supported.")
    if params.start_time >= params.end_time:
        # evidence: guess
        raise errors.value("The parameter StartTime must be less than the parameter EndTime.")
    if params.period not in (1, 5, 10, 20, 30) and (params.period <= 0 or params.period % 60):
        # evidence: API_GetMetricStatistics; words: guess
        raise errors.value(
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60 and greater than zero."
        )
    asked = -(-int((params.end_time - params.start_time).total_seconds()) // params.period)
    if asked > limits.STATISTICS_MAX:
        # evidence: https://github.com/cloud-custodian/cloud-custodian/issues/7683
        raise errors.combination(
            f"You have requested up to {asked} datapoints, which exceeds the limit of {limits.STATISTICS_MAX}. You "
            "may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )


@service.read
def list_metrics(state: CloudWatch, call: Call[api.ListMetrics]) -> api.ListMetricsResult:
    """Metrics that had data in the last two weeks (or three hours), by namespace, name and dimensions."""
    params = call.params
    if told(params.recently_active, "PT3H") != "PT3H":
        # evidence: API_ListMetrics; words: guess
        raise errors.value("The only valid value for RecentlyActive is PT3H.")
    recent = limits.LISTED if isinstance(params.recently_active, UnsetType) else limits.RECENTLY
    oldest = seconds(call.time - recent)
    wanted = told(params.dimensions, [])

    def keep(one: Series) -> bool:
        return (
            one.last_s >= oldest
            and (isinstance(params.metric_name, UnsetType) or one.name == params.metric_name)
            and all(
                each.name in one.dimensions
                and (isinstance(each.value, UnsetType) or one.dimensions[each.name] == each.value)
                for each in wanted
            )
        )

    prefix = f"{params.namespace}\0" if isinstance(params.namespace, str) else ""
    if isinstance(params.owning_account, str) and params.owning_account != call.account:
        return api.ListMetricsResult(metrics=[])
    try:
        found = page(
            state.series, told(params.next_token, "") or None, limits.LISTED_MAX, prefix=prefix, keep=keep
        )
    except BadToken as error:
        raise errors.bad_token() from error
    linked = params.include_linked_accounts is True
    return api.ListMetricsResult(
        metrics=[metric_of(one) for one in found.items],
        next_token=found.next or UNSET,
        owning_accounts=[call.account] * len(found.items) if linked else UNSET,
    )


def metric_of(one: Series) -> api.Metric:
    """A metric as it is listed."""
    return api.Metric(
        namespace=one.namespace, metric_name=one.name,
        dimensions=[api.Dimension(name=name, value=value) for name, value in one.dimensions.items()],
    )  # fmt: skip
