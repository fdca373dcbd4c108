"""Finding what a call or a record is about."""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, known
from backtrail_aws.sns import arns, errors
from backtrail_aws.sns.arns import Arn
from backtrail_aws.sns.state import Sns, Subscription, Topic

_PENDING = "PendingConfirmation"


def parse(parameter: str, text: str, call: Call[Any]) -> Arn:
    """The parts of an ARN that a parameter names. Raises `Refusal` for what is none of SNS's, or of another region."""
    arn = arns.parsed(text)
    if arn is None:
        raise errors.short_arn(parameter, text)
    # Links in messages are followed without a signature, and so without a region.
    if arn.service != "sns" or (arn.region != call.region and not call.caller.anonymous):
        # evidence: https://github.com/sysdiglabs/terraform-aws-secure-for-cloud/issues/105
        raise errors.invalid(parameter)
    return arn


def topic(state: Sns, call: Call[Any], text: str, parameter: str = "TopicArn") -> Topic:
    """The topic that an ARN names. Raises `Refusal` (`NotFound`, `InvalidParameter`)."""
    arn = parse(parameter, text, call)
    found = state.topics.get(arn.resource)
    if found is None:
        if ":" in arn.resource or "/" in arn.resource:
            # evidence: guess
            raise errors.invalid(parameter)
        raise errors.no_such_topic()
    return found


def subscription(state: Sns, call: Call[Any], text: str) -> Subscription:
    """The subscription that an ARN names. Raises `Refusal`."""
    check_subscription_arn(call, text)
    found = state.subscriptions.get(text)
    if found is None:
        raise errors.no_such_subscription()
    return found


def check_subscription_arn(call: Call[Any], text: str) -> None:
    """Refuse what is no subscription's ARN."""
    arn = parse("SubscriptionArn", text, call)
    if ":" not in arn.resource:
        # evidence: guess
        raise errors.invalid("SubscriptionId")


def noticed(state: Sns, event: Event[Any, Any], text: str) -> Topic:
    """The topic that a record names by ARN, inferred where no record made it."""
    name = arns.name_of(text)

    def make() -> Topic:
        return Topic(name=name, arn=text if arns.parsed(text) else event.arn("sns", name))

    return known(state.topics, name, event, make)


def noticed_subscription(state: Sns, event: Event[Any, Any], text: str) -> Subscription | None:
    """The subscription that a record names, inferred where no record made it; None for what is no ARN."""
    arn = arns.parsed(text)
    if arn is None or ":" not in arn.resource:
        return None
    held = state.subscriptions.get(text)
    if held is not None:
        return held
    topic_arn = arns.topic_of(text)
    of = noticed(state, event, topic_arn)
    of.confirmed += 1
    made = Subscription(arn=text, topic_arn=topic_arn, confirmed=True)
    return known(state.subscriptions, text, event, lambda: made)
