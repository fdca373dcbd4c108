"""Signature Version 4: is this request signed by the key that it claims?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, for S3's
payload modes, https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html.
No clock here: times are arguments. What is verified is the request as it arrived, before its address or its
body is rewritten.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

import msgspec

from backtrail.wire import canonical
from backtrail.wire.claims import ALGORITHM, Claim, credential
from backtrail.wire.faults import Family, Fault, SignatureFault, family
from backtrail.wire.http import HttpRequest

__all__ = [
    "SIGNED_CHUNKS",
    "SIGNED_CHUNKS_TRAILER",
    "SKEW_S",
    "UNSIGNED",
    "UNSIGNED_CHUNKS_TRAILER",
    "Claim",
    "Family",
    "Fault",
    "SignatureFault",
    "Signer",
    "chunk_signer",
    "credential",
    "family",
    "hoist",
    "parse_time",
    "signing_key",
    "verify",
]

SKEW_S: Final = 15 * 60
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
SIGNED_CHUNKS: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_TRAILER: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_CHUNKS_TRAILER: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EVENTS: Final = "STREAMING-AWS4-HMAC-SHA256-EVENTS"
EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()

_CONTENT_HASH = "x-amz-content-sha256"
_MODES = frozenset({UNSIGNED, SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER, UNSIGNED_CHUNKS_TRAILER, EVENTS})
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_TIMESTAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_ENCODED_ONCE = frozenset({"s3", "s3express", "s3-object-lambda", "s3-outposts"})
_HASH_TEXT = (
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER "
    "or a valid sha256 value."
)


class Signer(msgspec.Struct, frozen=True):
    """What it takes to sign the chunks that follow a verified head: the day's key, and the seed signature."""

    key: bytes
    timestamp: str
    scope: str
    seed: str


@lru_cache(maxsize=4096)
def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """The key that a secret yields for one day, region and service."""
    key = hmac.digest(canonical.octets(f"AWS4{secret}"), day.encode(), "sha256")
    for part in (region, service, "aws4_request"):
        key = hmac.digest(key, canonical.octets(part), "sha256")
    return key


def verify(
    request: HttpRequest,
    claim: Claim,
    secret: str,
    *,
    wall: datetime,
    moment: datetime | None = None,
    service: str | None = None,
    region: str | None = None,
    payload_sha256: str | None = None,
) -> None:
    """Prove a claim, or raise `SignatureFault`. Version 2 claims go to `sigv2.verify`.

    `wall` judges the skew of a header's date; `moment` the age of a presigned URL (the wall clock plus what
    the engine's clock was advanced by; `wall` when left out). `service` and `region`, when given, must be
    the scope's. `payload_sha256` is the hash of a body that is not in the request as bytes; S3's body is
    proven by `BodyReader` against the header that is covered here.
    """
    timestamp = _timestamp(claim)
    if service not in (None, claim.service) or region not in (None, claim.region):
        raise _wrong_scope(claim, service, region)
    _check_time(claim, timestamp, wall, moment or wall)
    _check_signed_headers(request, claim)
    text = _canonical_request(request, claim, _payload_hash(request, claim, payload_sha256))
    digest = hashlib.sha256(canonical.octets(text)).hexdigest()
    to_sign = f"{ALGORITHM}\n{timestamp}\n{claim.day}/{claim.region}/{claim.service}/aws4_request\n{digest}"
    key = signing_key(secret, claim.day, claim.region, claim.service)
    expected = hmac.digest(key, canonical.octets(to_sign), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), canonical.octets(claim.signature)):
        raise mismatch(claim, to_sign, text)


def chunk_signer(claim: Claim, secret: str) -> Signer:
    """The signer of an aws-chunked body whose head `verify` has proven."""
    key = signing_key(secret, claim.day, claim.region, claim.service)
    return Signer(key, _timestamp(claim), claim.scope, claim.signature)


def hoist(request: HttpRequest) -> HttpRequest:
    """A presigned request with the `x-amz-*` headers that its signer moved into the query put back.

    SDKs sign `x-amz-acl`, `x-amz-meta-*` and the like as query parameters of a URL, and S3 reads them there
    (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html); so `BodyReader`
    finds a signed `X-Amz-Content-Sha256`, too. A header that was sent wins.
    """
    if "x-amz-" not in request.query.lower():
        return request
    headers = dict(request.headers)
    for part in request.query.split("&"):
        name, _, value = part.partition("=")
        name = name.lower()
        if name.startswith("x-amz-") and name not in _SIGNATURE_PARAMETERS:
            headers.setdefault(name, canonical.field_value(canonical.decoded(value)))
    return HttpRequest(
        method=request.method, path=request.path, query=request.query, headers=headers, body=request.body
    )


