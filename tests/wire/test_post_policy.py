"""Browser uploads: botocore's forms, the documentation's signatures, conditions, answers."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.errors import Refusal
from backtrail.wire.bodies import BodyReader
from backtrail.wire.claims import Claim
from backtrail.wire.faults import Family, Fault, SignatureFault
from backtrail.wire.http import HttpRequest
from backtrail.wire.post_policy import (
    Policy,
    PostForm,
    answer,
    post_credential,
    put_request,
    read_policy,
    verify_post,
)

from .forms import encode, form_of, read
from .signing import KEY, SECRET, client

NOW = datetime(2015, 12, 29, 12, tzinfo=UTC)


DOCUMENTED = (
    "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6"
    "ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFj"
    "bCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tl"
    "dC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5"
    "cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZl"
    "ci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoN"
    "CiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVx"
    "dWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAx"
    "NTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9"
)


DOCUMENTED_V2 = (
    "eyAiZXhwaXJhdGlvbiI6ICIyMDA3LTEyLTAxVDEyOjAwOjAwLjAwMFoiLAogICJjb25kaXRpb25zIjogWwogICAgeyJidWNrZXQiOiAi"
    "am9obnNtaXRoIiB9LAogICAgWyJzdGFydHMtd2l0aCIsICIka2V5IiwgInVzZXIvZXJpYy8iXSwKICAgIHsiYWNsIjogInB1YmxpYy1y"
    "ZWFkIiB9LAogICAgeyJyZWRpcmVjdCI6ICJodHRwOi8vam9obnNtaXRoLnMzLmFtYXpvbmF3cy5jb20vc3VjY2Vzc2Z1bF91cGxvYWQu"
    "aHRtbCIgfSwKICAgIFsic3RhcnRzLXdpdGgiLCAiJENvbnRlbnQtVHlwZSIsICJpbWFnZS8iXSwKICAgIHsieC1hbXotbWV0YS11dWlk"
    "IjogIjE0MzY1MTIzNjUxMjc0In0sCiAgICBbInN0YXJ0cy13aXRoIiwgIiR4LWFtei1tZXRhLXRhZyIsICIiXSwKICBdCn0K"
)


FORM = {
    "key": "user/user1/${filename}",
    "acl": "public-read",
    "success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html",
    "Content-Type": "image/jpeg",
    "x-amz-meta-uuid": "14365123651274",
    "x-amz-server-side-encryption": "AES256",
    "X-Amz-Credential": f"{KEY}/20151229/us-east-1/s3/aws4_request",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Date": "20151229T000000Z",
    "x-amz-meta-tag": "",
    "Policy": DOCUMENTED,
    "X-Amz-Signature": "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
}


def policy(*conditions: object, expiration: object = "2015-12-30T12:00:00.000Z") -> str:
    """A policy document in base64."""
    return base64.b64encode(
        json.dumps({"expiration": expiration, "conditions": conditions}).encode()
    ).decode()


def refused(form: PostForm, rules: Policy, now: datetime = NOW) -> Refusal:
    """The refusal of a form that must be refused."""
    with pytest.raises(Refusal) as wrong:
        rules.check(form, "bucket", now)
    return wrong.value


def test_documented_example() -> None:
    """The documentation's form, signature and policy are right, end to end."""
    form, file = read(encode(FORM))
    claim = post_credential(form)
    assert claim is not None
    assert (claim.access_key, claim.region, claim.day) == (KEY, "us-east-1", "20151229")
    verify_post(form, claim, SECRET)
    rules = read_policy(form.fields["policy"])
    rules.check(form, "sigv4examplebucket", NOW)
    assert (file, form.key()) == (b"content", "user/user1/me.jpg")
    with pytest.raises(SignatureFault) as wrong:
        verify_post(form, claim, SECRET + "x")
    assert wrong.value.refusal(Family.S3).members["StringToSign"] == DOCUMENTED


