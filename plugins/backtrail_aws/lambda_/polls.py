"""An SQS mapping at work: it receives, invokes, deletes what was done, and looks again.

    a message is sent -> PollQueue -> sqs:ReceiveMessage -> Invoke -> sqs:DeleteMessageBatch -> EndPoll -> PollQueue …

One poll of a mapping goes on at a time. What lies hidden or delayed when it ends is looked for by a timer.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, Heard, Params, UnsetType, field, told
from backtrail_aws.lambda_ import batches, due, limits, mappings, names, recursion
from backtrail_aws.lambda_.batches import Batch, ReceivedMessage
from backtrail_aws.lambda_.destinations import queue_url
from backtrail_aws.lambda_.state import Function, Functions, Mapping, service

_SPARE_S = 60
_HOPS_MAX = 15
"""The engine stops a chain that passes one place 16 times; here it begins anew from a timer before that. (A run goes
on with the chain of its messages, not with that of the poll.)"""
_STOPPED = "RecursiveInvocationException"


class PollQueue(Params):
    """The service's own action: a mapping begins to poll. `hops` counts the receives of its chain so far."""

    uuid: str = field(name="uUID")
    hops: int = 0


class Began(Params):
    """Beside a PollQueue: until when it may last; none where there was nothing to begin."""

    lasts_s: int = field(name="lastsSeconds")


class EndPoll(Params):
    """The service's own action: a poll has ended. `stop` says that there is nothing to go on with."""

    uuid: str = field(name="uUID")
    hops: int = 0
    received: int = 0
    error: str | UnsetType = UNSET
    stop: bool = False


class Left(Params):
    """Beside an EndPoll: how many messages can be received, and how many cannot yet."""

    visible: int
    hidden: int


class AwaitWindow(Params):
    """The service's own action: the first message of a batch starts the batching window."""

    uuid: str = field(name="uUID")


class ReceiveMessage(Params):
    """A command to SQS; what it is for goes with it."""

    queue_url: str = field(name="queueUrl")
    max_number_of_messages: int = field(name="maxNumberOfMessages")
    message_system_attribute_names: list[str] = field(name="messageSystemAttributeNames")
    message_attribute_names: list[str] = field(name="messageAttributeNames")
    wait_time_seconds: int = field(name="waitTimeSeconds")
    batch: Batch


class DeleteEntry(Params):
    """One message that is done."""

    id: str
    receipt_handle: str = field(name="receiptHandle")


class DeleteMessageBatch(Params):
    """A command to SQS."""

    queue_url: str = field(name="queueUrl")
    entries: list[DeleteEntry]


class Invoke(Params):
    """A command to Lambda itself; what it is for goes with it."""

    function_name: str = field(name="functionName")
    invocation_type: str = field(name="invocationType")
    payload: bytes
    batch: Batch | UnsetType = UNSET


@service.handle(internal=True)
def await_window(state: Functions, call: Call[AwaitWindow]) -> None:
    """Nothing to decide: a message came."""


@service.project
def window_awaited(state: Functions, event: Event[AwaitWindow, None]) -> None:
    """The batch is received when the window ends."""
    mapping = state.mappings.get(event.params.uuid)
    if mapping is not None:
        seconds = told(mapping.config.maximum_batching_window_in_seconds, 0)
        _look_at(state, event.params.uuid, mapping, event.time + timedelta(seconds=seconds))


@service.handle(internal=True)
def poll_queue(state: Functions, call: Call[PollQueue]) -> Answer[None]:
    """Begin, where the mapping is there, enabled and idle."""
    mapping = state.mappings.get(call.params.uuid)
    if mapping is None or not polls(mapping) or mapping.polling is not None:
        return Answer(None)
    function = _function(state, mapping)
    timeout_s = told(function.latest.config.timeout, limits.TIMEOUT_S) if function is not None else 0
    return Answer(None, note=Began(lasts_s=timeout_s + _SPARE_S))


@service.project
def poll_began(state: Functions, event: Event[PollQueue, None]) -> None:
    """The mapping is busy, and looks for nothing else meanwhile."""
    uuid = event.params.uuid
    mapping, began = state.mappings.get(uuid), event.note(Began)
    if mapping is None:
        return
    _look_at(state, uuid, mapping, None)
    if began is not None:
        _busy_until(state, uuid, mapping, event.time + timedelta(seconds=began.lasts_s))


