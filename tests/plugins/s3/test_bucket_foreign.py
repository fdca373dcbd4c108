"""Buckets in trails that AWS delivered: what is told, what is proved, and what nobody knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.s3
from backtrail import UNSET, NotInTrail, Params
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail.testing import Scenario
from backtrail_aws.s3 import api
from backtrail_aws.s3.state import S3, Bucket

from .bucket_scenario import BUCKET, OTHER, Buckets

NAME = "stratus-red-team-ctlr-bucket-zqfsvooxqj"


def record(name: str, params: Any, **more: Any) -> bytes:
    """A record as AWS writes it."""
    return json.dumps(
        {
            "eventVersion": "1.08", "userIdentity": {"type": "Root", "accountId": OTHER},
            "eventTime": "2023-07-10T11:54:39Z", "eventSource": "s3.amazonaws.com", "eventName": name,
            "awsRegion": "us-east-1", "sourceIPAddress": "1.2.3.4", "userAgent": "[x]",
            "requestParameters": params, "responseElements": None, "requestID": "A", "eventID": "e-1",
            "readOnly": name.startswith("Get"), "recipientAccountId": OTHER,
        } | more
    ).encode()  # fmt: skip


class Trail(Scenario):
    """A log that begins with records of another account."""

    def __init__(self, *records: bytes) -> None:
        super().__init__(backtrail_aws.s3, account=OTHER)
        self.folded = [self.machine.apply(one) for one in records]
        assert not self.machine.folder.broken, self.machine.folder.broken

    @property
    def buckets(self) -> dict[str, Bucket]:
        """All buckets that are known."""
        state = self.machine.state(("s3", "", ""))
        assert isinstance(state, S3)
        return dict(state.buckets)

    def ask(self, params: Params) -> Any:
        """A call as the owner."""
        from .test_buckets import STRANGER

        return self.when(params, caller=STRANGER)


def test_a_create_tells_everything() -> None:
    """A bucket of July 2023 was private, encrypted and without policy: reads know so."""
    trail = Trail(
        record(
            "CreateBucket", {"bucketName": NAME, "Host": f"{NAME}.s3.amazonaws.com", "x-amz-acl": "private"}
        )
    )
    bucket = trail.buckets[NAME]
    assert (bucket.account, bucket.region, bucket.ownership) == (OTHER, "us-east-1", "BucketOwnerEnforced")
    trail.ask(api.GetBucketPolicy(bucket=NAME)).refused("NoSuchBucketPolicy")
    trail.ask(api.GetPublicAccessBlock(bucket=NAME))
    assert trail.error is None


def test_an_old_create_tells_what_was_then() -> None:
    """A bucket of 2019 has ACLs, blocks nothing, and had no default encryption; today it has."""
    trail = Trail(record("CreateBucket", {"bucketName": NAME}, eventTime="2019-02-01T00:00:00Z"))
    trail.ask(api.GetBucketOwnershipControls(bucket=NAME)).refused("OwnershipControlsNotFoundError")
    trail.ask(api.GetPublicAccessBlock(bucket=NAME)).refused("NoSuchPublicAccessBlockConfiguration")
    trail.ask(api.GetBucketEncryption(bucket=NAME))
    assert trail.error is None


def test_what_a_record_implies_is_known_and_the_rest_is_not() -> None:
    """A tag tells that there is a bucket and its tags; its policy stands in no record, and that is said."""
    tagging = {
        "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
        "TagSet": {"Tag": {"Value": True, "Key": "a"}},
    }
    trail = Trail(record("PutBucketTagging", {"Tagging": tagging, "tagging": "", "bucketName": NAME}))
    assert trail.folded == [Folded.INFERRED]
    trail.ask(api.GetBucketTagging(bucket=NAME))
    assert trail.answer.tag_set == [api.Tag(key="a", value="true")]
    for asked in (
        api.GetBucketPolicy, api.GetBucketCors, api.GetBucketVersioning, api.GetBucketAcl, api.GetBucketEncryption,
        api.GetBucketLogging, api.GetPublicAccessBlock, api.GetBucketNotificationConfiguration,
        api.GetBucketLifecycleConfiguration, api.GetBucketWebsite, api.GetBucketReplication,
        api.GetObjectLockConfiguration, api.GetBucketOwnershipControls, api.GetBucketRequestPayment,
    ):  # fmt: skip
        with pytest.raises(NotInTrail):
            trail.ask(asked(bucket=NAME))
    with pytest.raises(NotInTrail):
        trail.ask(api.GetBucketMetricsConfiguration(bucket=NAME, id="a"))


@pytest.mark.parametrize(
    ("name", "code", "asked"),
    [
        ("GetBucketPolicy", "NoSuchBucketPolicy", api.GetBucketPolicy),
        ("GetBucketPolicyStatus", "NoSuchBucketPolicy", api.GetBucketPolicy),
        ("GetBucketCors", "NoSuchCORSConfiguration", api.GetBucketCors),
        ("GetBucketLifecycle", "NoSuchLifecycleConfiguration", api.GetBucketLifecycleConfiguration),
        ("GetBucketTagging", "NoSuchTagSet", api.GetBucketTagging),
        ("GetBucketWebsite", "NoSuchWebsiteConfiguration", api.GetBucketWebsite),
        ("GetBucketReplication", "ReplicationConfigurationNotFoundError", api.GetBucketReplication),
        (
            "GetBucketObjectLockConfiguration",
            "ObjectLockConfigurationNotFoundError",
            api.GetObjectLockConfiguration,
        ),
        ("GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", api.GetPublicAccessBlock),
        ("GetBucketOwnershipControls", "OwnershipControlsNotFoundError", api.GetBucketOwnershipControls),
    ],
)
def test_aws_own_absence_is_a_proof(name: str, code: str, asked: Any) -> None:
    """S3 said that there is none: so do we from then on."""
    trail = Trail(record(name, {"bucketName": NAME}, errorCode=code, errorMessage="-"))
    assert NAME in trail.buckets
    trail.ask(asked(bucket=NAME)).refused(code)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("DeleteBucketPolicy", api.GetBucketPolicy),
        ("DeleteBucketLifecycle", api.GetBucketLifecycleConfiguration),
        ("DeleteBucketCors", api.GetBucketCors),
        ("DeleteBucketTagging", api.GetBucketTagging),
        ("DeleteBucketWebsite", api.GetBucketWebsite),
        ("DeleteBucketReplication", api.GetBucketReplication),
        ("DeleteBucketPublicAccessBlock", api.GetPublicAccessBlock),
    ],
)
def test_a_delete_is_a_proof(name: str, asked: Any) -> None:
    """What was deleted is not there, though nobody saw it being put."""
    trail = Trail(record(name, {"bucketName": NAME}))
    assert trail.ask(asked(bucket=NAME)).error is not None


def test_a_bucket_that_aws_did_not_find_is_gone() -> None:
    """NoSuchBucket removes what the log thought to be there; BucketNotEmpty proves the opposite."""
    gone = {"errorCode": "NoSuchBucket", "errorMessage": "The specified bucket does not exist"}
    trail = Trail(
        record("CreateBucket", {"bucketName": NAME}), record("DeleteBucket", {"bucketName": NAME}, **gone)
    )
    assert trail.buckets == {}
    trail = Trail(record("DeleteBucket", {"bucketName": NAME}, errorCode="BucketNotEmpty", errorMessage="-"))
    assert list(trail.buckets) == [NAME]


def test_a_create_makes_an_implied_bucket_known() -> None:
    """What came before it, in the same second or by an idempotent script, is kept."""
    trail = Trail(
        record("PutObject", {"bucketName": NAME, "key": "k"}, managementEvent=False),
        record("CreateBucket", {"bucketName": NAME}),
    )
    bucket = trail.buckets[NAME]
    assert list(bucket.objects) == ["k"] and bucket.implied_by is None
    trail.ask(api.GetBucketCors(bucket=NAME)).refused("NoSuchCORSConfiguration")


def test_our_own_failures_prove_nothing_new() -> None:
    """A refusal of our own leaves the state as it was."""
    s3 = Buckets()
    before = s3.machine.digest()
    s3.when(api.GetBucketPolicy(bucket=BUCKET)).refused("NoSuchBucketPolicy")
    assert s3.machine.folder.counts and s3.bucket.policy is UNSET and s3.bucket.gone == set()
    assert len(before) == len(s3.machine.digest())
    s3.replays()


MADE_UP = {
    "PutBucketEncryption",
    "PutBucketLogging",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketReplication",
}
"""Actions of which the trails hold records whose body was left out by who wrote them."""


def real(trails: Path) -> Iterator[dict[str, Any]]:
    """All S3 records that are there."""
    for path in sorted(trails.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            found = json.loads(line)
            if isinstance(found, dict) and found.get("eventSource") == "s3.amazonaws.com":
                yield found


def test_real_records_fold(trails: Path) -> None:
    """Every real bucket record folds; only made-up ones, whose body somebody cut off, cannot be read."""
    machine = Machine(Registry((backtrail_aws.s3,)))
    unread: list[str] = []
    for found in real(trails):
        if machine.apply(json.dumps(found).encode()) is Folded.UNREADABLE:
            unread.append(found["eventName"])
    assert not machine.folder.broken, machine.folder.broken
    assert set(unread) <= MADE_UP, unread
    state = machine.state(("s3", "", ""))
    assert isinstance(state, S3) and len(state.buckets) > 10


def test_a_bucket_older_than_the_trail_has_a_date() -> None:
    """`aws s3 ls` needs one: it is when a record named the bucket first."""
    scenario = Scenario(backtrail_aws.s3)
    scenario.machine.apply(
        b'{"eventTime":"2023-07-10T11:54:39Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketVersioning",'
        b'"awsRegion":"us-east-1","eventID":"e","recipientAccountId":"123456789012","userIdentity":{"type":"Root"},'
        b'"requestParameters":{"bucketName":"older","VersioningConfiguration":{"Status":"Enabled"}},'
        b'"responseElements":null,"readOnly":false}'
    )
    scenario.given(api.ListBuckets())

    assert [str(bucket.creation_date) for bucket in scenario.answer.buckets] == ["2023-07-10 11:54:39+00:00"]
