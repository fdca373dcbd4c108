"""Tags of buckets. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, bucket_errors, limits, tags
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import cleared, missing, proved_absent
from backtrail_aws.s3.state import S3, known_bucket, service

NOT_FOUND = ("NoSuchTagSet", "The TagSet does not exist")


@service.handle
def put_bucket_tagging(state: S3, call: Call[api.PutBucketTagging]) -> None:
    """Tags in the place of those before."""
    bucket_of(state, call, "s3:PutBucketTagging")
    tags.of_set(call.params.tagging.tag_set, limits.BUCKET_TAGS_MAX, "Bucket")


@service.project
def bucket_tagging_put(state: S3, event: Event[api.PutBucketTagging, None]) -> None:
    """The bucket has these tags; an empty set is none."""
    told = tags.known(event.params.tagging.tag_set)
    if told:
        known_bucket(state, event.params.bucket, event).tags = told
    else:
        cleared(state, event, "tags")


@service.read
def get_bucket_tagging(state: S3, call: Call[api.GetBucketTagging]) -> api.GetBucketTaggingResult:
    """The tags."""
    bucket = bucket_of(state, call, "s3:GetBucketTagging")
    if bucket.tags is UNSET:
        raise missing(bucket, "tags", bucket_errors.absent(*NOT_FOUND, bucket.name))
    return api.GetBucketTaggingResult(tag_set=tags.listed(bucket.tags))


@service.evidence
def bucket_tagging_not_found(state: S3, event: Event[api.GetBucketTagging, None]) -> None:
    """There are no tags, or no bucket."""
    proved_absent(state, event, "tags", NOT_FOUND[0])


@service.handle
def delete_bucket_tagging(state: S3, call: Call[api.DeleteBucketTagging]) -> None:
    """No tags any more."""
    bucket_of(state, call, "s3:PutBucketTagging")


@service.project
def bucket_tagging_deleted(state: S3, event: Event[api.DeleteBucketTagging, None]) -> None:
    """The bucket has no tags."""
    cleared(state, event, "tags")
