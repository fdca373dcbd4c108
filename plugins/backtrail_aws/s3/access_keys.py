"""S3's condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys and, for the
last of them, https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from backtrail import Call, UnsetType
from backtrail.policy import Value
from backtrail_aws.s3.api import Tag
from backtrail_aws.s3.state import Bucket, ObjectVersion

# key -> the parameter it is: S3's headers and query parameters under their own names
_MEMBERS: Final = {
    "s3:prefix": "prefix",
    "s3:delimiter": "delimiter",
    "s3:max-keys": "max_keys",
    "s3:versionid": "version_id",
    "s3:x-amz-acl": "acl",
    "s3:x-amz-grant-read": "grant_read",
    "s3:x-amz-grant-write": "grant_write",
    "s3:x-amz-grant-read-acp": "grant_read_acp",
    "s3:x-amz-grant-write-acp": "grant_write_acp",
    "s3:x-amz-grant-full-control": "grant_full_control",
    "s3:x-amz-storage-class": "storage_class",
    "s3:x-amz-server-side-encryption": "server_side_encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "ssekms_key_id",
    "s3:x-amz-server-side-encryption-customer-algorithm": "sse_customer_algorithm",
    "s3:x-amz-copy-source": "copy_source",
    "s3:x-amz-metadata-directive": "metadata_directive",
    "s3:x-amz-website-redirect-location": "website_redirect_location",
    "s3:x-amz-object-ownership": "object_ownership",
    "s3:x-amz-bucket-namespace": "bucket_namespace",
    "s3:if-match": "if_match",
    "s3:if-none-match": "if_none_match",
}
_HEADERS: Final = {"s3:x-amz-content-sha256": "x-amz-content-sha256"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One action on a bucket, or on a key of it."""

    call: Call[Any]
    bucket: Bucket | None = None
    key: str | None = None
    version_id: str | None = None

    def value(self, key: str) -> Value:
        """The value of one of S3's keys (in small letters), None for what is none or is not there."""
        member = _MEMBERS.get(key)
        if member is not None:
            found = getattr(self.call.params, member, None)
            return found if isinstance(found, str | int) else None
        if key in _HEADERS:
            return self.call.headers.get(_HEADERS[key])
        make = _OTHERS.get(key)
        if make is not None:
            return make(self)
        head, slash, tag = key.partition("/")
        if slash and head == "s3:requestobjecttag":
            return _tag(_given_tags(self), tag)
        if slash and head == "s3:existingobjecttag":
            version = self._version()
            tags = version.tags if version is not None else {}
            return _tag(tags if isinstance(tags, dict) else {}, tag)
        return None

    def _version(self) -> ObjectVersion | None:
        found = self.bucket.find(self.key) if self.bucket is not None and self.key is not None else None
        if found is None:
            return None
        wanted = self.version_id or getattr(self.call.params, "version_id", None)
        return found.version(wanted) if isinstance(wanted, str) else found.current


def _tag(tags: dict[str, str], wanted: str) -> Value:
    return next((value for name, value in tags.items() if name.lower() == wanted), None)


def _given_tags(asked: Asked) -> dict[str, str]:
    """The tags that a request gives an object, in a header or in its body."""
    given = getattr(asked.call.params, "tagging", None)
    if isinstance(given, str):
        return dict(parse_qsl(given, keep_blank_values=True))
    tag_set: list[Tag] = getattr(given, "tag_set", None) or []
    return {tag.key: tag.value for tag in tag_set}


def _location(asked: Asked) -> Value:
    configuration = getattr(asked.call.params, "create_bucket_configuration", None)
    found = getattr(configuration, "location_constraint", None)
    return found if isinstance(found, str) else None


def _lock(member: str) -> Callable[[Asked], Value]:
    """A member of a retention or a legal hold, given in a header or in a body."""

    def value(asked: Asked) -> Value:
        params = asked.call.params
        body = getattr(params, "retention", None) or getattr(params, "legal_hold", None)
        found = getattr(params, f"object_lock_{member}", None)
        if isinstance(found, UnsetType) or found is None:
            found = getattr(body, "status" if member == "legal_hold_status" else member, None)
        return None if isinstance(found, UnsetType) else found

    return value


def _days(asked: Asked) -> Value:
    until: Any = _lock("retain_until_date")(asked)
    return int((until - asked.call.time).days) if hasattr(until, "timestamp") else None


def _signature(asked: Asked) -> str | None:
    found = asked.call.headers.get("authorization")
    if found is None:
        return None
    return "AWS4-HMAC-SHA256" if found.startswith("AWS4-HMAC-SHA256") else "AWS"


def _how(asked: Asked) -> Value:
    if asked.call.caller.anonymous:
        return None
    if asked.call.action == "PostObject":
        return "POST"
    return "REST-HEADER" if _signature(asked) is not None else "REST-QUERY-STRING"


_OTHERS: Final[dict[str, Callable[[Asked], Value]]] = {
    "s3:locationconstraint": _location,
    "s3:requestobjecttagkeys": lambda asked: list(_given_tags(asked)),
    "s3:object-lock-mode": _lock("mode"),
    "s3:object-lock-retain-until-date": _lock("retain_until_date"),
    "s3:object-lock-legal-hold": _lock("legal_hold_status"),
    "s3:object-lock-remaining-retention-days": _days,
    "s3:resourceaccount": lambda asked: asked.bucket.account if asked.bucket is not None else None,
    "s3:signatureversion": _signature,
    "s3:authtype": _how,
}
