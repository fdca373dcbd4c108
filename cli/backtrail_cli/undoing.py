"""A roll-back plan: for what an actor changed and nobody changed back, the calls that undo it.

What a record names its inverse for is undone by that; where the value from before is needed, it is asked of the
account as it was before the actor's first change. What somebody else has changed since is left as he wanted it, unless
that is to be overwritten. What has no inverse here is listed, never dropped. Nothing is ever called on AWS: the plan
is proved on a copy in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from backtrail.errors import BacktrailError, Unprojectable
from backtrail.fold import route
from backtrail.machine import Machine
from backtrail.trail import codec
from backtrail.whatif.changing import Account
from backtrail_cli.inverses import FIXED, INVERSE, NEVER, NOTES, PRIOR, Prior
from backtrail_cli.moves import Move
from backtrail_cli.recreating import SPECIAL, Done, plain, read, told, was_there


class Class(StrEnum):
    """What it takes to undo a change."""

    RECORD = "from the record"
    BEFORE = "from before"
    CHANGED = "changed since"
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


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody else did to the same thing later: the action, and in words."""

    action: str
    words: str


def plan(
    moves: list[Move], before: Machine, now: Machine, time: datetime, since: Mapping[str, Since] | None = None
) -> list[Step]:
    """The steps, the last change first: what hangs on something else is undone before it.

    `moves` are the actor's successful writes in order; `before` is the account before the first of them, `now` as it is
    at the end; `since` says by event what others made of the same thing later: that is not overwritten.
    """
    steps: list[Step] = []
    made = [done(move, now) for move in moves]
    users = {
        str(told(one.params, "user_name")) for one in made if one is not None and one.action == "CreateUser"
    }
    known: set[tuple[str, str, str]] = set()
    for move, one in zip(reversed(moves), reversed(made), strict=True):
        there, was = _account(now, move, time), _account(before, move, time)
        for step in _steps(move, one, was, users):
            if not step.action:
                steps.append(step)
                continue
            key = (step.service, step.action, repr(sorted(step.params.items(), key=str)))
            changed = (since or {}).get(move.event.event_id)
            if key in known:
                step = msgspec.structs.replace(step, cls=Class.NOTHING, note="another step undoes it, too")
            elif changed is not None:
                step = _left(step, one, there, changed)
            else:
                known.add(key)
                step = _proved(step, there)
            steps.append(step)
    return steps


def _account(machine: Machine, move: Move, time: datetime) -> Account:
    """The account of a call, to ask and to change."""
    made = Account(machine, time, move.event.region)
    made.id = move.event.account or made.id
    return made


def done(move: Move, machine: Machine) -> Done | None:
    """A record's call by the action's own types; None where no plugin has them, or they do not fit."""
    raw = msgspec.json.encode(move.record)
    try:
        head = machine.folder.reader.head(raw)
        service, action = route(head.source, head.name, head.api_version)
        handler = machine.registry.handler(service, action)
        projectors = machine.registry.projectors.get((service, action), ())
        own = next((one for one in projectors if one.service == service), None)
        if handler is None or own is None:
            return None
        event = machine.folder.reader.event(own, head, action, None, None, None)
    except Unprojectable:
        return None
    return Done(service, action, event.params, event.result)


def _steps(move: Move, did: Done | None, before: Account, users: set[Any]) -> Iterator[Step]:
    """What undoes one change: one step at least."""
    service, action = (did.service, did.action) if did is not None else _bare(move)
    made = Step(event_id=move.event.event_id, did=f"{service}:{action}", on=move.resource, cls=Class.UNKNOWN)
    found = list(_calls(made, did, before, users)) if did is not None else []
    if found:
        yield from found
    elif action in NEVER:
        yield msgspec.structs.replace(made, cls=Class.NEVER, note=NEVER[action])
    elif (service, action) in PRIOR or (service, action) in SPECIAL:
        yield msgspec.structs.replace(made, note="what was there before is not told by the log")
    else:
        yield made


def _bare(move: Move) -> tuple[str, str]:
    return move.event.source.removesuffix(".amazonaws.com"), move.event.action.partition("2015")[0]