def test_documented_example_of_version_2() -> None:
    """The older documentation's policy verifies; its comma before the closing bracket is forgiven."""
    form = form_of(
        {"policy": DOCUMENTED_V2, "AWSAccessKeyId": KEY, "signature": "2qCp0odXe7A9IYyUVqn0w2adtCA="}
    )
    claim = post_credential(form)
    assert claim is not None
    verify_post(form, claim, "uV3F3YluFJax1cknvbcGwgjvx4QpvB+leU8dUj2o")
    assert len(read_policy(DOCUMENTED_V2).conditions) == 7


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("token", [None, "a token/+="])
def test_forms_that_botocore_presigns(version: str, token: str | None) -> None:
    """boto3's generate_presigned_post verifies, and what its policy forbids is refused."""
    post = client("s3", token=token, signature_version=version).generate_presigned_post(
        "bucket",
        "up/${filename}",
        Fields={"acl": "private"},
        Conditions=[{"acl": "private"}, ["content-length-range", 2, 10]],
        ExpiresIn=60,
    )
    form, file = read(encode(post["fields"]))
    claim = post_credential(form)
    assert claim is not None
    assert (claim.token, claim.version) == (token, 4 if version == "s3v4" else 2)
    verify_post(form, claim, SECRET)
    rules = read_policy(form.fields["policy"])
    now = datetime.now(UTC)
    rules.check(form, "bucket", now)
    rules.check_size(len(file))
    assert form.key() == "up/me.jpg"
    assert (
        refused(form, rules, now + timedelta(seconds=62)).message
        == "Invalid according to Policy: Policy expired."
    )
    with pytest.raises(Refusal) as bucket:
        rules.check(form, "other", now)
    assert (
        bucket.value.message
        == 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "bucket"]'
    )
    for size, code in ((1, "EntityTooSmall"), (11, "EntityTooLarge")):
        with pytest.raises(Refusal) as wrong:
            rules.check_size(size)
        assert (wrong.value.code, wrong.value.members["ProposedSize"]) == (code, str(size))


@pytest.mark.parametrize(
    ("condition", "fields", "holds"),
    [
        ({"acl": "private"}, {"acl": "private"}, True),
        ({"ACL": "private"}, {"Acl": "private"}, True),
        ({"acl": "private"}, {"acl": "Private"}, False),
        ({"acl": "private"}, {}, False),
        (["eq", "$acl", "private"], {"acl": "private"}, True),
        (["starts-with", "$acl", "pri"], {"acl": "private"}, True),
        (["starts-with", "$acl", ""], {}, True),
        (["starts-with", "$acl", "pub"], {"acl": "private"}, False),
        (["starts-with", "$Content-Type", "image/"], {"content-type": "image/a, image/b"}, True),
        (["starts-with", "$Content-Type", "image/"], {"content-type": "image/a, text/b"}, False),
        (["starts-with", "$key", "k-f"], {}, True),
    ],
)
def test_conditions(condition: object, fields: dict[str, str], holds: bool) -> None:
    """Exact and starts-with conditions, by names in any case, on values as they are; the key has its file
    name.
    """
    form = form_of({"key": "k-${filename}", "policy": "p", "x-ignore-me": "1", **fields}, "file")
    rules = read_policy(policy(["starts-with", "$key", ""], condition))
    if holds:
        rules.check(form, "bucket", NOW)
    else:
        assert refused(form, rules).message.startswith(
            "Invalid according to Policy: Policy Condition failed: ["
        )


def test_extra_fields() -> None:
    """Every field must appear in a condition."""
    form = form_of({"key": "k", "acl": "private", "x-amz-meta-a": "b"})
    refusal = refused(form, read_policy(policy({"key": "k"}, {"acl": "private"})))
    assert (refusal.code, refusal.status) == ("AccessDenied", 403)
    assert refusal.message == "Invalid according to Policy: Extra input fields: x-amz-meta-a"


