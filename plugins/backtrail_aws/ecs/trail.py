"""How CloudTrail writes ECS: as its API has it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/logging-using-cloudtrail.html
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    sealed=frozenset({"ContainerDefinition.environment", "ContainerOverride.environment"}),
    open=frozenset({"ContainerDefinition.repositoryCredentials"}),
)
"""ECS's declaration."""
