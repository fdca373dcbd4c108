"""Automated backups that outlive their database.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import api, errors, instance_views, lives, names, pages
from backtrail_aws.rds.state import Backup, Cluster, ClusterBackup, Databases, Instance, service


def _of_instance(
    instance: Instance, shown: api.DBInstance, status: str, region: str
) -> api.DBInstanceAutomatedBackup:
    group = shown.db_subnet_group
    return members.changed(
        members.over(api.DBInstanceAutomatedBackup(), shown), status=status, region=region, port=instance.port,
        encrypted=shown.storage_encrypted, db_instance_arn=instance.arn, db_instance_identifier=instance.id,
        vpc_id=group.vpc_id if isinstance(group, api.DBSubnetGroup) else UNSET,
    )  # fmt: skip


def keep(state: Databases, event: Event[Any, Any], instance: Instance) -> None:
    """In a fold: an instance's automated backups stay without it."""
    resource = told(instance.shown.dbi_resource_id, instance.id)
    shown = instance_views.settled(instance, event.time, None)
    if shown.backup_retention_period == 0:
        return
    arn = names.arn(event, "auto-backup", f"ab-{event.new_id('hex16', 'backup')}")
    backup = members.changed(
        _of_instance(instance, shown, "retained", event.region), db_instance_automated_backups_arn=arn,
        restore_window=api.RestoreWindow(latest_time=SpacedTime.of(event.time)),
    )  # fmt: skip
    state.backups[resource] = Backup(id=resource, arn=arn, shown=backup, status="retained")


def keep_cluster(state: Databases, event: Event[Any, Any], cluster: Cluster) -> None:
    """In a fold: a cluster's automated backups stay without it."""
    resource = told(cluster.shown.db_cluster_resource_id, cluster.id)
    arn = names.arn(event, "cluster-auto-backup", f"cab-{event.new_id('hex16', 'backup')}")
    backup = members.changed(
        members.over(api.DBClusterAutomatedBackup(), cluster.shown), status="retained", region=event.region,
        db_cluster_automated_backups_arn=arn, db_cluster_arn=cluster.arn,
    )  # fmt: skip
    state.cluster_backups[resource] = ClusterBackup(id=resource, arn=arn, shown=backup, status="retained")


def _find(state: Databases, params: api.DeleteDBInstanceAutomatedBackup) -> Backup | None:
    if isinstance(params.dbi_resource_id, str):
        return state.backups.get(params.dbi_resource_id)
    arn = told(params.db_instance_automated_backups_arn, "")
    return next((one for one in state.backups.values() if one.arn == arn), None)


@service.handle
def delete_db_instance_automated_backup(
    state: Databases, call: Call[api.DeleteDBInstanceAutomatedBackup]
) -> api.DeleteDBInstanceAutomatedBackupResult:
    """Only what was kept of a deleted instance."""
    params = call.params
    found = _find(state, params)
    if found is None:
        raise errors.no_backup(
            told(params.dbi_resource_id, told(params.db_instance_automated_backups_arn, ""))
        )
    return api.DeleteDBInstanceAutomatedBackupResult(
        db_instance_automated_backup=members.changed(found.shown, status="deleting")
    )


@service.project
def db_instance_automated_backup_deleted(
    state: Databases,
    event: Event[api.DeleteDBInstanceAutomatedBackup, api.DeleteDBInstanceAutomatedBackupResult],
) -> None:
    """It is gone."""
    found = _find(state, event.params)
    if found is not None:
        state.backups.pop(found.id, None)


@service.handle
def delete_db_cluster_automated_backup(
    state: Databases, call: Call[api.DeleteDBClusterAutomatedBackup]
) -> api.DeleteDBClusterAutomatedBackupResult:
    """Only what was kept of a deleted cluster."""
    found = state.cluster_backups.get(call.params.db_cluster_resource_id)
    if found is None:
        raise errors.no_cluster_backup(call.params.db_cluster_resource_id)
    return api.DeleteDBClusterAutomatedBackupResult(
        db_cluster_automated_backup=members.changed(found.shown, status="deleting")
    )


@service.project
def db_cluster_automated_backup_deleted(
    state: Databases,
    event: Event[api.DeleteDBClusterAutomatedBackup, api.DeleteDBClusterAutomatedBackupResult],
) -> None:
    """It is gone."""
    state.cluster_backups.pop(event.params.db_cluster_resource_id, None)


@service.read
def describe_db_instance_automated_backups(
    state: Databases, call: Call[api.DescribeDBInstanceAutomatedBackups]
) -> api.DescribeDBInstanceAutomatedBackupsResult:
    """Those of instances that live, and those that were kept."""
    params = call.params
    items = {name: one.shown for name, one in state.backups.items()}
    for one in state.instances.values():
        shown = instance_views.settled(one, call.time, lives.status(call, one))
        if told(shown.backup_retention_period, 0) and isinstance(shown.db_cluster_identifier, UnsetType):
            backup = _of_instance(one, shown, "active", call.region)
            items[told(shown.dbi_resource_id, one.id)] = backup
    fields: pages.Fields[api.DBInstanceAutomatedBackup] = {
        "status": lambda one: one.status,
        "db-instance-id": lambda one: [told(one.db_instance_identifier, ""), told(one.db_instance_arn, "")],
        "dbi-resource-id": lambda one: one.dbi_resource_id,
    }
    filtered = pages.filtered(params.filters, fields)
    name, arn = params.db_instance_identifier, params.db_instance_automated_backups_arn

    def keep_one(one: api.DBInstanceAutomatedBackup) -> bool:
        return (
            filtered(one)
            and (isinstance(name, UnsetType) or one.db_instance_identifier == names.plain(name))
            and (
                isinstance(params.dbi_resource_id, UnsetType) or one.dbi_resource_id == params.dbi_resource_id
            )
            and (isinstance(arn, UnsetType) or one.db_instance_automated_backups_arn == arn)
        )

    found, marker = pages.paged(params, items, keep_one)
    return api.DescribeDBInstanceAutomatedBackupsResult(db_instance_automated_backups=found, marker=marker)


@service.read
def describe_db_cluster_automated_backups(
    state: Databases, call: Call[api.DescribeDBClusterAutomatedBackups]
) -> api.DescribeDBClusterAutomatedBackupsResult:
    """Those of clusters that live, and those that were kept."""
    params = call.params
    items = {name: one.shown for name, one in state.cluster_backups.items()}
    for one in state.clusters.values():
        backup = members.over(api.DBClusterAutomatedBackup(), one.shown)
        backup = members.changed(backup, status="active", region=call.region, db_cluster_identifier=one.id)
        items[told(one.shown.db_cluster_resource_id, one.id)] = backup
    fields: pages.Fields[api.DBClusterAutomatedBackup] = {
        "status": lambda one: one.status,
        "db-cluster-id": lambda one: [told(one.db_cluster_identifier, ""), told(one.db_cluster_arn, "")],
        "db-cluster-resource-id": lambda one: one.db_cluster_resource_id,
    }
    filtered = pages.filtered(params.filters, fields)
    name, resource = params.db_cluster_identifier, params.db_cluster_resource_id

    def keep_one(one: api.DBClusterAutomatedBackup) -> bool:
        return (
            filtered(one)
            and (isinstance(name, UnsetType) or one.db_cluster_identifier == names.plain(name))
            and (isinstance(resource, UnsetType) or one.db_cluster_resource_id == resource)
        )

    found, marker = pages.paged(params, items, keep_one)
    return api.DescribeDBClusterAutomatedBackupsResult(db_cluster_automated_backups=found, marker=marker)
