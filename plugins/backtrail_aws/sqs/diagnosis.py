"""What is wrong with a queue, and which records made it so.

The book's row DIAG-22, asked of the state by `backtrail diagnose`. It is no API of AWS's.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Call, Params, UnsetType, field, told
from backtrail.troubles import Blame, Finding, TellTrouble, TellTroubleResult
from backtrail_aws.sqs.state import Queue, Queues, service

FUNCTION_TIMES = (
    6  # lambda/latest/dg/services-sqs-configure.html: visibility timeout, of the function's timeout
)


class ListEventSourceMappings(Params):
    """What Lambda is asked: which functions read a queue."""

    event_source_arn: str = field(name="eventSourceArn")


class Mapping(Params):
    """A function that reads a queue."""

    function_arn: str | UnsetType = field(name="functionArn", default=UNSET)


class Mappings(Params):
    """What Lambda answers."""

    event_source_mappings: list[Mapping] | UnsetType = field(name="eventSourceMappings", default=UNSET)


class GetFunctionConfiguration(Params):
    """What Lambda is asked: how a function is set."""

    function_name: str = field(name="functionName")


class Configuration(Params):
    """What Lambda answers: its timeout, in seconds."""

    timeout: int | UnsetType = UNSET


@service.read(internal=True)
def tell_trouble(state: Queues, call: Call[TellTrouble]) -> TellTroubleResult:
    """What the rules find about a queue, by its name, ARN or URL."""
    name = call.params.resource.rpartition("/")[2].rpartition(":")[2]
    queue = state.queues.get(name)
    if queue is None:
        return TellTroubleResult(known=False)
    return TellTroubleResult(known=True, findings=[*_too_short(call, queue), *_twice(queue)])


def _twice(queue: Queue) -> Iterator[Finding]:
    """DIAG-22: a message that was received more than once, because nobody deleted it in time."""
    again = [one for one in queue.messages.values() if one.received > 1]
    if again:
        most = max(again, key=lambda one: one.received)
        yield Finding(
            rule="DIAG-22", symptom=f"{len(again)} messages of {queue.name} were received more than once",
            cause=f"nobody deleted them within the visibility timeout of {queue.number('VisibilityTimeout')} seconds: "
            f"{most.id} was received {most.received} times",
            fix="SetQueueAttributes VisibilityTimeout longer than the work takes, or ChangeMessageVisibility in time; "
            "work that may be done twice",
            blame=[Blame(resource=queue.arn, actions=_ACTIONS), Blame(resource=queue.name, actions=_ACTIONS)],
        )  # fmt: skip


_ACTIONS = ["SetQueueAttributes", "CreateQueue"]


def _too_short(call: Call[Any], queue: Queue) -> Iterator[Finding]:
    """DIAG-22: a function reads the queue, and may take longer than its messages stay hidden."""
    held = call.ask("lambda", ListEventSourceMappings(event_source_arn=queue.arn), Mappings)
    hidden = queue.number("VisibilityTimeout")
    for one in told(held.event_source_mappings, []) if held is not None else []:
        arn = told(one.function_arn, "")
        found = call.ask("lambda", GetFunctionConfiguration(function_name=arn), Configuration)
        takes = told(found.timeout, 3) if found is not None else 0
        if hidden < FUNCTION_TIMES * takes:
            yield Finding(
                rule="DIAG-22", symptom=f"{arn.rpartition(':')[2]} may process messages of {queue.name} twice",
                cause=f"their visibility timeout is {hidden} seconds, less than {FUNCTION_TIMES} times the {takes} "
                "seconds that the function may take",
                fix=f"SetQueueAttributes VisibilityTimeout={FUNCTION_TIMES * takes}",
                blame=[
                    Blame(resource=queue.arn, actions=_ACTIONS), Blame(resource=queue.name, actions=_ACTIONS),
                    Blame(resource=arn, actions=["UpdateFunctionConfiguration", "CreateFunction"]),
                ],
            )  # fmt: skip
