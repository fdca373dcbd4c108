"""Alarms act: they publish, invoke, stop instances, execute scaling policies; and hear when that is refused.

An action that succeeds is in the alarm's history with the change of state; one that fails has a record of its own.
Recovery of an instance moves nothing here, so there is nothing to do; OpsItems and incidents are not here.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from backtrail import UNSET, Command, Event, Heard, Params, Sealed, UnsetType, field, told
from backtrail_aws.cloudwatch import api, judging, messages
from backtrail_aws.cloudwatch.changes import ChangeAlarmState, ReleaseAlarmActions, RepeatAlarmActions
from backtrail_aws.cloudwatch.destinations import (
    RecordAlarmActionFailure,
    actions_for,
    ec2_verb,
    instance_of,
    is_policy,
)
from backtrail_aws.cloudwatch.judging import stamp
from backtrail_aws.cloudwatch.state import Alarm, CloudWatch, seconds, service

LAMBDA_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html"""


class OfAlarm(Params):
    """What a command says that the receiver does not read: whose action it is."""

    alarm: str
    action: str


class Publish(Params):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

    topic_arn: str = field(name="topicArn")
    message: Sealed[str]
    subject: Sealed[str]
    of_alarm: OfAlarm = field(name="ofAlarm")


class Invoke(Params):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    function_name: str = field(name="functionName")
    invocation_type: str = field(name="invocationType")
    payload: Sealed[bytes]
    of_alarm: OfAlarm = field(name="ofAlarm")


class StopInstances(Params):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html"""

    instance_ids: list[str] = field(name="instanceIds")
    of_alarm: OfAlarm = field(name="ofAlarm")


class TerminateInstances(StopInstances):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html"""


class RebootInstances(StopInstances):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RebootInstances.html"""


class ExecutePolicy(Params):
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExecutePolicy.html"""

    policy_name: str = field(name="policyName")
    honor_cooldown: bool = field(name="honorCooldown")
    metric_value: float | UnsetType = field(name="metricValue", default=UNSET)
    breach_threshold: float | UnsetType = field(name="breachThreshold", default=UNSET)
    of_alarm: OfAlarm = field(name="ofAlarm")


_INSTANCES: dict[str, type[StopInstances]] = {
    "stop": StopInstances, "terminate": TerminateInstances, "reboot": RebootInstances,
}  # fmt: skip


@service.react
def act_on_change(state: CloudWatch, event: Event[ChangeAlarmState, None]) -> Iterator[Command]:
    """The actions of the state that an alarm came into."""
    yield from _moved(state, event.params.alarm_name, event)


@service.react
def act_on_set(state: CloudWatch, event: Event[api.SetAlarmState, None]) -> Iterator[Command]:
    """The same when it is set by hand to another state."""
    yield from _moved(state, event.params.alarm_name, event)


@service.react
def act_on_release(state: CloudWatch, event: Event[ReleaseAlarmActions, None]) -> Iterator[Command]:
    """What was held back is done."""
    alarm = state.alarms.get(event.params.alarm_name)
    if alarm is not None:
        yield from _all(state, alarm, event)


@service.react
def scale_again(state: CloudWatch, event: Event[RepeatAlarmActions, None]) -> Iterator[Command]:
    """Scaling policies alone are executed again and again."""
    alarm = state.alarms.get(event.params.alarm_name)
    if alarm is None:
        return
    for action in filter(is_policy, actions_for(alarm, alarm.state)):
        yield _policy(alarm, action, _value_now(state, alarm, event.time))


def _moved(state: CloudWatch, name: str, event: Event[Any, Any]) -> Iterator[Command]:
    alarm = state.alarms.get(name)
    if alarm is not None and alarm.moved_by == event.id:
        yield from _all(state, alarm, event)


def _all(state: CloudWatch, alarm: Alarm, event: Event[Any, Any]) -> Iterator[Command]:
    for action in actions_for(alarm, alarm.state):
        yield from _act(state, alarm, action, event)


def _act(state: CloudWatch, alarm: Alarm, action: str, event: Event[Any, Any]) -> Iterator[Command]:
    kind = action.split(":", 3)[2]
    if kind == "sns":
        yield _publish(alarm, action, event)
    elif kind == "lambda":
        yield _invoke(alarm, action, event)
    elif is_policy(action):
        yield _policy(alarm, action, _value_told(alarm))
    elif verb := ec2_verb(action):
        yield from _instances(alarm, action, verb)
    else:
        yield _failed(alarm.name, action, "NotImplemented", f"Backtrail has no action {action}")


