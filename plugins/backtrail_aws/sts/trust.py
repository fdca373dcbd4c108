"""Roles as STS needs them: do they exist, how long may their sessions be, and whom do they trust."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import msgspec

from backtrail import UNSET, Call, Caller, NotInTrail, Params, UnsetType, field, told
from backtrail_aws.sts import errors, limits

_ROLE = re.compile(r"arn:(aws[\w-]*):iam::(\d{12}):role/((?:[\w+=,.@-]+/)*)([\w+=,.@-]{1,64})")


class GetRole(Params):
    """What IAM is asked."""

    role_name: str = field(name="roleName")


class _Answer(Params):
    arn: str | UnsetType = UNSET
    role_id: str | UnsetType = field(name="roleId", default=UNSET)
    role_name: str | UnsetType = field(name="roleName", default=UNSET)
    max_session_duration: int | UnsetType = field(name="maxSessionDuration", default=UNSET)
    assume_role_policy_document: str | UnsetType = field(name="assumeRolePolicyDocument", default=UNSET)


class GetRoleResult(Params):
    """What IAM answers."""

    role: _Answer


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role that is there. `trust` is its trust policy as text, UNSET where no record told it."""

    arn: str
    account: str
    name: str
    partition: str
    id: str
    most_s: int
    trust: str | UnsetType

    def session_arn(self, session: str) -> str:
        """The ARN of a session of this role: the path is not in it."""
        return _session_arn(self.partition, self.account, self.name, session)


def role_of(call: Call[Any], arn: str) -> Role | None:
    """The role of that ARN, None where there is none. Raises `Refusal` for what is no role's ARN, `NotInTrail`."""
    parts = _ROLE.fullmatch(arn)
    if parts is None:
        raise errors.bad_arn()
    partition, account, _, name = parts.groups()
    found = call.ask("iam", GetRole(role_name=name), GetRoleResult, account=account)
    if found is None or told(found.role.arn, arn) != arn:
        return None
    role = found.role
    if isinstance(role.role_id, UnsetType):
        raise NotInTrail(f"the id of the role {arn}")
    return Role(
        arn=arn,
        account=account,
        name=told(role.role_name, name),
        partition=partition,
        id=role.role_id,
        most_s=told(role.max_session_duration, limits.ROLE_MAX_S),
        trust=role.assume_role_policy_document,
    )


def session_arn(role_arn: str, session: str | UnsetType) -> str | UnsetType:
    """The ARN of a session of the role that an ARN names (records of services that assume roles do not tell it)."""
    parts = _ROLE.fullmatch(role_arn)
    if parts is None or isinstance(session, UnsetType):
        return UNSET
    return _session_arn(parts.group(1), parts.group(2), parts.group(4), session)


def account_of(arn: str) -> str | UnsetType:
    """Whose role an ARN names; UNSET for what is no role's ARN."""
    parts = _ROLE.fullmatch(arn)
    return parts.group(2) if parts is not None else UNSET


def trusts(role: Role, caller: Caller) -> bool:
    """Whether a caller may assume a role at all; the policies decide in earnest where IAM is on (`access`).

    In its own account every role may be assumed, also by the root (which AWS never lets, but unknown keys are the
    root's here). Others must be named by the trust policy, whose conditions are not looked at.
    """
    if caller.account == role.account:
        return True
    if caller.service is not None:
        return True
    return _names(
        role.trust, "AWS", {"*", caller.account, f":{caller.account}:root", caller.arn, _issuer(caller)}
    )


def trusts_provider(role: Role, provider: str) -> bool:
    """Whether a role's trust policy names an identity provider (its ARN, or its host name)."""
    return _names(role.trust, "Federated", {provider})


def duration(role: Role, asked: int | UnsetType, *, chained: bool = False) -> int:
    """How long a session of a role lasts, in seconds. Raises `Refusal`."""
    seconds = told(asked, limits.SESSION_S)
    if chained and seconds > limits.CHAINED_MAX_S:
        raise errors.over_chained_maximum()
    if seconds > role.most_s:
        raise errors.over_role_maximum()
    return seconds


def _session_arn(partition: str, account: str, name: str, session: str) -> str:
    return f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}"


def _issuer(caller: Caller) -> str:
    """The ARN of the role that a session is of."""
    context = caller.identity.session_context
    issuer = context.session_issuer if not isinstance(context, UnsetType) else UNSET
    arn = getattr(issuer, "arn", None)
    return arn if isinstance(arn, str) else ""


class _Statement(msgspec.Struct):
    effect: str = msgspec.field(name="Effect", default="")
    principal: str | dict[str, str | list[str]] | None = msgspec.field(name="Principal", default=None)


class _Document(msgspec.Struct):
    statement: list[_Statement] | _Statement = msgspec.field(
        name="Statement", default_factory=list[_Statement]
    )


_document = msgspec.json.Decoder(_Document).decode


def _names(trust: str | UnsetType, kind: str, wanted: set[str]) -> bool:
    """Whether an Allow statement names one of some principals. A trust policy that nobody knows may name anybody."""
    if isinstance(trust, UnsetType):
        return True
    try:
        statements = _document(unquote(trust)).statement
    except (msgspec.DecodeError, UnicodeError):
        return False
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement.effect == "Allow" and any(_matches(one, wanted) for one in _named(statement, kind)):
            return True
    return False


def _named(statement: _Statement, kind: str) -> list[str]:
    """The principals of one kind in a statement."""
    principal = statement.principal
    if not isinstance(principal, dict):
        return ["*"] if principal == "*" else []
    named = principal.get(kind, [])
    return named if isinstance(named, list) else [named]


def _matches(named: str, wanted: set[str]) -> bool:
    return named in wanted or any(one.startswith(":") and named.endswith(one) for one in wanted)
