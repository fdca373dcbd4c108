"""Databases with a public address, and snapshots that are shared."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import EVERYBODY, Exposure
from backtrail_aws.rds.state import Cluster, ClusterSnapshot, Databases, Instance, Snapshot, service

OF_INSTANCES = (
    "CreateDBInstance", "ModifyDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceToPointInTime",
)  # fmt: skip
OF_CLUSTERS = ("CreateDBCluster", "ModifyDBCluster", "RestoreDBClusterFromSnapshot")


@service.exposes
def open_databases(state: Databases, account: str, region: str) -> Iterator[Exposure]:
    """Each instance and cluster that has a public address, and each snapshot that others may restore."""
    for database in state.instances.values():
        yield from _public(database, OF_INSTANCES)
    for cluster in state.clusters.values():
        yield from _public(cluster, OF_CLUSTERS)
    for snapshot in state.snapshots.values():
        yield from _shared(snapshot, "ModifyDBSnapshotAttribute")
    for copy in state.cluster_snapshots.values():
        yield from _shared(copy, "ModifyDBClusterSnapshotAttribute")


def _public(one: Instance | Cluster, actions: tuple[str, ...]) -> Iterator[Exposure]:
    if one.shown.publicly_accessible is True:
        yield Exposure(
            resource=one.arn, names=(one.id, one.arn), through="a public address", to=EVERYBODY,
            what="connect", actions=actions, narrowed="its security groups and subnets let in",
        )  # fmt: skip


def _shared(one: Snapshot | ClusterSnapshot, action: str) -> Iterator[Exposure]:
    for whom in one.shared:
        to = EVERYBODY if whom == "all" else whom
        yield Exposure(
            resource=one.arn,
            names=(one.id, one.arn),
            through="sharing",
            to=to,
            what="restore",
            actions=(action,),
        )
