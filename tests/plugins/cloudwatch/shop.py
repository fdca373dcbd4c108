"""A scenario with CloudWatch alone, and the calls that most tests make."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import backtrail_aws.cloudwatch
from backtrail import UNSET, UnsetType
from backtrail.testing import Scenario
from backtrail.trail.times import CommaTime, IsoMillisZ
from backtrail_aws.cloudwatch.api import (
    DescribeAlarmHistory,
    DescribeAlarms,
    Dimension,
    GetMetricData,
    MetricAlarm,
    MetricDataQuery,
    MetricDatum,
    PutMetricAlarm,
    PutMetricData,
)

TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
POLICY = (
    "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:73f303f9-1592-4580-94b4-d7589dd079a6:"
    "autoScalingGroupName/g:policyName/in"
)


def scenario() -> Scenario:
    """CloudWatch, and nobody else."""
    return Scenario(backtrail_aws.cloudwatch)


def put(
    *values: float, name: str = "m", at: datetime | None = None, unit: str | UnsetType = UNSET, **more: Any
) -> PutMetricData:
    """Values of one metric, of now or of a time."""
    time = UNSET if at is None else IsoMillisZ.of(at)
    data = [MetricDatum(metric_name=name, value=value, timestamp=time, unit=unit, **more) for value in values]
    return PutMetricData(namespace="N", metric_data=data)


def alarm(name: str = "a", **more: Any) -> PutMetricAlarm:
    """An alarm: one minute's average over 5."""
    given: dict[str, Any] = {
        "metric_name": "m", "namespace": "N", "statistic": "Average", "period": 60, "evaluation_periods": 1,
        "threshold": 5.0, "comparison_operator": "GreaterThanThreshold", **more,
    }  # fmt: skip
    return PutMetricAlarm(alarm_name=name, **given)


def seen(one: Scenario, name: str = "a") -> MetricAlarm:
    """An alarm as it is described."""
    one.when(DescribeAlarms(alarm_names=[name]))
    found: list[MetricAlarm] = one.answer.metric_alarms
    return found[0]


def state(one: Scenario, name: str = "a") -> str:
    """An alarm's state."""
    value = seen(one, name).state_value
    assert isinstance(value, str)
    return value


def summaries(one: Scenario, name: str = "a") -> list[str]:
    """What the history says of an alarm, the newest first."""
    one.when(DescribeAlarmHistory(alarm_name=name))
    return [str(item.history_summary) for item in one.answer.alarm_history_items]


def ask(one: Scenario, *queries: MetricDataQuery, minutes: int = 60) -> dict[str, list[float]]:
    """What queries come to over the last minutes, the oldest values first, by id."""
    end = one.now + timedelta(minutes=1)
    asked = GetMetricData(
        metric_data_queries=list(queries), start_time=CommaTime.of(end - timedelta(minutes=minutes)),
        end_time=CommaTime.of(end), scan_by="TimestampAscending",
    )  # fmt: skip
    one.when(asked)
    assert one.error is None, one.error
    return {str(result.id): result.values for result in one.answer.metric_data_results}


def at(**dimensions: str) -> list[Dimension]:
    """Dimensions."""
    return [Dimension(name=name, value=value) for name, value in dimensions.items()]
