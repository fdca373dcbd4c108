"""Buckets: made, found, listed, deleted; their names, regions and what they have from the start."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import backtrail_aws.s3
from backtrail import UNSET, Identity
from backtrail.call import Caller
from backtrail.facts import Facts
from backtrail.testing import Scenario
from backtrail.trail.forms import HttpFacts
from backtrail_aws.s3 import api, limits

from .bucket_scenario import BUCKET, OTHER, Buckets

STRANGER = Caller(
    identity=Identity(type="Root", arn=f"arn:aws:iam::{OTHER}:root", account_id=OTHER), account=OTHER
)
NOBODY = Caller(
    identity=Identity(type="AWSAccount", principal_id="", account_id="anonymous"), account="", anonymous=True
)


def scenario(region: str = "us-east-1") -> Scenario:
    """An account without buckets."""
    return Scenario(backtrail_aws.s3, region=region)


def located(name: str, constraint: str) -> api.CreateBucket:
    """A bucket with a location constraint."""
    return api.CreateBucket(
        bucket=name, create_bucket_configuration=api.CreateBucketConfiguration(location_constraint=constraint)
    )


def at(host: str) -> Facts:
    """A request to an endpoint."""
    return Facts(http=HttpFacts(host=host))


def test_a_bucket_is_made_and_found() -> None:
    """CreateBucket answers the place; HEAD tells the region; us-east-1 has no location constraint."""
    s3 = scenario()
    s3.given(api.CreateBucket(bucket="one-bucket"))
    assert s3.answer == api.CreateBucketResult(location="/one-bucket")
    s3.given(api.HeadBucket(bucket="one-bucket"))
    assert (s3.answer.bucket_region, s3.answer.access_point_alias) == ("us-east-1", False)
    s3.given(api.GetBucketLocation(bucket="one-bucket"))
    assert s3.answer.location_constraint is UNSET
    s3.replays()


def test_the_record_of_a_create_is_as_aws_writes_it() -> None:
    """bucketName and the configuration under its root; no response elements."""
    s3 = scenario("eu-west-1")
    s3.given(located("one-bucket", "eu-west-1"))
    assert s3.record["requestParameters"] == {
        "bucketName": "one-bucket",
        "CreateBucketConfiguration": {
            "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "LocationConstraint": "eu-west-1",
        },
    }  # fmt: skip
    assert s3.record["responseElements"] is None
    s3.replays()


@pytest.mark.parametrize(
    "name",
    [
        "ab", "a" * 64, "My-Bucket", "my_bucket", "-abc", "abc-", "a..b", "192.168.5.4", "xn--abc", "sthree-abc",
        "abc-s3alias", "abc--x-s3", "abc.mrap", "amzn-s3-demo-abc", "abc--table-s3", "name with space", "ümlaut",
        "abc-123456789012-us-east-1-an",
    ],
)  # fmt: skip
def test_bad_names_are_refused(name: str) -> None:
    """Names outside of S3's rules are InvalidBucketName, and nothing is made."""
    s3 = scenario()
    s3.when(api.CreateBucket(bucket=name)).refused("InvalidBucketName")
    assert s3.error is not None and s3.error.status == 400 and s3.error.members == {"BucketName": name}
    s3.replays()


@pytest.mark.parametrize("name", ["abc", "a" * 63, "netshock.co.uk", "1.2.3", "0-0", "a.b-c"])
def test_odd_names_are_fine(name: str) -> None:
    """Dots, digits and both lengths at the edge are allowed."""
    scenario().given(api.CreateBucket(bucket=name)).replays()


def test_an_account_regional_name_carries_account_and_region() -> None:
    """In the account's regional namespace a name ends in account, region and `-an`."""
    s3 = scenario("us-west-2")
    wanted = api.CreateBucketConfiguration(location_constraint="us-west-2")

    def make(name: str) -> api.CreateBucket:
        return api.CreateBucket(
            bucket=name, bucket_namespace="account-regional", create_bucket_configuration=wanted
        )

    s3.when(make("plain-name")).refused("InvalidBucketName")
    s3.when(make("mine-999988887777-us-west-2-an")).refused("InvalidBucketName")
    s3.given(make("mine-123456789012-us-west-2-an")).replays()


def test_ones_own_bucket_again() -> None:
    """In us-east-1 it is no error and resets the ACL; elsewhere it is BucketAlreadyOwnedByYou."""
    s3 = Buckets()
    s3.put("k")
    s3.given(api.CreateBucket(bucket=BUCKET))
    assert s3.keys() == ["k"]
    west = scenario("us-west-2")
    west.given(located(BUCKET, "us-west-2"))
    west.when(located(BUCKET, "us-west-2")).refused("BucketAlreadyOwnedByYou")
    assert west.error is not None and west.error.status == 409
    s3.replays()
    west.replays()


