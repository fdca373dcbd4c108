"""Deliveries that failed: heard of, recorded, and moved to the dead-letter queue where the subscription has one.

A delivery inside of AWS that is refused is refused for good: the queue or function is gone, or does not let SNS in.
(AWS repeats what fails by its own fault; here nothing does.)
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UNSET, Call, Command, Event, Heard, UnsetType, told
from backtrail_aws.sns import arns, deliveries, documents, limits
from backtrail_aws.sns.commands import About, FailDelivery, Invoke, PutRecord, SendMessage, SqsAttribute
from backtrail_aws.sns.moments import micros, sortable, written
from backtrail_aws.sns.state import Failure, Sns, Subscription, service


@service.outcome("sqs")
def queue_answered(state: Sns, heard: Heard[SendMessage]) -> Iterator[Command]:
    """A message did not get into a queue."""
    params = heard.params
    if heard.error and isinstance(params.sns, About):
        yield failed(
            params.sns, heard.error, heard.message, params.message_body, attributes=params.message_attributes,
            group=params.message_group_id, deduplication=params.message_deduplication_id,
        )  # fmt: skip


@service.outcome("lambda")
def function_answered(state: Sns, heard: Heard[Invoke]) -> Iterator[Command]:
    """A function did not get a message."""
    if heard.error and isinstance(heard.params.sns, About):
        yield failed(heard.params.sns, heard.error, heard.message)


@service.outcome("firehose")
def stream_answered(state: Sns, heard: Heard[PutRecord]) -> Iterator[Command]:
    """A delivery stream did not take a message."""
    if heard.error and isinstance(heard.params.sns, About):
        yield failed(heard.params.sns, heard.error, heard.message)


def failed(
    about: About, code: str, reason: str, letter: str = "", *,
    attributes: dict[str, SqsAttribute] | UnsetType = UNSET, group: str | UnsetType = UNSET,
    deduplication: str | UnsetType = UNSET,
) -> Command:  # fmt: skip
    """The command that records a failed delivery where the topic lives."""
    account, region = arns.by_topic_arn(about.subscription_arn)
    params = FailDelivery(
        subscription_arn=about.subscription_arn, message_id=about.message_id, code=code, reason=reason,
        dead=about.dead, letter=told(about.letter, letter), attributes=attributes, group=group,
        deduplication=deduplication,
    )  # fmt: skip
    return Command(
        "sns", params, account=account, region=region, source_arn=arns.topic_of(about.subscription_arn)
    )


@service.handle(internal=True)
def fail_delivery(state: Sns, call: Call[FailDelivery]) -> None:
    """Nothing to decide: it happened."""


@service.project
def delivery_failed(state: Sns, event: Event[FailDelivery, None]) -> None:
    """The subscription counts it, and the latest failures are kept for who asks why nothing came."""
    params = event.params
    subscription = state.subscriptions.get(params.subscription_arn)
    if subscription is not None:
        subscription.failures += 1
        subscription.last_failure = f"{params.code}: {params.reason}"
    key = f"{sortable(micros(event.time))}{event.id}"
    state.failures[key] = Failure(
        at=written(event.time), subscription_arn=params.subscription_arn, message_id=params.message_id,
        code=params.code, reason=params.reason,
    )  # fmt: skip
    while len(state.failures) > limits.FAILURES_KEPT and (first := state.failures.first()) is not None:
        del state.failures[first]


@service.react
def bury(state: Sns, event: Event[FailDelivery, None]) -> Iterator[Command]:
    """The message goes to the subscription's dead-letter queue. What fails to get there is lost."""
    params = event.params
    subscription = state.subscriptions.get(params.subscription_arn)
    queue = dead_letter_queue(subscription) if subscription is not None else ""
    if subscription is None or not queue or params.dead or not isinstance(params.letter, str):
        return
    about = About(subscription_arn=subscription.arn, message_id=params.message_id, dead=True)
    yield deliveries.to_queue(
        queue, params.letter, topic_arn=subscription.topic_arn, about=about, attributes=params.attributes,
        group=params.group, deduplication=params.deduplication if queue.endswith(".fifo") else UNSET,
    )  # fmt: skip


def dead_letter_queue(subscription: Subscription) -> str:
    """The ARN of a subscription's dead-letter queue; empty where it has none."""
    policy = documents.read(subscription.setting("RedrivePolicy")) or {}
    return str(policy.get("deadLetterTargetArn", ""))
