"""Tags of alarms, dashboards, rules and streams, by their ARNs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event
from backtrail_aws.cloudwatch import api, errors, limits
from backtrail_aws.cloudwatch.dashboards import home
from backtrail_aws.cloudwatch.state import Alarm, CloudWatch, Dashboard, Rule, Stream, service

_Tagging = api.TagResource | api.UntagResource | api.ListTagsForResource


def place(call: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """Where a resource is kept: dashboards have one place for all regions."""
    params: _Tagging = call.params
    return home(call) if ":dashboard/" in params.resource_arn else (call.account, call.region)


def find(state: CloudWatch, arn: str) -> Alarm | Dashboard | Rule | Stream | None:
    """What an ARN names; None for nothing that is there."""
    parts = arn.split(":", 6)
    if len(parts) == 7 and parts[5] == "alarm":
        return state.alarms.get(parts[6])
    kind, _, name = arn.split(":", 5)[-1].partition("/")
    if kind == "dashboard":
        return state.dashboards.get(name)
    if kind == "insight-rule":
        return state.rules.get(name)
    return state.streams.get(name) if kind == "metric-stream" else None


def _existing(state: CloudWatch, arn: str) -> Alarm | Dashboard | Rule | Stream:
    found = find(state, arn)
    if found is None:
        raise errors.no_resource(arn)
    return found


@service.handle(at=place)
def tag_resource(state: CloudWatch, call: Call[api.TagResource]) -> None:
    """Refuse one tag too many, and what is not there."""
    held = _existing(state, call.params.resource_arn).tags
    if len({*held, *(one.key for one in call.params.tags)}) > limits.TAGS_MAX:
        # evidence: limits.py; words: guess
        raise errors.value(f"A resource can have at most {limits.TAGS_MAX} tags.")


@service.project(at=place)
def resource_tagged(state: CloudWatch, event: Event[api.TagResource, None]) -> None:
    """The tags are there."""
    found = find(state, event.params.resource_arn)
    if found is not None:
        found.tags |= {one.key: one.value for one in event.params.tags}


@service.handle(at=place)
def untag_resource(state: CloudWatch, call: Call[api.UntagResource]) -> None:
    """Refuse what is not there."""
    _existing(state, call.params.resource_arn)


@service.project(at=place)
def resource_untagged(state: CloudWatch, event: Event[api.UntagResource, None]) -> None:
    """The tags are gone."""
    found = find(state, event.params.resource_arn)
    if found is not None:
        found.tags = {name: value for name, value in found.tags.items() if name not in event.params.tag_keys}


@service.read(at=place)
def list_tags_for_resource(
    state: CloudWatch, call: Call[api.ListTagsForResource]
) -> api.ListTagsForResourceResult:
    """By key."""
    held = _existing(state, call.params.resource_arn).tags
    return api.ListTagsForResourceResult(tags=[api.Tag(key=key, value=held[key]) for key in sorted(held)])
