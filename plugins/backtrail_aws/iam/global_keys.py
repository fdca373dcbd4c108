"""The condition keys that all services have.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html. Keys of VPC endpoints are
never there, for no call comes through one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Call, Controls, ResourcePolicy, UnsetType
from backtrail.policy import Principal, Value, Who
from backtrail_aws.iam import callers

_TYPES = {
    Who.ROOT: "Account", Who.USER: "User", Who.FEDERATED: "FederatedUser", Who.ROLE: "AssumedRole",
    Who.ANONYMOUS: "Anonymous",
}  # fmt: skip


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request, as far as the keys tell of it. `tags` are the principal's, in small letters."""

    call: Call[Any]
    principal: Principal
    resource: str
    owned: ResourcePolicy | None
    tags: Mapping[str, str]

    def value(self, key: str) -> Value:
        """The value of a global key (in small letters), None for what is none or is not there."""
        make = _KEYS.get(key)
        if make is not None:
            return make(self)
        head, slash, tag = key.partition("/")
        if not slash:
            return None
        if head == "aws:principaltag":
            return self.tags.get(tag)
        if head in ("aws:resourcetag", "iam:resourcetag", "s3:buckettag") and self.owned is not None:
            return next((value for name, value in self.owned.tags.items() if name.lower() == tag), None)
        return None


# the network and the moment


def _source_ip(asked: Asked) -> Value:
    """Services that act have no address."""
    try:
        return str(ipaddress.ip_address(asked.call.source_ip))
    except ValueError:
        return None


def _epoch(asked: Asked) -> Value:
    return int(asked.call.time.timestamp())


def _header(name: str) -> Callable[[Asked], Value]:
    return lambda asked: asked.call.headers.get(name)


# the principal


def _principal_arn(asked: Asked) -> Value:
    """For a session of a role, the role's ARN."""
    principal = asked.principal
    return (principal.issuer if principal.who is Who.ROLE else "") or principal.arn or None


def _user_name(asked: Asked) -> Value:
    name = asked.call.caller.identity.user_name
    return name if asked.principal.who is Who.USER and isinstance(name, str) else None


def _user_id(asked: Asked) -> Value:
    if asked.principal.who is Who.FEDERATED:
        return f"{asked.principal.account}:{asked.principal.arn.rpartition('/')[2]}"
    return asked.principal.id or None


def _organization(account: Callable[[Asked], str]) -> Callable[[Asked], Value]:
    def organization(asked: Asked) -> Value:
        found = _controls(asked, account(asked))
        return found.organization if found is not None else None

    return organization


def _paths(account: Callable[[Asked], str]) -> Callable[[Asked], Value]:
    def paths(asked: Asked) -> Value:
        found = _controls(asked, account(asked))
        return [found.path] if found is not None else None

    return paths


def _controls(asked: Asked, account: str) -> Controls | None:
    return asked.call.controls(account) if account else None


def _service_name(asked: Asked) -> Value:
    return asked.principal.service or None


# the session


def _mfa(asked: Asked) -> Value:
    """Only temporary credentials tell."""
    context = asked.call.caller.identity.session_context
    if isinstance(context, UnsetType):
        return None
    attributes = context.attributes
    return not isinstance(attributes, UnsetType) and attributes.mfa_authenticated == "true"


def _mfa_age(asked: Asked) -> Value:
    began = _issued(asked)
    if _mfa(asked) is not True or not isinstance(began, datetime):
        return None
    return int((asked.call.time - began).total_seconds())


def _issued(asked: Asked) -> Value:
    context = asked.call.caller.identity.session_context
    if isinstance(context, UnsetType) or isinstance(context.attributes, UnsetType):
        return None
    began = context.attributes.creation_date
    return datetime.fromisoformat(began) if isinstance(began, str) else None


def _source_identity(asked: Asked) -> Value:
    context = asked.call.caller.identity.session_context
    found = context.source_identity if not isinstance(context, UnsetType) else UNSET
    return found if isinstance(found, str) else None


