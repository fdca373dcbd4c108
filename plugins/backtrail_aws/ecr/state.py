"""What is known of one account's images in one region, and the service that keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, Service, SortedMap, State, UnsetType, field, known, told
from backtrail_aws.ecr import api, errors
from backtrail_aws.ecr.trail import TRAIL

REPOSITORIES_MAX = 100_000
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html"""


class Stored(msgspec.Struct, kw_only=True):
    """An image: its manifest, where a record told it, and its tags."""

    digest: str
    manifest: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    pushed: datetime | UnsetType = UNSET
    tags: list[str] = []


class Repository(msgspec.Struct, kw_only=True):
    """A repository: images by digest, digests by tag."""

    name: str
    arn: str
    registry: str
    shown: api.Repository = field(default_factory=api.Repository)
    made: datetime | UnsetType = UNSET
    images: dict[str, Stored] = {}
    by_tag: dict[str, str] = {}
    policy: str | UnsetType = UNSET
    lifecycle: str | UnsetType = UNSET
    tags: dict[str, str] = {}


class Registry(State):
    """Repositories by name."""

    repositories: SortedMap[str, Repository] = field(default_factory=SortedMap[str, Repository])


service = Service("ecr", Registry, trail=TRAIL)
service.quota(
    "L-CFEB8E8D", "repositories", REPOSITORIES_MAX, "Registered repositories",
    what="The maximum number of repositories in each Region",
)  # fmt: skip
service.resource(
    "AWS::ECR::Repository", lambda state: state.repositories, lambda one: one.arn, lambda one: one.tags
)


def registry(call: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the registry that is meant."""
    asked = getattr(call.params, "registry_id", UNSET)
    return (asked if isinstance(asked, str) else call.account, call.region)


def required(state: Registry, call: Call[Any], name: str) -> Repository:
    """The repository of a name. Raises `Refusal`."""
    found = state.repositories.get(name)
    if found is None:
        raise errors.no_repository(name, registry(call)[0])
    return found


def inferred(state: Registry, event: Event[Any, Any], name: str) -> Repository:
    """The repository of a name, inferred where no record made it."""
    account = registry(event)[0]
    arn = event.arn("ecr", f"repository/{name}", account=account)
    return known(state.repositories, name, event, lambda: Repository(name=name, arn=arn, registry=account))


def plain(tags: list[api.Tag] | UnsetType) -> dict[str, str]:
    """Tags by key."""
    return {one.key: one.value for one in told(tags, [])}
