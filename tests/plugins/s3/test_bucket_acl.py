"""Access control lists of buckets, object ownership, and blocking public access."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET
from backtrail_aws.s3 import api, grants
from backtrail_aws.s3.owners import canonical_id

from .bucket_scenario import BUCKET, OTHER, Buckets
from .test_buckets import NOBODY, STRANGER


def writers() -> Buckets:
    """A bucket with ACLs that blocks nothing."""
    s3 = Buckets(object_ownership="ObjectWriter")
    s3.given(api.DeletePublicAccessBlock(bucket=BUCKET))
    return s3


def owned(*rules: str) -> api.PutBucketOwnershipControls:
    """Ownership controls."""
    controls = api.OwnershipControls(rules=[api.OwnershipControlsRule(object_ownership=one) for one in rules])
    return api.PutBucketOwnershipControls(bucket=BUCKET, ownership_controls=controls)


def policy(*granted: api.Grant, owner: str = "123456789012") -> api.AccessControlPolicy:
    """An ACL's body."""
    return api.AccessControlPolicy(grants=list(granted), owner=api.Owner(id=canonical_id(owner)))


def test_without_acls_the_owner_may_everything() -> None:
    """BucketOwnerEnforced: reading shows the owner's full control; writing is for that very thing."""
    s3 = Buckets()
    s3.given(api.GetBucketAcl(bucket=BUCKET))
    own = grants.by_id(canonical_id(s3.account), "FULL_CONTROL")
    assert (s3.answer.owner.id, s3.answer.grants) == (canonical_id(s3.account), [own])
    s3.when(api.PutBucketAcl(bucket=BUCKET, acl="private")).refused("AccessControlListNotSupported")
    s3.when(api.PutBucketAcl(bucket=BUCKET, acl="public-read")).refused("AccessControlListNotSupported")
    foreign = policy(grants.by_id(canonical_id(OTHER), "READ"))
    s3.when(api.PutBucketAcl(bucket=BUCKET, access_control_policy=foreign)).refused(
        "AccessControlListNotSupported"
    )
    s3.given(api.PutBucketAcl(bucket=BUCKET, access_control_policy=policy(own)))
    s3.given(api.PutBucketAcl(bucket=BUCKET, acl="bucket-owner-full-control"))
    s3.replays()


def test_canned_acls_headers_and_policies() -> None:
    """Each replaces what was there; two ways at once, or none, are refused."""
    s3 = writers()
    s3.given(api.PutBucketAcl(bucket=BUCKET, acl="public-read"), api.GetBucketAcl(bucket=BUCKET))
    assert [grant.permission for grant in s3.answer.grants] == ["FULL_CONTROL", "READ"]
    s3.given(
        api.PutBucketAcl(bucket=BUCKET, grant_write=f"id={canonical_id(OTHER)}"),
        api.GetBucketAcl(bucket=BUCKET),
    )
    assert s3.answer.grants == [grants.by_id(canonical_id(OTHER), "WRITE")]
    body = policy(grants.by_group(grants.LOG_DELIVERY, "WRITE"))
    s3.given(api.PutBucketAcl(bucket=BUCKET, access_control_policy=body), api.GetBucketAcl(bucket=BUCKET))
    assert s3.answer.grants == body.grants
    s3.when(api.PutBucketAcl(bucket=BUCKET)).refused("MissingSecurityHeader")
    s3.when(api.PutBucketAcl(bucket=BUCKET, acl="nonsense")).refused("InvalidArgument")
    s3.when(api.PutBucketAcl(bucket=BUCKET, acl="private", access_control_policy=body)).refused(
        "UnexpectedContent"
    )
    s3.when(api.PutBucketAcl(bucket=BUCKET, acl="private", grant_read=f"id={canonical_id(OTHER)}")).refused(
        "InvalidRequest"
    )
    other = policy(owner=OTHER)
    s3.when(api.PutBucketAcl(bucket=BUCKET, access_control_policy=other)).refused("AccessDenied")
    s3.replays()


