"""Tags of load balancers, target groups, listeners and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.elbv2 import api, errors, limits, names
from backtrail_aws.elbv2.state import Held, LoadBalancers, service


def plain(tags: list[api.Tag] | UnsetType) -> dict[str, str]:
    """Tags by key."""
    return {one.key: told(one.value, "") for one in told(tags, [])}


def check(given: list[api.Tag] | UnsetType, old: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags by key. Raises `Refusal` for those that cannot be: twice the same key, AWS's own, too many."""
    made = plain(given)
    if len(made) < len(told(given, [])):
        raise errors.repeated_key()
    for key, value in made.items():
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
            # evidence: page API_Tag (the rule); words: guess
            raise errors.invalid(f"The tag key '{key}' is not valid")
    if len({**(old or {}), **made}) > limits.TAGS_MAX:
        raise errors.too_many("TooManyTags", "tags")
    return made


def tagged(state: LoadBalancers, arn: str) -> Held:
    """What an ARN names. Raises `Refusal`."""
    if ":targetgroup/" in arn:
        return names.group(state, arn)
    if ":listener/" in arn:
        return names.listener(state, arn)
    if ":listener-rule/" in arn:
        return names.rule(state, arn)
    return names.balancer(state, arn)


def _known(state: LoadBalancers, event: Event[Any, Any], arn: str) -> Held | None:
    if ":targetgroup/" in arn:
        return names.known_group(state, event, arn)
    if ":listener/" in arn:
        return names.known_listener(state, event, arn)
    if ":listener-rule/" in arn:
        return names.known_rule(state, event, arn)
    return names.known_balancer(state, event, arn) if ":loadbalancer/" in arn else None


@service.handle
def add_tags(state: LoadBalancers, call: Call[api.AddTags]) -> None:
    """Tags are added, or get new values, on each of some resources."""
    for arn in call.params.resource_arns:
        check(call.params.tags, tagged(state, arn).tags)


@service.project
def tags_added(state: LoadBalancers, event: Event[api.AddTags, None]) -> None:
    """The tags are there."""
    for arn in event.params.resource_arns:
        held = _known(state, event, arn)
        if held is not None:
            held.tags |= plain(event.params.tags)


@service.handle
def remove_tags(state: LoadBalancers, call: Call[api.RemoveTags]) -> None:
    """A key that is not there is no error."""
    for arn in call.params.resource_arns:
        tagged(state, arn)


@service.project
def tags_removed(state: LoadBalancers, event: Event[api.RemoveTags, None]) -> None:
    """The tags are gone."""
    for arn in event.params.resource_arns:
        held = _known(state, event, arn)
        for key in event.params.tag_keys if held is not None else ():
            held.tags.pop(key, None)  # type: ignore[union-attr]


@service.read
def describe_tags(state: LoadBalancers, call: Call[api.DescribeTags]) -> api.DescribeTagsResult:
    """All tags of up to twenty resources."""
    arns = call.params.resource_arns
    if len(arns) > limits.DESCRIBE_TAGS_MAX:
        # evidence: page API_DescribeTags (ResourceArns); words: guess
        raise errors.invalid(
            f"The maximum number of resources that can be described is '{limits.DESCRIBE_TAGS_MAX}'"
        )
    return api.DescribeTagsResult(
        tag_descriptions=[
            api.TagDescription(
                resource_arn=arn,
                tags=[api.Tag(key=key, value=value) for key, value in tagged(state, arn).tags.items()],
            )
            for arn in arns
        ]
    )
