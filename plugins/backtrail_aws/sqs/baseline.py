"""What `aws sqs list-queues` and `get-queue-attributes` printed."""

from __future__ import annotations

from backtrail import Event, listed, told
from backtrail_aws.sqs import api
from backtrail_aws.sqs.state import Queues, service


@service.observed
def queues_observed(state: Queues, event: Event[api.ListQueues, api.ListQueuesResult]) -> None:
    """There are these queues, whatever they are like."""
    listed.fold(
        service, state, event, "CreateQueue", event.result.queue_urls,
        state.queues, lambda url: url.rpartition("/")[2],
        lambda url: {"queue_name": url.rpartition("/")[2], "queue_url": url},
    )  # fmt: skip


@service.observed
def queue_observed(state: Queues, event: Event[api.GetQueueAttributes, api.GetQueueAttributesResult]) -> None:
    """There is this queue, with what of its attributes is its owner's to set."""
    attributes = told(event.result.attributes, {})
    name = attributes.get("QueueArn", "").rpartition(":")[2]
    if not name:
        return
    listed.fold(
        service, state, event, "CreateQueue", [name], state.queues, lambda one: one,
        lambda one: {"queue_name": one},
    )  # fmt: skip
    queue = state.queues[name]
    told_ = {
        one: value for one, value in attributes.items() if not one.startswith(_COUNTS) and one not in _FACTS
    }
    queue.attributes = {**queue.attributes, **told_}


_COUNTS = "ApproximateNumberOf"
_FACTS = frozenset({"QueueArn", "CreatedTimestamp", "LastModifiedTimestamp"})
