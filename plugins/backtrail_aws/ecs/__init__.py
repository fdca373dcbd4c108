"""ECS in outline: clusters, services, tasks on Fargate, task definitions, account settings, tags.

No container runs: a task is told to run, and is said to. Not covered: container instances (tasks of the launch type EC2
are refused, as in a cluster without any), capacity providers of one's own, task sets, attributes.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.ecs import access, clusters, definitions, scheduling, services, settings, tags, tasks
from backtrail_aws.ecs import baseline as baseline
from backtrail_aws.ecs.state import Containers, service

__all__ = [
    "access",
    "clusters",
    "definitions",
    "register_services",
    "scheduling",
    "service",
    "services",
    "settings",
    "tags",
    "tasks",
]


@hookimpl
def register_services() -> list[Service[Containers]]:
    """ECS."""
    return [service]
