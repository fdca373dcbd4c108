"""Lifecycle rules as days go by: objects change their class and expire, uploads are given up.

S3 runs rules once a day, at midnight UTC. AWS's CloudTrail has no record of it ("CloudTrail does not capture Lifecycle
actions": https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html); here each thing
that a rule does is a record of S3's own, named after the operations of S3's server access logs, with the rule and who
set it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from backtrail import UNSET, Answer, Call, Command, Event, Params, Resource, UnsetType, field
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import lifecycle_plan, limits, versions
from backtrail_aws.s3.lifecycle_plan import Due, next_due
from backtrail_aws.s3.lifecycle_steps import ABORT, EXPIRE, MOVE, REMOVE, RESTORED
from backtrail_aws.s3.multipart import place_of
from backtrail_aws.s3.state import NULL, S3, Bucket, ObjectVersion, known_bucket, service


class _Ruled(Params):
    """What the records of rules have in common: whose doing it is. `run` is the midnight of the run."""

    bucket: str = field(name="bucketName")
    key: str = field(name="key")
    run: IsoMillisZ = field(name="run")
    rule_id: str | UnsetType = field(name="ruleId", default=UNSET)
    set_by: str | UnsetType = field(name="setBy", default=UNSET)
    set_by_event: str | UnsetType = field(name="setByEventId", default=UNSET)


class ExpireObject(_Ruled):
    """The current version expires, as if deleted; with a version, that version (or lone delete marker) is removed."""

    version_id: str | UnsetType = field(name="versionId", default=UNSET)


class TransitionObject(_Ruled):
    """A version goes to another class."""

    version_id: str | UnsetType = field(name="versionId", default=UNSET)
    storage_class: str = field(name="storageClass")


class DeleteUpload(_Ruled):
    """An upload that was never completed is given up."""

    upload_id: str = field(name="uploadId")


class CompleteRestore(Params):
    """The temporary copy of an archived version is there."""

    bucket: str = field(name="bucketName")
    key: str = field(name="key")
    version_id: str | UnsetType = field(name="versionId", default=UNSET)


class ExpireRestore(Params):
    """The temporary copy is gone."""

    bucket: str = field(name="bucketName")
    key: str = field(name="key")
    version_id: str | UnsetType = field(name="versionId", default=UNSET)


V = TypeVar("V", CompleteRestore, ExpireRestore)


@service.timer(next_due)
def time_came(state: S3, now: datetime) -> Iterator[Command]:
    """What is due; a thousand at once, the rest at the same time."""
    for one in islice(lifecycle_plan.due(state, now), limits.LIFECYCLE_CHUNK):
        region = "us-east-1" if one.bucket.region is UNSET else one.bucket.region
        yield Command("s3", _params(one, IsoMillisZ.of(now)), account=one.bucket.account, region=region)


def _params(one: Due, now: IsoMillisZ) -> Params:
    bucket, author = one.bucket, one.bucket.lifecycle_author
    action = one.planned.action
    found = bucket.find(one.key)
    plain = found is not None and found.current.version_id == one.id == NULL
    version_id = UNSET if plain else one.id
    if action not in (EXPIRE, REMOVE, MOVE, ABORT):
        restore = CompleteRestore if action == RESTORED else ExpireRestore
        return restore(bucket=bucket.name, key=one.key, version_id=version_id)
    ruled: dict[str, Any] = {
        "bucket": bucket.name,
        "key": one.key,
        "run": now,
        "rule_id": one.planned.rule or UNSET,
        "set_by": UNSET if author is UNSET else author.principal,
        "set_by_event": UNSET if author is UNSET else author.event_id,
    }
    if action == ABORT:
        return DeleteUpload(**ruled, upload_id=one.id)
    if action == MOVE:
        return TransitionObject(**ruled, version_id=version_id, storage_class=one.planned.storage_class)
    return ExpireObject(**ruled, version_id=one.id if action == REMOVE else UNSET)


# decide: time has decided


@service.handle(internal=True)
def expire_object(state: S3, call: Call[ExpireObject]) -> Answer[None]:
    """Nothing is left to decide: the day has come."""
    return _about(call.params.bucket, call.params.key, call.account)


@service.handle(internal=True)
def transition_object(state: S3, call: Call[TransitionObject]) -> Answer[None]:
    """The same."""
    return _about(call.params.bucket, call.params.key, call.account)


@service.handle(internal=True)
def delete_upload(state: S3, call: Call[DeleteUpload]) -> Answer[None]:
    """The same."""
    return _about(call.params.bucket, call.params.key, call.account)


@service.handle(internal=True)
def complete_restore(state: S3, call: Call[CompleteRestore]) -> Answer[None]:
    """The same."""
    return _about(call.params.bucket, call.params.key, call.account)


@service.handle(internal=True)
def expire_restore(state: S3, call: Call[ExpireRestore]) -> Answer[None]:
    """The same."""
    return _about(call.params.bucket, call.params.key, call.account)


def _about(bucket: str, key: str, account: str) -> Answer[None]:
    """The record's resources: the object and its bucket."""
    arn = f"arn:aws:s3:::{bucket}"
    return Answer(
        None,
        resources=[
            Resource(type="AWS::S3::Object", arn=f"{arn}/{key}"),
            Resource(account_id=account, type="AWS::S3::Bucket", arn=arn),
        ],
    )


# fold


@service.project
def object_expired(state: S3, event: Event[ExpireObject, None]) -> None:
    """The version is gone, or lies under a marker."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    if params.version_id is not UNSET:
        versions.remove(state, bucket, params.key, params.version_id, params.run)
        return
    found = bucket.find(params.key)
    if found is None:
        return
    if bucket.versioning is UNSET:
        versions.remove(state, bucket, params.key, found.current.version_id, params.run)
        return
    marker = ObjectVersion(
        version_id=marker_id(bucket, event),
        modified=versions.second(event.time),
        owner=bucket.account,
        delete_marker=True,
    )
    versions.put(state, bucket, params.key, marker, params.run)


def marker_id(bucket: Bucket, event: Event[ExpireObject, None]) -> str:
    """The version id of the marker that an expiration makes."""
    return versions.recorded_id(bucket, event, UNSET, "marker")


@service.project
def object_moved(state: S3, event: Event[TransitionObject, None]) -> None:
    """The version has another class; nothing else about it changes."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    if version is not None:
        version.storage_class = params.storage_class
        lifecycle_plan.replan(state, bucket, params.key, version, params.run)


@service.project
def upload_deleted(state: S3, event: Event[DeleteUpload, None]) -> None:
    """The upload is gone with its parts."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    bucket.uploads.pop(place_of(params.key, params.upload_id), None)
    lifecycle_plan.forget(state, bucket, params.key, params.upload_id)


@service.project
def restore_completed(state: S3, event: Event[CompleteRestore, None]) -> None:
    """Reads know by the time alone; that it was told is remembered."""
    bucket, version = _restored(state, event)
    if version is not None and version.restore is not UNSET:
        version.restore.told = True
        lifecycle_plan.replan(state, bucket, event.params.key, version, event.time)


@service.project
def restore_expired(state: S3, event: Event[ExpireRestore, None]) -> None:
    """There is no copy any more."""
    bucket, version = _restored(state, event)
    if version is not None:
        version.restore = UNSET
        lifecycle_plan.replan(state, bucket, event.params.key, version, event.time)


def _restored(state: S3, event: Event[V, None]) -> tuple[Bucket, ObjectVersion | None]:
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    return bucket, versions.known_version(state, bucket, params.key, params.version_id, event)
