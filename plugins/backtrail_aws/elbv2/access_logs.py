"""Access logs: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtrail import Call, Refusal
from backtrail_aws.balancing import log_buckets
from backtrail_aws.elbv2 import errors


def check(call: Call[Any], attributes: Mapping[str, str]) -> None:
    """Refuse logs without a bucket, or with one that does not take them. Raises `Refusal`."""
    for kind in ("access_logs", "connection_logs"):
        if attributes.get(f"{kind}.s3.enabled") != "true":
            continue
        bucket = attributes.get(f"{kind}.s3.bucket", "")
        if not bucket:
            # evidence: guess
            raise errors.invalid(
                f"The value of '{kind}.s3.bucket' cannot be empty when '{kind}.s3.enabled' is true"
            )
        if not log_buckets.takes(call, bucket, attributes.get(f"{kind}.s3.prefix", "")):
            raise no_bucket(bucket)


def no_bucket(bucket: str) -> Refusal:
    """A bucket that is not there, or does not take the logs."""
    # evidence: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    return errors.configuration(f"Access Denied for bucket: {bucket}. Please check S3bucket permission")
