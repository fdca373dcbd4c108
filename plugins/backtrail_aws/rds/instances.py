"""DB instances: made, described, changed, deleted.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html and its neighbours
"""

from __future__ import annotations

from backtrail import UNSET, Answer, Call, Event, UnsetType, members, told
from backtrail_aws.rds import (
    api,
    backups,
    engines,
    errors,
    events,
    instance_changes,
    instance_plans,
    instance_views,
    lives,
    names,
    pages,
    snapshots,
    tags,
)
from backtrail_aws.rds.instance_plans import Made
from backtrail_aws.rds.instance_views import required
from backtrail_aws.rds.state import Databases, Instance, service

# create


@service.handle
def create_db_instance(
    state: Databases, call: Call[api.CreateDBInstance]
) -> Answer[api.CreateDBInstanceResult]:
    """An instance of its own, or one in a cluster, which has the cluster's settings."""
    params = call.params
    name = instance_plans.new_name(state, call, params.db_instance_identifier)
    engine = engines.engine(params.engine)
    instance_plans.check_class(params.db_instance_class)
    tags.check(params.tags)
    in_cluster = isinstance(params.db_cluster_identifier, str)
    if engine.is_aurora and not in_cluster:
        # evidence: guess
        raise errors.combination("Aurora DB instances must be created in a DB cluster: DBClusterIdentifier")
    if not in_cluster:
        instance_plans.check_master(params, engine.name)
        if isinstance(params.allocated_storage, UnsetType):
            # evidence: guess
            raise errors.value("Invalid storage size for engine name and storage type: null")
    instance_plans.check_numbers(params)
    shown = instance_plans.created(state, call, name, engine, params)
    return Answer(
        api.CreateDBInstanceResult(db_instance=shown),
        note=instance_plans.made(call, shown, params, engine.port),
    )


@service.project
def db_instance_created(
    state: Databases, event: Event[api.CreateDBInstance, api.CreateDBInstanceResult]
) -> None:
    """The instance is there; one of a cluster is its member."""
    params = event.params
    name = names.plain(params.db_instance_identifier)
    shown = members.over(api.DBInstance(), params, event.result.db_instance)
    instance = instance_plans.put(state, event, name, shown, event.note(Made), tags.plain(params.tags))
    if isinstance(instance.port, UnsetType):
        instance.port = params.port
    instance_plans.join(state, event, instance, params.db_cluster_identifier)
    events.happened(state, event, instance, "db-instance", "DB instance created", "creation")


# describe


@service.read
def describe_db_instances(
    state: Databases, call: Call[api.DescribeDBInstances]
) -> api.DescribeDBInstancesResult:
    """One, or all that the filters keep, those being deleted among them."""
    params = call.params
    fields: pages.Fields[Instance] = {
        "db-instance-id": lambda one: [one.id, one.arn],
        "db-cluster-id": lambda one: one.shown.db_cluster_identifier,
        "dbi-resource-id": lambda one: one.shown.dbi_resource_id,
        "engine": lambda one: one.shown.engine,
        "domain": lambda one: [told(held.domain, "") for held in told(one.shown.domain_memberships, [])],
    }
    keep = pages.filtered(params.filters, fields)
    items = instance_views.all_of(state, call)
    if isinstance(params.db_instance_identifier, str):
        name = names.plain(params.db_instance_identifier)
        if name not in items:
            raise errors.no_instance(params.db_instance_identifier)
        items = {name: items[name]}
    found, marker = pages.paged(params, items, keep)
    return api.DescribeDBInstancesResult(
        db_instances=[instance_views.shown(call, one) for one in found], marker=marker
    )


# modify


@service.handle
def modify_db_instance(state: Databases, call: Call[api.ModifyDBInstance]) -> api.ModifyDBInstanceResult:
    """What needs a window waits for it, unless it is to be applied at once; the rest is done now."""
    params = call.params
    instance = required(state, params.db_instance_identifier)
    status = lives.status(call, instance)
    if status not in ("available", "storage-full", "stopped"):
        # evidence: guess
        raise errors.instance_state(f"Database instance is not in available state: {status}")
    instance_changes.check(state, call, instance)
    after = instance_changes.applied(instance_views.settled(instance, call.time, status), params)
    return api.ModifyDBInstanceResult(
        db_instance=members.changed(instance_views.dressed(instance, after), db_instance_status=status)
    )


