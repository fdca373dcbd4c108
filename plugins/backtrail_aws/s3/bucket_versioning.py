"""Versioning: on, suspended, never off again.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal
from backtrail_aws.s3 import api, bucket_errors, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import check_told, proved_gone
from backtrail_aws.s3.state import ENABLED, S3, SUSPENDED, Bucket, known_bucket, service

_MFA = ("Enabled", "Disabled")


@service.handle
def put_bucket_versioning(state: S3, call: Call[api.PutBucketVersioning]) -> None:
    """Enabled or Suspended, where no lock and no replication needs it on; with MFA where it guards the bucket."""
    bucket = bucket_of(state, call, "s3:PutBucketVersioning")
    wanted = call.params.versioning_configuration
    if wanted.status is UNSET:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        raise errors.refused(
            "IllegalVersioningConfigurationException", "The Versioning element must be specified"
        )
    if wanted.status not in (ENABLED, SUSPENDED) or wanted.mfa_delete not in (UNSET, *_MFA):
        raise errors.malformed_xml()
    _check_mfa(call, bucket, wanted)
    if wanted.status == SUSPENDED:
        _check_suspendable(bucket)


def _check_suspendable(bucket: Bucket) -> None:
    for held, what in ((bucket.object_lock, "An Object Lock"), (bucket.replication, "A replication")):
        if held is not UNSET:
            # evidence: page ErrorResponses; words: guess
            raise bucket_errors.invalid_state(
                f"{what} configuration is present on this bucket, so the versioning state cannot be changed."
            )


def _check_mfa(
    call: Call[api.PutBucketVersioning], bucket: Bucket, wanted: api.VersioningConfiguration
) -> None:
    """MFA delete is the root's to set, with the device's code."""
    guarded = bucket.mfa_delete == "Enabled"
    if wanted.mfa_delete is UNSET and not guarded:
        return
    if wanted.mfa_delete == "Disabled" and not guarded and call.params.mfa is UNSET:
        return
    if call.params.mfa is UNSET:
        raise _needs_mfa("Mfa Authentication must be used for this request")
    if wanted.mfa_delete is not UNSET and not call.caller.is_root:
        raise _needs_mfa("This operation may only be performed by the bucket owner")


def _needs_mfa(message: str) -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
    return errors.access_denied(message)


@service.project
def bucket_versioning_put(state: S3, event: Event[api.PutBucketVersioning, None]) -> None:
    """The bucket keeps versions, or adds no more to them."""
    bucket = known_bucket(state, event.params.bucket, event)
    wanted = event.params.versioning_configuration
    if wanted.status is not UNSET:
        bucket.versioning = wanted.status
    if wanted.mfa_delete is not UNSET:
        bucket.mfa_delete = wanted.mfa_delete


@service.read
def get_bucket_versioning(state: S3, call: Call[api.GetBucketVersioning]) -> api.GetBucketVersioningResult:
    """The state; empty for a bucket that was never versioned."""
    bucket = bucket_of(state, call, "s3:GetBucketVersioning")
    check_told(bucket, "versioning")
    return api.GetBucketVersioningResult(status=bucket.versioning, mfa_delete=bucket.mfa_delete)


@service.evidence
def bucket_versioning_not_put(state: S3, event: Event[api.PutBucketVersioning, None]) -> None:
    """A bucket that is not there is gone."""
    proved_gone(state, event)