def test_somebody_elses_name_is_taken_until_it_is_deleted() -> None:
    """Names are a partition's; a delete frees them."""
    s3 = Buckets()
    mine = s3.caller
    s3.caller, s3.account = STRANGER, OTHER
    s3.when(api.CreateBucket(bucket=BUCKET)).refused("BucketAlreadyExists")
    s3.caller, s3.account = mine, mine.account
    s3.given(api.DeleteBucket(bucket=BUCKET))
    s3.caller, s3.account = STRANGER, OTHER
    s3.given(api.CreateBucket(bucket=BUCKET))
    assert s3.bucket.account == OTHER
    s3.replays()


def test_locations() -> None:
    """A regional endpoint makes buckets at home only and wants to be told so; the global one makes them anywhere."""
    west = scenario("us-west-2")
    west.when(api.CreateBucket(bucket="abc")).refused(
        "IllegalLocationConstraintException", "The unspecified location"
    )
    west.when(located("abc", "eu-west-1")).refused(
        "IllegalLocationConstraintException", "The eu-west-1 location"
    )
    west.given(located("abc", "us-west-2"))
    east = scenario()
    east.when(located("abc", "us-east-1")).refused("InvalidLocationConstraint")
    east.when(located("abc", "nowhere")).refused("InvalidLocationConstraint")
    east.when(located("abc", "eu-west-1"), facts=at("s3.us-east-1.amazonaws.com")).refused(
        "IllegalLocationConstraintException"
    )
    east.given(located("abc", "eu-west-1"))
    assert east.answer.location == "http://abc.s3.amazonaws.com/"
    east.given(api.GetBucketLocation(bucket="abc"))
    assert east.answer.location_constraint == "eu-west-1"
    west.replays()
    east.replays()


def test_eu_is_irelands_first_name() -> None:
    """A bucket made with EU lives in eu-west-1 and still answers EU."""
    s3 = scenario("eu-west-1")
    s3.given(located("abc", "EU"), api.GetBucketLocation(bucket="abc"))
    assert s3.answer.location_constraint == "EU"
    s3.given(api.HeadBucket(bucket="abc"))
    assert s3.answer.bucket_region == "eu-west-1"
    s3.replays()


def test_another_regions_endpoint_says_where_the_bucket_is() -> None:
    """Path style is redirected; a Host with the bucket was signed for the wrong region; both tell the region."""
    s3 = Buckets()
    s3.when(api.HeadBucket(bucket=BUCKET), region="eu-west-1").refused("PermanentRedirect")
    assert s3.error is not None and s3.error.status == 301
    assert ("x-amz-bucket-region", "us-east-1") in s3.error.members["headers"]
    host = at(f"{BUCKET}.s3.eu-west-1.amazonaws.com")
    s3.when(api.HeadBucket(bucket=BUCKET), region="eu-west-1", facts=host).refused(
        "AuthorizationHeaderMalformed"
    )
    assert s3.error is not None and s3.error.members["Region"] == "us-east-1"
    s3.given(api.HeadBucket(bucket=BUCKET))
    s3.when(api.GetBucketLocation(bucket=BUCKET), region="eu-west-1")
    assert s3.error is None, "any region answers where a bucket is"
    s3.replays()


def test_a_bucket_with_objects_or_versions_is_not_deleted() -> None:
    """BucketNotEmpty for objects, for versions, and for delete markers; empty it goes."""
    s3 = Buckets(versioned=True)
    put = s3.put("k")
    s3.when(api.DeleteBucket(bucket=BUCKET)).refused("BucketNotEmpty", "delete all versions")
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    marker = s3.answer.version_id
    s3.given(api.DeleteObject(bucket=BUCKET, key="k", version_id=put.version_id))
    s3.when(api.DeleteBucket(bucket=BUCKET)).refused("BucketNotEmpty")
    assert s3.error is not None and s3.error.status == 409
    s3.given(api.DeleteObject(bucket=BUCKET, key="k", version_id=marker), api.DeleteBucket(bucket=BUCKET))
    s3.when(api.DeleteBucket(bucket=BUCKET)).refused("NoSuchBucket")
    s3.when(api.HeadBucket(bucket=BUCKET)).refused("NoSuchBucket")
    s3.replays()


