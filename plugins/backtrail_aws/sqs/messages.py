"""Sending messages, one or ten at a time."""

from __future__ import annotations

from typing import Any, TypeVar

from backtrail import UNSET, Answer, Call, Event, Identity, Lineage, Params, UnsetType, told
from backtrail.payload import HIDDEN
from backtrail_aws.sqs import (
    batches,
    contents,
    deduplication,
    digests,
    directory,
    errors,
    limits,
    stock,
    throttling,
    urls,
)
from backtrail_aws.sqs.api import (
    SendMessage,
    SendMessageBatch,
    SendMessageBatchRequestEntry,
    SendMessageBatchResult,
    SendMessageBatchResultEntry,
    SendMessageResult,
)
from backtrail_aws.sqs.contents import Sent
from backtrail_aws.sqs.encryption import check_key
from backtrail_aws.sqs.moments import SECOND, micros
from backtrail_aws.sqs.state import Deduplicated, Message, Queue, Queues, service

R = TypeVar("R")

_TRACE_HEADER = "x-amzn-trace-id"
_TRACE_MAX = 1024  # such headers have about a hundred characters; what is longer is cut off
SEQUENCE_BASE, SEQUENCE_STEP = 18_850_000_000_000_000_000, 256
"""Sequence numbers have 20 digits and rise by 256 in AWS's samples; they are opaque beyond their order."""


class SentWithin(Params):
    """Beside what was sent: the chain that it goes on with, and the trace that its request named."""

    lineage: Lineage | UnsetType = UNSET
    trace: str | UnsetType = UNSET


@service.handle(at=urls.by_url)
def send_message(state: Queues, call: Call[SendMessage]) -> SendMessageResult | Answer[SendMessageResult]:
    """The ids and digests of a message that may be sent; the first one's again, for a duplicate."""
    queue = directory.find(state, call)
    throttling.check(queue, call, [call.params.message_group_id])
    contents.check_size(queue, contents.check(queue, call.params))
    check_key(queue, call)
    return _within(call, _Sends(queue, call).send(call.params, ""))


@service.project(at=urls.by_url)
def message_sent(state: Queues, event: Event[SendMessage, SendMessageResult]) -> None:
    """The message is in the queue."""
    queue = directory.noticed(state, event)
    throttling.count(queue, event, [event.params.message_group_id])
    _arrive(queue, event, event.params, event.result, "")
    stock.expect_expiry(state, queue)


@service.wakes
def message_wakes(event: Event[SendMessage, SendMessageResult]) -> str:
    """Who waits for a message decides again."""
    return urls.key_of(event)


@service.handle(at=urls.by_url)
def send_message_batch(
    state: Queues, call: Call[SendMessageBatch]
) -> SendMessageBatchResult | Answer[SendMessageBatchResult]:
    """Each entry by itself; the batch as a whole is refused only where it is wrong as a whole."""
    queue = directory.find(state, call)
    entries = call.params.entries
    throttling.check(queue, call, [entry.message_group_id for entry in entries])
    batches.check([entry.id for entry in entries], "SendMessageBatchRequestEntry")
    total = sum(map(contents.size, entries))
    if total > limits.BATCH_MAX_BYTES:
        raise errors.batch_too_long(total, limits.BATCH_MAX_BYTES)
    check_key(queue, call)
    sends = _Sends(queue, call)

    def send(entry: SendMessageBatchRequestEntry) -> SendMessageBatchResultEntry:
        contents.check_size(queue, contents.check(queue, entry))
        sent = sends.send(entry, entry.id)
        return SendMessageBatchResultEntry(
            id=entry.id, message_id=sent.message_id, md5_of_message_body=sent.md5_of_message_body,
            md5_of_message_attributes=sent.md5_of_message_attributes,
            md5_of_message_system_attributes=sent.md5_of_message_system_attributes,
            sequence_number=sent.sequence_number,
        )  # fmt: skip

    outcomes = call.each(entries, send)
    result = SendMessageBatchResult(
        successful=batches.successes(outcomes),
        failed=batches.failures([entry.id for entry in entries], outcomes),
    )
    return _within(call, result)


@service.project(at=urls.by_url)
def messages_sent(state: Queues, event: Event[SendMessageBatch, SendMessageBatchResult]) -> None:
    """The messages of the entries that did not fail are in the queue."""
    queue = directory.noticed(state, event)
    throttling.count(queue, event, [entry.message_group_id for entry in event.params.entries])
    results = {told(entry.id, ""): entry for entry in told(event.result.successful, [])}
    failed = {entry.id for entry in told(event.result.failed, [])}
    for entry in event.params.entries:
        if entry.id not in failed:
            _arrive(queue, event, entry, results.get(entry.id), entry.id)
    stock.expect_expiry(state, queue)


@service.wakes
def messages_wake(event: Event[SendMessageBatch, SendMessageBatchResult]) -> str:
    """Who waits for a message decides again."""
    return urls.key_of(event)


