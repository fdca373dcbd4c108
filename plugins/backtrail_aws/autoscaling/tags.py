"""Tags of groups, which instances get at their launch where they are propagated.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-tagging.html
"""

from __future__ import annotations

from collections.abc import Callable

from backtrail import Call, Event, told
from backtrail_aws.autoscaling import api, errors, limits, names, pages
from backtrail_aws.autoscaling.state import Group, Scaling, Tag, service

TYPE = "auto-scaling-group"


def plain(given: list[api.Tag]) -> dict[str, Tag]:
    """Tags by key. They are propagated unless that is denied: API_Tag."""
    return {
        one.key: Tag(value=told(one.value, ""), propagate=told(one.propagate_at_launch, True))
        for one in given
    }


def check(given: list[api.Tag]) -> None:
    """Refuse keys of AWS's own, and too many."""
    for one in given:
        if one.key.startswith("aws:"):
            # evidence: page autoscaling-tagging.html; words: guess
            raise errors.invalid("Tag keys starting with 'aws:' are reserved for internal use")
    if len({one.key for one in given}) > limits.TAGS_MAX:
        raise errors.too_many("tags")


def shown(group: Group) -> list[api.TagDescription]:
    """A group's tags as answers have them."""
    return [
        api.TagDescription(
            resource_id=group.name, resource_type=TYPE, key=key, value=tag.value,
            propagate_at_launch=tag.propagate,
        )
        for key, tag in sorted(group.tags.items())
    ]  # fmt: skip


def _group(state: Scaling, tag: api.Tag) -> Group:
    if told(tag.resource_type, TYPE) != TYPE:
        # evidence: page API_Tag (ResourceType); words: guess
        raise errors.invalid(
            f"Invalid resource type: {tag.resource_type}. The only supported value is {TYPE}."
        )
    name = told(tag.resource_id, "")
    group = state.groups.get(name)
    if group is None:
        # evidence: issue cloud-custodian/cloud-custodian 380
        raise errors.invalid(f"AutoScalingGroup not found - AutoScaling Group {name} not found")
    return group


@service.handle
def create_or_update_tags(state: Scaling, call: Call[api.CreateOrUpdateTags]) -> None:
    """Tags of groups that are there."""
    check(call.params.tags)
    for tag in call.params.tags:
        group = _group(state, tag)
        mine = {one.key for one in call.params.tags if one.resource_id == group.name}
        if len({*group.tags, *mine}) > limits.TAGS_MAX:
            raise errors.too_many("tags")


@service.project
def tags_put(state: Scaling, event: Event[api.CreateOrUpdateTags, None]) -> None:
    """They have them; instances that are there do not get them."""
    for tag in event.params.tags:
        if isinstance(tag.resource_id, str) and tag.resource_id:
            names.inferred(state, event, tag.resource_id).tags |= plain([tag])


@service.handle
def delete_tags(state: Scaling, call: Call[api.DeleteTags]) -> None:
    """Tags of groups that are there."""
    for tag in call.params.tags:
        _group(state, tag)


@service.project
def tags_deleted(state: Scaling, event: Event[api.DeleteTags, None]) -> None:
    """They are gone; one whose value is given, only if it has it."""
    for tag in event.params.tags:
        group = state.groups.get(told(tag.resource_id, ""))
        held = group.tags.get(tag.key) if group is not None else None
        if group is not None and held is not None and told(tag.value, held.value) in ("", held.value):
            del group.tags[tag.key]


_FIELDS: dict[str, Callable[[api.TagDescription], str]] = {
    "auto-scaling-group": lambda one: told(one.resource_id, ""),
    "key": lambda one: told(one.key, ""),
    "value": lambda one: told(one.value, ""),
    "propagate-at-launch": lambda one: str(told(one.propagate_at_launch, False)).lower(),
}


@service.read
def describe_tags(state: Scaling, call: Call[api.DescribeTags]) -> api.DescribeTagsResult:
    """The tags of all groups, filtered."""
    wanted: list[tuple[str, list[str]]] = []
    for one in told(call.params.filters, []):
        name = told(one.name, "")
        if name not in _FIELDS:
            # evidence: guess
            raise errors.invalid(
                f"Filter type {name} is not correct. Allowed Filter types are: {sorted(_FIELDS)}"
            )
        wanted.append((name, told(one.values, [])))

    def keep(tag: api.TagDescription) -> bool:
        return all(_FIELDS[name](tag) in values for name, values in wanted)

    held = {f"{group.name}\0{tag.key}": tag for group in state.groups.values() for tag in shown(group)}
    found, token = pages.paged(call.params, held, keep)
    return api.DescribeTagsResult(tags=found, next_token=token)


def fits(group: Group, name: str, values: list[str]) -> bool:
    """Whether a group fits a filter of DescribeAutoScalingGroups: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Filter.html"""
    if name == "tag-key":
        return any(key in values for key in group.tags)
    if name == "tag-value":
        return any(tag.value in values for tag in group.tags.values())
    if name.startswith("tag:"):
        held = group.tags.get(name.removeprefix("tag:"))
        return held is not None and held.value in values
    # evidence: guess
    raise errors.invalid(
        f"Filter type {name} is not correct. Allowed Filter types are: tag:<key>, tag-key, tag-value"
    )
