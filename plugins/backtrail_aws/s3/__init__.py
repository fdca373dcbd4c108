"""S3: buckets, objects and their versions, multipart uploads."""

from __future__ import annotations

from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.s3 import buckets as buckets
from backtrail_aws.s3.state import service


@hookimpl
def register_services() -> list[Service[Any]]:
    """S3."""
    return [service]
