"""What a cluster that is to be made will be, and a cluster as answers show it."""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import api, errors, instance_plans, limits, lives, names, network, tags
from backtrail_aws.rds.engines import Engine
from backtrail_aws.rds.state import Cluster, Databases

Create = api.CreateDBCluster | api.RestoreDBClusterFromSnapshot


def required(state: Databases, identifier: str) -> Cluster:
    """The cluster of an id or ARN. Raises `Refusal`."""
    found = names.find(state.clusters, identifier)
    if found is None:
        raise errors.no_cluster(identifier)
    return found


def new_name(state: Databases, call: Call[Any], asked: str) -> str:
    """The name of a cluster that is to be made. Raises `Refusal`."""
    name = names.check("DBClusterIdentifier", asked)
    if name in state.clusters or lives.is_leaving(call, state.leaving_clusters, name):
        raise errors.cluster_exists()
    if len(state.clusters) >= call.quota("clusters", limits.CLUSTERS_MAX):
        raise errors.too_many("DBClusterQuotaExceededFault", "DB clusters")
    return name


def parameter_group(state: Databases, asked: str | UnsetType, family: str) -> str:
    """The name of the cluster's parameter group: one that is there, or AWS's own."""
    if isinstance(asked, UnsetType):
        return f"default.{family}"
    if asked.lower() not in state.cluster_parameter_groups and asked.lower() != f"default.{family}":
        raise errors.no_parameter_group(asked)
    return asked.lower()


def planned(
    state: Databases, call: Call[Any], name: str, engine: Engine, base: api.DBCluster, params: Create
) -> api.DBCluster:
    """The cluster that a call makes, as its answer shows it. Raises `Refusal`."""
    version = engine.version(base.engine_version)
    group = instance_plans.subnet_group(state, call, params.db_subnet_group_name)
    family = parameter_group(state, params.db_cluster_parameter_group_name, engine.family(version))
    address = instance_plans.address(call, name)
    head, _, tail = address.partition(".")
    zones = network.zones(group) if group is not None else []
    return members.changed(
        base, db_cluster_identifier=name, db_cluster_arn=call.arn("rds", f"cluster:{name}"), status="creating",
        engine=engine.name, engine_version=version, port=told(params.port, engine.port),
        db_subnet_group=names.text(group.db_subnet_group_name) if group is not None else UNSET,
        db_cluster_parameter_group=family, db_cluster_resource_id=instance_plans.resource_id("cluster", call.event_id),
        endpoint=f"{head}.cluster-{tail}", reader_endpoint=f"{head}.cluster-ro-{tail}",
        hosted_zone_id=names.hosted_zone(call.arn("rds", f"cluster:{name}")),
        availability_zones=told(params.availability_zones, zones[:3]) or UNSET,
        engine_mode=told(params.engine_mode, "provisioned"), allocated_storage=told(base.allocated_storage, 1),
        multi_az=not engine.is_aurora, storage_encrypted=told(base.storage_encrypted, False),
        backup_retention_period=told(params.backup_retention_period, limits.BACKUP_DAYS_DEFAULT),
        preferred_backup_window=told(params.preferred_backup_window, "04:11-04:41"),
        preferred_maintenance_window=told(base.preferred_maintenance_window, "fri:05:57-fri:06:27"),
        cluster_create_time=SpacedTime.of(call.time), db_cluster_members=[], read_replica_identifiers=[],
        associated_roles=[], domain_memberships=[], http_endpoint_enabled=False, cross_account_clone=False,
        deletion_protection=told(params.deletion_protection, False), network_type=told(params.network_type, "IPV4"),
        copy_tags_to_snapshot=told(params.copy_tags_to_snapshot, False), auto_minor_version_upgrade=True,
        iam_database_authentication_enabled=told(params.enable_iam_database_authentication, False),
        enabled_cloudwatch_logs_exports=params.enable_cloudwatch_logs_exports,
        vpc_security_groups=[
            api.VpcSecurityGroupMembership(vpc_security_group_id=one, status="active")
            for one in told(params.vpc_security_group_ids, [])
        ],
        tag_list=tags.shown(tags.plain(params.tags)),
    )  # fmt: skip


def put(
    state: Databases, event: Event[Any, Any], name: str, shown: api.DBCluster, given: dict[str, str]
) -> Cluster:
    """In a fold: a cluster is there."""
    cluster = Cluster(
        id=name, arn=told(shown.db_cluster_arn, names.arn(event, "cluster", name)), shown=shown, made=event.time,
        status="creating", since=event.time, tags=given,
    )  # fmt: skip
    state.leaving_clusters.pop(name, None)
    state.clusters[name] = cluster
    return cluster


def shown(call: Call[Any], cluster: Cluster) -> api.DBCluster:
    """A cluster as a description shows it."""
    status = lives.status(call, cluster)
    found = members.changed(
        cluster.shown, db_cluster_identifier=cluster.id, db_cluster_arn=cluster.arn or UNSET, status=status,
        tag_list=tags.shown(cluster.tags),
    )  # fmt: skip
    if status == "available":
        found = members.changed(found, latest_restorable_time=SpacedTime.of(call.time))
    if status not in ("creating", "modifying"):
        found = msgspec.structs.replace(found, pending_modified_values=UNSET)
    return found
