"""Subscription attributes: which there are, what they may be, and what a subscription shows of them.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from backtrail import Call, Event, Refusal, told
from backtrail_aws.sns import (
    archives,
    arns,
    delivery_policies,
    directory,
    documents,
    endpoints,
    errors,
    filters,
    limits,
    roster,
)
from backtrail_aws.sns.api import (
    GetSubscriptionAttributes,
    GetSubscriptionAttributesResult,
    SetSubscriptionAttributes,
)
from backtrail_aws.sns.filter_tests import BadPolicy
from backtrail_aws.sns.state import Sns, Subscription, Topic, service

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+")
_RAW = frozenset({"sqs", "http", "https", "firehose"})
_SETTABLE = frozenset(
    {
        "DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy",
        "SubscriptionRoleArn", "ReplayPolicy",
    }
)  # fmt: skip

Refuse = Callable[[str, str], Refusal]
"""Words the refusal of an attribute: its name, and what is wrong."""


def on_subscribe(name: str, reason: str) -> Refusal:
    """How Subscribe refuses an attribute."""
    # evidence: https://github.com/anomalyco/sst/issues/4259 (the form)
    return errors.because("Attributes", f"{name}: {reason}")


def on_set(name: str, reason: str) -> Refusal:
    """How SetSubscriptionAttributes does."""
    # evidence: https://github.com/ministryofjustice/cloud-platform-environments/pull/30296
    return errors.invalid(f"{name}: {reason}")


def check(
    state: Sns,
    topic: Topic | None,
    protocol: str,
    given: Mapping[str, str],
    old: Mapping[str, str],
    refuse: Refuse,
) -> None:
    """Refuse attributes that AWS would refuse, for a subscription that has the `old` ones. Raises `Refusal`."""
    for name, value in given.items():
        if name not in _SETTABLE:
            raise errors.invalid("AttributeName")  # evidence: guess
        _check_value(topic, protocol, name, value, refuse)
    if given.keys() & {"FilterPolicy", "FilterPolicyScope"}:
        _check_filter({**old, **given}, refuse)
    if given.get("FilterPolicy") and not old.get("FilterPolicy") and topic is not None:
        filtered = sum("FilterPolicy" in one.attributes for one in roster.of_topic(state, topic.arn))
        if filtered >= limits.FILTERS_PER_TOPIC_MAX:
            raise errors.too_many_filters()
    if protocol == "firehose" and not {**old, **given}.get("SubscriptionRoleArn"):
        # evidence: API_Subscribe; words: guess
        raise errors.because("Attributes", "SubscriptionRoleArn is required for firehose subscriptions")


def _check_value(topic: Topic | None, protocol: str, name: str, value: str, refuse: Refuse) -> None:
    # evidence of all words: guess
    if name == "RawMessageDelivery":
        if value.lower() not in ("true", "false"):
            raise refuse(name, f"Invalid value [{value}]. Must be true or false.")
        if value.lower() == "true" and protocol not in _RAW:
            raise refuse(name, f"Delivery protocol [{protocol}] does not support raw message delivery.")
    elif name == "FilterPolicyScope":
        if value not in (filters.ATTRIBUTES, filters.BODY):
            raise refuse(name, f"Invalid value [{value}]. Please use either MessageBody or MessageAttributes")
    elif name == "RedrivePolicy":
        _check_redrive(topic, value, refuse)
    elif name == "DeliveryPolicy" and value:
        delivery_policies.check_subscription(value, name)
    elif name == "SubscriptionRoleArn" and _ROLE.fullmatch(value) is None:
        raise refuse(name, "Invalid role ARN")
    elif name == "ReplayPolicy" and topic is not None:
        archives.check_replay(topic, value, name)


def _check_filter(after: Mapping[str, str], refuse: Refuse) -> None:
    try:
        filters.matcher(after.get("FilterPolicy", ""), after.get("FilterPolicyScope") or filters.ATTRIBUTES)
    except BadPolicy as bad:
        raise refuse("FilterPolicy", str(bad)) from bad


def _check_redrive(topic: Topic | None, text: str, refuse: Refuse) -> None:
    if not text:
        return
    policy = documents.read(text)
    if policy is None:
        raise refuse("RedrivePolicy", "failed to parse JSON.")
    if not policy:
        return
    target = policy.get("deadLetterTargetArn")
    if not isinstance(target, str) or _QUEUE.fullmatch(target) is None:
        raise refuse("RedrivePolicy", "deadLetterTargetArn is an invalid arn")
    if topic is not None and topic.fifo and not target.endswith(".fifo"):
        raise refuse("RedrivePolicy", "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")


@service.handle(at=arns.by_subscription)
def set_subscription_attributes(state: Sns, call: Call[SetSubscriptionAttributes]) -> None:
    """Refuse attributes that there are not, or that break their rules."""
    subscription = directory.subscription(state, call, call.params.subscription_arn)
    topic = state.topics.get(arns.name_of(subscription.topic_arn))
    given = {call.params.attribute_name: told(call.params.attribute_value, "")}
    check(state, topic, told(subscription.protocol, ""), given, subscription.attributes, on_set)


@service.project(at=arns.by_subscription)
def subscription_attribute_set(state: Sns, event: Event[SetSubscriptionAttributes, None]) -> None:
    """The subscription has the new value; an empty one is none."""
    subscription = directory.noticed_subscription(state, event, event.params.subscription_arn)
    if subscription is not None:
        apply(subscription, {event.params.attribute_name: told(event.params.attribute_value, "")})


@service.read(at=arns.by_subscription)
def get_subscription_attributes(
    state: Sns, call: Call[GetSubscriptionAttributes]
) -> GetSubscriptionAttributesResult:
    """All that a subscription shows."""
    subscription = directory.subscription(state, call, call.params.subscription_arn)
    topic = state.topics.get(arns.name_of(subscription.topic_arn))
    return GetSubscriptionAttributesResult(attributes=shown(topic, subscription))


def apply(subscription: Subscription, given: Mapping[str, str]) -> None:
    """Fold attributes into a subscription."""
    for name, value in given.items():
        if value in ("", "{}"):
            subscription.attributes.pop(name, None)
        else:
            subscription.attributes[name] = value.lower() if name == "RawMessageDelivery" else value
    if "ReplayPolicy" in given:
        replay = archives.replay_of(subscription.setting("ReplayPolicy"))
        subscription.ended = replay is not None and replay.end_us is not None


def same(subscription: Subscription, given: Mapping[str, str]) -> bool:
    """Whether a subscription has these attributes: what is not given may be anything."""
    shown_ = {"RawMessageDelivery": "false", **subscription.attributes}
    if "FilterPolicy" in shown_:
        shown_.setdefault("FilterPolicyScope", filters.ATTRIBUTES)
    return all(
        documents.same(shown_.get(name, ""), value.lower() if name == "RawMessageDelivery" else value)
        for name, value in given.items()
    )


def shown(topic: Topic | None, subscription: Subscription) -> dict[str, str]:
    """A subscription's attributes, defaults included."""
    found = {
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Owner": subscription.owner,
        "SubscriptionPrincipal": subscription.principal,
        "Protocol": told(subscription.protocol, ""),
        "Endpoint": endpoints.public(told(subscription.endpoint, "")),
    }
    found = {name: value for name, value in found.items() if value}
    found["PendingConfirmation"] = "false" if subscription.confirmed else "true"
    found["ConfirmationWasAuthenticated"] = "true" if subscription.authenticated else "false"
    found["RawMessageDelivery"] = "false"
    found.update(subscription.attributes)
    if "FilterPolicy" in found:
        found.setdefault("FilterPolicyScope", filters.ATTRIBUTES)
    if "ReplayPolicy" in found:
        found["ReplayStatus"] = "Completed"
    if subscription.protocol in endpoints.HTTP:
        effective = delivery_policies.effective_subscription(topic, subscription)
        found["EffectiveDeliveryPolicy"] = documents.write(effective)
    return found
