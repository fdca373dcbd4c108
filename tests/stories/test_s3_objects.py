"""Objects through boto3, over a real socket."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MIB = 1024 * 1024
BIG = bytes(range(256)) * (5 * MIB // 256)


@pytest.fixture
def s3(client: Client) -> Any:
    """A client with one bucket, `box`."""
    made = client("s3", config=Config(retries={"max_attempts": 0}))
    made.create_bucket(Bucket="box")
    return made


def code(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    """The code and the status of a refusal."""
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_put_get_head_delete(s3: Any) -> None:
    """Content, headers and metadata come back; what is deleted is gone, by GET and by HEAD."""
    put = s3.put_object(
        Bucket="box", Key="Ordner/Ünï cödé+%.txt", Body=b"hello world", ContentType="text/plain",
        Metadata={"Colour": "blue"}, CacheControl="no-cache", Expires=datetime(2030, 1, 1, tzinfo=UTC),
        StorageClass="STANDARD_IA", Tagging="a=b&c=d",
    )  # fmt: skip
    assert put["ETag"] == f'"{hashlib.md5(b"hello world").hexdigest()}"'
    assert put["ServerSideEncryption"] == "AES256"
    got = s3.get_object(Bucket="box", Key="Ordner/Ünï cödé+%.txt", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello world"
    assert (got["ContentType"], got["Metadata"], got["TagCount"]) == ("text/plain", {"colour": "blue"}, 2)
    assert (got["StorageClass"], got["ContentLength"]) == ("STANDARD_IA", 11)
    assert got["ResponseMetadata"]["HTTPHeaders"]["expires"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    head = s3.head_object(Bucket="box", Key="Ordner/Ünï cödé+%.txt")
    assert (head["ETag"], head["ContentLength"]) == (put["ETag"], 11)
    s3.delete_object(Bucket="box", Key="Ordner/Ünï cödé+%.txt")
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="box", Key="Ordner/Ünï cödé+%.txt")
    assert code(refused) == ("NoSuchKey", 404)
    with pytest.raises(ClientError) as refused:
        s3.head_object(Bucket="box", Key="Ordner/Ünï cödé+%.txt")
    assert code(refused) == ("404", 404)


def test_ranges_and_conditions(s3: Any) -> None:
    """206 with its range, 304 and 412, 416."""
    tag = s3.put_object(Bucket="box", Key="k", Body=b"0123456789")["ETag"]
    part = s3.get_object(Bucket="box", Key="k", Range="bytes=2-4")
    assert (part["Body"].read(), part["ContentRange"]) == (b"234", "bytes 2-4/10")
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    head = s3.head_object(Bucket="box", Key="k", Range="bytes=2-4")
    assert (head["ResponseMetadata"]["HTTPStatusCode"], head["ContentLength"]) == (206, 3)
    for given, expected in (
        ({"IfNoneMatch": tag}, ("304", 304)),
        ({"IfMatch": '"x"'}, ("PreconditionFailed", 412)),
        ({"IfUnmodifiedSince": datetime(2000, 1, 1, tzinfo=UTC)}, ("PreconditionFailed", 412)),
        ({"Range": "bytes=99-"}, ("InvalidRange", 416)),
        ({"PartNumber": 2}, ("InvalidPartNumber", 416)),
    ):
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket="box", Key="k", **given)
        assert code(refused) == expected
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="box", Key="k", Body=b"", IfNoneMatch="*")
    assert code(refused) == ("PreconditionFailed", 412)
    s3.put_object(Bucket="box", Key="k", Body=b"2", IfMatch=tag)
    dressed = s3.get_object(
        Bucket="box", Key="k", ResponseContentType="text/x", ResponseContentDisposition="inline"
    )
    assert (dressed["ContentType"], dressed["ContentDisposition"]) == ("text/x", "inline")


ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_checksums_of_every_algorithm(s3: Any, algorithm: str) -> None:
    """What boto3 sends is proven, kept, and told to who asks; boto3 proves it again."""
    put = s3.put_object(Bucket="box", Key="k", Body=BIG, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket="box", Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == BIG
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]


def test_lists_with_pages_and_prefixes(s3: Any) -> None:
    """Paginators of both versions see every key once; folders are prefixes; odd keys survive the encoding."""
    keys = sorted(["a/1", "a/2", "b", "c d/ü", "z\x01", "zz"], key=str.encode)
    for key in keys:
        s3.put_object(Bucket="box", Key=key, Body=b"x")
    for name in ("list_objects", "list_objects_v2"):
        pages = list(s3.get_paginator(name).paginate(Bucket="box", PaginationConfig={"PageSize": 2}))
        assert [one["Key"] for page in pages for one in page["Contents"]] == keys
        page = getattr(s3, name)(Bucket="box", Delimiter="/")
        assert [one["Prefix"] for one in page["CommonPrefixes"]] == ["a/", "c d/"]
    assert s3.list_objects_v2(Bucket="box", FetchOwner=True)["Contents"][0]["Owner"]["ID"]
    versions = list(
        s3.get_paginator("list_object_versions").paginate(Bucket="box", PaginationConfig={"PageSize": 2})
    )
    assert [one["Key"] for page in versions for one in page["Versions"]] == keys


def test_multipart_by_hand(s3: Any) -> None:
    """Create, parts in any order, lists, complete, parts read back, attributes; and one given up."""
    upload = s3.create_multipart_upload(
        Bucket="box", Key="k", ChecksumAlgorithm="SHA256", Metadata={"x": "y"}
    )
    named = {"Bucket": "box", "Key": "k", "UploadId": upload["UploadId"]}
    parts: list[dict[str, Any]] = []
    for number, body in ((2, b"tail"), (1, BIG)):
        made = s3.upload_part(**named, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        parts.insert(
            0, {"PartNumber": number, "ETag": made["ETag"], "ChecksumSHA256": made["ChecksumSHA256"]}
        )
    assert [p["PartNumber"] for p in s3.list_parts(**named)["Parts"]] == [1, 2]
    assert s3.list_multipart_uploads(Bucket="box")["Uploads"][0]["UploadId"] == upload["UploadId"]
    with pytest.raises(ClientError) as refused:
        s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts[::-1]})
    assert code(refused) == ("InvalidPartOrder", 400)
    done = s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert done["ETag"].endswith('-2"') and done["ChecksumType"] == "COMPOSITE"
    got = s3.get_object(Bucket="box", Key="k", PartNumber=2)
    assert (got["Body"].read(), got["PartsCount"]) == (b"tail", 2)
    across = s3.get_object(Bucket="box", Key="k", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
    assert across["Body"].read() == BIG[-2:] + b"ta"
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    attributes = s3.get_object_attributes(Bucket="box", Key="k", ObjectAttributes=wanted)
    assert (attributes["ObjectSize"], attributes["ObjectParts"]["TotalPartsCount"]) == (5 * MIB + 4, 2)
    given_up = s3.create_multipart_upload(Bucket="box", Key="z")["UploadId"]
    s3.abort_multipart_upload(Bucket="box", Key="z", UploadId=given_up)
    with pytest.raises(ClientError) as refused:
        s3.list_parts(Bucket="box", Key="z", UploadId=given_up)
    assert code(refused) == ("NoSuchUpload", 404)


def test_transfers_in_parallel_parts(s3: Any) -> None:
    """boto3's own upload and download of a large file, in parts, and its copy."""
    data = BIG * 3 + b"end"
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_fileobj(io.BytesIO(data), "box", "large", Config=config)
    s3.copy({"Bucket": "box", "Key": "large"}, "box", "copy", Config=config)
    for key in ("large", "copy"):
        got = io.BytesIO()
        s3.download_fileobj("box", key, got, Config=config)
        assert hashlib.md5(got.getvalue()).digest() == hashlib.md5(data).digest()


