"""Tags: case-insensitive, case-preserving keys, at most fifty a resource.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backtrail import UNSET, UnsetType
from backtrail_aws.iam import api, errors, limits
from backtrail_aws.iam.listing import Ends, Paged, ends, named
from backtrail_aws.iam.names import AnyCall
from backtrail_aws.iam.state import Thing


def check_new(call: AnyCall, given: Sequence[api.Tag] | UnsetType) -> None:
    """Whether these can be the tags of a new resource. Raises `Refusal`."""
    if given is not UNSET:
        _check(call, {}, given)


def check_more(call: AnyCall, thing: Thing, given: Sequence[api.Tag]) -> None:
    """Whether these can be put on a resource beside the tags it has. Raises `Refusal`."""
    _check(call, thing.tags, given)


def put(thing: Thing, given: Iterable[api.Tag] | UnsetType) -> None:
    """Put tags on a resource: one with the key in other letters is replaced."""
    if given is UNSET:
        return
    for tag in given:
        remove(thing, [tag.key])
        thing.tags[tag.key] = tag.value


def remove(thing: Thing, keys: Iterable[str]) -> None:
    """Take tags off a resource; what is not there is left as it is."""
    gone = {key.lower() for key in keys}
    for key in [key for key in thing.tags if key.lower() in gone]:
        del thing.tags[key]


def of(given: Iterable[api.Tag] | UnsetType) -> dict[str, str]:
    """Tags as a state keeps them."""
    return {} if given is UNSET else {tag.key: tag.value for tag in given}


def shown(thing: Thing) -> list[api.Tag] | UnsetType:
    """A resource's tags as an answer shows them, sorted by key: left out where there are none."""
    return [api.Tag(key=key, value=thing.tags[key]) for key in sorted(thing.tags)] or UNSET


def echoed(given: list[api.Tag] | UnsetType) -> list[api.Tag] | UnsetType:
    """The tags of a create as its answer repeats them: left out where there are none."""
    return given or UNSET


def page_of(thing: Thing, params: Paged) -> tuple[list[api.Tag], Ends]:
    """One page of a resource's tags."""
    page = named(sorted(thing.tags), params)
    return [api.Tag(key=key, value=thing.tags[key]) for key in page.items], ends(page)


def _check(call: AnyCall, held: dict[str, str], given: Sequence[api.Tag]) -> None:
    keys = [tag.key.lower() for tag in given]
    if len(set(keys)) < len(keys):
        raise errors.duplicate_tags()
    if any(key.startswith("aws:") for key in keys):
        raise errors.reserved_tag()
    limit = call.quota("TagsPerResource", limits.QUOTAS["TagsPerResource"])
    if len({*keys, *(key.lower() for key in held)}) > limit:
        raise errors.too_many_tags(limit)
