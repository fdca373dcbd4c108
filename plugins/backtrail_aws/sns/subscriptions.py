"""Subscriptions: making, listing and ending them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from backtrail import UNSET, Answer, Call, Event, UnsetType, told
from backtrail.payload import HIDDEN
from backtrail_aws.sns import (
    arns,
    directory,
    endpoints,
    errors,
    limits,
    links,
    roster,
    subscription_attributes,
    topic_attributes,
    topics,
)
from backtrail_aws.sns.api import (
    ListSubscriptions,
    ListSubscriptionsByTopic,
    ListSubscriptionsByTopicResult,
    ListSubscriptionsResult,
    Subscribe,
    SubscribeResult,
    Unsubscribe,
)
from backtrail_aws.sns.api import Subscription as Listed
from backtrail_aws.sns.moments import micros
from backtrail_aws.sns.state import Sns, Subscription, Topic, service

PENDING_ANSWER, PENDING_LISTED = "pending confirmation", "PendingConfirmation"
_TOKEN_BYTES = 96


class Subscribed(msgspec.Struct, frozen=True):
    """Beside a Subscribe: the ARN, which a pending subscription's answer does not tell, and where its links lead."""

    arn: str
    confirmed: bool
    base: str


# making


@service.handle(at=arns.by_topic)
def subscribe(state: Sns, call: Call[Subscribe]) -> Answer[SubscribeResult]:
    """The ARN of a new subscription, or of the one that the endpoint has; of a pending one only if asked for."""
    params = call.params
    topic = directory.topic(state, call, params.topic_arn)
    endpoint = endpoints.check(state, call, topic)
    given = told(params.attributes, {})
    subscription_attributes.check(
        state, topic, params.protocol, given, {}, subscription_attributes.on_subscribe
    )
    old = roster.at_place(state, topic.arn, params.protocol, endpoint)
    if old is None:
        _check_room(topic, params.protocol)
    elif not subscription_attributes.same(old, given):
        raise errors.subscription_exists()
    arn = old.arn if old is not None else f"{topic.arn}:{call.new_id('uuid', 'subscription')}"
    confirmed = old.confirmed if old is not None else _confirmed(call, endpoint)
    shown = arn if confirmed or params.return_subscription_arn is True else PENDING_ANSWER
    return Answer(
        SubscribeResult(subscription_arn=shown),
        note=Subscribed(arn, confirmed, links.base_of(call)),
        params=_recorded(call, endpoint, confirmed),
    )


def _confirmed(call: Call[Subscribe], endpoint: str) -> bool:
    return endpoints.confirms_itself(call.params.protocol, endpoint, call.account)


def _recorded(call: Call[Subscribe], endpoint: str, confirmed: bool) -> Subscribe:
    """The parameters with the token that confirms, and with no password in what all may read."""
    token = UNSET if confirmed else call.secret("token", _TOKEN_BYTES).hex()
    public = endpoints.public(endpoint)
    if public == endpoint:
        return msgspec.structs.replace(call.params, confirmation_token=token)
    return msgspec.structs.replace(
        call.params, endpoint=public, full_endpoint=endpoint, confirmation_token=token
    )


def _check_room(topic: Topic, protocol: str) -> None:
    if topic.fifo and topic.confirmed + topic.pending >= limits.FIFO_SUBSCRIPTIONS_MAX:
        raise errors.too_many_subscriptions()
    if topic.pending >= limits.PENDING_MAX and protocol not in endpoints.AT_ONCE:
        raise errors.too_many_subscriptions()
    if not topic_attributes.takes_large(topic, protocol):
        # evidence: API_CreateTopic; words: guess
        raise errors.because("Protocol", "The topic's MaximumMessageSize does not allow this subscription")


@service.project(at=arns.by_topic)
def subscribed(state: Sns, event: Event[Subscribe, SubscribeResult]) -> None:
    """The endpoint is subscribed, or has been sent a token (again)."""
    params, note = event.params, event.note(Subscribed)
    topic = directory.noticed(state, event, params.topic_arn)
    endpoint = told(params.full_endpoint, told(params.endpoint, ""))
    known = endpoint not in ("", HIDDEN)
    old = roster.at_place(state, topic.arn, params.protocol, endpoint) if known else None
    if old is None:
        old = made(event, topic.arn, endpoint if known else UNSET)
        subscription_attributes.apply(old, told(params.attributes, {}))
        roster.enrol(state, old)
    if note is not None:
        old.base = note.base
    if isinstance(params.confirmation_token, str):
        roster.expect(state, old, params.confirmation_token, micros(event.time))


