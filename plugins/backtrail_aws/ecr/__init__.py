"""ECR in outline: repositories, their images (manifests and tags), policies and tags.

Not covered: layers, scans, replication, pull-through caches, registry policies, the public registry. A lifecycle policy
is kept and not followed.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.ecr import access, images, repositories
from backtrail_aws.ecr import baseline as baseline
from backtrail_aws.ecr import exposure as exposure
from backtrail_aws.ecr.state import Registry, service

__all__ = ["access", "images", "register_services", "repositories", "service"]


@hookimpl
def register_services() -> list[Service[Registry]]:
    """ECR."""
    return [service]
