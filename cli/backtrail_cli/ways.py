"""Ways back in: what an actor left behind that lets somebody in again, and whether it is still there.

A way is known by what the call was about: the key, the user and policy, the function and statement. It is gone when a
later call, whoever's, took that very thing away, or what it belonged to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, cast

import msgspec

from backtrail_cli.lineages import Family, title
from backtrail_cli.moves import Move, moves
from backtrail_eventstore import Event, Filters, SqliteStore
from backtrail_eventstore.scanning import records_at

Names = tuple[str, ...]


class Kind(msgspec.Struct, frozen=True):
    """A kind of way: what people call it, which parameters name it, and what takes it away (action -> parameters)."""

    name: str
    by: tuple[str, ...]
    undone: Mapping[str, tuple[str, ...]]


_USER: Final = {"DeleteUser": ("userName",)}
_ROLE: Final = {"DeleteRole": ("roleName",)}

# By action without the API's date. Of each `undone` the parameters must equal those of the same name in the making.
KINDS: Final = {
    "CreateAccessKey": Kind(
        "access key", ("accessKeyId", "userName"),
        {"DeleteAccessKey": ("accessKeyId",), "UpdateAccessKey": ("accessKeyId",), **_USER},
    ),
    "CreateUser": Kind("user", ("userName",), _USER),
    "CreateLoginProfile": Kind("console password", ("userName",), {"DeleteLoginProfile": ("userName",), **_USER}),
    "UpdateLoginProfile": Kind("console password", ("userName",), {"DeleteLoginProfile": ("userName",), **_USER}),
    "AttachUserPolicy": Kind(
        "permissions of a user", ("userName", "policyArn"), {"DetachUserPolicy": ("userName", "policyArn"), **_USER}
    ),
    "PutUserPolicy": Kind(
        "permissions of a user", ("userName", "policyName"), {"DeleteUserPolicy": ("userName", "policyName"), **_USER}
    ),
    "AddUserToGroup": Kind(
        "permissions of a user", ("userName", "groupName"), {"RemoveUserFromGroup": ("userName", "groupName"), **_USER}
    ),
    "CreateRole": Kind("role", ("roleName",), _ROLE),
    "UpdateAssumeRolePolicy": Kind(
        "trust of a role", ("roleName",), {"UpdateAssumeRolePolicy": ("roleName",), **_ROLE}
    ),
    "AttachRolePolicy": Kind(
        "permissions of a role", ("roleName", "policyArn"), {"DetachRolePolicy": ("roleName", "policyArn"), **_ROLE}
    ),
    "PutRolePolicy": Kind(
        "permissions of a role", ("roleName", "policyName"), {"DeleteRolePolicy": ("roleName", "policyName"), **_ROLE}
    ),
    "CreatePolicyVersion": Kind("policy version", ("policyArn",), {"DeletePolicy": ("policyArn",)}),
    "EnableMFADevice": Kind(
        "second factor", ("userName", "serialNumber"), {"DeactivateMFADevice": ("serialNumber",), **_USER}
    ),
    "CreateSAMLProvider": Kind(
        "identity provider", ("sAMLProviderArn", "name"), {"DeleteSAMLProvider": ("sAMLProviderArn",)}
    ),
    "CreateOpenIDConnectProvider": Kind(
        "identity provider", ("openIDConnectProviderArn", "url"),
        {"DeleteOpenIDConnectProvider": ("openIDConnectProviderArn",)},
    ),
    "CreateTrustAnchor": Kind(
        "Roles Anywhere anchor", ("trustAnchorId", "name"), {"DeleteTrustAnchor": ("trustAnchorId",)}
    ),
    "AddPermission": Kind(
        "permission on a resource", ("functionName", "statementId", "topicArn", "queueUrl", "label"),
        {
            "RemovePermission": ("functionName", "statementId", "topicArn", "queueUrl", "label"),
            "DeleteFunction": ("functionName",),
        },
    ),
    "CreateFunctionUrlConfig": Kind(
        "function URL", ("functionName",),
        {"DeleteFunctionUrlConfig": ("functionName",), "DeleteFunction": ("functionName",)},
    ),
    "CreateFunction": Kind("function", ("functionName",), {"DeleteFunction": ("functionName",)}),
    "UpdateFunctionCode": Kind("code of a function", ("functionName",), {"DeleteFunction": ("functionName",)}),
    "PutRule": Kind("event rule", ("name",), {"DeleteRule": ("name",)}),
    "CreateKeyPair": Kind("key pair", ("keyName",), {"DeleteKeyPair": ("keyName",)}),
    "ImportKeyPair": Kind("key pair", ("keyName",), {"DeleteKeyPair": ("keyName",)}),
    "CreateAssociation": Kind("SSM association", ("associationId", "name"), {"DeleteAssociation": ("associationId",)}),
    "PutBucketPolicy": Kind(
        "bucket policy", ("bucketName",), {"DeleteBucketPolicy": ("bucketName",), "DeleteBucket": ("bucketName",)}
    ),
    "PutKeyPolicy": Kind("key policy", ("keyId",), {"PutKeyPolicy": ("keyId",)}),
    "CreateGrant": Kind("key grant", ("grantId", "keyId"), {"RevokeGrant": ("grantId",), "RetireGrant": ("grantId",)}),
}  # fmt: skip


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way back in: who made it, whether anybody took it away, and whether it was used."""

    kind: str
    names: dict[str, str]
    made: Event
    who: str
    gone: Event | None
    used: int  # records by what it let in