def test_a_public_acl_lets_everybody_in_unless_it_is_ignored() -> None:
    """READ of a bucket lists it, WRITE puts objects; IgnorePublicAcls takes that away."""
    s3 = writers()
    s3.given(api.PutBucketAcl(bucket=BUCKET, acl="public-read-write"))
    s3.when(api.ListObjectsV2(bucket=BUCKET), caller=NOBODY)
    assert s3.error is None
    s3.when(api.PutObject(bucket=BUCKET, key="a"), caller=STRANGER)
    assert s3.error is None
    s3.when(api.GetBucketAcl(bucket=BUCKET), caller=NOBODY).refused("AccessDenied")
    block = api.PublicAccessBlockConfiguration(ignore_public_acls=True)
    s3.given(api.PutPublicAccessBlock(bucket=BUCKET, public_access_block_configuration=block))
    s3.when(api.ListObjectsV2(bucket=BUCKET), caller=NOBODY).refused("AccessDenied")
    s3.given(api.PutBucketAcl(bucket=BUCKET, grant_read=f"id={canonical_id(OTHER)}"))
    s3.when(api.ListObjectsV2(bucket=BUCKET), caller=STRANGER)
    assert s3.error is None
    s3.replays()


def test_who_wrote_an_object_owns_it() -> None:
    """With ObjectWriter, another account's object is its own: the bucket's owner may delete, and not read it."""
    s3 = writers()
    s3.given(api.PutBucketAcl(bucket=BUCKET, acl="public-read-write"))
    s3.when(api.PutObject(bucket=BUCKET, key="theirs"), caller=STRANGER)
    s3.when(api.GetObject(bucket=BUCKET, key="theirs"), caller=STRANGER)
    assert s3.error is None
    s3.when(api.GetObject(bucket=BUCKET, key="theirs")).refused("AccessDenied")
    s3.when(api.GetObject(bucket=BUCKET, key="theirs"), caller=NOBODY).refused("AccessDenied")
    s3.when(api.PutObjectAcl(bucket=BUCKET, key="theirs", acl="public-read"), caller=STRANGER)
    s3.when(api.GetObject(bucket=BUCKET, key="theirs"), caller=NOBODY)
    assert s3.error is None
    s3.given(api.GetObject(bucket=BUCKET, key="theirs"), api.DeleteObject(bucket=BUCKET, key="theirs"))
    s3.replays()


def test_public_acls_are_blocked() -> None:
    """BlockPublicAcls: AccessDenied that says why."""
    s3 = Buckets(object_ownership="ObjectWriter")
    s3.when(api.PutBucketAcl(bucket=BUCKET, acl="public-read")).refused(
        "AccessDenied", "public ACLs are prevented"
    )
    s3.given(api.PutBucketAcl(bucket=BUCKET, acl="private")).replays()


def test_ownership_controls() -> None:
    """One rule of three values; ACLs are disabled only when they grant nothing to others; without controls: 404."""
    s3 = Buckets()
    s3.given(owned("BucketOwnerPreferred"), api.GetBucketOwnershipControls(bucket=BUCKET))
    assert s3.answer.ownership_controls.rules[0].object_ownership == "BucketOwnerPreferred"
    s3.when(owned()).refused("MalformedXML")
    s3.when(owned("ObjectWriter", "ObjectWriter")).refused("MalformedXML")
    s3.when(owned("Nobody")).refused("MalformedXML")
    s3.given(api.PutBucketAcl(bucket=BUCKET, acl="log-delivery-write"))
    s3.when(owned("BucketOwnerEnforced")).refused("InvalidBucketAclWithObjectOwnership")
    s3.given(api.PutBucketAcl(bucket=BUCKET, acl="private"), owned("BucketOwnerEnforced"))
    s3.given(api.DeleteBucketOwnershipControls(bucket=BUCKET))
    s3.when(api.GetBucketOwnershipControls(bucket=BUCKET)).refused("OwnershipControlsNotFoundError")
    s3.replays()


def test_public_access_block() -> None:
    """What is not named is off; deleted, there is none."""
    s3 = Buckets()
    block: Any = api.PublicAccessBlockConfiguration(block_public_acls=True)
    s3.given(api.PutPublicAccessBlock(bucket=BUCKET, public_access_block_configuration=block))
    s3.given(api.GetPublicAccessBlock(bucket=BUCKET))
    held = s3.answer.public_access_block_configuration
    assert (held.block_public_acls, held.block_public_policy) == (True, False)
    s3.given(api.DeletePublicAccessBlock(bucket=BUCKET), api.DeletePublicAccessBlock(bucket=BUCKET))
    s3.when(api.GetPublicAccessBlock(bucket=BUCKET)).refused("NoSuchPublicAccessBlockConfiguration")
    assert s3.bucket.public_access_block is UNSET
    s3.replays()
