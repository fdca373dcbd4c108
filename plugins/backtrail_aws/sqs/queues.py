"""Queues: creating, finding, listing, purging and deleting them."""

from __future__ import annotations

import re

import msgspec

from backtrail import UNSET, Answer, BadToken, Call, Event, UnsetType, page, told
from backtrail_aws.sqs import attributes, directory, errors, limits, redrive, stock, tags, urls
from backtrail_aws.sqs.api import (
    CreateQueue,
    CreateQueueResult,
    DeleteQueue,
    GetQueueAttributes,
    GetQueueUrl,
    GetQueueUrlResult,
    ListDeadLetterSourceQueues,
    ListDeadLetterSourceQueuesResult,
    ListQueues,
    ListQueuesResult,
    PurgeQueue,
    ReceiveMessage,
    SendMessage,
)
from backtrail_aws.sqs.moments import SECOND, micros
from backtrail_aws.sqs.options import PURGE_WAIT_S, RECREATE_WAIT_S
from backtrail_aws.sqs.state import Queue, Queues, service

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"(?=.{1,80}\Z)[A-Za-z0-9_-]+\.fifo")
_SWEEP = 256  # names that are kept before those are forgotten which are free again
_GONE = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")


class Purged(msgspec.Struct, frozen=True):
    """Beside a PurgeQueue: how many messages it removed."""

    messages: int


# creating


@service.handle
def create_queue(state: Queues, call: Call[CreateQueue]) -> CreateQueueResult:
    """The queue's URL: of a new queue, or of one of that name whose attributes are the given ones."""
    name, given = call.params.queue_name, told(call.params.attributes, {})
    fifo = given.get("FifoQueue") == "true"
    if (_FIFO_NAME if fifo else _NAME).fullmatch(name) is None:
        raise errors.bad_name(name, fifo)
    tags.check(told(call.params.tags, {}), {})
    attributes.check(state, call.arn("sqs", name), fifo, given, {})
    old = state.queues.get(name)
    if old is not None:
        for attribute, value in given.items():
            if not attributes.same(old, attribute, value):
                raise errors.queue_exists(attribute)
    elif micros(call.time) - state.deleted.get(name, 0) < call.option(RECREATE_WAIT_S) * SECOND:
        raise errors.deleted_recently()
    return CreateQueueResult(queue_url=urls.made(call, call.account, name))


@service.project
def queue_created(state: Queues, event: Event[CreateQueue, CreateQueueResult]) -> None:
    """The queue is there. What was equal before stays as it is: the call only found it."""
    name, given = event.params.queue_name, told(event.params.attributes, {})
    old = state.queues.get(name)
    if old is not None and not isinstance(old.created_us, UnsetType):
        if all(attributes.same(old, attribute, value) for attribute, value in given.items()):
            return
        forget(state, name)
        old = None
    queue = old or Queue(name=name, arn=event.arn("sqs", name))
    state.queues[name] = queue
    state.deleted.pop(name, None)
    queue.created_us = queue.modified_us = micros(event.time)
    queue.tags.update(told(event.params.tags, {}))
    attributes.apply(state, queue, given)


# finding


@service.read(at=lambda call: (told(call.params.queue_owner_aws_account_id, call.account), call.region))
def get_queue_url(state: Queues, call: Call[GetQueueUrl]) -> GetQueueUrlResult:
    """The URL of a queue, also of another account's."""
    if call.params.queue_name not in state.queues:
        raise errors.no_such_queue()
    owner = told(call.params.queue_owner_aws_account_id, call.account)
    return GetQueueUrlResult(queue_url=urls.made(call, owner, call.params.queue_name))


@service.read
def list_queues(state: Queues, call: Call[ListQueues]) -> ListQueuesResult:
    """URLs by name, page by page where MaxResults was given."""
    limit = _limit(call.params.max_results)
    prefix = told(call.params.queue_name_prefix, "")
    try:
        found = page(state.queues, told(call.params.next_token, "") or None, limit, prefix=prefix)
    except BadToken as error:
        raise _bad_token() from error
    listed = [urls.made(call, call.account, queue.name) for queue in found.items]
    more = found.next if call.params.max_results is not UNSET else None
    return ListQueuesResult(queue_urls=listed or UNSET, next_token=more or UNSET)


