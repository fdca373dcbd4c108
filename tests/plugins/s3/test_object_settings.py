"""Tags, ACLs, object lock, restores, keys of objects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backtrail import UNSET
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api
from backtrail_aws.s3.grants import ALL_USERS
from backtrail_aws.s3.owners import canonical_id

from .bucket_scenario import BUCKET, Buckets, blob

ACCOUNT = "123456789012"


def test_tags_are_put_replaced_and_deleted() -> None:
    """Of the version that is meant; a set with doubles, too many or AWS's own is refused."""
    s3 = Buckets(versioned=True)
    old = s3.put("k", tagging="a=b")
    s3.put("k")
    tags = api.Tagging(tag_set=[api.Tag(key="x", value="1")])
    put = s3.ask(api.PutObjectTagging(bucket=BUCKET, key="k", tagging=tags))
    assert put.version_id != old.version_id
    assert s3.ask(api.GetObjectTagging(bucket=BUCKET, key="k")).tag_set == tags.tag_set
    first = s3.ask(api.GetObjectTagging(bucket=BUCKET, key="k", version_id=old.version_id))
    assert first.tag_set == [api.Tag(key="a", value="b")]
    s3.given(api.DeleteObjectTagging(bucket=BUCKET, key="k"))
    assert s3.ask(api.GetObjectTagging(bucket=BUCKET, key="k")).tag_set == []
    for wrong, code in (
        ([("a", "1"), ("a", "2")], "InvalidTag"),
        ([("aws:x", "1")], "InvalidTag"),
        ([("", "1")], "InvalidTag"),
        ([("a", "!")], "InvalidTag"),
        ([(str(i), "1") for i in range(11)], "BadRequest"),
    ):
        tag_set = [api.Tag(key=key, value=value) for key, value in wrong]
        s3.when(api.PutObjectTagging(bucket=BUCKET, key="k", tagging=api.Tagging(tag_set=tag_set))).refused(
            code
        )
    s3.replays()


def test_acls_are_off_unless_the_bucket_says_otherwise() -> None:
    """BucketOwnerEnforced refuses all but what holds anyway, and answers the owner's full control."""
    s3 = Buckets()
    s3.put("k", acl="bucket-owner-full-control")
    s3.when(api.PutObjectAcl(bucket=BUCKET, key="k", acl="public-read")).refused(
        "AccessControlListNotSupported"
    )
    acl = s3.ask(api.GetObjectAcl(bucket=BUCKET, key="k"))
    assert acl.owner.id == canonical_id(ACCOUNT)
    assert [(g.grantee.id, g.permission) for g in acl.grants] == [(canonical_id(ACCOUNT), "FULL_CONTROL")]
    s3.replays()


def test_acls_canned_by_header_and_by_policy() -> None:
    """Each replaces the one before; what S3 does not have is refused."""
    s3 = Buckets(object_ownership="ObjectWriter")
    s3.given(api.DeletePublicAccessBlock(bucket=BUCKET))
    s3.put("k", acl="public-read")
    grants = s3.ask(api.GetObjectAcl(bucket=BUCKET, key="k")).grants
    assert [(g.grantee.uri, g.permission) for g in grants[1:]] == [(ALL_USERS, "READ")]
    other = "f" * 64
    s3.given(api.PutObjectAcl(bucket=BUCKET, key="k", grant_read=f'id="{other}", uri="{ALL_USERS}"'))
    grants = s3.ask(api.GetObjectAcl(bucket=BUCKET, key="k")).grants
    assert [g.grantee.id for g in grants] == [other, UNSET]
    own = api.Grant(grantee=api.Grantee(id=canonical_id(ACCOUNT), type="CanonicalUser"), permission="READ")
    policy = api.AccessControlPolicy(owner=api.Owner(id=canonical_id(ACCOUNT)), grants=[own])
    s3.given(api.PutObjectAcl(bucket=BUCKET, key="k", access_control_policy=policy))
    assert s3.ask(api.GetObjectAcl(bucket=BUCKET, key="k")).grants == [own]
    s3.when(api.PutObjectAcl(bucket=BUCKET, key="k", acl="everything")).refused("InvalidArgument")
    s3.when(api.PutObjectAcl(bucket=BUCKET, key="k")).refused("MissingSecurityHeader")
    s3.when(api.PutObjectAcl(bucket=BUCKET, key="k", grant_read='id="x"')).refused("InvalidArgument")
    both = api.PutObjectAcl(bucket=BUCKET, key="k", acl="private", grant_read=f'id="{other}"')
    s3.when(both).refused("InvalidRequest")
    s3.replays()


