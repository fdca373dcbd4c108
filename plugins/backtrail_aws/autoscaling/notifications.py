"""Notifications: topics learn of launches and terminations.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from backtrail import Call, Command, Event, UnsetType, told
from backtrail_aws.autoscaling import actions, api, errors, limits, names, pages
from backtrail_aws.autoscaling.hook_messages import SERVICE, TEST, Publish, moment
from backtrail_aws.autoscaling.launching import role
from backtrail_aws.autoscaling.state import Group, Scaling, service

LAUNCH, LAUNCH_ERROR = "autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_LAUNCH_ERROR"
TERMINATE, TERMINATE_ERROR = "autoscaling:EC2_INSTANCE_TERMINATE", "autoscaling:EC2_INSTANCE_TERMINATE_ERROR"
TYPES = (LAUNCH, LAUNCH_ERROR, TERMINATE, TERMINATE_ERROR, TEST)
_SUBJECTS = {
    LAUNCH: "launch", LAUNCH_ERROR: "failed launch", TERMINATE: "termination",
    TERMINATE_ERROR: "failed termination", TEST: "test notification",
}  # fmt: skip


@service.handle
def put_notification_configuration(state: Scaling, call: Call[api.PutNotificationConfiguration]) -> None:
    """A topic is told of some kinds of events."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    for kind in params.notification_types:
        if kind not in TYPES:
            # evidence: guess
            raise errors.invalid(f'"{kind}" is not a valid Notification Type')
    if not params.topic_arn.startswith("arn:") or ":sns:" not in params.topic_arn:
        # evidence: guess
        raise errors.invalid(f"Unable to publish test message to notification target {params.topic_arn}")
    if params.topic_arn not in group.topics and len(group.topics) >= limits.TOPICS_MAX:
        raise errors.too_many("notification topics")


@service.project
def notification_configuration_put(
    state: Scaling, event: Event[api.PutNotificationConfiguration, None]
) -> None:
    """It is told of these, and of no others."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    group.topics[event.params.topic_arn] = list(dict.fromkeys(event.params.notification_types))


@service.react
def topic_is_tried(state: Scaling, event: Event[api.PutNotificationConfiguration, None]) -> Iterator[Command]:
    """A message tries the topic out."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        body: dict[str, object] = {
            "AccountId": event.account, "RequestId": event.request_id, "AutoScalingGroupARN": group.arn,
            "AutoScalingGroupName": group.name, "Service": SERVICE, "Event": TEST, "Time": moment(event.time),
        }  # fmt: skip
        yield _published(event, group, event.params.topic_arn, TEST, body)


def _published(
    event: Event[Any, Any], group: Group, topic: str, kind: str, body: dict[str, object]
) -> Command:
    subject = f'Auto Scaling: {_SUBJECTS[kind]} for group "{group.name}"'
    params = Publish(topic_arn=topic, subject=subject, message=json.dumps(body, separators=(",", ":")))
    return Command("sns", params, as_=role(event, group), source_arn=group.arn)


def told_of(state: Scaling, event: Event[actions.EndActivity, None], group: Group) -> Iterator[Command]:
    """Who wants to know of an activity that is over is told."""
    if not group.topics:
        return
    activity = next(
        (one for one in state.activities.values() if one.activity_id == event.params.activity_id), None
    )
    if activity is None:
        return
    failed = not isinstance(event.params.error_code, UnsetType)
    launch = told(activity.description, "").startswith("Launching")
    kind = (LAUNCH_ERROR if failed else LAUNCH) if launch else (TERMINATE_ERROR if failed else TERMINATE)
    body: dict[str, object] = {
        "Progress": 50, "AccountId": event.account, "Description": activity.description,
        "RequestId": activity.activity_id, "EndTime": moment(event.time), "AutoScalingGroupARN": group.arn,
        "ActivityId": activity.activity_id, "StartTime": moment(told(activity.start_time, event.time)),
        "Service": SERVICE, "Time": moment(event.time), "EC2InstanceId": told(event.params.instance_id, ""),
        "StatusCode": "Failed" if failed else "InProgress", "StatusMessage": told(activity.status_message, ""),
        "Details": json.loads(told(activity.details, "{}")), "AutoScalingGroupName": group.name,
        "Cause": activity.cause, "Event": kind,
    }  # fmt: skip
    for topic, kinds in group.topics.items():
        if kind in kinds:
            yield _published(event, group, topic, kind, body)


@service.handle
def delete_notification_configuration(
    state: Scaling, call: Call[api.DeleteNotificationConfiguration]
) -> None:
    """A topic that is told of something."""
    group = names.found(state, call.params.auto_scaling_group_name)
    if call.params.topic_arn not in group.topics:
        # evidence: guess
        raise errors.invalid(f"Notification configuration not found for topic {call.params.topic_arn}")


@service.project
def notification_configuration_deleted(
    state: Scaling, event: Event[api.DeleteNotificationConfiguration, None]
) -> None:
    """It is told no more."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is not None:
        group.topics.pop(event.params.topic_arn, None)


@service.read
def describe_notification_configurations(
    state: Scaling, call: Call[api.DescribeNotificationConfigurations]
) -> api.DescribeNotificationConfigurationsResult:
    """Who is told of what."""
    wanted = [names.short(one) for one in told(call.params.auto_scaling_group_names, [])]
    found = {
        f"{group.name}/{topic}/{kind}": api.NotificationConfiguration(
            auto_scaling_group_name=group.name, topic_arn=topic, notification_type=kind
        )
        for group in state.groups.values() if not wanted or group.name in wanted
        for topic, kinds in group.topics.items() for kind in kinds
    }  # fmt: skip
    page, token = pages.paged(call.params, found)
    return api.DescribeNotificationConfigurationsResult(notification_configurations=page, next_token=token)


@service.read
def describe_auto_scaling_notification_types(
    state: Scaling, call: Call[api.DescribeAutoScalingNotificationTypes]
) -> api.DescribeAutoScalingNotificationTypesResult:
    """Five."""
    return api.DescribeAutoScalingNotificationTypesResult(auto_scaling_notification_types=sorted(TYPES))