@service.read(at=urls.by_url)
def list_dead_letter_source_queues(
    state: Queues, call: Call[ListDeadLetterSourceQueues]
) -> ListDeadLetterSourceQueuesResult:
    """URLs of the queues that send their dead letters to a queue."""
    queue = directory.find(state, call)
    limit = _limit(call.params.max_results)
    try:
        found = page(state.sources.get(queue.name, {}), told(call.params.next_token, "") or None, limit)
    except BadToken as error:
        raise _bad_token() from error
    account, _ = urls.by_url(call)
    listed = [urls.made(call, account, name) for name in found.items]
    more = found.next if call.params.max_results is not UNSET else None
    return ListDeadLetterSourceQueuesResult(queue_urls=listed, next_token=more or UNSET)


# emptying and deleting


@service.handle(at=urls.by_url)
def purge_queue(state: Queues, call: Call[PurgeQueue]) -> Answer[None]:
    """Refuse a second purge within a minute."""
    queue = directory.find(state, call)
    if micros(call.time) - queue.purged_us < call.option(PURGE_WAIT_S) * SECOND:
        raise errors.purge_in_progress(queue.name)
    return Answer(None, note=Purged(len(queue.messages)))


@service.project(at=urls.by_url)
def queue_purged(state: Queues, event: Event[PurgeQueue, None]) -> None:
    """The queue is empty."""
    queue = directory.noticed(state, event)
    stock.empty(queue)
    stock.expect_expiry(state, queue)
    queue.purged_us = micros(event.time)


@service.handle(at=urls.by_url)
def delete_queue(state: Queues, call: Call[DeleteQueue]) -> Answer[None]:
    """Any queue may be deleted, whatever is in it."""
    return Answer(None, note=Purged(len(directory.find(state, call).messages)))


@service.project(at=urls.by_url)
def queue_deleted(state: Queues, event: Event[DeleteQueue, None]) -> None:
    """The queue is gone, with its messages; its name is free again after a minute."""
    name, now = urls.name_of(event.params.queue_url), micros(event.time)
    forget(state, name)
    if len(state.deleted) % _SWEEP == 0:
        state.deleted = {other: at for other, at in state.deleted.items() if now - at < limits.RECREATE_US}
    state.deleted[name] = now


@service.wakes
def deletion_wakes(event: Event[DeleteQueue, None]) -> str:
    """Who waits for messages of a deleted queue hears that it is gone."""
    return urls.key_of(event)


def forget(state: Queues, name: str) -> None:
    """Fold that a queue is not there (any more)."""
    queue = state.queues.pop(name, None)
    if queue is not None:
        redrive.unlink(state, queue)
        stock.empty(queue)
        stock.expect_expiry(state, queue)


@service.evidence(at=urls.by_url)
def deletion_failed(state: Queues, event: Event[DeleteQueue, None]) -> None:
    """A queue that does not exist to delete is gone."""
    _gone(state, event)


@service.evidence(at=urls.by_url)
def look_failed(state: Queues, event: Event[GetQueueAttributes, None]) -> None:
    """A queue that does not exist to look at is gone."""
    _gone(state, event)


@service.evidence(at=urls.by_url)
def send_failed(state: Queues, event: Event[SendMessage, None]) -> None:
    """A queue that does not exist to send to is gone."""
    _gone(state, event)


@service.evidence(at=urls.by_url)
def receive_failed(state: Queues, event: Event[ReceiveMessage, None]) -> None:
    """A queue that does not exist to receive from is gone."""
    _gone(state, event)


def _gone(
    state: Queues, event: Event[DeleteQueue, None] | Event[GetQueueAttributes, None] | Event[SendMessage, None]
    | Event[ReceiveMessage, None],
) -> None:  # fmt: skip
    address = urls.of_url(event.params.queue_url)
    if event.error in _GONE and address is not None and address.region in ("", event.region):
        forget(state, address.name)


def _limit(given: int | UnsetType) -> int:
    if isinstance(given, UnsetType):
        return limits.LIST_MAX
    if not 1 <= given <= limits.LIST_MAX:
        raise errors.invalid(
            given, "MaxResults", f"MaxResults must be an integer between 1 and {limits.LIST_MAX}."
        )
    return given


def _bad_token() -> Exception:
    return errors.invalid_value("Invalid or expired next token.")  # evidence: guess
