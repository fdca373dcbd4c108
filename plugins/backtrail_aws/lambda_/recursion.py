"""Functions that bring about what they are invoked for: counted along the chain, and stopped at the bound.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html: after about 16 runs of one function in one chain
of requests the next is not run. Who invokes it and waits gets a RecursiveInvocationException; an event goes to the
on-failure destination or the dead-letter queue; an SQS mapping leaves its messages in the queue, where they are
received, and stopped, again until the queue's own redrive policy takes them away.
"""

from __future__ import annotations

from collections.abc import Iterable

from backtrail import Command, Lineage, told
from backtrail.lineage import merged
from backtrail.stopping import loop
from backtrail_aws.lambda_ import errors
from backtrail_aws.lambda_.batches import ReceivedMessage
from backtrail_aws.lambda_.state import Function

ALLOW, TERMINATE = "Allow", "Terminate"


def stops(function: Function, lineage: Lineage) -> bool:
    """Whether a function is not to run once more in a chain."""
    return lineage.looped(function.arn) and told(function.recursion, TERMINATE) != ALLOW


def check(function: Function, lineage: Lineage) -> None:
    """Refuse whoever waits for such a run."""
    if stops(function, lineage):
        raise errors.recursive()


def parted(
    function: Function | None, messages: list[ReceivedMessage]
) -> tuple[list[ReceivedMessage], list[ReceivedMessage]]:
    """The messages that a function may run for, and those whose chains ran through it too often."""
    going: list[ReceivedMessage] = []
    stopped: list[ReceivedMessage] = []
    for message in messages:
        stuck = function is not None and stops(function, message.lineage)
        (stopped if stuck else going).append(message)
    return going, stopped


def together(function: Function | None, messages: Iterable[ReceivedMessage]) -> Lineage:
    """The chain that a run for several messages goes on with."""
    return merged((one.lineage for one in messages), function.arn if function is not None else "")


def explained(function: Function, lineage: Lineage, *, reaction: str, action: str) -> Command:
    """The command that records why it did not run."""
    return loop(function.arn, lineage, reaction=f"lambda.{reaction}", service="lambda", action=action)
