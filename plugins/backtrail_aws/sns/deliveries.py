"""Fan-out: what follows from a message for each subscription, and what follows when a delivery fails.

https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from backtrail import UNSET, Command, Event, UnsetType, told
from backtrail_aws.sns import archives, arns, documents, endpoints, envelopes, filters, messages, roster
from backtrail_aws.sns.api import (
    MessageAttributeValue,
    Publish,
    PublishBatch,
    PublishBatchResult,
    PublishResult,
    SetSubscriptionAttributes,
    Subscribe,
    SubscribeResult,
)
from backtrail_aws.sns.commands import (
    About,
    DeliverHttp,
    DeliverMessage,
    Envelope,
    FirehoseRecord,
    Invoke,
    PutRecord,
    SendMessage,
    SqsAttribute,
)
from backtrail_aws.sns.delivery_policies import content_type
from backtrail_aws.sns.documents import Json
from backtrail_aws.sns.moments import micros
from backtrail_aws.sns.state import Published, Sns, Subscription, Topic, service

_MAIL_SUBJECT = "AWS Notification Message"
_SENDER = "AWS.SNS.SMS.SenderID"


# what is published


@service.react(at=arns.by_target)
def deliver(state: Sns, event: Event[Publish, PublishResult]) -> Iterator[Command]:
    """Deliver a message to a topic's subscriptions, to an app, or to a phone."""
    params = event.params
    target = told(params.topic_arn, told(params.target_arn, ""))
    topic = state.topics.get(arns.name_of(target))
    message_id = told(event.result.message_id, "")
    if isinstance(params.phone_number, str):
        yield _text_message(params, message_id)
    elif messages.is_device(target):
        yield _push(target, params, message_id)
    elif topic is not None and not messages.is_duplicate(topic, event, params, ""):
        sequence = event.result.sequence_number
        made = messages.published(topic, params, message_id, sequence, micros(event.time))
        yield from _fan_out(state, topic, made)


@service.react(at=arns.by_topic)
def deliver_batch(state: Sns, event: Event[PublishBatch, PublishBatchResult]) -> Iterator[Command]:
    """Deliver the messages of a batch, in order."""
    topic = state.topics.get(arns.name_of(event.params.topic_arn))
    if topic is None:
        return
    seen: set[str] = set()
    for entry, result in messages.accepted(event):
        message_id = told(result.message_id, "")
        if messages.is_duplicate(topic, event, entry, entry.id) or message_id in seen:
            continue
        seen.add(message_id)
        made = messages.published(topic, entry, message_id, result.sequence_number, micros(event.time))
        yield from _fan_out(state, topic, made)


@service.react(at=arns.by_subscription)
def replay(state: Sns, event: Event[SetSubscriptionAttributes, None]) -> Iterator[Command]:
    """Deliver archived messages again to a subscription that asks for it."""
    if event.params.attribute_name == "ReplayPolicy":
        yield from _replay(state, event.params.subscription_arn)


@service.react(at=arns.by_topic)
def replay_from_the_start(state: Sns, event: Event[Subscribe, SubscribeResult]) -> Iterator[Command]:
    """The same, for a new subscription that does."""
    if "ReplayPolicy" in told(event.params.attributes, {}):
        yield from _replay(state, told(event.result.subscription_arn, ""))


def _replay(state: Sns, subscription_arn: str) -> Iterator[Command]:
    subscription = state.subscriptions.get(subscription_arn)
    topic = state.topics.get(arns.name_of(arns.topic_of(subscription_arn)))
    found = archives.replay_of(subscription.setting("ReplayPolicy")) if subscription is not None else None
    if subscription is None or topic is None or found is None or not subscription.confirmed:
        return
    for published in archives.replayed(topic, found):
        yield from _Outgoing(topic, published).to(subscription)


def _fan_out(state: Sns, topic: Topic, published: Published) -> Iterator[Command]:
    outgoing = _Outgoing(topic, published)
    for subscription in roster.of_topic(state, topic.arn):
        if subscription.confirmed and not subscription.ended:
            yield from outgoing.to(subscription)


class _Outgoing:
    """One message on its way to many: what all of them need is made once."""

    def __init__(self, topic: Topic, published: Published) -> None:
        self.topic, self.published = topic, published

    def to(self, subscription: Subscription) -> Iterator[Command]:
        """The commands that deliver the message to a subscription, if its filter policy lets it through."""
        protocol = told(subscription.protocol, "")
        make = _TO.get(protocol)
        if make is None or not isinstance(subscription.endpoint, str):
            return
        policy = subscription.setting("FilterPolicy")
        scope = subscription.setting("FilterPolicyScope")
        if not policy or filters.accepts(policy, scope, lambda: self.attributes, lambda: self.body(protocol)):
            text = envelopes.for_protocol(self.published, protocol)
            envelope = envelopes.notification(self.topic, subscription, self.published, text)
            yield make(self.topic, subscription, envelope, self.published)

    @cached_property
    def attributes(self) -> Mapping[str, Json]:
        """The message's attributes as filter policies see them."""
        values = {name: _value(held) for name, held in self.published.attributes.items()}
        return {name: value for name, value in values.items() if value is not None}

    def body(self, protocol: str) -> Json:
        """The message as filter policies of its body see it; None for what is no JSON."""
        try:
            return documents.anything(envelopes.for_protocol(self.published, protocol))
        except ValueError:
            return None


