"""Asking a folded account who may do what: principals by name, and how policies decide, statement by statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from backtrail import names
from backtrail.call import Access, Call, Caller
from backtrail.errors import Refusal
from backtrail.identity import default_account, resolve
from backtrail.machine import Machine
from backtrail.policy.errors import BadPolicy
from backtrail.policy.evaluation import Explained, Found, Outcome
from backtrail.record import Identity, Issuer, SessionContext, partition_of
from backtrail_cli import faults, resources, screen
from backtrail_cli.policy_records import PolicyRecords, Put

_KEY = re.compile(r"A(?:KI|SI)A[A-Z2-7]{16}")
_ARN = re.compile(r"arn:[a-z-]+:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)(?:/(.+))?")
_ACTION = re.compile(r"[\w-]+:[\w*?]+")
_NAMED: Final = {"AWS::IAM::User": "user", "AWS::IAM::Role": "role"}
ANSWERS: Final = {
    Outcome.ALLOWED: "allowed", Outcome.EXPLICIT_DENY: "denied", Outcome.IMPLICIT_DENY: "denied",
    Outcome.UNKNOWN: "unknown",
}  # fmt: skip


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How an action on one resource is decided for a principal."""

    principal: str
    action: str
    explained: Explained

    @property
    def text(self) -> str:
        """allowed, denied or unknown."""
        return ANSWERS[self.explained.decision.outcome]


def caller(machine: Machine, asked: str, now: datetime, region: str = "us-east-1") -> Caller:
    """Whom a text names: an access key, an ARN, an account, a service, or the name of a user or role.

    Raises `Fault` for nobody, and for a name that several have.
    """
    if _KEY.fullmatch(asked):
        try:
            found = resolve(machine, asked, region, now).caller
        except Refusal as refusal:
            raise faults.Fault(f"the key {asked} is nobody's now: {refusal.message}") from refusal
        return msgspec.structs.replace(found, verified=True)
    if asked.isdigit() and len(asked) == 12:
        return resolve(machine, asked, region, now).caller
    if asked.endswith(".amazonaws.com"):
        identity = Identity(type="AWSService", invoked_by=asked)
        return Caller(identity=identity, account=default_account(machine), service=asked)
    return _of_arn(asked if asked.startswith("arn:") else _arn_named(machine, asked), region)


def _arn_named(machine: Machine, name: str) -> str:
    if name == "root":
        return f"arn:aws:iam::{default_account(machine)}:root"
    kind, _, short = name.rpartition("/")
    held = [thing for thing in resources.things(machine, ("iam",)) if thing.type in _NAMED]
    found = [
        thing.arn for thing in held
        if thing.id.lower() == short.lower() and kind in ("", _NAMED[thing.type])
    ]  # fmt: skip
    if len(found) == 1:
        return found[0]
    if not found:
        close = faults.like(short, [thing.id for thing in held])
        raise faults.Fault(
            f"no user or role of this log is called {screen.clean(name)!r} by then{close}; an ARN names anybody"
        )
    raise faults.Fault(f"{screen.clean(name)!r} is {' and '.join(sorted(found))}: name one by its ARN")


def _of_arn(arn: str, region: str) -> Caller:
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise faults.Fault(f"{screen.clean(arn)!r} is no user, role, session or root")
    account, kind, path = parts.group(1), parts.group(2), parts.group(3) or ""
    if kind == "root":
        return Caller(
            identity=Identity(type="Root", arn=arn, account_id=account, principal_id=account), account=account
        )
    if kind == "user":
        name = path.rpartition("/")[2]
        return Caller(
            identity=Identity(type="IAMUser", arn=arn, account_id=account, user_name=name), account=account
        )
    if kind == "federated-user":
        return Caller(identity=Identity(type="FederatedUser", arn=arn, account_id=account), account=account)
    role = path.partition("/")[0] if kind == "assumed-role" else path.rpartition("/")[2]
    issuer = arn if kind == "role" else f"arn:{partition_of(region)}:iam::{account}:role/{role}"
    session = (
        arn if kind == "assumed-role" else f"arn:{partition_of(region)}:sts::{account}:assumed-role/{role}/-"
    )
    context = SessionContext(
        session_issuer=Issuer(type="Role", arn=issuer, account_id=account, user_name=role)
    )
    return Caller(
        identity=Identity(type="AssumedRole", arn=session, account_id=account, session_context=context),
        account=account,
    )


def shown(who: Caller) -> str:
    """A caller as answers name it."""
    return who.arn or who.service or "anonymous"


