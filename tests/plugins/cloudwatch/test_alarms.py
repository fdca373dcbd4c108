"""Alarms on metrics: what they need, and when time changes them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from backtrail import Params
from backtrail_aws.cloudwatch.api import (
    AlarmPromQLCriteria,
    DeleteAlarms,
    DescribeAlarms,
    DescribeAlarmsForMetric,
    DisableAlarmActions,
    EnableAlarmActions,
    EvaluationCriteria,
    EvaluationWindow,
    Metric,
    MetricDataQuery,
    MetricDatum,
    MetricStat,
    PutMetricAlarm,
    PutMetricData,
    SetAlarmState,
    Tag,
    WallClockWindow,
    WarmUpConfiguration,
)
from backtrail_aws.cloudwatch.changes import ChangeAlarmState

from .shop import TOPIC, alarm, at, put, scenario, seen, state, summaries


def changes(one: Any) -> list[str]:
    """What alarms were changed to, record by record."""
    told = [json.loads(entry.record) for entry in one.log]
    return [
        record["serviceEventDetails"]["stateValue"]
        for record in told
        if record["eventName"] == "ChangeAlarmState"
    ]


def test_data_change_an_alarm_a_minute_later() -> None:
    """CW-05: it begins as INSUFFICIENT_DATA; data over the threshold make it ALARM, under it OK, none insufficient."""
    one = scenario()
    one.given(alarm(), put(9.0))
    assert state(one) == "INSUFFICIENT_DATA"
    one.later(minutes=1)
    assert state(one) == "ALARM"
    one.given(put(1.0)).later(minutes=1)
    assert state(one) == "OK"
    one.later(minutes=10)
    assert state(one) == "INSUFFICIENT_DATA"
    assert summaries(one) == [
        "Alarm updated from OK to INSUFFICIENT_DATA", "Alarm updated from ALARM to OK",
        "Alarm updated from INSUFFICIENT_DATA to ALARM", 'Alarm "a" created',
    ]  # fmt: skip
    assert changes(one) == ["ALARM", "OK", "INSUFFICIENT_DATA"]
    one.replays()


def test_looks_that_change_nothing_are_no_records() -> None:
    """An alarm that stays as it is for a day of data leaves no records but the data's."""
    one = scenario()
    one.given(alarm(), put(9.0))
    for _ in range(60):
        one.later(seconds=59)
        one.given(put(8.0))
    assert changes(one) == ["ALARM"]
    one.replays()


def test_the_last_value_is_at_the_threshold() -> None:
    """80 is not more than 80, but at least 80: each comparison has its bound."""
    wanted = {
        "GreaterThanThreshold": "OK", "GreaterThanOrEqualToThreshold": "ALARM", "LessThanThreshold": "OK",
        "LessThanOrEqualToThreshold": "ALARM",
    }  # fmt: skip
    one = scenario()
    for name in wanted:
        one.given(alarm(name, threshold=80.0, comparison_operator=name))
    one.given(put(80.0)).later(minutes=1)
    assert {name: state(one, name) for name in wanted} == wanted


def test_three_periods_in_a_row() -> None:
    """CW-05: two periods over the threshold are no alarm where three are asked for; three are."""
    one = scenario()
    one.given(alarm(evaluation_periods=3))
    for expected in ("INSUFFICIENT_DATA", "INSUFFICIENT_DATA", "ALARM"):
        one.given(put(9.0)).later(seconds=59)
        assert state(one) == expected
        one.now -= timedelta(seconds=1)
    one.replays()


def test_two_of_three() -> None:
    """M of N: two of the last three periods."""
    one = scenario()
    one.given(alarm(evaluation_periods=3, datapoints_to_alarm=2))
    for value, expected in ((9.0, "INSUFFICIENT_DATA"), (1.0, "OK"), (9.0, "ALARM"), (1.0, "OK")):
        one.given(put(value)).later(seconds=59)
        assert state(one) == expected, value
        one.now -= timedelta(seconds=1)