def _value(held: MessageAttributeValue) -> Json:
    """An attribute's value as JSON. Binary ones take no part in filtering."""
    kind, text = told(held.data_type, ""), told(held.string_value, "")
    if kind.startswith("Binary"):
        return None
    if kind == "String.Array":
        try:
            return documents.anything(text)
        except ValueError:
            return text
    if kind.startswith("Number"):
        try:
            return float(text)
        except ValueError:
            return text
    return text


# by protocol


def enveloped(topic: Topic | None, subscription: Subscription, envelope: Envelope) -> Iterator[Command]:
    """A message of SNS's own (a confirmation) to an endpoint."""
    protocol = told(subscription.protocol, "")
    if protocol in endpoints.HTTP:
        yield _http(topic, subscription, envelope, raw=False)
    elif protocol in endpoints.MAIL:
        yield _mail(topic, subscription, envelope)
    elif protocol == "sqs":
        yield _queue(subscription, envelope, envelopes.rendered(envelope, subscription.arn), None)


def _about(subscription: Subscription, envelope: Envelope, letter: str | UnsetType = UNSET) -> About:
    return About(subscription_arn=subscription.arn, message_id=envelope.message_id, letter=letter)


def _to_queue(topic: Topic, subscription: Subscription, envelope: Envelope, published: Published) -> Command:
    body = envelope.message if subscription.raw else envelopes.rendered(envelope, subscription.arn)
    return _queue(subscription, envelope, body, published)


def _queue(subscription: Subscription, envelope: Envelope, body: str, published: Published | None) -> Command:
    queue = told(subscription.endpoint, "")
    fifo = queue.endswith(".fifo")
    raw = published is not None and subscription.raw and bool(published.attributes)
    return to_queue(
        queue,
        body,
        topic_arn=subscription.topic_arn,
        about=_about(subscription, envelope),
        attributes=sqs_attributes(published.attributes) if raw and published is not None else UNSET,
        group=published.group if published is not None else UNSET,
        deduplication=published.deduplication if published is not None and fifo else UNSET,
    )


def to_queue(
    queue: str, body: str, *, topic_arn: str, about: About, attributes: dict[str, SqsAttribute] | UnsetType = UNSET,
    group: str | UnsetType = UNSET, deduplication: str | UnsetType = UNSET,
) -> Command:  # fmt: skip
    """The command that sends a message to a queue."""
    account, region = arns.by_topic_arn(queue)
    params = SendMessage(
        queue_url=endpoints.queue_url(queue), message_body=body, message_attributes=attributes,
        message_group_id=group, message_deduplication_id=deduplication, sns=about,
    )  # fmt: skip
    return Command("sqs", params, account=account, region=region, source_arn=topic_arn)


def sqs_attributes(given: Mapping[str, MessageAttributeValue]) -> dict[str, SqsAttribute]:
    """A message's attributes as SQS has them."""
    return {
        name: SqsAttribute(
            data_type=told(value.data_type, "String"),
            string_value=value.string_value,
            binary_value=value.binary_value,
        )
        for name, value in given.items()
    }


def _to_function(
    topic: Topic, subscription: Subscription, envelope: Envelope, published: Published
) -> Command:
    function = told(subscription.endpoint, "")
    account, region = arns.by_topic_arn(function)
    letter = envelopes.rendered(envelope, subscription.arn)
    params = Invoke(
        function_name=function, invocation_type="Event",
        payload=envelopes.function_event(envelope, subscription.arn),
        sns=_about(subscription, envelope, letter),
    )  # fmt: skip
    return Command("lambda", params, account=account, region=region, source_arn=topic.arn)


def _to_stream(topic: Topic, subscription: Subscription, envelope: Envelope, published: Published) -> Command:
    stream = told(subscription.endpoint, "")
    account, region = arns.by_topic_arn(stream)
    body = envelope.message if subscription.raw else envelopes.rendered(envelope, subscription.arn)
    params = PutRecord(
        delivery_stream_name=stream.rpartition("/")[2],
        record=FirehoseRecord(data=body.encode("utf-8", "replace")),
        sns=_about(subscription, envelope, body),
    )
    role = subscription.setting("SubscriptionRoleArn") or None
    return Command("firehose", params, as_=role, account=account, region=region, source_arn=topic.arn)


