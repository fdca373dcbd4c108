"""Instances rebooted, stopped, started; their roles and log files."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail_aws.rds import api, errors, events, instance_views, lives, names, pages, snapshots
from backtrail_aws.rds.state import Databases, Instance, service

# reboot, stop, start


def _in(call: Call[Any], instance: Instance, *states: str) -> api.DBInstance:
    """The instance as it is shown, in one of these states. Raises `Refusal`."""
    if (status := lives.status(call, instance)) not in states:
        # evidence: guess
        raise errors.instance_state(f"Instance {instance.id} is not in {states[0]} state: {status}")
    return instance_views.shown(call, instance)


@service.handle
def reboot_db_instance(state: Databases, call: Call[api.RebootDBInstance]) -> api.RebootDBInstanceResult:
    """With a failover where it has a standby and that is wanted."""
    instance = instance_views.required(state, call.params.db_instance_identifier)
    shown = _in(call, instance, "available", "incompatible-parameters")
    if call.params.force_failover is True and shown.multi_az is False:
        # evidence: guess
        raise errors.combination("Cannot fail over: the DB instance is not configured for MultiAZ.")
    return api.RebootDBInstanceResult(db_instance=members.changed(shown, db_instance_status="rebooting"))


@service.project
def db_instance_rebooted(
    state: Databases, event: Event[api.RebootDBInstance, api.RebootDBInstanceResult]
) -> None:
    """It is rebooted, its parameters are in force; after a failover the standby is the primary."""
    instance = names.inferred(state.instances, event, event.params.db_instance_identifier, "db", Instance)
    if event.params.force_failover is True:
        instance.zone, instance.second = instance.second, instance.zone
        for message in ("Multi-AZ instance failover started", "Multi-AZ instance failover completed"):
            events.happened(state, event, instance, "db-instance", message, "failover")
    groups = [
        members.changed(one, parameter_apply_status="in-sync")
        for one in told(instance.shown.db_parameter_groups, [])
    ]
    instance.shown = members.changed(instance.shown, db_parameter_groups=groups or UNSET)
    lives.enter(instance, "rebooting", event.time)
    events.happened(state, event, instance, "db-instance", "DB instance restarted", "availability")


@service.handle
def stop_db_instance(state: Databases, call: Call[api.StopDBInstance]) -> api.StopDBInstanceResult:
    """An available one, with a snapshot where one is named; not one of a cluster, nor with replicas."""
    instance = instance_views.required(state, call.params.db_instance_identifier)
    shown = _in(call, instance, "available")
    if isinstance(shown.db_cluster_identifier, str) or told(shown.read_replica_db_instance_identifiers, []):
        # evidence: page USER_StopInstance.html (limitations); words: guess
        raise errors.instance_state(
            "Cannot stop a DB instance that has a read replica, or that is in a cluster."
        )
    if isinstance(call.params.db_snapshot_identifier, str):
        snapshots.new_name(state, call, "DBSnapshotIdentifier", call.params.db_snapshot_identifier)
    return api.StopDBInstanceResult(db_instance=members.changed(shown, db_instance_status="stopping"))


@service.project
def db_instance_stopped(state: Databases, event: Event[api.StopDBInstance, api.StopDBInstanceResult]) -> None:
    """It stops."""
    instance = names.inferred(state.instances, event, event.params.db_instance_identifier, "db", Instance)
    if isinstance(event.params.db_snapshot_identifier, str):
        snapshots.put(state, event, names.plain(event.params.db_snapshot_identifier), instance)
    lives.enter(instance, "stopping", event.time)
    events.happened(state, event, instance, "db-instance", "DB instance stopped", "notification")


@service.handle
def start_db_instance(state: Databases, call: Call[api.StartDBInstance]) -> api.StartDBInstanceResult:
    """A stopped one."""
    instance = instance_views.required(state, call.params.db_instance_identifier)
    shown = _in(call, instance, "stopped")
    return api.StartDBInstanceResult(db_instance=members.changed(shown, db_instance_status="starting"))


@service.project
def db_instance_started(
    state: Databases, event: Event[api.StartDBInstance, api.StartDBInstanceResult]
) -> None:
    """It starts."""
    instance = names.inferred(state.instances, event, event.params.db_instance_identifier, "db", Instance)
    lives.enter(instance, "starting", event.time)
    events.happened(state, event, instance, "db-instance", "DB instance started", "notification")


# roles


@service.handle
def add_role_to_db_instance(state: Databases, call: Call[api.AddRoleToDBInstance]) -> None:
    """One role for a feature."""
    instance = instance_views.required(state, call.params.db_instance_identifier)
    if any(one.role_arn == call.params.role_arn for one in told(instance.shown.associated_roles, [])):
        raise errors.instance_role_exists(call.params.role_arn)


@service.project
def role_added_to_db_instance(state: Databases, event: Event[api.AddRoleToDBInstance, None]) -> None:
    """It has the role."""
    params = event.params
    instance = names.inferred(state.instances, event, params.db_instance_identifier, "db", Instance)
    role = api.DBInstanceRole(role_arn=params.role_arn, feature_name=params.feature_name, status="ACTIVE")
    kept = [one for one in told(instance.shown.associated_roles, []) if one.role_arn != params.role_arn]
    instance.shown = members.changed(instance.shown, associated_roles=[*kept, role])


@service.handle
def remove_role_from_db_instance(state: Databases, call: Call[api.RemoveRoleFromDBInstance]) -> None:
    """A role that it has."""
    params = call.params
    if isinstance(params.feature_name, UnsetType):
        raise errors.missing("FeatureName")
    instance = instance_views.required(state, params.db_instance_identifier)
    roles = instance.shown.associated_roles
    if isinstance(roles, list) and not any(one.role_arn == params.role_arn for one in roles):
        raise errors.no_instance_role(params.role_arn)


@service.project
def role_removed_from_db_instance(state: Databases, event: Event[api.RemoveRoleFromDBInstance, None]) -> None:
    """It has the role no more."""
    params = event.params
    instance = names.inferred(state.instances, event, params.db_instance_identifier, "db", Instance)
    kept = [one for one in told(instance.shown.associated_roles, []) if one.role_arn != params.role_arn]
    instance.shown = members.changed(instance.shown, associated_roles=kept)


# log files: no database runs here, so there are none


@service.read
def describe_db_log_files(
    state: Databases, call: Call[api.DescribeDBLogFiles]
) -> api.DescribeDBLogFilesResult:
    """None: no database runs that could write one."""
    instance_views.required(state, call.params.db_instance_identifier)
    nothing: dict[str, api.DescribeDBLogFilesDetails] = {}
    found, marker = pages.paged(call.params, nothing, least=1)
    return api.DescribeDBLogFilesResult(describe_db_log_files=found, marker=marker)


@service.read
def download_db_log_file_portion(
    state: Databases, call: Call[api.DownloadDBLogFilePortion]
) -> api.DownloadDBLogFilePortionResult:
    """There is no such file."""
    instance_views.required(state, call.params.db_instance_identifier)
    raise errors.no_log_file(call.params.log_file_name)
