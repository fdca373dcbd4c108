"""What alarms do: the actions of a state, what they are, and the history of them."""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, Params, UnsetType, field, told
from backtrail_aws.cloudwatch import api, history
from backtrail_aws.cloudwatch.history import ACTION
from backtrail_aws.cloudwatch.state import ALARM, OK, Alarm, CloudWatch, remember, service

_EC2 = re.compile(
    r"arn:aws[a-z-]*:(?:automate:[a-z0-9-]+:ec2:(stop|terminate|reboot|recover)"
    r"|swf:[a-z0-9-]+:\d{12}:action/actions/AWS_EC2\.InstanceId\.(Stop|Terminate|Reboot|Recover)/1\.0)"
)


class RecordAlarmActionFailure(Params):
    """An action of an alarm was refused by the service that it is of."""

    alarm_name: str = field(name="alarmName")
    action: str
    error_code: str = field(name="actionErrorCode")
    error_message: str = field(name="actionErrorMessage")


def actions_for(alarm: Alarm, value: str) -> list[str]:
    """What an alarm does on coming into a state: nothing while its actions are off or held back."""
    given: api.PutMetricAlarm | api.PutCompositeAlarm | None = alarm.given
    if given is None or not alarm.enabled or alarm.suppressed:
        return []
    of_state = (
        given.ok_actions
        if value == OK
        else given.alarm_actions
        if value == ALARM
        else given.insufficient_data_actions
    )
    return told(of_state, [])


def is_policy(action: str) -> bool:
    """Whether an action is a scaling policy of EC2 Auto Scaling."""
    return action.split(":", 3)[2] == "autoscaling" and ":scalingPolicy:" in action


def ec2_verb(action: str) -> str:
    """What an action does with an instance (`stop`); "" for other actions."""
    found = _EC2.fullmatch(action)
    return (found[1] or found[2]).lower() if found is not None else ""


def succeeded(state: CloudWatch, event: Event[Any, Any], alarm: Alarm, action: str) -> None:
    """An action was done."""
    data = history.plain({"actionState": "Succeeded", "notificationResource": action})
    remember(state, event, alarm, ACTION, f"Successfully executed action {action}", data)


@service.handle(internal=True)
def record_alarm_action_failure(state: CloudWatch, call: Call[RecordAlarmActionFailure]) -> None:
    """What the alarm's history says of the action is no longer that it was done."""


@service.project
def alarm_action_failed(state: CloudWatch, event: Event[RecordAlarmActionFailure, None]) -> None:
    """The last that the history says of the action is that it failed."""
    params = event.params
    alarm = state.alarms.get(params.alarm_name)
    if alarm is None:
        return
    said = f"Successfully executed action {params.action}"
    for key in reversed(list(state.history)):
        if state.history[key].alarm == alarm.name and state.history[key].summary == said:
            del state.history[key]
            break
    data = {
        "actionState": "Failed", "notificationResource": params.action,
        "error": f"{params.error_code}: {params.error_message}",
    }  # fmt: skip
    remember(state, event, alarm, ACTION, f"Failed to execute action {params.action}", history.plain(data))


def instance_of(alarm: Alarm) -> str | None:
    """The instance that an alarm is on."""
    given = alarm.metric
    if given is None:
        return None
    asked = [
        one.metric_stat.metric
        for one in told(given.metrics, [])
        if not isinstance(one.metric_stat, UnsetType)
    ]
    several = [told(given.dimensions, []), *(told(one.dimensions, []) for one in asked)]
    return next((one.value for each in several for one in each if one.name == "InstanceId"), None)
