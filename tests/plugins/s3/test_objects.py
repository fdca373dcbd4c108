"""Objects: put, get, head, delete; conditions, ranges, headers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backtrail import UNSET
from backtrail.call import Caller
from backtrail.record import Identity
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api
from backtrail_aws.s3.objects_put import PostObject

from .bucket_scenario import BUCKET, OTHER, Buckets, blob, large


def test_an_object_comes_back_as_it_was_put() -> None:
    """Bytes, type, headers, metadata and a date that is none come back verbatim."""
    s3 = Buckets()
    s3.put(
        "a/b.txt", content_type="text/plain", metadata={"x": "y"}, expires="soon", cache_control="no-cache"
    )
    got = s3.get("a/b.txt")
    assert isinstance(got.body, type(blob(b""))) and got.body.data == b"hello"
    assert (got.content_length, got.e_tag) == (5, '"5d41402abc4b2a76b9719d911017c592"')
    assert (got.content_type, got.metadata, got.expires) == ("text/plain", {"x": "y"}, "soon")
    assert got.cache_control == "no-cache"
    assert got.server_side_encryption == "AES256"
    assert (got.version_id, got.storage_class) == (UNSET, UNSET)
    s3.replays()


def test_the_record_of_a_put_shows_no_content() -> None:
    """The body is sealed; metadata and type stand in the note; the record has bucket, key and x-amz headers."""
    s3 = Buckets()
    s3.put("k", b"secret words", metadata={"x": "y"}, storage_class="STANDARD_IA")
    entry = s3.log[-1]
    assert s3.record["requestParameters"] == {
        "bucketName": BUCKET, "key": "k", "x-amz-storage-class": "STANDARD_IA",
    }  # fmt: skip
    assert s3.record["responseElements"] == {"x-amz-server-side-encryption": "AES256"}
    assert entry.sealed is not None and b"c2VjcmV0" in entry.sealed
    assert b"secret" not in entry.record + (entry.note or b"")
    s3.replays()


def test_a_put_without_checksum_gets_s3s_own() -> None:
    """CRC64NVME of the full object, told at once and to who asks for it."""
    s3 = Buckets()
    put = s3.put("k")
    assert (put.checksum_crc64_nvme, put.checksum_type) == ("M3eFcAZSQlc=", "FULL_OBJECT")
    assert s3.get("k").checksum_crc64_nvme is UNSET
    assert s3.get("k", checksum_mode="ENABLED").checksum_crc64_nvme == "M3eFcAZSQlc="
    s3.when(api.PutObject(bucket=BUCKET, key="k", body=blob(b"hello"), checksum_crc32="AAAAAA==")).refused(
        "BadDigest"
    )
    s3.replays()


def test_an_overwrite_replaces_and_a_delete_removes() -> None:
    """Without versioning there is one version, read at once after each write."""
    s3 = Buckets()
    s3.put("k", b"1")
    s3.put("k", b"2")
    assert s3.content("k") == b"2"
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    assert (s3.answer.version_id, s3.answer.delete_marker) == (UNSET, UNSET)
    s3.when(api.GetObject(bucket=BUCKET, key="k")).refused("NoSuchKey")
    assert s3.error is not None and (s3.error.status, s3.error.members["Key"]) == (404, "k")
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    assert s3.bucket.is_empty
    s3.replays()


@pytest.mark.parametrize(
    ("given", "code", "member"),
    [
        ({"storage_class": "COLD"}, "InvalidStorageClass", "StorageClassRequested"),
        ({"key": "k" * 1025}, "KeyTooLongError", "MaxSizeAllowed"),
        ({"metadata": {"a": "b" * 2048}}, "MetadataTooLarge", "MaxSizeAllowed"),
        ({"acl": "public-read"}, "AccessControlListNotSupported", None),
        ({"tagging": "a=1&a=2"}, "InvalidArgument", "ArgumentName"),
        ({"tagging": "&".join(f"k{i}=v" for i in range(11))}, "BadRequest", None),
        ({"website_redirect_location": "nowhere"}, "InvalidRedirectLocation", None),
        ({"body": large(5 * 1024**3 + 1)}, "EntityTooLarge", "MaxSizeAllowed"),
        ({"server_side_encryption": "rot13"}, "InvalidArgument", "ArgumentName"),
        ({"ssekms_key_id": "k"}, "InvalidArgument", "ArgumentName"),
        ({"object_lock_mode": "GOVERNANCE"}, "InvalidRequest", None),
        ({"if_none_match": '"x"'}, "NotImplemented", "Header"),
        ({"bucket": "no-such-bucket"}, "NoSuchBucket", "BucketName"),
        ({"expected_bucket_owner": OTHER}, "AccessDenied", None),
        ({"write_offset_bytes": 0}, "NotImplemented", "Header"),
    ],
)
def test_puts_that_are_refused(given: dict[str, Any], code: str, member: str | None) -> None:
    """Each with S3's code and members."""
    s3 = Buckets()
    s3.when(api.PutObject(**{"bucket": BUCKET, "key": "k", "body": blob(b"x"), **given})).refused(code)
    assert member is None or (s3.error is not None and member in s3.error.members)
    assert s3.bucket.is_empty
    s3.replays()


