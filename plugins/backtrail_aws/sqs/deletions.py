"""What a receiver does with what it received: delete it, or change when it is visible again.

Standard queues take no notice of a stale receipt: the deletion succeeds and deletes nothing. FIFO queues refuse it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
"""

from __future__ import annotations

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.sqs import batches, directory, errors, limits, receipts, stock, throttling, urls
from backtrail_aws.sqs.api import (
    ChangeMessageVisibility,
    ChangeMessageVisibilityBatch,
    ChangeMessageVisibilityBatchRequestEntry,
    ChangeMessageVisibilityBatchResult,
    ChangeMessageVisibilityBatchResultEntry,
    DeleteMessage,
    DeleteMessageBatch,
    DeleteMessageBatchRequestEntry,
    DeleteMessageBatchResult,
    DeleteMessageBatchResultEntry,
)
from backtrail_aws.sqs.moments import SECOND, micros
from backtrail_aws.sqs.state import Message, Queue, Queues, service

# deleting


@service.handle(at=urls.by_url)
def delete_message(state: Queues, call: Call[DeleteMessage]) -> None:
    """Refuse what is no receipt handle, and on FIFO queues one that has expired."""
    queue = directory.find(state, call)
    throttling.check(queue, call)
    _check_deletion(queue, call.params.receipt_handle, micros(call.time))


@service.project(at=urls.by_url)
def message_deleted(state: Queues, event: Event[DeleteMessage, None]) -> None:
    """The message is gone, where the handle is of its last receive."""
    queue = directory.noticed(state, event)
    throttling.count(queue, event)
    _delete(queue, event.params.receipt_handle)
    stock.expect_expiry(state, queue)


@service.wakes
def deletion_frees(event: Event[DeleteMessage, None]) -> list[str]:
    """The next message of a FIFO queue's group may be received."""
    return _freed(urls.key_of(event))


@service.handle(at=urls.by_url)
def delete_message_batch(state: Queues, call: Call[DeleteMessageBatch]) -> DeleteMessageBatchResult:
    """Each entry by itself."""
    queue, now = directory.find(state, call), micros(call.time)
    throttling.check(queue, call)
    entries = call.params.entries
    batches.check([entry.id for entry in entries], "DeleteMessageBatchRequestEntry")

    def delete(entry: DeleteMessageBatchRequestEntry) -> DeleteMessageBatchResultEntry:
        _check_deletion(queue, entry.receipt_handle, now)
        return DeleteMessageBatchResultEntry(id=entry.id)

    outcomes = call.each(entries, delete)
    return DeleteMessageBatchResult(
        successful=batches.successes(outcomes),
        failed=batches.failures([entry.id for entry in entries], outcomes),
    )


@service.project(at=urls.by_url)
def messages_deleted(state: Queues, event: Event[DeleteMessageBatch, DeleteMessageBatchResult]) -> None:
    """The messages of the entries that did not fail are gone."""
    queue = directory.noticed(state, event)
    throttling.count(queue, event)
    failed = {entry.id for entry in told(event.result.failed, [])}
    for entry in event.params.entries:
        if entry.id not in failed:
            _delete(queue, entry.receipt_handle)
    stock.expect_expiry(state, queue)


@service.wakes
def deletions_free(event: Event[DeleteMessageBatch, DeleteMessageBatchResult]) -> list[str]:
    """The next messages of a FIFO queue's groups may be received."""
    return _freed(urls.key_of(event))


# hiding


@service.handle(at=urls.by_url)
def change_message_visibility(state: Queues, call: Call[ChangeMessageVisibility]) -> None:
    """Refuse for a message that is not in flight under this handle, and more than 12 hours in all."""
    params = call.params
    queue = directory.find(state, call)
    throttling.check(queue, call)
    _check_change(queue, params.receipt_handle, params.visibility_timeout, micros(call.time))


@service.project(at=urls.by_url)
def visibility_changed(state: Queues, event: Event[ChangeMessageVisibility, None]) -> None:
    """The message is visible again when the new timeout says."""
    queue = directory.noticed(state, event)
    throttling.count(queue, event)
    _change(queue, event.params.receipt_handle, event.params.visibility_timeout, micros(event.time))


@service.wakes
def visibility_wakes(event: Event[ChangeMessageVisibility, None]) -> str:
    """A message may be visible at once, or at another time than was waited for."""
    return urls.key_of(event)