def test_copies(s3: Any) -> None:
    """Small ones at once, large ones by reading; onto itself with a change; with conditions; a range as a part."""
    s3.put_object(Bucket="box", Key="small", Body=b"x", Metadata={"a": "b"}, Tagging="t=1")
    s3.put_object(Bucket="box", Key="large", Body=BIG)
    s3.copy_object(Bucket="box", Key="c1", CopySource="box/small")
    assert s3.get_object(Bucket="box", Key="c1")["Metadata"] == {"a": "b"}
    copied = s3.copy_object(Bucket="box", Key="c2", CopySource="box/large", ChecksumAlgorithm="SHA256")
    assert copied["CopyObjectResult"]["ChecksumSHA256"]
    assert s3.get_object(Bucket="box", Key="c2")["Body"].read() == BIG
    with pytest.raises(ClientError) as refused:
        s3.copy_object(Bucket="box", Key="small", CopySource="box/small")
    assert code(refused) == ("InvalidRequest", 400)
    s3.copy_object(Bucket="box", Key="small", CopySource="box/small", StorageClass="GLACIER")
    with pytest.raises(ClientError) as refused:
        s3.copy_object(Bucket="box", Key="c3", CopySource="box/large", CopySourceIfMatch='"x"')
    assert code(refused) == ("PreconditionFailed", 412)
    upload = {
        "Bucket": "box",
        "Key": "k",
        "UploadId": s3.create_multipart_upload(Bucket="box", Key="k")["UploadId"],
    }
    made = s3.upload_part_copy(
        **upload, PartNumber=1, CopySource="box/large", CopySourceRange=f"bytes=1-{MIB * 4}"
    )
    part = {"PartNumber": 1, "ETag": made["CopyPartResult"]["ETag"]}
    assert part["ETag"] == f'"{hashlib.md5(BIG[1 : MIB * 4 + 1]).hexdigest()}"'
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    assert s3.get_object(Bucket="box", Key="k")["Body"].read() == BIG[1 : MIB * 4 + 1]


