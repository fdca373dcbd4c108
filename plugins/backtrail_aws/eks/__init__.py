"""EKS in outline: clusters, managed node groups, access entries, their updates and tags.

Nothing runs behind them. Not covered: add-ons, Fargate profiles, access policies, identity providers, pod identities.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.eks import access, clusters, nodegroups
from backtrail_aws.eks import baseline as baseline
from backtrail_aws.eks.state import Clusters, service

__all__ = ["access", "clusters", "nodegroups", "register_services", "service"]


@hookimpl
def register_services() -> list[Service[Clusters]]:
    """EKS."""
    return [service]
