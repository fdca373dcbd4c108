"""How many calls a FIFO queue takes within a second, where `sqs.throttling` is on.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-fifo-throttling-issues.html
Calls are counted by the second of the engine's time in which they were recorded; refused ones do not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Call, Event, UnsetType
from backtrail_aws.sqs import errors, limits
from backtrail_aws.sqs.moments import SECOND, micros
from backtrail_aws.sqs.options import THROTTLING
from backtrail_aws.sqs.state import Queue


def check(queue: Queue, call: Call[Any], groups: Iterable[str | UnsetType] = ()) -> None:
    """Refuse a call beyond its queue's, or one of its message groups', share of this second. Raises `Refusal`."""
    if not queue.fifo or not call.option(THROTTLING):
        return
    if queue.rated_s != micros(call.time) // SECOND:
        return  # the first call of its second
    if queue.setting("FifoThroughputLimit") == "perMessageGroupId":
        limit = call.quota("fifo_high_throughput", limits.HIGH_THROUGHPUT)
        share = call.quota("fifo_throughput", limits.FIFO_THROUGHPUT)
        full = any(queue.rates.get(key, 0) >= share for key in _keys(call.action, groups))
    else:
        limit, full = call.quota("fifo_throughput", limits.FIFO_THROUGHPUT), False
    if full or queue.rates.get(call.action, 0) >= limit:
        raise errors.throttled()


def count(queue: Queue, event: Event[Any, Any], groups: Iterable[str | UnsetType] = ()) -> None:
    """Fold that a call was made of a FIFO queue."""
    if not queue.fifo:
        return
    second = micros(event.time) // SECOND
    if queue.rated_s != second:
        queue.rated_s, queue.rates = second, {}
    for key in (event.name, *_keys(event.name, groups)):
        queue.rates[key] = queue.rates.get(key, 0) + 1


def _keys(action: str, groups: Iterable[str | UnsetType]) -> set[str]:
    return {f"{action} {group}" for group in groups if isinstance(group, str)}
