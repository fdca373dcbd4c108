"""Which records put policies where they are: who wrote them, who attached them, and when.

Told of each record that is folded, it keeps the last one that set each policy, so that at any moment of the fold it
knows what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from backtrail.errors import Unprojectable
from backtrail.policy.evaluation import Found, Kind
from backtrail.record import decode_identity, exact_time
from backtrail.store import Stored
from backtrail.trail.jsons import is_object

Key = tuple[str, ...]
Json = dict[str, Any]


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """A record that put a policy somewhere, and how: `written`, `attached`, `joined`."""

    event_id: str
    time: datetime
    action: str
    by: str
    what: str


class _Told(msgspec.Struct, frozen=True):
    """As much of a record as tells of policies."""

    eventName: str = ""
    eventTime: str = ""
    eventID: str = ""
    errorCode: str | None = None
    requestParameters: object = None
    responseElements: object = None
    recipientAccountId: str | None = None
    userIdentity: msgspec.Raw = msgspec.Raw(b"null")


_told = msgspec.json.Decoder(_Told, strict=False)


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _name(value: object) -> str:
    return str(value or "").lower()


def _entity(params: Json) -> tuple[str, str]:
    """The kind and name of whom a call of IAM is about."""
    for kind in ("user", "group", "role"):
        if params.get(f"{kind}Name"):
            return kind, _name(params[f"{kind}Name"])
    return "", ""


def _last_part(value: object) -> str:
    text = str(value or "")
    return text.rpartition("/")[2] if "/" in text else text.rpartition(":")[2]


def _inline(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    yield ("inline", *_entity(params), str(params.get("policyName"))), "written"


def _attached(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    yield ("attached", *_entity(params), str(params.get("policyArn"))), "attached"


def _bounded(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    yield ("boundary", *_entity(params)), "attached"


def _made(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    """A user or role can be made with a boundary, and a role with its trust policy."""
    if params.get("permissionsBoundary"):
        yield ("boundary", *_entity(params)), "attached"
    if params.get("assumeRolePolicyDocument"):
        yield ("trust", _name(params.get("roleName"))), "written"


def _trusted(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    yield ("trust", _name(params.get("roleName"))), "written"


def _policy(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    policy = _object(result.get("policy"))
    name = params.get("policyName") or params.get("name")
    yield ("text", str(policy.get("arn") or name)), "written"
    summary = _object(policy.get("policySummary"))
    if summary:
        yield ("text", str(summary.get("arn"))), "written"


def _version(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    if params.get("setAsDefault") or "versionId" in params:
        yield ("text", str(params.get("policyArn"))), "written"


def _controlled(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    policy = _object(result.get("policy"))
    summary = _object(policy.get("policySummary"))
    yield ("text", str(summary.get("arn") or params.get("policyId"))), "written"


def _control(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    yield ("control", str(params.get("policyId"))), "attached"


def _joined(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
    yield ("member", _name(params.get("userName")), _name(params.get("groupName"))), "joined"


def _resource(*members: str) -> Callable[[Json, Json], Iterator[tuple[Key, str]]]:
    def told(params: Json, result: Json) -> Iterator[tuple[Key, str]]:
        for member in members:
            if params.get(member):
                yield ("resource", _last_part(params[member])), "written"
                return

    return told


_ACTIONS: Final[dict[str, Callable[[Json, Json], Iterator[tuple[Key, str]]]]] = {
    **dict.fromkeys(("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy"), _inline),
    **dict.fromkeys(("AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"), _attached),
    **dict.fromkeys(("PutUserPermissionsBoundary", "PutRolePermissionsBoundary"), _bounded),
    **dict.fromkeys(("CreateUser", "CreateRole"), _made),
    "UpdateAssumeRolePolicy": _trusted,
    "CreatePolicy": _policy,
    **dict.fromkeys(("CreatePolicyVersion", "SetDefaultPolicyVersion"), _version),
    "UpdatePolicy": _controlled,
    "AttachPolicy": _control,
    "AddUserToGroup": _joined,
    "PutBucketPolicy": _resource("bucketName"),
    **dict.fromkeys(("SetQueueAttributes", "CreateQueue"), _resource("queueUrl", "queueName")),
    **dict.fromkeys(("SetTopicAttributes", "CreateTopic"), _resource("topicArn", "name")),
    "AddPermission": _resource("queueUrl", "topicArn", "functionName"),
    "AddPermission20150331v2": _resource("functionName"),
    **dict.fromkeys(("PutKeyPolicy", "CreateKey"), _resource("keyId")),
    "PutResourcePolicy": _resource("resourceArn", "secretId", "policyName"),
}


class PolicyRecords:
    """The records that set what stands, as of the last record that it was told of."""

    def __init__(self) -> None:
        self._puts: dict[Key, Put] = {}

    def __call__(self, entry: Stored, outcome: object = None) -> None:
        """Hear of one record."""
        try:
            told = _told.decode(entry.record)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return
        tell = _ACTIONS.get(told.eventName)
        if tell is None or told.errorCode is not None or not is_object(told.requestParameters):
            return
        params, result = _object(told.requestParameters), _object(told.responseElements)
        identity = decode_identity(bytes(told.userIdentity))
        by = identity.arn if isinstance(identity.arn, str) else str(identity.invoked_by or "")
        try:
            time = exact_time(entry.event_id, told.eventTime)
        except (ValueError, Unprojectable):
            return
        for key, what in tell(params, result):
            self._puts[key] = Put(event_id=entry.event_id, time=time, action=told.eventName, by=by, what=what)

    def of(self, found: Found, resource: str, user: str = "") -> list[Put]:
        """The records behind a statement that decided, the earliest first. `user` is the caller's name."""
        keys = list(_keys(found, resource, user))
        puts = {put.event_id: put for key in keys if (put := self._puts.get(key)) is not None}
        return sorted(puts.values(), key=lambda put: put.time)


def _keys(found: Found, resource: str, user: str) -> Iterator[Key]:
    policy, kind = found.policy, found.kind
    if kind in (Kind.RESOURCE,):
        yield ("resource", _bucket(resource))
        return
    if kind is Kind.TRUST:
        yield ("trust", _last_part(resource).lower())
        return
    if kind in (Kind.SCP, Kind.RCP):
        yield ("text", policy.arn)
        yield ("text", _last_part(policy.arn))
        yield ("control", _last_part(policy.arn))
        return
    whose, name = _whose(policy.through)
    if whose == "group" and user:
        yield ("member", user.lower(), name)
    if kind is Kind.BOUNDARY:
        yield ("boundary", whose, name)
    if policy.arn:
        yield ("text", policy.arn)
        yield ("text", _last_part(policy.arn))
        yield ("attached", whose, name, policy.arn)
    else:
        yield ("inline", whose, name, policy.id.rpartition("/")[2])


def _whose(arn: str) -> tuple[str, str]:
    """`arn:aws:iam::1:user/x/eve` -> user, eve."""
    kind, _, path = arn.rpartition(":")[2].partition("/")
    return kind, path.rpartition("/")[2].lower()


def _bucket(resource: str) -> str:
    """The name of what has the policy: an object's is its bucket."""
    if ":s3:::" in resource:
        return resource.partition(":s3:::")[2].partition("/")[0]
    return _last_part(resource)
