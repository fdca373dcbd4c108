"""Access control lists of buckets. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.s3 import api, bucket_errors, errors, grants
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import check_told
from backtrail_aws.s3.objects_new import quietly
from backtrail_aws.s3.owners import owner_of
from backtrail_aws.s3.state import S3, Bucket, known_bucket, service


@service.read
def get_bucket_acl(state: S3, call: Call[api.GetBucketAcl]) -> api.GetBucketAclResult:
    """Who may do what. Where ACLs are disabled: the owner, everything."""
    bucket = bucket_of(state, call, "s3:GetBucketAcl")
    kept = bucket.acl
    if bucket.ownership == grants.ENFORCED:
        kept = UNSET
    else:
        check_told(bucket, "acl")
    return api.GetBucketAclResult(
        owner=owner_of(bucket.account), grants=grants.effective(kept, bucket.account)
    )


@service.handle
def put_bucket_acl(state: S3, call: Call[api.PutBucketAcl]) -> None:
    """Grants in the place of those before: a canned ACL, headers, or a policy in the body."""
    bucket = bucket_of(state, call, "s3:PutBucketAcl")
    params = call.params
    grants.check_enabled(bucket, params)
    wanted = _requested(params, bucket)
    policy = params.access_control_policy
    if policy is not UNSET:
        if wanted is not UNSET:
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            raise errors.refused("UnexpectedContent", "This request does not support content")
        wanted = grants.of_policy(policy, bucket.account)
        if bucket.ownership == grants.ENFORCED and wanted != grants.effective(UNSET, bucket.account):
            raise errors.no_acls()
    elif wanted is UNSET and params.acl is UNSET:
        raise bucket_errors.missing_acl()
    block = bucket.public_access_block
    if (
        wanted is not UNSET
        and block is not UNSET
        and block.block_public_acls is True
        and grants.is_public(wanted)
    ):
        raise bucket_errors.prevented(call, "s3:PutBucketAcl", bucket.name, "ACLs", "BlockPublicAcls")


@service.project
def bucket_acl_put(state: S3, event: Event[api.PutBucketAcl, None]) -> None:
    """The bucket grants this, and nothing else."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    policy = params.access_control_policy
    if policy is not UNSET:
        found = quietly(lambda: grants.of_policy(policy, bucket.account))
        bucket.acl = policy.grants if found is UNSET else found
    else:
        bucket.acl = grants.effective(quietly(lambda: _requested(params, bucket)), bucket.account)


def _requested(params: api.PutBucketAcl, bucket: Bucket) -> list[api.Grant] | UnsetType:
    """What the headers ask for. The canned ACL for objects says what holds anyway."""
    if params.acl == "bucket-owner-full-control":
        return UNSET
    return grants.requested(params, bucket.account, bucket.account, of_bucket=True)