def in_days(s3: Buckets, days: float) -> IsoMillisZ:
    """A moment from now."""
    return IsoMillisZ.of(s3.now + timedelta(days=days))


def test_retention_protects_a_version_and_not_the_key() -> None:
    """A marker may be put over it; removal is refused until the date, or bypassed where it is GOVERNANCE."""
    s3 = Buckets(object_lock_enabled_for_bucket=True)
    put = s3.put("k", object_lock_mode="GOVERNANCE", object_lock_retain_until_date=in_days(s3, 2))
    assert s3.get("k").object_lock_mode == "GOVERNANCE"
    removal: dict[str, Any] = {"bucket": BUCKET, "key": "k", "version_id": put.version_id}
    s3.when(api.DeleteObject(**removal)).refused("AccessDenied", "object lock")
    batch = api.Delete(objects=[api.ObjectIdentifier(key="k", version_id=put.version_id)])
    assert s3.ask(api.DeleteObjects(bucket=BUCKET, delete=batch)).errors[0].code == "AccessDenied"
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    s3.given(api.DeleteObject(**removal, bypass_governance_retention=True))
    s3.replays()


def test_compliance_yields_to_time_alone() -> None:
    """No bypass, no shorter date; a longer one may be put; afterwards the version goes."""
    s3 = Buckets(object_lock_enabled_for_bucket=True)
    put = s3.put("k", object_lock_mode="COMPLIANCE", object_lock_retain_until_date=in_days(s3, 2))
    named: dict[str, Any] = {"bucket": BUCKET, "key": "k", "version_id": put.version_id}

    def retain(days: float, mode: str = "COMPLIANCE") -> api.PutObjectRetention:
        wanted = api.ObjectLockRetention(mode=mode, retain_until_date=in_days(s3, days))
        return api.PutObjectRetention(**named, retention=wanted, bypass_governance_retention=True)

    s3.when(retain(1)).refused("AccessDenied")
    s3.when(retain(3, "GOVERNANCE")).refused("AccessDenied")
    s3.when(retain(-1)).refused("InvalidArgument")
    s3.given(retain(3))
    assert s3.ask(api.GetObjectRetention(**named)).retention.mode == "COMPLIANCE"
    s3.when(api.DeleteObject(**named, bypass_governance_retention=True)).refused("AccessDenied")
    s3.later(days=4)
    s3.given(api.DeleteObject(**named))
    s3.replays()


def test_a_legal_hold_holds_until_it_is_off() -> None:
    """Whatever the retention; an object that was never held has none to show."""
    s3 = Buckets(object_lock_enabled_for_bucket=True)
    put = s3.put("k")
    named: dict[str, Any] = {"bucket": BUCKET, "key": "k", "version_id": put.version_id}
    s3.when(api.GetObjectLegalHold(**named)).refused("NoSuchObjectLockConfiguration")
    s3.when(api.GetObjectRetention(**named)).refused("NoSuchObjectLockConfiguration")
    s3.given(api.PutObjectLegalHold(**named, legal_hold=api.ObjectLockLegalHold(status="ON")))
    s3.when(api.DeleteObject(**named)).refused("AccessDenied")
    assert s3.ask(api.GetObjectLegalHold(**named)).legal_hold.status == "ON"
    s3.given(api.PutObjectLegalHold(**named, legal_hold=api.ObjectLockLegalHold(status="OFF")))
    s3.given(api.DeleteObject(**named))
    s3.replays()


