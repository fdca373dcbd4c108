"""S3: buckets, objects and their versions, multipart uploads."""

from __future__ import annotations

from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.s3 import (
    buckets,
    listing,
    listing_versions,
    object_encryption,
    object_restore,
    objects_delete,
    objects_get,
    objects_put,
)
from backtrail_aws.s3.state import service

__all__ = [
    "buckets",
    "listing",
    "listing_versions",
    "object_encryption",
    "object_restore",
    "objects_delete",
    "objects_get",
    "objects_put",
    "register_services",
]


@hookimpl
def register_services() -> list[Service[Any]]:
    """S3."""
    return [service]
