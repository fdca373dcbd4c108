"""Tags, of all that has an ARN: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, SortedMap, UnsetType, told
from backtrail_aws.rds import api, errors, limits, names
from backtrail_aws.rds.state import (
    Cluster,
    ClusterSnapshot,
    Databases,
    GlobalCluster,
    Held,
    Instance,
    OptionGroup,
    ParameterGroup,
    SecurityGroup,
    Snapshot,
    SubnetGroup,
    service,
)

KINDS: dict[str, tuple[str, type[Held], Any]] = {
    "db": ("instances", Instance, errors.no_instance),
    "cluster": ("clusters", Cluster, errors.no_cluster),
    "snapshot": ("snapshots", Snapshot, errors.no_snapshot),
    "cluster-snapshot": ("cluster_snapshots", ClusterSnapshot, errors.no_cluster_snapshot),
    "pg": ("parameter_groups", ParameterGroup, errors.no_parameter_group),
    "cluster-pg": ("cluster_parameter_groups", ParameterGroup, errors.no_parameter_group),
    "subgrp": ("subnet_groups", SubnetGroup, errors.no_subnet_group),
    "og": ("option_groups", OptionGroup, errors.no_option_group),
    "secgrp": ("security_groups", SecurityGroup, errors.no_security_group),
    "global-cluster": ("global_clusters", GlobalCluster, errors.no_global),
}
"""The kind in an ARN -> where the State keeps it, its type, and the refusal of one that is not there."""


def plain(tags: list[api.Tag] | UnsetType) -> dict[str, str]:
    """Tags by key."""
    return {names.text(one.key): names.text(one.value) for one in told(tags, [])}


def shown(tags: dict[str, str]) -> list[api.Tag]:
    """Tags as answers show them."""
    return [api.Tag(key=key, value=value) for key, value in tags.items()]


def check(tags: list[api.Tag] | UnsetType, held: dict[str, str] | None = None) -> None:
    """Refuse tags that cannot be: AWS's own keys, keys that are too long, too many."""
    made = plain(tags)
    for key, value in made.items():
        if key.lower().startswith("aws:") or not 1 <= len(key) <= 128 or len(value) > 256:
            # evidence: guess
            raise errors.value(f"Invalid tag key or value: {key}")
    if len({**(held or {}), **made}) > limits.TAGS_MAX:
        # evidence: guess
        raise errors.value(f"The number of tags exceeds the limit of {limits.TAGS_MAX}")


def _place(arn: str) -> tuple[str, type[Held], Any, str]:
    parts = arn.split(":", 6)
    kind, name = parts[5:] if len(parts) == 7 else ("", "")
    if kind not in KINDS or not name:
        # evidence: guess
        raise errors.value(f"Invalid resource name: {arn}")
    return (*KINDS[kind], name.lower())


def tagged(state: Databases, arn: str) -> Held:
    """What an ARN names. Raises `Refusal`."""
    attribute, _, refusal, name = _place(arn)
    found: Held | None = getattr(state, attribute).get(name)
    if found is None:
        raise refusal(name)
    return found


def _known(state: Databases, event: Event[Any, Any], arn: str) -> Held | None:
    parts = arn.split(":", 6)
    kind, name = parts[5:] if len(parts) == 7 else ("", "")
    if kind not in KINDS or not name:
        return None
    attribute, make, _ = KINDS[kind]
    collection: SortedMap[str, Held] = getattr(state, attribute)
    found = names.inferred(collection, event, name, kind, make)
    found.arn = arn
    return found


@service.handle
def add_tags_to_resource(state: Databases, call: Call[api.AddTagsToResource]) -> None:
    """Tags are added, or get new values."""
    check(call.params.tags, tagged(state, call.params.resource_name).tags)


@service.project
def tags_added(state: Databases, event: Event[api.AddTagsToResource, None]) -> None:
    """The tags are there."""
    held = _known(state, event, event.params.resource_name)
    if held is not None:
        held.tags |= plain(event.params.tags)


@service.handle
def remove_tags_from_resource(state: Databases, call: Call[api.RemoveTagsFromResource]) -> None:
    """A key that is not there is no error."""
    tagged(state, call.params.resource_name)


@service.project
def tags_removed(state: Databases, event: Event[api.RemoveTagsFromResource, None]) -> None:
    """The tags are gone."""
    held = _known(state, event, event.params.resource_name)
    if held is not None:
        for key in event.params.tag_keys:
            held.tags.pop(key, None)


@service.read
def list_tags_for_resource(
    state: Databases, call: Call[api.ListTagsForResource]
) -> api.ListTagsForResourceResult:
    """All tags of a resource."""
    return api.ListTagsForResourceResult(tag_list=shown(tagged(state, call.params.resource_name).tags))