def test_an_account_has_so_many_buckets() -> None:
    """One more than the quota is TooManyBuckets; one that was deleted does not count."""
    s3 = scenario()
    s3.machine.service("s3").quotas[limits.BUCKETS_QUOTA] = 2
    try:
        s3.given(api.CreateBucket(bucket="abc"), api.CreateBucket(bucket="abd"))
        s3.when(api.CreateBucket(bucket="abe")).refused("TooManyBuckets")
        s3.given(
            api.CreateBucket(bucket="abd"), api.DeleteBucket(bucket="abc"), api.CreateBucket(bucket="abe")
        )
    finally:
        del s3.machine.service("s3").quotas[limits.BUCKETS_QUOTA]
    s3.replays()


def test_lists_are_of_ones_own_buckets_by_name_in_pages() -> None:
    """By name, with prefix, region and page; regions are told to those who ask for something."""
    s3 = scenario()
    s3.given(
        api.CreateBucket(bucket="b-two"), located("b-one", "eu-west-1"), api.CreateBucket(bucket="c-one")
    )
    s3.when(api.CreateBucket(bucket="b-other"), caller=STRANGER, account=OTHER)
    s3.given(api.ListBuckets())
    assert [one.name for one in s3.answer.buckets] == ["b-one", "b-two", "c-one"]
    assert s3.answer.buckets[0].bucket_region is UNSET and s3.answer.buckets[0].creation_date.written()
    assert s3.answer.continuation_token is UNSET and len(s3.answer.owner.id) == 64
    s3.given(api.ListBuckets(prefix="b-", max_buckets=1))
    assert [(one.name, one.bucket_region) for one in s3.answer.buckets] == [("b-one", "eu-west-1")]
    s3.given(api.ListBuckets(prefix="b-", max_buckets=1, continuation_token=s3.answer.continuation_token))
    assert [one.name for one in s3.answer.buckets] == ["b-two"]
    assert (s3.answer.continuation_token, s3.answer.prefix) == (UNSET, "b-")
    s3.given(api.ListBuckets(bucket_region="eu-west-1"))
    assert [one.name for one in s3.answer.buckets] == ["b-one"]
    s3.when(api.ListBuckets(max_buckets=0)).refused("InvalidArgument")
    s3.when(api.ListBuckets(max_buckets=10_001)).refused("InvalidArgument")
    s3.when(api.ListBuckets(continuation_token="abcde")).refused("InvalidArgument")
    s3.when(api.ListBuckets(), caller=NOBODY).refused("AccessDenied")
    s3.replays()


