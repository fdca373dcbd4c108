"""S3's addresses: every Host style, and the hosts that are none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.wire.addressing import LOCAL, Style, address
from backtrail.wire.http import HttpRequest

from .signing import client, sent


def at(host: str, path: str = "/a/b%20c", **headers: str) -> HttpRequest:
    """A request to a host."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(method="GET", path=path, query="acl", headers={"host": host} | named)


@pytest.mark.parametrize(
    ("host", "style", "bucket", "region"),
    [
        ("bucket.s3.amazonaws.com", Style.VIRTUAL, "bucket", None),
        ("BUCKET.S3.amazonaws.com:443", Style.VIRTUAL, "bucket", None),
        ("my.dotted.bucket.s3.amazonaws.com", Style.VIRTUAL, "my.dotted.bucket", None),
        ("bucket.s3.eu-west-1.amazonaws.com", Style.VIRTUAL, "bucket", "eu-west-1"),
        ("a.s3.eu-west-1.amazonaws.com", Style.OTHER, None, None),
        ("x.s3.s3.us-gov-west-1.amazonaws.com", Style.VIRTUAL, "x.s3", "us-gov-west-1"),
        ("bucket.s3-eu-west-1.amazonaws.com", Style.VIRTUAL, "bucket", "eu-west-1"),
        ("bucket.s3.dualstack.eu-west-1.amazonaws.com", Style.VIRTUAL, "bucket", "eu-west-1"),
        ("bucket.s3-fips.us-east-2.amazonaws.com", Style.VIRTUAL, "bucket", "us-east-2"),
        ("bucket.s3-fips.dualstack.us-east-2.amazonaws.com", Style.VIRTUAL, "bucket", "us-east-2"),
        ("bucket.s3.cn-north-1.amazonaws.com.cn", Style.VIRTUAL, "bucket", "cn-north-1"),
        ("bucket.s3-external-1.amazonaws.com", Style.VIRTUAL, "bucket", "us-east-1"),
        ("bucket.s3-accelerate.amazonaws.com", Style.ACCELERATE, "bucket", None),
        ("bucket.s3-accelerate.dualstack.amazonaws.com", Style.ACCELERATE, "bucket", None),
        (
            "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
            Style.VIRTUAL,
            "b--use1-az4--x-s3",
            "us-east-1",
        ),
        ("bkt.bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com", Style.VIRTUAL, "bkt", "us-east-1"),
        ("bucket.localhost", Style.VIRTUAL, "bucket", None),
        ("bucket.localhost:4566", Style.VIRTUAL, "bucket", None),
        ("my.bucket.localhost:4566", Style.VIRTUAL, "my.bucket", None),
        ("bucket.s3.localhost:4566", Style.VIRTUAL, "bucket", None),
        ("bucket.s3.eu-west-1.localhost:4566", Style.VIRTUAL, "bucket", "eu-west-1"),
        ("bucket.s3.localhost.localstack.cloud:4566", Style.VIRTUAL, "bucket", None),
        ("bucket.s3.us-east-1.localhost.localstack.cloud", Style.VIRTUAL, "bucket", "us-east-1"),
        ("s3.amazonaws.com", Style.PATH, None, None),
        ("s3.eu-west-1.amazonaws.com", Style.PATH, None, "eu-west-1"),
        ("s3-us-west-2.amazonaws.com", Style.PATH, None, "us-west-2"),
        ("s3.dualstack.us-west-2.amazonaws.com", Style.PATH, None, "us-west-2"),
        ("s3.localhost.localstack.cloud:4566", Style.PATH, None, None),
        ("s3.localhost", Style.PATH, None, None),
        ("localhost:4566", Style.OTHER, None, None),
        ("127.0.0.1:4566", Style.OTHER, None, None),
        ("[::1]:4566", Style.OTHER, None, None),
        ("backtrail", Style.OTHER, None, None),
        ("sqs.us-east-1.localhost.localstack.cloud:4566", Style.OTHER, None, None),
        ("sqs.us-east-1.amazonaws.com", Style.OTHER, None, None),
        ("123456789012.s3-control.us-east-1.amazonaws.com", Style.OTHER, None, None),
        ("x." * 1000 + "s3.amazonaws.com", Style.OTHER, None, None),
        ("", Style.OTHER, None, None),
    ],
)
def test_hosts(host: str, style: Style, bucket: str | None, region: str | None) -> None:
    """Each Host gives its style, bucket and region; a bucket in it becomes the first part of the path."""
    request = at(host)
    found = address(request)
    assert (found.style, found.bucket, found.region) == (style, bucket, region)
    assert found.request.path == (f"/{bucket}/a/b%20c" if bucket else "/a/b%20c")
    assert (found.request.query, found.request.headers) == (request.query, request.headers)
    assert request.path == "/a/b%20c"


