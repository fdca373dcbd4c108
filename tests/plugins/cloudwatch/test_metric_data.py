"""Data: what may be put, what is listed, what statistics say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backtrail.call import Caller
from backtrail.record import Identity
from backtrail.testing import ACCOUNT, EPOCH
from backtrail.trail.times import CommaTime, IsoMillisZ
from backtrail_aws.cloudwatch.api import (
    DescribeAlarms,
    DimensionFilter,
    EntityMetricData,
    GetMetricStatistics,
    ListMetrics,
    MetricDatum,
    PutMetricData,
    StatisticSet,
)
from backtrail_aws.cloudwatch.metric_data import PutServiceMetric

from .shop import alarm, at, put, scenario, state

LOGS = "logs.amazonaws.com"
SERVICE = Caller(identity=Identity(type="AWSService", invoked_by=LOGS), account=ACCOUNT, service=LOGS)


def asked(**more: Any) -> GetMetricStatistics:
    """The first hour of the metric `m`."""
    given: dict[str, Any] = {
        "namespace": "N", "metric_name": "m", "period": 300, "start_time": CommaTime.of(EPOCH),
        "end_time": CommaTime.of(EPOCH + timedelta(hours=1)), "statistics": ["Sum"], **more,
    }  # fmt: skip
    return GetMetricStatistics(**given)


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "InvalidParameterCombination"),
        ({"value": 1.0, "values": [1.0]}, "InvalidParameterCombination"),
        ({"value": float("nan")}, "InvalidParameterValue"),
        ({"value": float("inf")}, "InvalidParameterValue"),
        ({"value": 2.0**361}, "InvalidParameterValue"),
        ({"values": [1.0] * 151}, "InvalidParameterValue"),
        ({"values": [1.0], "counts": [1.0, 2.0]}, "InvalidParameterValue"),
        ({"value": 1.0, "storage_resolution": 5}, "InvalidParameterValue"),
        ({"value": 1.0, "timestamp": IsoMillisZ.of(EPOCH - timedelta(days=15))}, "InvalidParameterValue"),
        ({"value": 1.0, "timestamp": IsoMillisZ.of(EPOCH + timedelta(hours=3))}, "InvalidParameterValue"),
        ({"value": 1.0, "dimensions": at(**{f"d{n}": "v" for n in range(31)})}, "InvalidParameterValue"),
        (
            {"statistic_values": StatisticSet(sample_count=0.0, sum=1.0, minimum=1.0, maximum=1.0)},
            "InvalidParameterValue",
        ),
    ],
)  # fmt: skip
def test_what_no_datum_can_be(datum: dict[str, Any], code: str) -> None:
    """Each is refused, and nothing of the call is kept."""
    one = scenario()
    good = MetricDatum(metric_name="m", value=1.0)
    one.when(PutMetricData(namespace="N", metric_data=[good, MetricDatum(metric_name="m", **datum)])).refused(
        code
    )
    one.when(ListMetrics())
    assert one.answer.metrics == []
    one.replays()


def test_services_namespaces_are_theirs() -> None:
    """AWS/ is refused to callers and open to services; a fault's data need no caller."""
    one = scenario()
    ours = PutMetricData(namespace="AWS/EC2", metric_data=[MetricDatum(metric_name="m", value=1.0)])
    one.when(ours).refused("InvalidParameterValue")
    one.when(ours, caller=SERVICE)
    assert one.error is None
    one.given(
        PutServiceMetric(namespace="AWS/SQS", metric="Depth", value=7.0, dimensions="QueueName=q,Zone=a")
    )
    one.given(PutServiceMetric(namespace="AWS/SQS", metric="Depth", value=1.0, at="2024-01-01T00:00:00Z"))
    one.when(ListMetrics(namespace="AWS/SQS"))
    assert [metric.dimensions for metric in one.answer.metrics] == [[], at(QueueName="q", Zone="a")]
    for wrong in ({"dimensions": "QueueName"}, {"at": "noon"}):
        one.when(PutServiceMetric(namespace="AWS/SQS", metric="m", value=1.0, **wrong)).refused(
            "InvalidParameterValue"
        )
    one.replays()


