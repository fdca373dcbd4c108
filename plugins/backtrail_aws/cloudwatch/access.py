"""Which action on which alarm, dashboard, rule or stream a call needs, and whose they are.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Access, Call, ResourcePolicy, UnsetType, told
from backtrail.policy import Value
from backtrail_aws.cloudwatch import api, tags
from backtrail_aws.cloudwatch.dashboards import arn_of
from backtrail_aws.cloudwatch.state import CloudWatch, service

_ALARMS = {"DeleteAlarms", "DisableAlarmActions", "EnableAlarmActions"}
_ALARM = {"PutCompositeAlarm", "PutMetricAlarm", "SetAlarmState"}
_RULES = {"DeleteInsightRules", "DisableInsightRules", "EnableInsightRules"}
_STREAM = {"DeleteMetricStream", "GetMetricStream", "PutMetricStream"}
_STREAMS = {"StartMetricStreams", "StopMetricStreams"}


@service.authorization
def needs(state: CloudWatch, call: Call[Any]) -> Iterator[Access]:
    """The action on what the call names; on all that there is where it names nothing."""
    yield Access(
        action=f"cloudwatch:{call.action}", resources=list(_resources(call)), context=_context(state, call)
    )
    given = _given(call)
    if given and call.action.startswith("Put"):
        yield Access(action="cloudwatch:TagResource", resources=list(_resources(call)), context=_tags(given))


def _resources(call: Call[Any]) -> Iterator[str]:
    params, action = call.params, call.action
    if action in _ALARM:
        yield call.arn("cloudwatch", f"alarm:{params.alarm_name}")
    elif action == "DescribeAlarmHistory":
        yield call.arn("cloudwatch", f"alarm:{told(params.alarm_name, '*')}")
    elif action == "DescribeAlarms":
        for name in told(params.alarm_names, ["*"]) or ["*"]:
            yield call.arn("cloudwatch", f"alarm:{name}")
    elif action in _ALARMS:
        for name in params.alarm_names:
            yield call.arn("cloudwatch", f"alarm:{name}")
    elif action in ("GetDashboard", "PutDashboard"):
        yield arn_of(call, params.dashboard_name)
    elif action == "DeleteDashboards":
        for name in params.dashboard_names:
            yield arn_of(call, name)
    elif action == "PutInsightRule":
        yield call.arn("cloudwatch", f"insight-rule/{params.rule_name}")
    elif action in _RULES:
        for name in params.rule_names:
            yield call.arn("cloudwatch", f"insight-rule/{name}")
    elif action in _STREAM:
        yield call.arn("cloudwatch", f"metric-stream/{params.name}")
    elif action in _STREAMS:
        for name in params.names:
            yield call.arn("cloudwatch", f"metric-stream/{name}")
    else:
        arn = getattr(params, "resource_arn", None)
        yield arn if isinstance(arn, str) else "*"


def _context(state: CloudWatch, call: Call[Any]) -> dict[str, Value]:
    params = call.params
    context: dict[str, Value] = {}
    if isinstance(params, api.PutMetricData):
        context["cloudwatch:namespace"] = params.namespace
    if isinstance(params, api.PutMetricAlarm | api.PutCompositeAlarm):
        several = (params.ok_actions, params.alarm_actions, params.insufficient_data_actions)
        context["cloudwatch:AlarmActions"] = [one for each in several for one in told(each, [])]
    if given := _given(call):
        context |= _tags(given)
    keys = getattr(params, "tag_keys", None)
    if isinstance(keys, list):
        context["aws:TagKeys"] = keys
    return context


def _given(call: Call[Any]) -> list[api.Tag]:
    """The tags that a call gives."""
    given: list[api.Tag] | UnsetType = getattr(call.params, "tags", UNSET)
    return told(given, [])


def _tags(given: list[api.Tag]) -> dict[str, Value]:
    return {
        "aws:TagKeys": [one.key for one in given],
        **{f"aws:RequestTag/{one.key}": one.value for one in given},
    }


@service.policies
def policies_of(state: CloudWatch, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """Nothing here has a policy of its own; the tags are those of the resource."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    found = tags.find(state, arn)
    return ResourcePolicy(account=parts[4], tags=found.tags if found is not None else {})
