"""Browser uploads by POST: the form's signature, its policy, and what becomes of it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html. The form itself is read by
`multipart.FormReader`; once its file has begun, `post_credential`, `verify_post`,
`read_policy(...).check(...)` decide, and `put_request` turns the form into the PutObject that it means.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Final, cast
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import msgspec

from backtrail.errors import Refusal
from backtrail.wire import canonical
from backtrail.wire.bodies import PUT_MAX_BYTES, too_large
from backtrail.wire.claims import ALGORITHM, ASYMMETRIC, Claim, scope_of
from backtrail.wire.faults import Fault, SignatureFault
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail.wire.multipart import FormReader, PostForm, missing_field
from backtrail.wire.sigv4 import mismatch, parse_time, signing_key
from backtrail.wire.xml_out import element

__all__ = [
    "FormReader",
    "Policy",
    "PostForm",
    "answer",
    "post_credential",
    "put_request",
    "read_policy",
    "verify_post",
]

_UNCHECKED: Final = frozenset({"x-amz-signature", "signature", "awsaccesskeyid", "file", "policy"})
_HEADERS: Final = frozenset(
    {
        "cache-control",
        "content-type",
        "content-disposition",
        "content-encoding",
        "content-language",
        "expires",
    }
)
_NO_HEADERS: Final = frozenset({"x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date"})
_LENIENT = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])', re.DOTALL)
_INTEGER = re.compile(r"[0-9]{1,18}")


class Condition(msgspec.Struct, frozen=True):
    """One condition on a field: `eq` or `starts-with`. `field` is lower-cased, `name` as the policy spells
    it.
    """

    match: str
    name: str
    field: str
    value: str

    def holds(self, actual: str) -> bool:
        """Whether a field's value fulfils this. A Content-Type with commas is a list, as the documentation
        says.
        """
        if self.match == "eq":
            return actual == self.value
        if self.field == "content-type" and "," in actual:
            return all(part.strip().startswith(self.value) for part in actual.split(","))
        return actual.startswith(self.value)


class Policy(msgspec.Struct, frozen=True):
    """A policy document, read. `minimum` and `maximum` bound the file, in bytes."""

    expiration: datetime
    conditions: tuple[Condition, ...]
    minimum: int = 0
    maximum: int = PUT_MAX_BYTES

    def check(self, form: PostForm, bucket: str, now: datetime) -> None:
        """Raises `Refusal` unless the form fulfils the policy at a moment (engine time)."""
        if now > self.expiration:
            raise _denied("Policy expired.")
        actual = form.fields | {"bucket": bucket, "key": form.key()}
        for condition in self.conditions:
            if not condition.holds(actual.get(condition.field, "")):
                shown = json.dumps(
                    [condition.match, f"${condition.name}", condition.value], ensure_ascii=False
                )
                raise _denied(f"Policy Condition failed: {shown}")
        named = {condition.field for condition in self.conditions}
        extra = [
            name
            for name in form.fields
            if name not in named and name not in _UNCHECKED and not name.startswith("x-ignore-")
        ]
        if extra:
            raise _denied(f"Extra input fields: {', '.join(extra)}")

    def check_size(self, size: int) -> None:
        """Raises `EntityTooLarge` or `EntityTooSmall` for a file outside the policy's
        content-length-range.
        """
        if size > self.maximum:
            raise too_large(size, self.maximum)
        if size < self.minimum:
            raise Refusal(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=str(size),
                MinSizeAllowed=str(self.minimum),
            )


def post_credential(form: PostForm) -> Claim | None:
    """Who a form claims to come from; None for one without policy and signature, which is anonymous.

    Raises `SignatureFault` for a malformed credential and `Refusal` for a missing field.
    """
    fields = form.fields
    signed = [name for name in ("x-amz-signature", "signature") if name in fields]
    if "policy" not in fields:
        if signed or "awsaccesskeyid" in fields or "x-amz-credential" in fields:
            raise missing_field("policy")
        return None
    token = fields.get("x-amz-security-token")
    if not any(name in fields for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-signature")):
        for name, field in (("AWSAccessKeyId", "awsaccesskeyid"), ("signature", "signature")):
            if not fields.get(field):
                raise missing_field(name)
        key, signature = fields["awsaccesskeyid"], fields["signature"]
        return Claim(key, "", "", "", "", signature, "", token, presigned=True, version=2)
    for name in ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"):
        if not fields.get(name.lower()):
            raise missing_field(name)
    algorithm = fields["x-amz-algorithm"]
    if algorithm.startswith(ASYMMETRIC):
        raise SignatureFault(Fault.ASYMMETRIC, presigned=True)
    if algorithm != ALGORITHM:
        text = f'X-Amz-Algorithm only supports "{ALGORITHM} and {ASYMMETRIC}"'
        raise SignatureFault(Fault.MALFORMED, text, presigned=True)
    scope = scope_of(fields["x-amz-credential"], True)
    return Claim(*scope, "", fields["x-amz-signature"], fields["x-amz-date"], token, presigned=True)


def verify_post(form: PostForm, claim: Claim, secret: str) -> None:
    """Prove that the policy was signed by the claimed key, or raise `SignatureFault`."""
    policy = canonical.octets(form.fields.get("policy", ""))
    if claim.version == 2:
        expected = base64.b64encode(hmac.digest(canonical.octets(secret), policy, "sha1"))
    else:
        if parse_time(claim.timestamp) is None or claim.timestamp[:8] != claim.day:
            text = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
            raise SignatureFault(Fault.MALFORMED, text, presigned=True)
        key = signing_key(secret, claim.day, claim.region, claim.service)
        expected = hmac.digest(key, policy, "sha256").hex().encode()
    if not hmac.compare_digest(expected, canonical.octets(claim.signature)):
        raise mismatch(claim, form.fields.get("policy", ""), None)


def read_policy(text: str) -> Policy:
    """The policy that a form's base64 field holds. Raises `InvalidPolicyDocument`."""
    document = _json(text)
    if not isinstance(document, dict):
        raise _invalid("Invalid JSON.")
    fields = cast("dict[str, object]", document)
    conditions = fields.get("conditions")
    if "expiration" not in fields:
        raise _invalid("Policy missing expiration.")
    if not isinstance(conditions, list):
        raise _invalid("Policy missing conditions.")
    read: list[Condition] = []
    minimum, maximum = 0, PUT_MAX_BYTES
    for entry in cast("list[object]", conditions):
        bounds = _range(entry)
        if bounds is None:
            read.append(_condition(entry))
        else:
            minimum, maximum = max(minimum, bounds[0]), min(maximum, bounds[1])
    return Policy(_expiration(fields["expiration"]), tuple(read), minimum, maximum)