def test_locks_need_a_bucket_that_has_them() -> None:
    """Everything about locks is refused elsewhere."""
    s3 = Buckets()
    s3.put("k")
    hold = api.ObjectLockLegalHold(status="ON")
    for call in (
        api.GetObjectRetention(bucket=BUCKET, key="k"),
        api.GetObjectLegalHold(bucket=BUCKET, key="k"),
        api.PutObjectLegalHold(bucket=BUCKET, key="k", legal_hold=hold),
    ):
        s3.when(call).refused("InvalidRequest", "Object Lock Configuration")


@pytest.mark.parametrize(
    ("storage_class", "tier", "hours"),
    [
        ("GLACIER", "Standard", 5),
        ("GLACIER", "Bulk", 12),
        ("GLACIER", "Expedited", 1),
        ("DEEP_ARCHIVE", "Bulk", 48),
    ],
)
def test_an_archived_object_is_read_after_its_restore(storage_class: str, tier: str, hours: int) -> None:
    """Refused, under way, there until the midnight after its days, refused again."""
    s3 = Buckets()
    s3.put("k", storage_class=storage_class)
    s3.when(api.GetObject(bucket=BUCKET, key="k")).refused("InvalidObjectState")
    wanted = api.RestoreRequest(days=1, glacier_job_parameters=api.GlacierJobParameters(tier=tier))
    restore = api.RestoreObject(bucket=BUCKET, key="k", restore_request=wanted)
    s3.given(restore)
    head = api.HeadObject(bucket=BUCKET, key="k")
    assert s3.ask(head).restore == 'ongoing-request="true"'
    s3.when(restore).refused("RestoreAlreadyInProgress")
    s3.later(hours=hours)
    assert s3.ask(head).restore.startswith('ongoing-request="false", expiry-date="')
    assert s3.content("k") == b"hello"
    s3.given(restore)
    asked = ["RestoreStatus"]
    page = s3.ask(api.ListObjectsV2(bucket=BUCKET, optional_object_attributes=asked))
    assert page.contents[0].restore_status.is_restore_in_progress is False
    s3.later(days=3)
    assert s3.ask(head).restore is UNSET
    s3.when(api.GetObject(bucket=BUCKET, key="k")).refused("InvalidObjectState")
    s3.replays()


def test_restores_that_are_refused() -> None:
    """Of what is not archived, without days, and from a tier that the archive has not."""
    s3 = Buckets()
    s3.put("warm")
    s3.put("k", storage_class="DEEP_ARCHIVE")
    days = api.RestoreRequest(days=1)
    s3.when(api.RestoreObject(bucket=BUCKET, key="warm", restore_request=days)).refused("InvalidObjectState")
    s3.when(api.RestoreObject(bucket=BUCKET, key="k", restore_request=api.RestoreRequest())).refused(
        "MalformedXML"
    )
    fast = api.RestoreRequest(days=1, glacier_job_parameters=api.GlacierJobParameters(tier="Expedited"))
    s3.when(api.RestoreObject(bucket=BUCKET, key="k", restore_request=fast)).refused("InvalidArgument")


def test_another_key_without_a_copy() -> None:
    """UpdateObjectEncryption puts an object under a KMS key."""
    s3 = Buckets()
    s3.ask(api.PutObject(bucket=BUCKET, key="k", body=blob(b"x")))
    arn = "arn:aws:kms:us-east-1:123456789012:key/1"
    wanted = api.ObjectEncryption(ssekms=api.SSEKMSEncryption(kms_key_arn=arn))
    s3.given(api.UpdateObjectEncryption(bucket=BUCKET, key="k", object_encryption=wanted))
    assert s3.get("k").ssekms_key_id == arn
    s3.replays()
