"""A function's role: whether Lambda may assume it, and the sessions that functions run with.

A session begins before the first run that needs it, as a call of Lambda's to STS which is recorded like any other;
what Lambda keeps of it is folded from that record.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from backtrail import UNSET, Call, Command, Event, Masked, NotInTrail, Params, Sealed, UnsetType, field, told
from backtrail.trail.times import CommaTime
from backtrail_aws.lambda_ import errors, limits
from backtrail_aws.lambda_.state import Functions, Session, service

PRINCIPAL = "lambda.amazonaws.com"


class GetRole(Params):
    """What IAM is asked."""

    role_name: str = field(name="roleName")


class Role(Params):
    """A role as IAM answers it."""

    arn: str | UnsetType = UNSET
    assume_role_policy_document: str | UnsetType = field(name="assumeRolePolicyDocument", default=UNSET)


class GetRoleResult(Params):
    """What IAM answers."""

    role: Role


class ListRoles(Params):
    """Whether there is an IAM here at all."""

    max_items: int = field(name="maxItems")


class ListRolesResult(Params):
    """There is."""


class AssumeRole(Params):
    """What STS is told to do."""

    role_arn: str = field(name="roleArn")
    role_session_name: str = field(name="roleSessionName")
    duration_seconds: int | UnsetType = field(name="durationSeconds", default=UNSET)


class Credentials(Params):
    """What STS gives."""

    access_key_id: str | UnsetType = field(name="accessKeyId", default=UNSET)
    secret_access_key: Sealed[str] | UnsetType = field(name="secretAccessKey", default=UNSET)
    session_token: Masked[str] | UnsetType = field(name="sessionToken", default=UNSET)
    expiration: CommaTime | UnsetType = UNSET


class AssumeRoleResult(Params):
    """The answer, as far as it matters here."""

    credentials: Credentials | UnsetType = UNSET


def check(call: Call[Any], arn: str | UnsetType) -> None:
    """Refuse a role that is not there, is another account's, or does not trust Lambda."""
    if isinstance(arn, UnsetType):
        return
    account = arn.split(":")[4]
    if account != call.account:
        raise errors.foreign_role()
    if call.ask("iam", ListRoles(max_items=1), ListRolesResult) is None:
        return
    found = call.ask("iam", GetRole(role_name=arn.rpartition("/")[2]), GetRoleResult)
    if found is None or not _trusts(found.role.assume_role_policy_document):
        raise errors.unassumable()


def session(state: Functions, role: str, name: str, needed_until: datetime) -> Session | None:
    """The session that a function may run with until then, None where a new one must begin."""
    found = state.sessions.get(_key(role, name))
    return found if found is not None and found.expires > needed_until else None


def begin(role: str, name: str, lasts_s: int, account: str) -> Command:
    """The command by which a session begins that outlasts a run of so many seconds."""
    seconds = lasts_s + 2 * limits.SESSION_SPARE_S
    wanted = AssumeRole(
        role_arn=role,
        role_session_name=name,
        duration_seconds=seconds if seconds > limits.SESSION_S else UNSET,
    )
    return Command("sts", wanted, as_=PRINCIPAL, account=account)


def check_begun(call: Call[Any]) -> None:
    """Refuse a run whose role could not be assumed. An account without STS has no sessions, and needs none."""
    for outcome in call.firsts:
        if outcome.error == "NotInTrail":
            raise NotInTrail(outcome.message)
        if outcome.error is not None and outcome.error != "NotImplemented":
            raise errors.no_session()


@service.project_from("sts")
def session_began(state: Functions, event: Event[AssumeRole, AssumeRoleResult]) -> None:
    """A function has credentials. Sessions that others began, or whose secret is unknown, are not Lambda's."""
    given = event.result.credentials
    if event.identity.invoked_by != PRINCIPAL or isinstance(given, UnsetType):
        return
    key, secret, token, expires = (
        given.access_key_id,
        given.secret_access_key,
        given.session_token,
        given.expiration,
    )
    if not isinstance(key, str) or not isinstance(secret, str) or not isinstance(token, str):
        return
    until = event.time if isinstance(expires, UnsetType) else datetime.fromtimestamp(expires.timestamp(), UTC)
    state.sessions[_key(event.params.role_arn, event.params.role_session_name)] = Session(
        key=key, secret=secret, token=token, expires=until
    )


def forget(state: Functions, name: str) -> None:
    """A function that is gone needs no session."""
    for key in [key for key in state.sessions if key.endswith(f" {name}")]:
        del state.sessions[key]


def _key(role: str, name: str) -> str:
    return f"{role} {name}"


class _Statement(msgspec.Struct):
    effect: str = msgspec.field(name="Effect", default="")
    principal: str | dict[str, str | list[str]] | None = msgspec.field(name="Principal", default=None)


class _Document(msgspec.Struct):
    statement: list[_Statement] | _Statement = msgspec.field(
        name="Statement", default_factory=list[_Statement]
    )


_document = msgspec.json.Decoder(_Document).decode


def _trusts(document: str | UnsetType) -> bool:
    """Whether a trust policy names Lambda. One that nobody knows may."""
    if isinstance(document, UnsetType):
        return True
    try:
        statements = _document(unquote(document)).statement
    except (msgspec.DecodeError, UnicodeError):
        return False
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.principal
        named = principal.get("Service", []) if isinstance(principal, dict) else [told(principal or "", "")]
        listed = named if isinstance(named, list) else [named]
        if statement.effect == "Allow" and any(one in (PRINCIPAL, "*") for one in listed):
            return True
    return False
