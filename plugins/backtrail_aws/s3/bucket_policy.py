"""Bucket policies: kept, given back, and whether they are public.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

from typing import TypeVar

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, bucket_errors, policy_document, policy_public, policy_rules
from backtrail_aws.s3.addressing import Named, bucket_of
from backtrail_aws.s3.configurations import cleared, missing, proved_absent
from backtrail_aws.s3.state import S3, Bucket, known_bucket, service

N = TypeVar("N", bound=Named)
NOT_FOUND = ("NoSuchBucketPolicy", "The bucket policy does not exist")


@service.handle
def put_bucket_policy(state: S3, call: Call[api.PutBucketPolicy]) -> None:
    """A policy in the place of the one before, where the bucket does not block public ones."""
    bucket = _owned(state, call, "s3:PutBucketPolicy")
    policy = call.params.policy
    policy_rules.check(policy, bucket.name)
    block = bucket.public_access_block
    if block is not UNSET and block.block_public_policy is True and policy_public.is_public(policy):
        raise bucket_errors.prevented(
            call, "s3:PutBucketPolicy", bucket.name, "policies", "BlockPublicPolicy"
        )


@service.project
def bucket_policy_put(state: S3, event: Event[api.PutBucketPolicy, None]) -> None:
    """The bucket has this policy."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.policy = policy_document.written(event.params.policy)


@service.read
def get_bucket_policy(state: S3, call: Call[api.GetBucketPolicy]) -> api.GetBucketPolicyResult:
    """The policy, as S3 writes it."""
    bucket = _owned(state, call, "s3:GetBucketPolicy")
    return api.GetBucketPolicyResult(policy=_policy(bucket))


@service.evidence
def bucket_policy_not_found(state: S3, event: Event[api.GetBucketPolicy, None]) -> None:
    """There is no policy, or no bucket."""
    proved_absent(state, event, "policy", NOT_FOUND[0])


@service.read
def get_bucket_policy_status(
    state: S3, call: Call[api.GetBucketPolicyStatus]
) -> api.GetBucketPolicyStatusResult:
    """Whether the policy is public."""
    bucket = bucket_of(state, call, "s3:GetBucketPolicyStatus")
    status = api.PolicyStatus(is_public=policy_public.is_public(_policy(bucket)))
    return api.GetBucketPolicyStatusResult(policy_status=status)


@service.evidence
def bucket_policy_status_not_found(state: S3, event: Event[api.GetBucketPolicyStatus, None]) -> None:
    """There is no policy, or no bucket."""
    proved_absent(state, event, "policy", NOT_FOUND[0])


@service.handle
def delete_bucket_policy(state: S3, call: Call[api.DeleteBucketPolicy]) -> None:
    """No policy any more, whether there was one or not."""
    _owned(state, call, "s3:DeleteBucketPolicy")


@service.project
def bucket_policy_deleted(state: S3, event: Event[api.DeleteBucketPolicy, None]) -> None:
    """The bucket has no policy."""
    cleared(state, event, "policy")


def _owned(state: S3, call: Call[N], action: str) -> Bucket:
    """The bucket of a call that is its owner's account's alone."""
    bucket = bucket_of(state, call, action)
    if call.caller.service is None and call.caller.account != bucket.account:
        raise bucket_errors.not_yours()
    return bucket


def _policy(bucket: Bucket) -> str:
    if bucket.policy is UNSET:
        raise missing(bucket, "policy", bucket_errors.absent(*NOT_FOUND, bucket.name))
    return bucket.policy
