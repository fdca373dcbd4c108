"""Putting data, and asking for them.

The data stand beside the record of PutMetricData; the fold keeps them by the minute (`series`). Services' own metrics
(`AWS/...`) are put by whoever runs the log, with `backtrail inject cloudwatch PutServiceMetric`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.cloudwatch import api, errors, limits, planning, points, queries, series
from backtrail_aws.cloudwatch.points import Point
from backtrail_aws.cloudwatch.series import NO_UNIT, Series
from backtrail_aws.cloudwatch.state import CloudWatch, seconds, service


@service.handle
def put_metric_data(state: CloudWatch, call: Call[api.PutMetricData]) -> None:
    """Refuse services' namespaces, times too far off, values that are none, and data that say nothing."""
    params = call.params
    if params.namespace.startswith("AWS/") and call.caller.service is None:
        # evidence: API_PutMetricData; words: guess
        raise errors.value(
            'The value AWS/ for parameter Namespace is invalid: it must not begin with "AWS/".'
        )
    given = list(_data(params))
    if not given:
        # evidence: guess
        raise errors.missing("The parameter MetricData is required.")
    if len(given) > limits.DATA_MAX:
        # evidence: https://github.com/papertrail/papertrail-services/issues/66 (of 20 then)
        raise errors.value(f"The collection MetricData must not have a size greater than {limits.DATA_MAX}.")
    for number, one in enumerate(given, 1):
        _check(one, f"MetricData.member.{number}", call.time)


def _data(params: api.PutMetricData) -> Iterator[api.MetricDatum]:
    yield from told(params.metric_data, [])
    for one in told(params.entity_metric_data, []):
        yield from told(one.metric_data, [])


def _check(one: api.MetricDatum, where: str, now: datetime) -> None:
    forms = (one.value, one.values, one.statistic_values)
    told_in = [form for form in forms if not isinstance(form, UnsetType)]
    if not told_in:
        # evidence: https://github.com/AdRoll/goamz/pull/301, of the time before Values
        raise errors.combination(
            f"At least one of the parameters {where}.Value, {where}.Values and {where}.StatisticValues must be "
            "specified."
        )
    if len(told_in) > 1:
        # evidence: API_MetricDatum; words: guess
        raise errors.combination(
            f"The parameters {where}.Value, {where}.Values and {where}.StatisticValues are mutually exclusive."
        )
    if len(told(one.dimensions, [])) > limits.DIMENSIONS_MAX:
        # evidence: API_MetricDatum; words: guess
        raise errors.value(
            f"The collection {where}.Dimensions must not have a size greater than {limits.DIMENSIONS_MAX}."
        )
    if isinstance(one.timestamp, datetime) and not now - limits.PAST <= one.timestamp <= now + limits.FUTURE:
        # evidence: https://github.com/cloud-custodian/cloud-custodian/issues/2559
        raise errors.value(f"The parameter {where}.Timestamp must specify a time within the past two weeks.")
    if told(one.storage_resolution, 60) not in (1, 60):
        # evidence: API_MetricDatum; words: guess
        raise errors.value(f"The parameter {where}.StorageResolution must be 1 or 60.")
    _check_values(one, where)