@service.handle(at=urls.by_url)
def change_message_visibility_batch(
    state: Queues, call: Call[ChangeMessageVisibilityBatch]
) -> ChangeMessageVisibilityBatchResult:
    """Each entry by itself."""
    queue, now = directory.find(state, call), micros(call.time)
    throttling.check(queue, call)
    entries = call.params.entries
    batches.check([entry.id for entry in entries], "ChangeMessageVisibilityBatchRequestEntry")

    def change(entry: ChangeMessageVisibilityBatchRequestEntry) -> ChangeMessageVisibilityBatchResultEntry:
        _check_change(queue, entry.receipt_handle, entry.visibility_timeout, now)
        return ChangeMessageVisibilityBatchResultEntry(id=entry.id)

    outcomes = call.each(entries, change)
    return ChangeMessageVisibilityBatchResult(
        successful=batches.successes(outcomes),
        failed=batches.failures([entry.id for entry in entries], outcomes),
    )


@service.project(at=urls.by_url)
def visibilities_changed(
    state: Queues, event: Event[ChangeMessageVisibilityBatch, ChangeMessageVisibilityBatchResult]
) -> None:
    """The messages of the entries that did not fail are visible again when their new timeouts say."""
    queue, now = directory.noticed(state, event), micros(event.time)
    throttling.count(queue, event)
    failed = {entry.id for entry in told(event.result.failed, [])}
    for entry in event.params.entries:
        if entry.id not in failed:
            _change(queue, entry.receipt_handle, entry.visibility_timeout, now)


@service.wakes
def visibilities_wake(event: Event[ChangeMessageVisibilityBatch, ChangeMessageVisibilityBatchResult]) -> str:
    """Messages may be visible at once, or at other times than were waited for."""
    return urls.key_of(event)


# within


def _check_deletion(queue: Queue, handle: str, now: int) -> None:
    if not handle:
        raise errors.missing("ReceiptHandle")
    receipt = receipts.read(queue, handle)
    if receipt is None:
        raise errors.not_a_receipt(handle)
    message = queue.messages.get(receipt.key)
    if (
        queue.fifo
        and message is not None
        and (message.receipt != receipt.number or message.visible_us <= now)
    ):
        raise errors.expired_receipt(handle)


def _check_change(queue: Queue, handle: str, timeout_s: int | UnsetType, now: int) -> None:
    if not handle:
        raise errors.missing("ReceiptHandle")
    if isinstance(timeout_s, UnsetType):
        raise errors.missing("VisibilityTimeout")
    if not 0 <= timeout_s <= limits.VISIBILITY_MAX_S:
        # evidence: guess
        raise errors.invalid(
            timeout_s,
            "VisibilityTimeout",
            f"VisibilityTimeout must be an integer between 0 and {limits.VISIBILITY_MAX_S}.",
        )
    receipt = receipts.read(queue, handle)
    if receipt is None:
        raise errors.not_a_receipt(handle)
    message = queue.messages.get(receipt.key)
    if message is None or message.receipt != receipt.number:
        raise errors.not_available(handle)
    if message.visible_us <= now:
        raise errors.not_in_flight()
    if now + timeout_s * SECOND > message.last_received_us + limits.VISIBILITY_MAX_S * SECOND:
        # evidence: https://github.com/aws/aws-sdk-net/issues/794; words: guess
        raise errors.invalid(
            timeout_s, "VisibilityTimeout",
            f"Total VisibilityTimeout for the message is beyond the limit [{limits.VISIBILITY_MAX_S} seconds]",
        )  # fmt: skip


def _current(queue: Queue, handle: str) -> Message | None:
    """The message of a handle that is its last receive's."""
    receipt = receipts.read(queue, handle)
    message = queue.messages.get(receipt.key) if receipt is not None else None
    return (
        message if message is not None and receipt is not None and message.receipt == receipt.number else None
    )


def _delete(queue: Queue, handle: str) -> None:
    message = _current(queue, handle)
    if message is not None:
        stock.drop(queue, message.key)


def _change(queue: Queue, handle: str, timeout_s: int | UnsetType, now: int) -> None:
    message = _current(queue, handle)
    if message is not None and not isinstance(timeout_s, UnsetType):
        stock.hide(queue, message, now + timeout_s * SECOND)


def _freed(key: str) -> list[str]:
    return [key] if key.endswith(".fifo") else []
