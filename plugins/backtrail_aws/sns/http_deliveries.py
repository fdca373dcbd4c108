"""Deliveries over HTTP: posted by an effect, tried again as the delivery policy says, given up in the end.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: answers of 5xx and 429, and no answer at
all, are tried again; every other answer but a good one ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from backtrail import Answer, Call, Command, Effect, Event, UnsetType, told
from backtrail_aws.sns import arns, delivery_policies, envelopes, failures, roster
from backtrail_aws.sns.commands import About, DeliverHttp, Envelope, ExpireConfirmation, RetryDelivery
from backtrail_aws.sns.moments import SECOND, micros, moment, sortable
from backtrail_aws.sns.state import Sns, Waiting, service

EFFECT = "post"
_RETRY_ALARM = "r"
_TIME = 16
_TOO_MANY = 429


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """What the effect posts, and where to."""

    url: str
    envelope: Envelope
    subscription_arn: str
    raw: bool
    content_type: str


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the status of the answer, 0 without one; `refused` where it was never sent."""

    status: int = 0
    reason: str = ""
    refused: bool = False


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """Beside a DeliverHttp: how it ended, and after how many seconds the next attempt comes."""

    delivered: bool
    status: int
    reason: str
    again_s: float | None = None


@service.handle(internal=True)
def deliver_http(state: Sns, call: Call[DeliverHttp]) -> Answer[None] | Effect:
    """Post the message; then say how that ended and whether it is tried again."""
    params = call.params
    if not isinstance(params.url, str) or isinstance(params.envelope, UnsetType):
        return Answer(None, note=Attempted(delivered=False, status=0, reason="nothing to deliver"))
    if call.outcome is None:
        post = Post(
            url=params.url, envelope=params.envelope, subscription_arn=params.subscription_arn, raw=params.raw,
            content_type=told(params.content_type, ""),
        )  # fmt: skip
        return Effect(name=EFFECT, args=post)
    posted = call.outcome.result
    if not isinstance(posted, Posted):
        posted = Posted(reason=call.outcome.error or "")
    return Answer(None, note=_attempted(state, params, posted))


def _attempted(state: Sns, params: DeliverHttp, posted: Posted) -> Attempted:
    if 200 <= posted.status < 300:
        return Attempted(delivered=True, status=posted.status, reason=posted.reason)
    again: float | None = None
    subscription = state.subscriptions.get(params.subscription_arn) or state.removed.get(
        params.subscription_arn
    )
    passing = posted.status == 0 or posted.status >= 500 or posted.status == _TOO_MANY
    if subscription is not None and passing and not posted.refused:
        topic = state.topics.get(arns.name_of(subscription.topic_arn))
        again = delivery_policies.retries_of(topic, subscription).delay_s(params.attempt)
    return Attempted(delivered=False, status=posted.status, reason=posted.reason, again_s=again)


@service.project
def http_delivered(state: Sns, event: Event[DeliverHttp, None]) -> None:
    """A delivery that is to be tried again waits for its time."""
    params, attempted = event.params, event.note(Attempted)
    _forget(state, params.delivery_id)
    if attempted is None or not attempted.again_s:
        return
    due_us = micros(event.time) + int(attempted.again_s * SECOND)
    command = msgspec.structs.replace(params, attempt=params.attempt + 1)
    state.waiting[params.delivery_id] = Waiting(due_us=due_us, command=command)
    state.alarms[_alarm(due_us, params.delivery_id)] = params.delivery_id


@service.react
def after_http(state: Sns, event: Event[DeliverHttp, None]) -> Iterator[Command]:
    """Try again at once, or give up; nothing more is to do where it was delivered or waits."""
    params, attempted = event.params, event.note(Attempted)
    if attempted is None or attempted.delivered:
        return
    if attempted.again_s == 0:
        again = msgspec.structs.replace(params, attempt=params.attempt + 1)
        yield Command("sns", again, account=event.account, region=event.region, source_arn=_source(params))
    elif attempted.again_s is None and not isinstance(params.envelope, UnsetType):
        envelope = params.envelope
        raw = params.raw and envelope.type == envelopes.NOTIFICATION
        letter = envelope.message if raw else envelopes.rendered(envelope, params.subscription_arn)
        about = About(subscription_arn=params.subscription_arn, message_id=params.message_id)
        code = str(attempted.status) if attempted.status else "DeliveryFailed"
        yield failures.failed(about, code, attempted.reason, letter)


def _source(params: DeliverHttp) -> str:
    """What an attempt runs through: each its own, for the retries of one delivery are no circle."""
    return f"{arns.topic_of(params.subscription_arn)}#{params.attempt}"


# time


def next_due(state: Sns) -> datetime | None:
    """When time next has something to do here."""
    first = state.alarms.first()
    return moment(int(first[:_TIME], 16)) if first is not None else None


@service.timer(next_due)
def time_came(state: Sns, now: datetime) -> Iterator[Command]:
    """Deliveries are due again, tokens end: whatever time brings."""
    us = micros(now)
    for alarm, name in state.alarms.items():
        if int(alarm[:_TIME], 16) > us:
            return
        if alarm[_TIME] == roster.TOKEN_ALARM:
            yield Command("sns", ExpireConfirmation(subscription_arn=state.tokens.get(name, ""), token=name))
        else:
            yield Command("sns", RetryDelivery(delivery_id=name))


@service.handle(internal=True)
def retry_delivery(state: Sns, call: Call[RetryDelivery]) -> None:
    """Nothing to decide: time came."""


@service.project
def delivery_retried(state: Sns, event: Event[RetryDelivery, None]) -> None:
    """The delivery's time has come."""
    roster.silence(state, event.params.delivery_id, micros(event.time))


@service.react
def try_again(state: Sns, event: Event[RetryDelivery, None]) -> Iterator[Command]:
    """Post the message once more."""
    waiting = state.waiting.get(event.params.delivery_id)
    if waiting is not None:
        yield Command("sns", waiting.command, source_arn=_source(waiting.command))


def _forget(state: Sns, delivery_id: str) -> None:
    waiting = state.waiting.pop(delivery_id, None)
    if waiting is not None:
        state.alarms.pop(_alarm(waiting.due_us, delivery_id), None)


def _alarm(due_us: int, delivery_id: str) -> str:
    return f"{sortable(due_us)}{_RETRY_ALARM}{delivery_id}"