@pytest.mark.parametrize(
    "condition",
    [
        ["eq", "acl", "x"],
        ["like", "$acl", "x"],
        ["eq", "$acl"],
        ["eq", "$acl", 5],
        ["eq", "$acl", "x", "y"],
        [],
    ],
)
def test_conditions_that_s3_cannot_read_never_hold(condition: object) -> None:
    """A condition of an unknown form fails, it is not passed over."""
    with pytest.raises(Refusal) as wrong:
        read_policy(policy(condition))
    assert wrong.value.code == "AccessDenied"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!", "Invalid Policy: Invalid JSON."),
        ("é", "Invalid Policy: Invalid JSON."),
        (base64.b64encode(b"[]").decode(), "Invalid Policy: Invalid JSON."),
        (base64.b64encode(b"[" * 5000).decode(), "Invalid Policy: Invalid JSON."),
        (base64.b64encode(b'{"conditions": []}').decode(), "Invalid Policy: Policy missing expiration."),
        (base64.b64encode(b'{"expiration": "x"}').decode(), "Invalid Policy: Policy missing conditions."),
        (policy(expiration="tomorrow"), "Invalid Policy: Invalid 'expiration' value: 'tomorrow'"),
        (policy(expiration=5), "Invalid Policy: Invalid 'expiration' value: '5'"),
        (
            policy({"a": "b", "c": "d"}),
            "Invalid Policy: Invalid Simple-Condition: "
            "Simple-Conditions must have exactly one property specified.",
        ),
        (policy({"a": 1}), "Invalid Policy: Invalid Simple-Condition: value must be a string."),
        (policy("x"), "Invalid Policy: Invalid Condition: expecting an object or an array."),
    ],
)
def test_broken_policies(text: str, message: str) -> None:
    """A policy that is no document is InvalidPolicyDocument."""
    with pytest.raises(Refusal) as wrong:
        read_policy(text)
    assert (wrong.value.code, wrong.value.message) == ("InvalidPolicyDocument", message)


def test_length_range_must_be_two_numbers() -> None:
    """A content-length-range has two bounds; several narrow each other."""
    rules = read_policy(policy(["content-length-range", "2", 10], ["content-length-range", 0, 5]))
    assert (rules.minimum, rules.maximum) == (2, 5)
    for bad in (
        ["content-length-range", 1],
        ["content-length-range", -1, 5],
        ["content-length-range", 1.5, 5],
    ):
        with pytest.raises(Refusal):
            read_policy(policy(bad))


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"signature": "s"}, "policy"),
        ({"policy": "p"}, "AWSAccessKeyId"),
        ({"policy": "p", "AWSAccessKeyId": "a"}, "signature"),
        ({"policy": "p", "x-amz-signature": "s"}, "X-Amz-Algorithm"),
        ({"policy": "p", "x-amz-algorithm": "AWS4-HMAC-SHA256"}, "X-Amz-Credential"),
    ],
)
def test_incomplete_credentials(fields: dict[str, str], missing: str) -> None:
    """S3 names the field that a signed form lacks."""
    with pytest.raises(Refusal) as wrong:
        post_credential(form_of(fields))
    assert (wrong.value.code, wrong.value.members["ArgumentName"]) == ("InvalidArgument", missing)


def test_other_credentials() -> None:
    """Without a policy a form is anonymous; SigV4A is our gap; another day does not verify."""
    assert post_credential(form_of({"key": "k"})) is None
    lowered = {name.lower(): value for name, value in FORM.items()}
    with pytest.raises(SignatureFault) as gap:
        post_credential(form_of(lowered | {"x-amz-algorithm": "AWS4-ECDSA-P256-SHA256"}))
    assert gap.value.fault is Fault.ASYMMETRIC
    with pytest.raises(SignatureFault) as other:
        post_credential(form_of(lowered | {"x-amz-algorithm": "MD5"}))
    assert other.value.refusal(Family.S3).code == "AuthorizationQueryParametersError"
    form = form_of(lowered | {"x-amz-date": "20151230T000000Z"})
    claim = post_credential(form)
    assert isinstance(claim, Claim)
    with pytest.raises(SignatureFault):
        verify_post(form, claim, SECRET)


