"""Topic attributes: which there are, what they may be, and what a topic shows of them.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.sns import archives, arns, delivery_policies, directory, documents, errors, limits, roster
from backtrail_aws.sns.api import GetTopicAttributes, GetTopicAttributesResult, SetTopicAttributes
from backtrail_aws.sns.state import Sns, Topic, service

_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+")
_CHANNELS = ("HTTP", "Firehose", "Lambda", "Application", "SQS")
_FIFO_ONLY = frozenset({"FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy"})
_LARGE = frozenset({"sqs", "lambda", "firehose"})
_CHOICES: dict[str, tuple[str, ...]] = {
    "FifoTopic": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "TracingConfig": ("PassThrough", "Active"),
    "SignatureVersion": ("1", "2"),
}
DEFAULT_ACTIONS = (
    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
    "ListSubscriptionsByTopic", "Publish",
)  # fmt: skip


def _check_policy(text: str, name: str) -> None:
    policy = documents.read(text)
    long = len(text.encode("utf-8", "surrogatepass")) > limits.POLICY_MAX_BYTES
    if policy is None or long or not isinstance(policy.get("Statement"), list | dict):
        # evidence: guess
        raise errors.invalid(f"{name} Error: null")


def _check_display_name(text: str, name: str) -> None:
    if len(text) > limits.DISPLAY_NAME_MAX:
        raise errors.invalid(name)  # evidence: guess


def _check_size(text: str, name: str) -> None:
    least, most = limits.MESSAGE_BYTES
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        # evidence: API_CreateTopic; words: guess
        raise errors.because(name, f"Must be between {least} and {most}")


def _check_role(text: str, name: str) -> None:
    if text and _ROLE.fullmatch(text) is None:
        raise errors.invalid(name)  # evidence: guess


def _check_rate(text: str, name: str) -> None:
    if text and not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise errors.invalid(name)  # evidence: guess


def _check_delivery(text: str, name: str) -> None:
    if text:
        delivery_policies.check_topic(text, name)


def _check_key(text: str, name: str) -> None:
    """Any text may name a key; whether it can be used is seen when something is published."""


_CHECKS: dict[str, Callable[[str, str], None]] = {
    "Policy": _check_policy,
    "DisplayName": _check_display_name,
    "DeliveryPolicy": _check_delivery,
    "KmsMasterKeyId": _check_key,
    "MaximumMessageSize": _check_size,
    "ArchivePolicy": archives.check_policy,
    **{f"{one}{kind}FeedbackRoleArn": _check_role for one in _CHANNELS for kind in ("Success", "Failure")},
    **{f"{one}SuccessFeedbackSampleRate": _check_rate for one in _CHANNELS},
}
_SETTABLE = frozenset({*_CHECKS, *_CHOICES})


def check_new(name: str, given: Mapping[str, str]) -> None:
    """Refuse attributes that a new topic may not have. Raises `Refusal`."""
    for attribute, value in given.items():
        if attribute not in _SETTABLE:
            raise errors.because("Attributes", f"Unknown attribute: {attribute}")  # evidence: guess
        if attribute in _FIFO_ONLY and attribute != "FifoTopic" and not name.endswith(".fifo"):
            raise errors.because(
                "Attributes", f"{attribute} is only supported on FIFO topics"
            )  # evidence: guess
        _check_value(attribute, value)


def _check_value(attribute: str, value: str) -> None:
    choices = _CHOICES.get(attribute)
    if choices is not None and value not in choices:
        raise errors.invalid(attribute)  # evidence: guess
    check = _CHECKS.get(attribute)
    if check is not None:
        check(value, attribute)


@service.handle(at=arns.by_topic)
def set_topic_attributes(state: Sns, call: Call[SetTopicAttributes]) -> None:
    """Refuse attributes that there are not, that cannot be changed, or that break their rules."""
    params = call.params
    topic = directory.topic(state, call, params.topic_arn)
    name, value = params.attribute_name, told(params.attribute_value, "")
    if name not in _SETTABLE or name == "FifoTopic" or (name in _FIFO_ONLY and not topic.fifo):
        raise errors.invalid("AttributeName")  # evidence: guess
    _check_value(name, value)
    if name == "MaximumMessageSize" and int(value) > limits.MESSAGE_DEFAULT_BYTES:
        _check_large(state, topic)


def _check_large(state: Sns, topic: Topic) -> None:
    """API_CreateTopic: of a topic of larger messages, few may subscribe, and machines only."""
    if topic.confirmed + topic.pending > limits.LARGE_SUBSCRIPTIONS_MAX or any(
        one.protocol not in _LARGE for one in roster.of_topic(state, topic.arn)
    ):
        # evidence: API_CreateTopic; words: guess
        raise errors.because("MaximumMessageSize", "The topic's subscriptions do not support large messages")


def takes_large(topic: Topic, protocol: str) -> bool:
    """Whether a subscription of that kind may join a topic, its MaximumMessageSize considered."""
    if topic.most_bytes <= limits.MESSAGE_DEFAULT_BYTES:
        return True
    return protocol in _LARGE and topic.confirmed + topic.pending < limits.LARGE_SUBSCRIPTIONS_MAX


@service.project(at=arns.by_topic)
def topic_attribute_set(state: Sns, event: Event[SetTopicAttributes, None]) -> None:
    """The topic has the new value; an empty one is none."""
    topic = directory.noticed(state, event, event.params.topic_arn)
    apply(topic, {event.params.attribute_name: told(event.params.attribute_value, "")})


@service.read(at=arns.by_topic)
def get_topic_attributes(state: Sns, call: Call[GetTopicAttributes]) -> GetTopicAttributesResult:
    """All that a topic shows."""
    return GetTopicAttributesResult(attributes=shown(directory.topic(state, call, call.params.topic_arn)))


def apply(topic: Topic, given: Mapping[str, str]) -> None:
    """Fold attributes into a topic."""
    for name, value in given.items():
        if name == "FifoTopic":
            continue
        if value == "" and name != "DisplayName":
            topic.attributes.pop(name, None)
        else:
            topic.attributes[name] = value
    if "ArchivePolicy" in given:
        archives.trim(topic)


def same(topic: Topic, name: str, value: str) -> bool:
    """Whether a topic's attribute has this value (an inferred topic's may be anything)."""
    if name == "FifoTopic":
        return topic.fifo == (value == "true")
    if isinstance(topic.created, UnsetType) and name not in topic.attributes:
        return True
    return documents.same(shown(topic).get(name, ""), value)


def shown(topic: Topic) -> dict[str, str]:
    """A topic's attributes, defaults included. Of an inferred topic, what some record told."""
    found = {
        "TopicArn": topic.arn,
        "Owner": topic.account,
        "SubscriptionsConfirmed": str(topic.confirmed),
        "SubscriptionsPending": str(topic.pending),
        "SubscriptionsDeleted": str(topic.deleted),
        "EffectiveDeliveryPolicy": documents.write(delivery_policies.effective_topic(topic)),
    }
    if topic.fifo:
        found["FifoTopic"] = "true"
    if not isinstance(topic.created, UnsetType):
        found["Policy"] = default_policy(topic)
        found["DisplayName"] = ""
        if topic.fifo:
            found["ContentBasedDeduplication"] = "false"
    found.update(topic.attributes)
    beginning = archives.beginning(topic)
    if beginning:
        found["BeginningArchiveTime"] = beginning
    return found


def default_policy(topic: Topic) -> str:
    """The policy that a new topic has: its owner may do what topics are for.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html; its form is that of console topics.
    """
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in DEFAULT_ACTIONS],
        "Resource": topic.arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account}},
    }
    return documents.write({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