async def ways(store: SqliteStore, family: Family, actor: str) -> list[Way]:
    """All ways that an actor made, and all that came out of it; those that are still there first."""
    found: list[Way] = []
    async for move in moves(store, Filters(failed=False), family, actor):
        kind = KINDS.get(_bare(move.event.action))
        names = _names(move.record, kind.by) if kind is not None else {}
        if kind is None or not names:
            continue
        gone = await _gone(store, kind, names, move)
        session = family.by_id.get(move.session)
        who = title(session) if session is not None else move.who.name
        found.append(
            Way(kind=kind.name, names=names, made=move.event, who=who, gone=gone, used=_used(family, names))
        )
    return sorted(found, key=lambda way: (way.gone is not None, way.made.time))


async def _gone(store: SqliteStore, kind: Kind, names: dict[str, str], made: Move) -> Event | None:
    """The first later call that took the way away."""
    async for event, record in _later(store, made.event, tuple(kind.undone)):
        members = kind.undone[_bare(event.action)]
        told = _names(record, members)
        if told and all(names.get(name) == value for name, value in told.items()) and _takes(event, record):
            return event
    return None


async def _later(
    store: SqliteStore, made: Event, actions: Names
) -> AsyncIterator[tuple[Event, Mapping[str, Any]]]:
    from backtrail_cli.moves import decoded

    events: list[Event] = []
    for action in actions:
        wanted = Filters(action=action, account=made.account or None, since=made.time, failed=False)
        events += await store.index.events(wanted, limit=500, newest_first=False)
    events = [one for one in events if one.seq != made.seq]
    records = await records_at(store, [one.seq for one in events])
    for event in sorted(events, key=lambda one: (one.time, one.seq)):
        yield event, decoded(records[event.seq])


def _takes(event: Event, record: Mapping[str, Any]) -> bool:
    """An UpdateAccessKey takes a key away only where it makes it inactive."""
    if event.action != "UpdateAccessKey":
        return True
    return cast("dict[str, Any]", record.get("requestParameters") or {}).get("status") == "Inactive"


def _used(family: Family, names: dict[str, str]) -> int:
    """Records by the key, the user, or the role's sessions that a way is about."""
    key, user, role = names.get("accessKeyId"), names.get("userName"), names.get("roleName")
    total = 0
    for one in family.sessions:
        by_key = key is not None and key in one.keys
        by_name = key is None and user is not None and one.kind == "IAMUser" and one.name == user
        by_role = role is not None and one.kind == "AssumedRole" and one.name.partition("/")[0] == role
        total += one.records if by_key or by_name or by_role else 0
    return total


def _names(record: Mapping[str, Any], members: Names) -> dict[str, str]:
    """What a call names, by its parameters, and by its answer where it makes the identifier."""
    asked = cast("dict[str, Any]", record.get("requestParameters") or {})
    answer = cast("dict[str, Any]", record.get("responseElements") or {})
    inside = [
        asked,
        answer,
        *(cast("dict[str, Any]", one) for one in answer.values() if isinstance(one, dict)),
    ]
    found: dict[str, str] = {}
    for member in members:
        value = next((one[member] for one in inside if isinstance(one.get(member), str)), None)
        if value is not None:
            found[member] = str(value)
    return found


def _bare(action: str) -> str:
    """An action without Lambda's date: `AddPermission20150331v2` -> `AddPermission`."""
    return action.partition("2015")[0].partition("2014")[0] if action[-1:].isdigit() else action