def made(event: Event[Subscribe, SubscribeResult], topic_arn: str, endpoint: str | UnsetType) -> Subscription:
    """The subscription that a record makes. One of a foreign record may have an ARN that it does not tell."""
    params, note = event.params, event.note(Subscribed)
    answered = told(event.result.subscription_arn, "")
    told_arn = note.arn if note is not None else answered if answered.startswith("arn:") else ""
    if note is not None:
        confirmed = note.confirmed
    else:
        plain = bool(told_arn) and params.return_subscription_arn is not True
        confirmed = plain or (params.protocol in endpoints.AT_ONCE and answered != PENDING_ANSWER)
    identity = event.identity
    owner = identity.account_id if isinstance(identity.account_id, str) else event.account
    return Subscription(
        arn=told_arn or f"{topic_arn}:{event.new_id('uuid', 'subscription')}",
        topic_arn=topic_arn, protocol=params.protocol, endpoint=endpoint, owner=owner,
        principal=identity.arn if isinstance(identity.arn, str) else "",
        confirmed=confirmed, authenticated=confirmed, guessed=not told_arn,
    )  # fmt: skip


# listing


@service.read
def list_subscriptions(state: Sns, call: Call[ListSubscriptions]) -> ListSubscriptionsResult:
    """The account's own subscriptions, a hundred at a time."""
    found = topics.paged(state.subscriptions, call.params.next_token, keep=_owned_by(call.account))
    return ListSubscriptionsResult(
        subscriptions=[_listed(one) for one in found.items], next_token=found.next or UNSET
    )


@service.read(at=arns.by_topic)
def list_subscriptions_by_topic(
    state: Sns, call: Call[ListSubscriptionsByTopic]
) -> ListSubscriptionsByTopicResult:
    """A topic's subscriptions, whoever's, a hundred at a time."""
    topic = directory.topic(state, call, call.params.topic_arn)
    found = topics.paged(state.subscriptions, call.params.next_token, prefix=f"{topic.arn}:")
    return ListSubscriptionsByTopicResult(
        subscriptions=[_listed(one) for one in found.items], next_token=found.next or UNSET
    )


def _owned_by(account: str) -> Callable[[Subscription], bool]:
    return lambda one: one.owner in ("", account)


def _listed(subscription: Subscription) -> Listed:
    endpoint = subscription.endpoint
    return Listed(
        subscription_arn=subscription.arn if subscription.confirmed else PENDING_LISTED,
        owner=subscription.owner or UNSET,
        protocol=subscription.protocol,
        endpoint=endpoints.public(endpoint) if isinstance(endpoint, str) else UNSET,
        topic_arn=subscription.topic_arn,
    )


# ending


@service.handle(at=arns.by_subscription)
def unsubscribe(state: Sns, call: Call[Unsubscribe]) -> None:
    """A subscription that is not there is no error. Refuse strangers where the confirmation asked for that."""
    arn = call.params.subscription_arn
    directory.check_subscription_arn(call, arn)
    subscription = state.subscriptions.get(arn)
    if subscription is None or not subscription.locked:
        return
    owners = (subscription.owner, arn.split(":")[4])
    if call.caller.anonymous or call.caller.account not in owners:
        raise errors.not_authorized("Unsubscribe", arn)


@service.project(at=arns.by_subscription)
def unsubscribed(state: Sns, event: Event[Unsubscribe, None]) -> None:
    """The subscription is gone. Where somebody else than its owner ended it, its endpoint may restore it."""
    arn = event.params.subscription_arn
    subscription = state.subscriptions.get(arn)
    if subscription is None:
        return
    topic = state.topics.get(arns.name_of(subscription.topic_arn))
    if topic is not None:
        topic.deleted += 1
    stranger = event.identity.account_id != subscription.owner
    if stranger and subscription.protocol in endpoints.SENT_A_TOKEN:
        roster.retire(state, arn, event.id, micros(event.time))
    else:
        roster.drop(state, arn)


# in the state of an account that subscribes to another's topic


@service.project
def subscribed_elsewhere(state: Sns, event: Event[Subscribe, SubscribeResult]) -> None:
    """A subscription to a topic of another account or region is listed where it was made."""
    if arns.by_topic(event) != (event.account, event.region):
        endpoint = told(event.params.full_endpoint, told(event.params.endpoint, ""))
        copy = made(event, event.params.topic_arn, endpoint)
        if roster.at_place(state, copy.topic_arn, event.params.protocol, endpoint) is None:
            roster.enrol(state, copy)


@service.project
def unsubscribed_elsewhere(state: Sns, event: Event[Unsubscribe, None]) -> None:
    """The copy of a subscription that its owner ended is gone."""
    if arns.by_subscription(event) != (event.account, event.region):
        roster.drop(state, event.params.subscription_arn)