def _publish(alarm: Alarm, topic: str, event: Event[Any, Any]) -> Command:
    _, _, _, region, account, _ = topic.split(":", 5)
    body = messages.notice(alarm, alarm.previous, event.account, event.region, event.time)
    published = Publish(
        topic_arn=topic, message=body, subject=messages.subject(alarm, event.region),
        of_alarm=OfAlarm(alarm=alarm.name, action=topic),
    )  # fmt: skip
    return Command("sns", published, account=account, region=region, source_arn=alarm.arn)


def _invoke(alarm: Alarm, function: str, event: Event[Any, Any]) -> Command:
    parts = function.split(":")
    old = {"value": alarm.previous, "reason": alarm.previous_reason, "timestamp": stamp(event.time)}
    payload = messages.invocation(alarm, old, event.account, event.region, event.time)
    invoked = Invoke(
        function_name=function, invocation_type="Event", payload=payload,
        of_alarm=OfAlarm(alarm=alarm.name, action=function),
    )  # fmt: skip
    return Command(
        "lambda", invoked, as_=LAMBDA_PRINCIPAL, account=parts[4], region=parts[3], source_arn=alarm.arn
    )


def _instances(alarm: Alarm, action: str, verb: str) -> Iterator[Command]:
    instance, kind = instance_of(alarm), _INSTANCES.get(verb)
    if kind is not None and instance is not None:
        of = OfAlarm(alarm=alarm.name, action=action)
        yield Command("ec2", kind(instance_ids=[instance], of_alarm=of), source_arn=alarm.arn)


def _policy(alarm: Alarm, policy: str, value: float | UnsetType) -> Command:
    threshold = alarm.metric.threshold if alarm.metric is not None else UNSET
    executed = ExecutePolicy(
        policy_name=policy, honor_cooldown=True, metric_value=value, breach_threshold=threshold,
        of_alarm=OfAlarm(alarm=alarm.name, action=policy),
    )  # fmt: skip
    return Command("autoscaling", executed, source_arn=alarm.arn)


def _value_told(alarm: Alarm) -> float | UnsetType:
    """The newest value in the reason of an alarm's state."""
    try:
        data: object = json.loads(told(alarm.data, ""))
    except ValueError:
        return UNSET
    found = cast("dict[str, Any]", data).get("recentDatapoints") if isinstance(data, dict) else None
    values = cast("list[Any]", found) if isinstance(found, list) else []
    return float(values[-1]) if values and isinstance(values[-1], int | float) else UNSET


def _value_now(state: CloudWatch, alarm: Alarm, now: datetime) -> float | UnsetType:
    """The newest value that an alarm's data have; what its reason says where there is none now."""
    terms = judging.terms_of(alarm.metric) if alarm.metric is not None else None
    if alarm.metric is not None and terms is not None:
        for one in judging.readings(state, alarm.metric, terms, seconds(now)):
            if one is not None:
                return one.value
    return _value_told(alarm)


# what became of them


def _failed(alarm: str, action: str, code: str, message: str) -> Command:
    failure = RecordAlarmActionFailure(
        alarm_name=alarm, action=action, error_code=code, error_message=message
    )
    return Command("cloudwatch", failure)


def _heard(heard: Heard[Any]) -> Iterator[Command]:
    if heard.error is not None:
        of: OfAlarm = heard.params.of_alarm
        yield _failed(of.alarm, of.action, heard.error, heard.message)


@service.outcome("sns")
def published(state: CloudWatch, heard: Heard[Publish]) -> Iterator[Command]:
    """A topic may refuse."""
    yield from _heard(heard)


@service.outcome("lambda")
def invoked(state: CloudWatch, heard: Heard[Invoke]) -> Iterator[Command]:
    """A function may refuse."""
    yield from _heard(heard)


@service.outcome("ec2")
def stopped(state: CloudWatch, heard: Heard[StopInstances]) -> Iterator[Command]:
    """An instance may not be there."""
    yield from _heard(heard)


@service.outcome("ec2")
def terminated(state: CloudWatch, heard: Heard[TerminateInstances]) -> Iterator[Command]:
    """An instance may not be there."""
    yield from _heard(heard)


@service.outcome("ec2")
def rebooted(state: CloudWatch, heard: Heard[RebootInstances]) -> Iterator[Command]:
    """An instance may not be there."""
    yield from _heard(heard)


@service.outcome("autoscaling")
def executed(state: CloudWatch, heard: Heard[ExecutePolicy]) -> Iterator[Command]:
    """A policy may not be there, or its service."""
    yield from _heard(heard)
