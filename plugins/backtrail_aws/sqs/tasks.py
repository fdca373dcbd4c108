"""Message move tasks: messages go from a dead-letter queue back to where they came from, or elsewhere.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
Without a rate, AWS finds one; here all that is visible moves at once, in records of a thousand.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Params, UnsetType, field, told
from backtrail_aws.sqs import directory, documents, errors, limits, stock, urls
from backtrail_aws.sqs.api import (
    CancelMessageMoveTask,
    CancelMessageMoveTaskResult,
    ListMessageMoveTasks,
    ListMessageMoveTasksResult,
    ListMessageMoveTasksResultEntry,
    StartMessageMoveTask,
    StartMessageMoveTaskResult,
)
from backtrail_aws.sqs.moments import SECOND, micros, sortable
from backtrail_aws.sqs.state import Message, MoveTask, Queue, Queues, service

RUNNING, COMPLETED, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLED", "FAILED"
_NO_SOURCE = "CouldNotDetermineMessageSource"
_NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


class MoveMessages(Params):
    """The service's own action: the next messages of a move task are due."""

    task_id: str = field(name="taskId")


class MovedMessage(Params):
    """One message that moved: from which key, where to, and its new id."""

    message_id: str = field(name="messageId")
    new_message_id: str = field(name="newMessageId")
    key: str
    to: str = field(name="destinationArn")


class Moved(Params):
    """Beside a MoveMessages: what moved, and how the task stands after it."""

    messages: list[MovedMessage] = []
    status: str = RUNNING
    failure: str | UnsetType = field(name="failureReason", default=UNSET)


# starting


@service.handle(at=urls.by_source)
def start_message_move_task(state: Queues, call: Call[StartMessageMoveTask]) -> StartMessageMoveTaskResult:
    """The handle of a new task, one at a time for each source."""
    params = call.params
    source = directory.by_arn(state, params.source_arn)
    if source is None:
        raise errors.no_such_source("SourceArn")
    if source.name not in state.sources:
        raise errors.no_dead_letter_queue()
    rate = told(params.max_number_of_messages_per_second, 1)
    if not 1 <= rate <= limits.MOVE_RATE_MAX:
        # evidence: guess
        raise errors.invalid(
            rate,
            "MaxNumberOfMessagesPerSecond",
            f"Must be between 1 and {limits.MOVE_RATE_MAX}, if provided.",
        )
    if isinstance(params.destination_arn, str):
        _check_destination(state, source, params.destination_arn)
    if any(task.source == source.name and task.status == RUNNING for task in state.tasks.values()):
        raise errors.task_runs()
    return StartMessageMoveTaskResult(task_handle=_handle(call.new_id("uuid"), params.source_arn))


@service.project(at=urls.by_source)
def move_task_started(state: Queues, event: Event[StartMessageMoveTask, StartMessageMoveTaskResult]) -> None:
    """The task runs; its first messages are due at once. Of a task in a foreign trail, more is not known."""
    address = urls.of_arn(event.params.source_arn)
    if address is None:
        return
    now, source = micros(event.time), state.queues.get(address.name)
    task_id = _task_id(told(event.result.task_handle, "")) or event.new_id("uuid")
    state.tasks[task_id] = MoveTask(
        id=task_id, source=address.name, destination=event.params.destination_arn, started_us=now,
        rate=event.params.max_number_of_messages_per_second,
        to_move=len(source.messages) if source is not None else UNSET,
    )  # fmt: skip
    if source is not None:
        _expect(state, state.tasks[task_id], now)


# moving


@service.handle(internal=True)
def move_messages(state: Queues, call: Call[MoveMessages]) -> Answer[None]:
    """The next messages, with their new ids: AWS takes what is redriven for new messages."""
    task = state.tasks.get(call.params.task_id)
    source = state.queues.get(task.source) if task is not None else None
    if task is None or source is None:
        return Answer(None, note=Moved(status=FAILED, failure=_NO_QUEUE))
    most = told(task.rate, limits.CHUNK)
    moved: list[MovedMessage] = []
    for message in stock.candidates(source, micros(call.time)):
        if len(moved) == most:
            return Answer(None, note=Moved(messages=moved))
        to = _destination(state, task, message)
        if isinstance(to, str):
            return Answer(None, note=Moved(messages=moved, status=FAILED, failure=to))
        new_id = call.new_id("uuid", message.key)
        moved.append(MovedMessage(message_id=message.id, new_message_id=new_id, key=message.key, to=to.arn))
    return Answer(None, note=Moved(messages=moved, status=COMPLETED))


@service.project
def messages_moved(state: Queues, event: Event[MoveMessages, None]) -> None:
    """The messages lie in their new queues, and the task has gone on or ended."""
    task, moved = state.tasks.get(event.params.task_id), event.note(Moved)
    if task is None or moved is None:
        return
    now, source = micros(event.time), state.queues.get(task.source)
    for one in moved.messages:
        message = stock.drop(source, one.key) if source is not None else None
        target = directory.by_arn(state, one.to)
        if message is not None and target is not None:
            stock.put(target, _renewed(message, one.new_message_id, now, target))
            stock.expect_expiry(state, target)
    if source is not None:
        stock.expect_expiry(state, source)
    task.moved += len(moved.messages)
    task.status, task.failure = moved.status, moved.failure
    wait = 0 if isinstance(task.rate, UnsetType) else SECOND
    _expect(state, task, now + wait if moved.status == RUNNING else 0)