def test_a_new_bucket_is_private_encrypted_and_unversioned() -> None:
    """All four blocks on, ACLs disabled, AES256, no versioning, and nothing else configured."""
    s3 = Buckets()
    s3.given(api.GetPublicAccessBlock(bucket=BUCKET))
    assert s3.answer.public_access_block_configuration == api.PublicAccessBlockConfiguration(
        block_public_acls=True,
        ignore_public_acls=True,
        block_public_policy=True,
        restrict_public_buckets=True,
    )
    s3.given(api.GetBucketOwnershipControls(bucket=BUCKET))
    assert s3.answer.ownership_controls.rules[0].object_ownership == "BucketOwnerEnforced"
    s3.given(api.GetBucketEncryption(bucket=BUCKET))
    rule = s3.answer.server_side_encryption_configuration.rules[0]
    assert rule.apply_server_side_encryption_by_default.sse_algorithm == "AES256"
    assert (rule.bucket_key_enabled, rule.blocked_encryption_types) == (False, UNSET)
    s3.given(api.GetBucketVersioning(bucket=BUCKET))
    assert s3.answer == api.GetBucketVersioningResult()
    s3.replays()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (api.GetBucketPolicy, "NoSuchBucketPolicy"),
        (api.GetBucketPolicyStatus, "NoSuchBucketPolicy"),
        (api.GetBucketCors, "NoSuchCORSConfiguration"),
        (api.GetBucketLifecycleConfiguration, "NoSuchLifecycleConfiguration"),
        (api.GetBucketWebsite, "NoSuchWebsiteConfiguration"),
        (api.GetBucketTagging, "NoSuchTagSet"),
        (api.GetBucketReplication, "ReplicationConfigurationNotFoundError"),
        (api.GetObjectLockConfiguration, "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_what_a_new_bucket_does_not_have(params: Any, code: str) -> None:
    """Each absence has a code of its own, and 404."""
    s3 = Buckets()
    s3.when(params(bucket=BUCKET)).refused(code)
    assert s3.error is not None and (s3.error.status, s3.error.members) == (404, {"BucketName": BUCKET})
    s3.when(params(bucket="nobodys")).refused("NoSuchBucket")
    s3.replays()


@pytest.mark.parametrize(
    ("moment", "ownership", "blocked", "encrypted", "sse_c_blocked"),
    [
        (datetime(2022, 6, 1, tzinfo=UTC), "", False, False, False),
        (datetime(2023, 2, 1, tzinfo=UTC), "", False, True, False),
        (datetime(2024, 2, 1, tzinfo=UTC), "BucketOwnerEnforced", True, True, False),
        (datetime(2026, 6, 1, tzinfo=UTC), "BucketOwnerEnforced", True, True, True),
    ],
)
def test_a_bucket_has_the_defaults_of_its_day(
    moment: datetime, ownership: str, blocked: bool, encrypted: bool, sse_c_blocked: bool
) -> None:
    """Encryption since January 2023, private since April 2023, no customer keys since April 2026."""
    s3 = scenario()
    s3.now = moment
    s3.given(api.CreateBucket(bucket=BUCKET))
    state: Any = s3.machine.state(("s3", "", ""))
    bucket = state.buckets[BUCKET]
    assert bucket.ownership == ownership
    assert (bucket.public_access_block is not UNSET) is blocked
    assert (bucket.encryption is not UNSET) is encrypted
    if encrypted:
        assert (bucket.encryption.rules[0].blocked_encryption_types is not UNSET) is sse_c_blocked
    s3.replays()


def test_a_create_says_more() -> None:
    """Tags, ownership and object lock (with versioning) from the start."""
    s3 = scenario()
    tagged = api.CreateBucketConfiguration(tags=[api.Tag(key="a", value="b")])
    s3.given(
        api.CreateBucket(
            bucket=BUCKET, object_lock_enabled_for_bucket=True, object_ownership="ObjectWriter",
            create_bucket_configuration=tagged,
        )
    )  # fmt: skip
    s3.given(api.GetBucketTagging(bucket=BUCKET))
    assert s3.answer.tag_set == [api.Tag(key="a", value="b")]
    s3.given(api.GetBucketVersioning(bucket=BUCKET))
    assert s3.answer.status == "Enabled"
    s3.given(api.GetObjectLockConfiguration(bucket=BUCKET))
    assert s3.answer.object_lock_configuration == api.ObjectLockConfiguration(object_lock_enabled="Enabled")
    s3.given(api.GetBucketOwnershipControls(bucket=BUCKET))
    assert s3.answer.ownership_controls.rules[0].object_ownership == "ObjectWriter"
    s3.replays()


def test_a_create_with_an_acl() -> None:
    """ACLs need another ownership than the default, and public ones fail even then."""
    s3 = scenario()
    s3.given(api.CreateBucket(bucket="abc", acl="private"))
    s3.when(api.CreateBucket(bucket="abd", acl="public-read")).refused("InvalidBucketAclWithObjectOwnership")
    s3.when(api.CreateBucket(bucket="abd", acl="public-read", object_ownership="ObjectWriter")).refused(
        "InvalidBucketAclWithBlockPublicAccessError"
    )
    s3.when(api.CreateBucket(bucket="abd", acl="nonsense")).refused("InvalidArgument")
    s3.when(api.CreateBucket(bucket="abd", object_ownership="nonsense")).refused("InvalidArgument")
    s3.given(
        api.CreateBucket(bucket="abd", acl="log-delivery-write", object_ownership="BucketOwnerPreferred")
    )
    s3.given(api.GetBucketAcl(bucket="abd"))
    assert [grant.permission for grant in s3.answer.grants] == ["FULL_CONTROL", "WRITE", "READ_ACP"]
    s3.replays()


def test_the_owner_that_a_caller_expects() -> None:
    """Another account is refused; what is no account id has a code of its own."""
    s3 = Buckets()
    s3.when(api.HeadBucket(bucket=BUCKET, expected_bucket_owner=OTHER)).refused("AccessDenied")
    s3.when(api.HeadBucket(bucket=BUCKET, expected_bucket_owner="0000")).refused(
        "InvalidBucketOwnerAWSAccountID", "[0000]"
    )
    s3.given(api.HeadBucket(bucket=BUCKET, expected_bucket_owner=s3.account)).replays()


def test_nobody_and_strangers_see_nothing() -> None:
    """Everything is private by default except to the owner's account."""
    s3 = Buckets()
    for caller in (NOBODY, STRANGER):
        s3.when(api.HeadBucket(bucket=BUCKET), caller=caller).refused("AccessDenied")
        s3.when(api.GetBucketLocation(bucket=BUCKET), caller=caller).refused("AccessDenied")
        s3.when(api.DeleteBucket(bucket=BUCKET), caller=caller).refused("AccessDenied")
    s3.when(api.CreateBucket(bucket="anonymous-bucket"), caller=NOBODY).refused("AccessDenied")
    s3.replays()
