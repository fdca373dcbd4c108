"""Telling of events: what follows from what happens to objects.

Queues, topics and functions are told as a bucket's notification configuration says, EventBridge of everything where it
is switched on. https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html. S3 acts as itself; what
it sends names the bucket as its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from backtrail import UNSET, Command, Event, Params, UnsetType, field
from backtrail_aws.s3 import api, events, lifecycle, losses, notification_destinations, versions
from backtrail_aws.s3.events import Happened
from backtrail_aws.s3.notification_targets import Target, targets_of
from backtrail_aws.s3.object_restore import Prolonged
from backtrail_aws.s3.objects_put import PostObject
from backtrail_aws.s3.state import S3, Bucket, ObjectVersion, service

P = TypeVar("P")
R = TypeVar("R")
PERMANENT, MARKED = "Permanently Deleted", "Delete Marker Created"


class SendMessage(Params):
    """To SQS."""

    queue_url: str = field(name="queueUrl")
    message_body: str = field(name="messageBody")


class Publish(Params):
    """To SNS."""

    topic_arn: str = field(name="topicArn")
    subject: str = field(name="subject")
    message: str = field(name="message")


class Invoke(Params):
    """To Lambda."""

    function_name: str = field(name="functionName")
    invocation_type: str = field(name="invocationType")
    payload: bytes = field(name="payload")


class BusEntry(Params):
    """One event for EventBridge."""

    time: str = field(name="time")
    source: str = field(name="source")
    resources: list[str] = field(name="resources")
    detail_type: str = field(name="detailType")
    detail: str = field(name="detail")


class PutEvents(Params):
    """To EventBridge."""

    entries: list[BusEntry] = field(name="entries")


# objects that come


@service.react
def tell_put(state: S3, event: Event[api.PutObject, api.PutObjectResult]) -> Iterable[Command]:
    """ObjectCreated:Put."""
    return _created(state, event, "Put", "PutObject")


@service.react
def tell_post(state: S3, event: Event[PostObject, api.PutObjectResult]) -> Iterable[Command]:
    """ObjectCreated:Post."""
    return _created(state, event, "Post", "POST Object")


@service.react
def tell_copy(state: S3, event: Event[api.CopyObject, api.CopyObjectResult]) -> Iterable[Command]:
    """ObjectCreated:Copy."""
    return _created(state, event, "Copy", "CopyObject")


@service.react
def tell_completion(
    state: S3, event: Event[api.CompleteMultipartUpload, api.CompleteMultipartUploadResult]
) -> Iterable[Command]:
    """ObjectCreated:CompleteMultipartUpload, once: completing again makes nothing."""
    bucket = _telling(state, event.params.bucket)
    if bucket is None:
        return ()
    done = bucket.completed.get(event.params.upload_id)
    if done is None or done.event_id != event.id:
        return ()
    return _created(state, event, "CompleteMultipartUpload", "CompleteMultipartUpload")


def _created(state: S3, event: Event[Any, R], how: str, reason: str) -> Iterable[Command]:
    bucket = _telling(state, event.params.bucket)
    found = None if bucket is None else bucket.find(event.params.key)
    if bucket is None or found is None:
        return ()
    happened = Happened(
        name=f"ObjectCreated:{how}",
        key=event.params.key,
        type="Object Created",
        detail={"reason": reason},
        **events.of_version(bucket, found.current),
    )
    return _tell(bucket, event, happened)


# objects that go


@service.react
def tell_delete(state: S3, event: Event[api.DeleteObject, api.DeleteObjectResult]) -> Iterable[Command]:
    """ObjectRemoved:Delete, or DeleteMarkerCreated. What was not there is deleted, too."""
    bucket = _telling(state, event.params.bucket)
    if bucket is None:
        return ()
    marker = versions.recorded_id(bucket, event, event.result.version_id, "marker")
    return _tell(bucket, event, _removed(bucket, event.params.key, event.params.version_id, marker))


@service.react
def tell_deletes(state: S3, event: Event[api.DeleteObjects, api.DeleteObjectsResult]) -> Iterator[Command]:
    """The same of each key of a batch that was not refused."""
    bucket, wanted = _telling(state, event.params.bucket), event.params.delete
    if bucket is None or wanted is UNSET:
        return
    refused = event.result.errors
    failed = {(one.key, one.version_id) for one in ([] if refused is UNSET else refused)}
    for index, one in enumerate(wanted.objects):
        if (one.key, one.version_id) not in failed:
            marker = versions.recorded_id(bucket, event, UNSET, f"marker{index}")
            yield from _tell(bucket, event, _removed(bucket, one.key, one.version_id, marker))


@service.react
def tell_expiration(state: S3, event: Event[lifecycle.ExpireObject, None]) -> Iterable[Command]:
    """LifecycleExpiration:Delete, or DeleteMarkerCreated."""
    bucket = _telling(state, event.params.bucket)
    if bucket is None:
        return ()
    marker = lifecycle.marker_id(bucket, event)
    return _tell(
        bucket, event, _removed(bucket, event.params.key, event.params.version_id, marker, by_rule=True)
    )


def _removed(
    bucket: Bucket, key: str, version_id: str | UnsetType, marker: str, *, by_rule: bool = False
) -> Happened:
    """What a delete did, of a version or (by a marker, where there are versions) of a key."""
    marked = version_id is UNSET and bucket.versioning is not UNSET
    family = "LifecycleExpiration" if by_rule else "ObjectRemoved"
    told: events.Json = events.of_marker(bucket, marker) if marked else {"version_id": version_id}
    return Happened(
        name=f"{family}:{'DeleteMarkerCreated' if marked else 'Delete'}",
        key=key,
        type="Object Deleted",
        detail={
            "reason": "Lifecycle Expiration" if by_rule else "DeleteObject",
            "deletion-type": MARKED if marked else PERMANENT,
        },
        **told,
    )


# objects that change


@service.react
def tell_transition(state: S3, event: Event[lifecycle.TransitionObject, None]) -> Iterable[Command]:
    """LifecycleTransition."""
    target = event.params.storage_class
    return _changed(
        state,
        event,
        "LifecycleTransition",
        "Object Storage Class Changed",
        more={"lifecycleEventData": {"transitionEventData": {"destinationStorageClass": target}}},
        detail={"destination-storage-class": target},
    )


@service.react
def tell_loss(state: S3, event: Event[losses.LoseObject, None]) -> Iterable[Command]:
    """ReducedRedundancyLostObject, which EventBridge does not know."""
    return _changed(state, event, "ReducedRedundancyLostObject", "")


@service.react
def tell_restore(state: S3, event: Event[api.RestoreObject, api.RestoreObjectResult]) -> Iterable[Command]:
    """ObjectRestore:Post, of a restore that begins."""
    if isinstance(event.result, Prolonged):
        return ()
    _, version = _found(state, event)
    detail = {} if version is None else {"source-storage-class": version.storage_class}
    return _changed(state, event, "ObjectRestore:Post", "Object Restore Initiated", detail=detail)


@service.react
def tell_restored(state: S3, event: Event[lifecycle.CompleteRestore, None]) -> Iterable[Command]:
    """ObjectRestore:Completed."""
    _, version = _found(state, event)
    if version is None or version.restore is UNSET:
        return ()
    until, held = version.restore.expires, version.storage_class
    return _changed(
        state,
        event,
        "ObjectRestore:Completed",
        "Object Restore Completed",
        more={
            "glacierEventData": {
                "restoreEventData": {
                    "lifecycleRestorationExpiryTime": events.iso_millis(until),
                    "lifecycleRestoreStorageClass": held,
                }
            }
        },
        detail={"restore-expiry-time": f"{until:%Y-%m-%dT%H:%M:%SZ}", "source-storage-class": held},
    )


@service.react
def tell_unrestored(state: S3, event: Event[lifecycle.ExpireRestore, None]) -> Iterable[Command]:
    """ObjectRestore:Delete."""
    return _changed(state, event, "ObjectRestore:Delete", "Object Restore Expired")


@service.react
def tell_tagging(state: S3, event: Event[api.PutObjectTagging, None]) -> Iterable[Command]:
    """ObjectTagging:Put."""
    return _changed(state, event, "ObjectTagging:Put", "Object Tags Added")


@service.react
def tell_untagging(state: S3, event: Event[api.DeleteObjectTagging, None]) -> Iterable[Command]:
    """ObjectTagging:Delete."""
    return _changed(state, event, "ObjectTagging:Delete", "Object Tags Deleted")


@service.react
def tell_acl(state: S3, event: Event[api.PutObjectAcl, None]) -> Iterable[Command]:
    """ObjectAcl:Put."""
    return _changed(state, event, "ObjectAcl:Put", "Object ACL Updated")


@service.react
def tell_retention(state: S3, event: Event[api.PutObjectRetention, None]) -> Iterable[Command]:
    """ObjectRetention:Put, which EventBridge does not know."""
    return _changed(state, event, "ObjectRetention:Put", "")


def _changed(
    state: S3,
    event: Event[Any, R],
    name: str,
    type: str,
    *,
    more: dict[str, Any] | None = None,
    detail: dict[str, str] | None = None,
) -> Iterable[Command]:
    bucket, version = _found(state, event)
    if bucket is None or version is None:
        return ()
    happened = Happened(
        name=name, key=event.params.key, type=type, more=more or {}, detail=detail or {}, sequenced=False,
        **events.of_version(bucket, version),
    )  # fmt: skip
    return _tell(bucket, event, happened)


# the configuration itself


@service.react
def tell_of_the_test(
    state: S3, event: Event[api.PutBucketNotificationConfiguration, None]
) -> Iterator[Command]:
    """Each queue and each topic gets a test event, once, unless destinations were not to be looked at."""
    bucket = _telling(state, event.params.bucket)
    if bucket is None or event.params.skip_destination_validation is True:
        return
    targets = {one.arn: one for one in targets_of(bucket.notification).targets if one.service != "lambda"}
    for target in targets.values():
        yield _sent(bucket, target, events.test_event(bucket, event))


# sending


def _telling(state: S3, name: str) -> Bucket | None:
    """The bucket, where it tells anybody anything."""
    bucket = state.buckets.get(name)
    return None if bucket is None or bucket.notification is UNSET else bucket


def _found(state: S3, event: Event[Any, R]) -> tuple[Bucket | None, ObjectVersion | None]:
    """The bucket and the version that an event is about."""
    bucket = _telling(state, event.params.bucket)
    found = None if bucket is None else bucket.find(event.params.key)
    if found is None:
        return bucket, None
    wanted: str | UnsetType = event.params.version_id
    return bucket, found.current if wanted is UNSET else found.version(wanted)


def _tell(bucket: Bucket, event: Event[Any, R], happened: Happened) -> Iterator[Command]:
    told = targets_of(bucket.notification)
    for target in told.targets:
        if target.wants(happened.name, happened.key):
            yield _sent(bucket, target, events.body(bucket, event, happened, target.id))
    if told.bridge and happened.type:
        yield _bridged(bucket, event, happened)


def _sent(bucket: Bucket, target: Target, body: str) -> Command:
    params: Params
    if target.service == "sqs":
        params = SendMessage(queue_url=notification_destinations.queue_url(target), message_body=body)
    elif target.service == "sns":
        params = Publish(topic_arn=target.arn, subject="Amazon S3 Notification", message=body)
    else:
        params = Invoke(function_name=target.arn, invocation_type="Event", payload=body.encode())
    return Command(
        target.service,
        params,
        account=target.account,
        region=target.region,
        source_arn=f"arn:aws:s3:::{bucket.name}",
    )


def _bridged(bucket: Bucket, event: Event[Any, R], happened: Happened) -> Command:
    arn = f"arn:aws:s3:::{bucket.name}"
    entry = BusEntry(
        time=f"{event.time:%Y-%m-%dT%H:%M:%SZ}",
        source="aws.s3",
        resources=[arn],
        detail_type=happened.type,
        detail=events.detail(bucket, event, happened),
    )
    region = event.region if bucket.region is UNSET else bucket.region
    return Command(
        "events", PutEvents(entries=[entry]), account=bucket.account, region=region, source_arn=arn
    )
