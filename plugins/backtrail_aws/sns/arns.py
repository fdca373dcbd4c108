"""SNS's ARNs, and where what they name lives.

arn:aws:sns:REGION:ACCOUNT:TOPIC                      a topic
arn:aws:sns:REGION:ACCOUNT:TOPIC:UUID                 a subscription
arn:aws:sns:REGION:ACCOUNT:app/PLATFORM/NAME          a platform application
arn:aws:sns:REGION:ACCOUNT:endpoint/PLATFORM/NAME/UUID  an endpoint of it
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from backtrail import Call, Event

PARTS = 6
Subject = Call[Any] | Event[Any, Any]


class Arn(msgspec.Struct, frozen=True):
    """An ARN's parts; `resource` is all that comes after the account."""

    service: str
    region: str
    account: str
    resource: str


@lru_cache(4096)
def parsed(text: str) -> Arn | None:
    """The parts of an ARN; None for what is none."""
    parts = text.split(":", PARTS - 1)
    if len(parts) < PARTS or parts[0] != "arn" or not parts[-1]:
        return None
    return Arn(parts[2], parts[3], parts[4], parts[5])


def topic_of(subscription_arn: str) -> str:
    """The topic's ARN in a subscription's."""
    return subscription_arn.rpartition(":")[0]


def name_of(topic_arn: str) -> str:
    """The topic's name in its ARN."""
    return topic_arn.rpartition(":")[2]


def _at(text: object, subject: Subject) -> tuple[str, str]:
    arn = parsed(text) if isinstance(text, str) else None
    if arn is None or arn.service != "sns" or not arn.account:
        return subject.account, subject.region
    return arn.account, arn.region or subject.region


def by_topic_arn(topic_arn: str) -> tuple[str, str]:
    """The account and region in a topic's ARN (or a subscription's)."""
    arn = parsed(topic_arn)
    return (arn.account, arn.region) if arn is not None else ("", "")


def by_topic(subject: Subject) -> tuple[str, str]:
    """The account and region of the topic that a call or record names."""
    return _at(subject.params.topic_arn, subject)


def by_resource(subject: Subject) -> tuple[str, str]:
    """The same, where the parameter is called ResourceArn."""
    return _at(subject.params.resource_arn, subject)


def by_subscription(subject: Subject) -> tuple[str, str]:
    """The account and region of the topic that a named subscription belongs to."""
    return _at(subject.params.subscription_arn, subject)


def by_target(subject: Subject) -> tuple[str, str]:
    """The account and region of what a Publish names: a topic or an endpoint; the caller's, of a phone number."""
    params = subject.params
    return _at(params.topic_arn if isinstance(params.topic_arn, str) else params.target_arn, subject)


def by_application(subject: Subject) -> tuple[str, str]:
    """The account and region of the platform application that a call or record names."""
    return _at(subject.params.platform_application_arn, subject)


def by_endpoint(subject: Subject) -> tuple[str, str]:
    """The account and region of the platform endpoint that a call or record names."""
    return _at(subject.params.endpoint_arn, subject)
