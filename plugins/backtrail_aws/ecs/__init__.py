"""ECS in outline: clusters, services, task definitions, account settings, tags.

No container runs. Not covered: tasks, container instances, capacity providers, task sets, attributes.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.ecs import access, clusters, definitions, services, settings, tags
from backtrail_aws.ecs.state import Containers, service

__all__ = [
    "access",
    "clusters",
    "definitions",
    "register_services",
    "service",
    "services",
    "settings",
    "tags",
]


@hookimpl
def register_services() -> list[Service[Containers]]:
    """ECS."""
    return [service]
