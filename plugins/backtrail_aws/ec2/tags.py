"""Tags of every kind of resource: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from backtrail import UNSET, BadToken, Call, Event, UnsetType, told
from backtrail.paging import decode_token, encode_token
from backtrail_aws.ec2 import errors, kinds, limits
from backtrail_aws.ec2.api import (
    CreateTags,
    DeleteTags,
    DescribeTags,
    DescribeTagsResult,
    Tag,
    TagDescription,
    TagSpecification,
)
from backtrail_aws.ec2.filters import Fields, Value, matching, size
from backtrail_aws.ec2.held import Held
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service

Specifications = Sequence[TagSpecification] | UnsetType


# for the actions that make resources


def check_new(specifications: Specifications, *allowed: str) -> None:
    """Refuse tag specifications of other kinds than those that the action makes, and tags that break their rules."""
    for one in told(specifications, []):
        kind = told(one.resource_type, "")
        if kind not in allowed:
            raise errors.not_taggable(kind)
        check(told(one.tags, []), {})


def given(specifications: Specifications, kind: str) -> dict[str, str]:
    """The tags that specifications have for a kind of resource."""
    found: dict[str, str] = {}
    for one in told(specifications, []):
        if one.resource_type == kind:
            found.update(plain(told(one.tags, [])))
    return found


def plain(tags: Iterable[Tag]) -> dict[str, str]:
    """Tags as a map; one without a value has an empty one."""
    return {told(tag.key, ""): told(tag.value, "") for tag in tags}


def shown(tags: Mapping[str, str]) -> list[Tag]:
    """Tags as answers show them."""
    return [Tag(key=key, value=value) for key, value in tags.items()]


def check(tags: Sequence[Tag], old: Mapping[str, str]) -> None:
    """Refuse tags that EC2 would refuse, for a resource that has the `old` ones. Raises `Refusal`."""
    seen: set[str] = set()
    for tag in tags:
        key, value = told(tag.key, ""), told(tag.value, "")
        if not key:
            raise errors.missing("Key")
        if key in seen:
            raise errors.repeated_tag(key)
        seen.add(key)
        if key.lower().startswith("aws:"):
            raise errors.reserved_tag(key)
        if len(key) > limits.TAG_KEY_MAX:
            raise errors.long_tag("key", limits.TAG_KEY_MAX)
        if len(value) > limits.TAG_VALUE_MAX:
            raise errors.long_tag("value", limits.TAG_VALUE_MAX)
    if sum(not key.startswith("aws:") for key in {**old, **plain(tags)}) > limits.TAGS_MAX:
        raise errors.too_many_tags()


# the actions


@service.handle
def create_tags(state: Ec2, call: Call[CreateTags]) -> None:
    """Refuse what is not there, and tags that break their rules."""
    tags = told(call.params.tags, [])
    if not tags:
        raise errors.missing("Tag")
    for held in _named(state, call.params.resources):
        check(tags, held.tags)


@service.project
def tags_created(state: Ec2, event: Event[CreateTags, None]) -> None:
    """The resources have the tags; equal keys take the new value."""
    made = plain(told(event.params.tags, []))
    for identifier in told(event.params.resources, []):
        kind = kinds.of_id(identifier)
        if kind is not None:
            kind.known(state, event, identifier).tags.update(made)


@service.handle
def delete_tags(state: Ec2, call: Call[DeleteTags]) -> None:
    """Tags that are not there are no error."""
    for tag in told(call.params.tags, []):
        if told(tag.key, "").lower().startswith("aws:"):
            raise errors.reserved_tag(told(tag.key, ""))
    _named(state, call.params.resources)


@service.project
def tags_deleted(state: Ec2, event: Event[DeleteTags, None]) -> None:
    """The resources have lost the tags: where a value is given, only those of that value; without tags, all."""
    for identifier in told(event.params.resources, []):
        kind = kinds.of_id(identifier)
        held = kind.get(state, identifier) if kind is not None else None
        if held is None:
            continue
        if isinstance(event.params.tags, UnsetType):
            held.tags = {key: value for key, value in held.tags.items() if key.startswith("aws:")}
            continue
        for tag in event.params.tags:
            key = told(tag.key, "")
            if isinstance(tag.value, UnsetType) or held.tags.get(key) == tag.value:
                held.tags.pop(key, None)


def _named(state: Ec2, identifiers: Sequence[str] | UnsetType) -> list[Held]:
    """The resources of ids of any kind. Raises `Refusal`."""
    found: list[Held] = []
    for identifier in told(identifiers, []):
        kind = kinds.of_id(identifier)
        if kind is None:
            raise errors.bad_id(identifier)
        found.append(kind.find(state, identifier))
    return found


class _Listed(msgspec.Struct, frozen=True):
    """One tag, and where it is."""

    kind: str
    id: str
    key: str
    value: str

    @property
    def token(self) -> str:
        """Where a page ended."""
        return f"{self.kind}/{self.id}/{self.key}"


_FIELDS: Fields[_Listed] = {
    "key": lambda tag: tag.key,
    "resource-id": lambda tag: tag.id,
    "resource-type": lambda tag: tag.kind,
    "value": lambda tag: tag.value,
}


@service.read
def describe_tags(state: Ec2, call: Call[DescribeTags]) -> DescribeTagsResult:
    """Tags of all resources, by kind and id."""
    keep = matching(call.params.filters, _FIELDS, _by_key)
    token = told(call.params.next_token, "")
    limit = size(call, 1 << 30)
    found: list[_Listed] = []
    for tag in _walk(state, _start(token) if token else None):
        if keep is not None and not keep(tag):
            continue
        if len(found) == limit:
            return DescribeTagsResult(tags=_answered(found), next_token=encode_token(found[-1].token))
        found.append(tag)
    return DescribeTagsResult(tags=_answered(found))


def _by_key(name: str) -> Callable[[_Listed], Value] | None:
    key = name[4:]

    def look(tag: _Listed) -> Value:
        return tag.value if tag.key == key else UNSET

    return look if name.startswith("tag:") else None


def _start(token: str) -> tuple[str, str, str]:
    try:
        kind, identifier, key = decode_token(token).split("/", 2)
    except (BadToken, ValueError) as error:
        raise errors.bad_token() from error
    return kind, identifier, key


def _walk(state: Ec2, after: tuple[str, str, str] | None) -> Iterator[_Listed]:
    """Every tag in order, from where a page ended: O(log n) to find."""
    for name in sorted(kinds.KINDS):
        if after is None or name > after[0]:
            yield from _of_kind(kinds.KINDS[name], state, ("", ""))
        elif name == after[0]:
            yield from _of_kind(kinds.KINDS[name], state, after[1:])


def _of_kind(kind: Kind[Held], state: Ec2, after: tuple[str, str]) -> Iterator[_Listed]:
    for identifier, held in kind.all(state).items_from(after[0]):
        for key in sorted(held.tags):
            if (identifier, key) > after:
                yield _Listed(kind.name, identifier, key, held.tags[key])


def _answered(found: Iterable[_Listed]) -> list[TagDescription]:
    return [
        TagDescription(key=one.key, resource_id=one.id, resource_type=one.kind, value=one.value)
        for one in found
    ]
