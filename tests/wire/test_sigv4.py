"""Signatures: AWS's published examples, botocore as the other side, and what must not verify."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backtrail.wire import sigv4
from backtrail.wire.faults import Family, Fault, SignatureFault
from backtrail.wire.http import HttpRequest

from .signing import EMPTY, GET_OBJECT, KEY, MAY, PRESIGNED, SECRET, client, link, prove, s3_example, sent

AUGUST = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    "request_",
    [
        GET_OBJECT,
        s3_example(
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            method="PUT",
            path="/test$file.text",
            date="Fri, 24 May 2013 00:00:00 GMT",
            x_amz_storage_class="REDUCED_REDUNDANCY",
            x_amz_content_sha256="44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        ),
        s3_example(
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            "host;x-amz-content-sha256;x-amz-date",
            query="lifecycle",
        ),
        s3_example(
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            "host;x-amz-content-sha256;x-amz-date",
            query="max-keys=2&prefix=J",
        ),
    ],
)
def test_s3_documented_examples(request_: HttpRequest) -> None:
    """The signatures of S3's documentation are right, by its key, on its day."""
    claim = prove(request_, wall=MAY, service="s3", region="us-east-1")
    assert (claim.access_key, claim.region, claim.service, claim.day) == (KEY, "us-east-1", "s3", "20130524")


def test_s3_documented_presigned_url_lives_a_day() -> None:
    """The documented URL is good to its last second, judged by the moment and not by the wall clock."""
    prove(PRESIGNED, wall=MAY)
    prove(PRESIGNED, wall=MAY + timedelta(days=365), moment=MAY + timedelta(seconds=86400))
    claim = sigv4.credential(PRESIGNED)
    assert claim is not None
    with pytest.raises(SignatureFault) as late:
        sigv4.verify(PRESIGNED, claim, SECRET, wall=MAY, moment=MAY + timedelta(seconds=86401))
    refusal = late.value.refusal(Family.S3)
    assert (refusal.code, refusal.message, refusal.status) == ("AccessDenied", "Request has expired", 403)
    assert refusal.members == {
        "X-Amz-Expires": "86400",
        "Expires": "2013-05-25T00:00:00Z",
        "ServerTime": "2013-05-25T00:00:01Z",
    }
    with pytest.raises(SignatureFault) as early:
        sigv4.verify(PRESIGNED, claim, SECRET, wall=MAY, moment=MAY - timedelta(minutes=16))
    assert early.value.fault is Fault.EARLY


def suite(path: str, signature: str, signed: str = "host;x-amz-date", **headers: str) -> HttpRequest:
    """A GET of AWS's Signature Version 4 test suite."""
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={signed}, Signature={signature}"
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    base = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z", "authorization": authorization}
    return HttpRequest(method="GET", path=path, headers=base | named)


VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


