"""Losing objects of the class REDUCED_REDUNDANCY, as a fault that is injected.

"If an RRS object is lost, when requests are made to that object, Amazon S3 returns a 405 error":
https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
"""

from __future__ import annotations

from backtrail import UNSET, Answer, Call, Event, Params, Refusal, Resource, UnsetType, field
from backtrail_aws.s3 import errors, versions
from backtrail_aws.s3.state import S3, known_bucket, service

REDUCED = "REDUCED_REDUNDANCY"


class LoseObject(Params):
    """An object, or a version of one, is lost."""

    bucket: str = field(name="bucketName")
    key: str = field(name="key")
    version_id: str | UnsetType = field(name="versionId", default=UNSET)


@service.inject
def lose_object(state: S3, call: Call[LoseObject]) -> Answer[None]:
    """Only what is there, and kept with reduced redundancy, can be lost."""
    params = call.params
    bucket = state.buckets.get(params.bucket)
    if bucket is None:
        raise errors.no_such_bucket(params.bucket)
    found = bucket.find(params.key)
    version = None
    if found is not None:
        version = found.current if params.version_id is UNSET else found.version(params.version_id)
    if version is None or version.delete_marker:
        raise errors.no_such_key(params.key)
    if version.storage_class != REDUCED:
        # evidence: guess: nothing that AWS answers, but who injects a fault is told what is wrong
        raise Refusal(
            "InvalidRequest",
            f"{params.bucket}/{params.key} is kept as {version.storage_class}: S3 does not lose it.",
        )
    arn = f"arn:aws:s3:::{bucket.name}"
    return Answer(
        None,
        resources=[
            Resource(type="AWS::S3::Object", arn=f"{arn}/{params.key}"),
            Resource(account_id=bucket.account, type="AWS::S3::Bucket", arn=arn),
        ],
    )


@service.project
def object_lost(state: S3, event: Event[LoseObject, None]) -> None:
    """The version is there, and its bytes are not."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    if version is not None:
        version.lost = True
