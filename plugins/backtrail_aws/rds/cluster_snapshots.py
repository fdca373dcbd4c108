"""Snapshots of clusters: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_CreateSnapshotCluster.html"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import api, cluster_plans, errors, limits, lives, names, pages, sharing, tags
from backtrail_aws.rds.state import Cluster, ClusterSnapshot, Databases, service


def new_name(state: Databases, call: Call[Any], member: str, asked: str) -> str:
    """The name of a snapshot that is to be made. Raises `Refusal`."""
    name = names.check(member, asked, 255)
    if name in state.cluster_snapshots:
        raise errors.cluster_snapshot_exists(name)
    if len(state.cluster_snapshots) >= call.quota("cluster_snapshots", limits.CLUSTER_SNAPSHOTS_MAX):
        raise errors.too_many("SnapshotQuotaExceeded", "manual cluster snapshots")
    return name


def _made(cluster: Cluster, name: str, arn: str, time: datetime) -> api.DBClusterSnapshot:
    return members.changed(
        members.over(api.DBClusterSnapshot(), cluster.shown), db_cluster_snapshot_identifier=name,
        db_cluster_snapshot_arn=arn, db_cluster_identifier=cluster.id, snapshot_type="manual", status="creating",
        percent_progress=0, snapshot_create_time=SpacedTime.of(time), tag_list=[],
    )  # fmt: skip


@service.handle
def create_db_cluster_snapshot(
    state: Databases, call: Call[api.CreateDBClusterSnapshot]
) -> api.CreateDBClusterSnapshotResult:
    """Of a cluster that is available."""
    params = call.params
    cluster = cluster_plans.required(state, params.db_cluster_identifier)
    name = new_name(state, call, "DBClusterSnapshotIdentifier", params.db_cluster_snapshot_identifier)
    tags.check(params.tags)
    if (status := lives.status(call, cluster)) != "available":
        # evidence: guess
        raise errors.cluster_state(f"Cluster {cluster.id} is not in available state: {status}")
    held = tags.plain(params.tags) or (
        dict(cluster.tags) if cluster.shown.copy_tags_to_snapshot is True else {}
    )
    made = _made(cluster, name, call.arn("rds", f"cluster-snapshot:{name}"), call.time)
    return api.CreateDBClusterSnapshotResult(
        db_cluster_snapshot=members.changed(made, tag_list=tags.shown(held))
    )


@service.project
def db_cluster_snapshot_created(
    state: Databases, event: Event[api.CreateDBClusterSnapshot, api.CreateDBClusterSnapshotResult]
) -> None:
    """The snapshot is there."""
    params = event.params
    cluster = names.inferred(state.clusters, event, params.db_cluster_identifier, "cluster", Cluster)
    name = names.plain(params.db_cluster_snapshot_identifier)
    made = put(state, event, name, cluster, event.result.db_cluster_snapshot)
    made.tags = tags.plain(params.tags) or made.tags


def put(
    state: Databases, event: Event[Any, Any], name: str, cluster: Cluster,
    result: api.DBClusterSnapshot | UnsetType = UNSET,
) -> ClusterSnapshot:  # fmt: skip
    """In a fold: a snapshot of a cluster is there."""
    arn = names.arn(event, "cluster-snapshot", name)
    base = _made(cluster, name, arn, event.time)
    kept = dict(cluster.tags) if cluster.shown.copy_tags_to_snapshot is True else {}
    if isinstance(result, api.DBClusterSnapshot):
        base = members.over(base, result)
        kept = tags.plain(result.tag_list) or kept
    made = ClusterSnapshot(
        id=name, arn=told(base.db_cluster_snapshot_arn, arn), shown=base, status="creating", since=event.time,
        tags=kept,
    )  # fmt: skip
    state.cluster_snapshots[name] = made
    return made


def source(state: Databases, call: Call[Any], identifier: str) -> ClusterSnapshot:
    """A snapshot of one's own, or of another's that is shared. Raises `Refusal`."""
    parts = identifier.split(":")
    there, account, name = state, call.account, names.plain(identifier)
    if (
        identifier.startswith("arn:")
        and len(parts) >= 7
        and (parts[4], parts[3]) != (call.account, call.region)
    ):
        there, account, name = call.own(service, parts[4], parts[3]), parts[4], parts[-1].lower()
    found = there.cluster_snapshots.get(name.rpartition(":")[2])
    if found is None or (account != call.account and not sharing.is_shared(found.shared, call.account)):
        raise errors.no_cluster_snapshot(identifier)
    return found


@service.handle
def copy_db_cluster_snapshot(
    state: Databases, call: Call[api.CopyDBClusterSnapshot]
) -> api.CopyDBClusterSnapshotResult:
    """From here, from another region or account."""
    params = call.params
    asked = params.target_db_cluster_snapshot_identifier
    name = new_name(state, call, "TargetDBClusterSnapshotIdentifier", asked)
    held = source(state, call, params.source_db_cluster_snapshot_identifier)
    tags.check(params.tags)
    kept = tags.plain(params.tags) or (dict(held.tags) if params.copy_tags is True else {})
    copied = members.changed(
        held.shown, db_cluster_snapshot_identifier=name, status="creating", snapshot_type="manual",
        db_cluster_snapshot_arn=call.arn("rds", f"cluster-snapshot:{name}"), kms_key_id=params.kms_key_id,
        storage_encrypted=True if isinstance(params.kms_key_id, str) else UNSET, tag_list=tags.shown(kept),
        source_db_cluster_snapshot_arn=held.arn, snapshot_create_time=SpacedTime.of(call.time),
    )  # fmt: skip
    return api.CopyDBClusterSnapshotResult(db_cluster_snapshot=copied)


@service.project
def db_cluster_snapshot_copied(
    state: Databases, event: Event[api.CopyDBClusterSnapshot, api.CopyDBClusterSnapshotResult]
) -> None:
    """The copy is there."""
    params = event.params
    name = names.plain(params.target_db_cluster_snapshot_identifier)
    shown = members.over(api.DBClusterSnapshot(), params, event.result.db_cluster_snapshot)
    arn = told(shown.db_cluster_snapshot_arn, names.arn(event, "cluster-snapshot", name))
    state.cluster_snapshots[name] = ClusterSnapshot(
        id=name, arn=arn, shown=members.changed(shown, snapshot_type="manual"), status="creating",
        since=event.time, tags=tags.plain(params.tags) or tags.plain(shown.tag_list),
    )  # fmt: skip


def required(state: Databases, identifier: str) -> ClusterSnapshot:
    """The snapshot of an id or ARN. Raises `Refusal`."""
    found = state.cluster_snapshots.get(names.plain(identifier).rpartition(":")[2])
    if found is None:
        raise errors.no_cluster_snapshot(identifier)
    return found


@service.handle
def delete_db_cluster_snapshot(
    state: Databases, call: Call[api.DeleteDBClusterSnapshot]
) -> api.DeleteDBClusterSnapshotResult:
    """Only one that is available."""
    held = required(state, call.params.db_cluster_snapshot_identifier)
    if (status := lives.status(call, held)) != "available":
        # evidence: guess
        raise errors.cluster_snapshot_state(f"Cannot delete the cluster snapshot in state {status}.")
    return api.DeleteDBClusterSnapshotResult(
        db_cluster_snapshot=members.changed(shown(call, held), status="deleted")
    )


@service.project
def db_cluster_snapshot_deleted(
    state: Databases, event: Event[api.DeleteDBClusterSnapshot, api.DeleteDBClusterSnapshotResult]
) -> None:
    """It is gone."""
    state.cluster_snapshots.pop(names.plain(event.params.db_cluster_snapshot_identifier), None)


@service.evidence
def db_cluster_snapshot_was_gone(state: Databases, event: Event[api.DeleteDBClusterSnapshot, None]) -> None:
    """A snapshot that could not be deleted because it is not there is not there."""
    if event.error == "DBClusterSnapshotNotFoundFault":
        state.cluster_snapshots.pop(names.plain(event.params.db_cluster_snapshot_identifier), None)


def shown(call: Call[Any], held: ClusterSnapshot) -> api.DBClusterSnapshot:
    """A snapshot as answers show it."""
    status = lives.status(call, held)
    return members.changed(
        held.shown, db_cluster_snapshot_identifier=held.id, db_cluster_snapshot_arn=held.arn or UNSET,
        status=status, percent_progress=100 if status == "available" else 0, tag_list=tags.shown(held.tags),
    )  # fmt: skip


@service.read
def describe_db_cluster_snapshots(
    state: Databases, call: Call[api.DescribeDBClusterSnapshots]
) -> api.DescribeDBClusterSnapshotsResult:
    """One's own; one of another's that is shared with the account needs its ARN."""
    params = call.params
    fields: pages.Fields[ClusterSnapshot] = {
        "db-cluster-id": lambda one: one.shown.db_cluster_identifier,
        "db-cluster-snapshot-id": lambda one: [one.id, one.arn],
        "snapshot-type": lambda one: one.shown.snapshot_type,
        "engine": lambda one: one.shown.engine,
    }
    filtered = pages.filtered(params.filters, fields)
    cluster, kind = params.db_cluster_identifier, params.snapshot_type

    def keep(one: ClusterSnapshot) -> bool:
        return (
            filtered(one)
            and (isinstance(cluster, UnsetType) or one.shown.db_cluster_identifier == names.plain(cluster))
            and (kind in (UNSET, "shared", "public") or told(one.shown.snapshot_type, "manual") == kind)
        )

    if isinstance(params.db_cluster_snapshot_identifier, str):
        one = source(state, call, params.db_cluster_snapshot_identifier)
        found = [shown(call, one)] if keep(one) else []
        return api.DescribeDBClusterSnapshotsResult(db_cluster_snapshots=found)
    if kind in ("shared", "public"):
        return api.DescribeDBClusterSnapshotsResult(db_cluster_snapshots=[])
    held, marker = pages.paged(params, state.cluster_snapshots, keep)
    return api.DescribeDBClusterSnapshotsResult(
        db_cluster_snapshots=[shown(call, one) for one in held], marker=marker
    )


def _attributes(name: str, shared: list[str]) -> api.DBClusterSnapshotAttributesResult:
    attribute = api.DBClusterSnapshotAttribute(attribute_name=sharing.RESTORE, attribute_values=shared)
    return api.DBClusterSnapshotAttributesResult(
        db_cluster_snapshot_identifier=name, db_cluster_snapshot_attributes=[attribute]
    )


@service.read
def describe_db_cluster_snapshot_attributes(
    state: Databases, call: Call[api.DescribeDBClusterSnapshotAttributes]
) -> api.DescribeDBClusterSnapshotAttributesResult:
    """Whom it is shared with."""
    held = required(state, call.params.db_cluster_snapshot_identifier)
    return api.DescribeDBClusterSnapshotAttributesResult(
        db_cluster_snapshot_attributes_result=_attributes(held.id, held.shared)
    )


@service.handle
def modify_db_cluster_snapshot_attribute(
    state: Databases, call: Call[api.ModifyDBClusterSnapshotAttribute]
) -> api.ModifyDBClusterSnapshotAttributeResult:
    """Share a snapshot with accounts, or with all, or no more."""
    held = required(state, call.params.db_cluster_snapshot_identifier)
    shared = sharing.after(call.params, held.shared, held.shown.storage_encrypted is True)
    return api.ModifyDBClusterSnapshotAttributeResult(
        db_cluster_snapshot_attributes_result=_attributes(held.id, shared)
    )


@service.project
def db_cluster_snapshot_attribute_modified(
    state: Databases,
    event: Event[api.ModifyDBClusterSnapshotAttribute, api.ModifyDBClusterSnapshotAttributeResult],
) -> None:
    """It is shared so."""
    held = names.inferred(
        state.cluster_snapshots, event, event.params.db_cluster_snapshot_identifier, "cluster-snapshot",
        ClusterSnapshot,
    )  # fmt: skip
    held.shared = sharing.changed(event.params, held.shared)
