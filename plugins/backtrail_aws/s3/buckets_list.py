"""ListBuckets. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""

from __future__ import annotations

from backtrail import UNSET, BadToken, Call, UnsetType, page
from backtrail_aws.s3 import api, errors, limits
from backtrail_aws.s3.owners import owner_of
from backtrail_aws.s3.state import S3, Bucket, service


@service.read
def list_buckets(state: S3, call: Call[api.ListBuckets]) -> api.ListBucketsResult:
    """The account's buckets of all regions, by name. Regions are told to those who ask for anything."""
    params = call.params
    if call.caller.anonymous:
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()
    prefix = "" if params.prefix is UNSET else params.prefix

    def mine(bucket: Bucket) -> bool:
        here = params.bucket_region in (UNSET, bucket.region)
        return bucket.account == call.account and here

    try:
        token = None if params.continuation_token is UNSET else params.continuation_token
        found = page(state.buckets, token, _limit(params.max_buckets), prefix=prefix, keep=mine)
    except BadToken as error:
        # evidence: guess
        raise errors.invalid_argument(
            "The continuation token provided is incorrect", "continuation-token"
        ) from error
    asked = params != api.ListBuckets()
    return api.ListBucketsResult(
        buckets=[_entry(bucket, asked) for bucket in found.items],
        owner=owner_of(call.account),
        continuation_token=UNSET if found.next is None else found.next,
        prefix=params.prefix,
    )


def _entry(bucket: Bucket, asked: bool) -> api.Bucket:
    # Clients rely on a date (`aws s3 ls` ends without one): of a bucket older than the log, when it was seen first.
    created = bucket.seen if isinstance(bucket.created, UnsetType) else bucket.created
    return api.Bucket(
        name=bucket.name, creation_date=created, bucket_region=bucket.region if asked else UNSET
    )


def _limit(wanted: int | UnsetType) -> int:
    if wanted is UNSET:
        return limits.BUCKETS_PAGE_MAX
    if not 1 <= wanted <= limits.BUCKETS_PAGE_MAX:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
        raise errors.invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {limits.BUCKETS_PAGE_MAX}",
            "max-buckets",
            str(wanted),
        )
    return wanted