@pytest.mark.parametrize(
    "request_",
    [
        *(suite(path, VANILLA) for path in ("/", "//", "/./", "/example/..", "/example1/example2/../..")),
        suite("/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        suite("/ሴ", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        suite(
            "/ሴ".encode().decode("latin-1"),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
        suite(
            "/",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            "host;my-header1;my-header2;x-amz-date",
            my_header1=" value1",
            my_header2=' "a   b   c"',
        ),
    ],
)
def test_published_test_suite(request_: HttpRequest) -> None:
    """Requests of AWS's own suite verify: paths are normalised and encoded, header values trimmed."""
    prove(request_, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", wall=AUGUST)


def test_iam_documented_example() -> None:
    """The ListUsers request of the general signing documentation verifies."""
    request = HttpRequest(
        method="GET",
        path="/",
        query="Action=ListUsers&Version=2010-05-08",
        headers={
            "host": "iam.amazonaws.com",
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
            "x-amz-date": "20150830T123600Z",
            "authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        },
    )
    prove(request, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", wall=AUGUST)


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("sqs", "send_message", {"QueueUrl": "http://localhost:4566/1/q", "MessageBody": "héllo"}),
        ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}),
        ("sts", "get_caller_identity", {}),
        ("ec2", "describe_instances", {"Filters": [{"Name": "tag:a b", "Values": ["*"]}]}),
        ("lambda", "get_function", {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
        (
            "cloudwatch",
            "put_metric_data",
            {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]},
        ),
        ("route53", "list_hosted_zones", {"MaxItems": "3"}),
        ("s3", "list_objects_v2", {"Bucket": "bucket", "Prefix": "a b/ü&=+", "Delimiter": "/"}),
        ("s3", "get_object", {"Bucket": "bucket", "Key": "a//b/../c d+é%2F~*'()!"}),
        ("s3", "put_object", {"Bucket": "bucket", "Key": "k", "Body": b"x", "Metadata": {"a": "b  c"}}),
        ("s3", "get_object_tagging", {"Bucket": "bucket", "Key": "k"}),
        ("s3control", "list_access_points", {"AccountId": "123456789012"}),
    ],
)
@pytest.mark.parametrize("token", [None, "a/session+token=="])
def test_what_botocore_signs_is_right(
    service: str, operation: str, params: dict[str, Any], token: str | None
) -> None:
    """Every protocol's requests verify, and one changed bit does not."""
    request = sent(client(service, "http://localhost:4566", token), operation, **params)
    claim = prove(request)
    assert (claim.access_key, claim.token, claim.presigned) == (KEY, token, False)
    for changed in ({"path": request.path + "x"}, {"method": "PATCH"}, {"query": request.query + "&a=b"}):
        fields = {"method": request.method, "path": request.path, "query": request.query} | changed
        with pytest.raises(SignatureFault) as wrong:
            sigv4.verify(
                HttpRequest(headers=request.headers, body=request.body, **fields),
                claim,
                SECRET,
                wall=datetime.now(UTC),
            )
        assert wrong.value.fault is Fault.MISMATCH
    with pytest.raises(SignatureFault):
        sigv4.verify(request, claim, SECRET + "x", wall=datetime.now(UTC))


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("get_object", {"Key": "a b/é", "ResponseContentType": "text/plain; charset=utf-8"}),
        ("put_object", {"Key": "k"}),
        ("upload_part", {"Key": "k", "UploadId": "u+/=", "PartNumber": 3}),
    ],
)
def test_urls_that_botocore_presigns(
    version: str, style: str, operation: str, params: dict[str, Any]
) -> None:
    """Presigned URLs of both versions verify in both addressing styles, and expire."""
    caller = client(
        "s3",
        "http://s3.localhost:4566",
        "token/+=",
        signature_version=version,
        s3={"addressing_style": style},
    )
    url = caller.generate_presigned_url(operation, {"Bucket": "buck.et", **params}, ExpiresIn=60)
    request = link("GET" if operation == "get_object" else "PUT", url)
    now = datetime.now(UTC)
    bucket = "buck.et" if style == "virtual" else ""
    claim = prove(request, bucket=bucket)
    assert (claim.token, claim.presigned) == ("token/+=", True)
    with pytest.raises(SignatureFault) as late:
        prove(request, moment=now + timedelta(seconds=63), bucket=bucket)
    assert late.value.fault is Fault.EXPIRED
    request.method = "DELETE"
    with pytest.raises(SignatureFault) as wrong:
        prove(request, bucket=bucket)
    assert wrong.value.fault is Fault.MISMATCH


def test_a_presigned_url_of_another_service() -> None:
    """STS's presigned GetCallerIdentity (as Kubernetes sends it) covers the hash of no body."""
    url = client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    prove(link("GET", url))


def test_wrong_signature_shows_what_was_calculated() -> None:
    """S3's SignatureDoesNotMatch carries the strings that let the caller find the difference."""
    claim = sigv4.credential(GET_OBJECT)
    assert claim is not None
    with pytest.raises(SignatureFault) as wrong:
        sigv4.verify(GET_OBJECT, claim, "other", wall=MAY)
    refusal = wrong.value.refusal(Family.S3)
    assert (refusal.code, refusal.status) == ("SignatureDoesNotMatch", 403)
    assert list(refusal.members) == [
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
        "CanonicalRequest",
        "CanonicalRequestBytes",
    ]
    assert refusal.members["StringToSign"].endswith(
        "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
    )
    assert refusal.members["StringToSignBytes"].startswith("41 57 53 34")
    assert wrong.value.refusal(Family.EC2).code == "AuthFailure"
    assert wrong.value.refusal(Family.JSON).code == "InvalidSignatureException"
    assert wrong.value.refusal(Family.QUERY).members == {}