def test_missing_data_are_what_they_are_told_to_be() -> None:
    """With no data at all, an alarm is OK, ALARM, or as it was."""
    one = scenario()
    for treatment in ("breaching", "notBreaching", "missing", "ignore"):
        one.given(alarm(treatment, treat_missing_data=treatment))
    one.later(minutes=1)
    assert [state(one, name) for name in ("breaching", "notBreaching", "missing", "ignore")] == [
        "ALARM", "OK", "INSUFFICIENT_DATA", "INSUFFICIENT_DATA",
    ]  # fmt: skip
    reason = seen(one, "breaching").state_reason
    assert reason == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[Breaching]."
    )
    one.replays()


def test_dynamodbs_metrics_are_never_missed() -> None:
    """Alarms on AWS/DynamoDB stay as they are without data, whatever they say."""
    one = scenario()
    one.given(alarm(namespace="AWS/DynamoDB", treat_missing_data="breaching")).later(minutes=5)
    assert state(one) == "INSUFFICIENT_DATA"


def test_windows_slide_or_keep_to_the_clock() -> None:
    """Five minutes end with every minute, or at the clock's own fives."""
    one = scenario()
    wall = EvaluationWindow(wall_clock_window=WallClockWindow())
    one.given(alarm("slides", period=300), alarm("clock", period=300, evaluation_window=wall))
    one.later(minutes=1)
    one.given(put(9.0)).later(minutes=1)
    assert (state(one, "slides"), state(one, "clock")) == ("ALARM", "INSUFFICIENT_DATA")
    one.later(minutes=3)
    assert state(one, "clock") == "ALARM"
    one.replays()


def test_a_new_alarm_warms_up() -> None:
    """Within its warm-up an alarm is not looked at."""
    one = scenario()
    one.given(
        alarm(warm_up_configuration=WarmUpConfiguration(warm_up_period_duration_in_minutes=10)), put(9.0)
    )
    one.later(minutes=9)
    one.given(put(9.0))
    assert state(one) == "INSUFFICIENT_DATA"
    one.later(minutes=2)
    assert state(one) == "ALARM"


def test_seconds_count_in_high_resolution() -> None:
    """Periods of ten seconds are looked at every ten seconds."""
    one = scenario()
    one.given(alarm(period=10), put(9.0, storage_resolution=1)).later(seconds=10)
    assert state(one) == "ALARM"


def test_percentiles_with_few_samples_may_be_ignored() -> None:
    """p90 needs a hundred samples, unless they are evaluated however few."""
    one = scenario()
    for name, low in (("ignores", "ignore"), ("evaluates", "evaluate")):
        one.given(percentile(name, extended_statistic="p90", evaluate_low_sample_count_percentile=low))
    one.given(put(*[9.0] * 20)).later(minutes=1)
    assert (state(one, "ignores"), state(one, "evaluates")) == ("INSUFFICIENT_DATA", "ALARM")
    one.given(
        PutMetricData(namespace="N", metric_data=[MetricDatum(metric_name="m", values=[9.0], counts=[100.0])])
    )
    one.later(minutes=1)
    assert state(one, "ignores") == "ALARM"


def percentile(name: str, **more: Any) -> PutMetricAlarm:
    """An alarm on a percentile."""
    return PutMetricAlarm(
        alarm_name=name, metric_name="m", namespace="N", period=60, evaluation_periods=1, threshold=5.0,
        comparison_operator="GreaterThanThreshold", **more,
    )  # fmt: skip


def test_an_expression_is_watched() -> None:
    """An alarm on the ratio of two metrics changes when either has data."""
    one = scenario()

    def query(id: str) -> MetricDataQuery:
        metric = Metric(namespace="N", metric_name=id)
        return MetricDataQuery(
            id=id, metric_stat=MetricStat(metric=metric, period=60, stat="Sum"), return_data=False
        )

    ratio = MetricDataQuery(id="ratio", expression="100 * errors / FILL(calls, 1)", return_data=True)
    one.given(
        PutMetricAlarm(
            alarm_name="a", metrics=[ratio, query("errors"), query("calls")], evaluation_periods=1,
            threshold=50.0, comparison_operator="GreaterThanThreshold",
        )
    )  # fmt: skip
    one.given(put(10.0, name="calls"), put(2.0, name="errors")).later(minutes=1)
    assert state(one) == "OK"
    one.given(put(9.0, name="errors"), put(10.0, name="calls")).later(minutes=1)
    assert state(one) == "ALARM"
    one.replays()