@service.react
def receive(state: Functions, event: Event[PollQueue, None]) -> Iterator[Command]:
    """The first messages of a batch are received."""
    mapping = state.mappings.get(event.params.uuid)
    if mapping is not None and event.note(Began) is not None:
        batch = Batch(uuid=event.params.uuid, hops=event.params.hops)
        yield _receive(state, mapping, batch)


@service.outcome("sqs")
def messages_received(state: Functions, heard: Heard[ReceiveMessage]) -> Iterator[Command]:
    """A batch that is full, or as full as it gets, goes to the function, less what the filters drop and what runs in a
    circle."""
    batch = heard.params.batch
    mapping = state.mappings.get(batch.uuid)
    if mapping is None:
        return
    hops = batch.hops + 1
    if heard.error:
        yield own(mapping, EndPoll(uuid=batch.uuid, hops=hops, error=heard.error, stop=True))
        return
    got = batches.received(heard.result)
    messages = [*batch.messages, *got]
    batch = msgspec.structs.replace(batch, messages=messages, hops=hops, receives=batch.receives + 1)
    if (
        len(got) == limits.SQS_BATCH
        and len(messages) < _size(mapping)
        and batch.receives < limits.GATHER_ROUNDS
    ):
        yield _receive(state, mapping, batch)
        return
    source = told(mapping.config.event_source_arn, "")
    wanted, dropped = batches.sifted(messages, mapping.config.filter_criteria, source)
    yield from _deleted(state, mapping, dropped)
    function = _function(state, mapping)
    going, stopped = recursion.parted(function, wanted)
    if stopped and function is not None:
        lineage = recursion.together(function, stopped)
        yield recursion.explained(function, lineage, reaction="messages_received", action="Invoke")
    if not going:
        error = _STOPPED if stopped else UNSET
        yield own(mapping, EndPoll(uuid=batch.uuid, hops=hops, received=len(messages), error=error))
        return
    batch = msgspec.structs.replace(batch, messages=going)
    yield Command(
        "lambda",
        Invoke(
            function_name=told(mapping.config.function_arn, ""), invocation_type="RequestResponse",
            payload=batches.payload(going, source), batch=batch,
        ),
        source_arn=mapping.config.event_source_mapping_arn or None, lineage=recursion.together(function, going),
    )  # fmt: skip


@service.outcome("lambda")
def batch_done(state: Functions, heard: Heard[Invoke]) -> Iterator[Command]:
    """What the function has done with is deleted; what it has not comes back when its time is over."""
    batch = heard.params.batch
    mapping = state.mappings.get(batch.uuid) if not isinstance(batch, UnsetType) else None
    if mapping is None or isinstance(batch, UnsetType):
        return
    end = EndPoll(uuid=batch.uuid, hops=batch.hops, received=len(batch.messages))
    if heard.error:
        stop = heard.error == "ResourceNotFoundException"
        yield own(mapping, msgspec.structs.replace(end, error=heard.error, stop=stop))
        return
    partial = "ReportBatchItemFailures" in told(mapping.config.function_response_types, [])
    done = batches.done(batch.messages, heard.result, partial=partial)
    yield from _deleted(state, mapping, done)
    if len(done) < len(batch.messages):
        end = msgspec.structs.replace(end, error="FunctionError")
    yield own(mapping, end)


@service.handle(internal=True)
def end_poll(state: Functions, call: Call[EndPoll]) -> Answer[None]:
    """What is left in the queue decides what comes next."""
    mapping = state.mappings.get(call.params.uuid)
    if mapping is None or call.params.stop:
        return Answer(None)
    source = told(mapping.config.event_source_arn, "")
    prefix = "ApproximateNumberOfMessages"
    wanted = mappings.GetQueueAttributes(
        queue_url=queue_url(source), attribute_names=[prefix, f"{prefix}NotVisible", f"{prefix}Delayed"]
    )
    answer = call.ask("sqs", wanted, mappings.GetQueueAttributesResult, account=source.split(":")[4])
    if answer is None:
        return Answer(None)
    counts = {name.removeprefix(prefix): int(value) for name, value in told(answer.attributes, {}).items()}
    hidden = counts.get("NotVisible", 0) + counts.get("Delayed", 0)
    return Answer(None, note=Left(visible=counts.get("", 0), hidden=hidden))


