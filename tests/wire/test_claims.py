"""Claims: every way of getting a header or a query wrong, in each family's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.wire import sigv4
from backtrail.wire.faults import Family, Fault, SignatureFault, family
from backtrail.wire.http import HttpRequest

from .signing import GET_OBJECT, KEY, MAY, PRESIGNED, S3_SCOPE, prove

GOOD = GET_OBJECT.headers["authorization"]


@pytest.mark.parametrize(
    ("authorization", "fault", "s3", "query"),
    [
        ("Bearer abc", Fault.UNSUPPORTED, "InvalidArgument", "IncompleteSignature"),
        ("AWS nonsense", Fault.UNSUPPORTED, "InvalidArgument", "IncompleteSignature"),
        ("", Fault.UNSUPPORTED, "InvalidArgument", "IncompleteSignature"),
        (
            GOOD.replace("HMAC-SHA256", "ECDSA-P256-SHA256"),
            Fault.ASYMMETRIC,
            "NotImplemented",
            "NotImplemented",
        ),
        (
            GOOD.replace("Signature=", "Sig="),
            Fault.MALFORMED,
            "AuthorizationHeaderMalformed",
            "IncompleteSignature",
        ),
        (GOOD.replace("/s3/", "/"), Fault.MALFORMED, "AuthorizationHeaderMalformed", "IncompleteSignature"),
        (
            GOOD.replace("20130524", "2013"),
            Fault.MALFORMED,
            "AuthorizationHeaderMalformed",
            "IncompleteSignature",
        ),
        (
            GOOD.replace("us-east-1", "x" * 1000),
            Fault.MALFORMED,
            "AuthorizationHeaderMalformed",
            "IncompleteSignature",
        ),
        ("AWS4-HMAC-SHA256", Fault.MALFORMED, "AuthorizationHeaderMalformed", "IncompleteSignature"),
        (
            GOOD.replace("20130524", "20130525"),
            Fault.SCOPE,
            "AuthorizationHeaderMalformed",
            "SignatureDoesNotMatch",
        ),
        (GOOD.replace("/s3/", "/sqs/"), Fault.SCOPE, "AuthorizationHeaderMalformed", "SignatureDoesNotMatch"),
        (
            GOOD.replace("us-east-1", "moon"),
            Fault.SCOPE,
            "AuthorizationHeaderMalformed",
            "SignatureDoesNotMatch",
        ),
        (GOOD.replace("host;", ""), Fault.UNSIGNED, "AccessDenied", "SignatureDoesNotMatch"),
        (GOOD.replace(";x-amz-date", ""), Fault.UNSIGNED, "AccessDenied", "SignatureDoesNotMatch"),
        (GOOD[:-1], Fault.MISMATCH, "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
        (GOOD[:-1] + "é", Fault.MISMATCH, "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    ],
)
def test_broken_authorization(authorization: str, fault: Fault, s3: str, query: str) -> None:
    """Each way of getting the header wrong has its fault, and each family its code for it."""
    request = HttpRequest(
        method="GET", path="/test.txt", headers=GET_OBJECT.headers | {"authorization": authorization}
    )
    with pytest.raises(SignatureFault) as wrong:
        prove(request, wall=MAY, service="s3", region="us-east-1")
    assert wrong.value.fault is fault
    assert wrong.value.refusal(Family.S3).code == s3
    assert wrong.value.refusal(Family.QUERY).code == query


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("86400", "604801", "less than a week"),
        ("86400", "-1", "X-Amz-Expires must be non-negative"),
        ("86400", "soon", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires=86400&", "", "Query-string authentication version 4 requires"),
        ("X-Amz-SignedHeaders=host", "a=b", "Query-string authentication version 4 requires"),
        ("20130524T000000Z", "today", "X-Amz-Date must be in the ISO8601 Long Format"),
        ("HMAC-SHA256", "MD5", "X-Amz-Algorithm only supports"),
        ("%2Faws4_request", "", 'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"'),
        ("20130524%2F", "20130525%2F", "Invalid credential date"),
    ],
)
def test_broken_query(old: str, new: str, message: str) -> None:
    """A wrong parameter of a presigned URL is S3's AuthorizationQueryParametersError, which names it."""
    request = HttpRequest(
        method="GET", path="/test.txt", query=PRESIGNED.query.replace(old, new), headers=PRESIGNED.headers
    )
    with pytest.raises(SignatureFault) as wrong:
        prove(request, wall=MAY)
    refusal = wrong.value.refusal(Family.S3)
    assert (refusal.code, refusal.status) == ("AuthorizationQueryParametersError", 400)
    assert message in refusal.message