def test_versions_and_batches(s3: Any) -> None:
    """Two versions, a marker, its removal; a batch of deletes names what it did."""
    s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
    one = s3.put_object(Bucket="box", Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket="box", Key="k", Body=b"2")
    assert s3.get_object(Bucket="box", Key="k", VersionId=one)["Body"].read() == b"1"
    gone = s3.delete_object(Bucket="box", Key="k")
    assert gone["DeleteMarker"] is True
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="box", Key="k")
    assert refused.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    with pytest.raises(ClientError) as refused:
        s3.head_object(Bucket="box", Key="k", VersionId=gone["VersionId"])
    assert code(refused) == ("405", 405)
    listed = s3.list_object_versions(Bucket="box")
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (2, 1)
    s3.delete_object(Bucket="box", Key="k", VersionId=gone["VersionId"])
    assert s3.get_object(Bucket="box", Key="k")["Body"].read() == b"2"
    deleted = s3.delete_objects(
        Bucket="box", Delete={"Objects": [{"Key": "k"}, {"Key": "k", "VersionId": one}]}
    )
    assert [one.get("DeleteMarker") for one in deleted["Deleted"]] == [True, None]


def test_tags_acls_and_keys(s3: Any) -> None:
    """Tags come and go; ACLs are the owner's; a customer's key is needed to read; another KMS key by one call."""
    s3.put_object(Bucket="box", Key="k", Body=b"x")
    s3.put_object_tagging(Bucket="box", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b c"}]})
    assert s3.get_object_tagging(Bucket="box", Key="k")["TagSet"] == [{"Key": "a", "Value": "b c"}]
    s3.delete_object_tagging(Bucket="box", Key="k")
    assert s3.get_object_tagging(Bucket="box", Key="k")["TagSet"] == []
    assert s3.get_object_acl(Bucket="box", Key="k")["Grants"][0]["Permission"] == "FULL_CONTROL"
    with pytest.raises(ClientError) as refused:
        s3.put_object_acl(Bucket="box", Key="k", ACL="public-read")
    assert code(refused) == ("AccessControlListNotSupported", 400)
    s3.put_object_acl(Bucket="box", Key="k", ACL="bucket-owner-full-control")
    # new buckets refuse customers' keys until they are told not to
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    unblocked = {**rule, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    s3.put_bucket_encryption(Bucket="box", ServerSideEncryptionConfiguration={"Rules": [unblocked]})
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    s3.put_object(Bucket="box", Key="own", Body=b"x", **key)
    assert s3.get_object(Bucket="box", Key="own", **key)["Body"].read() == b"x"
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="box", Key="own")
    assert code(refused) == ("InvalidRequest", 400)
    arn = "arn:aws:kms:us-east-1:123456789012:key/1"
    s3.update_object_encryption(Bucket="box", Key="k", ObjectEncryption={"SSEKMS": {"KMSKeyArn": arn}})
    assert s3.head_object(Bucket="box", Key="k")["SSEKMSKeyId"] == arn


def test_locks_and_restores(s3: Any) -> None:
    """Retention, holds and archives."""
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC) + timedelta(days=1)
    version = s3.put_object(
        Bucket="locked", Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]
    with pytest.raises(ClientError) as refused:
        s3.delete_object(Bucket="locked", Key="k", VersionId=version)
    assert code(refused) == ("AccessDenied", 403)
    longer = {"Mode": "GOVERNANCE", "RetainUntilDate": until + timedelta(days=1)}
    s3.put_object_retention(Bucket="locked", Key="k", Retention=longer)
    assert s3.get_object_retention(Bucket="locked", Key="k")["Retention"]["Mode"] == "GOVERNANCE"
    s3.put_object_legal_hold(Bucket="locked", Key="k", LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(Bucket="locked", Key="k")["LegalHold"] == {"Status": "ON"}
    s3.put_object_legal_hold(Bucket="locked", Key="k", LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket="locked", Key="k", VersionId=version, BypassGovernanceRetention=True)
    s3.put_object(Bucket="box", Key="cold", Body=b"x", StorageClass="GLACIER")
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="box", Key="cold")
    assert code(refused) == ("InvalidObjectState", 403)
    s3.restore_object(
        Bucket="box", Key="cold", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}}
    )
    assert s3.head_object(Bucket="box", Key="cold")["Restore"] == 'ongoing-request="true"'


