"""Tags of keys: https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backtrail import UNSET, Answer, Call, Event, told
from backtrail_aws.kms import api, errors, limits, names, paging
from backtrail_aws.kms.state import Kms, service


@service.handle(at=names.by_key)
def tag_resource(state: Kms, call: Call[api.TagResource]) -> Answer[None]:
    """Tags of a key that is not to be deleted."""
    key = names.living(names.customers(state, call, call.params.key_id))
    check(call.params.tags, key.tags)
    return Answer(None)


@service.project(at=names.by_key)
def resource_tagged(state: Kms, event: Event[api.TagResource, None]) -> None:
    """The key has the tags; equal keys take the new value."""
    state.known(event, event.params.key_id).tags.update(plain(event.params.tags))


@service.handle(at=names.by_key)
def untag_resource(state: Kms, call: Call[api.UntagResource]) -> None:
    """Keys that are not there are no error."""
    names.living(names.customers(state, call, call.params.key_id))


@service.project(at=names.by_key)
def resource_untagged(state: Kms, event: Event[api.UntagResource, None]) -> None:
    """The key has lost the tags."""
    key = state.known(event, event.params.key_id)
    for name in event.params.tag_keys:
        key.tags.pop(name, None)


@service.read(at=names.by_key)
def list_resource_tags(state: Kms, call: Call[api.ListResourceTags]) -> api.ListResourceTagsResult:
    """The tags of a key."""
    key = names.by_id(state, call, call.params.key_id)
    listed = {name: api.Tag(tag_key=name, tag_value=value) for name, value in key.tags.items()}
    found = paging.cut(listed, call.params.marker, call.params.limit, limits.TAGS_PAGE_DEFAULT)
    return api.ListResourceTagsResult(
        tags=found.items, next_marker=found.next or UNSET, truncated=found.next is not None
    )


def plain(tags: Sequence[api.Tag]) -> dict[str, str]:
    """Tags as a map."""
    return {told(tag.tag_key, ""): told(tag.tag_value, "") for tag in tags}


def check(given: Sequence[api.Tag], old: Mapping[str, str]) -> None:
    """Refuse tags that AWS would refuse, for a key that has the `old` ones. Raises `Refusal`."""
    made = plain(given)
    if len(made) < len(given):
        # evidence: guess
        raise errors.tags("Duplicate tag keys")
    if any(name.lower().startswith("aws:") for name in made):
        # evidence: page API_Tag; words: guess
        raise errors.tags("Tag keys cannot begin with aws:")
    if len({**old, **made}) > limits.TAGS_MAX:
        raise errors.too_many("Too many tags")