def _to_http(topic: Topic, subscription: Subscription, envelope: Envelope, published: Published) -> Command:
    return _http(topic, subscription, envelope, raw=subscription.raw)


def _http(topic: Topic | None, subscription: Subscription, envelope: Envelope, *, raw: bool) -> Command:
    account, region = arns.by_topic_arn(subscription.topic_arn)
    params = DeliverHttp(
        delivery_id=f"{envelope.message_id}/{subscription.arn.rpartition(':')[2]}",
        subscription_arn=subscription.arn, message_id=envelope.message_id, type=envelope.type, attempt=1, raw=raw,
        content_type=content_type(topic, subscription), url=subscription.endpoint, envelope=envelope,
    )  # fmt: skip
    return Command("sns", params, account=account, region=region, source_arn=subscription.topic_arn)


def _to_mail(topic: Topic, subscription: Subscription, envelope: Envelope, published: Published) -> Command:
    return _mail(topic, subscription, envelope)


def _mail(topic: Topic | None, subscription: Subscription, envelope: Envelope) -> Command:
    account, region = arns.by_topic_arn(subscription.topic_arn)
    as_json = subscription.protocol == "email-json"
    confirming = isinstance(envelope.token, str)
    sender = "AWS Notifications" if confirming or topic is None else topic.attributes.get("DisplayName", "")
    params = DeliverMessage(
        protocol=told(subscription.protocol, ""), kind=envelope.type, message_id=envelope.message_id,
        topic_arn=subscription.topic_arn, subscription_arn=subscription.arn, to=subscription.endpoint,
        subject=f"AWS Notification - {envelope.type.removesuffix('Confirmation')} Confirmation"
        if confirming else told(envelope.subject, _MAIL_SUBJECT),
        body=envelopes.rendered(envelope, subscription.arn) if as_json else envelope.message,
        sender=sender or "AWS Notifications", token=envelope.token, link=envelope.link,
    )  # fmt: skip
    return Command("sns", params, account=account, region=region, source_arn=subscription.topic_arn)


def _to_phone(topic: Topic, subscription: Subscription, envelope: Envelope, published: Published) -> Command:
    account, region = arns.by_topic_arn(topic.arn)
    name = topic.attributes.get("DisplayName", "")
    params = DeliverMessage(
        protocol="sms", kind=envelope.type, message_id=envelope.message_id, topic_arn=topic.arn,
        subscription_arn=subscription.arn, to=subscription.endpoint, sender=_sender(published.attributes),
        body=f"{name}> {envelope.message}" if name else envelope.message,
    )  # fmt: skip
    return Command("sns", params, account=account, region=region, source_arn=topic.arn)


def _to_app(topic: Topic, subscription: Subscription, envelope: Envelope, published: Published) -> Command:
    account, region = arns.by_topic_arn(topic.arn)
    device = told(subscription.endpoint, "")
    params = DeliverMessage(
        protocol="application", kind=envelope.type, message_id=envelope.message_id, topic_arn=topic.arn,
        subscription_arn=subscription.arn, to=device,
        body=envelopes.for_protocol(published, platform_of(device), "application"),
    )  # fmt: skip
    return Command("sns", params, account=account, region=region, source_arn=topic.arn)


_TO: dict[str, Callable[[Topic, Subscription, Envelope, Published], Command]] = {
    "application": _to_app,
    "email": _to_mail,
    "email-json": _to_mail,
    "firehose": _to_stream,
    "http": _to_http,
    "https": _to_http,
    "lambda": _to_function,
    "sms": _to_phone,
    "sqs": _to_queue,
}


# without a topic


def platform_of(arn: str) -> str:
    """The push service in the ARN of a platform application or endpoint."""
    parts = arn.split("/")
    return parts[1] if len(parts) > 2 else ""


def _text_message(params: Publish, message_id: str) -> Command:
    given = told(params.message_attributes, {})
    return Command(
        "sns",
        DeliverMessage(
            protocol="sms", kind=envelopes.NOTIFICATION, message_id=message_id, to=params.phone_number,
            body=_text(params, "sms"), sender=_sender(given),
        ),
    )  # fmt: skip


def _push(device: str, params: Publish, message_id: str) -> Command:
    account, region = arns.by_topic_arn(device)
    made = DeliverMessage(
        protocol="application", kind=envelopes.NOTIFICATION, message_id=message_id, to=device,
        body=_text(params, platform_of(device), "application"), subject=params.subject,
    )  # fmt: skip
    return Command("sns", made, account=account, region=region, source_arn=device)


def _text(params: Publish, *names: str) -> str:
    made = Published(
        message_id="", at_us=0, message=told(params.message, ""), structure=params.message_structure
    )
    return envelopes.for_protocol(made, *names)


def _sender(given: Mapping[str, MessageAttributeValue]) -> str | UnsetType:
    found = given.get(_SENDER)
    return found.string_value if found is not None else UNSET
