"""Buckets: making, finding and deleting them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html. Directory buckets are not here.
"""

from __future__ import annotations

import re
from typing import Final

from backtrail import UNSET, Call, Event, UnsetType
from backtrail.errors import NotImplementedAction
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import (
    access,
    api,
    bucket_defaults,
    bucket_errors,
    bucket_names,
    errors,
    grants,
    limits,
    tags,
)
from backtrail_aws.s3.addressing import bucket_of, expect_owner, find_anywhere
from backtrail_aws.s3.configurations import proved_gone, removed
from backtrail_aws.s3.objects_new import quietly
from backtrail_aws.s3.state import ENABLED, S3, Bucket, known_bucket, service

US_EAST_1: Final = "us-east-1"
_LEGACY: Final = "EU"  # eu-west-1's first name
OWNERSHIPS: Final = frozenset({"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"})
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d+")
_REGIONAL_HOST = re.compile(r"(?:^|\.)s3[.-](?:dualstack\.|fips\.)?us-east-1\.amazonaws\.com(?::\d+)?$")


@service.handle
def create_bucket(state: S3, call: Call[api.CreateBucket]) -> api.CreateBucketResult:
    """A bucket of the caller's account. In us-east-1, making one's own again is no error."""
    params = call.params
    if call.caller.anonymous:
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()
    _check_kind(params)
    region = _region(call, _constraint(params))
    bucket_names.check(params.bucket, params.bucket_namespace, call.account, region)
    _check_acl(call, params)
    tags.of_set(_tags(params), limits.BUCKET_TAGS_MAX, "Bucket")
    found = state.buckets.get(params.bucket)
    if found is not None and found.account != call.account:
        raise bucket_errors.name_taken(params.bucket)
    if found is not None and (region != US_EAST_1 or found.region != US_EAST_1):
        raise bucket_errors.already_owned(params.bucket)
    if found is None and state.counts.get(call.account, 0) >= call.quota(
        limits.BUCKETS_QUOTA, limits.BUCKETS
    ):
        raise bucket_errors.too_many_buckets()
    here = region == US_EAST_1
    return api.CreateBucketResult(
        location=f"/{params.bucket}" if here else f"http://{params.bucket}.s3.amazonaws.com/"
    )


@service.project
def bucket_created(state: S3, event: Event[api.CreateBucket, None]) -> None:
    """A bucket is there. One that was implied is known from now on; one's own, made again, loses its ACL."""
    params = event.params
    bucket = state.buckets.get(params.bucket)
    if bucket is None or bucket.account != event.account:
        removed(state, params.bucket)
        bucket = Bucket(name=params.bucket, account=event.account, implied_by=event.id)
        state.buckets[bucket.name] = bucket
        state.counts[bucket.account] = state.counts.get(bucket.account, 0) + 1
    if bucket.implied_by is not None:
        _fill(bucket, event)
    bucket.acl = _granted(params, bucket)


def _fill(bucket: Bucket, event: Event[api.CreateBucket, None]) -> None:
    """What a create tells of a bucket that nobody saw before."""
    params = event.params
    constraint = _constraint(params)
    bucket.implied_by = None
    bucket.gone = set()
    if constraint is not UNSET:
        bucket.region = "eu-west-1" if constraint == _LEGACY else constraint
        bucket.legacy_location = constraint == _LEGACY
    else:
        bucket.region = event.region
    bucket.created = IsoMillisZ.of(event.time.replace(microsecond=0))
    if params.object_ownership is not UNSET:
        bucket.ownership = params.object_ownership
    if params.object_lock_enabled_for_bucket is True:
        bucket.versioning = ENABLED
        if bucket.object_lock is UNSET:
            bucket.object_lock = api.ObjectLockConfiguration(object_lock_enabled="Enabled")
    if told := _tags(params):
        bucket.tags = tags.known(told)
    bucket_defaults.fill(bucket, event.time)


@service.evidence
def bucket_not_created(state: S3, event: Event[api.CreateBucket, None]) -> None:
    """Who already owns it has a bucket of that name."""
    if event.error == "BucketAlreadyOwnedByYou":
        known_bucket(state, event.params.bucket, event)


@service.handle
def delete_bucket(state: S3, call: Call[api.DeleteBucket]) -> None:
    """Remove an empty bucket. Uploads under way go with it."""
    bucket = bucket_of(state, call, "s3:DeleteBucket")
    if not bucket.is_empty:
        raise bucket_errors.not_empty(bucket.name, versioned=bucket.versioning is not UNSET)