_SIGNATURE_PARAMETERS = frozenset(
    f"x-amz-{name}" for name in ("algorithm", "credential", "date", "expires", "signedheaders", "signature")
)


def parse_time(timestamp: str) -> float | None:
    """Seconds since 1970 of `20130524T000000Z`; None for anything else."""
    return _parse_time(timestamp) if len(timestamp) == 16 else None


@lru_cache(maxsize=4096)
def _parse_time(timestamp: str) -> float | None:
    if _TIMESTAMP.fullmatch(timestamp) is None:
        return None
    try:
        return datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def mismatch(claim: Claim, to_sign: str, request_text: str | None) -> SignatureFault:
    """The fault of a wrong signature, with what we calculated, as S3 shows it."""
    members = {
        "AWSAccessKeyId": claim.access_key,
        "StringToSign": to_sign,
        "SignatureProvided": claim.signature,
        "StringToSignBytes": canonical.octets(to_sign).hex(" "),
    }
    if request_text is not None:
        members["CanonicalRequest"] = request_text
        members["CanonicalRequestBytes"] = canonical.octets(request_text).hex(" ")
    return SignatureFault(Fault.MISMATCH, presigned=claim.presigned, **members)


def iso(moment: datetime) -> str:
    """A time as S3's error members show it: `2013-05-24T00:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _timestamp(claim: Claim) -> str:
    """The claim's date in the basic ISO form; a `Date` header may have HTTP's form. Its day must be the
    scope's.
    """
    timestamp = claim.timestamp
    if parse_time(timestamp) is None:
        timestamp = "" if claim.presigned else _from_http_date(timestamp)
    if not timestamp:
        raise _bad_date(claim)
    if timestamp[:8] != claim.day:
        raise _other_day(claim, timestamp)
    return timestamp


def _from_http_date(text: str) -> str:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except (ValueError, IndexError, TypeError, OverflowError):
        return ""


def _bad_date(claim: Claim) -> SignatureFault:
    if claim.presigned:
        text = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        return SignatureFault(Fault.MALFORMED, text, presigned=True)
    if claim.timestamp:
        return SignatureFault(
            Fault.DATE,
            f"Date must be in ISO-8601 'basic format'. Got '{claim.timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601",
        )
    text = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    return SignatureFault(Fault.DATE, f"{text} Authorization={ALGORITHM}")


def _other_day(claim: Claim, timestamp: str) -> SignatureFault:
    detail = (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'{claim.day}' != '{timestamp[:8]}', from '{timestamp}'."
    )
    s3 = f'Invalid credential date "{claim.day}". This date is not the same as X-Amz-Date: "{timestamp[:8]}".'
    return SignatureFault(Fault.SCOPE, detail, s3=_lead(claim) + s3, presigned=claim.presigned)


def _lead(claim: Claim) -> str:
    if claim.presigned:
        return "Error parsing the X-Amz-Credential parameter; "
    return "The authorization header is malformed; "


def _wrong_scope(claim: Claim, service: str | None, region: str | None) -> SignatureFault:
    if service is not None and service != claim.service:
        detail = f"Credential should be scoped to correct service: '{service}'. "
        s3 = f'incorrect service "{claim.service}". This endpoint belongs to "{service}".'
        return SignatureFault(Fault.SCOPE, detail, s3=_lead(claim) + s3, presigned=claim.presigned)
    detail = f"Credential should be scoped to a valid region, not '{claim.region}'. "
    s3 = f"the region '{claim.region}' is wrong; expecting '{region}'"
    members = {"Region": region or ""}
    return SignatureFault(Fault.SCOPE, detail, s3=_lead(claim) + s3, presigned=claim.presigned, **members)


def _check_time(claim: Claim, timestamp: str, wall: datetime, moment: datetime) -> None:
    signed = parse_time(timestamp)
    assert signed is not None  # `_timestamp` has read it
    if claim.presigned:
        _check_age(claim, timestamp, signed, moment)
    elif abs(wall.timestamp() - signed) > SKEW_S:
        raise SignatureFault(
            Fault.SKEWED,
            _skew_text(timestamp, signed, wall, SKEW_S),
            RequestTime=timestamp,
            ServerTime=iso(wall),
            MaxAllowedSkewMilliseconds=str(SKEW_S * 1000),
        )


def _check_age(claim: Claim, timestamp: str, signed: float, moment: datetime) -> None:
    life_s = claim.expires or 0
    age_s = moment.timestamp() - signed
    if age_s < -SKEW_S:
        detail = _skew_text(timestamp, signed, moment, SKEW_S)
        fault, members = Fault.EARLY, {"X-Amz-Date": timestamp}
    elif age_s > life_s:
        detail = _skew_text(timestamp, signed, moment, life_s)
        end = datetime.fromtimestamp(signed, UTC) + timedelta(seconds=life_s)
        fault, members = Fault.EXPIRED, {"X-Amz-Expires": str(life_s), "Expires": iso(end)}
    else:
        return
    raise SignatureFault(fault, detail, presigned=True, **members, ServerTime=iso(moment))


def _skew_text(timestamp: str, signed: float, now: datetime, allowed_s: int) -> str:
    """AWS's sentence for both directions: a signature too old, and one from the future."""
    present = now.astimezone(UTC)
    early = signed > now.timestamp()
    bound = present + timedelta(seconds=allowed_s if early else -allowed_s)
    minutes = f"{'+' if early else '-'} {allowed_s // 60} min."
    relation = (
        "Signature not yet current: {} is still later than {}"
        if early
        else "Signature expired: {} is now earlier than {}"
    )
    form = "%Y%m%dT%H%M%SZ"
    return f"{relation.format(timestamp, bound.strftime(form))} ({present.strftime(form)} {minutes})"


