"""The subscriptions of a state: all indexes of them are kept here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from backtrail import told
from backtrail_aws.sns import limits
from backtrail_aws.sns.moments import sortable
from backtrail_aws.sns.state import Sns, Subscription

TOKEN_ALARM = "c"


def of_topic(state: Sns, topic_arn: str) -> Iterator[Subscription]:
    """The subscriptions of a topic, in the order of their ARNs."""
    prefix = f"{topic_arn}:"
    for arn, subscription in state.subscriptions.items_from(prefix):
        if not arn.startswith(prefix):
            return
        yield subscription


def place(topic_arn: str, protocol: str, endpoint: str) -> str:
    """What a subscription is found by: the same endpoint subscribes once."""
    return f"{topic_arn}\n{protocol}\n{endpoint}"


def at_place(state: Sns, topic_arn: str, protocol: str, endpoint: str) -> Subscription | None:
    """The subscription of an endpoint to a topic."""
    arn = state.places.get(place(topic_arn, protocol, endpoint))
    return state.subscriptions.get(arn) if arn is not None else None


# folds


def enrol(state: Sns, subscription: Subscription) -> None:
    """A subscription is there, confirmed or pending."""
    state.subscriptions[subscription.arn] = subscription
    state.places[_place(subscription)] = subscription.arn
    _count(state, subscription, 1)
    for token, at_us in list(subscription.tokens.items()):
        expect(state, subscription, token, at_us)


def expect(state: Sns, subscription: Subscription, token: str, at_us: int) -> None:
    """A token was sent: it confirms the subscription within two days."""
    subscription.tokens[token] = at_us
    state.tokens[token] = subscription.arn
    state.alarms[_alarm(at_us, token)] = token


def forget_token(state: Sns, token: str) -> Subscription | None:
    """A token's time is over; the subscription that it was for."""
    arn = state.tokens.pop(token, None)
    found = (state.subscriptions.get(arn) or state.removed.get(arn)) if arn is not None else None
    if found is not None and token in found.tokens:
        state.alarms.pop(_alarm(found.tokens.pop(token), token), None)
    return found


def confirm(state: Sns, subscription: Subscription) -> None:
    """A subscription is confirmed. Its tokens may be used again while they last, but end nothing."""
    for token, at_us in subscription.tokens.items():
        state.alarms.pop(_alarm(at_us, token), None)
    if state.removed.pop(subscription.arn, None) is not None:
        subscription.removed_by = ""
        state.subscriptions[subscription.arn] = subscription
        state.places[_place(subscription)] = subscription.arn
    elif not subscription.confirmed:
        _count(state, subscription, -1)
    else:
        return
    subscription.confirmed = True
    _count(state, subscription, 1)


def drop(state: Sns, arn: str) -> Subscription | None:
    """A subscription is gone, and its tokens with it."""
    subscription = state.subscriptions.pop(arn, None)
    if subscription is None:
        return None
    if state.places.get(_place(subscription)) == arn:
        del state.places[_place(subscription)]
    _count(state, subscription, -1)
    for token, at_us in subscription.tokens.items():
        state.alarms.pop(_alarm(at_us, token), None)
        state.tokens.pop(token, None)
    return subscription


def retire(state: Sns, arn: str, event_id: str, now_us: int) -> None:
    """A subscription is gone, and may be restored within two days with the latest of its tokens."""
    subscription = drop(state, arn)
    if subscription is not None and subscription.tokens:
        token = max(subscription.tokens, key=lambda one: (subscription.tokens[one], one))
        subscription.tokens, subscription.removed_by = {}, event_id
        state.removed[arn] = subscription
        expect(state, subscription, token, now_us)


def rename(state: Sns, subscription: Subscription, arn: str) -> None:
    """A subscription's real ARN is known: it stood under one that was made up."""
    drop(state, subscription.arn)
    subscription.arn, subscription.guessed = arn, False
    enrol(state, subscription)


def silence(state: Sns, name: str, now_us: int) -> None:
    """What an alarm was for has been done: whatever else is known of it, it does not ring again."""
    end = sortable(now_us + 1)
    for alarm in [key for key in takewhile(lambda key: key < end, state.alarms) if state.alarms[key] == name]:
        del state.alarms[alarm]


def _place(subscription: Subscription) -> str:
    return place(subscription.topic_arn, told(subscription.protocol, ""), told(subscription.endpoint, ""))


def _count(state: Sns, subscription: Subscription, by: int) -> None:
    topic = state.topics.get(subscription.topic_arn.rpartition(":")[2])
    if topic is None or topic.arn != subscription.topic_arn:
        return
    if subscription.confirmed:
        topic.confirmed += by
    else:
        topic.pending += by


def _alarm(at_us: int, token: str) -> str:
    return f"{sortable(at_us + limits.TOKEN_LIFE_US)}{TOKEN_ALARM}{token}"