@service.project
def bucket_deleted(state: S3, event: Event[api.DeleteBucket, None]) -> None:
    """The bucket is gone, and its name is free."""
    removed(state, event.params.bucket)


@service.evidence
def bucket_not_deleted(state: S3, event: Event[api.DeleteBucket, None]) -> None:
    """A bucket that is not there is gone; one that is not empty exists."""
    proved_gone(state, event)
    if event.error == "BucketNotEmpty":
        known_bucket(state, event.params.bucket, event)


@service.read
def head_bucket(state: S3, call: Call[api.HeadBucket]) -> api.HeadBucketResult:
    """Whether the bucket is there and may be listed, and where it lives."""
    bucket = bucket_of(state, call, "s3:ListBucket")
    return api.HeadBucketResult(bucket_region=bucket.region, access_point_alias=False)


@service.read
def get_bucket_location(state: S3, call: Call[api.GetBucketLocation]) -> api.GetBucketLocationResult:
    """The bucket's region as its constraint: none for us-east-1. Any region answers for all."""
    bucket = find_anywhere(state, call.params.bucket)
    expect_owner(bucket, call.params.expected_bucket_owner)
    access.require(state, call, "s3:GetBucketLocation", bucket)
    region = _LEGACY if bucket.legacy_location else bucket.region
    return api.GetBucketLocationResult(location_constraint=UNSET if region == US_EAST_1 else region)


@service.evidence
def bucket_not_located(state: S3, event: Event[api.GetBucketLocation, None]) -> None:
    """A bucket that is not there is gone."""
    proved_gone(state, event)


# what a create says


def _check_kind(params: api.CreateBucket) -> None:
    """Directory buckets (S3 Express One Zone) are another kind of thing, and not here."""
    wanted = params.create_bucket_configuration
    if wanted is not UNSET and (wanted.bucket is not UNSET or wanted.location is not UNSET):
        raise NotImplementedAction("s3:CreateBucket for directory buckets")


def _constraint(params: api.CreateBucket) -> str | UnsetType:
    wanted = params.create_bucket_configuration
    return UNSET if wanted is UNSET or not wanted.location_constraint else wanted.location_constraint


def _region(call: Call[api.CreateBucket], constraint: str | UnsetType) -> str:
    """Where the bucket will live. us-east-1's global endpoint makes buckets anywhere, the others at home."""
    if constraint is UNSET:
        if call.region != US_EAST_1:
            raise bucket_errors.illegal_location(None)
        return US_EAST_1
    region = "eu-west-1" if constraint == _LEGACY else constraint
    if region == US_EAST_1 or not _REGION.fullmatch(region):
        raise bucket_errors.invalid_location(constraint)
    regional = call.region != US_EAST_1 or _REGIONAL_HOST.search(call.host) is not None
    if regional and region != call.region:
        raise bucket_errors.illegal_location(constraint)
    return region


def _tags(params: api.CreateBucket) -> list[api.Tag]:
    wanted = params.create_bucket_configuration
    return [] if wanted is UNSET or wanted.tags is UNSET else wanted.tags


def _check_acl(call: Call[api.CreateBucket], params: api.CreateBucket) -> None:
    """Refuses an ACL that grants anything to anybody else: new buckets have ACLs disabled, and block public ones."""
    wanted = params.object_ownership
    if wanted is not UNSET and wanted not in OWNERSHIPS:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "Invalid x-amz-object-ownership header", "x-amz-object-ownership", wanted
        )
    granted = _requested(params, call.account)
    if granted is UNSET or granted == grants.effective(UNSET, call.account):
        return
    if (bucket_defaults.ownership(call.time) if wanted is UNSET else wanted) == grants.ENFORCED:
        raise bucket_errors.acl_with_ownership()
    if grants.is_public(granted) and call.time >= bucket_defaults.PRIVATE_SINCE:
        raise bucket_errors.acl_with_block()


def _requested(params: api.CreateBucket, owner: str) -> list[api.Grant] | UnsetType:
    """The grants that a create asks for. Canned ACLs for objects alone are passed over here."""
    if params.acl in ("bucket-owner-read", "bucket-owner-full-control"):
        return UNSET
    return grants.requested(params, owner, owner, of_bucket=True)


def _granted(params: api.CreateBucket, bucket: Bucket) -> list[api.Grant]:
    """What a recorded create granted: the owner's own control where it said nothing."""
    return grants.effective(quietly(lambda: _requested(params, bucket.account)), bucket.account)