def test_conditional_writes() -> None:
    """If-None-Match: * creates once; If-Match replaces what the writer saw."""
    s3 = Buckets()
    first = s3.put("k", b"1", if_none_match="*")
    s3.when(api.PutObject(bucket=BUCKET, key="k", body=blob(b"2"), if_none_match="*")).refused(
        "PreconditionFailed"
    )
    assert s3.error is not None and s3.error.members["Condition"] == "If-None-Match"
    s3.when(api.PutObject(bucket=BUCKET, key="k", body=blob(b"2"), if_match='"x"')).refused(
        "PreconditionFailed"
    )
    s3.put("k", b"3", if_match=first.e_tag)
    s3.when(api.PutObject(bucket=BUCKET, key="z", body=blob(b"2"), if_match='"x"')).refused("NoSuchKey")
    assert s3.content("k") == b"3"
    s3.replays()


def test_conditional_reads_in_the_order_of_http() -> None:
    """A tag's condition silences the time's; 304 tells the tag and the date, 412 the condition."""
    s3 = Buckets()
    tag = s3.put("k").e_tag
    before, later = (IsoMillisZ.of(s3.now + timedelta(hours=hours)) for hours in (-1, 1))

    def refused(**given: Any) -> str | None:
        s3.when(api.GetObject(bucket=BUCKET, key="k", **given))
        return s3.error.code if s3.error is not None else None

    assert refused(if_match=tag, if_unmodified_since=before) is None
    assert refused(if_unmodified_since=before) == "PreconditionFailed"
    assert refused(if_match='"other"') == "PreconditionFailed"
    assert refused(if_match='"other", ' + str(tag)) is None
    assert refused(if_none_match=tag, if_modified_since=before) == "NotModified"
    assert s3.error is not None and s3.error.status == 304
    assert ("ETag", tag) in s3.error.members["headers"]
    assert refused(if_none_match='"other"', if_modified_since=later) is None
    assert refused(if_modified_since=later) == "NotModified"
    assert refused(if_modified_since=before) is None
    s3.replays()


@pytest.mark.parametrize(
    ("wanted", "content_range", "length"),
    [
        ("bytes=1-2", "bytes 1-2/5", 2),
        ("bytes=3-", "bytes 3-4/5", 2),
        ("bytes=-2", "bytes 3-4/5", 2),
        ("bytes=-9", "bytes 0-4/5", 5),
        ("bytes=0-99", "bytes 0-4/5", 5),
        ("bytes=3-1", UNSET, 5),
        ("bytes=0-1,3-4", UNSET, 5),
        ("lines=1-2", UNSET, 5),
    ],
)
def test_ranges(wanted: str, content_range: Any, length: int) -> None:
    """One range of bytes is served; what is none, or several, is no range at all."""
    s3 = Buckets()
    s3.put("k")
    got = s3.get("k", range=wanted)
    assert (got.content_range, got.content_length) == (content_range, length)


