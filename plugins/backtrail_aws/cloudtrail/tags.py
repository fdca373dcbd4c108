"""Tags of trails.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.cloudtrail import api, errors, limits, names
from backtrail_aws.cloudtrail.api import AddTags, ListTags, ListTagsResult, RemoveTags
from backtrail_aws.cloudtrail.state import CloudTrail, Trail, service

_CHARACTERS = re.compile(r"[\w\s_.:/=+\-@]*")


def check(given: Sequence[api.Tag]) -> None:
    """Refuse tags that break a rule."""
    keys = [told(tag.key, "") for tag in given]
    if len(set(keys)) != len(keys):
        # evidence: model; words: guess
        raise errors.bad_tag("Duplicate tag keys are not allowed.")
    for tag in given:
        key, value = told(tag.key, ""), told(tag.value, "")
        if not 1 <= len(key) <= limits.TAG_KEY_MAX or len(value) > limits.TAG_VALUE_MAX:
            # evidence: API_Tag; words: guess
            raise errors.bad_tag(f"The tag key {key} or its value is too long, or the key is empty.")
        if (
            key.lower().startswith("aws:")
            or not _CHARACTERS.fullmatch(key)
            or not _CHARACTERS.fullmatch(value)
        ):
            # evidence: API_Tag; words: guess
            raise errors.bad_tag(f"The tag key {key} or its value is not valid.")


def plain(given: Sequence[api.Tag]) -> dict[str, str]:
    """Tags by key."""
    return {tag.key: told(tag.value, "") for tag in given if isinstance(tag.key, str)}


@service.handle(at=names.owner)
def add_tags(state: CloudTrail, call: Call[AddTags]) -> None:
    """Tags are added, or changed."""
    trail = _taggable(state, call, call.params.resource_id)
    given = told(call.params.tags_list, [])
    check(given)
    if len(trail.tags | plain(given)) > limits.TAGS_MAX:
        raise errors.too_many_tags(trail.arn, limits.TAGS_MAX)


@service.project(at=names.owner)
def tags_added(state: CloudTrail, event: Event[AddTags, None]) -> None:
    """The trail has them."""
    trail = names.at(state, event, event.params.resource_id)
    if trail is not None:
        trail.tags.update(plain(told(event.params.tags_list, [])))


@service.handle(at=names.owner)
def remove_tags(state: CloudTrail, call: Call[RemoveTags]) -> None:
    """Tags are taken off; those that are not there are no error."""
    _taggable(state, call, call.params.resource_id)


@service.project(at=names.owner)
def tags_removed(state: CloudTrail, event: Event[RemoveTags, None]) -> None:
    """The trail has them no more."""
    trail = names.at(state, event, event.params.resource_id)
    if trail is not None:
        for tag in told(event.params.tags_list, []):
            trail.tags.pop(told(tag.key, ""), None)


@service.read
def list_tags(state: CloudTrail, call: Call[ListTags]) -> ListTagsResult:
    """The tags of the trails that are named by their ARNs."""
    wanted = told(call.params.resource_id_list, [])
    if not 1 <= len(wanted) <= limits.DESCRIBED_MAX:
        # evidence: API_ListTags; words: guess
        raise errors.bad_parameter(f"ResourceIdList must have 1 to {limits.DESCRIBED_MAX} ARNs.")
    found = [_taggable(state, call, arn) for arn in wanted]
    return ListTagsResult(
        resource_tag_list=[
            api.ResourceTag(
                resource_id=trail.arn,
                tags_list=[api.Tag(key=key, value=value or UNSET) for key, value in trail.tags.items()],
            )
            for trail in found
        ]
    )


def _taggable(state: CloudTrail, call: Call[Any], arn: str | UnsetType) -> Trail:
    wanted = told(arn, "")
    if ":cloudtrail:" not in wanted:
        # evidence: model; words: guess
        raise errors.bad_arn(f"{wanted} is not a valid trail ARN.")
    if ":trail/" not in wanted:
        raise errors.untaggable(wanted)
    trail = state.trails.get(wanted)
    if trail is None:
        raise errors.no_resource(wanted)
    return trail
