"""Publishing messages, one or ten at a time."""

from __future__ import annotations

import re
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.payload import HIDDEN
from backtrail_aws.sns import archives, arns, contents, deduplication, directory, endpoints, errors, limits
from backtrail_aws.sns.api import (
    BatchResultErrorEntry,
    Publish,
    PublishBatch,
    PublishBatchRequestEntry,
    PublishBatchResult,
    PublishBatchResultEntry,
    PublishResult,
)
from backtrail_aws.sns.contents import Sent
from backtrail_aws.sns.encryption import check_key
from backtrail_aws.sns.moments import micros
from backtrail_aws.sns.state import Deduplicated, Published, Sns, Topic, service

_ENTRY_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.BATCH_ID_MAX}}}")
_DEVICE = "endpoint/"


@service.handle(at=arns.by_target)
def publish(state: Sns, call: Call[Publish]) -> PublishResult:
    """The id of a message to a topic, an endpoint or a phone number; the first one's again, for a duplicate."""
    params = call.params
    target = _target(params)
    if target is None:
        _check_phone(told(params.phone_number, ""))
        contents.check(params)
        contents.check_size(params, limits.MESSAGE_DEFAULT_BYTES)
        if len(told(params.message, "")) > limits.SMS_MAX_CHARACTERS:
            raise errors.invalid("Message too long")  # evidence: API_Publish; words: guess
        return PublishResult(message_id=call.new_id("uuid", "message/"))
    if is_device(target):
        _check_device(state, call, target)
        contents.check(params)
        contents.check_size(params, limits.MESSAGE_DEFAULT_BYTES)
        return PublishResult(message_id=call.new_id("uuid", "message/"))
    topic = directory.topic(state, call, target, "TopicArn" if params.topic_arn == target else "TargetArn")
    _check(topic, params)
    check_key(topic, call)
    return _Numbers(topic, call).named(params, "")


def _check(topic: Topic, sent: Sent) -> None:
    contents.check(sent)
    contents.check_size(sent, topic.most_bytes)
    contents.check_group(topic, sent)
    contents.check_deduplication(topic, sent)


def _target(params: Publish) -> str | None:
    """The ARN that a message goes to; None where it goes to a phone number. Raises `Refusal`."""
    named = [one for one in (params.topic_arn, params.target_arn) if isinstance(one, str)]
    phone = isinstance(params.phone_number, str)
    if len(named) + phone == 0:
        # evidence: https://github.com/sul-dlss/dlme/issues/432
        raise errors.because("TopicArn or TargetArn", "no value for required parameter")
    if len(named) + phone > 1:
        # evidence: API_Publish; words: guess
        raise errors.because("TopicArn, TargetArn or PhoneNumber", "only one of them may be specified")
    return named[0] if named else None


def is_device(arn: str) -> bool:
    """Whether an ARN names a platform endpoint."""
    found = arns.parsed(arn)
    return found is not None and found.resource.startswith(_DEVICE)


def _check_phone(number: str) -> None:
    if endpoints.PHONE.fullmatch(number) is None:
        # evidence: https://github.com/aws/aws-sdk-js/issues/1217
        raise errors.because("PhoneNumber", f"{number} is not valid to publish to")


def _check_device(state: Sns, call: Call[Publish], arn: str) -> None:
    directory.parse("TargetArn", arn, call)
    device = state.devices.get(arn)
    if device is None:
        # evidence: guess
        raise errors.because("TargetArn", "No endpoint found for the target arn specified")
    application = state.applications.get(device.application)
    if application is not None and application.attributes.get("Enabled", "true").lower() == "false":
        raise errors.application_disabled()
    if device.attributes.get("Enabled", "true").lower() == "false":
        raise errors.endpoint_disabled()


@service.project(at=arns.by_target)
def message_published(state: Sns, event: Event[Publish, PublishResult]) -> None:
    """A topic knows of a message what it must: FIFO's ids and numbers, and what it archives."""
    params = event.params
    target = told(params.topic_arn, told(params.target_arn, ""))
    if target and not is_device(target):
        _remember(directory.noticed(state, event, target), event, params, event.result, "")


# batches


@service.handle(at=arns.by_topic)
def publish_batch(state: Sns, call: Call[PublishBatch]) -> PublishBatchResult:
    """Each entry by itself; the batch as a whole is refused only where it is wrong as a whole."""
    topic = directory.topic(state, call, call.params.topic_arn)
    entries = told(call.params.publish_batch_request_entries, [])
    _check_entries([entry.id for entry in entries])
    if sum(map(contents.size, entries)) > topic.most_bytes:
        raise errors.batch_too_long()
    for entry in entries:
        contents.check_group(topic, entry)
    check_key(topic, call)
    numbers = _Numbers(topic, call)

    def send(entry: PublishBatchRequestEntry) -> PublishBatchResultEntry:
        _check(topic, entry)
        named = numbers.named(entry, entry.id)
        return PublishBatchResultEntry(
            id=entry.id, message_id=named.message_id, sequence_number=named.sequence_number
        )

    outcomes = call.each(entries, send)
    return PublishBatchResult(
        successful=[outcome for outcome in outcomes if not isinstance(outcome, Refusal)],
        failed=[
            BatchResultErrorEntry(
                id=entry.id, sender_fault=outcome.status < 500, code=outcome.code, message=outcome.message
            )
            for entry, outcome in zip(entries, outcomes, strict=True)
            if isinstance(outcome, Refusal)
        ],
    )


