"""DB clusters: made, restored, described, changed, deleted.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html and its neighbours
"""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail_aws.rds import (
    api,
    backups,
    cluster_plans,
    cluster_snapshots,
    engines,
    errors,
    events,
    global_clusters,
    instance_plans,
    lives,
    names,
    pages,
    tags,
)
from backtrail_aws.rds.cluster_plans import required
from backtrail_aws.rds.state import Cluster, Databases, service

# create


@service.handle
def create_db_cluster(state: Databases, call: Call[api.CreateDBCluster]) -> api.CreateDBClusterResult:
    """A cluster without instances; of a global cluster, the first one writes."""
    params = call.params
    name = cluster_plans.new_name(state, call, params.db_cluster_identifier)
    engine = engines.engine(params.engine)
    if not engine.is_aurora and engine.name not in ("mysql", "postgres"):
        # evidence: guess
        raise errors.value(f"Invalid engine for a DB cluster: {engine.name}")
    if not engine.is_aurora and isinstance(params.db_cluster_instance_class, UnsetType):
        raise errors.missing("DBClusterInstanceClass")
    tags.check(params.tags)
    second = global_clusters.is_second(state, call, params.global_cluster_identifier)
    if not second and isinstance(params.replication_source_identifier, UnsetType):
        instance_plans.check_master(params, engine.name)
    instance_plans.check_numbers(params)
    base = members.over(api.DBCluster(), params, without=("db_cluster_identifier",))
    made = cluster_plans.planned(state, call, name, engine, base, params)
    return api.CreateDBClusterResult(db_cluster=made)


@service.project
def db_cluster_created(
    state: Databases, event: Event[api.CreateDBCluster, api.CreateDBClusterResult]
) -> None:
    """The cluster is there."""
    params = event.params
    name = names.plain(params.db_cluster_identifier)
    shown = members.over(api.DBCluster(), params, event.result.db_cluster)
    cluster = cluster_plans.put(state, event, name, shown, tags.plain(params.tags))
    events.happened(state, event, cluster, "db-cluster", "DB cluster created", "creation")


@service.handle
def restore_db_cluster_from_snapshot(
    state: Databases, call: Call[api.RestoreDBClusterFromSnapshot]
) -> api.RestoreDBClusterFromSnapshotResult:
    """From a cluster's snapshot; the cluster has no instances."""
    params = call.params
    name = cluster_plans.new_name(state, call, params.db_cluster_identifier)
    tags.check(params.tags)
    snapshot = cluster_snapshots.source(state, call, params.snapshot_identifier)
    base = _from_snapshot(snapshot.shown)
    base = members.over(base, params, without=("db_cluster_identifier",))
    made = cluster_plans.planned(state, call, name, engines.engine(params.engine), base, params)
    return api.RestoreDBClusterFromSnapshotResult(db_cluster=made)


def _from_snapshot(snapshot: api.DBClusterSnapshot) -> api.DBCluster:
    return members.over(
        api.DBCluster(), snapshot,
        without=("db_cluster_identifier", "tag_list", "db_cluster_resource_id", "status", "cluster_create_time"),
    )  # fmt: skip


@service.project
def db_cluster_restored(
    state: Databases, event: Event[api.RestoreDBClusterFromSnapshot, api.RestoreDBClusterFromSnapshotResult]
) -> None:
    """The cluster is there, as its snapshot was."""
    params = event.params
    snapshot = names.find(state.cluster_snapshots, params.snapshot_identifier)
    base = _from_snapshot(snapshot.shown) if snapshot is not None else api.DBCluster()
    shown = members.over(base, params, event.result.db_cluster)
    name = names.plain(params.db_cluster_identifier)
    cluster_plans.put(state, event, name, shown, tags.plain(params.tags))


# describe