@service.wakes
def moved_wake(event: Event[MoveMessages, None]) -> list[str]:
    """Who waits at a queue that messages moved to decides again."""
    moved = event.note(Moved)
    arns = {one.to for one in moved.messages} if moved is not None else set[str]()
    found = [urls.of_arn(arn) for arn in sorted(arns)]
    return [urls.waiting_key(one.account, one.region, one.name) for one in found if one is not None]


# cancelling and listing


@service.handle(at=lambda subject: _of_handle(subject))
def cancel_message_move_task(state: Queues, call: Call[CancelMessageMoveTask]) -> CancelMessageMoveTaskResult:
    """How many messages moved before. What has moved stays moved."""
    task = state.tasks.get(_task_id(call.params.task_handle))
    if task is None or task.status != RUNNING:
        raise errors.no_such_task()
    return CancelMessageMoveTaskResult(approximate_number_of_messages_moved=task.moved)


@service.project(at=lambda subject: _of_handle(subject))
def move_task_cancelled(
    state: Queues, event: Event[CancelMessageMoveTask, CancelMessageMoveTaskResult]
) -> None:
    """The task is over."""
    task = state.tasks.get(_task_id(event.params.task_handle))
    if task is not None:
        task.status = CANCELLED
        _expect(state, task, 0)


@service.read(at=urls.by_source)
def list_message_move_tasks(state: Queues, call: Call[ListMessageMoveTasks]) -> ListMessageMoveTasksResult:
    """The latest tasks of a source, newest first."""
    source = directory.by_arn(state, call.params.source_arn)
    if source is None:
        raise errors.no_such_source("SourceArn")
    most = told(call.params.max_results, 1)
    if not 1 <= most <= limits.TASKS_LISTED_MAX:
        # evidence: guess
        raise errors.invalid(
            most, "MaxResults", f"Must be between 1 and {limits.TASKS_LISTED_MAX}, if provided."
        )
    found = [task for task in state.tasks.values() if task.source == source.name]
    found.sort(key=lambda task: task.started_us, reverse=True)
    return ListMessageMoveTasksResult(results=[_listed(task, source) for task in found[:most]])


# within


def _listed(task: MoveTask, source: Queue) -> ListMessageMoveTasksResultEntry:
    running = task.status == RUNNING
    return ListMessageMoveTasksResultEntry(
        task_handle=_handle(task.id, source.arn) if running else UNSET,
        status=task.status,
        source_arn=source.arn,
        destination_arn=task.destination,
        max_number_of_messages_per_second=task.rate,
        approximate_number_of_messages_moved=task.moved,
        approximate_number_of_messages_to_move=task.to_move,
        failure_reason=task.failure,
        started_timestamp=task.started_us // 1000,
    )


def _check_destination(state: Queues, source: Queue, arn: str) -> None:
    target = directory.by_arn(state, arn)
    if target is None:
        raise errors.no_such_source("DestinationArn")
    if target.name == source.name or target.fifo != source.fifo:
        # evidence: guess
        raise errors.invalid(arn, "DestinationArn", "The destination must be another queue of the same type.")


def _destination(state: Queues, task: MoveTask, message: Message) -> Queue | str:
    """Where a message goes, or why it cannot."""
    arn = told(task.destination, told(message.source, ""))
    if not arn:
        return _NO_SOURCE
    return directory.by_arn(state, arn) or _NO_QUEUE


def _renewed(message: Message, message_id: str, now: int, target: Queue) -> Message:
    message.id, message.sent_us, message.source = message_id, now, UNSET
    message.received = message.first_received_us = message.last_received_us = 0
    message.visible_us = now + target.number("DelaySeconds") * SECOND
    return message


def _expect(state: Queues, task: MoveTask, due_us: int) -> None:
    if task.next_us:
        state.alarms.pop(_alarm(task.next_us, task.id), None)
    if due_us:
        state.alarms[_alarm(due_us, task.id)] = task.id
    task.next_us = due_us


def _alarm(due_us: int, task_id: str) -> str:
    return f"{sortable(due_us)}t{task_id}"


def _handle(task_id: str, source_arn: str) -> str:
    """A task's handle as AWS makes them: the base64 of its id and source."""
    return base64.b64encode(msgspec.json.encode({"taskId": task_id, "sourceArn": source_arn})).decode()


def _read_handle(handle: str) -> dict[str, Any]:
    try:
        return documents.read(base64.b64decode(handle, validate=True)) or {}
    except (binascii.Error, ValueError):
        return {}


def _task_id(handle: str) -> str:
    return str(_read_handle(handle).get("taskId", ""))


def _of_handle(subject: Call[CancelMessageMoveTask] | Event[CancelMessageMoveTask, Any]) -> tuple[str, str]:
    """The account and region of the queue in a task's handle."""
    address = urls.of_arn(str(_read_handle(subject.params.task_handle).get("sourceArn", "")))
    return (address.account if address is not None else subject.account, subject.region)
