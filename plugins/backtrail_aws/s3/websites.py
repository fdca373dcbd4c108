"""Websites: which object a request means, and where it is sent instead.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html, IndexDocumentSupport.html,
CustomErrorDocSupport.html and how-to-page-redirect.html there. Pure: paths in, keys and locations out.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from backtrail import UNSET
from backtrail_aws.s3 import api
from backtrail_aws.s3.state import Bucket


class Elsewhere(msgspec.Struct, frozen=True):
    """A redirect: a status and a Location."""

    status: int
    location: str


def whole_site(website: api.WebsiteConfiguration, target: str) -> Elsewhere | None:
    """Where all requests go, if anywhere. `target` is the path as it came, with its query string."""
    to = website.redirect_all_requests_to
    if to is UNSET:
        return None
    protocol = "http" if to.protocol is UNSET else to.protocol
    return Elsewhere(301, f"{protocol}://{to.host_name}{target}")


def routed(
    website: api.WebsiteConfiguration, key: str, host: str, error: int | None = None
) -> Elsewhere | None:
    """Where the first rule that matches a key sends it: before it is looked for, or for the error it met."""
    for rule in [] if website.routing_rules is UNSET else website.routing_rules:
        if _matches(rule.condition, key, error):
            return _redirected(rule, key, host)
    return None


def _matches(condition: api.Condition | object, key: str, error: int | None) -> bool:
    if not isinstance(condition, api.Condition):
        return error is None
    code, prefix = condition.http_error_code_returned_equals, condition.key_prefix_equals
    if prefix is not UNSET and not key.startswith(prefix):
        return False
    return error is None if code is UNSET else code == str(error)


def _redirected(rule: api.RoutingRule, key: str, host: str) -> Elsewhere:
    redirect = rule.redirect
    new = key
    if redirect.replace_key_with is not UNSET:
        new = redirect.replace_key_with
    elif redirect.replace_key_prefix_with is not UNSET:
        prefix = UNSET if rule.condition is UNSET else rule.condition.key_prefix_equals
        new = redirect.replace_key_prefix_with + key[0 if prefix is UNSET else len(prefix) :]
    protocol = "http" if redirect.protocol is UNSET else redirect.protocol
    name = host if redirect.host_name is UNSET else redirect.host_name
    status = 301 if redirect.http_redirect_code is UNSET else int(redirect.http_redirect_code)
    return Elsewhere(status, f"{protocol}://{name}/{quoted(new)}")


def document(website: api.WebsiteConfiguration, key: str) -> str:
    """The key of the object that a path means: the index document of a folder."""
    if website.index_document is UNSET or not (key == "" or key.endswith("/")):
        return key
    return key + website.index_document.suffix


def folder(website: api.WebsiteConfiguration, bucket: Bucket, key: str) -> Elsewhere | None:
    """Where a path without its last slash goes, when it is a folder with an index document."""
    if website.index_document is UNSET or key == "" or key.endswith("/"):
        return None
    there = f"{key}/{website.index_document.suffix}" in bucket.objects
    return Elsewhere(302, f"/{quoted(key)}/") if there else None


def quoted(key: str) -> str:
    """A key as it stands in a Location."""
    return quote(key, safe="/~:@!$&'()*+,;=?#%")


def page(status: int, code: str, message: str, details: dict[str, str], lost: str | None = None) -> bytes:
    """S3's own error page. `lost` is the key of an error document that could not be had either."""
    phrase = f"{status} {HTTPStatus(status).phrase}"
    lines = [("Code", code), ("Message", message), *details.items()]
    out = [f"<html>\n<head><title>{phrase}</title></head>\n<body>\n<h1>{phrase}</h1>\n<ul>\n"]
    out += [f"<li>{name}: {escape(value)}</li>\n" for name, value in lines]
    out.append("</ul>\n")
    if lost is not None:
        out.append("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n")
        out.append("<li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>\n")
        out.append(f"<li>Key: {escape(lost)}</li>\n</ul>\n")
    out.append("<hr/>\n</body>\n</html>\n")
    return "".join(out).encode()