@pytest.mark.parametrize("minutes", [-16, 16])
def test_clock_skew(minutes: int) -> None:
    """A date more than 15 minutes off the wall clock is refused in each family's words."""
    claim = sigv4.credential(GET_OBJECT)
    assert claim is not None
    sigv4.verify(GET_OBJECT, claim, SECRET, wall=MAY + timedelta(minutes=15))
    with pytest.raises(SignatureFault) as skewed:
        sigv4.verify(GET_OBJECT, claim, SECRET, wall=MAY + timedelta(minutes=minutes))
    s3 = skewed.value.refusal(Family.S3)
    assert (s3.code, s3.status) == ("RequestTimeTooSkewed", 403)
    assert s3.members["RequestTime"] == "20130524T000000Z"
    assert s3.members["MaxAllowedSkewMilliseconds"] == "900000"
    query = skewed.value.refusal(Family.QUERY)
    expected = {
        16: "Signature expired: 20130524T000000Z is now earlier than 20130524T000100Z "
        "(20130524T001600Z - 15 min.)",
        -16: "Signature not yet current: 20130524T000000Z is still later than 20130523T235900Z "
        "(20130523T234400Z + 15 min.)",
    }
    assert (query.code, query.message) == ("SignatureDoesNotMatch", expected[minutes])
    assert skewed.value.refusal(Family.EC2).code == "RequestExpired"


def test_unsigned_amz_header_on_a_presigned_url() -> None:
    """A header that S3 would obey must have been signed."""
    headers = PRESIGNED.headers | {"x-amz-acl": "public-read"}
    with pytest.raises(SignatureFault) as wrong:
        prove(HttpRequest(method="GET", path="/test.txt", query=PRESIGNED.query, headers=headers), wall=MAY)
    assert wrong.value.refusal(Family.S3).members == {"HeadersNotSigned": "x-amz-acl"}


def test_payload_hash_must_be_one() -> None:
    """S3 names the modes that it takes; without a hash it refuses; SigV4A's modes are our gap."""
    for value, code in (
        ("GIBBERISH", "InvalidArgument"),
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "NotImplemented"),
    ):
        request = HttpRequest(
            method="GET", path="/test.txt", headers=GET_OBJECT.headers | {"x-amz-content-sha256": value}
        )
        with pytest.raises(SignatureFault) as wrong:
            prove(request, wall=MAY)
        assert wrong.value.refusal(Family.S3).code == code
    headers = dict(GET_OBJECT.headers)
    del headers["x-amz-content-sha256"]
    with pytest.raises(SignatureFault) as missing:
        prove(HttpRequest(method="GET", path="/test.txt", headers=headers), wall=MAY)
    assert missing.value.fault is Fault.CONTENT_HASH_MISSING


def test_a_changed_body_does_not_verify() -> None:
    """Services other than S3 hash the body themselves, whatever the header says."""
    request = sent(client("sqs", "http://localhost:4566"), "list_queues")
    request.body = b"{} "
    with pytest.raises(SignatureFault):
        prove(request)
    request.headers["x-amz-content-sha256"] = EMPTY
    with pytest.raises(SignatureFault):
        prove(request)


def test_missing_and_http_dates() -> None:
    """The Date header serves where x-amz-date is missing; without either nothing can be verified."""
    headers = {name: value for name, value in GET_OBJECT.headers.items() if name != "x-amz-date"}
    with pytest.raises(SignatureFault) as missing:
        prove(HttpRequest(method="GET", path="/test.txt", headers=headers), wall=MAY)
    assert missing.value.fault is Fault.DATE
    headers["date"] = "Fri, 24 May 2013 00:00:00 GMT"
    with pytest.raises(SignatureFault) as other:
        prove(HttpRequest(method="GET", path="/test.txt", headers=headers), wall=MAY)
    assert other.value.fault is Fault.MISMATCH  # the signature covered x-amz-date, which is gone
