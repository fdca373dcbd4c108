"""What `aws sns list-topics`, `get-topic-attributes` and `list-subscriptions` printed."""

from __future__ import annotations

from backtrail import Event, told
from backtrail_aws.sns import api, directory
from backtrail_aws.sns.state import Sns, service

_FACTS = frozenset(
    {
        "TopicArn", "Owner", "SubscriptionsPending", "SubscriptionsConfirmed", "SubscriptionsDeleted",
        "EffectiveDeliveryPolicy",
    }
)  # fmt: skip


@service.observed
def topics_observed(state: Sns, event: Event[api.ListTopics, api.ListTopicsResult]) -> None:
    """There are these topics, whatever they are like."""
    for one in told(event.result.topics, []):
        if isinstance(one.topic_arn, str):
            directory.noticed(state, event, one.topic_arn)


@service.observed
def topic_observed(state: Sns, event: Event[api.GetTopicAttributes, api.GetTopicAttributesResult]) -> None:
    """There is this topic, with these attributes."""
    attributes = told(event.result.attributes, {})
    arn = attributes.get("TopicArn")
    if arn is not None:
        topic = directory.noticed(state, event, arn)
        told_ = {name: value for name, value in attributes.items() if name not in _FACTS}
        topic.attributes = {**topic.attributes, **told_}


@service.observed
def subscriptions_observed(
    state: Sns, event: Event[api.ListSubscriptions, api.ListSubscriptionsResult]
) -> None:
    """There are these subscriptions, to whom they lead; those that wait for confirmation have no ARN yet."""
    for one in told(event.result.subscriptions, []):
        if not isinstance(one.subscription_arn, str) or not one.subscription_arn.startswith("arn:"):
            continue
        found = directory.noticed_subscription(state, event, one.subscription_arn)
        if found is not None:
            found.protocol, found.endpoint = (
                told(one.protocol, found.protocol),
                told(one.endpoint, found.endpoint),
            )
            found.owner, found.confirmed = told(one.owner, found.owner), True
