"""Signature Version 2 as S3 still takes it: the `AWS key:signature` header, and URLs with `AWSAccessKeyId`.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from backtrail.wire import canonical
from backtrail.wire.claims import Claim, fields
from backtrail.wire.faults import Fault, SignatureFault
from backtrail.wire.http import HttpRequest
from backtrail.wire.sigv4 import SKEW_S, iso, mismatch, parse_time

SUBRESOURCES: Final = frozenset(
    [
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "partNumber",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "retention",
        "select",
        "select-type",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    ]
)
"""The query parameters that a Version 2 signature covers, from the same page and what S3 has added since."""


def verify(
    request: HttpRequest,
    claim: Claim,
    secret: str,
    *,
    wall: datetime,
    moment: datetime | None = None,
    bucket: str = "",
) -> None:
    """Prove a Version 2 claim, or raise `SignatureFault`. Times are those of `sigv4.verify`.

    `bucket` is the one that a virtual-hosted request's Host names: it is part of what was signed.
    """
    if claim.presigned:
        _check_end(claim, moment or wall)
    else:
        _check_skew(claim, wall)
    to_sign = _string_to_sign(request, claim, bucket)
    if _signs(secret, to_sign, claim.signature):
        return
    # botocore signs a bucket's own path with a slash behind it, and sends it without one; S3 takes both
    if not bucket and request.path.count("/") == 1 and request.path != "/":
        slashed = msgspec.structs.replace(request, path=f"{request.path}/")
        if _signs(secret, _string_to_sign(slashed, claim, bucket), claim.signature):
            return
    raise mismatch(claim, to_sign, None)


def _signs(secret: str, to_sign: str, signature: str) -> bool:
    digest = hmac.digest(canonical.octets(secret), canonical.octets(to_sign), "sha1")
    return hmac.compare_digest(base64.b64encode(digest), canonical.octets(signature))


def _check_end(claim: Claim, moment: datetime) -> None:
    end_s = claim.expires or 0
    if moment.timestamp() > end_s:
        try:
            end = iso(datetime.fromtimestamp(end_s, UTC))
        except (ValueError, OverflowError, OSError):
            end = str(end_s)
        raise SignatureFault(Fault.EXPIRED, Expires=end, ServerTime=iso(moment))


def _check_skew(claim: Claim, wall: datetime) -> None:
    signed = parse_time(claim.timestamp)
    if signed is None:
        try:
            signed = parsedate_to_datetime(claim.timestamp).timestamp()
        except (ValueError, IndexError, TypeError, OverflowError) as error:
            raise SignatureFault(Fault.DATE) from error
    if abs(wall.timestamp() - signed) > SKEW_S:
        raise SignatureFault(
            Fault.SKEWED,
            RequestTime=claim.timestamp,
            ServerTime=iso(wall),
            MaxAllowedSkewMilliseconds=str(SKEW_S * 1000),
        )


def _string_to_sign(request: HttpRequest, claim: Claim, bucket: str) -> str:
    headers = request.headers
    query = fields(request.query) if request.query else {}
    lowered = {name.lower(): value for name, value in query.items()} if claim.presigned else {}

    def standard(name: str) -> str:
        return headers.get(name, lowered.get(name, "")).strip()

    date = str(claim.expires) if claim.presigned else "" if "x-amz-date" in headers else standard("date")
    lines = [request.method, standard("content-md5"), standard("content-type"), date]
    lines += _amz_lines(headers, lowered)
    return "\n".join(lines) + "\n" + _resource(request.path, query, bucket)


def _amz_lines(headers: dict[str, str], query: dict[str, str]) -> list[str]:
    """The `x-amz-*` headers, also those that a URL carries as parameters, sorted by name."""
    found = {name: value for name, value in query.items() if name.startswith("x-amz-")}
    found.update((name, value) for name, value in headers.items() if name.startswith("x-amz-"))
    strip: Callable[[str], str] = str.strip
    return [f"{name}:{','.join(map(strip, value.split(',')))}" for name, value in sorted(found.items())]


def _resource(path: str, query: dict[str, str], bucket: str) -> str:
    """The path with its bucket, undecoded, and the sub-resources, decoded and sorted."""
    resource = f"/{bucket}{path}" if bucket else path
    parts = [
        f"{name}={value}" if value else name for name, value in sorted(query.items()) if name in SUBRESOURCES
    ]
    return f"{resource}?{'&'.join(parts)}" if parts else resource
