"""Receiving messages: what is given out, hidden, sent to the dead-letter queue, or waited for.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from backtrail import UNSET, Answer, Call, Event, Params, UnsetType, Wait, field, told
from backtrail_aws.sqs import (
    api,
    deduplication,
    deliveries,
    directory,
    errors,
    limits,
    receipts,
    redrive,
    stock,
    throttling,
    urls,
)
from backtrail_aws.sqs.api import ReceiveMessage, ReceiveMessageResult
from backtrail_aws.sqs.encryption import check_key
from backtrail_aws.sqs.moments import SECOND, micros, moment
from backtrail_aws.sqs.options import DUPLICATES, SHUFFLE
from backtrail_aws.sqs.state import Attempt, Message, Queue, Queues, service


class TakenMessage(Params):
    """One message that a receive took: which, the handle it was given out with, and the event that had sent it. `shown`
    ones are not hidden, so that they are received again."""

    message_id: str = field(name="messageId")
    receipt_handle: str = field(name="receiptHandle")
    key: str
    number: str
    shown: bool | UnsetType = UNSET
    put_by: str | UnsetType = field(name="putByEventId", default=UNSET)


class DeadMessage(Params):
    """One message that a receive found to have been received too often, and sent to the dead-letter queue."""

    message_id: str = field(name="messageId")
    key: str


class Taken(Params):
    """Beside a ReceiveMessage: all that it changed. `again` marks the repeat of an attempt."""

    messages: list[TakenMessage] = []
    dead: list[DeadMessage] = []
    target: str | UnsetType = field(name="deadLetterTargetArn", default=UNSET)
    again: bool = False


class _Found(msgspec.Struct):
    taken: list[Message]
    dead: list[Message]


@service.read(at=urls.by_url)
def receive_message(
    state: Queues, call: Call[ReceiveMessage]
) -> ReceiveMessageResult | Answer[ReceiveMessageResult] | Wait:
    """Messages that are visible now; a wait for some, where the call or the queue allows it."""
    queue = directory.find(state, call)
    throttling.check(queue, call)
    params, now = call.params, micros(call.time)
    most = _most(params)
    _check_times(params)
    wanted = deliveries.wanted(params)
    attempt_id = _attempt_id(queue, params)
    check_key(queue, call)
    if (
        attempt_id is not None
        and (before := deduplication.attempted_before(queue, attempt_id, now)) is not None
    ):
        return _again(queue, before, wanted)
    wait_s = told(params.wait_time_seconds, queue.number("ReceiveMessageWaitTimeSeconds"))
    if _full(queue, call, now):
        if not queue.fifo and not wait_s:  # long polls go on without an error: sqs-limits.html
            raise errors.too_many_in_flight()
        found = _Found([], [])
    else:
        found = _find(state, queue, call, most)
    if not found.taken and wait_s and not call.waited:
        return _wait(queue, call, wait_s, now)
    return _answer(state, queue, call, found, wanted)


@service.project(at=urls.by_url)
def messages_received(state: Queues, event: Event[ReceiveMessage, None]) -> None:
    """What was taken is hidden; what was received too often lies in the dead-letter queue.

    A record of AWS's own does not say what was taken: nothing can be told of it but that the queue is there.
    """
    queue = directory.noticed(state, event)
    throttling.count(queue, event)
    taken = event.note(Taken)
    if taken is None:
        return
    now = micros(event.time)
    until = now + told(event.params.visibility_timeout, queue.number("VisibilityTimeout")) * SECOND
    for one in taken.messages:
        message = queue.messages.get(one.key)
        if message is not None and taken.again:
            stock.hide(queue, message, until)
        elif message is not None:
            stock.take(queue, message, now, now if one.shown is True else until, one.number)
    if taken.dead:
        redrive.bury(state, queue, [one.key for one in taken.dead], event)
        stock.expect_expiry(state, queue)
    attempt_id = event.params.receive_request_attempt_id
    if queue.fifo and isinstance(attempt_id, str) and taken.messages:
        numbers = {one.key: one.number for one in taken.messages}
        deduplication.remember_received(queue, attempt_id, Attempt(taken=numbers, until_us=until, at_us=now))


@service.wakes
def dead_letters_wake(event: Event[ReceiveMessage, None]) -> list[str]:
    """Who waits at a dead-letter queue hears of what a receive sent there."""
    taken = event.note(Taken)
    address = urls.of_arn(told(taken.target, "")) if taken is not None else None
    return [urls.waiting_key(address.account, event.region, address.name)] if address is not None else []


def _full(queue: Queue, call: Call[ReceiveMessage], now: int) -> bool:
    """Whether as many messages are in flight as may be."""
    most = call.quota("fifo_in_flight" if queue.fifo else "in_flight", limits.IN_FLIGHT_MAX)
    return stock.in_flight(queue, now) >= most


def _find(state: Queues, queue: Queue, call: Call[ReceiveMessage], most: int) -> _Found:
    """The first visible messages; those that were received too often are dead letters instead."""
    redriven = redrive.target_of(state, queue)
    limit = redriven[1] if redriven is not None else None
    found = _Found([], [])
    for message in _candidates(queue, call):
        if limit is not None and message.received >= limit:
            found.dead.append(message)
        else:
            found.taken.append(message)
        if len(found.taken) == most or len(found.dead) == limits.CHUNK:
            break
    return found


def _candidates(queue: Queue, call: Call[ReceiveMessage]) -> Iterator[Message]:
    """The messages that may be received now: in order, or some of the first as chance has it."""
    visible = stock.candidates(queue, micros(call.time))
    window = 0 if queue.fifo else call.option(SHUFFLE)
    if window > 1:
        yield from sorted(islice(visible, window), key=lambda message: call.chance(message.key))
    yield from visible


def _wait(queue: Queue, call: Call[ReceiveMessage], wait_s: int, now: int) -> Wait:
    account, region = urls.by_url(call)
    again = stock.next_moment(queue, now)
    key = urls.waiting_key(account, region, queue.name)
    return Wait(key=key, seconds=wait_s, again=moment(again) if again is not None else None)


def _answer(
    state: Queues, queue: Queue, call: Call[ReceiveMessage], found: _Found, wanted: deliveries.Wanted
) -> ReceiveMessageResult | Answer[ReceiveMessageResult]:
    if not found.taken and not found.dead:
        return ReceiveMessageResult()
    now = micros(call.time)
    noted: list[TakenMessage] = []
    given: list[api.Message] = []
    duplicates = call.option(DUPLICATES)
    for message in found.taken:
        number = call.new_id("hex16", message.key)
        handle = receipts.handle(queue, message, number)
        again = not queue.fifo and call.chance(f"shown {message.key}") < duplicates
        noted.append(
            TakenMessage(
                message_id=message.id,
                receipt_handle=handle,
                key=message.key,
                number=number,
                shown=True if again else UNSET,
                put_by=message.put_by or UNSET,
            )
        )
        given.append(
            deliveries.delivered(
                message, handle, wanted, message.received + 1, message.first_received_us or now
            )
        )
    redriven = redrive.target_of(state, queue) if found.dead else None
    note = Taken(
        messages=noted,
        dead=[DeadMessage(message_id=message.id, key=message.key) for message in found.dead],
        target=redriven[0].arn if redriven is not None else UNSET,
    )
    return Answer(ReceiveMessageResult(messages=given or UNSET), note=note)


def _again(queue: Queue, before: Attempt, wanted: deliveries.Wanted) -> Answer[ReceiveMessageResult]:
    """The same messages under the same handles, as the same attempt gets them; their timeout begins anew."""
    noted: list[TakenMessage] = []
    given: list[api.Message] = []
    for key, number in before.taken.items():
        message = queue.messages[key]
        handle = receipts.handle(queue, message, number)
        noted.append(TakenMessage(message_id=message.id, receipt_handle=handle, key=key, number=number))
        given.append(
            deliveries.delivered(message, handle, wanted, message.received, message.first_received_us)
        )
    return Answer(ReceiveMessageResult(messages=given), note=Taken(messages=noted, again=True))


def _most(params: ReceiveMessage) -> int:
    most = told(params.max_number_of_messages, 1)
    if not 1 <= most <= limits.RECEIVE_MAX:
        # evidence: guess
        raise errors.invalid(
            most, "MaxNumberOfMessages", f"Must be between 1 and {limits.RECEIVE_MAX}, if provided."
        )
    return most


def _check_times(params: ReceiveMessage) -> None:
    wait = told(params.wait_time_seconds, 0)
    if not 0 <= wait <= limits.WAIT_MAX_S:
        # evidence: guess
        raise errors.invalid(
            wait, "WaitTimeSeconds", f"Must be >= 0 and <= {limits.WAIT_MAX_S}, if provided."
        )
    timeout = told(params.visibility_timeout, 0)
    if not 0 <= timeout <= limits.VISIBILITY_MAX_S:
        # evidence: guess
        raise errors.invalid(
            timeout, "VisibilityTimeout", f"Must be between 0 and {limits.VISIBILITY_MAX_S}, if provided."
        )


def _attempt_id(queue: Queue, params: ReceiveMessage) -> str | None:
    given = params.receive_request_attempt_id
    if isinstance(given, UnsetType):
        return None
    if not queue.fifo:
        raise errors.not_for_this_kind(given, "ReceiveRequestAttemptId")
    if not 1 <= len(given) <= limits.TOKEN_MAX:
        raise errors.invalid(
            given, "ReceiveRequestAttemptId",
            "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. "
            f"1 to {limits.TOKEN_MAX} in length.",
        )  # fmt: skip
    return given
