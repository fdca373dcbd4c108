"""Secrets Manager: secrets, their versions and labels, recovery, rotation by functions, policies, tags.

Not covered: copies that become secrets of their own (StopReplicationToReplica), managed rotation of external secrets,
schedules by `cron(...)` (kept, and not followed). Copies of a foreign log's secrets have no value.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.secretsmanager import (
    access,
    listing,
    passwords,
    policies,
    replication,
    rotation,
    secrets,
    tags,
    versions,
)
from backtrail_aws.secretsmanager import baseline as baseline
from backtrail_aws.secretsmanager import exposure as exposure
from backtrail_aws.secretsmanager.state import Secrets, service

__all__ = [
    "access", "listing", "passwords", "policies", "register_services", "replication", "rotation", "secrets", "service",
    "tags", "versions",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[Secrets]]:
    """Secrets Manager."""
    return [service]