@service.read
def describe_db_clusters(
    state: Databases, call: Call[api.DescribeDBClusters]
) -> api.DescribeDBClustersResult:
    """One, or all that the filters keep, those being deleted among them."""
    params = call.params
    fields: pages.Fields[Cluster] = {
        "db-cluster-id": lambda one: [one.id, one.arn],
        "db-cluster-resource-id": lambda one: one.shown.db_cluster_resource_id,
        "engine": lambda one: one.shown.engine,
        "clone-group-id": lambda one: one.shown.clone_group_id,
        "domain": lambda one: [told(held.domain, "") for held in told(one.shown.domain_memberships, [])],
    }
    keep = pages.filtered(params.filters, fields)
    leaving = {
        name: one
        for name, one in state.leaving_clusters.items()
        if lives.is_leaving(call, state.leaving_clusters, name)
    }
    items = {**leaving, **dict(state.clusters.items())}
    if isinstance(params.db_cluster_identifier, str):
        name = names.plain(params.db_cluster_identifier)
        if name not in items:
            raise errors.no_cluster(params.db_cluster_identifier)
        items = {name: items[name]}
    found, marker = pages.paged(params, items, keep)
    return api.DescribeDBClustersResult(
        db_clusters=[cluster_plans.shown(call, one) for one in found], marker=marker
    )


# modify


@service.handle
def modify_db_cluster(state: Databases, call: Call[api.ModifyDBCluster]) -> api.ModifyDBClusterResult:
    """Only one that is available."""
    params = call.params
    cluster = required(state, params.db_cluster_identifier)
    if (status := lives.status(call, cluster)) not in ("available", "stopped"):
        # evidence: guess
        raise errors.cluster_state(f"Cluster {cluster.id} is not in available state: {status}")
    instance_plans.check_numbers(params)
    password: object = params.master_user_password
    if not isinstance(password, UnsetType):
        instance_plans.check_password(str(password), told(cluster.shown.engine, ""))
    if isinstance(params.new_db_cluster_identifier, str):
        new = names.check("NewDBClusterIdentifier", params.new_db_cluster_identifier)
        if new != cluster.id and new in state.clusters:
            raise errors.cluster_exists()
    engine = engines.ENGINES.get(told(cluster.shown.engine, ""))
    if engine is not None:
        version = engine.version(told(params.engine_version, cluster.shown.engine_version))
        cluster_plans.parameter_group(state, params.db_cluster_parameter_group_name, engine.family(version))
    return api.ModifyDBClusterResult(
        db_cluster=members.changed(_applied(cluster_plans.shown(call, cluster), params), status=status)
    )


def _applied(shown: api.DBCluster, params: api.ModifyDBCluster) -> api.DBCluster:
    """The cluster after a change; most changes of clusters are done at once."""
    asked = members.taken(params, api.DBCluster)
    asked.pop("db_cluster_identifier", None)
    password: object = params.master_user_password
    logs = params.cloudwatch_logs_export_configuration
    exported: list[str] | UnsetType = UNSET
    if not isinstance(logs, UnsetType):
        kept = set(told(shown.enabled_cloudwatch_logs_exports, [])) | set(told(logs.enable_log_types, []))
        exported = sorted(kept - set(told(logs.disable_log_types, [])))
    group = params.db_cluster_parameter_group_name
    return members.changed(
        shown, **asked, db_cluster_parameter_group=group.lower() if isinstance(group, str) else UNSET,
        iam_database_authentication_enabled=params.enable_iam_database_authentication,
        performance_insights_enabled=params.enable_performance_insights,
        http_endpoint_enabled=params.enable_http_endpoint, enabled_cloudwatch_logs_exports=exported,
        pending_modified_values=(
            UNSET if isinstance(password, UnsetType) else api.ClusterPendingModifiedValues(master_user_password="****")
        ),
        vpc_security_groups=(
            [
                api.VpcSecurityGroupMembership(vpc_security_group_id=one, status="active")
                for one in params.vpc_security_group_ids
            ]
            if isinstance(params.vpc_security_group_ids, list) else UNSET
        ),
    )  # fmt: skip


