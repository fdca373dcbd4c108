"""Instances made from snapshots, and from what an instance was at a time.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, UnsetType, members, told
from backtrail_aws.rds import (
    api,
    engines,
    errors,
    instance_plans,
    instance_views,
    lives,
    names,
    sharing,
    snapshots,
    tags,
)
from backtrail_aws.rds.instance_plans import Made
from backtrail_aws.rds.state import Databases, Instance, Snapshot, service


def _from_snapshot(snapshot: api.DBSnapshot) -> api.DBInstance:
    """What of an instance its snapshot tells."""
    return members.changed(
        members.over(
            api.DBInstance(), snapshot, without=("db_instance_identifier", "tag_list", "dbi_resource_id")
        ),
        storage_encrypted=snapshot.encrypted,
    )


def _finished(
    state: Databases, call: Call[Any], base: api.DBInstance, name: str,
    params: api.RestoreDBInstanceFromDBSnapshot | api.RestoreDBInstanceToPointInTime, port: int | UnsetType,
) -> tuple[api.DBInstance, Made]:  # fmt: skip
    engine = engines.engine(told(params.engine, told(base.engine, "mysql")))
    base = members.over(base, params)
    base = members.changed(
        base, engine=engine.name, engine_version=told(base.engine_version, engine.default),
        license_model=told(base.license_model, engine.licences[0]),
        db_instance_class=told(base.db_instance_class, "db.t3.medium"), multi_az=told(params.multi_az, False),
        deletion_protection=told(params.deletion_protection, False),
        backup_retention_period=told(base.backup_retention_period, 1),
    )  # fmt: skip
    shown = instance_plans.common(state, call, name, engine, base, params)
    return shown, instance_plans.made(call, shown, params, told(port, engine.port))


@service.handle
def restore_db_instance_from_db_snapshot(
    state: Databases, call: Call[api.RestoreDBInstanceFromDBSnapshot]
) -> Answer[api.RestoreDBInstanceFromDBSnapshotResult]:
    """From a snapshot of one's own, or of another's that is shared."""
    params = call.params
    name = instance_plans.new_name(state, call, params.db_instance_identifier)
    instance_plans.check_class(params.db_instance_class)
    tags.check(params.tags)
    if isinstance(params.db_snapshot_identifier, UnsetType):
        raise errors.missing("DBSnapshotIdentifier")
    snapshot = _snapshot(state, call, params.db_snapshot_identifier)
    if lives.status(call, snapshot) != "available":
        # evidence: guess
        raise errors.snapshot_state(f"Snapshot {snapshot.id} is not in available state.")
    shown, note = _finished(state, call, _from_snapshot(snapshot.shown), name, params, snapshot.shown.port)
    return Answer(api.RestoreDBInstanceFromDBSnapshotResult(db_instance=shown), note=note)


def _snapshot(state: Databases, call: Call[Any], identifier: str) -> Snapshot:
    parts = identifier.split(":")
    if identifier.startswith("arn:") and len(parts) >= 7 and parts[4] != call.account:
        found = call.own(service, parts[4], parts[3]).snapshots.get(parts[-1].lower())
        if found is not None and parts[3] == call.region and sharing.is_shared(found.shared, call.account):
            return found
        raise errors.no_snapshot(identifier)
    return snapshots.required(state, identifier)


@service.project
def db_instance_restored(
    state: Databases,
    event: Event[api.RestoreDBInstanceFromDBSnapshot, api.RestoreDBInstanceFromDBSnapshotResult],
) -> None:
    """The instance is there, as its snapshot was."""
    params = event.params
    snapshot = names.find(state.snapshots, told(params.db_snapshot_identifier, ""))
    base = _from_snapshot(snapshot.shown) if snapshot is not None else api.DBInstance()
    shown = members.over(base, params, event.result.db_instance)
    name = names.plain(params.db_instance_identifier)
    instance_plans.put(state, event, name, shown, event.note(Made), tags.plain(params.tags))


@service.handle
def restore_db_instance_to_point_in_time(
    state: Databases, call: Call[api.RestoreDBInstanceToPointInTime]
) -> Answer[api.RestoreDBInstanceToPointInTimeResult]:
    """From an instance with automated backups, or from what was kept of one."""
    params = call.params
    name = instance_plans.new_name(state, call, params.target_db_instance_identifier)
    tags.check(params.tags)
    latest = params.use_latest_restorable_time is True
    if latest == (not isinstance(params.restore_time, UnsetType)):
        # evidence: page API_RestoreDBInstanceToPointInTime (RestoreTime); words: guess
        raise errors.combination("Specify either UseLatestRestorableTime or RestoreTime.")
    base, port = _source(state, call)
    if told(base.backup_retention_period, 0) == 0:
        # evidence: model (PointInTimeRestoreNotEnabled); words: guess
        raise errors.too_old()
    shown, note = _finished(state, call, base, name, params, port)
    return Answer(api.RestoreDBInstanceToPointInTimeResult(db_instance=shown), note=note)


def _source(
    state: Databases, call: Call[api.RestoreDBInstanceToPointInTime]
) -> tuple[api.DBInstance, int | UnsetType]:
    params = call.params
    if isinstance(params.source_db_instance_identifier, str):
        found = instance_views.required(state, params.source_db_instance_identifier)
        return _bare(instance_views.settled(found, call.time, lives.status(call, found))), found.port
    resource = told(params.source_dbi_resource_id, "")
    arn = told(params.source_db_instance_automated_backups_arn, "")
    for one in state.instances.values():
        if resource and one.shown.dbi_resource_id == resource:
            return _bare(one.shown), one.port
    for kept in state.backups.values():
        if kept.id == resource or (arn and kept.arn == arn):
            return members.over(
                api.DBInstance(),
                kept.shown,
                without=("db_instance_identifier", "db_instance_arn", "tag_list"),
            ), kept.shown.port
    if not resource and not arn:
        raise errors.missing("SourceDBInstanceIdentifier")
    raise errors.no_backup(resource or arn)


def _bare(shown: api.DBInstance) -> api.DBInstance:
    """An instance's settings without what is its alone."""
    return msgspec.structs.replace(
        shown, pending_modified_values=UNSET, endpoint=UNSET, tag_list=UNSET, availability_zone=UNSET,
        secondary_availability_zone=UNSET, instance_create_time=UNSET, latest_restorable_time=UNSET,
        read_replica_source_db_instance_identifier=UNSET, associated_roles=UNSET,
    )  # fmt: skip


@service.project
def db_instance_restored_to_time(
    state: Databases,
    event: Event[api.RestoreDBInstanceToPointInTime, api.RestoreDBInstanceToPointInTimeResult],
) -> None:
    """The instance is there, as its source was."""
    params = event.params
    source: Instance | None = names.find(state.instances, told(params.source_db_instance_identifier, ""))
    base = _bare(source.shown) if source is not None else api.DBInstance()
    base = members.changed(base, read_replica_db_instance_identifiers=[]) if source is not None else base
    shown = members.over(base, params, event.result.db_instance)
    name = names.plain(params.target_db_instance_identifier)
    instance_plans.put(state, event, name, shown, event.note(Made), tags.plain(params.tags))
