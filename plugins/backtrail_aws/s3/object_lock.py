"""Object lock on versions: retention and legal holds, what they forbid, and what a new version gets.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from backtrail import UNSET, Call, Params, UnsetType
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import access, api, errors
from backtrail_aws.s3.state import S3, Bucket, ObjectVersion

P = TypeVar("P", bound=Params)
COMPLIANCE, GOVERNANCE = "COMPLIANCE", "GOVERNANCE"
ON = "ON"


class LockHeaders(Protocol):
    """Parameters that lock what they write."""

    @property
    def object_lock_mode(self) -> str | UnsetType: ...
    @property
    def object_lock_retain_until_date(self) -> IsoMillisZ | UnsetType: ...
    @property
    def object_lock_legal_hold_status(self) -> str | UnsetType: ...


def is_enabled(bucket: Bucket) -> bool:
    """Whether the bucket's versions can be locked."""
    return bucket.object_lock is not UNSET


def check_enabled(bucket: Bucket) -> None:
    """Refuses locks in a bucket without object lock."""
    if not is_enabled(bucket) and bucket.implied_by is None:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
        raise errors.invalid_request("Bucket is missing Object Lock Configuration")


def check_wanted(bucket: Bucket, params: LockHeaders, now: datetime) -> None:
    """Refuses lock headers that are incomplete, past, or on a bucket without object lock."""
    mode, until = params.object_lock_mode, params.object_lock_retain_until_date
    hold = params.object_lock_legal_hold_status
    if mode is UNSET and until is UNSET and hold is UNSET:
        return
    check_enabled(bucket)
    if (mode is UNSET) != (until is UNSET):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
        raise errors.invalid_argument(
            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
            "x-amz-object-lock-retain-until-date" if until is UNSET else "x-amz-object-lock-mode",
        )
    if mode is not UNSET and mode not in (COMPLIANCE, GOVERNANCE):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
    if until is not UNSET and until <= now:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "The retain until date must be in the future!",
            "x-amz-object-lock-retain-until-date",
            until.written(),
        )
    if hold not in (UNSET, ON, "OFF"):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold
        )


def retention_of(bucket: Bucket, params: LockHeaders, now: datetime) -> api.ObjectLockRetention | UnsetType:
    """The retention of a new version: the request's, else the bucket's default from now on."""
    if params.object_lock_mode is not UNSET:
        return api.ObjectLockRetention(
            mode=params.object_lock_mode, retain_until_date=params.object_lock_retain_until_date
        )
    rule = bucket.object_lock.rule if bucket.object_lock is not UNSET else UNSET
    default = rule.default_retention if rule is not UNSET else UNSET
    if default is UNSET or default.mode is UNSET:
        return UNSET
    days = default.days if default.days is not UNSET else 0
    years = default.years if default.years is not UNSET else 0
    until = now.replace(microsecond=0) + timedelta(days=days + 365 * years)
    return api.ObjectLockRetention(mode=default.mode, retain_until_date=IsoMillisZ.of(until))


def check_delete(
    state: S3, call: Call[P], bucket: Bucket, key: str, version: ObjectVersion, bypass: bool | UnsetType
) -> None:
    """Refuses to remove a version that is held or retained; GOVERNANCE yields to who may and wants to bypass it."""
    if version.legal_hold == ON or not _may_shorten(state, call, bucket, key, version, bypass):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
        raise errors.access_denied("Access Denied because object protected by object lock.")


def check_change(
    state: S3,
    call: Call[P],
    bucket: Bucket,
    key: str,
    version: ObjectVersion,
    wanted: api.ObjectLockRetention | UnsetType,
    bypass: bool | UnsetType,
) -> None:
    """Refuses a weaker retention than the one in force, unless it is GOVERNANCE and bypassed."""
    kept = version.retention
    if kept is UNSET or _is_over(kept, call.time):
        return
    longer = (
        wanted is not UNSET
        and wanted.retain_until_date is not UNSET
        and kept.retain_until_date is not UNSET
        and wanted.retain_until_date >= kept.retain_until_date
        and wanted.mode in (kept.mode, COMPLIANCE)
    )
    if not longer and not _may_shorten(state, call, bucket, key, version, bypass):
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied("Access Denied because object protected by object lock.")


def _may_shorten(
    state: S3, call: Call[P], bucket: Bucket, key: str, version: ObjectVersion, bypass: bool | UnsetType
) -> bool:
    kept = version.retention
    if kept is UNSET or _is_over(kept, call.time):
        return True
    if kept.mode == COMPLIANCE or bypass is not True:
        return False
    return access.allows(state, call, "s3:BypassGovernanceRetention", bucket, key)


def _is_over(kept: api.ObjectLockRetention, now: datetime) -> bool:
    return kept.retain_until_date is UNSET or kept.retain_until_date <= now