def test_ranges_that_cannot_be() -> None:
    """416 tells the size; a part of an object that has none is refused, its first part is all of it."""
    s3 = Buckets()
    s3.put("k")
    s3.put("empty", b"")
    s3.when(api.GetObject(bucket=BUCKET, key="k", range="bytes=5-")).refused("InvalidRange")
    assert s3.error is not None and (s3.error.status, s3.error.members["ActualObjectSize"]) == (416, "5")
    s3.when(api.GetObject(bucket=BUCKET, key="empty", range="bytes=0-")).refused("InvalidRange")
    s3.when(api.GetObject(bucket=BUCKET, key="k", part_number=2)).refused("InvalidPartNumber")
    s3.when(api.GetObject(bucket=BUCKET, key="k", part_number=1, range="bytes=0-1")).refused("InvalidRequest")
    assert s3.get("k", part_number=1).content_range == "bytes 0-4/5"


def test_head_tells_all_but_the_bytes_and_answers_can_be_dressed_up() -> None:
    """HEAD has the tag count and the redirect; response-* parameters replace headers."""
    s3 = Buckets()
    s3.put("k", tagging="a=1&b=2", website_redirect_location="/there")
    head = s3.ask(api.HeadObject(bucket=BUCKET, key="k"))
    assert (head.tag_count, head.website_redirect_location, head.content_length) == (2, "/there", 5)
    got = s3.get("k", response_content_type="text/x", response_expires="never")
    assert (got.content_type, got.expires) == ("text/x", "never")


def test_encryption_as_answers_tell_it() -> None:
    """KMS keys get ARNs and other tags; a customer's key is proven, asked for again, and kept nowhere."""
    s3 = Buckets()
    kms = s3.put("kms", server_side_encryption="aws:kms", ssekms_key_id="1234", bucket_key_enabled=True)
    assert kms.ssekms_key_id == "arn:aws:kms:us-east-1:123456789012:key/1234"
    assert (kms.bucket_key_enabled, kms.e_tag == '"5d41402abc4b2a76b9719d911017c592"') == (True, False)
    assert s3.get("kms").ssekms_key_id == kms.ssekms_key_id
    key: dict[str, Any] = {
        "sse_customer_algorithm": "AES256",
        "sse_customer_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "sse_customer_key_md5": "KYvwGXoFFJ42a2u2GDWhwQ==",
    }
    put = s3.put("own", **key)
    assert (put.server_side_encryption, put.sse_customer_key_md5) == (UNSET, key["sse_customer_key_md5"])
    assert key["sse_customer_key"].encode() not in s3.log[-1].record + (s3.log[-1].note or b"")
    s3.when(api.GetObject(bucket=BUCKET, key="own")).refused("InvalidRequest", "stored using a form")
    assert s3.get("own", **key).sse_customer_algorithm == "AES256"
    s3.when(api.GetObject(bucket=BUCKET, key="kms", **key)).refused("InvalidRequest", "not applicable")
    wrong: dict[str, Any] = {**key, "sse_customer_key_md5": "AAAA"}
    s3.when(api.PutObject(bucket=BUCKET, key="x", body=blob(b""), **wrong)).refused("InvalidArgument")
    s3.replays()


