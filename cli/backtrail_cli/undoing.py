"""A roll-back plan: for what an actor changed and nobody changed back, the call that undoes it.

What a record names its inverse for is undone by that; where the value from before is needed, it is asked of the
account as it was before the actor's first change. What has no inverse here is listed, never dropped. Nothing is ever
called on AWS: the plan is proved on a copy in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast
from urllib.parse import unquote

import msgspec

from backtrail.errors import BacktrailError
from backtrail.machine import Machine
from backtrail.whatif.changing import Account
from backtrail_cli.moves import Move


class Class(StrEnum):
    """What it takes to undo a change."""

    RECORD = "from the record"
    BEFORE = "from before"
    NOTHING = "nothing left to do"
    UNKNOWN = "no inverse known"
    NEVER = "cannot be undone"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One change and what undoes it: the call (none where nothing can), and how it went on the copy."""

    event_id: str
    did: str
    on: str
    cls: Class
    service: str = ""
    action: str = ""
    params: dict[str, Any] = {}
    note: str = ""
    proved: str = ""  # "done", or why not


Inverse = tuple[str, tuple[str, ...]]
"""The action that undoes another of its service, and the parameters that both share."""

# By (service, action): https://docs.aws.amazon.com/service-authorization/latest/reference/ lists the actions of each.
_INVERSE: Final[dict[tuple[str, str], Inverse]] = {
    ("iam", "CreateUser"): ("DeleteUser", ("userName",)),
    ("iam", "CreateLoginProfile"): ("DeleteLoginProfile", ("userName",)),
    ("iam", "CreateRole"): ("DeleteRole", ("roleName",)),
    ("iam", "CreateGroup"): ("DeleteGroup", ("groupName",)),
    ("iam", "CreateInstanceProfile"): ("DeleteInstanceProfile", ("instanceProfileName",)),
    ("iam", "AttachUserPolicy"): ("DetachUserPolicy", ("userName", "policyArn")),
    ("iam", "AttachRolePolicy"): ("DetachRolePolicy", ("roleName", "policyArn")),
    ("iam", "AttachGroupPolicy"): ("DetachGroupPolicy", ("groupName", "policyArn")),
    ("iam", "DetachUserPolicy"): ("AttachUserPolicy", ("userName", "policyArn")),
    ("iam", "DetachRolePolicy"): ("AttachRolePolicy", ("roleName", "policyArn")),
    ("iam", "AddUserToGroup"): ("RemoveUserFromGroup", ("userName", "groupName")),
    ("iam", "RemoveUserFromGroup"): ("AddUserToGroup", ("userName", "groupName")),
    ("iam", "AddRoleToInstanceProfile"): (
        "RemoveRoleFromInstanceProfile",
        ("instanceProfileName", "roleName"),
    ),
    ("s3", "CreateBucket"): ("DeleteBucket", ("bucketName",)),
    ("cloudtrail", "StopLogging"): ("StartLogging", ("name",)),
    ("cloudtrail", "CreateTrail"): ("DeleteTrail", ("name",)),
    ("sns", "Subscribe"): ("Unsubscribe", ("subscriptionArn",)),
    ("sns", "CreateTopic"): ("DeleteTopic", ("topicArn",)),
    ("sqs", "CreateQueue"): ("DeleteQueue", ("queueUrl",)),
    ("lambda", "CreateFunctionUrlConfig"): ("DeleteFunctionUrlConfig", ("functionName",)),
    ("lambda", "CreateFunction"): ("DeleteFunction", ("functionName",)),
}
# Changes whose value from before is asked for: the read, its parameters, what it answers, how to put it back, and how
# to take away what was not there.
_PRIOR: Final[dict[tuple[str, str], tuple[str, tuple[str, ...], str, str, str, str]]] = {
    ("s3", "PutBucketPolicy"): (
        "GetBucketPolicy", ("bucketName",), "policy", "PutBucketPolicy", "bucketPolicy", "DeleteBucketPolicy",
    ),
    ("s3", "DeleteBucketPolicy"): ("GetBucketPolicy", ("bucketName",), "policy", "PutBucketPolicy", "bucketPolicy", ""),
    ("iam", "PutUserPolicy"): (
        "GetUserPolicy", ("userName", "policyName"), "policy_document", "PutUserPolicy", "policyDocument",
        "DeleteUserPolicy",
    ),
    ("iam", "DeleteUserPolicy"): (
        "GetUserPolicy", ("userName", "policyName"), "policy_document", "PutUserPolicy", "policyDocument", "",
    ),
    ("iam", "PutRolePolicy"): (
        "GetRolePolicy", ("roleName", "policyName"), "policy_document", "PutRolePolicy", "policyDocument",
        "DeleteRolePolicy",
    ),
    ("iam", "DeleteRolePolicy"): (
        "GetRolePolicy", ("roleName", "policyName"), "policy_document", "PutRolePolicy", "policyDocument", "",
    ),
    ("iam", "UpdateAssumeRolePolicy"): (
        "GetRole", ("roleName",), "role.assume_role_policy_document", "UpdateAssumeRolePolicy", "policyDocument", "",
    ),
}  # fmt: skip
_NEVER: Final = {
    "DeleteObject": "the object is gone, unless the bucket kept versions: restore it from a backup",
    "DeleteObjects": "the objects are gone, unless the bucket kept versions: restore them from a backup",
    "PurgeQueue": "the messages are gone", "DeleteLogGroup": "the log events are gone",
    "DeleteBucket": "make it again under its name while nobody else has it; what was in it is gone",
    "SendMessage": "the message may have been received", "Publish": "the message was delivered",
    "Invoke": "the function ran", "SendCommand": "the command ran",
}  # fmt: skip