@service.project
def db_instance_modified(
    state: Databases, event: Event[api.ModifyDBInstance, api.ModifyDBInstanceResult]
) -> None:
    """What was changed is changed, or waits."""
    params = event.params
    instance = names.inferred(state.instances, event, params.db_instance_identifier, "db", Instance)
    before = instance_views.settled(instance, event.time, None)
    instance.shown = instance_changes.applied(members.over(before, _told(event)), params)
    at_once = params.apply_immediately is True
    instance.due = UNSET if at_once else lives.next_window(before.preferred_maintenance_window, event.time)
    if at_once or not isinstance(instance.due, UnsetType):
        lives.enter(instance, "modifying", event.time)
    if isinstance(params.db_port_number, int):
        instance.port = params.db_port_number
    new = params.new_db_instance_identifier
    if at_once and isinstance(new, str):
        instance_plans.rename(state, event, instance, names.plain(new))
    events.happened(state, event, instance, "db-instance", "DB instance modified", "configuration change")


def _told(event: Event[api.ModifyDBInstance, api.ModifyDBInstanceResult]) -> api.DBInstance | UnsetType:
    """What a record tells of the instance beside what was asked: its status, and its pending values, are worked out."""
    shown = event.result.db_instance
    if isinstance(shown, UnsetType):
        return UNSET
    return members.over(api.DBInstance(), shown, without=("db_instance_status", "pending_modified_values"))


# delete


@service.handle
def delete_db_instance(state: Databases, call: Call[api.DeleteDBInstance]) -> api.DeleteDBInstanceResult:
    """With a last snapshot, or without one; not one that is protected."""
    params = call.params
    name = names.plain(params.db_instance_identifier)
    if lives.is_leaving(call, state.leaving, name):
        # evidence: guess
        raise errors.instance_state(f"Instance {name} is already being deleted.")
    instance = required(state, name)
    shown = instance_views.shown(call, instance)
    if shown.deletion_protection is True:
        # evidence: guess
        raise errors.combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again."
        )
    final, skip = params.final_db_snapshot_identifier, params.skip_final_snapshot is True
    if skip and isinstance(final, str):
        # evidence: guess
        raise errors.combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting with no final snapshot"
        )
    in_cluster = isinstance(shown.db_cluster_identifier, str)
    if not skip and not in_cluster:
        if isinstance(final, UnsetType):
            # evidence: guess
            raise errors.combination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )
        snapshots.new_name(state, call, "FinalDBSnapshotIdentifier", final)
    return api.DeleteDBInstanceResult(db_instance=members.changed(shown, db_instance_status="deleting"))


@service.project
def db_instance_deleted(
    state: Databases, event: Event[api.DeleteDBInstance, api.DeleteDBInstanceResult]
) -> None:
    """The instance leaves, with its automated backups unless they are kept; its last snapshot is there."""
    params = event.params
    name = names.plain(params.db_instance_identifier)
    instance = state.instances.get(name)
    if instance is None:
        instance = Instance(id=name, arn=names.arn(event, "db", name))
    instance.shown = members.over(
        instance.shown, event.result.db_instance, without=("db_instance_status", "pending_modified_values")
    )
    if isinstance(params.final_db_snapshot_identifier, str):
        snapshots.put(state, event, names.plain(params.final_db_snapshot_identifier), instance)
    if params.delete_automated_backups is False:
        backups.keep(state, event, instance)
    instance_plans.leave(state, event, instance)
    events.happened(state, event, instance, "db-instance", "DB instance deleted", "deletion")


@service.evidence
def db_instance_was_gone(state: Databases, event: Event[api.DeleteDBInstance, None]) -> None:
    """An instance that could not be deleted because it is not there is not there."""
    if event.error in ("DBInstanceNotFound", "DBInstanceNotFoundFault"):
        state.instances.pop(names.plain(event.params.db_instance_identifier), None)
