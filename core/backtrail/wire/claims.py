"""Who a request claims to come from: the Authorization header or the X-Amz-* query, taken apart.

Nothing here is proven; `sigv4.verify` and `sigv2.verify` do that. Forms: Signature Version 4 in the header
and in the query (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html) and S3's
older Version 2 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html), which boto3
still signs S3 URLs with.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, unquote_plus

import msgspec

from backtrail.wire.faults import Fault, SignatureFault
from backtrail.wire.http import HttpRequest

ALGORITHM: Final = "AWS4-HMAC-SHA256"
ASYMMETRIC: Final = "AWS4-ECDSA-P256-SHA256"
EXPIRES_MAX_S: Final = 604_800  # seven days, the same page

_EXPECTING = 'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
_THREE_PARTS = "the authorization header requires three components: Credential, SignedHeaders, and Signature."
_SIX_PARAMETERS = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
    "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
_USUAL = re.compile(
    r"AWS4-HMAC-SHA256 +"
    r"Credential=([^,/\s]{1,128})/([0-9]{8})/([^,/\s]{0,64})/([^,/\s]{1,64})/aws4_request, *"
    r"SignedHeaders=([a-z0-9;!#$%&'*+\-.^_`|~]+), *Signature=([0-9a-f]{64})"
)
_QUERY_SIGNED = re.compile(r"(?:^|&)(?:X-Amz-(?:Algorithm|Credential|Signature)|AWSAccessKeyId)=")
_DAY = re.compile(r"[0-9]{8}")


class Claim(msgspec.Struct, frozen=True):
    """What a request says of its signer. `day`, `region`, `service` and `signed_headers` are empty in
    Version 2.

    `timestamp` is the signature's date as it was written (V2 queries: empty); `expires` is a presigned
    URL's life in seconds (V4) or its end in seconds since 1970 (V2), None for a header.
    """

    access_key: str
    day: str
    region: str
    service: str
    signed_headers: str
    signature: str
    timestamp: str
    token: str | None = None
    expires: int | None = None
    presigned: bool = False
    version: int = 4

    @property
    def scope(self) -> str:
        """The credential scope: `20130524/us-east-1/s3/aws4_request`."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def credential(request: HttpRequest) -> Claim | None:
    """The claim that a request makes, None for an anonymous one. Raises `SignatureFault` for a malformed
    one.
    """
    headers = request.headers
    authorization = headers.get("authorization")
    query = request.query
    if query and _QUERY_SIGNED.search(query) is not None:
        if authorization is not None:
            raise _two_mechanisms(authorization)
        return _from_query(query)
    if authorization is None:
        return None
    match = _USUAL.fullmatch(authorization)
    if match is None:
        return _from_header(authorization, headers)
    timestamp = headers.get("x-amz-date") or headers.get("date") or ""
    key, day, region, service, signed, signature = match.groups()
    return Claim(key, day, region, service, signed, signature, timestamp, headers.get("x-amz-security-token"))


def fields(query: str) -> dict[str, str]:
    """A raw query's parameters, decoded; the first of equal names wins."""
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        found.setdefault(unquote_plus(name), unquote_plus(value) if "+" in value else unquote(value))
    return found


def scope_of(text: str, presigned: bool) -> tuple[str, str, str, str]:
    """A Credential's key, day, region and service. Raises `SignatureFault` unless it has exactly five
    parts.
    """
    parts = text.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request" or not all(parts[:2]) or not parts[3] or len(text) > 300:
        raise _malformed(f"the Credential is mal-formed; {_EXPECTING}", _five_elements(text), presigned)
    if _DAY.fullmatch(parts[1]) is None:
        raise _malformed(
            f'incorrect date format "{parts[1]}". '
            'This date in the credential must be in the format "yyyyMMdd".',
            f"Credential date must be in the format YYYYMMDD, got '{parts[1]}'",
            presigned,
        )
    return parts[0], parts[1], parts[2], parts[3]


def _five_elements(text: str) -> str:
    return (
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
        f"got '{text}'"
    )


def _malformed(s3: str, detail: str, presigned: bool) -> SignatureFault:
    lead = (
        "Error parsing the X-Amz-Credential parameter; "
        if presigned
        else "The authorization header is malformed; "
    )
    return SignatureFault(Fault.MALFORMED, detail, s3=lead + s3, presigned=presigned)


def _two_mechanisms(authorization: str) -> SignatureFault:
    return SignatureFault(
        Fault.AMBIGUOUS,
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
        "parameter or the Authorization header should be specified",
        ArgumentName="Authorization",
        ArgumentValue=authorization,
    )


