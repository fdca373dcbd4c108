"""Tags, in the old operations for log groups and in the newer ones for all that has an ARN.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtrail import Call, Event, known
from backtrail_aws.logs import directory, errors, limits
from backtrail_aws.logs.api import (
    ListTagsForResource,
    ListTagsForResourceResult,
    ListTagsLogGroup,
    ListTagsLogGroupResult,
    TagLogGroup,
    TagResource,
    UntagLogGroup,
    UntagResource,
)
from backtrail_aws.logs.state import (
    Delivery,
    DeliveryDestination,
    DeliverySource,
    Destination,
    Logs,
    service,
)


@service.handle
def tag_resource(state: Logs, call: Call[TagResource]) -> None:
    """Refuse resources that are not there, and tags that break their rules."""
    check(call.params.tags, _found(state, call.params.resource_arn), call.params.resource_arn)


@service.project
def resource_tagged(state: Logs, event: Event[TagResource, None]) -> None:
    """The resource has the tags; equal keys take the new value."""
    tags = _noticed(state, event.params.resource_arn, event)
    if tags is not None:
        tags.update(event.params.tags)


@service.handle
def untag_resource(state: Logs, call: Call[UntagResource]) -> None:
    """Keys that are not there are no error."""
    _found(state, call.params.resource_arn)


@service.project
def resource_untagged(state: Logs, event: Event[UntagResource, None]) -> None:
    """The resource has lost the tags."""
    _drop(_noticed(state, event.params.resource_arn, event), event.params.tag_keys)


@service.read
def list_tags_for_resource(state: Logs, call: Call[ListTagsForResource]) -> ListTagsForResourceResult:
    """A resource's tags; an empty map where it has none."""
    return ListTagsForResourceResult(tags=dict(_found(state, call.params.resource_arn)))


@service.handle
def tag_log_group(state: Logs, call: Call[TagLogGroup]) -> None:
    """Refuse groups that are not there, and tags that break their rules."""
    group = directory.group(state, call.params.log_group_name)
    check(call.params.tags, group.tags, group.name)


@service.project
def log_group_tagged(state: Logs, event: Event[TagLogGroup, None]) -> None:
    """The group has the tags; equal keys take the new value."""
    directory.noticed(state, event.params.log_group_name, event).tags.update(event.params.tags)


@service.handle
def untag_log_group(state: Logs, call: Call[UntagLogGroup]) -> None:
    """Keys that are not there are no error."""
    directory.group(state, call.params.log_group_name)


@service.project
def log_group_untagged(state: Logs, event: Event[UntagLogGroup, None]) -> None:
    """The group has lost the tags."""
    _drop(directory.noticed(state, event.params.log_group_name, event).tags, event.params.tags)


@service.read
def list_tags_log_group(state: Logs, call: Call[ListTagsLogGroup]) -> ListTagsLogGroupResult:
    """A group's tags; an empty map where it has none."""
    return ListTagsLogGroupResult(tags=dict(directory.group(state, call.params.log_group_name).tags))


def check(given: Mapping[str, str], old: Mapping[str, str], resource: str) -> None:
    """Refuse tags that a resource with the `old` ones may not have. Their form is the model's to check."""
    if any(key.lower().startswith("aws:") for key in given):
        # evidence: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html; words: guess
        raise errors.invalid("Tag keys cannot start with aws:")
    if len({*given, *old}) > limits.TAGS_MAX:
        raise errors.too_many_tags(resource)


def _found(state: Logs, text: str) -> dict[str, str]:
    """The tags of what an ARN names."""
    arn = directory.parsed(text)
    if arn is None:
        # evidence: guess
        raise errors.invalid(f"The resourceArn {text} is not valid.")
    collections: dict[str, Mapping[str, Any]] = {
        "log-group": state.groups,
        "destination": state.destinations,
        "delivery-source": state.sources,
        "delivery-destination": state.targets,
        "delivery": state.deliveries,
    }
    resource = collections.get(arn.kind, {}).get(arn.name)
    if resource is None:
        raise errors.not_there("resource")
    tags: dict[str, str] = resource.tags
    return tags


def _noticed(state: Logs, text: str, event: Event[Any, Any]) -> dict[str, str] | None:
    """The tags of what an ARN names, in a fold."""
    arn = directory.parsed(text)
    if arn is None:
        return None
    name = arn.name
    match arn.kind:
        case "log-group":
            return directory.noticed(state, name, event).tags
        case "destination":
            return known(state.destinations, name, event, lambda: Destination(name=name, arn=text)).tags
        case "delivery-source":
            source = DeliverySource(name=name, arn=text, resource="", log_type="")
            return known(state.sources, name, event, lambda: source).tags
        case "delivery-destination":
            return known(state.targets, name, event, lambda: DeliveryDestination(name=name, arn=text)).tags
        case "delivery":
            return known(state.deliveries, name, event, lambda: Delivery(id=name, arn=text)).tags
        case _:
            return None


def _drop(tags: dict[str, str] | None, keys: list[str]) -> None:
    for key in keys:
        if tags is not None:
            tags.pop(key, None)
