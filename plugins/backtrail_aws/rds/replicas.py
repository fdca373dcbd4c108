"""Instances made from others: read replicas, and their promotion.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html
"""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Answer, Call, Event, UnsetType, members, told
from backtrail_aws.rds import (
    api,
    engines,
    errors,
    instance_plans,
    instance_views,
    limits,
    lives,
    names,
    tags,
)
from backtrail_aws.rds.instance_plans import Made
from backtrail_aws.rds.state import Databases, Instance, service


def source_of(state: Databases, call: Call[api.CreateDBInstanceReadReplica]) -> Instance:
    """The instance that a replica follows. Raises `Refusal`."""
    asked = call.params.source_db_instance_identifier
    if isinstance(asked, UnsetType):
        raise errors.missing("SourceDBInstanceIdentifier")
    parts = asked.split(":")
    if asked.startswith("arn:") and len(parts) >= 7 and (parts[4], parts[3]) != (call.account, call.region):
        found = call.own(service, parts[4], parts[3]).instances.get(parts[-1].lower())
        if found is None:
            raise errors.no_instance(asked)
        return found
    return instance_views.required(state, asked)


@service.handle
def create_db_instance_read_replica(
    state: Databases, call: Call[api.CreateDBInstanceReadReplica]
) -> Answer[api.CreateDBInstanceReadReplicaResult]:
    """A replica has its source's settings but for those that are asked for."""
    params = call.params
    name = instance_plans.new_name(state, call, params.db_instance_identifier)
    source = source_of(state, call)
    tags.check(params.tags)
    instance_plans.check_class(params.db_instance_class)
    status = lives.status(call, source)
    before = instance_views.settled(source, call.time, status)
    if status != "available":
        # evidence: guess
        raise errors.instance_state(f"Source database instance {source.id} is not in available state.")
    if before.backup_retention_period == 0:
        # evidence: guess
        raise errors.instance_state(
            "Automated backups are not enabled for this database instance. To enable automated backups, use "
            "ModifyDBInstance to set the backup retention period to a non-zero value."
        )
    if len(told(before.read_replica_db_instance_identifiers, [])) >= limits.REPLICAS_MAX:
        # evidence: model; words: guess
        raise errors.too_many("InstanceQuotaExceeded", "read replicas of one instance")
    engine = instance_plans.engine_of(before) or engines.ENGINES["mysql"]
    base = _base(before, params)
    shown = instance_plans.common(state, call, name, engine, base, params)
    return Answer(
        api.CreateDBInstanceReadReplicaResult(db_instance=shown),
        note=instance_plans.made(call, shown, params, told(source.port, engine.port)),
    )


def _base(before: api.DBInstance, params: api.CreateDBInstanceReadReplica) -> api.DBInstance:
    asked = params.source_db_instance_identifier
    found = msgspec.structs.replace(
        before, pending_modified_values=UNSET, endpoint=UNSET, tag_list=UNSET, secondary_availability_zone=UNSET,
        availability_zone=UNSET, deletion_protection=False, multi_az=False, backup_retention_period=0,
        instance_create_time=UNSET, latest_restorable_time=UNSET, associated_roles=UNSET,
        read_replica_source_db_instance_identifier=asked,
    )  # fmt: skip
    return members.over(found, params)


@service.project
def read_replica_created(
    state: Databases, event: Event[api.CreateDBInstanceReadReplica, api.CreateDBInstanceReadReplicaResult]
) -> None:
    """The replica is there, and its source knows of it."""
    params, asked = event.params, event.params.source_db_instance_identifier
    name = names.plain(params.db_instance_identifier)
    source: Instance | None = None
    if isinstance(asked, str) and _is_here(asked, event.account, event.region):
        source = names.inferred(state.instances, event, asked, "db", Instance)
    before = instance_views.settled(source, event.time, None) if source is not None else api.DBInstance()
    shown = members.over(_base(before, params), event.result.db_instance)
    replica = instance_plans.put(state, event, name, shown, event.note(Made), tags.plain(params.tags))
    if source is not None:
        held = told(source.shown.read_replica_db_instance_identifiers, [])
        source.shown = members.changed(
            source.shown,
            read_replica_db_instance_identifiers=[*(one for one in held if one != replica.id), replica.id],
        )


def _is_here(identifier: str, account: str, region: str) -> bool:
    parts = identifier.split(":")
    return not identifier.startswith("arn:") or (
        len(parts) >= 7 and (parts[4], parts[3]) == (account, region)
    )


@service.handle
def promote_read_replica(
    state: Databases, call: Call[api.PromoteReadReplica]
) -> api.PromoteReadReplicaResult:
    """A replica becomes an instance of its own, with backups."""
    replica = instance_views.required(state, call.params.db_instance_identifier)
    _check_days(call.params.backup_retention_period)
    shown = instance_views.shown(call, replica)
    if isinstance(shown.read_replica_source_db_instance_identifier, UnsetType):
        # evidence: guess
        raise errors.instance_state("DB Instance is not a read replica.")
    if lives.status(call, replica) != "available":
        # evidence: guess
        raise errors.instance_state(f"Instance {replica.id} is not in available state.")
    return api.PromoteReadReplicaResult(db_instance=members.over(shown, call.params))


def _check_days(days: int | UnsetType) -> None:
    """Refuse days of backups outside their bounds."""
    least, most = limits.BACKUP_DAYS
    if isinstance(days, int) and not least <= days <= most:
        # evidence: guess
        raise errors.value(f"Invalid backup retention period. Must be between {least} and {most}.")


@service.project
def read_replica_promoted(
    state: Databases, event: Event[api.PromoteReadReplica, api.PromoteReadReplicaResult]
) -> None:
    """It follows nobody."""
    params = event.params
    replica = names.inferred(state.instances, event, params.db_instance_identifier, "db", Instance)
    instance_plans.part(state, replica)
    shown = members.over(replica.shown, params, without=("db_instance_identifier",))
    replica.shown = members.changed(
        msgspec.structs.replace(shown, read_replica_source_db_instance_identifier=UNSET),
        backup_retention_period=told(params.backup_retention_period, limits.BACKUP_DAYS_DEFAULT),
    )
    lives.enter(replica, "modifying", event.time)
