"""botocore as the signer: the requests that it would send, and the proof that they are right."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from backtrail.wire import sigv2, sigv4
from backtrail.wire.claims import Claim
from backtrail.wire.http import HttpRequest

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"""The key of AWS's documentation."""

MAY = datetime(2013, 5, 24, tzinfo=UTC)
S3_SCOPE = "20130524/us-east-1/s3/aws4_request"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
BOTO3: Any = importlib.import_module("boto3")  # untyped
CONFIG: Any = importlib.import_module("botocore.config").Config


class Sent(Exception):
    """Stops botocore when a request is ready to leave."""


def client(
    service: str, url: str | None = None, token: str | None = None, region: str = "us-east-1", **config: Any
) -> Any:
    """A client with the documentation's key that asks once."""
    return BOTO3.client(
        service,
        region_name=region,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        aws_session_token=token,
        endpoint_url=url,
        config=CONFIG(retries={"total_max_attempts": 1}, **config),
    )


def sent(caller: Any, operation: str, **params: Any) -> HttpRequest:
    """What a client would send, as it would arrive over HTTP."""
    kept: list[Any] = []

    def stop(request: Any, **_: Any) -> None:
        kept.append(request)
        raise Sent

    caller.meta.events.register("before-send", stop)
    with pytest.raises(Sent):
        getattr(caller, operation)(**params)
    prepared = kept[0]
    split = urlsplit(str(prepared.url))
    headers = {
        name.lower(): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in prepared.headers.items()
    }
    headers.setdefault("host", split.netloc)
    body: Any = prepared.body or b""
    if hasattr(body, "read"):
        body = body.read()
    return HttpRequest(
        method=prepared.method,
        path=split.path or "/",
        query=split.query,
        headers=headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
    )


def link(method: str, url: str) -> HttpRequest:
    """What following a URL sends."""
    parts = urlsplit(url)
    return HttpRequest(
        method=method, path=parts.path or "/", query=parts.query, headers={"host": parts.netloc}
    )


def prove(
    request: HttpRequest,
    secret: str = SECRET,
    *,
    wall: datetime | None = None,
    moment: datetime | None = None,
    service: str | None = None,
    region: str | None = None,
    bucket: str = "",
) -> Claim:
    """The claim of a request, when its signature is right; else a `SignatureFault`."""
    claim = sigv4.credential(request)
    assert claim is not None
    wall = wall or datetime.now(UTC)
    if claim.version == 2:
        sigv2.verify(request, claim, secret, wall=wall, moment=moment, bucket=bucket)
    else:
        sigv4.verify(request, claim, secret, wall=wall, moment=moment, service=service, region=region)
    return claim


def s3_example(
    signature: str, signed: str, *, method: str = "GET", path: str = "/", query: str = "", **headers: str
) -> HttpRequest:
    """A request of the S3 signing documentation."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={KEY}/{S3_SCOPE},SignedHeaders={signed},Signature={signature}"
    )
    base = {
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "x-amz-content-sha256": EMPTY,
        "authorization": authorization,
    }
    return HttpRequest(method=method, path=path, query=query, headers=base | named)


GET_OBJECT = s3_example(
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    "host;range;x-amz-content-sha256;x-amz-date",
    path="/test.txt",
    range="bytes=0-9",
)
PRESIGNED = HttpRequest(
    method="GET",
    path="/test.txt",
    query=f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    headers={"host": "examplebucket.s3.amazonaws.com"},
)
