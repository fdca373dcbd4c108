"""Clusters: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html and its neighbours"""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, UnsetType, known, members, told
from backtrail_aws.ecs import api, errors, pages, tags, task_states
from backtrail_aws.ecs.state import Cluster, Containers, cluster_arn, cluster_name, last, service

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_NONE: list[api.ClusterSetting] = [api.ClusterSetting(name="containerInsights", value="disabled")]


def required(state: Containers, asked: str | UnsetType) -> Cluster:
    """The cluster that is meant. Raises `Refusal`."""
    found = state.clusters.get(cluster_name(asked))
    if found is None:
        raise errors.no_cluster()
    return found


def inferred(state: Containers, event: Event[Any, Any], asked: str | UnsetType) -> Cluster:
    """The cluster that a record means, inferred where no record made it."""
    name = cluster_name(asked)
    return known(state.clusters, name, event, lambda: Cluster(name=name, arn=cluster_arn(event, name)))


@service.handle
def create_cluster(state: Containers, call: Call[api.CreateCluster]) -> api.CreateClusterResult:
    """`default` where no name is given; one that is there is answered as it is."""
    params = call.params
    name = told(params.cluster_name, "default")
    if _NAME.fullmatch(name) is None:
        # evidence: guess
        raise errors.invalid("Invalid identifier: Cluster name contains invalid characters.")
    tags.check(params.tags)
    if name in state.clusters:
        return api.CreateClusterResult(cluster=shown(state, call, state.clusters[name]))
    made = Cluster(name=name, arn=cluster_arn(call, name), tags=tags.plain(params.tags))
    made.shown = members.changed(
        members.over(api.Cluster(), params), settings=told(params.settings, _NONE),
        capacity_providers=told(params.capacity_providers, []),
        default_capacity_provider_strategy=told(params.default_capacity_provider_strategy, []),
    )  # fmt: skip
    return api.CreateClusterResult(cluster=shown(state, call, made))


@service.project
def cluster_created(state: Containers, event: Event[api.CreateCluster, api.CreateClusterResult]) -> None:
    """The cluster is there."""
    name = told(event.params.cluster_name, "default")
    old = state.clusters.get(name)
    if old is not None and old.shown != api.Cluster():
        return  # an equal call found it
    made = members.over(api.Cluster(), event.params, event.result.cluster)
    state.gone.pop(name, None)
    state.clusters[name] = Cluster(
        name=name, arn=told(made.cluster_arn, cluster_arn(event, name)), shown=made, tags=tags.plain(event.params.tags)
    )  # fmt: skip


def shown(state: Containers, call: Call[Any], held: Cluster, status: str = "ACTIVE") -> api.Cluster:
    """A cluster as answers show it."""
    here = [one for one in state.services.values() if one.cluster == held.name]
    states = [task_states.status_of(call, one) for one in state.tasks.values() if one.cluster == held.name]
    pending = states.count("PROVISIONING") + states.count("PENDING")
    return members.changed(
        held.shown, cluster_arn=held.arn, cluster_name=held.name, status=status, statistics=[],
        registered_container_instances_count=0, pending_tasks_count=pending,
        running_tasks_count=states.count("RUNNING"),
        active_services_count=len(here), tags=tags.shown(held.tags),
    )  # fmt: skip


@service.read
def describe_clusters(state: Containers, call: Call[api.DescribeClusters]) -> api.DescribeClustersResult:
    """Those that are named; what is not there is a failure, not an error."""
    found: list[api.Cluster] = []
    failures: list[api.Failure] = []
    include = told(call.params.include, [])
    for asked in told(call.params.clusters, []) or ["default"]:
        name = last(asked)
        held = state.clusters.get(name)
        gone = state.gone.get(name)
        if held is not None:
            found.append(_cut(shown(state, call, held), include))
        elif gone is not None:
            found.append(_cut(shown(state, call, gone, "INACTIVE"), include))
        else:
            arn = asked if asked.startswith("arn:") else cluster_arn(call, name)
            failures.append(api.Failure(arn=arn, reason="MISSING"))
    return api.DescribeClustersResult(clusters=found, failures=failures)


def _cut(one: api.Cluster, include: list[str]) -> api.Cluster:
    hidden: dict[str, Any] = {}
    if "TAGS" not in include:
        hidden["tags"] = []
    if "SETTINGS" not in include:
        hidden["settings"] = []
    return members.changed(one, **hidden)


@service.read
def list_clusters(state: Containers, call: Call[api.ListClusters]) -> api.ListClustersResult:
    """The ARNs of all."""
    found, token = pages.paged(call.params, state.clusters)
    return api.ListClustersResult(cluster_arns=[one.arn for one in found], next_token=token)


@service.handle
def update_cluster(state: Containers, call: Call[api.UpdateCluster]) -> api.UpdateClusterResult:
    """Settings and configuration."""
    held = required(state, call.params.cluster)
    return api.UpdateClusterResult(cluster=members.over(shown(state, call, held), call.params))


@service.project
def cluster_updated(state: Containers, event: Event[api.UpdateCluster, api.UpdateClusterResult]) -> None:
    """It is changed."""
    held = inferred(state, event, event.params.cluster)
    held.shown = members.over(held.shown, event.params)


@service.handle
def update_cluster_settings(
    state: Containers, call: Call[api.UpdateClusterSettings]
) -> api.UpdateClusterSettingsResult:
    """Its settings."""
    held = required(state, call.params.cluster)
    return api.UpdateClusterSettingsResult(cluster=members.over(shown(state, call, held), call.params))


@service.project
def cluster_settings_updated(
    state: Containers, event: Event[api.UpdateClusterSettings, api.UpdateClusterSettingsResult]
) -> None:
    """They are set."""
    held = inferred(state, event, event.params.cluster)
    held.shown = members.over(held.shown, event.params)


@service.handle
def delete_cluster(state: Containers, call: Call[api.DeleteCluster]) -> api.DeleteClusterResult:
    """One without services."""
    held = required(state, call.params.cluster)
    if any(one.cluster == held.name for one in state.services.values()):
        raise errors.contains_services()
    if any(one.cluster == held.name and isinstance(one.ending, UnsetType) for one in state.tasks.values()):
        raise errors.contains_tasks()
    return api.DeleteClusterResult(cluster=shown(state, call, held, "INACTIVE"))


@service.project
def cluster_deleted(state: Containers, event: Event[api.DeleteCluster, api.DeleteClusterResult]) -> None:
    """It is inactive."""
    held = state.clusters.pop(cluster_name(event.params.cluster), None)
    if held is not None:
        state.gone[held.name] = held


@service.evidence
def cluster_was_gone(state: Containers, event: Event[api.DeleteCluster, None]) -> None:
    """A cluster that could not be deleted because it is not there is not there."""
    if event.error == "ClusterNotFoundException":
        state.clusters.pop(cluster_name(event.params.cluster), None)
