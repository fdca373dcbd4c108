"""How CloudTrail writes EKS: `clusterName` for a cluster's `name`, `name` for the `clusterName` in a path; seconds.

https://docs.aws.amazon.com/eks/latest/userguide/logging-using-cloudtrail.html, real records of CreateCluster and
DescribeAccessEntry; the other calls are taken to be as these.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import EpochSeconds

_IN_PATH = (
    "CreateAccessEntry", "DeleteAccessEntry", "DescribeAccessEntry", "ListAccessEntries", "UpdateAccessEntry",
    "CreateNodegroup", "DeleteNodegroup", "DescribeNodegroup", "ListNodegroups", "UpdateNodegroupConfig",
)  # fmt: skip

TRAIL = Trail(
    time=EpochSeconds,
    renamed={
        "CreateCluster.name": "clusterName",
        "Cluster.name": "clusterName",
        **{f"{action}.clusterName": "name" for action in _IN_PATH},
    },
)
"""EKS's declaration."""
