"""Tags: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.ecs import api, errors
from backtrail_aws.ecs.state import Cluster, Containers, Definition, Running, Task, service

TAGS_MAX = 50


def plain(tags: list[api.Tag] | UnsetType) -> dict[str, str]:
    """Tags by key."""
    return {told(one.key, ""): told(one.value, "") for one in told(tags, [])}


def shown(tags: dict[str, str]) -> list[api.Tag]:
    """Tags as answers show them."""
    return [api.Tag(key=key, value=value) for key, value in tags.items()]


def check(tags: list[api.Tag] | UnsetType, held: dict[str, str] | None = None) -> None:
    """Refuse tags that cannot be."""
    made = plain(tags)
    if any(key.lower().startswith("aws:") or not 1 <= len(key) <= 128 for key in made):
        # evidence: guess
        raise errors.invalid("Invalid tag key.")
    if len({**(held or {}), **made}) > TAGS_MAX:
        # evidence: guess
        raise errors.invalid("Too many tags.")


def _find(state: Containers, arn: str) -> Cluster | Running | Task | Definition | None:
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    if arn.rpartition(":")[0].rpartition(":")[2].startswith("task-definition/"):
        family, _, revision = arn.rpartition("/")[2].partition(":")
        return state.definitions.get(f"{family}:{int(revision):08}") if revision.isdigit() else None
    if kind == "cluster":
        return state.clusters.get(rest)
    if kind == "task":
        return state.tasks.get(rest)
    return state.services.get(rest) if kind == "service" else None


def _required(state: Containers, call: Call[Any], arn: str) -> Cluster | Running | Task | Definition:
    found = _find(state, arn)
    if found is None:
        raise errors.no_resource()
    return found


@service.handle
def tag_resource(state: Containers, call: Call[api.TagResource]) -> None:
    """Tags are added, or get new values."""
    check(call.params.tags, _required(state, call, call.params.resource_arn).tags)


@service.project
def resource_tagged(state: Containers, event: Event[api.TagResource, None]) -> None:
    """The tags are there."""
    found = _find(state, event.params.resource_arn)
    if found is not None:
        found.tags |= plain(event.params.tags)


@service.handle
def untag_resource(state: Containers, call: Call[api.UntagResource]) -> None:
    """A key that is not there is no error."""
    _required(state, call, call.params.resource_arn)


@service.project
def resource_untagged(state: Containers, event: Event[api.UntagResource, None]) -> None:
    """The tags are gone."""
    found = _find(state, event.params.resource_arn)
    if found is not None:
        for key in event.params.tag_keys:
            found.tags.pop(key, None)


@service.read
def list_tags_for_resource(
    state: Containers, call: Call[api.ListTagsForResource]
) -> api.ListTagsForResourceResult:
    """All tags of a resource."""
    return api.ListTagsForResourceResult(tags=shown(_required(state, call, call.params.resource_arn).tags))
