"""What an instance that is to be made will be, and how it comes into the State and leaves it."""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.ids import digest
from backtrail_aws.rds import api, engines, errors, limits, lives, names, network
from backtrail_aws.rds.engines import Engine
from backtrail_aws.rds.state import Cluster, Databases, Instance, SubnetGroup

Create = (
    api.CreateDBInstance
    | api.CreateDBInstanceReadReplica
    | api.RestoreDBInstanceFromDBSnapshot
    | api.RestoreDBInstanceToPointInTime
)


class Made(msgspec.Struct, kw_only=True):
    """What the record of an instance that is being made has no place for."""

    address: str
    port: int
    zone: str | UnsetType = UNSET
    second: str | UnsetType = UNSET


# checks


def new_name(state: Databases, call: Call[Any], asked: str) -> str:
    """The name of an instance that is to be made. Raises `Refusal`."""
    name = names.check("DBInstanceIdentifier", asked)
    if name in state.instances or lives.is_leaving(call, state.leaving, name):
        raise errors.instance_exists()
    if len(state.instances) >= call.quota("instances", limits.INSTANCES_MAX):
        raise errors.too_many("InstanceQuotaExceeded", "DB instances")
    return name


def check_class(name: str | UnsetType) -> None:
    """Refuse what is no class of instances."""
    if isinstance(name, str) and not name.startswith("db."):
        # evidence: guess
        raise errors.value(f"Invalid DB Instance class: {name}")


def check_master(params: api.CreateDBInstance | api.CreateDBCluster, engine: str) -> None:
    """A user and a password are wanted, unless Secrets Manager keeps it; a password has its length."""
    if isinstance(params.master_username, UnsetType):
        # evidence: guess
        raise errors.value("The parameter MasterUsername must be provided and must not be blank.")
    managed = params.manage_master_user_password is True
    password: Any = params.master_user_password
    if isinstance(password, UnsetType):
        if not managed:
            # evidence: guess
            raise errors.value("The parameter MasterUserPassword must be provided and must not be blank.")
        return
    if managed:
        # evidence: page API_CreateDBInstance (ManageMasterUserPassword); words: guess
        raise errors.combination(
            "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
        )
    check_password(str(password), engine)


def check_password(password: str, engine: str) -> None:
    """Refuse a password that is too short, too long, or has what it cannot have."""
    least, short, long = limits.PASSWORD
    if len(password) < least:
        # evidence: guess
        raise errors.value(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters."
        )
    most = short if engine in ("mysql", "mariadb", "aurora-mysql") else long
    if len(password) > most:
        # evidence: page API_CreateDBInstance (MasterUserPassword); words: guess
        raise errors.value(
            f"The parameter MasterUserPassword is not a valid password because it is longer than {most} characters."
        )
    if any(one in password for one in '/@" ') or not password.isprintable():
        # evidence: guess
        raise errors.value(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
            "'/', '@', '\"', ' ' may be used."
        )


def check_numbers(params: Create | api.CreateDBCluster | api.ModifyDBInstance | api.ModifyDBCluster) -> None:
    """Refuse days of backups and ports outside their bounds."""
    days: int | UnsetType = getattr(params, "backup_retention_period", UNSET)
    least, most = limits.BACKUP_DAYS
    if isinstance(days, int) and not least <= days <= most:
        # evidence: guess
        raise errors.value(f"Invalid backup retention period. Must be between {least} and {most}.")
    port: int | UnsetType = getattr(params, "port", UNSET)
    if isinstance(port, int) and not limits.PORTS[0] <= port <= limits.PORTS[1]:
        # evidence: guess
        raise errors.value(f"Invalid port: {port}. Must be between {limits.PORTS[0]} and {limits.PORTS[1]}.")


# plans


