"""Tags of roots, units, accounts, policies and the organization's own policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Call, Event, UnsetType
from backtrail_aws.organizations import api, errors, limits, policies, tree
from backtrail_aws.organizations.listing import end, paged
from backtrail_aws.organizations.state import Organization, Organizations, service

Given = list[api.Tag] | UnsetType


def check(call: Call[Any], given: Given, held: Iterable[str] = ()) -> None:
    """Refuse tags twice, AWS's own, and more than there may be."""
    if isinstance(given, UnsetType):
        return
    keys = [tag.key for tag in given]
    if len(set(keys)) != len(keys):
        # evidence: model; words: guess
        raise errors.invalid("DUPLICATE_TAG_KEY", "You provided the same tag key more than once.")
    if any(key.lower().startswith("aws:") for key in keys):
        # evidence: model; words: guess
        raise errors.invalid(
            "INVALID_SYSTEM_TAGS_PARAMETER", "You can't add, edit, or delete tags that begin with aws:."
        )
    limit = call.quota("TagsPerResource", limits.QUOTAS["TagsPerResource"])
    if len({*held, *keys}) > limit:
        # evidence: model; words: guess
        raise errors.constraint("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed.")


def put(organization: Organization, resource: str, given: Given) -> None:
    """A resource has these tags, too."""
    if not isinstance(given, UnsetType) and given:
        organization.tags.setdefault(resource, {}).update({tag.key: tag.value for tag in given})


@service.handle
def tag_resource(state: Organizations, call: Call[api.TagResource]) -> None:
    """Put tags on a resource."""
    organization = tree.managed(state, call)
    _check(organization, call.params.resource_id)
    check(call, call.params.tags, organization.tags.get(call.params.resource_id, {}))


@service.project
def resource_tagged(state: Organizations, event: Event[api.TagResource, None]) -> None:
    """The resource has these tags, too."""
    organization = state.told_by(event)
    tree.known_target(state, organization, event.params.resource_id, event)
    put(organization, event.params.resource_id, event.params.tags)


@service.handle
def untag_resource(state: Organizations, call: Call[api.UntagResource]) -> None:
    """Take tags off a resource."""
    _check(tree.managed(state, call), call.params.resource_id)


@service.project
def resource_untagged(state: Organizations, event: Event[api.UntagResource, None]) -> None:
    """The resource has these tags no more."""
    held = state.told_by(event).tags.get(event.params.resource_id, {})
    for key in event.params.tag_keys:
        held.pop(key, None)


@service.read
def list_tags_for_resource(
    state: Organizations, call: Call[api.ListTagsForResource]
) -> api.ListTagsForResourceResult:
    """A resource's tags, in order of their keys."""
    organization = tree.seen(state, call)
    _check(organization, call.params.resource_id)
    held = organization.tags.get(call.params.resource_id, {})
    tags = {key: api.Tag(key=key, value=value) for key, value in held.items()}
    page = paged(tags, call.params.next_token, limits.QUOTAS["TagsPerResource"])
    return api.ListTagsForResourceResult(tags=page.items, next_token=end(page))


def _check(organization: Organization, resource: str) -> None:
    own = organization.resource_policy
    if (
        tree.is_there(organization, resource)
        or (own is not None and own.id == resource)
        or policies.find(organization, resource) is not None
    ):
        return
    raise errors.no_target()