def _calls(made: Step, did: Done, before: Account, users: set[Any]) -> Iterator[Step]:
    key = (did.service, did.action)
    if key == ("iam", "CreateAccessKey"):
        yield _access_key(made, did, users)
    elif key in SPECIAL:
        for wanted in SPECIAL[key](did, before):
            yield msgspec.structs.replace(
                made, cls=Class.BEFORE if wanted.before else Class.RECORD, service=did.service, action=wanted.action,
                params=wanted.params, note=wanted.note,
            )  # fmt: skip
    elif key in PRIOR:
        yield from _as_before(made, did, PRIOR[key], before)
    elif key in INVERSE:
        inverse = INVERSE[key]
        params = given(before.machine, did, inverse.action, inverse.members)
        if params is not None:
            yield msgspec.structs.replace(
                made, cls=Class.RECORD, service=did.service, action=inverse.action, params=params,
                note=NOTES.get(key, ""),
            )  # fmt: skip


def _access_key(made: Step, did: Done, users: set[Any]) -> Step:
    """Made inactive, which can be turned back; deleted with the user who goes, too, and only without its keys."""
    key = told(did.result, "access_key.access_key_id")
    name = told(did.params, "user_name") or told(did.result, "access_key.user_name")
    named = {name_: one for name_, one in (("userName", name), ("accessKeyId", key)) if one}
    if name in users:
        return msgspec.structs.replace(
            made, cls=Class.RECORD, service="iam", action="DeleteAccessKey", params=named
        )  # fmt: skip
    params: dict[str, Any] = {**named, "status": "Inactive"}
    return msgspec.structs.replace(
        made, cls=Class.RECORD, service="iam", action="UpdateAccessKey", params=params, note="delete it later"
    )  # fmt: skip


def given(machine: Machine, did: Done, action: str, members: tuple[str, ...]) -> dict[str, Any] | None:
    """The parameters of a call that come from another's, or its answer, by the record's names; None where one that it
    must have is told by neither."""
    handler = machine.registry.handler(did.service, action)
    if handler is None:
        return None
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(handler.params):
        wanted = field.name in members or (field.name == "policy_arn" and "arn" in members)
        value = _told(did, field.name if field.name in members else "arn") if wanted else None
        if value is not None:
            found[field.encode_name] = plain(value)
        elif field.required:
            return None
    return found or None


def _told(did: Done, name: str) -> Any:
    """A member of a call's parameters, of its answer, or of what the answer holds."""
    inside = [did.params, did.result]
    if isinstance(did.result, msgspec.Struct):
        inside += [getattr(did.result, one) for one in did.result.__struct_fields__]
    aliases = {"secret_id": ("arn", "name"), "uuid": ("uuid",)}.get(name, ())
    values = (told(one, alias) for alias in (name, *aliases) for one in inside)
    return next((one for one in values if one is not None), None)


def _as_before(made: Step, did: Done, prior: Prior, before: Account) -> Iterator[Step]:
    """The value that was there before; where there was none, what was put is taken away."""
    named = given(before.machine, did, prior.read, prior.members)
    if named is None:
        return
    fixed = FIXED.get((did.service, prior.put), {})
    asked = {**named, **{name: one for name, one in fixed.items() if name == "policyName"}}
    value = _restored(before, did.service, prior, read(before, did.service, prior.read, prior.value, **asked))
    if value is not None:
        yield msgspec.structs.replace(
            made, cls=Class.BEFORE, service=did.service, action=prior.put, params={**named, **fixed, **value}
        )  # fmt: skip
    elif (
        prior.take
        and did.action != prior.take
        and was_there(before, did.service, prior.read, **asked) is not None
    ):
        yield msgspec.structs.replace(
            made, cls=Class.RECORD, service=did.service, action=prior.take, params=named
        )


