"""Access control lists of objects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, errors, grants, versions
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.objects_new import quietly
from backtrail_aws.s3.owners import owner_of
from backtrail_aws.s3.state import S3, Bucket, known_bucket, service


@service.read
def get_object_acl(state: S3, call: Call[api.GetObjectAcl]) -> api.GetObjectAclResult:
    """Who may do what with a version. Where ACLs are disabled: the bucket's owner, everything."""
    params = call.params
    action = "s3:GetObjectAcl" if params.version_id is UNSET else "s3:GetObjectVersionAcl"
    bucket = bucket_of(state, call, action, params.key)
    version = versions.object_of(state, call, bucket, params.key, params.version_id)
    enforced = bucket.ownership == grants.ENFORCED
    owner = bucket.account if enforced else version.owner
    kept = UNSET if enforced else version.grants
    return api.GetObjectAclResult(owner=owner_of(owner), grants=grants.effective(kept, owner))


@service.handle
def put_object_acl(state: S3, call: Call[api.PutObjectAcl]) -> api.PutObjectAclResult:
    """Grants in the place of those that were there: canned, by header or by a policy in the body."""
    params = call.params
    action = "s3:PutObjectAcl" if params.version_id is UNSET else "s3:PutObjectVersionAcl"
    bucket = bucket_of(state, call, action, params.key)
    version = versions.object_of(state, call, bucket, params.key, params.version_id, method="PUT")
    grants.check_enabled(bucket, params)
    wanted = grants.requested(params, version.owner, bucket.account)
    if params.access_control_policy is not UNSET:
        if wanted is not UNSET:
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            raise errors.refused("UnexpectedContent", "This request does not support content")
        _check_enforced(bucket, params.access_control_policy)
        wanted = grants.of_policy(params.access_control_policy, version.owner)
    if wanted is UNSET:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        raise errors.refused(
            "MissingSecurityHeader",
            "Your request was missing a required header",
            MissingHeaderName="x-amz-acl",
        )
    grants.check_public(bucket, wanted)
    return api.PutObjectAclResult()


@service.project
def object_acl_put(state: S3, event: Event[api.PutObjectAcl, None]) -> None:
    """The version has these grants."""
    params = event.params
    bucket = known_bucket(state, params.bucket, event)
    version = versions.known_version(state, bucket, params.key, params.version_id, event)
    if version is None:
        return
    policy = params.access_control_policy
    if policy is not UNSET:
        version.grants = policy.grants
    else:
        version.grants = quietly(lambda: grants.requested(params, version.owner, bucket.account))


def _check_enforced(bucket: Bucket, policy: api.AccessControlPolicy) -> None:
    """Where ACLs are disabled, a policy may only say that the bucket's owner may do everything."""
    if bucket.ownership != grants.ENFORCED:
        return
    owners = grants.effective(UNSET, bucket.account)
    if policy.grants is UNSET or [
        (g.grantee.id, g.permission) for g in policy.grants if g.grantee is not UNSET
    ] != [(g.grantee.id, g.permission) for g in owners if g.grantee is not UNSET]:
        raise errors.no_acls()
