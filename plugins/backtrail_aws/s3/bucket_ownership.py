"""Whose the objects are: ownership controls.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, bucket_errors, errors, grants
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.bucket_defaults import NO_CONTROLS
from backtrail_aws.s3.buckets import OWNERSHIPS
from backtrail_aws.s3.configurations import missing, proved_gone
from backtrail_aws.s3.state import S3, known_bucket, service

NOT_FOUND = ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found")


@service.handle
def put_bucket_ownership_controls(state: S3, call: Call[api.PutBucketOwnershipControls]) -> None:
    """Exactly one rule. Disabling ACLs takes an ACL that grants nothing to others."""
    bucket = bucket_of(state, call, "s3:PutBucketOwnershipControls")
    rules = call.params.ownership_controls.rules
    if len(rules) != 1 or rules[0].object_ownership not in OWNERSHIPS:
        raise errors.malformed_xml()
    own = grants.effective(UNSET, bucket.account)
    if rules[0].object_ownership == grants.ENFORCED and grants.effective(bucket.acl, bucket.account) != own:
        raise bucket_errors.acl_with_ownership()


@service.project
def bucket_ownership_put(state: S3, event: Event[api.PutBucketOwnershipControls, None]) -> None:
    """New objects belong to whom the rule says."""
    bucket = known_bucket(state, event.params.bucket, event)
    rules = event.params.ownership_controls.rules
    if rules:
        bucket.ownership = rules[0].object_ownership


@service.read
def get_bucket_ownership_controls(
    state: S3, call: Call[api.GetBucketOwnershipControls]
) -> api.GetBucketOwnershipControlsResult:
    """The rule; buckets of before April 2023 that never got one have none."""
    bucket = bucket_of(state, call, "s3:GetBucketOwnershipControls")
    held = bucket.ownership
    if held is UNSET or held == NO_CONTROLS:
        raise missing(bucket, "ownership", bucket_errors.absent(*NOT_FOUND, bucket.name))
    rule = api.OwnershipControlsRule(object_ownership=held)
    return api.GetBucketOwnershipControlsResult(ownership_controls=api.OwnershipControls(rules=[rule]))


@service.evidence
def bucket_ownership_not_found(state: S3, event: Event[api.GetBucketOwnershipControls, None]) -> None:
    """There are no controls, or no bucket."""
    if event.error == NOT_FOUND[0]:
        known_bucket(state, event.params.bucket, event).ownership = NO_CONTROLS
    proved_gone(state, event)


@service.handle
def delete_bucket_ownership_controls(state: S3, call: Call[api.DeleteBucketOwnershipControls]) -> None:
    """No controls any more: objects belong to their writers."""
    bucket_of(state, call, "s3:PutBucketOwnershipControls")


@service.project
def bucket_ownership_deleted(state: S3, event: Event[api.DeleteBucketOwnershipControls, None]) -> None:
    """The bucket has no controls."""
    known_bucket(state, event.params.bucket, event).ownership = NO_CONTROLS
