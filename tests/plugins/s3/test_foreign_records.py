"""Records that AWS delivered: they fold, and what they do not tell is not made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.s3
from backtrail import UNSET, NotInTrail
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail.testing import Scenario
from backtrail_aws.s3 import api
from backtrail_aws.s3.state import S3

from .bucket_scenario import BUCKET, Buckets


def record(name: str, params: dict[str, Any] | None, **more: Any) -> bytes:
    """A record as CloudTrail writes it."""
    made = {
        "eventVersion": "1.08", "eventTime": "2023-07-10T12:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": name, "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "eventID": f"68c99c97-c191-4329-b210-{name[:6].encode().hex():0<12}", "requestParameters": params,
        "responseElements": None, "readOnly": False, "userIdentity": {"type": "IAMUser", "accountId": "111122223333"},
    }  # fmt: skip
    return json.dumps({**made, **more}).encode()


def folded(*records: bytes) -> Scenario:
    """A scenario whose log began elsewhere."""
    s3 = Scenario(backtrail_aws.s3, account="111122223333", region="eu-west-1")
    for one in records:
        assert s3.machine.apply(one) in (Folded.PROJECTED, Folded.INFERRED)
    assert not s3.machine.folder.broken
    return s3


def state(s3: Scenario) -> S3:
    """What is known."""
    found = s3.machine.state(("s3", "", ""))
    assert isinstance(found, S3)
    return found


def test_a_put_implies_its_bucket_and_tells_no_content() -> None:
    """The object is listed without size; its bytes stand in no record, and that is said."""
    s3 = folded(record("PutObject", {"bucketName": "b", "key": "k", "Host": "b.s3.amazonaws.com"}))
    bucket = state(s3).buckets["b"]
    assert (bucket.account, bucket.region, bucket.implied_by is not None) == (
        "111122223333",
        "eu-west-1",
        True,
    )
    s3.given(api.ListObjectsV2(bucket="b"))
    assert [(one.key, one.size) for one in s3.answer.contents] == [("k", UNSET)]
    s3.given(api.HeadObject(bucket="b", key="k"))
    with pytest.raises(NotInTrail):
        s3.when(api.GetObject(bucket="b", key="k"))
    with pytest.raises(NotInTrail):
        s3.when(api.GetObject(bucket="b", key="never seen"))


def test_a_version_that_the_record_told() -> None:
    """x-amz-version-id in responseElements is the version's; a delete's marker proves versioning."""
    s3 = folded(
        record("PutObject", {"bucketName": "b", "key": "k"}, responseElements={"x-amz-version-id": "v" * 32}),
        record(
            "DeleteObject", {"bucketName": "b", "key": "k"}, responseElements={"x-amz-version-id": "m" * 32}
        ),
    )
    bucket = state(s3).buckets["b"]
    found = bucket.find("k")
    assert found is not None
    assert [(v.version_id, v.delete_marker) for v in found.versions()] == [
        ("m" * 32, True),
        ("v" * 32, False),
    ]
    assert bucket.versioning == "Enabled"


def test_a_batch_of_deletes_makes_the_bucket_unknown() -> None:
    """Its keys stand in no record, so a list would be a guess."""
    s3 = folded(
        record("PutObject", {"bucketName": "b", "key": "k"}),
        record("DeleteObjects", {"bucketName": "b", "Host": "x", "delete": "", "x-id": "DeleteObjects"}),
    )
    with pytest.raises(NotInTrail):
        s3.when(api.ListObjectsV2(bucket="b"))


def test_copies_uploads_tags_and_holds_of_what_nobody_saw() -> None:
    """Every object call folds on an empty state."""
    named = {"bucketName": "b", "key": "k"}
    upload = {**named, "uploadId": "u"}
    s3 = folded(
        record("CopyObject", {**named, "x-amz-copy-source": "other/k%20k"}),
        record("CreateMultipartUpload", {**named, "uploads": ""}),
        record("UploadPart", {**upload, "partNumber": "1"}),
        record("UploadPartCopy", {**upload, "partNumber": "2", "x-amz-copy-source": "other/z"}),
        record("CompleteMultipartUpload", upload),
        record("AbortMultipartUpload", {**upload, "uploadId": "v"}),
        record(
            "PutObjectTagging",
            {**named, "tagging": "", "Tagging": {"TagSet": {"Tag": {"Key": "a", "Value": True}}}},
        ),
        record("DeleteObjectTagging", {**named, "tagging": ""}),
        record("PutObjectAcl", {**named, "acl": "", "x-amz-acl": "no such"}),
        record("PutObjectLegalHold", {**named, "legal-hold": "", "LegalHold": {"Status": "ON"}}),
        record("PutObjectRetention", {**named, "retention": ""}),
        record("RestoreObject", {**named, "restore": "", "RestoreRequest": {"Days": 1}}),
        record("DeleteObject", {"bucketName": "z", "key": "k", "versionId": "null"}),
    )
    bucket = state(s3).buckets["b"]
    assert bucket.objects["k"].current.legal_hold == "ON"
    assert not bucket.uploads


def test_a_foreign_not_found_proves_that_an_object_is_gone() -> None:
    """NoSuchKey on a read takes it out of the state."""
    s3 = folded(record("PutObject", {"bucketName": "b", "key": "k"}))
    s3.machine.apply(
        record("GetObject", {"bucketName": "b", "key": "k"}, errorCode="NoSuchKey", readOnly=True)
    )
    assert state(s3).buckets["b"].is_empty


def test_our_own_not_found_changes_nothing() -> None:
    """A read under a delete marker leaves the versions as they are."""
    s3 = Buckets(versioned=True)
    s3.put("k")
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    s3.when(api.GetObject(bucket=BUCKET, key="k")).refused("NoSuchKey")
    found = s3.bucket.find("k")
    assert found is not None and len(list(found.versions())) == 2
    s3.replays()


def test_real_records_of_objects_fold(trails: Path) -> None:
    """Every record of a successful object call in the real trails goes through a projector."""
    machine = Machine(Registry([backtrail_aws.s3]))
    seen = 0
    for file in sorted(trails.glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            head = json.loads(line)
            if head.get("eventSource") != "s3.amazonaws.com" or head.get("errorCode"):
                continue
            if head["eventName"] in ("PutObject", "CopyObject", "DeleteObject", "DeleteObjects"):
                assert machine.apply(line) in (Folded.PROJECTED, Folded.INFERRED), line
                seen += 1
    assert seen >= 10
    assert not machine.folder.broken
