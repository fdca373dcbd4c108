"""Queues that others may use: by their policies."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import Exposure, by_policy
from backtrail_aws.sqs.state import Queues, service

ACTIONS = ("CreateQueue", "SetQueueAttributes", "AddPermission")


@service.exposes
def open_queues(state: Queues, account: str, region: str) -> Iterator[Exposure]:
    """Each queue whose policy lets in somebody outside."""
    for queue in state.queues.values():
        yield from by_policy(
            queue.attributes.get("Policy"), account, resource=queue.arn, names=(queue.name, queue.arn),
            through="queue policy", actions=ACTIONS,
        )  # fmt: skip
