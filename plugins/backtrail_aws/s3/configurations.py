"""Configurations of buckets: what is there, what is known not to be there, and what no record tells.

A bucket that a foreign record implied may have any configuration; asking for one that no record told is a gap of
the log, not an absence. What proves the absence (a delete, S3's own 404) is remembered in `Bucket.gone`.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from backtrail import UNSET, Event, NotInTrail, Refusal
from backtrail_aws.s3.state import S3, Bucket, known_bucket


class Named(Protocol):
    """Parameters that name a bucket."""

    @property
    def bucket(self) -> str: ...


N = TypeVar("N", bound=Named)
R = TypeVar("R")


def check_told(bucket: Bucket, what: str) -> None:
    """Raises `NotInTrail` where no record tells whether the bucket has something (an attribute of `Bucket`)."""
    if bucket.implied_by is not None and what not in bucket.gone and getattr(bucket, what) is UNSET:
        words = what.replace("_", " ")
        raise NotInTrail(f"No record tells the {words} of {bucket.name}: the bucket is older than the log.")


def missing(bucket: Bucket, what: str, refusal: Refusal) -> Refusal:
    """The refusal of a read of what is not there. Raises `NotInTrail` where no record tells that it is not."""
    check_told(bucket, what)
    return refusal


def cleared(state: S3, event: Event[N, R], what: str) -> Bucket:
    """Fold the removal of a configuration."""
    bucket = known_bucket(state, event.params.bucket, event)
    setattr(bucket, what, UNSET)
    if bucket.implied_by is not None:
        bucket.gone.add(what)
    return bucket


def proved_absent(state: S3, event: Event[N, R], what: str, code: str) -> None:
    """Fold a failure that proves that a configuration, or the bucket itself, is not there."""
    if event.error == code:
        cleared(state, event, what)
    else:
        proved_gone(state, event)


def proved_gone(state: S3, event: Event[N, R]) -> None:
    """Fold a failure that proves that there is no such bucket."""
    if event.error == "NoSuchBucket":
        removed(state, event.params.bucket)


def removed(state: S3, name: str) -> None:
    """Forget a bucket; one that is not there is fine."""
    bucket = state.buckets.pop(name, None)
    if bucket is None:
        return
    state.due.pop(bucket.next_due, None)
    left = state.counts.get(bucket.account, 1) - 1
    if left > 0:
        state.counts[bucket.account] = left
    else:
        state.counts.pop(bucket.account, None)
