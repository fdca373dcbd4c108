"""Tags of queues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html"""

from __future__ import annotations

from collections.abc import Mapping

from backtrail import UNSET, Call, Event
from backtrail_aws.sqs import directory, errors, limits, urls
from backtrail_aws.sqs.api import ListQueueTags, ListQueueTagsResult, TagQueue, UntagQueue
from backtrail_aws.sqs.state import Queues, service


@service.handle(at=urls.by_url)
def tag_queue(state: Queues, call: Call[TagQueue]) -> None:
    """Refuse tags that break their rules."""
    queue = directory.find(state, call)
    if not call.params.tags:
        raise errors.missing("Tags")
    check(call.params.tags, queue.tags)


@service.project(at=urls.by_url)
def queue_tagged(state: Queues, event: Event[TagQueue, None]) -> None:
    """The queue has the tags; equal keys take the new value."""
    directory.noticed(state, event).tags.update(event.params.tags)


@service.handle(at=urls.by_url)
def untag_queue(state: Queues, call: Call[UntagQueue]) -> None:
    """Keys that are not there are no error."""
    directory.find(state, call)
    if not call.params.tag_keys:
        raise errors.missing("TagKeys")


@service.project(at=urls.by_url)
def queue_untagged(state: Queues, event: Event[UntagQueue, None]) -> None:
    """The queue has lost the tags."""
    queue = directory.noticed(state, event)
    for key in event.params.tag_keys:
        queue.tags.pop(key, None)


@service.read(at=urls.by_url)
def list_queue_tags(state: Queues, call: Call[ListQueueTags]) -> ListQueueTagsResult:
    """A queue's tags; no member where it has none."""
    tags = directory.find(state, call).tags
    return ListQueueTagsResult(tags=dict(tags) if tags else UNSET)


def check(given: Mapping[str, str], old: Mapping[str, str]) -> None:
    """Refuse tags that AWS would refuse for a queue that has the `old` ones."""
    for key, value in given.items():
        if not 1 <= len(key) <= limits.TAG_KEY_MAX:
            # evidence: guess
            raise errors.invalid_value(
                f"Tag keys must be between 1 and {limits.TAG_KEY_MAX} characters in length."
            )
        if len(value) > limits.TAG_VALUE_MAX:
            # evidence: guess
            raise errors.invalid_value(
                f"Tag values must be between 0 and {limits.TAG_VALUE_MAX} characters in length."
            )
        if key.lower().startswith("aws:"):
            # evidence: guess
            raise errors.invalid_value(
                "Tag keys can't start with the prefix aws:, which is reserved for AWS use."
            )
    if len({*given, *old}) > limits.TAGS_MAX:
        # evidence: guess
        raise errors.invalid_value(
            f"Too many tags added for queue. A queue can have at most {limits.TAGS_MAX} tags."
        )