def plan(moves: list[Move], before: Machine, now: Machine, time: datetime) -> list[Step]:
    """The steps, the last change first: what hangs on something else is undone before it. `moves` are the actor's
    successful writes in order; `before` is the account before the first of them, `now` as it is at the end."""
    steps: list[Step] = []
    users = {
        _names(one.record, ("userName",)).get("userName", "")
        for one in moves
        if one.event.action == "CreateUser"
    }
    done: set[tuple[str, str, str]] = set()
    for move in reversed(moves):
        step = _step(move, Account(before, time, move.event.region), users)
        key = (step.service, step.action, repr(sorted(step.params.items(), key=str)))
        if step.action and key in done:
            step = msgspec.structs.replace(step, cls=Class.NOTHING, note="another step undoes it, too")
        elif step.action:
            done.add(key)
            step = _proved(step, Account(now, time, move.event.region))
        steps.append(step)
    return steps


def _step(move: Move, before: Account, users: set[str]) -> Step:
    service, action = move.event.source.removesuffix(".amazonaws.com"), move.event.action.partition("2015")[0]
    made = Step(event_id=move.event.event_id, did=f"{service}:{action}", on=move.resource, cls=Class.UNKNOWN)
    if action in _NEVER:
        return msgspec.structs.replace(made, cls=Class.NEVER, note=_NEVER[action])
    if (service, action) == ("iam", "CreateAccessKey"):
        names = _names(move.record, ("userName", "accessKeyId"))
        if names.get("userName") in users:  # the user goes, too, and only without its keys
            return msgspec.structs.replace(
                made, cls=Class.RECORD, service="iam", action="DeleteAccessKey", params=names
            )  # fmt: skip
        params: dict[str, Any] = {**names, "status": "Inactive"}
        return msgspec.structs.replace(
            made, cls=Class.RECORD, service="iam", action="UpdateAccessKey", params=params, note="delete it later"
        )  # fmt: skip
    if (inverse := _INVERSE.get((service, action))) is not None:
        names = _names(move.record, inverse[1])
        if len(names) == len(inverse[1]):
            return msgspec.structs.replace(
                made, cls=Class.RECORD, service=service, action=inverse[0], params=names
            )
    if (service, action) in _PRIOR:
        return _from_before(made, service, action, move.record, before)
    return made


def _from_before(made: Step, service: str, action: str, record: Mapping[str, Any], before: Account) -> Step:
    """The value that was there before; where there was none, what was put is taken away."""
    read, members, path, put, member, take = _PRIOR[service, action]
    names = _names(record, members)
    try:
        found: Any = before.call(service, read, **names)
        for part in path.split("."):
            found = getattr(found, part)
    except (BacktrailError, AttributeError):
        found = None
    if isinstance(found, str):
        text = unquote(found) if found.startswith("%7B") else found
        return msgspec.structs.replace(
            made, cls=Class.BEFORE, service=service, action=put, params={**names, member: text}
        )  # fmt: skip
    if take:
        return msgspec.structs.replace(made, cls=Class.RECORD, service=service, action=take, params=names)
    return msgspec.structs.replace(made, note="what was there before is not told by the log")


def _proved(step: Step, now: Account) -> Step:
    """The step done on the copy. One that AWS would refuse for want of the thing has nothing left to do."""
    try:
        now.call(step.service, step.action, **step.params)
    except BacktrailError as error:
        gone = any(word in str(error) for word in ("NoSuch", "NotFound", "NonExistent", "cannot be found"))
        return msgspec.structs.replace(
            step, cls=Class.NOTHING if gone else step.cls, proved="" if gone else str(error),
            note="it is not there any more" if gone else step.note,
        )  # fmt: skip
    return msgspec.structs.replace(step, proved="done")


def _names(record: Mapping[str, Any], members: tuple[str, ...]) -> dict[str, str]:
    asked = cast("dict[str, Any]", record.get("requestParameters") or {})
    answer = cast("dict[str, Any]", record.get("responseElements") or {})
    inside = [
        asked,
        answer,
        *(cast("dict[str, Any]", one) for one in answer.values() if isinstance(one, dict)),
    ]
    found = {
        name: next((one[name] for one in inside if isinstance(one.get(name), str)), None) for name in members
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def shell(step: Step, spell: Callable[[str], str]) -> str:
    """The step as a command of the AWS CLI, to be read before it is run."""
    import shlex

    command = {"s3": "s3api"}.get(step.service, step.service)
    renamed = {"bucketName": "bucket", "bucketPolicy": "policy"}
    options = " ".join(
        f"--{spell(renamed.get(name, name))} {shlex.quote(str(value))}" for name, value in step.params.items()
    )
    return f"aws {command} {spell(step.action)} {options}".rstrip()
