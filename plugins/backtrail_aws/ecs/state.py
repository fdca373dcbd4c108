"""What is known of one account's containers in one region, and the service that keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, Service, SortedMap, State, UnsetType, field
from backtrail_aws.ecs import api
from backtrail_aws.ecs.trail import TRAIL


class Cluster(msgspec.Struct, kw_only=True):
    """A cluster."""

    name: str
    arn: str
    shown: api.Cluster = field(default_factory=api.Cluster)
    tags: dict[str, str] = {}


class Running(msgspec.Struct, kw_only=True):
    """A service of a cluster; `ended` since when it drains."""

    name: str
    cluster: str
    arn: str
    shown: api.Service = field(default_factory=api.Service)
    made: datetime | UnsetType = UNSET
    changed: datetime | UnsetType = UNSET
    ended: datetime | UnsetType = UNSET
    tags: dict[str, str] = {}


class Definition(msgspec.Struct, kw_only=True):
    """A revision of a task definition."""

    family: str
    revision: int
    arn: str
    shown: api.TaskDefinition = field(default_factory=api.TaskDefinition)
    tags: dict[str, str] = {}

    @property
    def is_active(self) -> bool:
        return self.shown.status != "INACTIVE"


class Task(msgspec.Struct, kw_only=True):
    """A task that was told to run; `service` is the key of the service that runs it, `ending` since when it ends."""

    id: str
    cluster: str
    arn: str
    shown: api.Task = field(default_factory=api.Task)
    service: str | UnsetType = UNSET
    made: datetime
    ending: datetime | UnsetType = UNSET
    tags: dict[str, str] = {}


class Containers(State):
    """Clusters by name, services by `cluster/name`, definitions by `family:00000001`; settings by `principal name`.

    Tasks are kept by `cluster/id`. `gone` are clusters and services that were deleted, which stay visible.
    """

    clusters: SortedMap[str, Cluster] = field(default_factory=SortedMap[str, Cluster])
    services: SortedMap[str, Running] = field(default_factory=SortedMap[str, Running])
    definitions: SortedMap[str, Definition] = field(default_factory=SortedMap[str, Definition])
    gone: SortedMap[str, Cluster] = field(default_factory=SortedMap[str, Cluster])
    gone_services: SortedMap[str, Running] = field(default_factory=SortedMap[str, Running])
    tasks: SortedMap[str, Task] = field(default_factory=SortedMap[str, Task])
    settings: SortedMap[str, str] = field(default_factory=SortedMap[str, str])
    latest: dict[str, int] = {}


def last(identifier: str) -> str:
    """The name at the end of an ARN, or the name."""
    return identifier.rpartition("/")[2]


def cluster_name(asked: str | UnsetType) -> str:
    """The cluster that is meant: `default` where none is named."""
    return last(asked) if isinstance(asked, str) and asked else "default"


def cluster_arn(here: Call[Any] | Event[Any, Any], name: str) -> str:
    """A cluster's ARN."""
    return here.arn("ecs", f"cluster/{name}")


service = Service("ecs", Containers, trail=TRAIL)
service.resource("AWS::ECS::Cluster", lambda state: state.clusters, lambda one: one.arn, lambda one: one.tags)
service.resource(
    "AWS::ECS::Service", lambda state: state.services, lambda one: one.arn, lambda one: one.tags,
    parent=lambda one: one.cluster,
)  # fmt: skip
service.resource(
    "AWS::ECS::TaskDefinition", lambda state: state.definitions, lambda one: one.arn, lambda one: one.tags
)
service.resource(
    "AWS::ECS::Task", lambda state: state.tasks, lambda one: one.arn, lambda one: one.tags,
    parent=lambda one: one.cluster,
)  # fmt: skip
