"""Who may do what: S3's own rules, until policies are evaluated."""

from __future__ import annotations

from typing import TypeVar

from backtrail import Call
from backtrail_aws.s3 import errors
from backtrail_aws.s3.state import S3, Bucket

P = TypeVar("P")


def require(state: S3, call: Call[P], action: str, bucket: Bucket, key: str | None = None) -> None:
    """Refuses with AccessDenied unless the caller may do an action on a bucket, or on a key of it."""
    if not allows(state, call, action, bucket, key):
        raise errors.access_denied()


def allows(state: S3, call: Call[P], action: str, bucket: Bucket, key: str | None = None) -> bool:
    """Whether the caller may: the owner's account may do everything, service principals what they are sent for."""
    caller = call.caller
    if caller.anonymous:
        return False
    return caller.service is not None or caller.account == bucket.account