def check_action(action: str) -> str:
    """An action as policies write it. Raises `Fault`."""
    prefix = action.partition(":")[0].lower()
    known = {row.iam for row in names.table().values()}
    if not _ACTION.fullmatch(action):
        raise faults.Fault(
            f"{screen.clean(action)!r} is no action: write it as policies do, like s3:GetObject"
        )
    if prefix not in known:
        raise faults.Fault(f"AWS has no service {prefix!r}{faults.like(prefix, known)}")
    return action


def resource_arn(machine: Machine, asked: str) -> str:
    """The ARN of what is asked about: an ARN, `*`, a bucket or one of its objects, or a resource by its name."""
    if asked == "*" or asked.startswith("arn:"):
        return asked
    if "/" in asked:
        return f"arn:aws:s3:::{asked}"
    found = sorted({thing.arn for thing in resources.things(machine) if thing.id == asked})
    if len(found) == 1:
        return found[0]
    if found:
        raise faults.Fault(f"{screen.clean(asked)!r} is {' and '.join(found)}: name one by its ARN")
    raise faults.Fault(f"no resource of this log is called {screen.clean(asked)!r}; an ARN names anything")


def ask(
    machine: Machine, who: Caller, access: Access, now: datetime, region: str = "us-east-1", **facts: Any
) -> list[Answer]:
    """How policies decide. Raises `Fault` where no plugin keeps policies."""
    call: Call[Any] = Call(
        machine, service=access.action.partition(":")[0], params=None, account=who.account, region=region, time=now,
        event_id="", request_id="", caller=who, **facts,
    )  # fmt: skip
    try:
        found = machine.authorization.explain(call, access)
    except BadPolicy as error:
        raise faults.Fault(f"a policy cannot be evaluated, so all is denied: {error}") from error
    if not found:
        raise faults.Fault("no plugin keeps policies: IAM's is missing")
    return [Answer(principal=shown(who), action=access.action, explained=one) for one in found]


# telling


def plain(answer: Answer, puts: PolicyRecords, user: str) -> dict[str, Any]:
    """An answer as JSON."""
    explained = answer.explained
    decision = explained.decision
    return {
        "principal": answer.principal,
        "action": answer.action,
        "resource": explained.resource,
        "answer": answer.text,
        "decision": decision.outcome.value,
        "reason": explained.denial,
        "statements": [
            _statement(found, puts.of(found, explained.resource, user)) for found in decided(answer)
        ],
        "missing": list(decision.missing) if answer.text == "unknown" else [],
        "absent_keys": list(explained.absent),
    }


def decided(answer: Answer) -> Iterable[Found]:
    """The statements that decided: for a denial because nothing allows there are none."""
    decision = answer.explained.decision
    return () if decision.outcome is Outcome.IMPLICIT_DENY else decision.found


def _statement(found: Found, puts: list[Put]) -> dict[str, Any]:
    return {
        "policy": found.policy.arn or found.policy.id,
        "kind": str(found.kind),
        "statement": found.statement.index,
        "sid": found.statement.sid,
        "effect": "Allow" if found.statement.allows else "Deny",
        "through": found.policy.through,
        "put_by": [msgspec.structs.asdict(put) | {"time": screen.iso(put.time)} for put in puts],
    }


_COLOURS: Final[Mapping[str, str]] = {"allowed": "green", "denied": "red", "unknown": "yellow"}


def lines(answer: Answer, puts: PolicyRecords, user: str) -> Iterable[str]:
    """An answer for people."""
    import click

    explained, clean = answer.explained, screen.clean
    mark = click.style(answer.text, fg=_COLOURS[answer.text], bold=True)
    yield f"{mark}  {clean(answer.principal)}  {answer.action}  {clean(explained.resource)}"
    if answer.text == "denied":
        yield f"  {clean(explained.denial)}"
    if answer.text == "unknown":
        yield from (f"  it rests on what no record told: {clean(one)}" for one in explained.decision.missing)
    for found in decided(answer):
        number = found.statement.index + 1
        sid = f" ({clean(found.statement.sid)})" if found.statement.sid else ""
        effect = "allows" if found.statement.allows else "denies"
        of = clean(found.policy.arn or found.policy.id)
        yield f"  statement {number}{sid} of the {found.kind} {of} {effect}"
        if found.policy.through:
            yield f"    through {clean(found.policy.through)}"
        for put in puts.of(found, explained.resource, user):
            yield f"    {put.what} {screen.moment(put.time)} by {clean(put.by)}, {put.action} {put.event_id}"
    if explained.absent and answer.text != "allowed":
        yield f"  keys that policies asked for and the question did not give: {', '.join(explained.absent)}"