def _check_signed_headers(request: HttpRequest, claim: Claim) -> None:
    """`Host` is always signed; S3 wants every `x-amz-*` header that was sent signed as well."""
    signed = claim.signed_headers.split(";")
    if "host" not in signed:
        text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        raise SignatureFault(Fault.UNSIGNED, text, presigned=claim.presigned, HeadersNotSigned="host")
    if claim.service in _ENCODED_ONCE:
        loose = [name for name in request.headers if name[:6] == "x-amz-" and name not in signed]
        if loose and (claim.presigned or loose != [_CONTENT_HASH]):
            names = ", ".join(loose)
            raise SignatureFault(Fault.UNSIGNED, names, presigned=claim.presigned, HeadersNotSigned=names)


def _payload_hash(request: HttpRequest, claim: Claim, payload_sha256: str | None) -> str:
    """What stands for the body in the canonical request, proven against the body wherever the body is at
    hand.
    """
    declared = request.headers.get(_CONTENT_HASH)
    if claim.service in _ENCODED_ONCE:
        return _payload_hash_s3(request, claim, declared)
    if declared in _MODES:
        return declared
    actual = payload_sha256
    if actual is None:
        body = request.content
        actual = hashlib.sha256(body).hexdigest() if body else EMPTY_SHA256
    if declared is not None and declared != actual and _HASH.fullmatch(declared) is None:
        raise SignatureFault(Fault.CONTENT_HASH, _HASH_TEXT)
    return actual


def _payload_hash_s3(request: HttpRequest, claim: Claim, declared: str | None) -> str:
    if declared is None and claim.presigned:
        found = re.search(r"(?:^|&)X-Amz-Content-Sha256=([^&]*)", request.query, re.IGNORECASE)
        declared = canonical.decoded(found[1]) if found else UNSIGNED
    if declared is None:
        raise SignatureFault(
            Fault.CONTENT_HASH_MISSING, "Missing required header for this request: x-amz-content-sha256"
        )
    if declared not in _MODES and _HASH.fullmatch(declared) is None:
        if declared.startswith("STREAMING-AWS4-ECDSA"):
            raise SignatureFault(Fault.ASYMMETRIC)
        raise SignatureFault(
            Fault.CONTENT_HASH, _HASH_TEXT, ArgumentName=_CONTENT_HASH, ArgumentValue=declared
        )
    return declared


def _canonical_request(request: HttpRequest, claim: Claim, payload: str) -> str:
    headers = request.headers
    once = claim.service in _ENCODED_ONCE
    lines = [
        request.method,
        canonical.path_once(request.path) if once else canonical.path_twice(request.path),
        canonical.query(request.query, "X-Amz-Signature" if claim.presigned else ""),
    ]
    for name in claim.signed_headers.split(";"):
        lines.append(f"{name}:{canonical.header(headers.get(name, ''))}")
    lines += ("", claim.signed_headers, payload)
    return "\n".join(lines)
