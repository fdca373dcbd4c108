"""What a recorded call asked for, as policies see it: who, which actions on what, and the condition keys it tells.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from backtrail import names
from backtrail.actors import Actor, actor
from backtrail.call import Access
from backtrail.mentions import Mention, mentions
from backtrail.policy import Principal, Who
from backtrail.policy.context import Value, values

Record = Mapping[str, Any]

_KINDS: Final = {
    "Root": Who.ROOT, "IAMUser": Who.USER, "AssumedRole": Who.ROLE, "Role": Who.ROLE, "FederatedUser": Who.FEDERATED,
    "AWSService": Who.SERVICE,
}  # fmt: skip
_TYPES: Final = {
    "Root": "Account",
    "IAMUser": "User",
    "AssumedRole": "AssumedRole",
    "FederatedUser": "FederatedUser",
}

# Events whose action has another name in policies, where no plugin tells,
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_S3: Final = {
    "ListObjects": "ListBucket", "ListObjectsV2": "ListBucket", "HeadBucket": "ListBucket", "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets", "CopyObject": "PutObject", "DeleteObjects": "DeleteObject",
    "CreateMultipartUpload": "PutObject", "UploadPart": "PutObject", "CompleteMultipartUpload": "PutObject",
}  # fmt: skip
_OTHERS: Final = {("lambda", "Invoke"): "InvokeFunction", ("lambda", "InvokeAsync"): "InvokeFunction"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded call. `guessed` says that the resources were not told, so that `*` stands for them."""

    who: Actor
    principal: Principal
    accesses: tuple[Access, ...]
    keys: TheRecordsKeys
    guessed: bool = False


class TheRecordsKeys:
    """The condition keys that a record tells. `unknown` are those that were asked for and that it cannot tell."""

    def __init__(self, record: Record, who: Actor, given: Mapping[str, Value] | None = None) -> None:
        self._told = record, who, given or {}
        self._known: dict[str, tuple[str, ...] | None] | None = None  # most calls are asked for none
        self.unknown: set[str] = set()

    def get(self, key: str, /) -> tuple[str, ...] | None:
        """The values of a key (in small letters), None where it has none or nobody knows."""
        if self._known is None:
            record, who, given = self._told
            self._known = {
                name.lower(): values(value) for name, value in (_keys(record, who) | dict(given)).items()
            }
        if key not in self._known:
            self.unknown.add(key)
            return None
        return self._known[key]


def asked(
    record: Record, service: str, action: str, accesses: tuple[Access, ...] = (), who: Actor | None = None,
    mentioned: Callable[[Record], list[Mention]] = mentions,
) -> Asked:  # fmt: skip
    """What a record's call asked for; `accesses` where its service's plugin tells them, `who` where it is known."""
    who = who or actor(record)
    guessed = False
    if not accesses:
        prefix = names.iam_prefix(service)
        named = _S3.get(action, action) if service == "s3" else _OTHERS.get((service, action), action)
        arns = _arns(record, mentioned)
        guessed = not arns
        accesses = (Access(action=f"{prefix}:{named}", resources=arns or ["*"]),)
    given: dict[str, Value] = {}
    for access in accesses:
        given |= dict(access.context)
    return Asked(
        who=who, principal=principal(who), accesses=accesses, keys=TheRecordsKeys(record, who, given), guessed=guessed
    )  # fmt: skip


def principal(who: Actor) -> Principal:
    """An actor as policies see it."""
    issuer_id = (
        (who.principal or "").partition(":")[0] if who.kind in ("AssumedRole", "FederatedUser") else ""
    )
    return Principal(
        who=Who.ANONYMOUS if who.name == "anonymous" else _KINDS.get(who.kind, Who.USER),
        arn=who.arn or "", account=who.account or "", id=who.principal or "", issuer=who.issuer or "",
        issuer_id=issuer_id, service=who.name if who.kind == "AWSService" else "",
    )  # fmt: skip


def by_service(record: Record, who: Actor) -> bool:
    """Whether a service made the call on its caller's behalf: the address is then the service's."""
    address = str(record.get("sourceIPAddress") or "")
    return bool(who.invoked_by) or address == "AWS Internal" or address.endswith(".amazonaws.com")


def _arns(record: Record, mentioned: Callable[[Record], list[Mention]]) -> list[str]:
    told = record.get("resources")
    listed = [
        str(cast("dict[str, Any]", one).get("ARN"))
        for one in (cast("list[Any]", told) if isinstance(told, list) else [])
        if isinstance(one, dict) and cast("dict[str, Any]", one).get("ARN")
    ]
    if listed:
        return listed
    found = [one.id for one in mentioned(record) if one.certain and one.id.startswith("arn:")]
    return list(dict.fromkeys(found))


def _keys(record: Record, who: Actor) -> dict[str, Value]:
    identity = cast("dict[str, Any]", record.get("userIdentity") or {})
    context = cast("dict[str, Any]", identity.get("sessionContext") or {})
    attributes = cast("dict[str, Any]", context.get("attributes") or {})
    via = by_service(record, who)
    time = str(record.get("eventTime") or "")
    keys: dict[str, Value] = {
        "aws:SourceIp": None if via else _address(record.get("sourceIPAddress")),
        "aws:ViaAWSService": via and who.kind != "AWSService",
        "aws:CalledVia": [who.invoked_by] if who.invoked_by and who.kind != "AWSService" else None,
        "aws:CalledViaFirst": who.invoked_by if who.kind != "AWSService" else None,
        "aws:CalledViaLast": who.invoked_by if who.kind != "AWSService" else None,
        "aws:PrincipalIsAWSService": who.kind == "AWSService",
        "aws:PrincipalArn": who.issuer if who.kind == "AssumedRole" and who.issuer else who.arn,
        "aws:PrincipalAccount": who.account,
        "aws:PrincipalType": _TYPES.get(who.kind),
        "aws:userid": who.principal,
        "aws:username": who.name if who.kind == "IAMUser" else None,
        "aws:RequestedRegion": str(record.get("awsRegion") or "") or None,
        "aws:UserAgent": str(record.get("userAgent") or "") or None,
        "aws:SourceIdentity": who.source_identity,
        "aws:TokenIssueTime": who.began,
        "aws:SourceVpce": record.get("vpcEndpointId"),
        # Of a user's own keys there is no such key, of a session it is told.
        "aws:MultiFactorAuthPresent": str(attributes["mfaAuthenticated"]) if "mfaAuthenticated" in attributes else None,
    }  # fmt: skip
    if time:
        keys["aws:CurrentTime"] = time
        keys["aws:EpochTime"] = int(datetime.fromisoformat(time).timestamp())
    if record.get("tlsDetails"):
        keys["aws:SecureTransport"] = True
    params = record.get("requestParameters")
    if isinstance(params, dict) and "externalId" in params:
        keys["sts:ExternalId"] = str(cast("dict[str, Any]", params)["externalId"])
    return keys


def _address(told: object) -> str | None:
    try:
        return str(ipaddress.ip_address(str(told)))
    except ValueError:
        return None
