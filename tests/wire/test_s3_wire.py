"""S3's own ways."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from backtrail import model
from backtrail.blob import Blob
from backtrail.payload import UNSET, Params, UnsetType, field
from backtrail.wire import BlobSlice, HttpAnswer, HttpRequest, WireError, protocol_of, route

from .other_side import read_answer, request_of

S3 = protocol_of("s3", "rest-xml")
KEPT = Blob(size=100_000, md5="0" * 32, name="n")
DATA = bytes(range(256))


class GetObjectResult(Params):
    body: Blob | UnsetType = field(name="body", default=UNSET)
    content_range: str | UnsetType = field(name="content-range", default=UNSET)
    content_length: int | UnsetType = field(name="content-length", default=UNSET)
    metadata: dict[str, str] | UnsetType = field(name="metadata", default=UNSET)
    last_modified: datetime | UnsetType = field(name="lastModified", default=UNSET)


class PutObject(Params):
    bucket: str = field(name="bucketName")
    key: str = field(name="key")
    body: Blob | UnsetType = field(name="body", default=UNSET)


def answer(operation: str, result: object) -> HttpAnswer:
    """Our answer to an operation."""
    return S3.answer(model.load("s3").operations[operation], result, "ID", host_id="HOST")


def put(body: bytes | Blob) -> PutObject:
    """PutObject, parsed."""
    request = HttpRequest(method="PUT", path="/b/a%20b/c", headers={}, body=body)
    return S3.parse(route(request).operation, request, PutObject)


def test_a_body_in_hand_becomes_a_handle() -> None:
    """A body that was read whole has its size and MD5."""
    made = put(b"hello")
    assert isinstance(made.body, Blob)
    assert (made.body.size, made.body.data) == (5, b"hello")
    assert made.body.md5 == hashlib.md5(b"hello").hexdigest()
    assert made.key == "a b/c"


def test_a_kept_body_is_passed_on() -> None:
    """The handle of a streamed body is the parameter."""
    assert put(KEPT).body is KEPT


def test_an_untyped_call_keeps_the_handle() -> None:
    """Also without a payload type, the handle is not opened."""
    request = HttpRequest(method="PUT", path="/b/k", headers={}, body=KEPT)
    assert S3.parse(route(request).operation, request)["body"] is KEPT


def test_a_kept_body_is_answered_as_a_slice() -> None:
    """A body that lies in the store is streamed from there."""
    answered = answer("GetObject", GetObjectResult(body=KEPT))
    assert answered.body == BlobSlice(KEPT, 0, 100_000)
    assert len(answered.body) == 100_000


@pytest.mark.parametrize("blob", [KEPT, Blob(size=256, md5="0" * 32, data=DATA)])
def test_a_range_is_a_part_and_206(blob: Blob) -> None:
    """A result with a Content-Range is that part of the body, with the status of a part."""
    result = GetObjectResult(body=blob, content_range=f"bytes 10-19/{blob.size}", content_length=10)
    answered = answer("GetObject", result)
    assert answered.status == 206
    assert answered.body == (BlobSlice(KEPT, 10, 20) if blob is KEPT else DATA[10:20])


def test_metadata_and_dates_are_headers() -> None:
    """User metadata, dates and both request ids."""
    moment = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
    answered = answer(
        "GetObject", GetObjectResult(metadata={"colour": "blü", "n": "1"}, last_modified=moment)
    )
    headers = dict(answered.headers)
    assert headers["x-amz-meta-n"] == "1"
    assert headers["x-amz-meta-colour"] == "=?UTF-8?B?YmzDvA==?="
    assert headers["Last-Modified"] == "Wed, 21 Oct 2015 07:28:00 GMT"
    assert (headers["x-amz-request-id"], headers["x-amz-id-2"]) == ("ID", "HOST")


@pytest.mark.parametrize(
    ("region", "end"), [("eu-west-1", b">eu-west-1</LocationConstraint>"), ("", b"/>"), (None, b"/>")]
)
def test_a_buckets_location_is_the_root(region: str | None, end: bytes) -> None:
    """GetBucketLocation's root is its value, empty for the default region."""
    answered = answer("GetBucketLocation", {"locationConstraint": region})
    assert isinstance(answered.body, bytes)
    assert answered.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' + end
    )


