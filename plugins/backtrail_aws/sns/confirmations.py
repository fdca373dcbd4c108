"""Confirming subscriptions: the token that is sent to an endpoint comes back within two days.

https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import Call, Command, Event, told
from backtrail_aws.sns import arns, deliveries, directory, endpoints, errors, limits, links, roster
from backtrail_aws.sns.api import (
    ConfirmSubscription,
    ConfirmSubscriptionResult,
    Subscribe,
    SubscribeResult,
    Unsubscribe,
)
from backtrail_aws.sns.commands import Envelope, ExpireConfirmation
from backtrail_aws.sns.moments import micros, written
from backtrail_aws.sns.state import Sns, Subscription, Topic, service

ANONYMOUS = "ANONYMOUS_PRINCIPAL"
_SUBSCRIBE = (
    "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)
_UNSUBSCRIBE = (
    "You have chosen to deactivate subscription {arn}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
)


@service.handle(at=arns.by_topic)
def confirm_subscription(state: Sns, call: Call[ConfirmSubscription]) -> ConfirmSubscriptionResult:
    """The ARN of the subscription that a token confirms. Needs no signature, unless it asks that ending it does."""
    params = call.params
    topic = directory.topic(state, call, params.topic_arn)
    subscription = _by_token(state, told(params.token, ""))
    if subscription is None or subscription.topic_arn != topic.arn or _is_over(subscription, call):
        raise errors.invalid("Token")  # evidence: API_ConfirmSubscription; words: guess
    if params.authenticate_on_unsubscribe == "true" and call.caller.anonymous:
        raise errors.not_authorized("ConfirmSubscription", topic.arn)
    return ConfirmSubscriptionResult(subscription_arn=subscription.arn)


def _by_token(state: Sns, token: str) -> Subscription | None:
    arn = state.tokens.get(token)
    return (state.subscriptions.get(arn) or state.removed.get(arn)) if arn is not None else None


def _is_over(subscription: Subscription, call: Call[ConfirmSubscription]) -> bool:
    sent_us = subscription.tokens.get(told(call.params.token, ""), 0)
    return micros(call.time) - sent_us >= limits.TOKEN_LIFE_US


@service.project(at=arns.by_topic)
def subscription_confirmed(state: Sns, event: Event[ConfirmSubscription, ConfirmSubscriptionResult]) -> None:
    """The subscription is confirmed. Of a foreign one, the answer tells the ARN that it has."""
    params, arn = event.params, told(event.result.subscription_arn, "")
    topic = directory.noticed(state, event, params.topic_arn)
    subscription = _by_token(state, told(params.token, "")) or _foreign(state, event, topic, arn)
    if subscription is None:
        return
    if subscription.guessed and arn.startswith("arn:"):
        roster.rename(state, subscription, arn)
    roster.confirm(state, subscription)
    subscription.authenticated = event.identity.account_id != ANONYMOUS
    subscription.locked = params.authenticate_on_unsubscribe == "true"


def _foreign(
    state: Sns, event: Event[ConfirmSubscription, ConfirmSubscriptionResult], topic: Topic, arn: str
) -> Subscription | None:
    if arn in state.subscriptions:
        return state.subscriptions[arn]
    waiting = [one for one in roster.of_topic(state, topic.arn) if not one.confirmed and one.guessed]
    if len(waiting) == 1:
        return waiting[0]
    return directory.noticed_subscription(state, event, arn)


# asking for it


@service.react(at=arns.by_topic)
def ask_for_confirmation(state: Sns, event: Event[Subscribe, SubscribeResult]) -> Iterator[Command]:
    """Send the token to an endpoint that is not confirmed."""
    token = event.params.confirmation_token
    subscription = _by_token(state, token) if isinstance(token, str) else None
    if subscription is not None and isinstance(token, str) and not subscription.confirmed:
        text = _SUBSCRIBE.format(topic=subscription.topic_arn)
        yield from _asked(state, event, subscription, token, "SubscriptionConfirmation", text)


@service.react(at=arns.by_subscription)
def tell_of_the_end(state: Sns, event: Event[Unsubscribe, None]) -> Iterator[Command]:
    """Tell an endpoint that somebody else ended its subscription, and how to restore it."""
    subscription = state.removed.get(event.params.subscription_arn)
    if subscription is not None and subscription.removed_by == event.id:
        text = _UNSUBSCRIBE.format(arn=subscription.arn)
        token = next(iter(subscription.tokens))
        yield from _asked(state, event, subscription, token, "UnsubscribeConfirmation", text)


def _asked(
    state: Sns, event: Event[Subscribe, SubscribeResult] | Event[Unsubscribe, None], subscription: Subscription,
    token: str, kind: str, text: str,
) -> Iterator[Command]:  # fmt: skip
    topic = state.topics.get(arns.name_of(subscription.topic_arn))
    base = subscription.base or links.aws(arns.by_topic_arn(subscription.topic_arn)[1])
    envelope = Envelope(
        type=kind, message_id=event.new_id("uuid", "confirmation"), topic_arn=subscription.topic_arn, message=text,
        timestamp=written(event.time), base=base, token=token,
        link=links.confirm(base, subscription.topic_arn, token),
        version=topic.attributes.get("SignatureVersion", "1") if topic is not None else "1",
    )  # fmt: skip
    if subscription.protocol in endpoints.SENT_A_TOKEN:
        yield from deliveries.enveloped(topic, subscription, envelope)


# its end


@service.handle(internal=True)
def expire_confirmation(state: Sns, call: Call[ExpireConfirmation]) -> None:
    """Nothing to decide: time came."""


@service.project
def confirmation_expired(state: Sns, event: Event[ExpireConfirmation, None]) -> None:
    """The token confirms nothing any more; a subscription that has no other is gone."""
    if isinstance(event.params.token, str):
        roster.forget_token(state, event.params.token)
        roster.silence(state, event.params.token, micros(event.time))
    arn = event.params.subscription_arn
    subscription = state.subscriptions.get(arn)
    if subscription is not None and not subscription.confirmed and not subscription.tokens:
        roster.drop(state, arn)
    removed = state.removed.get(arn)
    if removed is not None and not removed.tokens:
        del state.removed[arn]
