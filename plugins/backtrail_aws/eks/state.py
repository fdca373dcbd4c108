"""What is known of one account's Kubernetes clusters in one region, the service that keeps it, and its refusals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from backtrail import (
    UNSET,
    BadToken,
    Call,
    Cycle,
    Event,
    Phase,
    Refusal,
    Service,
    SortedMap,
    State,
    UnsetType,
    field,
    known,
    page,
    state_at,
    told,
)
from backtrail_aws.eks import api
from backtrail_aws.eks.trail import TRAIL

# https://docs.aws.amazon.com/eks/latest/userguide/create-cluster.html ("several minutes"); seconds: guess
CYCLE: Cycle = {
    "CREATING": Phase(600, "ACTIVE"),
    "UPDATING": Phase(300, "ACTIVE"),
    "DELETING": Phase(300, "DELETED"),
}
VERSIONS = ("1.29", "1.30", "1.31", "1.32", "1.33", "1.34")


class Held(msgspec.Struct, kw_only=True):
    """What clusters and node groups have: a status since when, tags, and updates by id."""

    name: str
    arn: str
    status: str = "ACTIVE"
    since: datetime | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    tags: dict[str, str] = {}
    updates: dict[str, api.Update] = {}


class Cluster(Held, kw_only=True):
    """A cluster."""

    shown: api.Cluster = field(default_factory=api.Cluster)


class Nodegroup(Held, kw_only=True):
    """A managed node group of a cluster."""

    cluster: str
    shown: api.Nodegroup = field(default_factory=api.Nodegroup)


class Entry(msgspec.Struct, kw_only=True):
    """A principal's access to a cluster."""

    cluster: str
    principal: str
    arn: str
    shown: api.AccessEntry = field(default_factory=api.AccessEntry)
    tags: dict[str, str] = {}


class Clusters(State):
    """Clusters by name; node groups by `cluster/name`, access entries by `cluster/principal`; those leaving apart."""

    clusters: SortedMap[str, Cluster] = field(default_factory=SortedMap[str, Cluster])
    nodegroups: SortedMap[str, Nodegroup] = field(default_factory=SortedMap[str, Nodegroup])
    entries: SortedMap[str, Entry] = field(default_factory=SortedMap[str, Entry])
    leaving: SortedMap[str, Cluster] = field(default_factory=SortedMap[str, Cluster])
    leaving_groups: SortedMap[str, Nodegroup] = field(default_factory=SortedMap[str, Nodegroup])


service = Service("eks", Clusters, trail=TRAIL)
service.resource("AWS::EKS::Cluster", lambda state: state.clusters, lambda one: one.arn, lambda one: one.tags)
service.resource(
    "AWS::EKS::Nodegroup", lambda state: state.nodegroups, lambda one: one.arn, lambda one: one.tags,
    parent=lambda one: one.cluster,
)  # fmt: skip
service.resource(
    "AWS::EKS::AccessEntry", lambda state: state.entries, lambda one: one.arn, lambda one: one.tags,
    parent=lambda one: one.cluster,
)  # fmt: skip


def status(call: Call[Any], held: Held) -> str:
    """The status at the time of the call."""
    if isinstance(held.since, UnsetType):
        return held.status
    return state_at(CYCLE, held.status, held.since, call.time, pace=call.pace(held.since))


def required(state: Clusters, name: str) -> Cluster:
    """The cluster of a name. Raises `Refusal`."""
    found = state.clusters.get(name)
    if found is None:
        raise no_resource(f"No cluster found for name: {name}.")
    return found


def inferred(state: Clusters, event: Event[Any, Any], name: str) -> Cluster:
    """The cluster of a name, inferred where no record made it."""
    return known(
        state.clusters, name, event, lambda: Cluster(name=name, arn=event.arn("eks", f"cluster/{name}"))
    )


def plain(principal: str) -> str:
    """A principal's ARN, which records show as it stands in the path."""
    return unquote(principal)


def paged(call: Call[Any], items: Any) -> tuple[list[Any], str | UnsetType]:
    """One page of up to a hundred, and the token of the next. Raises `Refusal`."""
    size = told(call.params.max_results, 100)
    if not 1 <= size <= 100:
        # evidence: guess
        raise invalid("maxResults must be between 1 and 100.")
    try:
        found = page(items, told(call.params.next_token, "") or None, size)
    except BadToken:
        # evidence: guess
        raise invalid("Invalid next token.") from None
    return found.items, found.next or UNSET


def no_resource(message: str) -> Refusal:
    """There is no such thing."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", message, status=404)


def in_use(message: str) -> Refusal:
    """It exists, or is held by something else."""
    # evidence: model; words: each caller's
    return Refusal("ResourceInUseException", message, status=409)


def invalid(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterException", message)