def put_request(request: HttpRequest, form: PostForm, bucket: str) -> HttpRequest:
    """The PutObject that a form means, in path style, without its body."""
    headers = {
        name: value for name, value in request.headers.items() if name in ("host", "user-agent", "referer")
    }
    for name, value in form.fields.items():
        if name in _HEADERS or (name.startswith("x-amz-") and name not in _NO_HEADERS):
            headers[name] = canonical.field_value(value)
    if "acl" in form.fields:
        headers["x-amz-acl"] = canonical.field_value(form.fields["acl"])
    if "tagging" in form.fields:
        headers["x-amz-tagging"] = _tags(form.fields["tagging"])
    return HttpRequest(method="PUT", path=f"/{bucket}/{quote(form.key(), safe='/~')}", headers=headers)


def answer(form: PostForm, bucket: str, etag: str, location: str) -> HttpAnswer:
    """S3's answer to a form that was carried out. `etag` is quoted; `location` is the object's URL.

    A redirect wins over a status; a redirect that is no URL, and a status other than 200, 201 and 204,
    count as absent.
    """
    fields, key = form.fields, form.key()
    headers = [("ETag", etag), ("Location", location)]
    redirect = fields.get("success_action_redirect") or fields.get("redirect") or ""
    if _is_url(redirect):
        query = f"bucket={quote(bucket, safe='')}&key={quote(key, safe='')}&etag={quote(etag, safe='')}"
        joined = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
        return HttpAnswer(status=303, headers=[("ETag", etag), ("Location", joined)])
    status = fields.get("success_action_status", "")
    if status != "201":
        return HttpAnswer(status=200 if status == "200" else 204, headers=headers)
    parts = (("Location", location), ("Bucket", bucket), ("Key", key), ("ETag", etag))
    body = "".join(element(name, value) for name, value in parts)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{body}</PostResponse>'
    headers.append(("Content-Type", "application/xml"))
    return HttpAnswer(status=201, headers=headers, body=text.encode())


