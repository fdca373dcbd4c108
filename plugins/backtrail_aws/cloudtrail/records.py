"""Records of the log as CloudTrail shows them: what there is to select by, and the copies that other accounts get.

A call across accounts is one record here. In AWS, the caller's account and the resource's each get one; they share a
`sharedEventID`: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
The resource's account sees no more of the caller than its account and its unique id:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html#cloudtrail-object-level-crossaccount
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from backtrail import ids

SERVICE_EVENT: Final = "AwsServiceEvent"
_AWS_TELLS: Final = frozenset(
    {
        ("ec2.amazonaws.com", "BidEvictedEvent"),
        ("kms.amazonaws.com", "DeleteKey"),
        ("kms.amazonaws.com", "RotateKey"),
        ("secretsmanager.amazonaws.com", "StartSecretVersionDelete"),
        ("secretsmanager.amazonaws.com", "EndSecretVersionDelete"),
        ("secretsmanager.amazonaws.com", "RotationStarted"),
        ("secretsmanager.amazonaws.com", "RotationSucceeded"),
        ("secretsmanager.amazonaws.com", "RotationFailed"),
    }
)
"""Service events that AWS records, too: real records, and the services' pages on CloudTrail."""


_CHANCE: Final = (1 << 62) - 1  # the bits of chance in an event's id


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    arn: str = msgspec.field(name="ARN", default="")
    arn_prefix: str = msgspec.field(name="ARNPrefix", default="")
    type: str = ""
    account: str = msgspec.field(name="accountId", default="")


class _Identity(msgspec.Struct, frozen=True, kw_only=True):
    arn: str = ""
    type: str = ""
    account: str = msgspec.field(name="accountId", default="")
    invoked_by: str = msgspec.field(name="invokedBy", default="")
    user_name: str = msgspec.field(name="userName", default="")
    principal: str = msgspec.field(name="principalId", default="")
    access_key: str = msgspec.field(name="accessKeyId", default="")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to select a record by."""

    id: str = msgspec.field(name="eventID", default="")
    time: str = msgspec.field(name="eventTime", default="")
    source: str = msgspec.field(name="eventSource", default="")
    name: str = msgspec.field(name="eventName", default="")
    region: str = msgspec.field(name="awsRegion", default="")
    recipient: str = msgspec.field(name="recipientAccountId", default="")
    category: str = msgspec.field(name="eventCategory", default="Management")
    kind: str = msgspec.field(name="eventType", default="AwsApiCall")
    read_only: bool | None = msgspec.field(name="readOnly", default=None)
    error: str = msgspec.field(name="errorCode", default="")
    console: str = msgspec.field(name="sessionCredentialFromConsole", default="")
    identity: _Identity = msgspec.field(name="userIdentity", default=_Identity())
    resources: list[_Named] = []


_decoder = msgspec.json.Decoder(Shown, strict=False)


def shown(record: bytes) -> Shown | None:
    """A record's facts; None for one that cannot be read (a foreign one may hold anything)."""
    try:
        return _decoder.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def told_by_aws(record: Shown) -> bool:
    """Whether AWS would record it at all: what a service does by itself it mostly does in silence."""
    return record.kind != SERVICE_EVENT or (record.source, record.name) in _AWS_TELLS


def concerns(record: Shown, account: str) -> bool:
    """Whether an account gets a record: its own, or one about a resource of its."""
    return account in (
        record.recipient or record.identity.account,
        *(one.account for one in record.resources),
    )


def _copy_id(event_id: str, account: str) -> str:
    """The id of an account's copy: of the same exact time, and right after the caller's own record in a fold."""
    time = ids.time_of(event_id)
    derived = ids.new_id(event_id, "uuid", account)
    if time is None:
        return derived
    own = int(event_id.replace("-", "")[16:], 16) & _CHANCE
    return ids.event_id(time, min(own + 1 + int(derived[24:], 16), _CHANCE))


def as_seen(data: bytes, record: Shown, account: str) -> bytes:
    """A record as one account gets it: byte for byte its own, else a copy that shows less of the caller."""
    if account == (record.recipient or record.identity.account):
        return data
    whole: dict[str, Any] = msgspec.json.decode(data)
    identity = record.identity
    if identity.type != "AWSService":
        whole["userIdentity"] = {
            "type": "AWSAccount", "principalId": identity.principal, "accountId": identity.account,
        }  # fmt: skip
    whole["eventID"] = _copy_id(record.id, account)
    whole["recipientAccountId"] = account
    whole.setdefault("sharedEventID", ids.new_id(record.id, "uuid", "shared"))
    return msgspec.json.encode(whole)
