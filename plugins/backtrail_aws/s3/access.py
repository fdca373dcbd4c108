"""Who may do what: S3's own rules, until policies are evaluated with IAM's.

The account that owns a bucket may do everything with it; others what a bucket policy says without conditions, or an
ACL. https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html. This file is all
there is of it: conditions, identity policies and the rest of policy evaluation are IAM's to add.
"""

from __future__ import annotations

from typing import Final, TypeVar

from backtrail import UNSET, Call
from backtrail.call import Caller
from backtrail_aws.s3 import errors, grants, policy_document, policy_public
from backtrail_aws.s3.owners import canonical_id
from backtrail_aws.s3.policy_document import Statement
from backtrail_aws.s3.state import S3, Bucket

P = TypeVar("P")

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html ("Mapping of ACL permissions and access
# policy permissions")
_BUCKET_ACL: Final = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:DeleteObject": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
_OBJECT_ACL: Final = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:GetObjectVersionAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
    "s3:PutObjectVersionAcl": "WRITE_ACP",
}
_NEVER_LOCKED_OUT: Final = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""What the owner's root may do even if the policy denies it.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html"""


def require(state: S3, call: Call[P], action: str, bucket: Bucket, key: str | None = None) -> None:
    """Refuses with AccessDenied unless the caller may do an action on a bucket, or on a key of it."""
    if not permits(call.caller, action, bucket, key):
        raise errors.access_denied()


def allows(state: S3, call: Call[P], action: str, bucket: Bucket, key: str | None = None) -> bool:
    """Whether the caller may do an action on a bucket, or on a key of it."""
    return permits(call.caller, action, bucket, key)


def permits(caller: Caller, action: str, bucket: Bucket, key: str | None = None) -> bool:
    """The same of anybody. Service principals may do what they are sent for."""
    if caller.service is not None:
        return True
    owner = not caller.anonymous and caller.account == bucket.account
    said = _policy_says(caller, action, bucket, key)
    if said is False and not (owner and caller.is_root and action in _NEVER_LOCKED_OUT):
        return False
    if owner:
        return _owns_object(bucket, action, key) or said is True
    return _open_to_strangers(bucket, said) or _granted(caller, action, bucket, key)


def _open_to_strangers(bucket: Bucket, said: bool | None) -> bool:
    """A public policy counts for nobody outside where the bucket restricts it (RestrictPublicBuckets)."""
    block = bucket.public_access_block
    restricted = block is not UNSET and block.restrict_public_buckets is True
    if said is not True or bucket.policy is UNSET:
        return False
    return not (restricted and policy_public.is_public(bucket.policy))


# policies


def _policy_says(caller: Caller, action: str, bucket: Bucket, key: str | None) -> bool | None:
    """What the statements without conditions say: allowed, denied, or nothing."""
    if bucket.policy is UNSET:
        return None
    resource = f"arn:aws:s3:::{bucket.name}" if key is None else f"arn:aws:s3:::{bucket.name}/{key}"
    said: bool | None = None
    for statement in policy_document.statements(bucket.policy):
        if statement.conditions or not statement.covers(action, resource) or not _is_meant(statement, caller):
            continue
        if not statement.allow:
            return False
        said = True
    return said


def _is_meant(statement: Statement, caller: Caller) -> bool:
    """Whether a statement's Principal is everybody, the caller, or the caller's account."""
    if statement.others:
        return False  # NotPrincipal: IAM's to evaluate
    if "*" in statement.aws:
        return True
    if caller.anonymous:
        return False
    names = {caller.account, f"arn:aws:iam::{caller.account}:root", caller.arn}
    return not names.isdisjoint(statement.aws) or canonical_id(caller.account) in statement.canonical


# access control lists


def _granted(caller: Caller, action: str, bucket: Bucket, key: str | None) -> bool:
    if bucket.ownership in (UNSET, grants.ENFORCED):
        return False
    account = None if caller.anonymous else caller.account
    block = bucket.public_access_block
    ignored = block is not UNSET and block.ignore_public_acls is True
    permission = _BUCKET_ACL.get(action)
    if permission is not None and _allows(bucket.acl, permission, account, ignored):
        return True
    permission = _OBJECT_ACL.get(action)
    found = bucket.find(key) if key is not None and permission is not None else None
    if found is None or permission is None:
        return False
    version = found.current
    if account is not None and version.grants is UNSET and version.owner == account:
        return True
    return _allows(version.grants, permission, account, ignored)


def _allows(acl: grants.Acl, permission: str, account: str | None, ignored: bool) -> bool:
    if not ignored or acl is UNSET:
        return grants.allows(acl, permission, account)
    private = [grant for grant in acl if not grants.is_public([grant])]
    return grants.allows(private, permission, account)


def _owns_object(bucket: Bucket, action: str, key: str | None) -> bool:
    """Where writers own their objects, the bucket's owner reads those of others only by their ACL.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    permission = _OBJECT_ACL.get(action)
    if permission is None or key is None or bucket.ownership in (UNSET, grants.ENFORCED):
        return True
    found = bucket.find(key)
    if found is None or found.current.owner in ("", bucket.account):
        return True
    return grants.allows(found.current.grants, permission, bucket.account)
