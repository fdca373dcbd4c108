"""Tags: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/add-remove-tags.html"""

from __future__ import annotations

from collections.abc import Mapping

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.elb import api, errors, limits, names
from backtrail_aws.elb.state import ClassicLoadBalancers, service


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
            raise errors.invalid(f"Invalid tag key: {key}")
    if len({**(old or {}), **made}) > limits.TAGS_MAX:
        raise errors.too_many("TooManyTags", "tags")
    return made


def _one(given: list[str]) -> str:
    """The one load balancer that tags are set of (API_AddTags: "You can specify one load balancer only")."""
    if len(given) != 1:
        # evidence: page API_AddTags; words: guess
        raise errors.invalid("You can specify one load balancer only")
    return given[0]


@service.handle
def add_tags(state: ClassicLoadBalancers, call: Call[api.AddTags]) -> None:
    """Tags are added, or get new values."""
    held = names.balancer(state, _one(call.params.load_balancer_names))
    check(call.params.tags, held.tags)


@service.project
def tags_added(state: ClassicLoadBalancers, event: Event[api.AddTags, None]) -> None:
    """The tags are there."""
    for name in event.params.load_balancer_names:
        names.inferred(state, event, name).tags |= plain(event.params.tags)


@service.handle
def remove_tags(state: ClassicLoadBalancers, call: Call[api.RemoveTags]) -> None:
    """A key that is not there is no error."""
    names.balancer(state, _one(call.params.load_balancer_names))


@service.project
def tags_removed(state: ClassicLoadBalancers, event: Event[api.RemoveTags, None]) -> None:
    """The tags are gone."""
    for name in event.params.load_balancer_names:
        held = names.inferred(state, event, name)
        for one in event.params.tags:
            held.tags.pop(told(one.key, ""), None)


@service.read
def describe_tags(state: ClassicLoadBalancers, call: Call[api.DescribeTags]) -> api.DescribeTagsResult:
    """All tags of up to twenty load balancers."""
    return api.DescribeTagsResult(
        tag_descriptions=[
            api.TagDescription(
                load_balancer_name=name,
                tags=[
                    api.Tag(key=key, value=value) for key, value in names.balancer(state, name).tags.items()
                ],
            )
            for name in call.params.load_balancer_names
        ]
    )
