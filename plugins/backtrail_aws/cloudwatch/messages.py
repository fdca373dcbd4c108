"""What alarms say: to topics, and to functions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from backtrail import UnsetType, told
from backtrail_aws.cloudwatch import api
from backtrail_aws.cloudwatch.judging import stamp
from backtrail_aws.cloudwatch.state import Alarm

REGIONS = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "cn-north-1": "China (Beijing)",
    "cn-northwest-1": "China (Ningxia)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-south-2": "Europe (Spain)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}
"""As alarms name them: https://docs.aws.amazon.com/general/latest/gr/rande.html, "EU" where alarms still say so."""
_SUBJECT_MAX = 100  # API_Publish, Subject


def region_name(region: str) -> str:
    """What alarms call a region."""
    return REGIONS.get(region, region)


def subject(alarm: Alarm, region: str) -> str:
    """`ALARM: "name" in US East (N. Virginia)`, cut to what SNS takes."""
    text = f'{alarm.state}: "{alarm.name}" in {region_name(region)}'
    return text if len(text) <= _SUBJECT_MAX else f"{text[: _SUBJECT_MAX - 3]}..."


def notice(alarm: Alarm, old: str, account: str, region: str, time: datetime) -> str:
    """The body of the message to a topic."""
    given = alarm.given
    body: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": told(given.alarm_description, None) if given is not None else None,
        "AWSAccountId": account,
    }
    if not isinstance(alarm.configured, UnsetType):
        body["AlarmConfigurationUpdatedTimestamp"] = stamp(alarm.configured)
    if alarm.composite is not None:
        body["AlarmRule"] = alarm.composite.alarm_rule
    body |= {
        "NewStateValue": alarm.state, "NewStateReason": told(alarm.reason, ""), "StateChangeTime": stamp(time),
        "Region": region_name(region), "AlarmArn": alarm.arn, "OldStateValue": old,
    }  # fmt: skip
    if given is not None:
        body |= {
            "OKActions": told(given.ok_actions, []), "AlarmActions": told(given.alarm_actions, []),
            "InsufficientDataActions": told(given.insufficient_data_actions, []),
        }  # fmt: skip
    if alarm.metric is not None:
        body["Trigger"] = _trigger(alarm.metric)
    elif isinstance(alarm.data, str):
        body["TriggeringChildren"] = _children(alarm.data)
    return json.dumps(body, separators=(",", ":"))


def _trigger(given: api.PutMetricAlarm) -> dict[str, Any]:
    trigger: dict[str, Any] = {}
    if told(given.metrics, []):
        trigger["Metrics"] = [_query(one) for one in told(given.metrics, [])]
    else:
        extended = isinstance(given.extended_statistic, str)
        trigger |= {
            "MetricName": told(given.metric_name, ""), "Namespace": told(given.namespace, ""),
            "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        }  # fmt: skip
        if extended:
            trigger["ExtendedStatistic"] = given.extended_statistic
        else:
            trigger["Statistic"] = _STATISTICS.get(told(given.statistic, ""), told(given.statistic, ""))
        trigger |= {
            "Unit": told(given.unit, None), "Dimensions": _dimensions(given.dimensions),
            "Period": told(given.period, 0),
        }  # fmt: skip
    periods = told(given.evaluation_periods, 1)
    return trigger | {
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": told(given.datapoints_to_alarm, periods),
        "ComparisonOperator": told(given.comparison_operator, ""),
        "Threshold": told(given.threshold, 0.0),
        "TreatMissingData": told(given.treat_missing_data, "missing"),
        "EvaluateLowSampleCountPercentile": told(given.evaluate_low_sample_count_percentile, ""),
    }


_STATISTICS = {
    "SampleCount": "SAMPLE_COUNT", "Average": "AVERAGE", "Sum": "SUM", "Minimum": "MINIMUM", "Maximum": "MAXIMUM",
}  # fmt: skip


def _dimensions(given: list[api.Dimension] | UnsetType) -> list[dict[str, str]]:
    return [{"value": one.value, "name": one.name} for one in told(given, [])]


def _query(one: api.MetricDataQuery) -> dict[str, Any]:
    found: dict[str, Any] = {"Id": one.id}
    if isinstance(one.expression, str):
        found["Expression"] = one.expression
    if isinstance(one.label, str):
        found["Label"] = one.label
    if not isinstance(one.metric_stat, UnsetType):
        metric = one.metric_stat.metric
        found["MetricStat"] = {
            "Metric": {
                "Dimensions": _dimensions(metric.dimensions), "MetricName": told(metric.metric_name, ""),
                "Namespace": told(metric.namespace, ""),
            },
            "Period": one.metric_stat.period,
            "Stat": one.metric_stat.stat,
        }  # fmt: skip
    return found | {"ReturnData": told(one.return_data, True)}


def _children(data: str) -> list[dict[str, Any]]:
    """What made a composite alarm change, from its reason's data."""
    return [
        {"Arn": one["arn"], "State": {"Value": one["state"]["value"], "Timestamp": one["state"]["timestamp"]}}
        for one in json.loads(data).get("triggeringAlarms", [])
    ]


def invocation(alarm: Alarm, old: dict[str, Any], account: str, region: str, time: datetime) -> bytes:
    """What a function is given."""
    state: dict[str, Any] = {"value": alarm.state, "reason": told(alarm.reason, ""), "timestamp": stamp(time)}
    if isinstance(alarm.data, str):
        state["reasonData"] = alarm.data
    body = {
        "source": "aws.cloudwatch", "alarmArn": alarm.arn, "accountId": account, "time": stamp(time),
        "region": region,
        "alarmData": {
            "alarmName": alarm.name, "state": state, "previousState": old, "configuration": _configuration(alarm),
        },
    }  # fmt: skip
    return json.dumps(body, separators=(",", ":")).encode()


def _configuration(alarm: Alarm) -> dict[str, Any]:
    given = alarm.given
    if given is None:
        return {}
    found: dict[str, Any] = {"description": told(given.alarm_description, "")}
    if isinstance(given, api.PutCompositeAlarm):
        return found | {"alarmRule": given.alarm_rule}
    if told(given.metrics, []):
        return found | {"metrics": [_lowered(_query(one)) for one in told(given.metrics, [])]}
    metric = {
        "namespace": told(given.namespace, ""), "name": told(given.metric_name, ""),
        "dimensions": {one.name: one.value for one in told(given.dimensions, [])},
    }  # fmt: skip
    stat = told(given.statistic, told(given.extended_statistic, ""))
    one = {
        "id": "m1", "metricStat": {"metric": metric, "period": told(given.period, 0), "stat": stat},
        "returnData": True,
    }  # fmt: skip
    return found | {"metrics": [one]}


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _lowered(one) for name, one in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [_lowered(one) for one in value]  # pyright: ignore
    return value
