"""Tags of topics: https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backtrail import Call, Event, told
from backtrail_aws.sns import arns, directory, errors, limits
from backtrail_aws.sns.api import (
    ListTagsForResource,
    ListTagsForResourceResult,
    Tag,
    TagResource,
    UntagResource,
)
from backtrail_aws.sns.state import Sns, Topic, service


@service.handle(at=arns.by_resource)
def tag_resource(state: Sns, call: Call[TagResource]) -> None:
    """Refuse tags that break their rules."""
    check(told(call.params.tags, []), _topic(state, call).tags)


@service.project(at=arns.by_resource)
def resource_tagged(state: Sns, event: Event[TagResource, None]) -> None:
    """The topic has the tags; equal keys take the new value."""
    topic = directory.noticed(state, event, event.params.resource_arn)
    topic.tags.update(plain(told(event.params.tags, [])))


@service.handle(at=arns.by_resource)
def untag_resource(state: Sns, call: Call[UntagResource]) -> None:
    """Keys that are not there are no error."""
    _topic(state, call)


@service.project(at=arns.by_resource)
def resource_untagged(state: Sns, event: Event[UntagResource, None]) -> None:
    """The topic has lost the tags."""
    topic = directory.noticed(state, event, event.params.resource_arn)
    for key in told(event.params.tag_keys, []):
        topic.tags.pop(key, None)


@service.read(at=arns.by_resource)
def list_tags_for_resource(state: Sns, call: Call[ListTagsForResource]) -> ListTagsForResourceResult:
    """A topic's tags."""
    tags = _topic(state, call).tags
    return ListTagsForResourceResult(tags=[Tag(key=key, value=value) for key, value in tags.items()])


def plain(tags: Sequence[Tag]) -> dict[str, str]:
    """Tags as a map."""
    return {tag.key: tag.value for tag in tags}


def check(given: Sequence[Tag], old: Mapping[str, str]) -> None:
    """Refuse tags that AWS would refuse, for a topic that has the `old` ones. Raises `Refusal`."""
    if len({tag.key for tag in given}) < len(given):
        raise errors.invalid("Duplicated keys are not allowed.")  # evidence: guess
    for tag in given:
        if not 1 <= len(tag.key) <= limits.TAG_KEY_MAX or tag.key.lower().startswith("aws:"):
            raise errors.because("Tags", f"Invalid tag key: {tag.key}")  # evidence: API_Tag; words: guess
        if len(tag.value) > limits.TAG_VALUE_MAX:
            raise errors.because("Tags", f"Invalid tag value: {tag.value}")  # evidence: API_Tag; words: guess
    if len({**old, **plain(given)}) > limits.TAGS_MAX:
        raise errors.too_many_tags()


def _topic(state: Sns, call: Call[Any]) -> Topic:
    """The topic whose ARN a call names as resource: of one that is not there, tags have an error of their own."""
    arn = directory.parse("ResourceArn", call.params.resource_arn, call)
    topic = state.topics.get(arn.resource)
    if topic is None:
        raise errors.no_such_resource()
    return topic
