"""What `aws ecs describe-clusters` printed."""

from __future__ import annotations

from backtrail import Event, listed
from backtrail_aws.ecs import api
from backtrail_aws.ecs.state import Containers, service


@service.observed
def clusters_observed(
    state: Containers, event: Event[api.DescribeClusters, api.DescribeClustersResult]
) -> None:
    """There are these clusters."""
    listed.fold(
        service, state, event, "CreateCluster", event.result.clusters,
        state.clusters, lambda one: one.cluster_name,
    )  # fmt: skip
