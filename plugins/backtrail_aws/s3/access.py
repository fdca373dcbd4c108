"""Who may do what: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html

Where policies are evaluated, they decide together with ACLs. Where they are not, the account that owns a bucket may do
everything with it; others what a bucket policy says without conditions, or an ACL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar

from backtrail import UNSET, Access, Call, Caller, Refusal, ResourcePolicy, UnsetType
from backtrail.policy import Denial
from backtrail.policy.words import sentence
from backtrail.record import partition_of
from backtrail_aws.s3 import access_keys, errors, grants, policy_document, policy_public
from backtrail_aws.s3.owners import canonical_id
from backtrail_aws.s3.policy_document import Statement
from backtrail_aws.s3.state import S3, Bucket, service

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
    """Refuses with AccessDenied unless the caller may do an action on a bucket, or on a key of it.

    Where policies are evaluated they decide; the rules of this file are for where they are not.
    """
    needed = [action, *_besides(call, action)]
    resource = _arn(call, bucket.name, key)
    asked = access_keys.Asked(call=call, bucket=bucket, key=key)
    decided = [call.require(Access(action=one, resources=[resource], lazy=asked.value)) for one in needed]
    if all(decided):
        if call.caller.account == bucket.account and not _owns_object(bucket, action, key):
            # evidence: page ErrorResponses; words: guess
            raise errors.access_denied()
        return
    if not permits(call.caller, action, bucket, key):
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()


def allows(state: S3, call: Call[P], action: str, bucket: Bucket, key: str | None = None) -> bool:
    """Whether the caller may do an action on a bucket, or on a key of it."""
    try:
        require(state, call, action, bucket, key)
    except Refusal:
        return False
    return True


@service.authorization
def needs(state: S3, call: Call[Any]) -> Iterator[Access]:
    """What calls need that are about no bucket yet; the others ask once it is found (`require`)."""
    asked = access_keys.Asked(call=call)
    if call.action == "ListBuckets":
        every = f"arn:{partition_of(call.region)}:s3:::*"
        yield Access(action="s3:ListAllMyBuckets", resources=[every], lazy=asked.value, shown="")
    elif call.action == "CreateBucket":
        resource = _arn(call, call.params.bucket)
        for action in ("s3:CreateBucket", *_at_birth(call.params)):
            yield Access(action=action, resources=[resource], lazy=asked.value)


@service.policies
def policies_of(state: S3, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """A bucket's policy, and whether an ACL opens the bucket or the key to the caller."""
    name, slash, key = arn.split(":", 5)[5].partition("/")
    bucket = state.buckets.get(name)
    if bucket is None or action == "s3:CreateBucket":
        return None
    caller = call.caller
    by_tags = bucket.abac is not UNSET and bucket.abac.status == "Enabled"
    stranger = caller.anonymous or caller.account != bucket.account
    return ResourcePolicy(
        account=bucket.account,
        document=_counting_policy(bucket, caller, action, stranger=stranger),
        granted=stranger and _granted(caller, action, bucket, key if slash else None),
        tags=bucket.tags if by_tags and isinstance(bucket.tags, dict) else {},
    )


@service.denial
def denied(denial: Denial) -> Refusal:
    """S3 tells why only to callers of the bucket's own account.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """
    if not denial.at_home or denial.principal == "anonymous":
        # evidence: page ErrorResponses; words: guess
        return errors.access_denied()
    # evidence: issue https://github.com/noobaa/noobaa-core/issues/10060 (the ARN stands in quotes)
    resource = f'"{denial.resource}"' if denial.resource else ""
    # evidence: page ErrorResponses; words: guess
    return errors.access_denied(sentence(denial.principal, denial.action, resource, denial.because))


def _counting_policy(
    bucket: Bucket, caller: Caller, action: str, *, stranger: bool
) -> str | UnsetType | None:
    """The policy as far as it counts: a public one not for strangers of a bucket that restricts it, and no policy
    locks the owner's root out of changing it."""
    if bucket.policy is UNSET:
        return None if bucket.implied_by is None or "policy" in bucket.gone else UNSET
    block = bucket.public_access_block
    restricted = block is not UNSET and block.restrict_public_buckets is True
    if stranger and restricted and policy_public.is_public(bucket.policy):
        return None
    if caller.is_root and not stranger and action in _NEVER_LOCKED_OUT:
        return None
    return bucket.policy


def _besides(call: Call[Any], action: str) -> list[str]:
    """What a request needs besides, for what it asks along: an object with an ACL.

    Services that deliver give the bucket's owner control and need s3:PutObject alone, as the bucket policies say that
    AWS documents for them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html
    """
    if action != "s3:PutObject" or call.caller.identity.type == "AWSService":
        return []
    members = ("acl", "grant_read", "grant_read_acp", "grant_write_acp", "grant_full_control")
    given = any(isinstance(getattr(call.params, member, None), str) for member in members)
    return ["s3:PutObjectAcl"] if given else []


def _at_birth(params: Any) -> Iterator[str]:
    """What a new bucket's settings need: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
    grants = ("grant_read", "grant_write", "grant_read_acp", "grant_write_acp", "grant_full_control")
    if isinstance(params.acl, str) or any(isinstance(getattr(params, member), str) for member in grants):
        yield "s3:PutBucketAcl"
    if params.object_lock_enabled_for_bucket is True:
        yield "s3:PutBucketObjectLockConfiguration"
        yield "s3:PutBucketVersioning"
    if isinstance(params.object_ownership, str):
        yield "s3:PutBucketOwnershipControls"


def _arn(call: Call[Any], bucket: str, key: str | None = None) -> str:
    return f"arn:{partition_of(call.region)}:s3:::{bucket}" + ("" if key is None else f"/{key}")


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
