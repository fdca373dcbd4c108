"""Bodies that are wrong in every way: an error of AWS's, never a crash, never a long wait."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backtrail.wire import HttpRequest, Protocol, Unroutable, WireError, protocol_of, route

JSON = protocol_of("dynamodb", "json")
QUERY = protocol_of("iam", "query")
EC2 = protocol_of("ec2", "ec2")
REST_JSON = protocol_of("lambda", "rest-json")
REST_XML = protocol_of("route53", "rest-xml")
S3 = protocol_of("s3", "rest-xml")
CBOR = protocol_of("cloudwatch", "smithy-rpc-v2-cbor")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def parse(
    protocol: Protocol, operation: str, body: bytes, path: str = "/", query: str = ""
) -> dict[str, Any]:
    """A body's parameters, by an operation."""
    request = HttpRequest(method="POST", path=path, query=query, headers={}, body=body)
    return protocol.parse(protocol.model.operations[operation], request)


def refused(protocol: Protocol, operation: str, body: bytes, path: str = "/", query: str = "") -> str:
    """The code that a body is refused with."""
    with pytest.raises(WireError) as caught:
        parse(protocol, operation, body, path, query)
    return caught.value.code


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"TableName": 5}',
        b'{"TableName": ["a"]}',
        b'{"TableName": {"a": 1}}',
        b'{"TableName": true}',
        b"[]",
        b'"text"',
        b"5",
        b'{"Limit": "5"}',
        b'{"Limit": 5.5}',
        b'{"Limit": 99999999999}',
        b'{"Limit": ' + b"9" * 5000 + b"}",
        b'{"Limit": 1e999}',
        b'{"Limit": NaN}',
        b'{"TableName": "\xff"}',
        b'{"TableName": "\\ud800',
        b'{"AttributesToGet": [null]}',
        b'{"AttributesToGet": {}}',
        b'{"ScanFilter": []}',
        b'{"ExclusiveStartKey": {"k": {"B": "not base64!"}}}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"ExclusiveStartKey": {"k": ' + b'{"L":[' * 200 + b"]}" * 200 + b"}}",
    ],
)
def test_wrong_json(body: bytes) -> None:
    """Whatever is wrong with a JSON body is a SerializationException."""
    assert refused(JSON, "Scan", body) == "SerializationException"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"TableName": 5}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"Limit": "5"}', "STRING_VALUE cannot be converted to Integer"),
        (b'{"ConsistentRead": "true"}', "STRING_VALUE cannot be converted to Boolean"),
        (b'{"TableName": true}', "TRUE_VALUE cannot be converted to String"),
        (b'{"TableName": {}}', "Start of structure or map found where not expected."),
    ],
)
def test_json_of_the_wrong_type_in_awss_words(body: bytes, message: str) -> None:
    """A value of the wrong type is told in the words of AWS's own parser."""
    with pytest.raises(WireError) as caught:
        parse(JSON, "Scan", body)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "body",
    [
        b"<",
        b"nonsense",
        b"<a><b></a>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><CreateHostedZoneRequest>&x;</CreateHostedZoneRequest>',
        b'<?xml version="1.0" encoding="UTF-16"?>' + "<!DOCTYPE a><a/>".encode("utf-16"),
        "<CreateHostedZoneRequest/>".encode("utf-16"),
        b"<CreateHostedZoneRequest>&undefined;</CreateHostedZoneRequest>",
        b"<CreateHostedZoneRequest><Name>\xff</Name></CreateHostedZoneRequest>",
        b"<CreateHostedZoneRequest><Name>&#0;</Name></CreateHostedZoneRequest>",
        b"<a>" * 50_000 + b"</a>" * 50_000,
        b"<CreateHostedZoneRequest><HostedZoneConfig><PrivateZone>perhaps</PrivateZone></HostedZoneConfig>"
        b"</CreateHostedZoneRequest>",
    ],
)
def test_wrong_xml(body: bytes) -> None:
    """Whatever is wrong with an XML body is MalformedXML; document types are refused, entities never expand."""
    assert refused(REST_XML, "CreateHostedZone", body, "/2013-04-01/hostedzone") == "MalformedXML"


def test_s3_holds_the_root_against_its_schema() -> None:
    """A well-formed body of another kind is MalformedXML."""
    assert refused(S3, "PutBucketTagging", b"<Delete/>", "/b", "tagging") == "MalformedXML"


@pytest.mark.parametrize(
    "body", [b"\x80", b"\xa1\x01\x01", b"\xff", b"\xa1", b"\x9b" + b"\xff" * 8, b"\x81" * 500]
)
def test_wrong_cbor(body: bytes) -> None:
    """Whatever is wrong with a CBOR body is a SerializationException."""
    assert refused(CBOR, "ListMetrics", body) == "SerializationException"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"UserName=%ff", "MalformedQueryString"),
        (b"UserName=\xff", "MalformedQueryString"),
        (b"MaxItems=many", "MalformedInput"),
        (b"MaxItems=" + b"9" * 5000, "MalformedInput"),
        (b"UserName.member.1=a", "MalformedInput"),
        (b".".join([b"a"] * 500) + b"=1", "MalformedQueryString"),
    ],
)
def test_wrong_forms(body: bytes, code: str) -> None:
    """Escapes, numbers, kinds and depths of a form that are wrong."""
    assert refused(QUERY, "ListAccessKeys", body) == code


def test_ec2_has_a_code_of_its_own() -> None:
    """EC2 says InvalidParameterValue."""
    assert refused(EC2, "RunInstances", b"MinCount=one") == "InvalidParameterValue"


