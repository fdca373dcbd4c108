"""Finding the queue that a call or a record is about."""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, known
from backtrail_aws.sqs import errors, urls
from backtrail_aws.sqs.state import Queue, Queues


def find(state: Queues, call: Call[Any]) -> Queue:
    """The queue whose URL a call names. Raises `Refusal` (`QueueDoesNotExist`, `InvalidAddress`)."""
    url = call.params.queue_url
    address = urls.of_url(url)
    if address is None:
        raise errors.bad_address(url)
    if address.region not in ("", call.region):
        raise errors.no_such_queue()
    queue = state.queues.get(address.name)
    if queue is None:
        raise errors.no_such_queue()
    return queue


def noticed(state: Queues, event: Event[Any, Any]) -> Queue:
    """The queue whose URL a record names, inferred where no record made it."""
    address = urls.of_url(event.params.queue_url)
    name, account = (address.name, address.account) if address else (event.params.queue_url, event.account)
    return known(
        state.queues, name, event, lambda: Queue(name=name, arn=event.arn("sqs", name, account=account))
    )


def by_arn(state: Queues, arn: str) -> Queue | None:
    """The queue that an ARN names, None for one that is not here."""
    address = urls.of_arn(arn)
    return state.queues.get(address.name) if address is not None else None
