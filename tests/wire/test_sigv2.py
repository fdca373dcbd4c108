"""Signature Version 2 of S3: the documentation's examples."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backtrail.wire.faults import Family, Fault, SignatureFault
from backtrail.wire.http import HttpRequest

from .signing import KEY, MAY, prove


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "signature"),
    [
        (
            "GET",
            "/photos/puppy.jpg",
            "",
            {"date": "Tue, 27 Mar 2007 19:36:42 +0000"},
            "bWq2s1WEIj+Ydj0vQ697zp+IXMU=",
        ),
        (
            "GET",
            "/",
            "prefix=photos&max-keys=50&marker=puppy",
            {"date": "Tue, 27 Mar 2007 19:42:41 +0000"},
            "htDYFYduRNen8P9ZfE/s9SuKy0U=",
        ),
        ("GET", "/", "acl", {"date": "Tue, 27 Mar 2007 19:44:46 +0000"}, "c2WLPFtWHVgbEmeEG93a4cG37dM="),
    ],
)
def test_version_2_documented_examples(
    method: str, path: str, query: str, headers: dict[str, str], signature: str
) -> None:
    """The documentation's Version 2 headers verify for the bucket that the Host named."""
    request = HttpRequest(
        method=method, path=path, query=query, headers=headers | {"authorization": f"AWS {KEY}:{signature}"}
    )
    prove(request, wall=datetime(2007, 3, 27, 19, 40, tzinfo=UTC), bucket="johnsmith")
    with pytest.raises(SignatureFault) as skewed:
        prove(request, wall=MAY, bucket="johnsmith")
    assert skewed.value.refusal(Family.S3).code == "RequestTimeTooSkewed"


def test_version_2_documented_url() -> None:
    """The documentation's Version 2 URL verifies until its second."""
    query = f"AWSAccessKeyId={KEY}&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"
    request = HttpRequest(method="GET", path="/photos/puppy.jpg", query=query, headers={})
    prove(request, wall=datetime.fromtimestamp(1175139620, UTC), bucket="johnsmith")
    with pytest.raises(SignatureFault) as late:
        prove(request, wall=datetime.fromtimestamp(1175139621, UTC), bucket="johnsmith")
    assert late.value.fault is Fault.EXPIRED
