"""From a call to the bucket it names: the first rules that every call on a bucket meets, in S3's order."""

from __future__ import annotations

from typing import Protocol, TypeVar

from backtrail import UNSET, Call, UnsetType
from backtrail_aws.s3 import access, errors
from backtrail_aws.s3.state import S3, Bucket


class Named(Protocol):
    """Parameters that name a bucket."""

    @property
    def bucket(self) -> str: ...
    @property
    def expected_bucket_owner(self) -> str | UnsetType: ...


N = TypeVar("N", bound=Named)
P = TypeVar("P")


def bucket_of(state: S3, call: Call[N], action: str, key: str | None = None) -> Bucket:
    """The bucket that a call names, after what S3 checks first: it exists, lives here, is whose it is thought to be,
    and the caller may do the action (an IAM action, `s3:GetObject`) on it or on the key.
    """
    bucket = found(state, call, call.params.bucket)
    expect_owner(bucket, call.params.expected_bucket_owner)
    access.require(state, call, action, bucket, key)
    _check_payer(bucket, call)
    return bucket


def found(state: S3, call: Call[P], name: str) -> Bucket:
    """The bucket of a name (or of its ARN). Refuses with NoSuchBucket, or where to find one of another region."""
    bucket = find_anywhere(state, name)
    if bucket.region is not UNSET and bucket.region != call.region:
        raise _elsewhere(call, name, bucket.region)
    return bucket


def find_anywhere(state: S3, name: str) -> Bucket:
    """The same, whichever region it lives in."""
    bucket = state.buckets.get(name.rpartition(":::")[2] if name.startswith("arn:") else name)
    if bucket is None:
        raise errors.no_such_bucket(name)
    return bucket


def expect_owner(bucket: Bucket, expected: str | UnsetType) -> None:
    """Refuses where the caller thinks the bucket to be another account's (`x-amz-expected-bucket-owner`)."""
    if expected is UNSET:
        return
    if not (len(expected) == 12 and expected.isdecimal()):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/developerguide/ErrorResponses.html
        raise errors.refused(
            "InvalidBucketOwnerAWSAccountID",
            f"The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]",
        )
    if expected != bucket.account:
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()


def _check_payer(bucket: Bucket, call: Call[P]) -> None:
    """Where requesters pay, those of other accounts must say that they will.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
    """
    if bucket.request_payer != "Requester" or call.caller.account == bucket.account:
        return
    if getattr(call.params, "request_payer", "requester") != "requester":
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()


def _elsewhere(call: Call[P], name: str, region: str) -> Exception:
    """A bucket named in the Host is found by DNS, so only its signature can be wrong; else S3 redirects."""
    if call.host.startswith(f"{name}."):
        return errors.wrong_region(call.region, region)
    return errors.permanent_redirect(name, f"{name}.s3.{region}.amazonaws.com", region)
