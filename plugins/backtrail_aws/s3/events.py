"""What S3 tells of an event: the body that queues, topics and functions get, and the detail that EventBridge gets.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote_plus

import msgspec

from backtrail import UNSET, Event, Identity, UnsetType
from backtrail_aws.s3.state import Bucket, ObjectVersion

Json = dict[str, Any]

# One version for all events since 2026: 2.4 unified 2.1, 2.2 and 2.3; 2.5 brought awsGeneratedTags (July 2026)
EVENT_VERSION: Final = "2.5"
# The member is ev-events'; its value as events of October 2026 have it
BRIDGE_VERSION: Final = "1.2"
# "URL encoded ... application/x-www-form-urlencoded" (the first page above); slashes stay, as in every event seen
_SAFE: Final = "/*-._"
_EMPTY_MD5: Final = "d41d8cd98f00b204e9800998ecf8427e"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)

_encode = msgspec.json.Encoder().encode


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one object, as events name it (`ObjectCreated:Put`).

    `more` is what the body has beside `s3`; `detail` what EventBridge's `type` of event has of its own.
    """

    name: str
    key: str
    type: str
    size: int | UnsetType = UNSET
    e_tag: str | UnsetType = UNSET
    version_id: str | UnsetType = UNSET
    more: Mapping[str, Any] = {}
    detail: Mapping[str, str] = {}
    sequenced: bool = True


def of_version(bucket: Bucket, version: ObjectVersion) -> Json:
    """What events tell of a version, as `Happened` has it."""
    return {"size": version.size, "e_tag": version.e_tag, "version_id": told_id(bucket, version.version_id)}


def of_marker(bucket: Bucket, version_id: str) -> Json:
    """What events tell of a delete marker: the entity tag of nothing."""
    return {"e_tag": _EMPTY_MD5, "version_id": told_id(bucket, version_id)}


def told_id(bucket: Bucket, version_id: str) -> str | UnsetType:
    """A version's id, where the bucket has versions."""
    return UNSET if bucket.versioning is UNSET else version_id


def body(bucket: Bucket, event: Event[Any, Any], happened: Happened, configuration: str) -> str:
    """The message that a queue, a topic or a function gets."""
    record: Json = {
        "eventVersion": EVENT_VERSION,
        "eventSource": "aws:s3",
        "awsRegion": _region(bucket, event),
        "eventTime": iso_millis(event.time),
        "eventName": happened.name,
        "userIdentity": {"principalId": principal_of(event.identity)},
        "requestParameters": {"sourceIPAddress": event.source_ip},
        "responseElements": {"x-amz-request-id": event.request_id, "x-amz-id-2": host_id(event)},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": _bucket(bucket),
            "object": _object(event, happened),
        },
        **happened.more,
    }
    return _encode({"Records": [record]}).decode()


def detail(bucket: Bucket, event: Event[Any, Any], happened: Happened) -> str:
    """The `detail` of the event that EventBridge gets. Its keys are not encoded."""
    identity = event.identity
    told: Json = {
        "key": happened.key,
        "size": happened.size,
        "etag": happened.e_tag,
        "version-id": happened.version_id,
        "sequencer": sequencer(event.time) if happened.sequenced else UNSET,
    }
    generated = _generated_tags(bucket)
    account = identity.account_id
    by_service = identity.type == "AWSService"
    return _encode(
        {
            "version": "0",
            "event-version": BRIDGE_VERSION,
            "bucket": {"name": bucket.name} | ({"aws-generated-tags": generated} if generated else {}),
            "object": {name: value for name, value in told.items() if value is not UNSET},
            "request-id": event.request_id,
            "requester": identity.invoked_by if by_service else account if account is not UNSET else "",
        }
        | ({} if by_service else {"source-ip-address": event.source_ip})
        | dict(happened.detail)
    ).decode()


def test_event(bucket: Bucket, event: Event[Any, Any]) -> str:
    """What each queue and topic gets when a bucket is configured to tell it of events.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    return _encode(
        {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": iso_millis(event.time),
            "Bucket": bucket.name,
            "RequestId": event.request_id,
            "HostId": host_id(event),
        }
    ).decode()


def principal_of(identity: Identity) -> str:
    """Who caused an event, as events name principals: `AWS:` and IAM's unique id; roots by their customer id."""
    if identity.type == "AWSService":
        return identity.invoked_by if isinstance(identity.invoked_by, str) else "s3.amazonaws.com"
    principal, account = identity.principal_id, identity.account_id
    if isinstance(principal, str) and principal and principal != account:
        return f"AWS:{principal}"
    if isinstance(account, str) and account.isdecimal():
        return customer_id(account)
    return "Anonymous"


@lru_cache(4096)
def customer_id(account: str) -> str:
    """The retail customer id of an account: AWS's are arbitrary, ours derive from the account."""
    digest = hashlib.sha256(f"customer of {account}".encode()).digest()
    return "A" + base64.b32encode(digest).decode()[:13]


def sequencer(time: datetime) -> str:
    """Hex digits that rise with time, in the form of AWS's: seconds, then their fraction."""
    seconds, rest = divmod(time - _EPOCH, _SECOND)
    return f"00{seconds:08X}{(rest // _MICROSECOND) * 0x1_0000_0000 // 1_000_000:08X}"


def host_id(event: Event[Any, Any]) -> str:
    """The request's second id; one that derives from the first where the call had none."""
    told = event.additional.get("x-amz-id-2")
    if isinstance(told, str):
        return told
    digest = hashlib.sha512(f"host of {event.request_id}".encode()).digest()
    return base64.b64encode(digest[:57]).decode()


def iso_millis(moment: datetime) -> str:
    """A time as the bodies write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _bucket(bucket: Bucket) -> Json:
    told: Json = {
        "name": bucket.name,
        "ownerIdentity": {"principalId": customer_id(bucket.account)},
        "arn": f"arn:aws:s3:::{bucket.name}",
    }
    generated = _generated_tags(bucket)
    return told | ({"awsGeneratedTags": generated} if generated else {})


def _generated_tags(bucket: Bucket) -> dict[str, str]:
    """The tags that AWS's services gave the bucket: "awsGeneratedTags ... only if the bucket has any"."""
    if bucket.tags is UNSET:
        return {}
    return {name: value for name, value in bucket.tags.items() if name.startswith("aws:")}


def _object(event: Event[Any, Any], happened: Happened) -> Json:
    told: Json = {
        "key": quote_plus(happened.key, safe=_SAFE, errors="surrogatepass"),
        "size": happened.size,
        "eTag": happened.e_tag,
        "versionId": happened.version_id,
        "sequencer": sequencer(event.time),
    }
    return {name: value for name, value in told.items() if value is not UNSET}


def _region(bucket: Bucket, event: Event[Any, Any]) -> str:
    return event.region if bucket.region is UNSET else bucket.region
