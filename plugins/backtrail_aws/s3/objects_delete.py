"""DeleteObject and DeleteObjects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjects.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html. What is not there is deleted all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from backtrail import UNSET, Call, Event, Params, Refusal, UnsetType
from backtrail_aws.s3 import access, api, conditions, errors, limits, object_lock, versions
from backtrail_aws.s3.addressing import expect_owner, found
from backtrail_aws.s3.objects_new import check_key
from backtrail_aws.s3.state import ENABLED, NULL, S3, Bucket, ObjectVersion, known_bucket, service

P = TypeVar("P", bound=Params)


class Removal(msgspec.Struct, frozen=True):
    """What deleting one key (or version) will do: the version that goes, or the marker that comes."""

    version_id: str | UnsetType = UNSET
    marker: bool = False


@service.handle
def delete_object(state: S3, call: Call[api.DeleteObject]) -> api.DeleteObjectResult:
    """The object is gone: for good, or under a delete marker."""
    params = call.params
    bucket = found(state, call, params.bucket)
    expect_owner(bucket, params.expected_bucket_owner)
    if params.if_match_last_modified_time is not UNSET or params.if_match_size is not UNSET:
        raise _for_directories("x-amz-if-match-size" if params.if_match_size is not UNSET else _TIME)
    wanted = api.ObjectIdentifier(key=params.key, version_id=params.version_id, e_tag=params.if_match)
    deleted = _decide(state, call, bucket, wanted, params.bypass_governance_retention, params.mfa, "")
    return api.DeleteObjectResult(
        delete_marker=True if deleted.marker else UNSET,
        version_id=deleted.version_id,
    )


@service.project
def object_deleted(state: S3, event: Event[api.DeleteObject, api.DeleteObjectResult]) -> None:
    """The version is gone, or a marker lies over the key."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    if params.version_id is not UNSET:
        versions.remove(state, bucket, params.key, params.version_id, event.time)
    else:
        told = event.result.version_id
        _mark(state, bucket, event, params.key, versions.recorded_id(bucket, event, told, "marker"))


@service.handle
def delete_objects(state: S3, call: Call[api.DeleteObjects]) -> api.DeleteObjectsResult:
    """Up to a thousand deletes, each of which fails alone."""
    params = call.params
    bucket = found(state, call, params.bucket)
    expect_owner(bucket, params.expected_bucket_owner)
    _check_integrity(call.headers)
    if params.delete is UNSET or not 1 <= len(params.delete.objects) <= limits.DELETE_MAX:
        raise errors.malformed_xml()
    deleted: list[api.DeletedObject] = []
    failed: list[api.Error] = []
    for index, wanted in enumerate(params.delete.objects):
        try:
            removal = _decide(
                state, call, bucket, wanted, params.bypass_governance_retention, params.mfa, str(index)
            )
        except Refusal as refusal:
            failed.append(
                api.Error(
                    key=wanted.key, version_id=wanted.version_id, code=refusal.code, message=refusal.message
                )
            )
            continue
        deleted.append(_told(wanted, removal))
    quiet = params.delete.quiet is True
    return api.DeleteObjectsResult(deleted=UNSET if quiet or not deleted else deleted, errors=failed or UNSET)


@service.project
def objects_deleted(state: S3, event: Event[api.DeleteObjects, api.DeleteObjectsResult]) -> None:
    """What was deleted is gone. Foreign records name no keys: what the bucket holds is not known from here on."""
    bucket = known_bucket(state, event.params.bucket, event)
    wanted = event.params.delete
    if wanted is UNSET:
        bucket.objects_unknown = event.id
        return
    refused = event.result.errors
    failed = {(one.key, one.version_id) for one in (refused if refused is not UNSET else [])}
    for index, one in enumerate(wanted.objects):
        if (one.key, one.version_id) in failed:
            continue
        if one.version_id is not UNSET:
            versions.remove(state, bucket, one.key, one.version_id, event.time)
        else:
            _mark(state, bucket, event, one.key, versions.recorded_id(bucket, event, UNSET, f"marker{index}"))


def _decide(
    state: S3,
    call: Call[P],
    bucket: Bucket,
    wanted: api.ObjectIdentifier,
    bypass: bool | UnsetType,
    mfa: str | UnsetType,
    label: str,
) -> Removal:
    """What deleting one key does, or its refusal."""
    named = wanted.version_id
    action = "s3:DeleteObject" if named is UNSET else "s3:DeleteObjectVersion"
    access.require(state, call, action, bucket, wanted.key)
    check_key(wanted.key)
    if wanted.last_modified_time is not UNSET or wanted.size is not UNSET:
        raise _for_directories("LastModifiedTime" if wanted.size is UNSET else "Size")
    there = bucket.find(wanted.key)
    conditions.check_delete(wanted.e_tag, there, wanted.key)
    if named is UNSET:
        return Removal(versions.new_id(call, bucket, f"marker{label}"), bucket.versioning is not UNSET)
    versions.check_id(named)
    version = there.version(named) if there is not None else None
    _check_mfa(bucket, mfa)
    if version is not None:
        object_lock.check_delete(state, call, bucket, wanted.key, version, bypass)
    return Removal(named, version is not None and version.delete_marker)


def _told(wanted: api.ObjectIdentifier, removal: Removal) -> api.DeletedObject:
    if wanted.version_id is not UNSET:
        return api.DeletedObject(
            key=wanted.key,
            version_id=wanted.version_id,
            delete_marker=True if removal.marker else UNSET,
            delete_marker_version_id=wanted.version_id if removal.marker else UNSET,
        )
    return api.DeletedObject(
        key=wanted.key,
        delete_marker=True if removal.marker else UNSET,
        delete_marker_version_id=removal.version_id if removal.marker else UNSET,
    )


def _mark(state: S3, bucket: Bucket, event: Event[Any, Any], key: str, version_id: str) -> None:
    account = event.identity.account_id
    marker = ObjectVersion(
        version_id=version_id,
        modified=versions.second(event.time),
        owner=account if account is not UNSET else event.account,
        delete_marker=True,
    )
    if bucket.versioning is UNSET and bucket.implied_by is not None and version_id != NULL:
        bucket.versioning = ENABLED  # the record's marker proves it
    versions.delete(state, bucket, key, marker, event.time)


def _check_mfa(bucket: Bucket, mfa: str | UnsetType) -> None:
    """Versions of a bucket with MFA delete go with a token alone; whether it is right cannot be told here."""
    if bucket.mfa_delete == ENABLED and (mfa is UNSET or len(mfa.split()) != 2):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
        raise errors.access_denied("Mfa Authentication must be used for this request")


def _check_integrity(headers: Mapping[str, str]) -> None:
    """The list must be guarded. Calls that came without HTTP have no header to show."""
    if (
        headers
        and "content-md5" not in headers
        and not any(name.startswith("x-amz-checksum-") for name in headers)
    ):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
        raise errors.invalid_request(
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        )


_TIME = "x-amz-if-match-last-modified-time"


def _for_directories(header: str) -> Refusal:
    """Conditions that directory buckets alone know."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    return errors.refused(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        501,
        Header=header,
    )
