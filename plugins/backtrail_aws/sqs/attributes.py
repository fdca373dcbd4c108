"""Queue attributes: which there are, what they may be, and what a queue shows of them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from collections.abc import Mapping

from backtrail import Call, Event, UnsetType
from backtrail_aws.sqs import directory, documents, errors, limits, redrive, stock, urls
from backtrail_aws.sqs.api import GetQueueAttributes, GetQueueAttributesResult, SetQueueAttributes
from backtrail_aws.sqs.moments import SECOND, micros
from backtrail_aws.sqs.state import Queue, Queues, service

_FIFO_ONLY = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_CHOICES: dict[str, tuple[str, ...]] = {
    "FifoQueue": ("true",),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_ERASABLE = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
_FREE = ("Policy", "KmsMasterKeyId", redrive.REDRIVE, redrive.ALLOW)
_COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_DATED = ("CreatedTimestamp", "LastModifiedTimestamp")
_SETTABLE = frozenset({*limits.RANGES, *_CHOICES, *_FREE})
_ALL = frozenset({"All", "QueueArn", *_COUNTED, *_DATED, *_SETTABLE})


def check(state: Queues, arn: str, fifo: bool, given: Mapping[str, str], old: Mapping[str, str]) -> None:
    """Refuse attributes that AWS would refuse, for a queue that has the `old` ones."""
    for name, value in given.items():
        if name not in _SETTABLE or (name in _FIFO_ONLY and not fifo):
            raise errors.unknown_attribute(name)
        if value == "" and name in _ERASABLE:
            continue
        _check_value(state, arn, fifo, name, value)
    _check_together(given, {**old, **given})


@service.handle(at=urls.by_url)
def set_queue_attributes(state: Queues, call: Call[SetQueueAttributes]) -> None:
    """Refuse attributes that break their rules."""
    queue = directory.find(state, call)
    given = call.params.attributes
    if "FifoQueue" in given and given["FifoQueue"] != ("true" if queue.fifo else "false"):
        raise errors.bad_attribute("FifoQueue", "Modifying queue type is not supported.")
    check(state, queue.arn, queue.fifo, given, queue.attributes)


@service.project(at=urls.by_url)
def queue_attributes_set(state: Queues, event: Event[SetQueueAttributes, None]) -> None:
    """The queue has the new attributes."""
    queue = directory.noticed(state, event)
    apply(state, queue, event.params.attributes)
    queue.modified_us = micros(event.time)


@service.wakes
def attributes_wake(event: Event[SetQueueAttributes, None]) -> str:
    """A FIFO queue's delay also tells for messages that are in it already."""
    return urls.key_of(event)


@service.read(at=urls.by_url)
def get_queue_attributes(state: Queues, call: Call[GetQueueAttributes]) -> GetQueueAttributesResult:
    """The attributes that were asked for; none where none were."""
    queue = directory.find(state, call)
    wanted = call.params.attribute_names
    if isinstance(wanted, UnsetType) or not wanted:
        return GetQueueAttributesResult()
    for name in wanted:
        if name not in _ALL:
            raise errors.unknown_attribute(name)
    shown = _shown(queue, micros(call.time))
    if "All" not in wanted:
        shown = {name: value for name, value in shown.items() if name in wanted}
    return GetQueueAttributesResult(attributes=shown) if shown else GetQueueAttributesResult()


def apply(state: Queues, queue: Queue, given: Mapping[str, str]) -> None:
    """Fold attributes into a queue: empty ones are erased."""
    before = queue.attributes.get(redrive.REDRIVE, "")
    for name, value in given.items():
        if value == "" and name in _ERASABLE:
            queue.attributes.pop(name, None)
        elif name != "FifoQueue":
            queue.attributes[name] = value
    _choose_encryption(queue, given)
    if redrive.REDRIVE in given:
        redrive.link(state, queue, before)
    if queue.fifo and "DelaySeconds" in given:
        stock.reorder(queue)
    if "MessageRetentionPeriod" in given:
        stock.expect_expiry(state, queue, anew=True)


def same(queue: Queue, name: str, value: str) -> bool:
    """Whether a queue's attribute has this value (an inferred queue's may be anything)."""
    if name == "FifoQueue":
        return queue.fifo == (value == "true")
    if isinstance(queue.created_us, UnsetType) and name not in queue.attributes:
        return True
    shown = _set(queue).get(name, "")
    if name in _FREE and shown and value:
        return shown == value or documents.read(shown) == documents.read(value) is not None
    return shown == value


def _check_value(state: Queues, arn: str, fifo: bool, name: str, value: str) -> None:
    if name in limits.RANGES:
        least, most = limits.RANGES[name]
        if not (value.isascii() and value.isdigit()) or not least <= int(value) <= most:
            raise errors.bad_attribute(name)
    elif name in _CHOICES:
        if value not in _CHOICES[name]:
            raise errors.bad_attribute(name)
    elif name == "Policy":
        if documents.read(value) is None:
            raise errors.bad_attribute(name)
    elif name == redrive.REDRIVE:
        redrive.check_redrive(state, arn, fifo, value)
    elif name == redrive.ALLOW:
        redrive.check_allow(value)


def _check_together(given: Mapping[str, str], after: Mapping[str, str]) -> None:
    scope = after.get("DeduplicationScope", "queue")
    if after.get("FifoThroughputLimit") == "perMessageGroupId" and scope != "messageGroup":
        # evidence: SQSDeveloperGuide/high-throughput-fifo.html; words: guess
        raise errors.bad_attribute(
            "FifoThroughputLimit",
            "The perMessageGroupId value is allowed only when DeduplicationScope is messageGroup.",
        )
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        # evidence: guess
        raise errors.bad_attribute(
            "SqsManagedSseEnabled",
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        )


def _shown(queue: Queue, now_us: int) -> dict[str, str]:
    """All that a queue shows. Of an inferred queue, what some record told."""
    counted = stock.counts(queue, now_us)
    shown = {"QueueArn": queue.arn}
    shown.update(zip(_COUNTED, map(str, (counted.visible, counted.in_flight, counted.delayed)), strict=True))
    for name, us in zip(_DATED, (queue.created_us, queue.modified_us), strict=True):
        if not isinstance(us, UnsetType):
            shown[name] = str(us // SECOND)
    shown.update(_set(queue))
    return shown


def _set(queue: Queue) -> dict[str, str]:
    """What was set, over the defaults where the queue's making is known."""
    found: dict[str, str] = {"FifoQueue": "true"} if queue.fifo else {}
    if not isinstance(queue.created_us, UnsetType):
        found.update(limits.DEFAULTS)
        found.update(limits.FIFO_DEFAULTS if queue.fifo else {})
        found["SqsManagedSseEnabled"] = "false" if "KmsMasterKeyId" in queue.attributes else "true"
        if "KmsMasterKeyId" in queue.attributes:
            found["KmsDataKeyReusePeriodSeconds"] = limits.KMS_REUSE_DEFAULT_S
    found.update(queue.attributes)
    return found


def _choose_encryption(queue: Queue, given: Mapping[str, str]) -> None:
    """One way of encryption puts an end to the other."""
    if given.get("KmsMasterKeyId"):
        queue.attributes.pop("SqsManagedSseEnabled", None)
    elif given.get("SqsManagedSseEnabled") == "true":
        queue.attributes.pop("KmsMasterKeyId", None)