def test_a_policy_is_json() -> None:
    """GetBucketPolicy's body is the policy itself."""
    answered = answer("GetBucketPolicy", {"policy": '{"Version": "2012-10-17"}'})
    assert answered.body == b'{"Version": "2012-10-17"}'
    assert ("Content-Type", "application/json") in answered.headers


def test_keys_are_encoded_when_asked_for() -> None:
    """With `encoding-type=url`, keys and prefixes are encoded; botocore decodes them."""
    result: dict[str, Any] = {
        "name": "b",
        "prefix": "a b/",
        "encodingType": "url",
        "contents": [{"key": "a b/\x01é+&", "size": 1, "lastModified": datetime(2015, 1, 1, tzinfo=UTC)}],
        "commonPrefixes": [{"prefix": "c d/"}],
    }
    answered = answer("ListObjectsV2", result)
    assert isinstance(answered.body, bytes)
    assert b"<Prefix>a+b/</Prefix>" in answered.body and b"<Key>a+b/%01%C3%A9%2B%26</Key>" in answered.body
    assert b"<LastModified>2015-01-01T00:00:00.000Z</LastModified>" in answered.body
    read = read_answer("s3", "ListObjectsV2", answered)
    assert read["CommonPrefixes"] == [{"Prefix": "c+d/"}]
    plain = answer("ListObjectsV2", {**result, "encodingType": None, "contents": []})
    assert isinstance(plain.body, bytes) and b"<Prefix>a b/</Prefix>" in plain.body


def test_grantees_have_a_type() -> None:
    """An ACL's grantees are told apart by an attribute, both ways."""
    grants = [{"grantee": {"type": "CanonicalUser", "iD": "1"}, "permission": "READ"}]
    answered = answer("GetBucketAcl", {"owner": {"iD": "1"}, "grants": grants})
    assert isinstance(answered.body, bytes)
    assert (
        b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
        in answered.body
    )
    assert b"<AccessControlPolicy " in answered.body
    policy = {"Grants": [{"Grantee": {"Type": "Group", "URI": "u"}, "Permission": "READ"}]}
    request = request_of("s3", "PutBucketAcl", {"Bucket": "b", "AccessControlPolicy": policy})
    params: Any = S3.parse(route(request).operation, request)
    assert params["accessControlPolicy"]["grants"][0]["grantee"] == {"type": "Group", "uRI": "u"}


@pytest.mark.parametrize(
    ("operation", "root"),
    [
        ("ListBuckets", "ListAllMyBucketsResult"),
        ("ListObjectVersions", "ListVersionsResult"),
        ("CreateMultipartUpload", "InitiateMultipartUploadResult"),
        ("DeleteObjects", "DeleteResult"),
        ("GetBucketTagging", "Tagging"),
        ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ],
)
def test_roots_are_s3s(operation: str, root: str) -> None:
    """Answers' roots are those of S3's reference."""
    answered = answer(operation, {})
    assert isinstance(answered.body, bytes)
    assert f'<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'.encode() in answered.body


def test_a_copy_tells_its_result() -> None:
    """A payload that is a structure is the root."""
    answered = answer("CopyObject", {"copyObjectResult": {"eTag": '"0"'}, "versionId": "v"})
    assert isinstance(answered.body, bytes)
    assert b"<CopyObjectResult xmlns=" in answered.body and b"<ETag>&quot;0&quot;</ETag>" in answered.body
    assert ("x-amz-version-id", "v") in answered.headers


def test_a_delete_has_no_content() -> None:
    """204, without a body."""
    answered = answer("DeleteObject", None)
    assert (answered.status, answered.body) == (204, b"")


class Tag(Params):
    key: str = field(name="key")
    value: str = field(name="value")


class Tagging(Params):
    tag_set: list[Tag] = field(name="tagSet")


class PutBucketTagging(Params):
    bucket: str = field(name="bucketName")
    tagging: Tagging = field(name="tagging")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MissingRequestBodyError"),
        (b"<Tagging/>", "MalformedXML"),
        (b"<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>", "MalformedXML"),
    ],
)
def test_a_body_that_lacks_what_it_needs(body: bytes, code: str) -> None:
    """No body, and a body that its schema does not allow, are told apart."""
    request = HttpRequest(method="PUT", path="/b", query="tagging", headers={}, body=body)
    with pytest.raises(WireError) as caught:
        S3.parse(route(request).operation, request, PutBucketTagging)
    assert caught.value.code == code
