"""Managed node groups, and access entries. No node runs.

https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html, API_CreateAccessEntry.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, known, members, told
from backtrail.trail.times import EpochSeconds
from backtrail_aws.eks import api
from backtrail_aws.eks.clusters import begun, note
from backtrail_aws.eks.state import (
    Clusters,
    Entry,
    Nodegroup,
    in_use,
    inferred,
    invalid,
    no_resource,
    paged,
    plain,
    required,
    service,
    status,
)


def _group(state: Clusters, cluster: str, name: str) -> Nodegroup:
    required(state, cluster)
    found = state.nodegroups.get(f"{cluster}/{name}")
    if found is None:
        raise no_resource(f"No node group found for name: {name}.")
    return found


def _known(state: Clusters, event: Event[Any, Any], cluster: str, name: str) -> Nodegroup:
    inferred(state, event, cluster)
    arn = event.arn("eks", f"nodegroup/{cluster}/{name}")
    return known(
        state.nodegroups, f"{cluster}/{name}", event, lambda: Nodegroup(name=name, cluster=cluster, arn=arn)
    )


@service.handle(token="client_request_token")
def create_nodegroup(state: Clusters, call: Call[api.CreateNodegroup]) -> api.CreateNodegroupResult:
    """Of a cluster that is active."""
    params = call.params
    cluster = required(state, params.cluster_name)
    if f"{cluster.name}/{params.nodegroup_name}" in state.nodegroups:
        # evidence: guess
        raise in_use(
            f"NodeGroup already exists with name {params.nodegroup_name} and cluster name {cluster.name}"
        )
    if (now := status(call, cluster)) not in ("ACTIVE", "UPDATING"):
        # evidence: guess
        raise invalid(f"Cluster '{cluster.name}' is not in ACTIVE status: {now}")
    path = f"{cluster.name}/{params.nodegroup_name}/{call.new_id('uuid', 'group')}"
    made = members.changed(
        members.over(api.Nodegroup(), params), status="CREATING", created_at=EpochSeconds.of(call.time),
        nodegroup_arn=call.arn("eks", f"nodegroup/{path}"),
        modified_at=EpochSeconds.of(call.time), version=told(params.version, cluster.shown.version),
        capacity_type=told(params.capacity_type, "ON_DEMAND"),
        ami_type=told(params.ami_type, "AL2023_x86_64_STANDARD"),
        scaling_config=told(params.scaling_config, api.NodegroupScalingConfig(min_size=1, max_size=2, desired_size=2)),
        instance_types=told(params.instance_types, ["t3.medium"]), disk_size=told(params.disk_size, 20),
        health=api.NodegroupHealth(issues=[]),
        update_config=told(params.update_config, api.NodegroupUpdateConfig(max_unavailable=1)),
        tags=told(params.tags, {}),
    )  # fmt: skip
    return api.CreateNodegroupResult(nodegroup=made)


@service.project
def nodegroup_created(state: Clusters, event: Event[api.CreateNodegroup, api.CreateNodegroupResult]) -> None:
    """The node group is there."""
    params = event.params
    cluster = inferred(state, event, params.cluster_name).name
    shown = members.over(api.Nodegroup(), params, event.result.nodegroup)
    arn = told(shown.nodegroup_arn, event.arn("eks", f"nodegroup/{cluster}/{params.nodegroup_name}"))
    state.leaving_groups.pop(f"{cluster}/{params.nodegroup_name}", None)
    state.nodegroups[f"{cluster}/{params.nodegroup_name}"] = Nodegroup(
        name=params.nodegroup_name, cluster=cluster, arn=arn, shown=shown, status="CREATING", since=event.time,
        made=event.time, tags=told(params.tags, {}),
    )  # fmt: skip


def _shown(call: Call[Any], held: Nodegroup) -> api.Nodegroup:
    return members.changed(
        held.shown, nodegroup_name=held.name, nodegroup_arn=held.arn, cluster_name=held.cluster,
        status=status(call, held), tags=held.tags,
    )  # fmt: skip


@service.read
def describe_nodegroup(state: Clusters, call: Call[api.DescribeNodegroup]) -> api.DescribeNodegroupResult:
    """One, also while it is being deleted."""
    key = f"{call.params.cluster_name}/{call.params.nodegroup_name}"
    leaving = state.leaving_groups.get(key)
    if key not in state.nodegroups and leaving is not None and status(call, leaving) == "DELETING":
        return api.DescribeNodegroupResult(nodegroup=_shown(call, leaving))
    held = _group(state, call.params.cluster_name, call.params.nodegroup_name)
    return api.DescribeNodegroupResult(nodegroup=_shown(call, held))


@service.read
def list_nodegroups(state: Clusters, call: Call[api.ListNodegroups]) -> api.ListNodegroupsResult:
    """The names of a cluster's."""
    cluster = required(state, call.params.cluster_name).name
    names = {one.name: one.name for one in state.nodegroups.values() if one.cluster == cluster}
    found, token = paged(call, names)
    return api.ListNodegroupsResult(nodegroups=found, next_token=token)