def _restored(before: Account, service: str, prior: Prior, found: Any) -> dict[str, Any] | None:
    """The member that puts a value back, None where there is nothing to put."""
    handler = before.machine.registry.handler(service, prior.put)
    if handler is None:
        return None
    (field,) = (one for one in msgspec.structs.fields(handler.params) if one.name == prior.member)
    if isinstance(found, str):
        return {field.encode_name: plain(found)}
    if not isinstance(found, msgspec.Struct):
        return {field.encode_name: _suspended()} if prior.put == "PutBucketVersioning" else None
    built = codec.builtins(found)
    if not built and prior.put == "PutBucketVersioning":  # one that never had versions cannot go back further
        built = _suspended()
    return {field.encode_name: built} if built or not prior.take else None


def _suspended() -> dict[str, str]:
    return {"Status": "Suspended"}


def _left(step: Step, did: Done | None, now: Account, changed: Since) -> Step:
    """What somebody else has changed since; nothing is left to do where he changed it back."""
    if changed.action == step.action and did is not None and (did.service, did.action) in INVERSE:
        return msgspec.structs.replace(step, cls=Class.NOTHING, note=f"it is undone: {changed.words}")
    prior = PRIOR.get((did.service, did.action)) if did is not None else None
    if prior is not None and did is not None:
        for there in _as_before(step, did, prior, now):
            if (there.action, there.params) == (step.action, step.params):
                return msgspec.structs.replace(
                    step, cls=Class.NOTHING, note=f"it is as it was: {changed.words}"
                )
    return msgspec.structs.replace(step, cls=Class.CHANGED, note=f"{changed.words}; --force overwrites that")


_GONE = ("NoSuch", "NotFound", "NonExistent", "cannot be found", "Unknown")


def _proved(step: Step, now: Account) -> Step:
    """The step done on the copy. One that AWS would refuse for want of the thing has nothing left to do."""
    try:
        now.call(step.service, step.action, **step.params)
    except (BacktrailError, msgspec.ValidationError) as error:
        gone = any(
            word in str(error) for word in ("NoSuch", "NotFound", "NonExistent", "cannot be found", "Unknown")
        )
        return msgspec.structs.replace(
            step, cls=Class.NOTHING if gone else step.cls, proved="" if gone else str(error),
            note="it is not there any more" if gone else step.note,
        )  # fmt: skip
    return msgspec.structs.replace(step, proved="done")


def same_thing(machine: Machine, did: Done, other: Done) -> bool:
    """Whether two calls are about the same thing: what undoes the one, or does it again, is the other."""
    key = (did.service, did.action)
    group = {did.action}
    members: tuple[str, ...] = ()
    if key in PRIOR:
        prior = PRIOR[key]
        group |= {prior.put, prior.take}
        members = prior.members
    elif key in INVERSE:
        group.add(INVERSE[key].action)
        members = INVERSE[key].members
    else:
        group |= _ALSO.get(did.action, set())
        fields = msgspec.structs.fields(did.params)
        members = tuple(one.name for one in fields if one.required and _names(one.name))
    if did.service != other.service or other.action not in group:
        return False
    told_ = [(_last(_told(did, name)), _last(_told(other, name))) for name in members]
    both = [(one, two) for one, two in told_ if one is not None and two is not None]
    return bool(both) and all(one == two for one, two in both)


_ALSO = {
    "ScheduleKeyDeletion": {"CancelKeyDeletion"}, "DeleteTrail": {"CreateTrail"},
    "DeleteUser": {"CreateUser"}, "DeleteRole": {"CreateRole"}, "DeleteGroup": {"CreateGroup"},
    "PutRetentionPolicy": {"DeleteRetentionPolicy"}, "DeleteRetentionPolicy": {"PutRetentionPolicy"},
    "CreatePolicyVersion": {"SetDefaultPolicyVersion", "DeletePolicyVersion"},
}  # fmt: skip


def _names(attribute: str) -> bool:
    """Whether a parameter names something, rather than saying what to make of it."""
    return attribute.endswith(("_name", "_id", "_arn", "_url", "name", "bucket", "key", "identifier"))


def _last(value: object) -> Any:
    """A name, the same in a URL, an ARN or alone; other values as they are."""
    return value.rpartition("/")[2].rpartition(":")[2] if isinstance(value, str) else plain(value)
