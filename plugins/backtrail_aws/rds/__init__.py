"""RDS: instances, clusters, snapshots and their sharing, groups of parameters, subnets, options and addresses, global
clusters, exports, activity streams, tags, events.

No database runs: there are no log files, no automated snapshots by the clock, no values of parameters but those that
were set. Not covered: proxies, blue/green deployments, event subscriptions, reserved instances, shard groups, custom
engines, clusters restored to a point in time.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.rds import (
    access,
    backups,
    cluster_parameter_groups,
    cluster_snapshots,
    cluster_states,
    clusters,
    events,
    exports,
    global_clusters,
    instance_states,
    instances,
    maintenance,
    option_groups,
    parameter_groups,
    replicas,
    restores,
    security_groups,
    snapshots,
    streams,
    subnet_groups,
    tags,
)
from backtrail_aws.rds import baseline as baseline
from backtrail_aws.rds import diagnosis as diagnosis
from backtrail_aws.rds import exposure as exposure
from backtrail_aws.rds.state import Databases, service

__all__ = [
    "access", "backups", "cluster_parameter_groups", "cluster_snapshots", "cluster_states", "clusters", "events",
    "exports", "global_clusters", "instance_states", "instances", "maintenance", "option_groups", "parameter_groups",
    "register_services", "replicas", "restores", "security_groups", "service", "snapshots", "streams",
    "subnet_groups", "tags",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[Databases]]:
    """RDS."""
    return [service]
