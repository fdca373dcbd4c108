"""The control policies of organizations, as they bear on a call.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html: SCPs bind all principals of
member accounts, the root among them, but no service-linked role; the management account is never bound. RCPs bind
whoever reaches for a member account's resources, service-linked roles excepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from backtrail import Call, Control, UnsetType
from backtrail.policy import Policy, Principal, Who
from backtrail_aws.iam import standing

GUARDED: Final = frozenset(
    {
        "aoss", "cognito-identity", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs",
        "sts",
    }
)  # fmt: skip
"""The services whose resources RCPs guard:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services"""

Levels = tuple[tuple[Policy, ...], ...]
"""Policies from the organization's root down, of each level one must allow."""


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """What binds the caller of one call, and how to find what binds others' resources."""

    call: Call[Any]
    scps: Levels = ()
    guarded: bool = False

    @property
    def binds(self) -> bool:
        """Whether the caller's own account is bound, or its resources are."""
        return self.guarded or bool(self.scps)

    def rcps(self, action: str, owner: str, principal: Principal) -> Levels:
        """The RCPs of the account that owns a resource, for services that have them. Raises `BadPolicy`."""
        if action.partition(":")[0].lower() not in GUARDED:
            return ()
        if principal.who is Who.ROLE and _is_linked(principal.issuer):
            return ()
        found = self.call.controls(owner) if owner else None
        return compiled(found.rcps) if found is not None and found.rcps else ()


def of(call: Call[Any]) -> Binding:
    """What binds the caller of a call. Raises `BadPolicy`."""
    caller = call.caller
    if not caller.account or caller.service is not None or caller.anonymous:
        return Binding(call=call)
    found = call.controls(caller.account)
    if found is None or _is_linked(_issuer(call)):
        return Binding(call=call)
    return Binding(call=call, scps=compiled(found.scps), guarded=bool(found.rcps))


def compiled(levels: Iterable[Iterable[Control]]) -> Levels:
    """Control policies, ready to be evaluated. Raises `BadPolicy`."""
    return tuple(tuple(_policy(control) for control in level) for level in levels)


def _policy(control: Control) -> Policy:
    if isinstance(control.document, UnsetType):
        return Policy(id=control.arn, arn=control.arn, document=None)
    return Policy(id=control.arn, arn=control.arn, document=standing.compiled(control.arn, control.document))


def _issuer(call: Call[Any]) -> str:
    context = call.caller.identity.session_context
    if isinstance(context, UnsetType) or isinstance(context.session_issuer, UnsetType):
        return ""
    arn = context.session_issuer.arn
    return arn if isinstance(arn, str) else ""


def _is_linked(role: str) -> bool:
    return ":role/aws-service-role/" in role
