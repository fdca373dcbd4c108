"""Dead-letter queues: the RedrivePolicy of a source, the RedriveAllowPolicy of its target.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import Event, SortedMap
from backtrail_aws.sqs import documents, errors, limits, stock, urls
from backtrail_aws.sqs.moments import micros
from backtrail_aws.sqs.state import Message, Queue, Queues

REDRIVE, ALLOW = "RedrivePolicy", "RedriveAllowPolicy"
_PERMISSIONS = ("allowAll", "denyAll", "byQueue")


class Redrive(msgspec.Struct, frozen=True):
    """A RedrivePolicy: where messages go that were received too often."""

    target: str
    most: int


def redrive_of(queue: Queue) -> Redrive | None:
    """A queue's RedrivePolicy; None where it has none that can be read."""
    return _read(queue.attributes.get(REDRIVE, ""))


def check_redrive(state: Queues, queue_arn: str, fifo: bool, text: str) -> None:
    """Refuse a RedrivePolicy that AWS would refuse for this queue."""
    policy = documents.read(text)
    if policy is None:
        raise errors.invalid(text, REDRIVE, "Redrive policy is not a valid JSON map.")
    for mandatory in ("deadLetterTargetArn", "maxReceiveCount"):
        if mandatory not in policy:
            raise errors.invalid(
                text, REDRIVE, f"Redrive policy does not contain mandatory attribute: {mandatory}."
            )  # evidence: https://github.com/crossplane-contrib/provider-aws/issues/443
    for given in policy:
        if given not in ("deadLetterTargetArn", "maxReceiveCount"):
            raise errors.invalid(
                text,
                REDRIVE,
                "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].",
            )
    most = _whole(policy["maxReceiveCount"])
    if most is None or not 1 <= most <= limits.RECEIVES_MAX:
        raise errors.invalid(
            text, REDRIVE,
            f"Invalid value for maxReceiveCount: {policy['maxReceiveCount']}, valid values are from 1 to "
            f"{limits.RECEIVES_MAX} both inclusive.",
        )  # fmt: skip
    _check_target(state, queue_arn, fifo, text, str(policy["deadLetterTargetArn"]))


def check_allow(text: str) -> None:
    """Refuse a RedriveAllowPolicy that AWS would refuse."""
    policy = documents.read(text)
    if policy is None:
        raise errors.invalid(text, ALLOW, "Redrive allow policy is not a valid JSON map.")
    permission = policy.get("redrivePermission")
    if permission not in _PERMISSIONS:
        raise errors.invalid(text, ALLOW, "Redrive allow policy does not contain a valid redrivePermission.")
    sources: list[object] | None = policy.get("sourceQueueArns")
    if (permission == "byQueue") != isinstance(sources, list):
        raise errors.invalid(
            text, ALLOW,
            "Amazon SQS can't create the redrive allow policy. sourceQueueArns must be specified when, and only when, "
            "redrivePermission is byQueue.",
        )  # fmt: skip
    if isinstance(sources, list) and len(sources) > limits.SOURCES_MAX:
        raise errors.invalid(text, ALLOW, f"sourceQueueArns can have at most {limits.SOURCES_MAX} queues.")


def target_of(state: Queues, queue: Queue) -> tuple[Queue, int] | None:
    """The dead-letter queue of a queue, where both policy and target are there, and after how many receives."""
    redrive = redrive_of(queue)
    if redrive is None:
        return None
    address = urls.of_arn(redrive.target)
    target = state.queues.get(address.name) if address is not None else None
    return (target, redrive.most) if target is not None and target.name != queue.name else None


# folds


def link(state: Queues, queue: Queue, before: str) -> None:
    """Keep the index of who sends dead letters where, after a queue's RedrivePolicy was `before`."""
    _unlink(state, queue.name, _read(before))
    redrive = redrive_of(queue)
    address = urls.of_arn(redrive.target) if redrive is not None else None
    if address is not None:
        state.sources.setdefault(address.name, SortedMap())[queue.name] = queue.name


def unlink(state: Queues, queue: Queue) -> None:
    """Forget where a queue that is deleted sent its dead letters."""
    _unlink(state, queue.name, redrive_of(queue))


def bury(state: Queues, queue: Queue, keys: list[str], event: Event[Any, Any]) -> None:
    """Move messages to the dead-letter queue. They keep their ids, their count of receives and, in a standard
    queue, their age: SQSDeveloperGuide/sqs-dead-letter-queues.html."""
    target = target_of(state, queue)
    now = micros(event.time)
    for key in keys:
        message = stock.drop(queue, key) if target is not None else None
        if message is not None and target is not None:
            stock.put(target[0], _dead(message, queue, now))
    if target is not None:
        stock.expect_expiry(state, target[0])


def _dead(message: Message, queue: Queue, now_us: int) -> Message:
    message.source = queue.arn
    message.visible_us = now_us
    if queue.fifo:
        message.sent_us = now_us
    return message


def _unlink(state: Queues, name: str, redrive: Redrive | None) -> None:
    address = urls.of_arn(redrive.target) if redrive is not None else None
    sources = state.sources.get(address.name) if address is not None else None
    if address is None or sources is None:
        return
    sources.pop(name, None)
    if not sources:
        del state.sources[address.name]


def _check_target(state: Queues, queue_arn: str, fifo: bool, text: str, target_arn: str) -> None:
    own, address = urls.of_arn(queue_arn), urls.of_arn(target_arn)
    if address is None:
        raise errors.invalid(text, REDRIVE, "Invalid value for deadLetterTargetArn.")
    if own is not None and (address.account, address.region) != (own.account, own.region):
        raise errors.invalid(text, REDRIVE, "Dead letter target owner should be same as the source.")
    target = state.queues.get(address.name)
    if target is None:
        # evidence: https://github.com/serverless/serverless/issues/5215
        raise errors.invalid(text, REDRIVE, "Dead letter target does not exist.")
    if target.fifo != fifo:
        # evidence: https://github.com/byu-oit/handel/issues/253
        raise errors.invalid(text, REDRIVE, "Dead-letter queue must be same type of queue as the source.")
    if not _allows(target, queue_arn):
        raise errors.invalid(text, REDRIVE, "Queue does not have permission to use the dead-letter queue.")


def _allows(target: Queue, source_arn: str) -> bool:
    policy = documents.read(target.attributes.get(ALLOW, "")) or {}
    permission = policy.get("redrivePermission", "allowAll")
    if permission == "byQueue":
        return source_arn in policy.get("sourceQueueArns", [])
    return bool(permission != "denyAll")


def _read(text: str) -> Redrive | None:
    policy = documents.read(text)
    if policy is None:
        return None
    most = _whole(policy.get("maxReceiveCount"))
    return Redrive(str(policy.get("deadLetterTargetArn", "")), most) if most is not None else None


def _whole(value: object) -> int | None:
    """A whole number, also as text: CloudFormation and consoles send "3"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None
