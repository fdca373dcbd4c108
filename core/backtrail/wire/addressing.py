"""S3's addresses: the bucket in the Host header becomes the first part of the path.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html for the styles, and
https://docs.aws.amazon.com/general/latest/gr/s3.html for the endpoints. Signatures cover the request as it
came: verify first, or keep the original.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from backtrail.wire.http import HttpRequest


class Style(StrEnum):
    """How a request names its bucket."""

    OTHER = "other"  # the Host says nothing of S3: path style, or another service
    PATH = "path"  # an S3 endpoint; the bucket, if any, is in the path
    VIRTUAL = "virtual"
    ACCELERATE = "accelerate"
    WEBSITE = "website"
    ACCESS_POINT = "access-point"


class Address(msgspec.Struct, frozen=True):
    """A request in path style, and what its Host said.

    `bucket` is the one that the Host named (an access point's name and account for ACCESS_POINT); websites
    and access points are not rewritten, since their paths are not S3's API.
    """

    request: HttpRequest
    style: Style
    bucket: str | None = None
    region: str | None = None


class Host(msgspec.Struct, frozen=True):
    """What a Host header says of S3. `certain` is False for `bucket.localhost`, which might be any
    service.
    """

    style: Style
    bucket: str | None = None
    region: str | None = None
    certain: bool = True


HOST_MAX: Final = 260  # RFC 1035's 255, and a port
_NONE: Final = Host(Style.OTHER)

LOCAL: Final = ("localhost", "localhost.localstack.cloud")
"""Names of this machine that clients put buckets before."""

_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]+"
_BUCKET = r"(?:(?P<bucket>.+)\.)?"
_FORMS: Final = (
    (Style.WEBSITE, rf"{_BUCKET}s3-website[.-](?P<region>{_REGION})"),
    (Style.ACCELERATE, rf"{_BUCKET}s3-accelerate(?:\.dualstack)?"),
    (Style.ACCESS_POINT, rf"(?P<bucket>.+)\.s3-accesspoint(?:-fips)?(?:\.dualstack)?\.(?P<region>{_REGION})"),
    (Style.VIRTUAL, rf"{_BUCKET}s3express-[a-z0-9-]+(?:\.dualstack)?\.(?P<region>{_REGION})"),
    (Style.VIRTUAL, rf"(?P<bucket>.+)\.bucket\.vpce-[a-z0-9-]+\.s3\.(?P<region>{_REGION})\.vpce"),
    (Style.VIRTUAL, rf"{_BUCKET}s3(?:-fips)?(?:\.dualstack)?(?:[.-](?P<region>{_REGION}))?"),
    (Style.VIRTUAL, rf"{_BUCKET}s3-external-1(?P<region>)"),
)
_AWS = tuple((style, re.compile(rf"(?:{form})\.amazonaws\.com(?:\.cn)?")) for style, form in _FORMS)
_S3_LOCAL = tuple(
    (style, re.compile(form))
    for style, form in (
        (Style.WEBSITE, rf"{_BUCKET}s3-website(?:[.-](?P<region>{_REGION}))?"),
        (Style.VIRTUAL, rf"{_BUCKET}s3(?:\.dualstack)?(?:[.-](?P<region>{_REGION}))?"),
    )
)
_NAME = re.compile(r"[a-z0-9][a-z0-9.\-_]{1,253}[a-z0-9]")
_OTHER_ENDPOINT = re.compile(rf".+\.{_REGION}")  # sqs.us-east-1.localhost
_PORT = re.compile(r":[0-9]*$")


def address(request: HttpRequest, *, service: str | None = None, domains: tuple[str, ...] = LOCAL) -> Address:
    """The request in path style. `service` is its signature's, None for an anonymous one; `domains` are our
    own names.
    """
    name = request.headers.get("host", "")
    host = read(name, domains) if len(name) <= HOST_MAX else _NONE
    if host.style is Style.OTHER or not (host.certain or _for_s3(request, service)):
        return Address(request, Style.OTHER)
    if service is not None and not service.startswith("s3"):
        return Address(request, Style.OTHER)
    if host.bucket is None or host.style in (Style.WEBSITE, Style.ACCESS_POINT):
        return Address(request, host.style, host.bucket, host.region)
    path = f"/{host.bucket}{request.path}" if request.path not in ("", "/") else f"/{host.bucket}"
    rewritten = HttpRequest(
        method=request.method, path=path, query=request.query, headers=request.headers, body=request.body
    )
    return Address(rewritten, host.style, host.bucket, host.region)


@lru_cache(maxsize=4096)
def read(host: str, domains: tuple[str, ...] = LOCAL) -> Host:
    """What a Host header (with or without port) says of S3."""
    name = _PORT.sub("", host.strip().lower()).rstrip(".")
    if name.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return _match(name, _AWS) or Host(Style.OTHER)
    for domain in sorted(domains, key=len, reverse=True):
        if not name.endswith("." + domain):
            continue
        prefix = name[: -len(domain) - 1]
        found = _match(prefix, _S3_LOCAL)
        if found is not None:
            return found
        if _NAME.fullmatch(prefix) is None or _OTHER_ENDPOINT.fullmatch(prefix) is not None:
            return Host(Style.OTHER)
        return Host(Style.VIRTUAL, prefix, certain=False)
    return Host(Style.OTHER)


def _match(name: str, forms: tuple[tuple[Style, re.Pattern[str]], ...]) -> Host | None:
    for style, form in forms:
        found = form.fullmatch(name)
        if found is None:
            continue
        bucket, region = found["bucket"], found["region"] if "region" in form.groupindex else None
        if bucket is not None and _NAME.fullmatch(bucket) is None:
            return None
        if bucket is None and style in (Style.VIRTUAL, Style.ACCELERATE):
            style = Style.PATH
        if region == "":
            region = "us-east-1"  # s3-external-1 is an old name of that region's endpoint
        return Host(style, bucket, region)
    return None


def _for_s3(request: HttpRequest, service: str | None) -> bool:
    """Whether `name.localhost` means a bucket: signed for S3, or anonymous and not in another protocol's
    form.
    """
    if service is not None:
        return service.startswith("s3")
    headers = request.headers
    form = headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "application/x-amz-")
    )
    return not form and "x-amz-target" not in headers and "smithy-protocol" not in headers
