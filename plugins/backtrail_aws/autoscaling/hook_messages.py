"""What lifecycle hooks say to topics and queues.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from backtrail import UNSET, Command, Params, Sealed, UnsetType, field, told
from backtrail.record import partition_of
from backtrail_aws.autoscaling import api
from backtrail_aws.autoscaling.state import Group, Member, Waiting

TEST = "autoscaling:TEST_NOTIFICATION"
SERVICE = "AWS Auto Scaling"


class Place(Protocol):
    """Where and when something happens: an event, or a command's outcome."""

    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def time(self) -> datetime: ...


class Publish(Params):
    """What SNS is told."""

    topic_arn: str = field(name="topicArn")
    subject: Sealed[str] | UnsetType = UNSET
    message: Sealed[str]


class SendMessage(Params):
    """What SQS is told."""

    queue_url: str = field(name="queueUrl")
    message_body: Sealed[str] = field(name="messageBody")


def moment(time: datetime) -> str:
    """A time as messages have it."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def waiting(
    place: Place, group: Group, hook: api.LifecycleHook, member: Member, held: Waiting
) -> Iterator[Command]:
    """An instance waits."""
    body: dict[str, object] = {
        "Origin": "AutoScalingGroup" if member.state.startswith("Terminating") else "EC2",
        "LifecycleHookName": hook.lifecycle_hook_name, "Destination":
        "EC2" if member.state.startswith("Terminating") else "AutoScalingGroup", "AccountId": place.account,
        "RequestId": member.activity, "LifecycleTransition": hook.lifecycle_transition,
        "AutoScalingGroupName": group.name, "Service": SERVICE, "Time": moment(place.time),
        "EC2InstanceId": member.id, "LifecycleActionToken": held.token,
    }  # fmt: skip
    if isinstance(hook.notification_metadata, str):
        body["NotificationMetadata"] = hook.notification_metadata
    verb = "termination" if member.state.startswith("Terminating") else "launch"
    subject = f"Auto Scaling: {verb} lifecycle action for instance {member.id} in progress."
    yield from _sent(place, hook, subject, body)


def test(place: Place, group: Group, hook: api.LifecycleHook) -> Iterator[Command]:
    """A new hook tries its target out."""
    body: dict[str, object] = {
        "AccountId": place.account, "RequestId": group.arn.split(":")[6] if group.arn.count(":") > 6 else "",
        "AutoScalingGroupARN": group.arn, "AutoScalingGroupName": group.name, "Service": SERVICE, "Event": TEST,
        "Time": moment(place.time),
    }  # fmt: skip
    yield from _sent(place, hook, f'Auto Scaling: test notification for group "{group.name}"', body)


def _sent(place: Place, hook: api.LifecycleHook, subject: str, body: dict[str, object]) -> Iterator[Command]:
    """The message, in the role that the hook names, to the topic or queue that it names."""
    target = told(hook.notification_target_arn, "")
    text, role = json.dumps(body, separators=(",", ":")), hook.role_arn or None
    acting = role if isinstance(role, str) else None
    if ":sns:" in target:
        yield Command("sns", Publish(topic_arn=target, subject=subject, message=text), as_=acting)
    elif ":sqs:" in target:
        yield Command("sqs", SendMessage(queue_url=_url(target), message_body=text), as_=acting)


def _url(arn: str) -> str:
    """The URL of a queue. China's regions have a domain of their own."""
    _, _, _, region, account, name = arn.split(":", 5)
    domain = "amazonaws.com.cn" if partition_of(region) == "aws-cn" else "amazonaws.com"
    return f"https://sqs.{region}.{domain}/{account}/{name}"