@service.handle(token="client_request_token")
def update_nodegroup_config(
    state: Clusters, call: Call[api.UpdateNodegroupConfig]
) -> api.UpdateNodegroupConfigResult:
    """Its size, its labels."""
    held = _group(state, call.params.cluster_name, call.params.nodegroup_name)
    if (now := status(call, held)) != "ACTIVE":
        # evidence: guess
        raise in_use(f"Nodegroup cannot be updated as it is currently not in Active State: {now}")
    return api.UpdateNodegroupConfigResult(update=begun(call, "ConfigUpdate"))


@service.project
def nodegroup_config_updated(
    state: Clusters, event: Event[api.UpdateNodegroupConfig, api.UpdateNodegroupConfigResult]
) -> None:
    """It is as was asked."""
    params = event.params
    held = _known(state, event, params.cluster_name, params.nodegroup_name)
    scaling = told(held.shown.scaling_config, api.NodegroupScalingConfig())
    labels = dict(told(held.shown.labels, {}))
    if isinstance(params.labels, api.UpdateLabelsPayload):
        labels |= told(params.labels.add_or_update_labels, {})
        for key in told(params.labels.remove_labels, []):
            labels.pop(key, None)
    held.shown = members.changed(
        held.shown, labels=labels, update_config=params.update_config,
        scaling_config=members.over(scaling, params.scaling_config),
    )  # fmt: skip
    note(held, event, event.result.update)


@service.handle
def delete_nodegroup(state: Clusters, call: Call[api.DeleteNodegroup]) -> api.DeleteNodegroupResult:
    """It leaves."""
    held = _group(state, call.params.cluster_name, call.params.nodegroup_name)
    return api.DeleteNodegroupResult(nodegroup=members.changed(_shown(call, held), status="DELETING"))


@service.project
def nodegroup_deleted(state: Clusters, event: Event[api.DeleteNodegroup, api.DeleteNodegroupResult]) -> None:
    """It leaves."""
    key = f"{event.params.cluster_name}/{event.params.nodegroup_name}"
    held = state.nodegroups.pop(key, None)
    if held is not None:
        held.status, held.since = "DELETING", event.time
        state.leaving_groups[key] = held


# access entries


def _entry(state: Clusters, cluster: str, principal: str) -> Entry:
    required(state, cluster)
    found = state.entries.get(f"{cluster}/{plain(principal)}")
    if found is None:
        raise no_resource("The specified principalArn could not be found.")
    return found


