"""How CloudTrail writes ECR: as its API has it; times with a comma or without.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html and real records
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(sealed=frozenset({"AuthorizationData.authorizationToken"}))
"""ECR's declaration."""