def _is_url(text: str) -> bool:
    if any(ord(character) <= 32 for character in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _json(text: str) -> object:
    """The document as JSON; S3's own examples have `\\$` and commas before a closing bracket."""
    try:
        decoded = base64.b64decode(text.encode("ascii"), validate=False).decode("utf-8")
    except (binascii.Error, UnicodeError) as error:
        raise _invalid("Invalid JSON.") from error
    for candidate in (decoded, _LENIENT.sub(lambda match: (match[1] or "").replace("\\$", "$"), decoded)):
        try:
            return cast("object", json.loads(candidate))
        except (ValueError, RecursionError):
            continue
    raise _invalid("Invalid JSON.")


def _expiration(value: object) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise _invalid(f"Invalid 'expiration' value: '{value}'") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _range(entry: object) -> tuple[int, int] | None:
    """The bounds of a content-length-range; None for any other condition."""
    if not isinstance(entry, list) or not entry or entry[0] != "content-length-range":
        return None
    bounds = [str(value) for value in cast("list[object]", entry)[1:]]
    if len(bounds) != 2 or not all(_INTEGER.fullmatch(bound) for bound in bounds):
        raise _invalid("Invalid content-length-range: expecting two non-negative integers.")
    return int(bounds[0]), int(bounds[1])


def _condition(entry: object) -> Condition:
    if isinstance(entry, dict):
        simple = cast("dict[str, object]", entry)
        if len(simple) != 1:
            text = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
            raise _invalid(text)
        ((name, value),) = simple.items()
        if not isinstance(value, str):
            raise _invalid("Invalid Simple-Condition: value must be a string.")
        return Condition("eq", name, name.lower(), value)
    if not isinstance(entry, list):
        raise _invalid("Invalid Condition: expecting an object or an array.")
    parts = [part for part in cast("list[object]", entry) if isinstance(part, str)]
    if len(parts) != 3 or len(cast("list[object]", entry)) != 3 or not parts[1].startswith("$"):
        raise _failed(cast("list[object]", entry))
    match = parts[0].lower()
    if match not in ("eq", "starts-with"):
        raise _failed(cast("list[object]", entry))
    return Condition(match, parts[1][1:], parts[1][1:].lower(), parts[2])


def _tags(text: str) -> str:
    """The tagging field's XML as the header of a PutObject has it. Raises `MalformedXML`."""
    try:
        if "<!" in text:  # a document type may expand without bound
            raise ElementTree.ParseError
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        raise Refusal("MalformedXML", message) from error
    pairs: list[str] = []
    for tag in root.iterfind("{*}TagSet/{*}Tag"):
        key, value = tag.findtext("{*}Key") or "", tag.findtext("{*}Value") or ""
        pairs.append(f"{quote(key, safe='')}={quote(value, safe='')}")
    return "&".join(pairs)


def _denied(reason: str) -> Refusal:
    return Refusal("AccessDenied", f"Invalid according to Policy: {reason}", status=403)


def _failed(condition: list[object]) -> Refusal:
    try:
        shown = json.dumps(condition, ensure_ascii=False).encode("utf-8", "replace").decode()
    except RecursionError:
        shown = "[...]"
    return _denied(f"Policy Condition failed: {shown}")


def _invalid(reason: str) -> Refusal:
    return Refusal("InvalidPolicyDocument", f"Invalid Policy: {reason}")