def test_a_form_becomes_a_put() -> None:
    """The fields of a form are the headers of the PutObject that it means; nothing can be injected by
    them.
    """
    tags = "<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag></TagSet></Tagging>"
    form = form_of(
        FORM | {"tagging": tags, "x-amz-meta-b": "x\r\nSet-Cookie: y", "Cache-Control": "no-store"}, "é.jpg"
    )
    arrived = HttpRequest(
        method="POST", path="/bucket", headers={"host": "h", "content-length": "9", "cookie": "c"}
    )
    put = put_request(arrived, form, "bucket")
    assert (put.method, put.path) == ("PUT", "/bucket/user/user1/%C3%A9.jpg")
    assert put.headers == {
        "host": "h",
        "content-type": "image/jpeg",
        "cache-control": "no-store",
        "x-amz-acl": "public-read",
        "x-amz-meta-uuid": "14365123651274",
        "x-amz-meta-tag": "",
        "x-amz-meta-b": "x Set-Cookie: y",
        "x-amz-server-side-encryption": "AES256",
        "x-amz-tagging": "a%20b=c%26d",
    }
    reader = BodyReader(put, required=False, limit=10)
    reader.feed(b"content")
    assert reader.finish().size == 7
    for xml in ("<a", "<!DOCTYPE a><a/>"):
        with pytest.raises(Refusal) as wrong:
            put_request(arrived, form_of(FORM | {"tagging": xml}), "bucket")
        assert wrong.value.code == "MalformedXML"


@pytest.mark.parametrize(
    ("fields", "status", "location"),
    [
        ({}, 204, "http://h/b/k"),
        ({"success_action_status": "200"}, 200, "http://h/b/k"),
        ({"success_action_status": "404"}, 204, "http://h/b/k"),
        (
            {"success_action_redirect": "http://x/?a=b"},
            303,
            "http://x/?a=b&bucket=b&key=k%26%2F%3Cz&etag=%22e%22",
        ),
        ({"redirect": "https://x/y"}, 303, "https://x/y?bucket=b&key=k%26%2F%3Cz&etag=%22e%22"),
        ({"success_action_redirect": "javascript:x"}, 204, "http://h/b/k"),
        ({"success_action_redirect": "http://x/\r\ny"}, 204, "http://h/b/k"),
        ({"success_action_redirect": "http://[x"}, 204, "http://h/b/k"),
    ],
)
def test_answers(fields: dict[str, str], status: int, location: str) -> None:
    """The form chooses its answer: a redirect that names the object, or a status."""
    got = answer(form_of({"key": "k&/<z", **fields}), "b", '"e"', "http://h/b/k")
    assert (got.status, dict(got.headers)["Location"], got.body) == (status, location, b"")


def test_answer_201_tells_the_object() -> None:
    """With status 201 the answer's document names the object."""
    got = answer(form_of({"key": "k&", "success_action_status": "201"}), "b", '"e"', "http://h/b/k")
    assert got.status == 201
    assert isinstance(got.body, bytes)
    assert got.body.decode().endswith(
        "<PostResponse><Location>http://h/b/k</Location><Bucket>b</Bucket><Key>k&amp;</Key><ETag>&quot;e&quot;</ETag></PostResponse>"
    )


trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.sampled_from(["eq", "$key", "content-length-range"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=8,
)


@given(
    conditions=st.lists(trees, max_size=4),
    fields=st.dictionaries(
        st.sampled_from(
            [
                "key",
                "acl",
                "policy",
                "x-amz-date",
                "x-amz-credential",
                "x-amz-algorithm",
                "x-amz-signature",
                "signature",
                "awsaccesskeyid",
            ]
        ),
        st.text(max_size=20),
    ),
)
def test_fuzz_policies(conditions: list[object], fields: dict[str, str]) -> None:
    """Any document and any fields are judged, never anything worse."""
    form = form_of(fields, "f")
    try:
        claim = post_credential(form)
        if claim is not None:
            verify_post(form, claim, SECRET)
    except (Refusal, SignatureFault):
        pass
    try:
        read_policy(policy(*conditions)).check(form, "bucket", NOW)
    except Refusal as refusal:
        assert refusal.code in ("AccessDenied", "InvalidPolicyDocument", "InvalidArgument")
    try:
        read_policy(fields.get("policy", ""))
    except Refusal as refusal:
        assert refusal.code == "InvalidPolicyDocument"