def test_a_buckets_default_encryption_is_what_new_objects_get() -> None:
    """aws:kms without a key means the account's own, always the same."""
    s3 = Buckets()
    default = api.ServerSideEncryptionByDefault(sse_algorithm="aws:kms")
    rule = api.ServerSideEncryptionRule(
        apply_server_side_encryption_by_default=default, bucket_key_enabled=True
    )
    wanted = api.ServerSideEncryptionConfiguration(rules=[rule])
    s3.given(api.PutBucketEncryption(bucket=BUCKET, server_side_encryption_configuration=wanted))
    one, two = s3.put("1"), s3.put("2")
    assert one.server_side_encryption == "aws:kms" and one.bucket_key_enabled is True
    assert one.ssekms_key_id == two.ssekms_key_id
    s3.replays()


def test_deletes_in_a_batch_fail_alone() -> None:
    """Each key is told; quiet tells errors alone; lists that are empty or too long are malformed."""
    s3 = Buckets()
    s3.put("a")
    s3.put("b")
    objects = [
        api.ObjectIdentifier(key="a"),
        api.ObjectIdentifier(key="b", e_tag='"no"'),
        api.ObjectIdentifier(key="c"),
    ]
    answer = s3.ask(api.DeleteObjects(bucket=BUCKET, delete=api.Delete(objects=objects)))
    assert [one.key for one in answer.deleted] == ["a", "c"]
    assert [(one.key, one.code) for one in answer.errors] == [("b", "PreconditionFailed")]
    assert s3.record["requestParameters"] == {"bucketName": BUCKET, "delete": ""}
    assert s3.keys() == ["b"]
    quiet = s3.ask(api.DeleteObjects(bucket=BUCKET, delete=api.Delete(objects=objects[:1], quiet=True)))
    assert (quiet.deleted, quiet.errors) == (UNSET, UNSET)
    s3.when(api.DeleteObjects(bucket=BUCKET, delete=api.Delete(objects=[]))).refused("MalformedXML")
    many = api.Delete(objects=[api.ObjectIdentifier(key=str(i)) for i in range(1001)])
    s3.when(api.DeleteObjects(bucket=BUCKET, delete=many)).refused("MalformedXML")
    s3.replays()


def test_conditional_deletes() -> None:
    """If-Match deletes what the caller saw: 412 for another, 404 for none."""
    s3 = Buckets()
    tag = s3.put("k").e_tag
    s3.when(api.DeleteObject(bucket=BUCKET, key="k", if_match='"no"')).refused("PreconditionFailed")
    s3.when(api.DeleteObject(bucket=BUCKET, key="z", if_match="*")).refused("NoSuchKey")
    s3.given(api.DeleteObject(bucket=BUCKET, key="k", if_match=tag))
    assert s3.bucket.is_empty
    s3.replays()


def test_strangers_are_refused() -> None:
    """Another account and anonymous callers get 403, also for keys that do not exist."""
    s3 = Buckets()
    s3.put("k")
    stranger = Caller(identity=Identity(type="IAMUser", account_id=OTHER), account=OTHER)
    nobody = Caller(identity=Identity(type="AWSAccount"), account="", anonymous=True)
    for caller in (stranger, nobody):
        for key in ("k", "z"):
            s3.when(api.GetObject(bucket=BUCKET, key=key), caller=caller).refused("AccessDenied")
            assert s3.error is not None and s3.error.status == 403
    s3.replays()


def test_another_region_is_told() -> None:
    """A bucket elsewhere redirects; one that the Host named has a wrong signature instead."""
    s3 = Buckets()
    s3.when(api.HeadObject(bucket=BUCKET, key="k"), region="eu-west-1").refused("PermanentRedirect")
    assert s3.error is not None and s3.error.status == 301
    assert s3.error.members["headers"] == [("x-amz-bucket-region", "us-east-1")]


def test_a_form_is_a_put_by_another_name() -> None:
    """PostObject makes the same object, under its own event name, as a data event."""
    s3 = Buckets()
    s3.given(PostObject(bucket=BUCKET, key="k", body=blob(b"hello")))
    assert (s3.record["eventName"], s3.record["managementEvent"]) == ("PostObject", False)
    assert s3.content("k") == b"hello"
    s3.replays()
