"""Clusters failed over, rebooted, stopped, started; their roles."""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, members, told
from backtrail_aws.rds import api, cluster_plans, errors, events, lives, names
from backtrail_aws.rds.state import Cluster, Databases, service


def _in(call: Call[Any], cluster: Cluster, *states: str) -> api.DBCluster:
    """The cluster as it is shown, in one of these states. Raises `Refusal`."""
    if (status := lives.status(call, cluster)) not in states:
        # evidence: guess
        raise errors.cluster_state(f"DbCluster {cluster.id} is not in {states[0]} state: {status}")
    return cluster_plans.shown(call, cluster)


@service.handle
def failover_db_cluster(state: Databases, call: Call[api.FailoverDBCluster]) -> api.FailoverDBClusterResult:
    """One of its readers becomes the writer."""
    cluster = cluster_plans.required(state, call.params.db_cluster_identifier)
    shown = _in(call, cluster, "available")
    readers = [one for one in told(shown.db_cluster_members, []) if one.is_cluster_writer is not True]
    if not readers:
        # evidence: guess
        raise errors.cluster_state(f"Cannot failover cluster {cluster.id}: it has no reader instance.")
    target = call.params.target_db_instance_identifier
    if isinstance(target, str) and names.plain(target) not in [one.db_instance_identifier for one in readers]:
        # evidence: guess
        raise errors.no_instance(target)
    return api.FailoverDBClusterResult(db_cluster=shown)


@service.project
def db_cluster_failed_over(
    state: Databases, event: Event[api.FailoverDBCluster, api.FailoverDBClusterResult]
) -> None:
    """The target writes, or the first of the readers."""
    cluster = names.inferred(state.clusters, event, event.params.db_cluster_identifier, "cluster", Cluster)
    held = told(cluster.shown.db_cluster_members, [])
    readers = [one for one in held if one.is_cluster_writer is not True]
    readers.sort(key=lambda one: told(one.promotion_tier, 1))
    target = event.params.target_db_instance_identifier
    new = names.plain(target) if isinstance(target, str) else None
    if new is None and readers:
        new = told(readers[0].db_instance_identifier, "")
    if new is not None and held:
        cluster.shown = members.changed(
            cluster.shown,
            db_cluster_members=[
                members.changed(one, is_cluster_writer=one.db_instance_identifier == new) for one in held
            ],
        )
    lives.enter(cluster, "failing-over", event.time)
    events.happened(state, event, cluster, "db-cluster", "Completed failover to DB instance", "failover")


@service.handle
def reboot_db_cluster(state: Databases, call: Call[api.RebootDBCluster]) -> api.RebootDBClusterResult:
    """An available one."""
    cluster = cluster_plans.required(state, call.params.db_cluster_identifier)
    return api.RebootDBClusterResult(
        db_cluster=members.changed(_in(call, cluster, "available"), status="rebooting")
    )


@service.project
def db_cluster_rebooted(
    state: Databases, event: Event[api.RebootDBCluster, api.RebootDBClusterResult]
) -> None:
    """It is rebooted."""
    cluster = names.inferred(state.clusters, event, event.params.db_cluster_identifier, "cluster", Cluster)
    lives.enter(cluster, "rebooting", event.time)


@service.handle
def stop_db_cluster(state: Databases, call: Call[api.StopDBCluster]) -> api.StopDBClusterResult:
    """An available one."""
    cluster = cluster_plans.required(state, call.params.db_cluster_identifier)
    return api.StopDBClusterResult(
        db_cluster=members.changed(_in(call, cluster, "available"), status="stopping")
    )


@service.project
def db_cluster_stopped(state: Databases, event: Event[api.StopDBCluster, api.StopDBClusterResult]) -> None:
    """It stops, with its instances."""
    cluster = names.inferred(state.clusters, event, event.params.db_cluster_identifier, "cluster", Cluster)
    lives.enter(cluster, "stopping", event.time)
    _members(state, event, cluster, "stopping")


def _members(state: Databases, event: Event[Any, Any], cluster: Cluster, status: str) -> None:
    for one in told(cluster.shown.db_cluster_members, []):
        instance = state.instances.get(told(one.db_instance_identifier, ""))
        if instance is not None:
            lives.enter(instance, status, event.time)


@service.handle
def start_db_cluster(state: Databases, call: Call[api.StartDBCluster]) -> api.StartDBClusterResult:
    """A stopped one."""
    cluster = cluster_plans.required(state, call.params.db_cluster_identifier)
    return api.StartDBClusterResult(
        db_cluster=members.changed(_in(call, cluster, "stopped"), status="starting")
    )


@service.project
def db_cluster_started(state: Databases, event: Event[api.StartDBCluster, api.StartDBClusterResult]) -> None:
    """It starts, with its instances."""
    cluster = names.inferred(state.clusters, event, event.params.db_cluster_identifier, "cluster", Cluster)
    lives.enter(cluster, "starting", event.time)
    _members(state, event, cluster, "starting")


@service.handle
def add_role_to_db_cluster(state: Databases, call: Call[api.AddRoleToDBCluster]) -> None:
    """A role that it does not have."""
    cluster = cluster_plans.required(state, call.params.db_cluster_identifier)
    if any(one.role_arn == call.params.role_arn for one in told(cluster.shown.associated_roles, [])):
        raise errors.cluster_role_exists(call.params.role_arn)


@service.project
def role_added_to_db_cluster(state: Databases, event: Event[api.AddRoleToDBCluster, None]) -> None:
    """It has the role."""
    params = event.params
    cluster = names.inferred(state.clusters, event, params.db_cluster_identifier, "cluster", Cluster)
    role = api.DBClusterRole(role_arn=params.role_arn, feature_name=params.feature_name, status="ACTIVE")
    kept = [one for one in told(cluster.shown.associated_roles, []) if one.role_arn != params.role_arn]
    cluster.shown = members.changed(cluster.shown, associated_roles=[*kept, role])


@service.handle
def remove_role_from_db_cluster(state: Databases, call: Call[api.RemoveRoleFromDBCluster]) -> None:
    """A role that it has."""
    cluster = cluster_plans.required(state, call.params.db_cluster_identifier)
    roles = cluster.shown.associated_roles
    if isinstance(roles, list) and not any(one.role_arn == call.params.role_arn for one in roles):
        raise errors.no_cluster_role(call.params.role_arn)


@service.project
def role_removed_from_db_cluster(state: Databases, event: Event[api.RemoveRoleFromDBCluster, None]) -> None:
    """It has the role no more."""
    params = event.params
    cluster = names.inferred(state.clusters, event, params.db_cluster_identifier, "cluster", Cluster)
    kept = [one for one in told(cluster.shown.associated_roles, []) if one.role_arn != params.role_arn]
    cluster.shown = members.changed(cluster.shown, associated_roles=kept)
