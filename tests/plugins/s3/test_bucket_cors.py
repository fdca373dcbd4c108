"""Cross-origin rules: what S3 takes, and how it holds preflights and requests against them."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import UNSET, Refusal
from backtrail_aws.s3 import api, cors
from backtrail_aws.s3.state import Bucket

from .bucket_scenario import BUCKET, Buckets

LOCAL = "https://localhost:4200"


def rule(**more: Any) -> api.CORSRule:
    """GET and PUT from one origin, unless told otherwise."""
    given: dict[str, Any] = {"allowed_methods": ["GET", "PUT"], "allowed_origins": [LOCAL]}
    return api.CORSRule(**(given | more))


def put(*rules: api.CORSRule) -> api.PutBucketCors:
    """Rules for the bucket."""
    return api.PutBucketCors(bucket=BUCKET, cors_configuration=api.CORSConfiguration(cors_rules=list(rules)))


def kept(*rules: api.CORSRule) -> Bucket:
    """A bucket with rules."""
    return Bucket(name=BUCKET, account="1", cors=api.CORSConfiguration(cors_rules=list(rules)))


def asked(origin: str = LOCAL, method: str | None = "PUT", headers: str | None = None) -> dict[str, str]:
    """A preflight's headers."""
    found = {"origin": origin}
    if method is not None:
        found["access-control-request-method"] = method
    if headers is not None:
        found["access-control-request-headers"] = headers
    return found


def refused(bucket: Bucket | None, headers: dict[str, str], key: str = "k") -> Refusal:
    """The refusal of a preflight."""
    with pytest.raises(Refusal) as found:
        cors.preflight(bucket, key, headers)
    return found.value


def test_rules_are_kept_and_given_back() -> None:
    """As they were put, and replaced whole; deleted they are not there."""
    s3 = Buckets()
    first = rule(id="a", allowed_headers=["X-Amz-*"], expose_headers=["ETag"], max_age_seconds=3000)
    s3.given(put(first, rule(allowed_origins=["http://*.example.com"])), api.GetBucketCors(bucket=BUCKET))
    assert s3.answer.cors_rules[0] == first and len(s3.answer.cors_rules) == 2
    s3.given(api.DeleteBucketCors(bucket=BUCKET), api.DeleteBucketCors(bucket=BUCKET))
    s3.when(api.GetBucketCors(bucket=BUCKET)).refused("NoSuchCORSConfiguration")
    s3.replays()


@pytest.mark.parametrize(
    ("wrong", "code", "message"),
    [
        (rule(allowed_methods=["MYMETHOD"]), "InvalidRequest", "Unsupported method is MYMETHOD"),
        (rule(allowed_methods=["OPTIONS"]), "InvalidRequest", "Unsupported method is OPTIONS"),
        (rule(allowed_methods=[]), "MalformedXML", None),
        (rule(allowed_origins=[]), "MalformedXML", None),
        (
            rule(allowed_origins=["*example*.com"]),
            "InvalidRequest",
            '"*example*.com" can not have more than one',
        ),
        (
            rule(allowed_headers=["*a*"]),
            "InvalidRequest",
            'AllowedHeader "*a*" can not have more than one wildcard.',
        ),
        (rule(expose_headers=["*"]), "InvalidRequest", "do not support wildcard for ExposeHeader"),
        (rule(id="x" * 256), "InvalidRequest", "255"),
    ],
)
def test_what_is_no_rule_is_refused(wrong: api.CORSRule, code: str, message: str | None) -> None:
    """Methods, wildcards and IDs are held against S3's schema and words."""
    Buckets().when(put(wrong)).refused(code, message).replays()


def test_so_many_rules() -> None:
    """None is malformed; a hundred are fine, one more is not."""
    s3 = Buckets()
    s3.when(put()).refused("MalformedXML")
    s3.given(put(*[rule()] * 100))
    s3.when(put(*[rule()] * 101)).refused("InvalidRequest")
    s3.replays()


