"""Retention and legal holds of versions.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html and API_PutObjectLegalHold.html there
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal
from backtrail_aws.s3 import access, api, errors, lifecycle_plan, object_lock, versions
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.object_lock import COMPLIANCE, GOVERNANCE, ON
from backtrail_aws.s3.state import S3, known_bucket, service


@service.handle
def put_object_retention(state: S3, call: Call[api.PutObjectRetention]) -> api.PutObjectRetentionResult:
    """Retain a version until a date; nothing in the place of a mode and a date ends it, where that is allowed."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObjectRetention", params.key)
    object_lock.check_enabled(bucket)
    version = versions.object_of(state, call, bucket, params.key, params.version_id, method="PUT")
    wanted = params.retention
    if wanted is UNSET:
        raise errors.malformed_xml()
    if (wanted.mode is UNSET) != (wanted.retain_until_date is UNSET):
        raise errors.malformed_xml()
    if wanted.mode not in (UNSET, COMPLIANCE, GOVERNANCE):
        raise errors.malformed_xml()
    if wanted.retain_until_date is not UNSET and wanted.retain_until_date <= call.time:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
        raise errors.invalid_argument("The retain until date must be in the future!", "RetainUntilDate")
    bypass = params.bypass_governance_retention
    if bypass is True:
        access.require(state, call, "s3:BypassGovernanceRetention", bucket, params.key)
    object_lock.check_change(state, call, bucket, params.key, version, wanted, bypass)
    return api.PutObjectRetentionResult()


@service.project
def object_retained(state: S3, event: Event[api.PutObjectRetention, None]) -> None:
    """The version is retained, or no longer."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    if version is not None and params.retention is not UNSET:
        version.retention = UNSET if params.retention.mode is UNSET else params.retention
        lifecycle_plan.replan(state, bucket, params.key, version, event.time)


@service.read
def get_object_retention(state: S3, call: Call[api.GetObjectRetention]) -> api.GetObjectRetentionResult:
    """A version's retention. Refuses where it has none."""
    params = call.params
    bucket = bucket_of(state, call, "s3:GetObjectRetention", params.key)
    object_lock.check_enabled(bucket)
    version = versions.object_of(state, call, bucket, params.key, params.version_id)
    if version.retention is UNSET:
        raise _none()
    return api.GetObjectRetentionResult(retention=version.retention)


@service.handle
def put_object_legal_hold(state: S3, call: Call[api.PutObjectLegalHold]) -> api.PutObjectLegalHoldResult:
    """Hold a version, or hold it no longer."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutObjectLegalHold", params.key)
    object_lock.check_enabled(bucket)
    versions.object_of(state, call, bucket, params.key, params.version_id, method="PUT")
    if params.legal_hold is UNSET or params.legal_hold.status not in (ON, "OFF"):
        raise errors.malformed_xml()
    return api.PutObjectLegalHoldResult()


@service.project
def object_held(state: S3, event: Event[api.PutObjectLegalHold, None]) -> None:
    """The version is held, or no longer."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    if version is not None and params.legal_hold is not UNSET:
        version.legal_hold = params.legal_hold.status
        lifecycle_plan.replan(state, bucket, params.key, version, event.time)


@service.read
def get_object_legal_hold(state: S3, call: Call[api.GetObjectLegalHold]) -> api.GetObjectLegalHoldResult:
    """Whether a version is held. Refuses where nobody ever said so."""
    params = call.params
    bucket = bucket_of(state, call, "s3:GetObjectLegalHold", params.key)
    object_lock.check_enabled(bucket)
    version = versions.object_of(state, call, bucket, params.key, params.version_id)
    if version.legal_hold is UNSET:
        raise _none()
    return api.GetObjectLegalHoldResult(legal_hold=api.ObjectLockLegalHold(status=version.legal_hold))


def _none() -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return errors.refused(
        "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404
    )
