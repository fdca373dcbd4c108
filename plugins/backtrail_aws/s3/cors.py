"""Requests from other origins, held against a bucket's rules: the headers that let a browser go on.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html: "the first CORSRule rule that matches".
"""

from __future__ import annotations

from collections.abc import Mapping

from backtrail import UNSET, Refusal
from backtrail_aws.s3 import api, errors
from backtrail_aws.s3.state import Bucket

Headers = list[tuple[str, str]]

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method "
    "/ Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS "
    "spec."
)  # S3's own spelling


def preflight(bucket: Bucket | None, key: str, headers: Mapping[str, str]) -> Headers:
    """The headers of the answer to a browser's OPTIONS. Refuses what no rule allows; header names are lower case."""
    origin = headers.get("origin")
    if origin is None:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/developerguide/RESTOPTIONSobject.html
        raise errors.refused("BadRequest", "Insufficient information. Origin request header needed.")
    method = headers.get("access-control-request-method")
    if bucket is None:
        raise _forbidden("CORSResponse: Bucket not found", method, "BUCKET")
    if bucket.cors is UNSET:
        raise _forbidden("CORSResponse: CORS is not enabled for this bucket.", method, "BUCKET")
    if method is None:
        # evidence: page ErrorResponses; words: guess
        raise errors.refused(
            "BadRequest", "Insufficient information. Access-Control-Request-Method request header needed."
        )
    asked = requested(headers)
    rule = matching(bucket.cors.cors_rules, origin, method, asked)
    if rule is None:
        raise _forbidden(_NOT_ALLOWED, method, "OBJECT" if key else "BUCKET")
    return allowing(rule, origin, asked)


def actual(bucket: Bucket, method: str, headers: Mapping[str, str]) -> Headers:
    """The headers that the answer to an actual request carries; none where no rule matches."""
    origin = headers.get("origin")
    if origin is None or bucket.cors is UNSET:
        return []
    asked = requested(headers)
    method = headers.get("access-control-request-method", method)
    rule = matching(bucket.cors.cors_rules, origin, method, asked)
    return [] if rule is None else allowing(rule, origin, asked)


def matching(rules: list[api.CORSRule], origin: str, method: str, asked: list[str]) -> api.CORSRule | None:
    """The first rule that allows an origin, a method and all the headers asked for."""
    for rule in rules:
        if method not in rule.allowed_methods or not any(_fits(one, origin) for one in rule.allowed_origins):
            continue
        names = [] if rule.allowed_headers is UNSET else [name.lower() for name in rule.allowed_headers]
        if all(any(_fits(name, header) for name in names) for header in asked):
            return rule
    return None


def allowing(rule: api.CORSRule, origin: str, asked: list[str]) -> Headers:
    """What a matching rule lets the browser know."""
    anybody = "*" in rule.allowed_origins
    found = [("Access-Control-Allow-Origin", "*" if anybody else origin)]
    found.append(("Access-Control-Allow-Methods", ", ".join(rule.allowed_methods)))
    if asked:
        found.append(("Access-Control-Allow-Headers", ", ".join(asked)))
    if rule.expose_headers is not UNSET and rule.expose_headers:
        found.append(("Access-Control-Expose-Headers", ", ".join(rule.expose_headers)))
    if rule.max_age_seconds is not UNSET:
        found.append(("Access-Control-Max-Age", str(rule.max_age_seconds)))
    if not anybody:
        found.append(("Access-Control-Allow-Credentials", "true"))
    found.append(("Vary", VARY))
    return found


def requested(headers: Mapping[str, str]) -> list[str]:
    """The headers that a preflight asks for, in lower case."""
    text = headers.get("access-control-request-headers", "")
    return [name.strip().lower() for name in text.split(",") if name.strip()]


def _fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with at most one `*`, which stands for anything."""
    start, star, end = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(start) + len(end) and text.startswith(start) and text.endswith(end)


def _forbidden(message: str, method: str | None, kind: str) -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors-troubleshooting.html
    return errors.refused("AccessForbidden", message, 403, Method=method or "OPTIONS", ResourceType=kind)
