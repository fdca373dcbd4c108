"""What `aws eks describe-cluster` printed."""

from __future__ import annotations

from backtrail import Event, listed
from backtrail_aws.eks import api
from backtrail_aws.eks.state import Clusters, service


@service.observed
def cluster_observed(state: Clusters, event: Event[api.DescribeCluster, api.DescribeClusterResult]) -> None:
    """There is this cluster."""
    shown = event.result.cluster
    listed.fold(
        service, state, event, "CreateCluster", [shown] if isinstance(shown, api.Cluster) else [],
        state.clusters, lambda one: one.name,
    )  # fmt: skip
