"""What metric filters count: each event that matches puts a value into a metric of CloudWatch's.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from backtrail import UNSET, Command, Event, Params, UnsetType, field, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.logs import api, patterns
from backtrail_aws.logs.api import PutLogEvents, PutLogEventsResult
from backtrail_aws.logs.log_events import accepted
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import Logs, service

_MOST = 1_000  # API_PutMetricData, data in a request


class Dimension(Params):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html"""

    name: str
    value: str


class Datum(Params):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""

    metric_name: str = field(name="metricName")
    value: float
    timestamp: IsoMillisZ
    dimensions: list[Dimension] | UnsetType = UNSET
    unit: str | UnsetType = UNSET


class PutMetricData(Params):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""

    namespace: str
    metric_data: list[Datum] = field(name="metricData")


@service.react
def count_in_metrics(state: Logs, event: Event[PutLogEvents, PutLogEventsResult]) -> Iterator[Command]:
    """Each filter of the group puts the values of the events that it matches, or its default where none does."""
    group = state.groups.get(event.params.log_group_name)
    if group is None or not group.metric_filters:
        return
    events = told(event.params.log_events, [])
    taken = accepted(group, [one.timestamp for one in events], millis(event.time))
    arrived = events[taken.first : taken.end]
    for one in group.metric_filters.values():
        pattern = patterns.told(told(one.filter_pattern, ""))
        if pattern is None or not arrived:
            continue
        for each in told(one.metric_transformations, []):
            data = list(_data(pattern, each, arrived))
            for start in range(0, len(data), _MOST):
                put = PutMetricData(namespace=each.metric_namespace, metric_data=data[start : start + _MOST])
                yield Command("cloudwatch", put, source_arn=event.arn("logs", f"log-group:{group.name}"))


def _data(
    pattern: patterns.Pattern, each: api.MetricTransformation, arrived: list[api.InputLogEvent]
) -> Iterator[Datum]:
    matching = [one for one in arrived if pattern.matches(one.message)]
    if not matching and not isinstance(each.default_value, UnsetType):
        yield _datum(each, each.default_value, arrived[-1].timestamp, {})
    for one in matching:
        found = pattern.extracted(one.message)
        text = each.metric_value
        number = _found(one.message, found, text) if text.startswith("$") else text
        value = _number(number) if number is not None else None
        named = {name: _found(one.message, found, where) for name, where in told(each.dimensions, {}).items()}
        given = {name: text for name, text in named.items() if text is not None}
        if value is not None and len(given) == len(named):  # without its dimensions it is no such metric
            yield _datum(each, value, one.timestamp, given)


def _found(message: str, found: dict[str, str], where: str) -> str | None:
    """What stands at a place of a message: where the pattern looked, or elsewhere in its JSON."""
    pattern = patterns.told(f"{{ {where} = * }}") if where.startswith("$.") and where not in found else None
    return found.get(where) if pattern is None else pattern.extracted(message).get(where)


def _datum(each: api.MetricTransformation, value: float, at_ms: int, named: dict[str, str]) -> Datum:
    return Datum(
        metric_name=each.metric_name, value=value, timestamp=IsoMillisZ.read(at_ms / 1000), unit=each.unit,
        dimensions=[Dimension(name=name, value=text) for name, text in named.items()] if named else UNSET,
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
