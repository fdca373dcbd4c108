"""Clusters and their updates: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html and others

No control plane runs behind an endpoint.
"""

from __future__ import annotations

import re
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import EpochSeconds
from backtrail_aws.eks import api
from backtrail_aws.eks.state import (
    VERSIONS,
    Cluster,
    Clusters,
    Held,
    in_use,
    inferred,
    invalid,
    no_resource,
    paged,
    required,
    service,
    status,
)


@service.handle(token="client_request_token")
def create_cluster(state: Clusters, call: Call[api.CreateCluster]) -> api.CreateClusterResult:
    """A cluster in two subnets or more."""
    params = call.params
    name = params.name
    if re.fullmatch(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", name) is None:
        # evidence: page API_CreateCluster (name); words: guess
        raise invalid(
            "The cluster name should start with a letter or digit and have letters, digits, - and _ alone."
        )
    if name in state.clusters or (name in state.leaving and status(call, state.leaving[name]) == "DELETING"):
        # evidence: guess
        raise in_use(f"Cluster already exists with name: {name}")
    version = told(params.version, VERSIONS[-1])
    if version not in VERSIONS:
        # evidence: guess
        raise invalid(f"unsupported Kubernetes version {version}")
    if len(told(params.resources_vpc_config.subnet_ids, [])) < 2:
        # evidence: guess
        raise invalid("Subnets specified must be in at least two different AZs")
    return api.CreateClusterResult(cluster=_planned(call, params, version))


def _planned(call: Call[Any], params: api.CreateCluster, version: str) -> api.Cluster:
    network = params.resources_vpc_config
    asked = params.access_config
    mode = asked.authentication_mode if isinstance(asked, api.CreateAccessConfigRequest) else UNSET
    return members.changed(
        members.over(api.Cluster(), params), name=params.name, version=version, status="CREATING",
        arn=call.arn("eks", f"cluster/{params.name}"), created_at=EpochSeconds.of(call.time),
        certificate_authority=api.Certificate(), platform_version="eks.1", tags=told(params.tags, {}),
        resources_vpc_config=api.VpcConfigResponse(
            subnet_ids=network.subnet_ids, security_group_ids=told(network.security_group_ids, []),
            endpoint_public_access=told(network.endpoint_public_access, True),
            endpoint_private_access=told(network.endpoint_private_access, False),
            public_access_cidrs=told(network.public_access_cidrs, ["0.0.0.0/0"]),
        ),
        kubernetes_network_config=api.KubernetesNetworkConfigResponse(
            service_ipv4_cidr="10.100.0.0/16", ip_family="ipv4"
        ),
        access_config=api.AccessConfigResponse(authentication_mode=told(mode, "CONFIG_MAP")),
        deletion_protection=told(params.deletion_protection, False),
    )  # fmt: skip


@service.project
def cluster_created(state: Clusters, event: Event[api.CreateCluster, api.CreateClusterResult]) -> None:
    """The cluster is there."""
    params = event.params
    shown = members.over(api.Cluster(name=params.name), params, event.result.cluster)
    state.leaving.pop(params.name, None)
    state.clusters[params.name] = Cluster(
        name=params.name, arn=told(shown.arn, event.arn("eks", f"cluster/{params.name}")), shown=shown,
        status="CREATING", since=event.time, made=event.time, tags=told(params.tags, {}),
    )  # fmt: skip


def _shown(call: Call[Any], held: Cluster) -> api.Cluster:
    return members.changed(
        held.shown, name=held.name, arn=held.arn, status=status(call, held), tags=held.tags,
        created_at=UNSET if isinstance(held.made, UnsetType) else EpochSeconds.of(held.made),
    )  # fmt: skip


@service.read
def describe_cluster(state: Clusters, call: Call[api.DescribeCluster]) -> api.DescribeClusterResult:
    """One, also while it is being deleted."""
    leaving = state.leaving.get(call.params.name)
    if call.params.name not in state.clusters and leaving is not None and status(call, leaving) == "DELETING":
        return api.DescribeClusterResult(cluster=_shown(call, leaving))
    return api.DescribeClusterResult(cluster=_shown(call, required(state, call.params.name)))


@service.read
def list_clusters(state: Clusters, call: Call[api.ListClusters]) -> api.ListClustersResult:
    """The names of all."""
    found, token = paged(call, state.clusters)
    return api.ListClustersResult(clusters=[one.name for one in found], next_token=token)


@service.handle
def delete_cluster(state: Clusters, call: Call[api.DeleteCluster]) -> api.DeleteClusterResult:
    """One without node groups that is not protected."""
    held = required(state, call.params.name)
    if any(one.cluster == held.name for one in state.nodegroups.values()):
        # evidence: guess
        raise in_use("Cluster has nodegroups attached")
    if held.shown.deletion_protection is True:
        # evidence: guess
        raise invalid("Cluster has deletion protection enabled.")
    return api.DeleteClusterResult(cluster=members.changed(_shown(call, held), status="DELETING"))


@service.project
def cluster_deleted(state: Clusters, event: Event[api.DeleteCluster, api.DeleteClusterResult]) -> None:
    """It leaves, and who had access to it has none."""
    held = state.clusters.pop(event.params.name, None)
    for key in [key for key, one in state.entries.items() if one.cluster == event.params.name]:
        del state.entries[key]
    if held is not None:
        held.status, held.since = "DELETING", event.time
        state.leaving[held.name] = held


@service.evidence
def cluster_was_gone(state: Clusters, event: Event[api.DeleteCluster, None]) -> None:
    """A cluster that could not be deleted because it is not there is not there."""
    if event.error == "ResourceNotFoundException":
        state.clusters.pop(event.params.name, None)


# updates


def begun(call: Call[Any], kind: str, **params: str | UnsetType) -> api.Update:
    """An update as it begins."""
    return api.Update(
        id=call.new_id("uuid", "update"), status="InProgress", type=kind, errors=[],
        created_at=EpochSeconds.of(call.time),
        params=[api.UpdateParam(type=name, value=value) for name, value in params.items() if isinstance(value, str)],
    )  # fmt: skip


def note(held: Held, event: Event[Any, Any], update: api.Update | UnsetType) -> None:
    """In a fold: an update runs."""
    held.status, held.since = "UPDATING", event.time
    if isinstance(update, api.Update) and isinstance(update.id, str):
        held.updates[update.id] = members.changed(update, status="Successful")


@service.handle(token="client_request_token")
def update_cluster_config(
    state: Clusters, call: Call[api.UpdateClusterConfig]
) -> api.UpdateClusterConfigResult:
    """Its network, logs, access."""
    held = required(state, call.params.name)
    _check_active(call, held)
    kind = (
        "VpcConfigUpdate"
        if isinstance(call.params.resources_vpc_config, api.VpcConfigRequest)
        else "ConfigUpdate"
    )
    kind = "LoggingUpdate" if isinstance(call.params.logging, api.Logging) else kind
    return api.UpdateClusterConfigResult(update=begun(call, kind))


def _check_active(call: Call[Any], held: Held) -> None:
    if (now := status(call, held)) != "ACTIVE":
        # evidence: guess
        raise in_use(f"Cannot update {held.name} because it is currently in state {now}")


@service.project
def cluster_config_updated(
    state: Clusters, event: Event[api.UpdateClusterConfig, api.UpdateClusterConfigResult]
) -> None:
    """It is as was asked."""
    params = event.params
    held = inferred(state, event, params.name)
    network: api.VpcConfigResponse | UnsetType = UNSET
    if isinstance(params.resources_vpc_config, api.VpcConfigRequest):
        before = told(held.shown.resources_vpc_config, api.VpcConfigResponse())
        network = members.over(before, params.resources_vpc_config)
    access: api.AccessConfigResponse | UnsetType = UNSET
    if isinstance(params.access_config, api.UpdateAccessConfigRequest):
        access = api.AccessConfigResponse(authentication_mode=params.access_config.authentication_mode)
    held.shown = members.changed(
        members.over(held.shown, params), resources_vpc_config=network, access_config=access
    )
    note(held, event, event.result.update)


@service.handle(token="client_request_token")
def update_cluster_version(
    state: Clusters, call: Call[api.UpdateClusterVersion]
) -> api.UpdateClusterVersionResult:
    """The next minor version."""
    held = required(state, call.params.name)
    _check_active(call, held)
    if call.params.version not in VERSIONS:
        # evidence: guess
        raise invalid(f"unsupported Kubernetes version {call.params.version}")
    return api.UpdateClusterVersionResult(update=begun(call, "VersionUpdate", Version=call.params.version))


@service.project
def cluster_version_updated(
    state: Clusters, event: Event[api.UpdateClusterVersion, api.UpdateClusterVersionResult]
) -> None:
    """It has the version."""
    held = inferred(state, event, event.params.name)
    held.shown = members.changed(held.shown, version=event.params.version)
    note(held, event, event.result.update)


def _updates(state: Clusters, name: str, group: str | UnsetType) -> dict[str, api.Update]:
    if isinstance(group, UnsetType):
        return required(state, name).updates
    found = state.nodegroups.get(f"{name}/{group}")
    if found is None:
        raise no_resource(f"No node group found for name: {group}.")
    return found.updates


@service.read
def describe_update(state: Clusters, call: Call[api.DescribeUpdate]) -> api.DescribeUpdateResult:
    """An update of a cluster, or of a node group."""
    found = _updates(state, call.params.name, call.params.nodegroup_name).get(call.params.update_id)
    if found is None:
        raise no_resource(f"No update found for ID: {call.params.update_id}")
    return api.DescribeUpdateResult(update=found)


@service.read
def list_updates(state: Clusters, call: Call[api.ListUpdates]) -> api.ListUpdatesResult:
    """The ids of all."""
    ids = {one: one for one in _updates(state, call.params.name, call.params.nodegroup_name)}
    found, token = paged(call, ids)
    return api.ListUpdatesResult(update_ids=found, next_token=token)


# tags


def _find(state: Clusters, arn: str) -> Held | None:
    kind, _, rest = arn.split(":", 5)[-1].partition("/") if arn.count(":") >= 5 else ("", "", "")
    if kind == "cluster":
        return state.clusters.get(rest)
    return state.nodegroups.get("/".join(rest.split("/")[:2])) if kind == "nodegroup" else None


def _tagged(state: Clusters, arn: str) -> Held:
    found = _find(state, arn)
    if found is None:
        # evidence: model (NotFoundException); words: guess
        raise no_resource(f"Resource not found: {arn}")
    return found


@service.handle
def tag_resource(state: Clusters, call: Call[api.TagResource]) -> None:
    """Tags are added, or get new values."""
    _tagged(state, call.params.resource_arn)


@service.project
def resource_tagged(state: Clusters, event: Event[api.TagResource, None]) -> None:
    """The tags are there."""
    found = _find(state, event.params.resource_arn)
    if found is not None:
        found.tags |= event.params.tags


@service.handle
def untag_resource(state: Clusters, call: Call[api.UntagResource]) -> None:
    """A key that is not there is no error."""
    _tagged(state, call.params.resource_arn)


@service.project
def resource_untagged(state: Clusters, event: Event[api.UntagResource, None]) -> None:
    """The tags are gone."""
    found = _find(state, event.params.resource_arn)
    if found is not None:
        for key in event.params.tag_keys:
            found.tags.pop(key, None)


@service.read
def list_tags_for_resource(
    state: Clusters, call: Call[api.ListTagsForResource]
) -> api.ListTagsForResourceResult:
    """All tags of a resource."""
    return api.ListTagsForResourceResult(tags=_tagged(state, call.params.resource_arn).tags)
