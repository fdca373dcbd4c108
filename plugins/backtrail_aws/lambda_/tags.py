"""Tags of functions, event source mappings and code signing configurations.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from backtrail import Call, Event
from backtrail_aws.lambda_ import directory, errors, limits, names
from backtrail_aws.lambda_.api import ListTags, ListTagsResult, TagResource, UntagResource
from backtrail_aws.lambda_.state import Functions, service

_MAPPING = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:event-source-mapping:([\w-]+)")
_SIGNING = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:code-signing-config:[\w-]+")


@service.handle
def tag_resource(state: Functions, call: Call[TagResource]) -> None:
    """Refuse tags that break their rules."""
    check(call.params.tags, _of(state, call, call.params.resource))


@service.project
def resource_tagged(state: Functions, event: Event[TagResource, None]) -> None:
    """The resource has the tags; equal keys take the new value."""
    tags = _noticed(state, event, event.params.resource)
    if tags is not None:
        tags.update(event.params.tags)


@service.handle
def untag_resource(state: Functions, call: Call[UntagResource]) -> None:
    """Keys that are not there are no error."""
    _of(state, call, call.params.resource)


@service.project
def resource_untagged(state: Functions, event: Event[UntagResource, None]) -> None:
    """The resource has lost the tags."""
    tags = _noticed(state, event, event.params.resource)
    for key in event.params.tag_keys if tags is not None else ():
        tags.pop(key, None) if tags is not None else None


@service.read
def list_tags(state: Functions, call: Call[ListTags]) -> ListTagsResult:
    """A resource's tags."""
    return ListTagsResult(tags=dict(_of(state, call, call.params.resource)))


def check(given: Mapping[str, str], old: Mapping[str, str]) -> None:
    """Refuse tags that AWS would refuse for a resource that has the `old` ones."""
    for key, value in given.items():
        # evidence: limits of the page above; words: guess
        if not 1 <= len(key) <= limits.TAG_KEY_MAX:
            raise errors.invalid(f"Tag keys must be between 1 and {limits.TAG_KEY_MAX} characters in length.")
        if len(value) > limits.TAG_VALUE_MAX:
            # evidence: model; words: guess
            raise errors.invalid(f"Tag values must be at most {limits.TAG_VALUE_MAX} characters in length.")
        if key.lower().startswith("aws:"):
            # evidence: model; words: guess
            raise errors.invalid("System tags cannot be added/updated/removed by requester.")
    if len({*given, *old}) > limits.TAGS_MAX:
        # evidence: model; words: guess
        raise errors.invalid(f"A resource may have at most {limits.TAGS_MAX} tags.")


def _of(state: Functions, call: Call[Any], resource: str) -> dict[str, str]:
    """The tags of the resource that an ARN names."""
    mapping = _MAPPING.fullmatch(resource)
    if mapping is not None:
        found = state.mappings.get(mapping.group(1))
        if found is None:
            raise errors.no_resource()
        return found.tags
    if _SIGNING.fullmatch(resource):
        if resource not in state.signing:
            raise errors.no_signing_config(resource)
        return state.signing_tags.get(resource, {})
    named = names.function(resource)
    if named.qualifier:
        # evidence: https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html; words: guess
        raise errors.invalid(
            "Tags on function aliases and versions are not supported. Please specify either a function ARN, event "
            "source mapping ARN or code signing configuration ARN."
        )
    return directory.find(state, call, named).tags


def _noticed(state: Functions, event: Event[Any, Any], resource: str) -> dict[str, str] | None:
    mapping = _MAPPING.fullmatch(resource)
    if mapping is not None:
        found = state.mappings.get(mapping.group(1))
        return found.tags if found is not None else None
    if _SIGNING.fullmatch(resource):
        return state.signing_tags.setdefault(resource, {})
    return directory.noticed_as(state, event, names.function(resource)).tags