def _check_values(one: api.MetricDatum, where: str) -> None:
    values, counts = told(one.values, []), told(one.counts, [])
    if len(values) > limits.VALUES_MAX:
        # evidence: https://github.com/aws/aws-sdk-java-v2/issues/3080
        raise errors.value(
            f"The collection {where}.Values must not have a size greater than {limits.VALUES_MAX}."
        )
    if counts and len(counts) != len(values):
        # evidence: guess
        raise errors.value(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
    held = one.statistic_values
    numbers = [*values, *counts]
    if not isinstance(one.value, UnsetType):
        numbers.append(one.value)
    if not isinstance(held, UnsetType):
        numbers += [held.sample_count, held.sum, held.minimum, held.maximum]
        if held.sample_count <= 0 or held.minimum > held.maximum:
            # evidence: guess
            raise errors.value(
                f"The parameter {where}.StatisticValues is invalid: SampleCount must be positive, Minimum no more "
                "than Maximum."
            )
    for number in numbers:
        if math.isnan(number) or math.isinf(number):
            # evidence: https://github.com/Netflix-Skunkworks/iep-apps/pull/28
            raise errors.value(f"The value ? for parameter {where}.Value is invalid.")
        if abs(number) > limits.VALUE_BOUND:
            # evidence: API_MetricDatum; words: guess
            raise errors.value(
                f"The value {number} for parameter {where}.Value is out of range: it must be between -2^360 and 2^360."
            )


@service.project
def metric_data_put(state: CloudWatch, event: Event[api.PutMetricData, None]) -> None:
    """The data are in their series; the alarms on them are planned anew."""
    keep(state, event, event.params.namespace, _data(event.params))


def keep(state: CloudWatch, event: Event[Any, Any], namespace: str, data: Iterable[api.MetricDatum]) -> None:
    """Data that an event tells of."""
    touched: dict[str, None] = {}
    now_s = seconds(event.time)
    for one in data:
        point = _point(one)
        if point is None:
            continue
        held = queries.dimensions(one.dimensions)
        key = series.key(namespace, one.metric_name, held)
        found = state.series.get(key)
        if found is None:
            found = state.series[key] = Series(namespace=namespace, name=one.metric_name, dimensions=held)
        found.event, found.put_s = event.id, now_s
        at_s = seconds(one.timestamp) if isinstance(one.timestamp, datetime) else now_s
        fine = one.storage_resolution == 1
        series.add(found, at_s, told(one.unit, NO_UNIT), point, fine=fine, now_s=now_s)
        touched[key] = None
    for name in dict.fromkeys(name for key in touched for name in state.watched.get(key, [])):
        planning.plan(state, state.alarms[name], event.time)


def _point(one: api.MetricDatum) -> Point | None:
    """What a datum says; None where it says nothing."""
    if not isinstance(one.value, UnsetType):
        return points.of_values([(one.value, 1.0)])
    held = one.statistic_values
    if not isinstance(held, UnsetType):
        return points.of_set(held.sample_count, held.sum, held.minimum, held.maximum)
    values = told(one.values, [])
    counts = told(one.counts, [1.0] * len(values))
    return points.of_values(zip(values, counts, strict=False)) if values else None


# what services measure


class PutServiceMetric(Params):
    """A data point of a service's own metric: `dimensions` is `Name=value,Name=value`; `at` is now by default."""

    namespace: str
    metric: str = field(name="metricName")
    value: float
    dimensions: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    at: str | UnsetType = UNSET


@service.inject
def put_service_metric(state: CloudWatch, call: Call[PutServiceMetric]) -> None:
    """Of any namespace."""
    _datum(call.params)


@service.project
def service_metric_put(state: CloudWatch, event: Event[PutServiceMetric, None]) -> None:
    """As with any data."""
    keep(state, event, event.params.namespace, [_datum(event.params)])


def _datum(params: PutServiceMetric) -> api.MetricDatum:
    told_of = [part for part in told(params.dimensions, "").split(",") if part]
    if any("=" not in part for part in told_of):
        # evidence: guess: nothing that AWS answers, but who injects data is told what is wrong
        raise errors.value("dimensions are written Name=value,Name=value")
    pairs = (part.split("=", 1) for part in told_of)
    at: IsoMillisZ | UnsetType = UNSET
    if isinstance(params.at, str):
        try:
            at = IsoMillisZ.read(params.at)
        except ValueError as error:
            # evidence: guess: the same
            raise errors.value(f"{params.at!r} is no time") from error
    return api.MetricDatum(
        metric_name=params.metric, value=params.value, unit=params.unit, timestamp=at,
        dimensions=[api.Dimension(name=name, value=value) for name, value in pairs],
    )  # fmt: skip