def created(
    state: Databases, call: Call[Any], name: str, engine: Engine, params: api.CreateDBInstance
) -> api.DBInstance:
    """The instance that a call makes, as its answer shows it. Raises `Refusal`."""
    cluster = _cluster(state, params.db_cluster_identifier)
    version = engine.version(
        told(cluster.shown.engine_version, params.engine_version) if cluster else params.engine_version
    )
    licence = told(params.license_model, engine.licences[0])
    if licence not in engine.licences:
        # evidence: guess
        raise errors.combination(f"Invalid license model '{licence}' for engine '{engine.name}'.")
    base = members.over(api.DBInstance(), params)
    pending = _pending(params.master_user_password, params.enable_cloudwatch_logs_exports)
    made = members.changed(
        base, engine=engine.name, engine_version=version, license_model=licence,
        allocated_storage=told(params.allocated_storage, 1),
        multi_az=told(params.multi_az, False),
        storage_type=told(params.storage_type, _storage(engine, params.iops)),
        backup_retention_period=told(params.backup_retention_period, limits.BACKUP_DAYS_DEFAULT),
        copy_tags_to_snapshot=told(params.copy_tags_to_snapshot, False),
        storage_encrypted=told(params.storage_encrypted, engine.is_aurora and _is_encrypted(cluster)),
        deletion_protection=told(params.deletion_protection, False),
        master_username=told(params.master_username, cluster.shown.master_username if cluster else UNSET),
        promotion_tier=told(params.promotion_tier, 1) if cluster else UNSET,
        pending_modified_values=pending,
    )  # fmt: skip
    return common(state, call, name, engine, made, params)


def _is_encrypted(cluster: Cluster | None) -> bool:
    return cluster is not None and cluster.shown.storage_encrypted is True


def _storage(engine: Engine, iops: int | UnsetType) -> str:
    if engine.is_aurora:
        return "aurora"
    return "io1" if isinstance(iops, int) else "gp2"


def _pending(password: object, logs: list[str] | UnsetType) -> api.PendingModifiedValues | UnsetType:
    found = api.PendingModifiedValues(
        master_user_password=UNSET if isinstance(password, UnsetType) else "****",
        pending_cloudwatch_logs_exports=(
            api.PendingCloudwatchLogsExports(log_types_to_enable=logs) if isinstance(logs, list) else UNSET
        ),
    )
    return found if found != api.PendingModifiedValues() else UNSET


def _cluster(state: Databases, identifier: str | UnsetType) -> Cluster | None:
    if isinstance(identifier, UnsetType):
        return None
    found = names.find(state.clusters, identifier)
    if found is None:
        raise errors.no_cluster(identifier)
    return found


def common(
    state: Databases, call: Call[Any], name: str, engine: Engine, base: api.DBInstance, params: Create
) -> api.DBInstance:
    """An instance with what all ways of making one have alike."""
    version = told(base.engine_version, engine.default)
    group = subnet_group(state, call, params.db_subnet_group_name, base.db_subnet_group)
    family = parameter_group(state, params.db_parameter_group_name, engine.family(version))
    options = option_group(state, params.option_group_name, engine.options(version))
    return members.changed(
        base, db_instance_identifier=name, db_instance_arn=call.arn("rds", f"db:{name}"),
        db_instance_status="creating", db_subnet_group=group or UNSET,
        dbi_resource_id=resource_id("db", call.event_id), db_instance_port=0,
        db_security_groups=[], read_replica_db_instance_identifiers=[], domain_memberships=[], associated_roles=[],
        auto_minor_version_upgrade=told(params.auto_minor_version_upgrade, True),
        publicly_accessible=told(params.publicly_accessible, False), monitoring_interval=0,
        preferred_backup_window=told(base.preferred_backup_window, "04:11-04:41"),
        preferred_maintenance_window=told(base.preferred_maintenance_window, "fri:05:57-fri:06:27"),
        ca_certificate_identifier=told(base.ca_certificate_identifier, "rds-ca-rsa2048-g1"),
        iam_database_authentication_enabled=told(params.enable_iam_database_authentication, False),
        performance_insights_enabled=told(getattr(params, "enable_performance_insights", UNSET), False),
        db_parameter_groups=[
            api.DBParameterGroupStatus(db_parameter_group_name=family, parameter_apply_status="in-sync")
        ],
        option_group_memberships=[api.OptionGroupMembership(option_group_name=options, status="in-sync")],
        vpc_security_groups=[
            api.VpcSecurityGroupMembership(vpc_security_group_id=one, status="active")
            for one in told(params.vpc_security_group_ids, [])
        ],
        network_type=told(base.network_type, "IPV4"), backup_target=told(base.backup_target, "region"),
    )  # fmt: skip


