"""Blocking public access, of one bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html. The account's own block
is S3 Control's.
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.s3 import api, bucket_errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import cleared, missing, proved_absent
from backtrail_aws.s3.state import S3, known_bucket, service

NOT_FOUND = ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")


@service.handle
def put_public_access_block(state: S3, call: Call[api.PutPublicAccessBlock]) -> None:
    """Four settings in the place of those before; one that is not named is off."""
    bucket_of(state, call, "s3:PutBucketPublicAccessBlock")


@service.project
def public_access_block_put(state: S3, event: Event[api.PutPublicAccessBlock, None]) -> None:
    """The bucket blocks what it says."""
    wanted = event.params.public_access_block_configuration
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.public_access_block = api.PublicAccessBlockConfiguration(
        block_public_acls=_on(wanted.block_public_acls),
        ignore_public_acls=_on(wanted.ignore_public_acls),
        block_public_policy=_on(wanted.block_public_policy),
        restrict_public_buckets=_on(wanted.restrict_public_buckets),
    )


@service.read
def get_public_access_block(
    state: S3, call: Call[api.GetPublicAccessBlock]
) -> api.GetPublicAccessBlockResult:
    """The four settings."""
    bucket = bucket_of(state, call, "s3:GetBucketPublicAccessBlock")
    held = bucket.public_access_block
    if held is UNSET:
        raise missing(bucket, "public_access_block", bucket_errors.absent(*NOT_FOUND, bucket.name))
    return api.GetPublicAccessBlockResult(public_access_block_configuration=held)


@service.evidence
def public_access_block_not_found(state: S3, event: Event[api.GetPublicAccessBlock, None]) -> None:
    """There is no block, or no bucket."""
    proved_absent(state, event, "public_access_block", NOT_FOUND[0])


@service.handle
def delete_public_access_block(state: S3, call: Call[api.DeletePublicAccessBlock]) -> None:
    """Block nothing any more."""
    bucket_of(state, call, "s3:PutBucketPublicAccessBlock")


@service.project
def public_access_block_deleted(state: S3, event: Event[api.DeletePublicAccessBlock, None]) -> None:
    """The bucket blocks nothing."""
    cleared(state, event, "public_access_block")


def _on(setting: bool | UnsetType) -> bool:
    return setting is True
