"""Buckets that others may use: by their policies and their ACLs, as far as public access is not blocked.

Of objects with an ACL of their own, the bucket's is what is told here.
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UNSET, told
from backtrail.exposing import EVERYBODY, Exposure, by_policy
from backtrail_aws.s3 import api, grants, owners
from backtrail_aws.s3.state import S3, Bucket, service

POLICY = ("PutBucketPolicy", "DeletePublicAccessBlock", "PutBucketPublicAccessBlock", "PutPublicAccessBlock")
ACL = (
    "CreateBucket", "PutBucketAcl", "PutBucketOwnershipControls", "DeletePublicAccessBlock",
    "PutBucketPublicAccessBlock", "PutPublicAccessBlock",
)  # fmt: skip


@service.exposes
def open_buckets(state: S3, account: str, region: str) -> Iterator[Exposure]:
    """Each bucket whose policy or ACL lets in somebody outside."""
    for bucket in state.buckets.values():
        block = bucket.public_access_block
        restricted = block is not UNSET and block.restrict_public_buckets is True
        yield from by_policy(
            bucket.policy, bucket.account, resource=_arn(bucket), names=(bucket.name,), through="bucket policy",
            actions=POLICY, blocked="RestrictPublicBuckets is on" if restricted else "",
        )  # fmt: skip
        yield from _by_acl(bucket)


def _by_acl(bucket: Bucket) -> Iterator[Exposure]:
    block = bucket.public_access_block
    ignored = block is not UNSET and block.ignore_public_acls is True
    disabled = bucket.ownership == grants.ENFORCED
    for grant in told(bucket.acl, []):
        to = _grantee(grant.grantee, bucket.account) if grant.grantee is not UNSET else None
        if to is not None:
            why = "ACLs are disabled" if disabled else "IgnorePublicAcls is on" if ignored else ""
            yield Exposure(
                resource=_arn(bucket), names=(bucket.name,), through="bucket ACL", to=to,
                what=str(told(grant.permission, "")), actions=ACL,
                blocked=why if disabled or to.startswith(EVERYBODY) else "",
            )  # fmt: skip


def _grantee(grantee: api.Grantee, account: str) -> str | None:
    if grantee.uri == grants.ALL_USERS:
        return EVERYBODY
    if grantee.uri == grants.AUTHENTICATED:
        return f"{EVERYBODY} with an AWS account"
    if isinstance(grantee.id, str) and grantee.id != owners.canonical_id(account):
        return f"canonical user {grantee.id[:12]}…"
    return None


def _arn(bucket: Bucket) -> str:
    return f"arn:aws:s3:::{bucket.name}"