def test_header_and_query_together_are_ambiguous() -> None:
    """S3 takes one mechanism only."""
    request = HttpRequest(method="GET", path="/", query=PRESIGNED.query, headers=GET_OBJECT.headers)
    with pytest.raises(SignatureFault) as wrong:
        sigv4.credential(request)
    assert wrong.value.refusal(Family.S3).members["ArgumentName"] == "Authorization"


def test_no_credentials_is_no_claim() -> None:
    """An anonymous request makes no claim, whatever else its query holds."""
    assert (
        sigv4.credential(HttpRequest(method="GET", path="/", query="x=X-Amz-Signature", headers={})) is None
    )


def test_hoist_puts_parameters_back_into_headers() -> None:
    """S3 reads the x-amz-* parameters of a URL as headers; the signature's own are left, and nothing is
    injected.
    """
    query = (
        PRESIGNED.query
        + "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-amz-meta-a=b%20c"
        + "&X-Amz-Acl=private&x-amz-meta-b=x%0D%0Ay: z"
    )
    hoisted = sigv4.hoist(HttpRequest(method="PUT", path="/k", query=query, headers={"host": "h"}))
    assert hoisted.headers == {
        "host": "h",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
        "x-amz-meta-a": "b c",
        "x-amz-acl": "private",
        "x-amz-meta-b": "x y: z",
    }
    assert sigv4.hoist(GET_OBJECT) is GET_OBJECT


def test_families() -> None:
    """A service and its protocol decide the wording."""
    assert family("s3", "rest-xml") is Family.S3
    assert family("ec2", "ec2") is Family.EC2
    assert family("iam", "query") is Family.QUERY
    assert family("route53", "rest-xml") is Family.QUERY
    assert family("lambda", "rest-json") is Family.REST_JSON
    assert family("cloudwatch", "smithy-rpc-v2-cbor") is Family.JSON


def test_every_fault_has_words_in_every_family() -> None:
    """No fault lacks a code, a status or a message anywhere."""
    for fault in Fault:
        for each in Family:
            refusal = SignatureFault(fault, "how").refusal(each)
            assert refusal.code and refusal.message and 400 <= refusal.status <= 501


words = st.text(st.characters(max_codepoint=0x2FF), max_size=40)


bits = st.sampled_from(
    [
        "AWS4-HMAC-SHA256 ",
        "Credential=",
        f"{KEY}/{S3_SCOPE}",
        ",",
        "SignedHeaders=host",
        "Signature=",
        "AWS ",
        ":",
        "=",
        " ",
    ]
)


names = st.sampled_from(
    [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
        "AWSAccessKeyId",
        "Signature",
        "Expires",
        "a",
    ]
)


values = st.one_of(
    words, st.sampled_from(["AWS4-HMAC-SHA256", f"{KEY}/{S3_SCOPE}", "20130524T000000Z", "5", "host"])
)


@given(
    authorization=st.none() | words | st.lists(st.one_of(bits, words), max_size=10).map("".join),
    pairs=st.lists(st.tuples(names, values), max_size=8),
    path=words,
    date=st.none() | words | st.sampled_from(["20130524T000000Z", "99991231T235959Z", "00010101T000000Z"]),
)
def test_fuzz_never_anything_but_a_fault(
    authorization: str | None, pairs: list[tuple[str, str]], path: str, date: str | None
) -> None:
    """Whatever a request claims, it is verified or it is a SignatureFault with words for every family."""
    headers = {"host": "h"}
    if authorization is not None:
        headers["authorization"] = authorization
    if date is not None:
        headers["x-amz-date"] = date
    query = "&".join(f"{name}={value}" for name, value in pairs)
    request = HttpRequest(method="GET", path="/" + path, query=query, headers=headers)
    try:
        if sigv4.credential(request) is not None:
            prove(request, wall=MAY)
    except SignatureFault as fault:
        for each in Family:
            fault.refusal(each)
    sigv4.hoist(request)