def test_a_services_metric_changes_an_alarm() -> None:
    """ASG-11: what whoever runs the log puts, alarms see."""
    one = scenario()
    one.given(
        alarm(namespace="AWS/EC2", metric_name="CPUUtilization", dimensions=at(AutoScalingGroupName="g"))
    )
    one.given(
        PutServiceMetric(
            namespace="AWS/EC2", metric="CPUUtilization", value=60.0, dimensions="AutoScalingGroupName=g"
        )
    )
    one.later(minutes=1)
    assert state(one) == "ALARM"


def test_statistics_begin_with_the_start_time() -> None:
    """Periods are counted from the start; units are told apart; entities' data are data."""
    one = scenario()
    one.given(put(1.0, 2.0), put(5.0, unit="Bytes"))
    one.given(
        PutMetricData(
            namespace="N",
            entity_metric_data=[EntityMetricData(metric_data=[MetricDatum(metric_name="m", value=4.0)])],
        )
    )
    one.when(asked(start_time=CommaTime.of(EPOCH - timedelta(minutes=2))))
    found = {(str(point.timestamp)[:19], point.unit): point.sum for point in one.answer.datapoints}
    assert found == {("2023-12-31 23:58:00", "None"): 7.0, ("2023-12-31 23:58:00", "Bytes"): 5.0}
    one.when(asked(unit="Bytes", statistics=["Average"]))
    assert [point.average for point in one.answer.datapoints] == [5.0]
    one.when(asked(metric_name="none"))
    assert one.answer.datapoints == []
    one.replays()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"statistics": []}, "MissingParameter"),
        ({"extended_statistics": ["p50"]}, "InvalidParameterCombination"),
        ({"statistics": [], "extended_statistics": ["p500"]}, "InvalidParameterValue"),
        ({"period": 45}, "InvalidParameterValue"),
        ({"period": 1}, "InvalidParameterCombination"),
        ({"end_time": CommaTime.of(EPOCH)}, "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_what_no_question_can_be(more: dict[str, Any], code: str) -> None:
    """Statistics, periods, times."""
    scenario().when(asked(**more)).refused(code)


def test_metrics_are_listed_while_they_have_data() -> None:
    """By namespace, name, dimensions; for two weeks, or as long as three hours."""
    one = scenario()
    one.given(put(1.0, name="a", dimensions=at(x="1")), put(1.0, name="b", dimensions=at(x="2", y="3")))
    one.given(PutMetricData(namespace="Other", metric_data=[MetricDatum(metric_name="a", value=1.0)]))

    def names(**more: Any) -> list[str]:
        one.when(ListMetrics(**more))
        return [f"{metric.namespace}/{metric.metric_name}" for metric in one.answer.metrics]

    assert names() == ["N/a", "N/b", "Other/a"]
    assert names(metric_name="a") == ["N/a", "Other/a"]
    assert names(namespace="N", dimensions=[DimensionFilter(name="x")]) == ["N/a", "N/b"]
    assert names(dimensions=[DimensionFilter(name="x", value="2")]) == ["N/b"]
    assert names(owning_account="111122223333") == []
    one.later(hours=4)
    assert names(recently_active="PT3H") == [] and len(names()) == 3
    one.later(days=15)
    assert names() == []
    one.when(ListMetrics(recently_active="PT1H")).refused("InvalidParameterValue")
    one.when(ListMetrics(next_token="?")).refused("InvalidNextToken")


def test_data_stand_in_the_note() -> None:
    """A record of PutMetricData shows the namespace, is a data event, and gives the data back."""
    one = scenario()
    one.given(put(3.0))
    assert one.record["requestParameters"] == {"namespace": "N"}
    assert one.record["eventCategory"] == "Data"
    note = one.log[-1].note
    assert note is not None and b"3.0" in note
    one.when(DescribeAlarms())
    one.replays()
