"""How CloudTrail writes EKS: `clusterName` for `name`, times as seconds.

https://docs.aws.amazon.com/eks/latest/userguide/logging-using-cloudtrail.html and a real record of CreateCluster
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import EpochSeconds

TRAIL = Trail(
    time=EpochSeconds,
    renamed={"CreateCluster.name": "clusterName", "Cluster.name": "clusterName"},
)
"""EKS's declaration."""
