"""Buckets: making them. (In work: the rest of their life follows.)"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api, errors
from backtrail_aws.s3.state import S3, Bucket, service


@service.handle
def create_bucket(state: S3, call: Call[api.CreateBucket]) -> api.CreateBucketResult:
    """A bucket of the caller's account in the call's region."""
    name = call.params.bucket
    if name in state.buckets:
        raise errors.refused(
            "BucketAlreadyExists", "The requested bucket name is not available.", 409, BucketName=name
        )
    return api.CreateBucketResult(location=f"/{name}")


@service.project
def bucket_created(state: S3, event: Event[api.CreateBucket, None]) -> None:
    """A bucket is there."""
    name = event.params.bucket
    wanted = event.params.create_bucket_configuration
    region = UNSET if wanted is UNSET else wanted.location_constraint
    if name not in state.buckets:
        state.counts[event.account] = state.counts.get(event.account, 0) + 1
    state.buckets[name] = Bucket(
        name=name,
        account=event.account,
        region=event.region if region is UNSET else region,
        created=IsoMillisZ.of(event.time.replace(microsecond=0)),
        ownership="BucketOwnerEnforced"
        if event.params.object_ownership is UNSET
        else event.params.object_ownership,
    )
