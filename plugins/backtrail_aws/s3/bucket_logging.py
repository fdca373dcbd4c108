"""Server access logging: where a bucket's log files go.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal
from backtrail_aws.s3 import api, errors, grants, policy_document
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.bucket_billing import REQUESTER
from backtrail_aws.s3.configurations import check_told, cleared, proved_gone
from backtrail_aws.s3.state import S3, Bucket, known_bucket, service

_DATES = ("EventTime", "DeliveryTime")
_PERMISSIONS = ("FULL_CONTROL", "READ", "WRITE")
_LOGGER = "logging.s3.amazonaws.com"


@service.handle
def put_bucket_logging(state: S3, call: Call[api.PutBucketLogging]) -> None:
    """Log to a bucket of the same owner and region that lets the log delivery write; nothing ends logging."""
    bucket = bucket_of(state, call, "s3:PutBucketLogging")
    wanted = call.params.bucket_logging_status.logging_enabled
    if wanted is UNSET:
        return
    target = state.buckets.get(wanted.target_bucket)
    if target is None:
        raise _bad_target("The target bucket for logging does not exist", wanted.target_bucket)
    if target.account != bucket.account:
        raise _bad_target(
            "The owner for the bucket to be logged and the target bucket must be the same.",
            wanted.target_bucket,
        )
    if UNSET not in (target.region, bucket.region) and target.region != bucket.region:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        raise errors.refused(
            "CrossLocationLoggingProhibitted",
            "Cross S3 location logging not allowed. ",
            403,
            TargetBucketLocation=target.region,
        )
    _check_writable(target)
    _check_format(wanted)
    _check_grants(wanted, target)


def _check_writable(target: Bucket) -> None:
    """The log delivery writes by an ACL, or by a bucket policy (which S3 takes on trust)."""
    if target.request_payer == REQUESTER:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
        raise _bad_target("The target bucket for logging cannot be a Requester Pays bucket", target.name)
    if target.ownership in (UNSET, grants.ENFORCED) or target.implied_by is not None:
        return
    acl = [] if target.acl is UNSET else target.acl
    given = {
        grant.permission
        for grant in acl
        if grant.grantee is not UNSET and grant.grantee.uri == grants.LOG_DELIVERY
    }
    by_acl = "FULL_CONTROL" in given or {"WRITE", "READ_ACP"} <= given
    if not by_acl and not _policy_names_logger(target):
        raise _bad_target(
            "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket",
            target.name,
        )


def _policy_names_logger(target: Bucket) -> bool:
    if target.policy is UNSET:
        return False
    return any(_LOGGER in statement.services for statement in policy_document.statements(target.policy))


def _check_format(wanted: api.LoggingEnabled) -> None:
    form = wanted.target_object_key_format
    if form is UNSET:
        return
    if (form.simple_prefix is UNSET) == (form.partitioned_prefix is UNSET):
        raise errors.malformed_xml()
    if form.partitioned_prefix is not UNSET and form.partitioned_prefix.partition_date_source not in (
        UNSET,
        *_DATES,
    ):
        raise errors.malformed_xml()


def _check_grants(wanted: api.LoggingEnabled, target: Bucket) -> None:
    if wanted.target_grants is UNSET or not wanted.target_grants:
        return
    if any(grant.grantee is UNSET or grant.permission not in _PERMISSIONS for grant in wanted.target_grants):
        raise errors.malformed_xml()
    if target.ownership == grants.ENFORCED:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
        raise errors.invalid_argument(
            "Target grants cannot be used with buckets that use the bucket owner enforced setting for Object "
            "Ownership",
            "TargetGrants",
        )


def _bad_target(message: str, target: str) -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    return errors.refused("InvalidTargetBucketForLogging", message, TargetBucket=target)


@service.project
def bucket_logging_put(state: S3, event: Event[api.PutBucketLogging, None]) -> None:
    """The bucket logs there, or not at all."""
    wanted = event.params.bucket_logging_status.logging_enabled
    if wanted is UNSET:
        cleared(state, event, "logging")
    else:
        known_bucket(state, event.params.bucket, event).logging = wanted


@service.evidence
def bucket_logging_not_put(state: S3, event: Event[api.PutBucketLogging, None]) -> None:
    """A bucket that is not there is gone."""
    proved_gone(state, event)


@service.read
def get_bucket_logging(state: S3, call: Call[api.GetBucketLogging]) -> api.GetBucketLoggingResult:
    """Where the bucket logs to; empty where it does not."""
    bucket = bucket_of(state, call, "s3:GetBucketLogging")
    check_told(bucket, "logging")
    return api.GetBucketLoggingResult(logging_enabled=bucket.logging)
