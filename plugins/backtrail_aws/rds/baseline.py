"""What `aws rds describe-db-instances`, `describe-db-clusters` and `describe-db-snapshots` printed."""

from __future__ import annotations

from backtrail import Event, listed
from backtrail_aws.rds import api
from backtrail_aws.rds.state import Databases, service


@service.observed
def instances_observed(
    state: Databases, event: Event[api.DescribeDBInstances, api.DescribeDBInstancesResult]
) -> None:
    """There are these instances."""
    listed.fold(
        service, state, event, "CreateDBInstance", event.result.db_instances,
        state.instances, lambda one: one.db_instance_identifier,
        lambda one: {"availability_zone": one.availability_zone},
    )  # fmt: skip


@service.observed
def clusters_observed(
    state: Databases, event: Event[api.DescribeDBClusters, api.DescribeDBClustersResult]
) -> None:
    """There are these clusters."""
    listed.fold(
        service, state, event, "CreateDBCluster", event.result.db_clusters,
        state.clusters, lambda one: one.db_cluster_identifier,
    )  # fmt: skip


@service.observed
def snapshots_observed(
    state: Databases, event: Event[api.DescribeDBSnapshots, api.DescribeDBSnapshotsResult]
) -> None:
    """There are these snapshots."""
    listed.fold(
        service, state, event, "CreateDBSnapshot", event.result.db_snapshots,
        state.snapshots, lambda one: one.db_snapshot_identifier,
    )  # fmt: skip