def test_lambda_has_a_code_of_its_own() -> None:
    """Lambda says InvalidRequestContentException to what is not JSON."""
    path = "/2015-03-31/functions"
    assert refused(REST_JSON, "CreateFunction", b"{", path) == "InvalidRequestContentException"


def test_s3_names_a_wrong_argument() -> None:
    """A number that is none is an InvalidArgument that names it."""
    request = HttpRequest(method="GET", path="/b", query="max-keys=many", headers={})
    with pytest.raises(WireError) as caught:
        S3.parse(S3.model.operations["ListObjects"], request)
    assert caught.value.code == "InvalidArgument"
    assert caught.value.members == {"ArgumentName": "max-keys", "ArgumentValue": "many"}


def test_s3_pays_no_heed_to_dates_that_are_none() -> None:
    """A conditional header that is no date is not there."""
    headers = {"if-modified-since": "yesterday", "if-match": "x"}
    request = HttpRequest(method="GET", path="/b/k", headers=headers)
    params = S3.parse(S3.model.operations["GetObject"], request)
    assert params == {"bucket": "b", "key": "k", "ifMatch": "x"}


def test_a_path_that_is_not_utf8() -> None:
    """S3 cannot parse such a URI."""
    request = HttpRequest(method="GET", path="/b/%ff", headers={})
    with pytest.raises(WireError) as caught:
        S3.parse(S3.model.operations["GetObject"], request)
    assert caught.value.code == "InvalidURI"


def test_large_bodies_take_time_in_proportion() -> None:
    """A form of 100,000 parameters, a list of as many, JSON and XML of some megabytes are read at once."""
    form = b"&".join(b"Tags.member.%d.Key=k" % number for number in range(1, 50_001))
    assert len(parse(QUERY, "TagUser", form)["tags"]) == 50_000
    items = b",".join([b'{"S":"x"}'] * 100_000)
    assert parse(JSON, "Scan", b'{"ExclusiveStartKey":{"k":{"L":[' + items + b"]}}}")
    objects = b"<Object><Key>k</Key></Object>" * 50_000
    assert parse(S3, "DeleteObjects", b"<Delete>" + objects + b"</Delete>", "/b", "delete")
    scattered = b"&".join(b"Tags.member.%d.Key=k" % (number * 1000) for number in range(1, 1000))
    assert len(parse(QUERY, "TagUser", scattered)["tags"]) == 999


@given(st.sampled_from(["Scan", "PutItem", "BatchWriteItem"]), st.binary(max_size=300))
@example("Scan", b'{"Limit": 1e308}')
@settings(deadline=None)
def test_any_bytes_as_json(operation: str, body: bytes) -> None:
    """Any bytes are read or refused."""
    survive(JSON, operation, body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["TableName", "Item", "Key", "S", "N", "B", "L", "M", "Limit", "x"]), inner
            )
        ),
    )
)
@settings(max_examples=200, deadline=None)
def test_any_json_as_parameters(value: Any) -> None:
    """Any JSON value is read or refused."""
    import json

    for operation in ("Scan", "PutItem", "Query", "UpdateTable"):
        survive(JSON, operation, json.dumps(value).encode())


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_as_xml(body: bytes) -> None:
    """Any bytes are read or refused."""
    survive(S3, "PutBucketLifecycleConfiguration", b"<LifecycleConfiguration>" + body, "/b", "lifecycle")
    survive(S3, "PutBucketAcl", body, "/b", "acl")


@given(st.binary(max_size=200), TEXT)
@settings(deadline=None)
def test_any_bytes_as_forms(body: bytes, text: str) -> None:
    """Any bytes are read or refused."""
    survive(QUERY, "CreateRole", body)
    survive(EC2, "RunInstances", text.encode())


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_as_cbor(body: bytes) -> None:
    """Any bytes are read or refused."""
    survive(CBOR, "PutMetricData", body)


@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS", "X"]),
    path=st.from_regex(r"/[!-~]{0,60}", fullmatch=True),
    query=st.from_regex(r"[!-~]{0,60}", fullmatch=True),
    headers=st.dictionaries(
        st.sampled_from(
            [
                "x-amz-target",
                "smithy-protocol",
                "content-type",
                "authorization",
                "host",
                "x-amz-copy-source",
                "range",
            ]
        ),
        TEXT
        | st.sampled_from(
            [
                "application/x-www-form-urlencoded",
                "rpc-v2-cbor",
                "DynamoDB_20120810.Scan",
                "AWS4-HMAC-SHA256 Credential=A/20240101/r/lambda/aws4_request, SignedHeaders=h, Signature=0",
                "sqs.us-east-1.amazonaws.com",
            ]
        ),
    ),
    body=st.binary(max_size=100),
)
@settings(max_examples=300, deadline=None)
def test_any_request_is_routed_or_not(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    """Any request is a call that is read or refused, or none at all; what is none has an answer, too."""
    request = HttpRequest(method=method, path=path, query=query, headers=headers, body=body)
    try:
        found = route(request)
        found.protocol.parse(found.operation, request)
    except Unroutable as unroutable:
        assert unroutable.answer("id").status >= 400
    except WireError as error:
        assert error.code


def survive(protocol: Protocol, operation: str, body: bytes, path: str = "/", query: str = "") -> None:
    """Reading either works or is refused, and the refusal can be written."""
    try:
        parse(protocol, operation, body, path, query)
    except WireError as error:
        answer = protocol.refuse(protocol.model.operations[operation], error, "id")
        assert 400 <= answer.status < 600
