"""Access logs: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Refusal, told
from backtrail_aws.balancing import log_buckets
from backtrail_aws.elb import api, errors


def check(call: Call[Any], log: api.AccessLog) -> None:
    """Refuse logs without a bucket, or with one that does not take them. Raises `Refusal`."""
    if not log.enabled:
        return
    bucket = told(log.s3_bucket_name, "")
    if not bucket:
        # evidence: guess
        raise errors.configuration("S3BucketName must be specified when access logging is enabled")
    if told(log.emit_interval, 60) not in (5, 60):
        # evidence: page API_AccessLog (EmitInterval); words: guess
        raise errors.configuration("EmitInterval must be 5 or 60")
    if not log_buckets.takes(call, bucket, told(log.s3_bucket_prefix, "")):
        raise no_bucket(bucket)


def no_bucket(bucket: str) -> Refusal:
    """A bucket that is not there, or does not take the logs."""
    # evidence: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html
    return errors.configuration(f"Access Denied for bucket: {bucket}. Please check S3bucket permission")
