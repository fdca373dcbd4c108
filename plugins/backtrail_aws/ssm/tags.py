"""Tags of parameters, documents, windows, baselines and instances.

https://docs.aws.amazon.com/systems-manager/latest/userguide/tagging-resources.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backtrail import Call, Event, Refusal, told
from backtrail_aws.ssm import api, errors, limits, names
from backtrail_aws.ssm.state import Ssm, service

_OTHERS = ("OpsItem", "OpsMetadata", "Automation", "Association")


def find(state: Ssm, kind: str, identifier: str) -> dict[str, str] | None:
    """The tags of a resource; None where there is none. What nobody here keeps has none."""
    held: Any = None
    if kind == "Parameter":
        held = names.find(state, identifier)
    elif kind == "Document":
        held = state.documents.get(identifier)
    elif kind == "MaintenanceWindow":
        held = state.windows.get(identifier)
    elif kind == "PatchBaseline":
        held = state.baselines.get(identifier.rpartition("/")[2])
    elif kind == "ManagedInstance":
        held = state.instances.get(identifier)
    elif kind in _OTHERS:
        return state.other_tags.get(f"{kind}/{identifier}")
    else:
        # evidence: model; words: guess
        raise Refusal("InvalidResourceType", f"{kind} is not a valid resource type.")
    return held.tags if held is not None else None


def required(state: Ssm, kind: str, identifier: str) -> dict[str, str]:
    """The tags of a resource. Raises `Refusal`."""
    found = find(state, kind, identifier)
    if found is None:
        raise errors.no_resource(identifier)
    return found


def _known(state: Ssm, event: Event[Any, Any], kind: str, identifier: str) -> dict[str, str]:
    """In a fold: the tags of what a record names, inferred where no record made it."""
    makes: dict[str, Any] = {
        "Parameter": state.parameter,
        "Document": state.document,
        "MaintenanceWindow": state.window,
        "PatchBaseline": state.baseline,
        "ManagedInstance": state.instance,
    }
    if kind not in makes:
        return state.other_tags.setdefault(f"{kind}/{identifier}", {})
    if kind == "PatchBaseline":
        identifier = identifier.rpartition("/")[2]
    held = names.find(state, identifier) if kind == "Parameter" else None
    tags: dict[str, str] = held.tags if held is not None else makes[kind](event, identifier).tags
    return tags


@service.handle
def add_tags_to_resource(state: Ssm, call: Call[api.AddTagsToResource]) -> None:
    """Refuse tags that break their rules."""
    params = call.params
    check(params.tags, required(state, params.resource_type, params.resource_id))


@service.project
def tags_added_to_resource(state: Ssm, event: Event[api.AddTagsToResource, None]) -> None:
    """The resource has the tags; equal keys take the new value."""
    params = event.params
    _known(state, event, params.resource_type, params.resource_id).update(plain(params.tags))


@service.handle
def remove_tags_from_resource(state: Ssm, call: Call[api.RemoveTagsFromResource]) -> None:
    """Keys that are not there are no error."""
    required(state, call.params.resource_type, call.params.resource_id)


@service.project
def tags_removed_from_resource(state: Ssm, event: Event[api.RemoveTagsFromResource, None]) -> None:
    """The resource has lost the tags."""
    held = _known(state, event, event.params.resource_type, event.params.resource_id)
    for key in event.params.tag_keys:
        held.pop(key, None)


@service.read
def list_tags_for_resource(state: Ssm, call: Call[api.ListTagsForResource]) -> api.ListTagsForResourceResult:
    """The tags, by key."""
    held = required(state, call.params.resource_type, call.params.resource_id)
    return api.ListTagsForResourceResult(tag_list=shown(held))


def shown(tags: Mapping[str, str]) -> list[api.Tag]:
    """Tags as answers have them."""
    return [api.Tag(key=key, value=tags[key]) for key in sorted(tags)]


def plain(tags: Sequence[api.Tag]) -> dict[str, str]:
    """Tags as a map."""
    return {told(tag.key, ""): told(tag.value, "") for tag in tags}


def check(given: Sequence[api.Tag], old: Mapping[str, str]) -> None:
    """Refuse tags that AWS would refuse, for a resource that has the `old` ones. Raises `Refusal`."""
    made = plain(given)
    for key, value in made.items():
        if (
            not 1 <= len(key) <= limits.TAG_KEY_MAX
            or len(value) > limits.TAG_VALUE_MAX
            or key.lower().startswith("aws:")
        ):
            # evidence: API_Tag (the rule); words: guess
            raise errors.validation(f"The tag {key} is not valid.")
    if len({**old, **made}) > limits.TAGS_MAX:
        # evidence: model; words: guess
        raise Refusal(
            "TooManyTagsError",
            f"The number of tags exceeds the maximum of {limits.TAGS_MAX} for the resource.",
        )