def _provider(asked: Asked) -> Value:
    if asked.principal.provider:
        return asked.principal.provider
    context = asked.call.caller.identity.session_context
    federation = context.web_id_federation_data if not isinstance(context, UnsetType) else UNSET
    found = federation.federated_provider if not isinstance(federation, UnsetType) else UNSET
    return found if isinstance(found, str) else None


def _assumed_root(asked: Asked) -> Value:
    context = asked.call.caller.identity.session_context
    return "true" if not isinstance(context, UnsetType) and context.assumed_root == "true" else None


# services between the principal and the resource


def _via(asked: Asked) -> Value:
    invoked_by = asked.call.caller.identity.invoked_by
    return [invoked_by] if isinstance(invoked_by, str) and _forwarded(asked) else None


def _first_via(asked: Asked) -> Value:
    found = _via(asked)
    return found[0] if isinstance(found, list) else None


def _forwarded(asked: Asked) -> bool:
    """Whether a service acts with the principal's own credentials (a forward access session)."""
    caller = asked.call.caller
    return caller.service is None and isinstance(caller.identity.invoked_by, str)


def _source_account(asked: Asked) -> Value:
    parts = (asked.call.caller.source_arn or "").split(":", 5)
    if len(parts) < 6:
        return None
    return parts[4] or asked.call.caller.account or None


def _principal_account(asked: Asked) -> str:
    return asked.principal.account


def _resource_account(asked: Asked) -> str:
    return asked.owned.account if asked.owned is not None else asked.call.account


_KEYS: dict[str, Callable[[Asked], Value]] = {
    "aws:currenttime": lambda asked: asked.call.time,
    "aws:epochtime": _epoch,
    "aws:securetransport": lambda asked: asked.call.secure,
    "aws:sourceip": _source_ip,
    "aws:useragent": _header("user-agent"),
    "aws:referer": _header("referer"),
    "aws:requestedregion": lambda asked: asked.call.region,
    "aws:principalarn": _principal_arn,
    "aws:principalaccount": lambda asked: asked.principal.account or None,
    "aws:principaltype": lambda asked: _TYPES.get(asked.principal.who),
    "aws:principalorgid": _organization(_principal_account),
    "aws:principalorgpaths": _paths(_principal_account),
    "aws:principalisawsservice": lambda asked: asked.principal.who is Who.SERVICE,
    "aws:principalservicename": _service_name,
    "aws:principalservicenameslist": lambda asked: [asked.principal.service] if asked.principal.service else None,
    "aws:userid": _user_id,
    "aws:username": _user_name,
    "aws:multifactorauthpresent": _mfa,
    "aws:multifactorauthage": _mfa_age,
    "aws:tokenissuetime": _issued,
    "aws:sourceidentity": _source_identity,
    "aws:federatedprovider": _provider,
    "aws:assumedroot": _assumed_root,
    "aws:viaawsservice": _forwarded,
    "aws:calledvia": _via,
    "aws:calledviafirst": _first_via,
    "aws:calledvialast": _first_via,
    "aws:sourcearn": lambda asked: asked.call.caller.source_arn,
    "aws:sourceaccount": _source_account,
    "aws:sourceorgid": _organization(lambda asked: str(_source_account(asked) or "")),
    "aws:resourceaccount": _resource_account,
    "aws:resourceorgid": _organization(_resource_account),
    "aws:resourceorgpaths": _paths(_resource_account),
    "aws:sourceorgpaths": _paths(lambda asked: str(_source_account(asked) or "")),
}  # fmt: skip


def of(call: Call[Any], resource: str, owned: ResourcePolicy | None, tags: Mapping[str, str]) -> Asked:
    """What the keys of one call are made from."""
    return Asked(call=call, principal=callers.principal(call), resource=resource, owned=owned, tags=tags)