def test_set_by_hand_until_the_next_look() -> None:
    """SetAlarmState acts at once; the data take it back within a minute."""
    one = scenario()
    one.given(alarm(alarm_actions=[TOPIC]), put(1.0)).later(minutes=1)
    one.given(put(1.0), SetAlarmState(alarm_name="a", state_value="ALARM", state_reason="testing"))
    assert [command.action for command in one.commands] == ["Publish", "RecordAlarmActionFailure"]
    assert state(one) == "ALARM"
    one.given(SetAlarmState(alarm_name="a", state_value="ALARM", state_reason="again"))
    assert not one.commands
    one.later(minutes=1)
    assert state(one) == "OK"
    one.when(SetAlarmState(alarm_name="none", state_value="OK", state_reason="x")).refused("ResourceNotFound")
    one.when(
        SetAlarmState(alarm_name="a", state_value="OK", state_reason="x", state_reason_data="{")
    ).refused("InvalidFormat")
    one.replays()


def test_an_alarm_that_is_put_again_keeps_its_state_and_tags() -> None:
    """All else is what was put now; the old metric concerns it no more."""
    one = scenario()
    one.given(alarm(tags=[Tag(key="a", value="b")]), put(9.0)).later(minutes=1)
    one.given(alarm(metric_name="other", threshold=50.0, tags=[Tag(key="c", value="d")]))
    found = seen(one)
    assert (found.state_value, found.metric_name, found.threshold) == ("ALARM", "other", 50.0)
    one.when(DescribeAlarmsForMetric(namespace="N", metric_name="m"))
    assert one.answer.metric_alarms == []
    assert summaries(one)[0] == 'Alarm "a" updated'
    one.replays()


def test_switched_off_it_changes_and_does_nothing() -> None:
    """Actions that are disabled are not done; the state changes all the same."""
    one = scenario()
    one.given(alarm(alarm_actions=[TOPIC]), DisableAlarmActions(alarm_names=["a", "none"]), put(9.0))
    one.later(minutes=1)
    assert state(one) == "ALARM"
    assert not [entry for entry in one.log if b"Publish" in entry.record]
    one.given(EnableAlarmActions(alarm_names=["a"]))
    assert seen(one).actions_enabled is True
    one.replays()


def test_deleted_alarms_leave_their_history() -> None:
    """What time would have done to them it does not; names that are not there are passed over."""
    one = scenario()
    one.given(alarm(), put(9.0), DeleteAlarms(alarm_names=["a", "none"])).later(minutes=5)
    one.when(DescribeAlarms())
    assert one.answer.metric_alarms == []
    assert summaries(one) == ['Alarm "a" deleted', 'Alarm "a" created']
    one.later(days=31)
    assert summaries(one) == []
    one.replays()


def test_listing_is_by_page_state_and_action() -> None:
    """Pages by name; by state; by what they do."""
    one = scenario()
    for number in range(5):
        one.given(alarm(f"a{number}", alarm_actions=[TOPIC] if number % 2 else []))
    one.given(SetAlarmState(alarm_name="a3", state_value="OK", state_reason="x"))
    one.when(DescribeAlarms(max_records=3))
    assert [found.alarm_name for found in one.answer.metric_alarms] == ["a0", "a1", "a2"]
    one.when(DescribeAlarms(max_records=3, next_token=one.answer.next_token))
    assert [found.alarm_name for found in one.answer.metric_alarms] == ["a3", "a4"]
    one.when(DescribeAlarms(state_value="OK"))
    assert [found.alarm_name for found in one.answer.metric_alarms] == ["a3"]
    one.when(DescribeAlarms(action_prefix="arn:aws:sns"))
    assert [found.alarm_name for found in one.answer.metric_alarms] == ["a1", "a3"]
    one.when(DescribeAlarms(next_token="?")).refused("InvalidNextToken")
    one.when(DescribeAlarms(alarm_names=["a"], alarm_name_prefix="a")).refused("ValidationError")


