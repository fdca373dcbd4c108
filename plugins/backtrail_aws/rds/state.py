"""What is known of one account's databases in one region, and the service that keeps it.

What answers show is kept as the answer's own type (`shown`); its status, tags and pending changes are worked out when
somebody asks. UNSET is what no record told.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, Service, SortedMap, State, UnsetType, field
from backtrail_aws.rds import api, limits
from backtrail_aws.rds.errors import CODES
from backtrail_aws.rds.trail import TRAIL


class Held(msgspec.Struct, kw_only=True):
    """What all resources have. `status` was entered `since`."""

    id: str
    arn: str = ""
    status: str = "available"
    since: datetime | UnsetType = UNSET
    tags: dict[str, str] = {}


class Instance(Held, kw_only=True):
    """A DB instance. `due` is when what is pending is done, UNSET when its status changes."""

    shown: api.DBInstance = field(default_factory=api.DBInstance)
    made: datetime | UnsetType = UNSET
    address: str | UnsetType = UNSET
    port: int | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    second: str | UnsetType = UNSET
    due: datetime | UnsetType = UNSET


class Cluster(Held, kw_only=True):
    """A DB cluster."""

    shown: api.DBCluster = field(default_factory=api.DBCluster)
    made: datetime | UnsetType = UNSET


class Snapshot(Held, kw_only=True):
    """A snapshot of an instance; `shared` with accounts, or `all`."""

    shown: api.DBSnapshot = field(default_factory=api.DBSnapshot)
    shared: list[str] = []


class ClusterSnapshot(Held, kw_only=True):
    """A snapshot of a cluster; `shared` with accounts, or `all`."""

    shown: api.DBClusterSnapshot = field(default_factory=api.DBClusterSnapshot)
    shared: list[str] = []


class Backup(Held, kw_only=True):
    """What is kept of a deleted instance's automated backups, by the instance's resource id."""

    shown: api.DBInstanceAutomatedBackup = field(default_factory=api.DBInstanceAutomatedBackup)


class ClusterBackup(Held, kw_only=True):
    """What is kept of a deleted cluster's automated backups, by the cluster's resource id."""

    shown: api.DBClusterAutomatedBackup = field(default_factory=api.DBClusterAutomatedBackup)


class ParameterGroup(Held, kw_only=True):
    """A parameter group of instances or of clusters: what was set, by name."""

    family: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    values: dict[str, api.Parameter] = {}


class SubnetGroup(Held, kw_only=True):
    """A DB subnet group."""

    shown: api.DBSubnetGroup = field(default_factory=api.DBSubnetGroup)


class OptionGroup(Held, kw_only=True):
    """An option group."""

    shown: api.OptionGroup = field(default_factory=api.OptionGroup)


class SecurityGroup(Held, kw_only=True):
    """A DB security group: of the time before VPCs."""

    shown: api.DBSecurityGroup = field(default_factory=api.DBSecurityGroup)


class GlobalCluster(Held, kw_only=True):
    """A global cluster."""

    shown: api.GlobalCluster = field(default_factory=api.GlobalCluster)


class Export(Held, kw_only=True):
    """An export of a snapshot or a cluster to S3."""

    shown: api.ExportTask = field(default_factory=api.ExportTask)


class Databases(State):
    """All of them by id, in small letters; what is being deleted stands apart; `events` by time."""

    instances: SortedMap[str, Instance] = field(default_factory=SortedMap[str, Instance])
    clusters: SortedMap[str, Cluster] = field(default_factory=SortedMap[str, Cluster])
    leaving: SortedMap[str, Instance] = field(default_factory=SortedMap[str, Instance])
    leaving_clusters: SortedMap[str, Cluster] = field(default_factory=SortedMap[str, Cluster])
    snapshots: SortedMap[str, Snapshot] = field(default_factory=SortedMap[str, Snapshot])
    cluster_snapshots: SortedMap[str, ClusterSnapshot] = field(
        default_factory=SortedMap[str, ClusterSnapshot]
    )
    backups: SortedMap[str, Backup] = field(default_factory=SortedMap[str, Backup])
    cluster_backups: SortedMap[str, ClusterBackup] = field(default_factory=SortedMap[str, ClusterBackup])
    parameter_groups: SortedMap[str, ParameterGroup] = field(default_factory=SortedMap[str, ParameterGroup])
    cluster_parameter_groups: SortedMap[str, ParameterGroup] = field(
        default_factory=SortedMap[str, ParameterGroup]
    )
    subnet_groups: SortedMap[str, SubnetGroup] = field(default_factory=SortedMap[str, SubnetGroup])
    option_groups: SortedMap[str, OptionGroup] = field(default_factory=SortedMap[str, OptionGroup])
    security_groups: SortedMap[str, SecurityGroup] = field(default_factory=SortedMap[str, SecurityGroup])
    global_clusters: SortedMap[str, GlobalCluster] = field(default_factory=SortedMap[str, GlobalCluster])
    exports: SortedMap[str, Export] = field(default_factory=SortedMap[str, Export])
    events: SortedMap[str, api.Event] = field(default_factory=SortedMap[str, api.Event])


def _declare(service: Service[Databases]) -> Service[Databases]:
    def kind(name: str, attribute: str) -> None:
        service.resource(
            f"AWS::RDS::{name}",
            lambda state: getattr(state, attribute),
            lambda one: one.arn,
            lambda one: one.tags,
        )

    for name, attribute in (
        ("DBInstance", "instances"), ("DBCluster", "clusters"), ("DBSnapshot", "snapshots"),
        ("DBClusterSnapshot", "cluster_snapshots"), ("DBInstanceAutomatedBackup", "backups"),
        ("DBClusterAutomatedBackup", "cluster_backups"), ("DBParameterGroup", "parameter_groups"),
        ("DBClusterParameterGroup", "cluster_parameter_groups"), ("DBSubnetGroup", "subnet_groups"),
        ("OptionGroup", "option_groups"), ("DBSecurityGroup", "security_groups"),
        ("GlobalCluster", "global_clusters"), ("ExportTask", "exports"),
    ):  # fmt: skip
        kind(name, attribute)
    for code, name, default, title in (
        ("L-7B6409FD", "instances", limits.INSTANCES_MAX, "DB instances"),
        ("L-952B80B8", "clusters", limits.CLUSTERS_MAX, "DB clusters"),
        ("L-272F1212", "snapshots", limits.MANUAL_SNAPSHOTS_MAX, "Manual DB instance snapshots"),
        ("L-9B510759", "cluster_snapshots", limits.CLUSTER_SNAPSHOTS_MAX, "Manual DB cluster snapshots"),
        ("L-DE55804A", "parameter_groups", limits.PARAMETER_GROUPS_MAX, "Parameter groups"),
        ("L-48C6BF61", "subnet_groups", limits.SUBNET_GROUPS_MAX, "DB subnet groups"),
        ("L-9FA33840", "option_groups", limits.OPTION_GROUPS_MAX, "Option groups"),
    ):
        service.quota(code, name, default, title, what=f"The maximum number of {title}", adjustable=True)
    return service


service = _declare(Service("rds", Databases, trail=TRAIL, errors=CODES))