def test_a_preflight_that_a_rule_allows() -> None:
    """The origin is echoed with the rule's methods and age; credentials go with a named origin."""
    headers = cors.preflight(kept(rule(max_age_seconds=3000, allowed_headers=["*"])), "k", asked())
    assert headers == [
        ("Access-Control-Allow-Origin", LOCAL),
        ("Access-Control-Allow-Methods", "GET, PUT"),
        ("Access-Control-Max-Age", "3000"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
    ]


def test_anybody_gets_a_star_and_no_credentials() -> None:
    """An origin `*` is answered as such."""
    headers = dict(
        cors.preflight(kept(rule(allowed_origins=["*"], expose_headers=["a", "b"])), "k", asked("http://x:1"))
    )
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Expose-Headers"] == "a, b"
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    ("pattern", "origin", "fits"),
    [
        ("http://*.origin.com", "http://test.origin.com", True),
        ("http://*.origin.com", "http://test.origin.com/", False),
        ("http://*.origin.com", "https://test.origin.com", False),
        ("start*end", "startend", True),
        ("start*end", "start1end", True),
        ("start*end", "0start1end", False),
        ("a*a", "a", False),
        ("http://a.com", "http://a.com:80", False),
        ("*", "null", True),
    ],
)
def test_origins(pattern: str, origin: str, fits: bool) -> None:
    """One wildcard that may be empty; scheme, host and port must be equal otherwise."""
    headers = cors.actual(kept(rule(allowed_origins=[pattern])), "GET", {"origin": origin})
    assert bool(headers) is fits


def test_headers_match_in_any_case_and_come_back_in_lower_case() -> None:
    """All that are asked for must be allowed, and are told in the order asked."""
    bucket = kept(rule(allowed_headers=["x-amz-EXPECTED-bucket-owner", "x-amz-server-*"]))
    headers = dict(
        cors.preflight(bucket, "k", asked(headers="x-AMZ-server-SIDE,  x-amz-expected-bucket-owner"))
    )
    assert headers["Access-Control-Allow-Headers"] == "x-amz-server-side, x-amz-expected-bucket-owner"
    assert refused(bucket, asked(headers="x-amz-request-payer")).code == "AccessForbidden"
    assert refused(kept(rule()), asked(headers="x-amz-request-payer")).status == 403


def test_the_first_rule_that_matches_counts() -> None:
    """Rules are tried in order, whole."""
    bucket = kept(rule(allowed_methods=["GET"]), rule(max_age_seconds=1), rule(max_age_seconds=2))
    assert ("Access-Control-Max-Age", "1") in cors.preflight(bucket, "k", asked())


def test_what_a_preflight_is_refused_with() -> None:
    """No origin or method: 400. No rules, no bucket, no match: 403 that tells method and kind of resource."""
    assert (refused(kept(rule()), {}).code, refused(kept(rule()), {}).status) == ("BadRequest", 400)
    assert refused(kept(rule()), asked(method=None)).code == "BadRequest"
    no_rules = Bucket(name=BUCKET, account="1")
    found = refused(no_rules, asked())
    assert found.message == "CORSResponse: CORS is not enabled for this bucket."
    assert found.members == {"Method": "PUT", "ResourceType": "BUCKET"}
    assert refused(None, asked(method=None)).members["Method"] == "OPTIONS"
    assert refused(None, asked()).message == "CORSResponse: Bucket not found"
    found = refused(kept(rule()), asked("http://localhost:4200"))
    assert found.message.startswith("CORSResponse: This CORS request is not allowed.")
    assert found.members == {"Method": "PUT", "ResourceType": "OBJECT"}
    assert refused(kept(rule()), asked("http://x"), key="").members["ResourceType"] == "BUCKET"


def test_an_actual_request_is_never_refused() -> None:
    """It gets the headers of a matching rule or none; a method asked for counts more than its own."""
    bucket = kept(rule(allowed_methods=["GET"]))
    assert ("Access-Control-Allow-Origin", LOCAL) in cors.actual(bucket, "GET", {"origin": LOCAL})
    assert cors.actual(bucket, "PUT", {"origin": LOCAL}) == []
    assert cors.actual(bucket, "GET", asked(method="PUT")) == []
    assert cors.actual(bucket, "GET", asked(method="GET", headers="x-a")) == []
    assert cors.actual(bucket, "GET", {}) == []
    assert cors.actual(Bucket(name=BUCKET, account="1", cors=UNSET), "GET", {"origin": LOCAL}) == []