def test_presigned_urls_and_anonymous_callers(s3: Any) -> None:
    """A URL reads and writes for who holds it; without one, nobody gets in."""
    put = s3.generate_presigned_url("put_object", Params={"Bucket": "box", "Key": "k"})
    with urlopen(Request(put, data=b"by url", method="PUT")) as answer:
        assert answer.status == 200
    got = s3.generate_presigned_url("get_object", Params={"Bucket": "box", "Key": "k"})
    with urlopen(got) as answer:
        assert answer.read() == b"by url"
    with pytest.raises(HTTPError) as refused:
        urlopen(got.partition("?")[0])
    with refused.value:
        assert refused.value.code == 403


def test_a_browsers_form(s3: Any) -> None:
    """A form that boto3 signed makes the object; the success status is the form's; a policy that fails is a 403."""
    post = s3.generate_presigned_post(
        "box", "folder/${filename}", Fields={"success_action_status": "201", "x-amz-meta-a": "b"},
        Conditions=[{"success_action_status": "201"}, {"x-amz-meta-a": "b"}, ["content-length-range", 1, 10]],
    )  # fmt: skip
    status, answer = _post(post, b"by form")
    assert status == 201 and b"<Key>folder/file.txt</Key>" in answer
    got = s3.get_object(Bucket="box", Key="folder/file.txt")
    assert (got["Body"].read(), got["Metadata"]) == (b"by form", {"a": "b"})
    status, answer = _post(post, b"far too long for the policy")
    assert status == 400 and b"<Code>EntityTooLarge</Code>" in answer
    post["fields"]["x-amz-meta-a"] = "c"
    status, answer = _post(post, b"by form")
    assert status == 403 and b"<Code>AccessDenied</Code>" in answer


def _post(post: dict[str, Any], content: bytes) -> tuple[int, bytes]:
    boundary = b"----form"
    parts = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value.encode())
        for name, value in post["fields"].items()
    ]
    parts.append(b'Content-Disposition: form-data; name="file"; filename="file.txt"\r\n\r\n' + content)
    body = (
        b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
    try:
        with urlopen(Request(post["url"], data=body, headers=headers, method="POST")) as answer:
            return answer.status, answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


@pytest.mark.parametrize("size", [1, 20_000])
def test_select_streams_records(s3: Any, size: int) -> None:
    """SQL over CSV, small and large, as an event stream that boto3 reads."""
    s3.put_object(Bucket="box", Key="k", Body=b"name,n\n" + b"".join(b"row,%d\n" % i for i in range(size)))
    answer = s3.select_object_content(
        Bucket="box", Key="k", ExpressionType="SQL", Expression="SELECT s.n FROM S3Object s WHERE s.name = 'row'",
        InputSerialization={"CSV": {"FileHeaderInfo": "USE"}}, OutputSerialization={"CSV": {}},
    )  # fmt: skip
    events = list(answer["Payload"])
    records = b"".join(event["Records"]["Payload"] for event in events if "Records" in event)
    assert records == b"".join(b"%d\n" % i for i in range(size))
    assert next(event["Stats"]["Details"]["BytesReturned"] for event in events if "Stats" in event) == len(
        records
    )
    assert "End" in events[-1]