@pytest.mark.parametrize(
    "more",
    [
        {"metric_name": "UNSET"}, {"namespace": "UNSET"}, {"period": "UNSET"}, {"statistic": "UNSET"},
        {"threshold": "UNSET"}, {"evaluation_periods": "UNSET"}, {"period": 45}, {"period": 5},
        {"datapoints_to_alarm": 2}, {"evaluation_periods": 1441}, {"extended_statistic": "p90"},
        {"statistic": "UNSET", "extended_statistic": "p900"}, {"treat_missing_data": "gone"},
        {"comparison_operator": "LessThanLowerThreshold"}, {"alarm_actions": ["what"]},
        {"alarm_actions": ["arn:aws:sns:eu-west-1:123456789012:t"]},
        {"alarm_actions": ["arn:aws:automate:us-east-1:ec2:stop"]}, {"alarm_actions": [TOPIC] * 6},
        {"metrics": [MetricDataQuery(id="e", expression="1")]}, {"threshold_metric_id": "b"},
    ],
)  # fmt: skip
def test_what_no_alarm_can_have(more: dict[str, Any]) -> None:
    """Each of these is refused, with AWS's code."""
    given = {
        "metric_name": "m", "namespace": "N", "statistic": "Average", "period": 60, "evaluation_periods": 1,
        "threshold": 5.0, "comparison_operator": "GreaterThanThreshold", **more,
    }  # fmt: skip
    one = scenario()
    one.when(
        PutMetricAlarm(alarm_name="a", **{name: value for name, value in given.items() if value != "UNSET"})
    )
    one.refused("ValidationError")
    assert one.record["errorCode"] == "ValidationException"


@pytest.mark.parametrize(
    "queries",
    [
        [MetricDataQuery(id="E", expression="1")], [MetricDataQuery(id="e", expression="1 +")],
        [MetricDataQuery(id="e", expression="f")], [MetricDataQuery(id="e", expression="e")],
        [MetricDataQuery(id="e")], [MetricDataQuery(id="e", expression="1"), MetricDataQuery(id="f", expression="1")],
        [MetricDataQuery(id="e", expression="1"), MetricDataQuery(id="e", expression="1", return_data=False)],
    ],
)  # fmt: skip
def test_what_no_list_of_metrics_can_be(queries: list[MetricDataQuery]) -> None:
    """Ids, expressions, and which of them returns data."""
    one = scenario()
    one.when(
        PutMetricAlarm(
            alarm_name="a", metrics=queries, evaluation_periods=1, threshold=5.0,
            comparison_operator="GreaterThanThreshold",
        )
    ).refused("ValidationError")  # fmt: skip


@pytest.mark.parametrize(
    "params",
    [
        PutMetricAlarm(
            alarm_name="a", evaluation_criteria=EvaluationCriteria(prom_ql_criteria=AlarmPromQLCriteria(query="up"))
        ),
        PutMetricAlarm(alarm_name="a", threshold_metric_id="band", evaluation_periods=1),
        PutMetricAlarm(
            alarm_name="a", metrics=[MetricDataQuery(id="e", expression="SELECT AVG(x) FROM y")],
            evaluation_periods=1, threshold=1.0, comparison_operator="GreaterThanThreshold",
        ),
    ],
)  # fmt: skip
def test_what_is_not_here_says_so(params: Params) -> None:
    """Bands, PromQL and Metrics Insights are our gap, not AWS's refusal."""
    one = scenario()
    one.when(params).refused("NotImplemented")


def test_names_have_no_spaces_around_them() -> None:
    """As a real record has it."""
    one = scenario()
    one.when(alarm(" a")).refused(
        "ValidationError", "AlarmName must not contain leading or trailing whitespace"
    )


def test_a_record_says_what_changed_and_what_for() -> None:
    """The record of a change names the alarm, both states, the reason, and the record of the data."""
    one = scenario()
    one.given(alarm(dimensions=at(a="b")))
    one.given(
        PutMetricData(
            namespace="N", metric_data=[MetricDatum(metric_name="m", value=9.0, dimensions=at(a="b"))]
        )
    )
    data = one.record["eventID"]
    one.later(minutes=1)
    details = one.record["serviceEventDetails"]
    assert one.record["eventType"] == "AwsServiceEvent"
    assert details["setByEventId"] == data and details["ruleId"] == "a"
    assert (details["oldStateValue"], details["stateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert ChangeAlarmState.__name__ == one.record["eventName"]