def subnet_group(
    state: Databases, call: Call[Any], asked: str | UnsetType, held: api.DBSubnetGroup | UnsetType = UNSET
) -> api.DBSubnetGroup | None:
    """The subnet group that was asked for, or the one that there was, or that of the default VPC."""
    if isinstance(asked, str):
        found = names.find(state.subnet_groups, asked)
        if found is not None:
            return found.shown
        if asked.lower() != "default":
            raise errors.no_subnet_group(asked)
    if isinstance(held, api.DBSubnetGroup):
        return held
    return network.default_group(call)


def parameter_group(state: Databases, asked: str | UnsetType, family: str) -> str:
    """The name of the parameter group: one that is there, or AWS's own of the family."""
    if isinstance(asked, UnsetType):
        return f"default.{family}"
    name = asked.lower()
    found = state.parameter_groups.get(name)
    if found is None and name != f"default.{family}":
        raise errors.no_parameter_group(asked)
    if found is not None and isinstance(found.family, str) and found.family != family:
        # evidence: guess
        raise errors.combination(
            f"The Parameter Group {asked} with DBParameterGroupFamily {found.family} can't be used for this instance. "
            f"Please use a Parameter Group with DBParameterGroupFamily {family}"
        )
    return name


def option_group(state: Databases, asked: str | UnsetType, own: str) -> str:
    """The name of the option group: one that is there, or AWS's own."""
    if isinstance(asked, UnsetType):
        return own
    if asked.lower() not in state.option_groups and not asked.startswith("default:"):
        raise errors.no_option_group(asked)
    return asked.lower()


def resource_id(kind: str, seed: str) -> str:
    """`db-` and 26 letters and digits, as AWS's resource ids are."""
    from backtrail.ids import BASE32, letters

    return f"{kind}-{letters(digest(seed, kind), BASE32, 26)}"


def made(call: Call[Any], shown: api.DBInstance, params: Create, port: int) -> Made:
    """Endpoint and zones of an instance that is made."""
    asked = params.availability_zone
    places = network.zones(shown.db_subnet_group)
    zone = asked if isinstance(asked, str) else (places[0] if places else f"{call.region}a")
    second: str | UnsetType = UNSET
    if shown.multi_az is True:
        second = next((one for one in places if one != zone), UNSET)
    return Made(
        address=address(call, told(shown.db_instance_identifier, "")), port=told(params.port, port), zone=zone,
        second=second,
    )  # fmt: skip


def address(call: Call[Any], name: str) -> str:
    """The host name of a database: AWS's has a part that is the account's own in the region."""
    own = digest(f"{call.account}/{call.region}", "rds").hex()[:11]
    return f"{name}.c{own}.{call.region}.rds.amazonaws.com"


# fold


def put(
    state: Databases, event: Event[Any, Any], name: str, shown: api.DBInstance, note: Made | None,
    tags: dict[str, str],
) -> Instance:  # fmt: skip
    """In a fold: an instance is there."""
    instance = Instance(
        id=name, arn=told(shown.db_instance_arn, names.arn(event, "db", name)), shown=shown, made=event.time,
        status="creating", since=event.time, tags=tags,
    )  # fmt: skip
    if note is not None:
        instance.address, instance.port = note.address, note.port
        instance.zone, instance.second = note.zone, note.second
    state.leaving.pop(name, None)
    state.instances[name] = instance
    group = shown.db_subnet_group
    if isinstance(group, api.DBSubnetGroup) and isinstance(group.db_subnet_group_name, str):
        known = group.db_subnet_group_name.lower()
        arn = told(group.db_subnet_group_arn, names.arn(event, "subgrp", known))
        if known not in state.subnet_groups:
            state.subnet_groups[known] = SubnetGroup(id=known, arn=arn, shown=group)
    return instance


