"""What `aws s3api list-buckets` printed: these buckets were there. How they were set up, the list does not tell."""

from __future__ import annotations

from backtrail import UNSET, Event, told
from backtrail_aws.s3 import api
from backtrail_aws.s3.state import S3, known_bucket, service


@service.observed
def buckets_observed(state: S3, event: Event[api.ListBuckets, api.ListBucketsResult]) -> None:
    """There is each of these, made at its time; settings stay unknown where no record told them."""
    for one in told(event.result.buckets, []):
        if one.name is UNSET:
            continue
        bucket = known_bucket(state, one.name, event)
        if bucket.implied_by is not None:
            bucket.created = told(one.creation_date, bucket.created)
            bucket.region = one.bucket_region  # UNSET in a list without regions: nobody told
