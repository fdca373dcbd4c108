"""What alarms make others do: the commands, and what is heard of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backtrail.testing import Scenario
from backtrail_aws.cloudwatch import messages
from backtrail_aws.cloudwatch.api import Metric, MetricDataQuery, MetricStat, PutMetricAlarm, SetAlarmState
from backtrail_aws.cloudwatch.state import Alarm

from .shop import POLICY, TOPIC, alarm, at, put, scenario, summaries

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def set_off(*actions: str, **more: Any) -> Scenario:
    """An alarm with actions, set to ALARM by hand."""
    one = scenario()
    one.given(alarm(alarm_actions=list(actions), **more))
    return one.given(
        SetAlarmState(
            alarm_name="a", state_value="ALARM", state_reason="testing",
            state_reason_data='{"recentDatapoints":[1.0,70.5]}',
        )
    )  # fmt: skip


def test_each_action_goes_where_it_belongs() -> None:
    """Topics, functions, policies, instances: each in its service's own words."""
    actions = (TOPIC, FUNCTION, POLICY, "arn:aws:automate:us-east-1:ec2:terminate")
    one = set_off(*actions, dimensions=at(InstanceId="i-1"))
    sent = {command.action: command for command in one.commands}
    assert {name: sent[name].service for name in ("Publish", "Invoke", "ExecutePolicy", "TerminateInstances")} == {
        "Publish": "sns", "Invoke": "lambda", "ExecutePolicy": "autoscaling", "TerminateInstances": "ec2",
    }  # fmt: skip
    assert sent["Invoke"].as_ == "lambda.alarms.cloudwatch.amazonaws.com"
    assert sent["Publish"].source_arn == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
    executed = sent["ExecutePolicy"].params
    assert getattr(executed, "metric_value", None) == 70.5
    assert getattr(executed, "breach_threshold", None) == 5.0
    payload = json.loads(getattr(sent["Invoke"].params, "payload", b""))
    assert payload["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "m"
    one.replays()


def test_a_missing_service_is_a_failure_in_the_history() -> None:
    """Nobody here publishes: the history says that it failed, and no longer that it was done."""
    one = set_off(TOPIC)
    assert summaries(one) == [
        f"Failed to execute action {TOPIC}", "Alarm updated from INSUFFICIENT_DATA to ALARM", 'Alarm "a" created',
    ]  # fmt: skip
    one.replays()


def test_actions_that_are_not_here_fail() -> None:
    """An OpsItem is not opened; recovery moves nothing and succeeds."""
    one = set_off("arn:aws:ssm:us-east-1:123456789012:opsitem:1")
    assert summaries(one)[0].startswith("Failed to execute action arn:aws:ssm")
    two = set_off(
        "arn:aws:swf:us-east-1:123456789012:action/actions/AWS_EC2.InstanceId.Recover/1.0",
        dimensions=at(InstanceId="i-1"),
    )
    assert summaries(two)[0].startswith("Successfully executed action")


def test_scaling_policies_are_executed_every_period() -> None:
    """ASG-11: while the alarm stays in ALARM, after each period again; other actions once."""
    one = scenario()
    one.given(alarm(alarm_actions=[POLICY, TOPIC]))
    for _ in range(3):
        one.given(put(9.0)).later(seconds=59)
        one.given(put(8.0))
    names = [json.loads(entry.record)["eventName"] for entry in one.log]
    assert names.count("ChangeAlarmState") == 1
    assert names.count("Publish") == 1
    assert names.count("RepeatAlarmActions") == 2
    assert names.count("ExecutePolicy") == 3
    one.given(put(*[-900.0] * 3)).later(minutes=2)
    before = len(one.log)
    one.later(minutes=1)
    assert [json.loads(entry.record)["eventName"] for entry in one.log[before:]].count("ExecutePolicy") == 0
    one.replays()


def test_a_notice_has_what_awss_has() -> None:
    """Member for member, of a metric and of an expression."""
    alarm_ = Alarm(name="a", arn="arn", metric=alarm(unit="Percent", dimensions=at(x="y")), state="ALARM")
    time = datetime(2024, 1, 1, tzinfo=UTC)
    told = json.loads(messages.notice(alarm_, "OK", "123456789012", "eu-west-1", time))
    assert told["Region"] == "EU (Ireland)"
    assert told["Trigger"] == {
        "MetricName": "m", "Namespace": "N", "StatisticType": "Statistic", "Statistic": "AVERAGE",
        "Unit": "Percent", "Dimensions": [{"value": "y", "name": "x"}], "Period": 60, "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0,
        "TreatMissingData": "missing", "EvaluateLowSampleCountPercentile": "",
    }  # fmt: skip
    stat = MetricStat(metric=Metric(namespace="N", metric_name="m"), period=60, stat="Sum")
    math = PutMetricAlarm(
        alarm_name="a", metrics=[MetricDataQuery(id="m", metric_stat=stat)], evaluation_periods=1
    )
    told = json.loads(
        messages.notice(Alarm(name="a", arn="arn", metric=math), "OK", "123456789012", "us-east-1", time)
    )
    assert told["Trigger"]["Metrics"][0]["MetricStat"]["Stat"] == "Sum"


@pytest.mark.parametrize(("name", "length"), [("a", 39), ("x" * 200, 100)])
def test_subjects_fit(name: str, length: int) -> None:
    """A subject is no longer than SNS takes."""
    text = messages.subject(Alarm(name=name, arn="", state="OK"), "us-east-1")
    assert len(text) <= length and text.startswith('OK: "')