def join(state: Databases, event: Event[Any, Any], instance: Instance, cluster: str | UnsetType) -> None:
    """In a fold: an instance of a cluster is its member; the first one writes."""
    if isinstance(cluster, UnsetType):
        return
    held = names.inferred(state.clusters, event, cluster, "cluster", Cluster)
    before = [
        one for one in told(held.shown.db_cluster_members, []) if one.db_instance_identifier != instance.id
    ]
    member = api.DBClusterMember(
        db_instance_identifier=instance.id, is_cluster_writer=not any(one.is_cluster_writer is True for one in before),
        db_cluster_parameter_group_status="in-sync", promotion_tier=told(instance.shown.promotion_tier, 1),
    )  # fmt: skip
    held.shown = members.changed(held.shown, db_cluster_members=[*before, member])


def leave(state: Databases, event: Event[Any, Any], instance: Instance) -> None:
    """In a fold: an instance is being deleted; its cluster, its source and its replicas know."""
    state.instances.pop(instance.id, None)
    lives.enter(instance, "deleting", event.time)
    state.leaving[instance.id] = instance
    cluster = names.find(state.clusters, told(instance.shown.db_cluster_identifier, ""))
    if cluster is not None:
        left = [
            one
            for one in told(cluster.shown.db_cluster_members, [])
            if one.db_instance_identifier != instance.id
        ]
        if left and not any(one.is_cluster_writer is True for one in left):
            left[0] = members.changed(left[0], is_cluster_writer=True)
        cluster.shown = members.changed(cluster.shown, db_cluster_members=left)
    part(state, instance)
    for one in told(instance.shown.read_replica_db_instance_identifiers, []):
        replica = names.find(state.instances, one)
        if replica is not None:
            replica.shown = msgspec.structs.replace(
                replica.shown, read_replica_source_db_instance_identifier=UNSET
            )


def part(state: Databases, instance: Instance) -> None:
    """In a fold: an instance is no replica of its source any more."""
    source = names.find(state.instances, told(instance.shown.read_replica_source_db_instance_identifier, ""))
    if source is not None:
        left = [
            one
            for one in told(source.shown.read_replica_db_instance_identifiers, [])
            if names.plain(one).rpartition(":")[2] != instance.id
        ]
        source.shown = members.changed(source.shown, read_replica_db_instance_identifiers=left)


def rename(state: Databases, event: Event[Any, Any], instance: Instance, new: str) -> None:
    """In a fold: an instance has another name, and so another address."""
    state.instances.pop(instance.id, None)
    old = instance.id
    instance.id, instance.arn = new, names.arn(event, "db", new)
    if isinstance(instance.address, str):
        instance.address = instance.address.replace(f"{old}.", f"{new}.", 1)
    instance.shown = members.changed(instance.shown, db_instance_identifier=new, db_instance_arn=instance.arn)
    state.instances[new] = instance
    cluster = names.find(state.clusters, told(instance.shown.db_cluster_identifier, ""))
    if cluster is not None:
        cluster.shown = members.changed(
            cluster.shown,
            db_cluster_members=[
                members.changed(one, db_instance_identifier=new) if one.db_instance_identifier == old else one
                for one in told(cluster.shown.db_cluster_members, [])
            ],
        )


def engine_of(shown: api.DBInstance | api.DBSnapshot) -> Engine | None:
    """The engine of something; None where no record told it."""
    return engines.ENGINES.get(told(shown.engine, ""))
