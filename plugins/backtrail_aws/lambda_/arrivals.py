"""What makes a mapping look into its queue: a message that is sent, a mapping that begins.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Command, Event, Params, field, told
from backtrail_aws.lambda_ import polls
from backtrail_aws.lambda_.api import (
    CreateEventSourceMapping,
    CreateEventSourceMappingResult,
    UpdateEventSourceMapping,
    UpdateEventSourceMappingResult,
)
from backtrail_aws.lambda_.state import Functions, service


class QueueUrl(Params):
    """What is wanted of calls to SQS: which queue they are about."""

    queue_url: str = field(name="queueUrl")


class SendMessage(QueueUrl):
    """A message was sent."""


class SendMessageBatch(QueueUrl):
    """Messages were sent."""


def by_queue(event: Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the queue that a record names by URL."""
    parts = event.params.queue_url.rstrip("/").split("/")
    account = parts[-2] if len(parts) >= 2 and parts[-2].isdecimal() else event.account
    return account, event.region


@service.react_to("sqs", at=by_queue)
def message_sent(state: Functions, event: Event[SendMessage, None]) -> Iterator[Command]:
    """Who maps the queue looks into it."""
    yield from _noticed(state, event)


@service.react_to("sqs", at=by_queue)
def messages_sent(state: Functions, event: Event[SendMessageBatch, None]) -> Iterator[Command]:
    """The same."""
    yield from _noticed(state, event)


@service.react
def mapping_created(
    state: Functions, event: Event[CreateEventSourceMapping, CreateEventSourceMappingResult]
) -> Iterator[Command]:
    """A new mapping looks at what is there already."""
    source = told(event.params.event_source_arn, "")
    for uuid in state.sources.get(source, ()):
        if state.mappings[uuid].since == event.time and polls.polls(state.mappings[uuid]):
            yield polls.own(state.mappings[uuid], polls.PollQueue(uuid=uuid))


@service.react
def mapping_updated(
    state: Functions, event: Event[UpdateEventSourceMapping, UpdateEventSourceMappingResult]
) -> Iterator[Command]:
    """One that was enabled does so, too."""
    mapping = state.mappings.get(event.params.uuid)
    if mapping is not None and polls.polls(mapping):
        yield polls.own(mapping, polls.PollQueue(uuid=event.params.uuid))


def _noticed(state: Functions, event: Event[Any, Any]) -> Iterator[Command]:
    if not state.sources:
        return
    account, region = by_queue(event)
    name = event.params.queue_url.rstrip("/").rpartition("/")[2]
    for uuid in state.sources.get(event.arn("sqs", name, region=region, account=account), ()):
        mapping = state.mappings[uuid]
        if not polls.polls(mapping) or mapping.polling is not None:
            continue
        if not mapping.config.maximum_batching_window_in_seconds:
            yield polls.own(mapping, polls.PollQueue(uuid=uuid))
        elif mapping.look is None:
            yield polls.own(mapping, polls.AwaitWindow(uuid=uuid))