@pytest.mark.parametrize(
    ("host", "bucket", "region"),
    [
        ("site.s3-website-us-east-1.amazonaws.com", "site", "us-east-1"),
        ("www.site.org.s3-website.eu-central-1.amazonaws.com", "www.site.org", "eu-central-1"),
        ("site.s3-website.localhost:4566", "site", None),
        ("site.s3-website.us-east-1.localhost.localstack.cloud:4566", "site", "us-east-1"),
    ],
)
def test_websites_are_told_apart(host: str, bucket: str, region: str | None) -> None:
    """A website's path is its visitor's, not the API's: it stays."""
    found = address(at(host, "/"))
    assert (found.style, found.bucket, found.region) == (Style.WEBSITE, bucket, region)
    assert found.request.path == "/"


def test_access_points_are_told_apart() -> None:
    """An access point is named, and left to whoever knows its bucket."""
    found = address(at("ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com"))
    assert (found.style, found.bucket) == (Style.ACCESS_POINT, "ap-123456789012")
    assert found.request.path == "/a/b%20c"


def test_the_bucket_itself() -> None:
    """A request to a bucket's root is one to the bucket."""
    assert address(at("bucket.s3.amazonaws.com", "/")).request.path == "/bucket"


def test_other_services_keep_their_hosts() -> None:
    """What is signed for, or speaks the protocol of, another service is no bucket."""
    assert address(at("queue.localhost:4566"), service="sqs").style is Style.OTHER
    assert address(at("bucket.s3.localhost:4566"), service="sts").style is Style.OTHER
    assert address(at("queue.localhost:4566", x_amz_target="AmazonSQS.ListQueues")).style is Style.OTHER
    form = at("sts.localhost", content_type="application/x-www-form-urlencoded; charset=utf-8")
    assert address(form).style is Style.OTHER
    assert address(form, service="s3").bucket == "sts"


def test_domains_of_our_own() -> None:
    """A name that a user gave this machine serves buckets as `localhost` does."""
    own = address(at("bucket.s3.cloud.test:80"), domains=(*LOCAL, "cloud.test"))
    assert (own.style, own.bucket) == (Style.VIRTUAL, "bucket")
    assert address(at("bucket.cloud.test"), service="s3", domains=("cloud.test",)).bucket == "bucket"


@pytest.mark.parametrize(
    "config",
    [
        {"addressing_style": "virtual"},
        {"addressing_style": "path"},
        {"use_accelerate_endpoint": True},
        {"addressing_style": "virtual", "use_dualstack_endpoint": True},
    ],
)
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-3", "cn-north-1"])
def test_where_botocore_sends_to(config: dict[str, Any], region: str) -> None:
    """botocore's own endpoints lead to the same path, whatever the style."""
    if region == "cn-north-1" and "use_accelerate_endpoint" in config:
        pytest.skip("no acceleration in China")
    request = sent(client("s3", region=region, s3=config), "get_object", Bucket="some-bucket", Key="k/é")
    found = address(request, service="s3")
    assert found.request.path == "/some-bucket/k/%C3%A9"
    assert found.region in (region, None)


@given(
    host=st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                ["s3", "amazonaws", "com", "localhost", "bucket", "us-east-1", "s3-website", "..", ":80"]
            ),
            max_size=8,
        ).map(".".join),
    )
)
def test_fuzz_never_raises(host: str) -> None:
    """Any Host is read; a bucket is only ever a bucket's name."""
    found = address(at(host))
    if found.style is Style.VIRTUAL:
        assert found.bucket is not None
        assert found.request.path.startswith(f"/{found.bucket}/")
        assert "/" not in found.bucket
