"""RestoreObject: temporary copies of archived objects, whose states are computed from time.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from backtrail import UNSET, Call, Event, UnsetType
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api, errors, lifecycle_plan, limits, versions
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.state import S3, ObjectVersion, Restore, known_bucket, service

ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
TIERS = ("Expedited", "Standard", "Bulk")


class Prolonged(api.RestoreObjectResult):
    """The answer to a restore of what is restored: it only lasts longer now."""

    STATUS: ClassVar[int] = 200


@service.handle
def restore_object(state: S3, call: Call[api.RestoreObject]) -> api.RestoreObjectResult:
    """Begin a restore (202), or prolong one that is there (200)."""
    params = call.params
    bucket = bucket_of(state, call, "s3:RestoreObject", params.key)
    version = versions.object_of(state, call, bucket, params.key, params.version_id, method="POST")
    request = params.restore_request
    if request is UNSET:
        raise errors.malformed_xml()
    if request.type is not UNSET or request.select_parameters is not UNSET:
        # Select on archives ended on 25 July 2024; evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
        # evidence: page ErrorResponses; words: guess
        raise errors.refused(
            "MethodNotAllowed", "The specified method is not allowed against this resource.", 405
        )
    if version.storage_class not in ARCHIVES:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
        raise errors.refused(
            "InvalidObjectState", "Restore is not allowed for the object's current storage class", 403,
            StorageClass=version.storage_class,
        )  # fmt: skip
    if request.days is UNSET or request.days < 1:
        raise errors.malformed_xml()
    _check_tier(version.storage_class, tier_of(request))
    if version.restore is not UNSET and call.time < version.restore.ready:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
        raise errors.refused("RestoreAlreadyInProgress", "Object restore is already in progress", 409)
    there = version.restore is not UNSET and call.time < version.restore.expires
    return Prolonged() if there else api.RestoreObjectResult()


@service.project
def object_restored(state: S3, event: Event[api.RestoreObject, None]) -> None:
    """The version has a copy from the end of its tier's time on, for as many days as were asked for."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    request = params.restore_request
    if version is None or request is UNSET or request.days is UNSET:
        return
    tier = tier_of(request)
    hours = limits.RESTORE_HOURS.get(
        (version.storage_class, tier), limits.RESTORE_HOURS["GLACIER", "Standard"]
    )
    ready = event.time + timedelta(hours=hours)
    if version.restore is not UNSET and version.restore.ready <= event.time < version.restore.expires:
        ready = version.restore.ready  # it is there already: only its end moves
    until = max(ready, event.time)
    version.restore = Restore(
        requested=versions.second(event.time),
        ready=versions.second(ready),
        expires=expiry(until, request.days),
        tier=tier,
        told=version.restore is not UNSET and version.restore.told and ready <= event.time,
    )
    lifecycle_plan.replan(state, bucket, params.key, version, event.time)


def tier_of(request: api.RestoreRequest) -> str:
    """The retrieval tier that a request names; Standard where it names none."""
    if request.glacier_job_parameters is not UNSET:
        return request.glacier_job_parameters.tier
    return "Standard" if request.tier is UNSET else request.tier


def expiry(ready: datetime, days: int) -> IsoMillisZ:
    """The end of a copy: so many days later, at the next midnight UTC.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
    """
    end = ready + timedelta(days=days)
    midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
    return IsoMillisZ.of(midnight if midnight == end else midnight + timedelta(days=1))


def restore_header(version: ObjectVersion, now: datetime) -> str | UnsetType:
    """`x-amz-restore`: whether a restore goes on, or until when its copy is there."""
    restore = version.restore
    if restore is UNSET or now >= restore.expires or version.storage_class not in ARCHIVES:
        return UNSET
    if now < restore.ready:
        return 'ongoing-request="true"'
    return f'ongoing-request="false", expiry-date="{versions.http_date(restore.expires)}"'


def restore_status(version: ObjectVersion, now: datetime) -> api.RestoreStatus | UnsetType:
    """The same, as listings tell it to who asks for RestoreStatus."""
    restore = version.restore
    if restore is UNSET or now >= restore.expires or version.storage_class not in ARCHIVES:
        return UNSET
    if now < restore.ready:
        return api.RestoreStatus(is_restore_in_progress=True)
    return api.RestoreStatus(is_restore_in_progress=False, restore_expiry_date=restore.expires)


def _check_tier(storage_class: str, tier: str) -> None:
    if tier not in TIERS:
        raise errors.malformed_xml()
    if (storage_class, tier) not in limits.RESTORE_HOURS:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
        raise errors.invalid_argument("Retrieval option is not supported by this storage class", "Tier", tier)