@service.project(at=arns.by_topic)
def messages_published(state: Sns, event: Event[PublishBatch, PublishBatchResult]) -> None:
    """The same, for the entries that did not fail."""
    topic = directory.noticed(state, event, event.params.topic_arn)
    for entry, result in accepted(event):
        _remember(topic, event, entry, result, entry.id)


def accepted(
    event: Event[PublishBatch, PublishBatchResult],
) -> list[tuple[PublishBatchRequestEntry, PublishBatchResultEntry]]:
    """The entries of a batch that did not fail, with their results as far as they are told."""
    failed = {entry.id for entry in told(event.result.failed, [])}
    results = {told(entry.id, ""): entry for entry in told(event.result.successful, [])}
    return [
        (entry, results.get(entry.id) or PublishBatchResultEntry(id=entry.id))
        for entry in told(event.params.publish_batch_request_entries, [])
        if entry.id not in failed
    ]


def _check_entries(ids: list[str]) -> None:
    if not ids:
        raise errors.empty_batch()
    if len(ids) > limits.BATCH_MAX:
        raise errors.too_many_entries()
    if len(set(ids)) < len(ids):
        raise errors.repeated_entry()
    if any(_ENTRY_ID.fullmatch(one) is None for one in ids):
        raise errors.bad_entry_id()


class _Numbers:
    """The ids of one call's messages: each may be the duplicate of an earlier one, also in the same batch."""

    def __init__(self, topic: Topic, call: Call[Any]) -> None:
        self._topic, self._call, self._now = topic, call, micros(call.time)
        self._named: dict[str, PublishResult] = {}
        self._sequence = topic.sequence

    def named(self, sent: Sent, label: str) -> PublishResult:
        """The id of a message, and its number in a FIFO topic."""
        message_id = self._call.new_id("uuid", f"message/{label}")
        if not self._topic.fifo:
            return PublishResult(message_id=message_id)
        scope = deduplication.scope_of(self._topic, sent)
        if scope is not None:
            before = deduplication.published_before(self._topic, scope, self._now)
            if before is not None:
                return PublishResult(message_id=before.message_id, sequence_number=before.sequence)
            if scope in self._named:
                return self._named[scope]
        self._sequence += 1
        made = PublishResult(
            message_id=message_id, sequence_number=deduplication.sequence_number(self._sequence)
        )
        if scope is not None:
            self._named[scope] = made
        return made


# folds


def _remember(
    topic: Topic,
    event: Event[Any, Any],
    sent: Sent,
    result: PublishResult | PublishBatchResultEntry,
    label: str,
) -> None:
    if not topic.fifo:
        return
    now = micros(event.time)
    scope = deduplication.scope_of(topic, sent)
    if scope is not None and deduplication.published_before(topic, scope, now) is not None:
        return
    sequence = deduplication.sequenced(topic, result.sequence_number)
    message_id = told(result.message_id, event.new_id("uuid", f"message/{label}"))
    if scope is not None:
        used = Deduplicated(
            message_id=message_id, sequence=sequence, event_id=f"{event.id}/{label}", at_us=now
        )
        deduplication.remember(topic, scope, used)
    if isinstance(sent.message, str) and sent.message != HIDDEN:
        archives.keep(topic, published(topic, sent, message_id, sequence, now))


def published(topic: Topic, sent: Sent, message_id: str, sequence: str | UnsetType, now_us: int) -> Published:
    """A message as deliveries are made of it."""
    return Published(
        message_id=message_id, at_us=now_us, message=told(sent.message, ""), subject=sent.subject,
        structure=sent.message_structure, attributes=told(sent.message_attributes, {}),
        group=sent.message_group_id, sequence=sequence,
        deduplication=deduplication.token_of(topic, sent) if topic.fifo else UNSET,
    )  # fmt: skip


def is_duplicate(topic: Topic, event: Event[Any, Any], sent: Sent, label: str) -> bool:
    """Whether a message that was just published had been published before, so that nobody gets it again."""
    scope = deduplication.scope_of(topic, sent)
    used = topic.used.get(scope) if scope is not None else None
    return used is not None and used.event_id != f"{event.id}/{label}"