@service.project
def poll_ended(state: Functions, event: Event[EndPoll, None]) -> None:
    """The mapping is idle, and looks again later where something is hidden or was too much for one chain."""
    uuid = event.params.uuid
    mapping, left = state.mappings.get(uuid), event.note(Left)
    if mapping is None:
        return
    _busy_until(state, uuid, mapping, None)
    failed = isinstance(event.params.error, str)
    if event.params.received and not failed:
        mapping.wait_s = 0
    if left is None or not polls(mapping) or (left.visible and _goes_on(mapping, event.params)):
        return
    if left.visible and not failed:
        _look_at(state, uuid, mapping, event.time)
    elif left.visible or left.hidden:
        mapping.wait_s = min(max(mapping.wait_s * 2, limits.LOOK_S), limits.LOOK_MAX_S)
        _look_at(state, uuid, mapping, event.time + timedelta(seconds=mapping.wait_s))


@service.react
def go_on(state: Functions, event: Event[EndPoll, None]) -> Iterator[Command]:
    """The next batch, while the chain is short enough."""
    uuid = event.params.uuid
    mapping, left = state.mappings.get(uuid), event.note(Left)
    if mapping is None or left is None or not left.visible or not polls(mapping):
        return
    if _goes_on(mapping, event.params):
        yield own(mapping, PollQueue(uuid=uuid, hops=event.params.hops))


def look(state: Functions, uuid: str) -> Command:
    """The command of a mapping whose time has come to look again."""
    return own(state.mappings[uuid], PollQueue(uuid=uuid))


def given_up(state: Functions, uuid: str) -> Command:
    """The command that ends a poll which nobody ended: its chain was cut off."""
    return own(state.mappings[uuid], EndPoll(uuid=uuid, error="Abandoned"))


def polls(mapping: Mapping) -> bool:
    """Whether a mapping polls a queue."""
    return mapping.enabled and ":sqs:" in told(mapping.config.event_source_arn, "")


def _size(mapping: Mapping) -> int:
    return told(mapping.config.batch_size, limits.SQS_BATCH)


def _goes_on(mapping: Mapping, end: EndPoll) -> bool:
    """Whether another batch fits into the chain. After a failure a timer goes on, so that others have their turn."""
    rounds = min(-(-_size(mapping) // limits.SQS_BATCH), limits.GATHER_ROUNDS)
    return end.hops + rounds <= _HOPS_MAX and isinstance(end.error, UnsetType)


def _look_at(state: Functions, uuid: str, mapping: Mapping, time: Any) -> None:
    due.expect(state, due.LOOK, uuid, mapping.look, time)
    mapping.look = time


def _busy_until(state: Functions, uuid: str, mapping: Mapping, time: Any) -> None:
    due.expect(state, due.STALE, uuid, mapping.polling, time)
    mapping.polling = time


def _receive(state: Functions, mapping: Mapping, batch: Batch) -> Command:
    source = told(mapping.config.event_source_arn, "")
    left = _size(mapping) - len(batch.messages)
    wanted = ReceiveMessage(
        queue_url=queue_url(source), max_number_of_messages=min(left, limits.SQS_BATCH),
        message_system_attribute_names=["All"], message_attribute_names=["All"], wait_time_seconds=0, batch=batch,
    )  # fmt: skip
    return _to_queue(mapping, wanted, _role(state, mapping))


def _deleted(state: Functions, mapping: Mapping, messages: list[ReceivedMessage]) -> Iterator[Command]:
    source = told(mapping.config.event_source_arn, "")
    for start in range(0, len(messages), limits.SQS_BATCH):
        entries = [
            DeleteEntry(id=str(number), receipt_handle=one.receipt_handle)
            for number, one in enumerate(messages[start : start + limits.SQS_BATCH])
        ]
        yield _to_queue(
            mapping, DeleteMessageBatch(queue_url=queue_url(source), entries=entries), _role(state, mapping)
        )


def _to_queue(mapping: Mapping, params: Params, role: str | None) -> Command:
    region, account = told(mapping.config.event_source_mapping_arn, "::::").split(":")[3:5]
    return Command(
        "sqs", params, as_=role, account=account or None, region=region or None,
        source_arn=mapping.config.event_source_mapping_arn or None,
    )  # fmt: skip


def own(mapping: Mapping, params: Params) -> Command:
    """A command of a mapping to itself."""
    region, account = told(mapping.config.event_source_mapping_arn, "::::").split(":")[3:5]
    return Command(
        "lambda", params, account=account or None, region=region or None,
        source_arn=mapping.config.event_source_mapping_arn or None,
    )  # fmt: skip


def _function(state: Functions, mapping: Mapping) -> Function | None:
    return state.functions.get(names.function(told(mapping.config.function_arn, "")).name)


def _role(state: Functions, mapping: Mapping) -> str | None:
    function = _function(state, mapping)
    role = function.latest.config.role if function is not None else UNSET
    return role if isinstance(role, str) else None
