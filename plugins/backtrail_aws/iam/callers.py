"""Who calls, as policies see it."""

from __future__ import annotations

from typing import Any

from backtrail import Call, Identity, UnsetType
from backtrail.policy import Principal, Who
from backtrail.record import Issuer

_KINDS = {"Root": Who.ROOT, "IAMUser": Who.USER, "AssumedRole": Who.ROLE, "FederatedUser": Who.FEDERATED}


def principal(call: Call[Any], provider: str = "") -> Principal:
    """The caller of a call. `provider` is the identity provider that vouches for somebody without credentials."""
    caller = call.caller
    identity = caller.identity
    if provider:
        return Principal(who=Who.OUTSIDER, provider=provider)
    if caller.anonymous:
        return Principal(who=Who.ANONYMOUS)
    if caller.service is not None and identity.type != "AssumedRole":
        return Principal(who=Who.SERVICE, service=caller.service, account=caller.account)
    who = _KINDS.get(_text(identity.type), Who.USER)
    issuer = issuer_of(identity)
    arn = caller.arn
    return Principal(
        who=who,
        arn=arn,
        account=caller.account,
        id=_text(identity.principal_id),
        issuer=_text(issuer.arn) if issuer is not None else arn if ":role/" in arn else "",
        issuer_id=_text(issuer.principal_id) if issuer is not None else "",
    )


def issuer_of(identity: Identity) -> Issuer | None:
    """The role that a session is of, or the user who federated."""
    context = identity.session_context
    if isinstance(context, UnsetType) or isinstance(context.session_issuer, UnsetType):
        return None
    return context.session_issuer if isinstance(context.session_issuer.arn, str) else None


def _text(value: str | UnsetType | None) -> str:
    return value if isinstance(value, str) else ""