@service.project
def db_cluster_modified(
    state: Databases, event: Event[api.ModifyDBCluster, api.ModifyDBClusterResult]
) -> None:
    """The cluster is changed."""
    params = event.params
    cluster = names.inferred(state.clusters, event, params.db_cluster_identifier, "cluster", Cluster)
    shown = members.over(cluster.shown, event.result.db_cluster, without=("status",))
    cluster.shown = _applied(shown, params)
    lives.enter(cluster, "modifying", event.time)
    if isinstance(params.new_db_cluster_identifier, str):
        _rename(state, event, cluster, names.plain(params.new_db_cluster_identifier))


def _rename(
    state: Databases, event: Event[api.ModifyDBCluster, api.ModifyDBClusterResult], cluster: Cluster, new: str
) -> None:
    old = cluster.id
    state.clusters.pop(old, None)
    cluster.id, cluster.arn = new, names.arn(event, "cluster", new)
    cluster.shown = members.changed(
        cluster.shown, db_cluster_identifier=new, db_cluster_arn=cluster.arn,
        endpoint=_renamed(cluster.shown.endpoint, old, new),
        reader_endpoint=_renamed(cluster.shown.reader_endpoint, old, new),
    )  # fmt: skip
    state.clusters[new] = cluster
    for one in state.instances.values():
        if one.shown.db_cluster_identifier == old:
            one.shown = members.changed(one.shown, db_cluster_identifier=new)


def _renamed(address: str | UnsetType, old: str, new: str) -> str | UnsetType:
    return UNSET if isinstance(address, UnsetType) else address.replace(f"{old}.", f"{new}.", 1)


# delete


@service.handle
def delete_db_cluster(state: Databases, call: Call[api.DeleteDBCluster]) -> api.DeleteDBClusterResult:
    """One without instances, that is not protected, with a last snapshot or without."""
    params = call.params
    cluster = required(state, params.db_cluster_identifier)
    if cluster.shown.deletion_protection is True:
        # evidence: guess
        raise errors.combination(
            "Cannot delete protected Cluster, please disable deletion protection and try again."
        )
    final = params.final_db_snapshot_identifier
    if params.skip_final_snapshot is True and isinstance(final, str):
        # evidence: guess
        raise errors.combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting with no final snapshot"
        )
    if params.skip_final_snapshot is not True:
        if isinstance(final, UnsetType):
            # evidence: guess
            raise errors.combination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )
        cluster_snapshots.new_name(state, call, "FinalDBSnapshotIdentifier", final)
    if told(cluster.shown.db_cluster_members, []):
        # evidence: guess
        raise errors.cluster_state(
            "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
        )
    if any(cluster.arn == one for one in global_clusters.held_arns(state, call)):
        # evidence: guess
        raise errors.cluster_state(
            "This cluster is a part of a global cluster, please remove it from globalcluster first"
        )
    return api.DeleteDBClusterResult(
        db_cluster=members.changed(cluster_plans.shown(call, cluster), status="deleting")
    )


@service.project
def db_cluster_deleted(
    state: Databases, event: Event[api.DeleteDBCluster, api.DeleteDBClusterResult]
) -> None:
    """The cluster leaves; its last snapshot is there."""
    params = event.params
    name = names.plain(params.db_cluster_identifier)
    cluster = state.clusters.pop(name, None) or Cluster(id=name, arn=names.arn(event, "cluster", name))
    cluster.shown = members.over(cluster.shown, event.result.db_cluster, without=("status",))
    cluster.shown = msgspec.structs.replace(cluster.shown, pending_modified_values=UNSET)
    if isinstance(params.final_db_snapshot_identifier, str):
        cluster_snapshots.put(state, event, names.plain(params.final_db_snapshot_identifier), cluster)
    if params.delete_automated_backups is False:
        backups.keep_cluster(state, event, cluster)
    lives.enter(cluster, "deleting", event.time)
    state.leaving_clusters[name] = cluster
    events.happened(state, event, cluster, "db-cluster", "DB cluster deleted", "deletion")


@service.evidence
def db_cluster_was_gone(state: Databases, event: Event[api.DeleteDBCluster, None]) -> None:
    """A cluster that could not be deleted because it is not there is not there."""
    if event.error == "DBClusterNotFoundFault":
        state.clusters.pop(names.plain(event.params.db_cluster_identifier), None)