@service.handle(token="client_request_token")
def create_access_entry(state: Clusters, call: Call[api.CreateAccessEntry]) -> api.CreateAccessEntryResult:
    """One for each principal."""
    params = call.params
    cluster = required(state, params.cluster_name).name
    if f"{cluster}/{params.principal_arn}" in state.entries:
        # evidence: guess
        raise in_use("The specified access entry resource is already in use on this cluster.")
    name = params.principal_arn.replace(":", "/").rpartition("/")[2]
    path = f"{cluster}/{name}/{call.new_id('uuid', 'entry')}"
    made = members.changed(
        members.over(api.AccessEntry(), params), created_at=EpochSeconds.of(call.time),
        modified_at=EpochSeconds.of(call.time), kubernetes_groups=told(params.kubernetes_groups, []),
        access_entry_arn=call.arn("eks", f"access-entry/{path}"),
        type=told(params.type, "STANDARD"), username=told(params.username, params.principal_arn),
        tags=told(params.tags, {}),
    )  # fmt: skip
    return api.CreateAccessEntryResult(access_entry=made)


@service.project
def access_entry_created(
    state: Clusters, event: Event[api.CreateAccessEntry, api.CreateAccessEntryResult]
) -> None:
    """The principal has access."""
    params = event.params
    cluster, principal = inferred(state, event, params.cluster_name).name, plain(params.principal_arn)
    shown = members.over(api.AccessEntry(), params, event.result.access_entry)
    arn = told(
        shown.access_entry_arn, event.arn("eks", f"access-entry/{cluster}/{principal.rpartition('/')[2]}")
    )
    state.entries[f"{cluster}/{principal}"] = Entry(
        cluster=cluster, principal=principal, arn=arn, shown=shown, tags=told(params.tags, {})
    )


@service.read
def describe_access_entry(
    state: Clusters, call: Call[api.DescribeAccessEntry]
) -> api.DescribeAccessEntryResult:
    """What access a principal has."""
    held = _entry(state, call.params.cluster_name, call.params.principal_arn)
    return api.DescribeAccessEntryResult(access_entry=held.shown)


@service.read
def list_access_entries(state: Clusters, call: Call[api.ListAccessEntries]) -> api.ListAccessEntriesResult:
    """The principals of a cluster; no policies are associated here."""
    cluster = required(state, call.params.cluster_name).name
    named = isinstance(call.params.associated_policy_arn, str)
    items = {
        one.principal: one.principal for one in state.entries.values() if one.cluster == cluster and not named
    }
    found, token = paged(call, items)
    return api.ListAccessEntriesResult(access_entries=found, next_token=token)


def _changed(shown: api.AccessEntry, params: api.UpdateAccessEntry, at: EpochSeconds) -> api.AccessEntry:
    return members.changed(
        shown, kubernetes_groups=params.kubernetes_groups, username=params.username, modified_at=at
    )


@service.handle(token="client_request_token")
def update_access_entry(state: Clusters, call: Call[api.UpdateAccessEntry]) -> api.UpdateAccessEntryResult:
    """Its groups, its name."""
    held = _entry(state, call.params.cluster_name, call.params.principal_arn)
    return api.UpdateAccessEntryResult(
        access_entry=_changed(held.shown, call.params, EpochSeconds.of(call.time))
    )


@service.project
def access_entry_updated(
    state: Clusters, event: Event[api.UpdateAccessEntry, api.UpdateAccessEntryResult]
) -> None:
    """It is as was asked."""
    cluster, principal = (
        inferred(state, event, event.params.cluster_name).name,
        plain(event.params.principal_arn),
    )
    arn = event.arn("eks", f"access-entry/{cluster}/{principal.rpartition('/')[2]}")
    held = known(
        state.entries, f"{cluster}/{principal}", event,
        lambda: Entry(cluster=cluster, principal=principal, arn=arn),
    )  # fmt: skip
    held.shown = _changed(held.shown, event.params, EpochSeconds.of(event.time))


@service.handle
def delete_access_entry(state: Clusters, call: Call[api.DeleteAccessEntry]) -> None:
    """The principal has no access."""
    _entry(state, call.params.cluster_name, call.params.principal_arn)


@service.project
def access_entry_deleted(state: Clusters, event: Event[api.DeleteAccessEntry, None]) -> None:
    """It is gone."""
    state.entries.pop(f"{event.params.cluster_name}/{plain(event.params.principal_arn)}", None)