def _from_header(authorization: str, headers: dict[str, str]) -> Claim:
    """A header that is not spelt as every SDK spells it: another order, another scheme, or broken."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme == "AWS":
        return _version_2_header(rest, headers)
    if scheme.startswith(ASYMMETRIC):
        raise SignatureFault(Fault.ASYMMETRIC)
    if scheme != ALGORITHM:
        detail = f"Unsupported AWS 'algorithm': '{scheme}'"
        raise SignatureFault(
            Fault.UNSUPPORTED, detail, ArgumentName="Authorization", ArgumentValue=authorization
        )
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        parts[name] = value.strip()
    lacking = [name for name in ("Credential", "Signature", "SignedHeaders") if not parts.get(name)]
    if lacking:
        detail = " ".join(f"Authorization header requires '{name}' parameter." for name in lacking)
        raise _malformed(_THREE_PARTS, f"{detail} Authorization={scheme}", False)
    return Claim(
        *scope_of(parts["Credential"], False),
        parts["SignedHeaders"].lower(),
        parts["Signature"],
        headers.get("x-amz-date") or headers.get("date") or "",
        headers.get("x-amz-security-token"),
    )


def _version_2_header(rest: str, headers: dict[str, str]) -> Claim:
    key, colon, signature = rest.strip().rpartition(":")
    if not colon or not key or not signature:
        raise SignatureFault(
            Fault.UNSUPPORTED,
            "Authorization header requires 'Credential' parameter.",
            s3="AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
            ArgumentName="Authorization",
            ArgumentValue=rest,
        )
    timestamp = headers.get("x-amz-date") or headers.get("date") or ""
    return Claim(key, "", "", "", "", signature, timestamp, headers.get("x-amz-security-token"), version=2)


def _from_query(query: str) -> Claim:
    given = fields(query)
    if "AWSAccessKeyId" in given and "X-Amz-Algorithm" not in given:
        return _version_2_query(given)
    algorithm = given.get("X-Amz-Algorithm", "")
    if algorithm.startswith(ASYMMETRIC):
        raise SignatureFault(Fault.ASYMMETRIC, presigned=True)
    if algorithm and algorithm != ALGORITHM:
        text = f'X-Amz-Algorithm only supports "{ALGORITHM} and {ASYMMETRIC}"'
        raise SignatureFault(Fault.MALFORMED, text, presigned=True)
    names = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders")
    lacking = [name for name in names if not given.get(name)]
    if lacking:
        detail = " ".join(f"AWS query-string parameters must include '{name}'." for name in lacking)
        raise SignatureFault(Fault.MALFORMED, detail, s3=_SIX_PARAMETERS, presigned=True)
    scope = scope_of(given["X-Amz-Credential"], True)
    return Claim(
        *scope,
        given["X-Amz-SignedHeaders"].lower(),
        given["X-Amz-Signature"],
        given["X-Amz-Date"],
        given.get("X-Amz-Security-Token"),
        _life(given.get("X-Amz-Expires"), required=scope[3].startswith("s3")),
        True,
    )


def _life(text: str | None, *, required: bool) -> int:
    """X-Amz-Expires in seconds. Services other than S3 let it be left out: 15 minutes, as for a header."""
    if text is None and not required:
        return 900
    problem = ""
    if text is None:
        problem = _SIX_PARAMETERS
    elif re.fullmatch(r"-?[0-9]{1,18}", text) is None:
        problem = "X-Amz-Expires should be a number"
    elif text.startswith("-"):
        problem = "X-Amz-Expires must be non-negative"
    elif int(text) > EXPIRES_MAX_S:
        problem = (
            "X-Amz-Expires must be less than a week (in seconds); that is, "
            "the given X-Amz-Expires must be less than 604800 seconds"
        )
    if problem or text is None:
        raise SignatureFault(Fault.MALFORMED, problem, presigned=True)
    return int(text)


def _version_2_query(given: dict[str, str]) -> Claim:
    expires = given.get("Expires", "")
    signature = given.get("Signature", "")
    if not signature or not expires or not given["AWSAccessKeyId"]:
        text = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        raise SignatureFault(Fault.INCOMPLETE, text)
    if re.fullmatch(r"[0-9]{1,18}", expires) is None:
        raise SignatureFault(Fault.INCOMPLETE, f"Invalid date (should be seconds since epoch): {expires}")
    token = next((value for name, value in given.items() if name.lower() == "x-amz-security-token"), None)
    return Claim(
        given["AWSAccessKeyId"], "", "", "", "", signature, "", token, int(expires), presigned=True, version=2
    )
