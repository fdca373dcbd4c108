"""Tags of objects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, lifecycle_plan, limits, tags, versions
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.state import S3, known_bucket, service


@service.handle
def put_object_tagging(state: S3, call: Call[api.PutObjectTagging]) -> api.PutObjectTaggingResult:
    """Tags in the place of those that were there."""
    params = call.params
    action = "s3:PutObjectTagging" if params.version_id is UNSET else "s3:PutObjectVersionTagging"
    bucket = bucket_of(state, call, action, params.key)
    version = versions.object_of(state, call, bucket, params.key, params.version_id, method="PUT")
    tags.of_set(params.tagging.tag_set, limits.OBJECT_TAGS_MAX, "Object")
    return api.PutObjectTaggingResult(version_id=versions.answered_id(bucket, version))


@service.project
def object_tagged(state: S3, event: Event[api.PutObjectTagging, None]) -> None:
    """The version has these tags."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    if version is not None:
        version.tags = tags.known(params.tagging.tag_set)
        lifecycle_plan.replan(state, bucket, params.key, version, event.time)


@service.read
def get_object_tagging(state: S3, call: Call[api.GetObjectTagging]) -> api.GetObjectTaggingResult:
    """A version's tags; an empty set where it has none."""
    params = call.params
    action = "s3:GetObjectTagging" if params.version_id is UNSET else "s3:GetObjectVersionTagging"
    bucket = bucket_of(state, call, action, params.key)
    version = versions.object_of(state, call, bucket, params.key, params.version_id)
    kept = {} if version.tags is UNSET else version.tags
    return api.GetObjectTaggingResult(
        version_id=versions.answered_id(bucket, version), tag_set=tags.listed(kept)
    )


@service.handle
def delete_object_tagging(state: S3, call: Call[api.DeleteObjectTagging]) -> api.DeleteObjectTaggingResult:
    """No tags."""
    params = call.params
    action = "s3:DeleteObjectTagging" if params.version_id is UNSET else "s3:DeleteObjectVersionTagging"
    bucket = bucket_of(state, call, action, params.key)
    version = versions.object_of(state, call, bucket, params.key, params.version_id, method="DELETE")
    return api.DeleteObjectTaggingResult(version_id=versions.answered_id(bucket, version))


@service.project
def object_untagged(state: S3, event: Event[api.DeleteObjectTagging, None]) -> None:
    """The version has no tags."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    if version is not None:
        version.tags = UNSET
        lifecycle_plan.replan(state, bucket, params.key, version, event.time)