def _within(call: Call[Any], result: R) -> R | Answer[R]:
    """The answer, with what the message must remember of the call; most calls have nothing of it.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html: the request's header goes with the message.
    """
    trace = call.headers.get(_TRACE_HEADER, "")
    if not call.lineage.root and not trace:
        return result
    lineage = call.lineage if call.lineage.root else UNSET
    return Answer(result, note=SentWithin(lineage=lineage, trace=trace[:_TRACE_MAX] or UNSET))


class _Sends:
    """The messages of one call: each may be the duplicate of an earlier one, also in the same batch."""

    def __init__(self, queue: Queue, call: Call[Any]) -> None:
        self._queue, self._call, self._now = queue, call, micros(call.time)
        self._sent: dict[str, Deduplicated] = {}
        self._sequence = queue.sequence

    def send(self, sent: Sent, label: str) -> SendMessageResult:
        """The answer to one message."""
        message_id, sequence = self._named(sent, label)
        return SendMessageResult(
            md5_of_message_body=digests.of_body(told(sent.message_body, "")),
            md5_of_message_attributes=digests.of_attributes(sent.message_attributes),
            md5_of_message_system_attributes=digests.of_attributes(sent.message_system_attributes),
            message_id=message_id,
            sequence_number=sequence,
        )

    def _named(self, sent: Sent, label: str) -> tuple[str, str | UnsetType]:
        queue, scope = self._queue, _scope(self._queue, sent)
        if not queue.fifo:
            return self._call.new_id("uuid", f"message/{label}"), UNSET
        if scope is not None:
            before = self._sent.get(scope) or deduplication.sent_before(queue, scope, self._now)
            if before is not None:
                return before.message_id, before.sequence
        self._sequence += 1
        named = self._call.new_id("uuid", f"message/{label}"), sequence_number(self._sequence)
        if scope is not None:
            self._sent[scope] = Deduplicated(message_id=named[0], sequence=named[1], at_us=self._now)
        return named


def sequence_number(count: int) -> str:
    """The sequence number of a FIFO queue's nth message."""
    return str(SEQUENCE_BASE + count * SEQUENCE_STEP)


def _scope(queue: Queue, sent: Sent) -> str | None:
    token = deduplication.token_of(queue, sent) if queue.fifo else UNSET
    return deduplication.scope_of(queue, token, sent.message_group_id) if isinstance(token, str) else None


def _arrive(
    queue: Queue, event: Event[Any, Any], sent: Sent,
    result: SendMessageResult | SendMessageBatchResultEntry | None, label: str,
) -> None:  # fmt: skip
    """Fold one message that was sent, unless it is the duplicate of another."""
    now = micros(event.time)
    scope = _scope(queue, sent)
    if scope is not None and deduplication.sent_before(queue, scope, now) is not None:
        return
    message = _made(queue, event, sent, now)
    message.id = (told(result.message_id, "") if result is not None else "") or event.new_id(
        "uuid", f"message/{label}"
    )
    if queue.fifo:
        message.sequence = _sequenced(queue, result.sequence_number if result is not None else UNSET)
    if isinstance(message.md5, UnsetType) and result is not None:
        message.md5 = result.md5_of_message_body
    if scope is not None:
        used = Deduplicated(message_id=message.id, sequence=message.sequence, at_us=now)
        deduplication.remember_sent(queue, scope, used)
    stock.put(queue, message)


def _made(queue: Queue, event: Event[Any, Any], sent: Sent, now: int) -> Message:
    body = UNSET if sent.message_body == HIDDEN else sent.message_body
    delay = queue.number("DelaySeconds") if isinstance(sent.delay_seconds, UnsetType) else sent.delay_seconds
    within = event.note(SentWithin)
    trace = contents.trace(sent)
    if within is not None and isinstance(trace, UnsetType):
        trace = within.trace
    return Message(
        id="",
        body=body,
        md5=digests.of_body(body) if isinstance(body, str) else UNSET,
        sent_us=now,
        visible_us=now + delay * SECOND,
        sender=sender_of(event.identity),
        attributes=told(sent.message_attributes, {}),
        trace=trace,
        put_by=event.id,
        lineage=told(within.lineage, None) if within is not None else None,
        group=sent.message_group_id,
        deduplication=deduplication.token_of(queue, sent) if queue.fifo else UNSET,
    )


def _sequenced(queue: Queue, told_number: str | UnsetType) -> str:
    """A message's sequence number, and the queue's count after it (AWS's own numbers count on)."""
    queue.sequence += 1
    if isinstance(told_number, UnsetType) or not told_number.isdecimal():
        return sequence_number(queue.sequence)
    queue.sequence = max(queue.sequence, (int(told_number) - SEQUENCE_BASE) // SEQUENCE_STEP)
    return told_number


def sender_of(identity: Identity) -> str:
    """A message's SenderId: the principal id of a user or role, or the service that sent it."""
    for known in (identity.principal_id, identity.invoked_by, identity.account_id):
        if isinstance(known, str) and known:
            return known
    return ""
