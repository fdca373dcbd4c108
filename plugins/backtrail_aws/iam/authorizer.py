"""Policies decide: who calls, with which policies, on a resource of which policy.

Left alone are principals of foreign trails, whose keys nobody here can prove, and the root where it acts in its own
account on what has no policy of its own.
"""

from __future__ import annotations

from typing import Any, Final

from backtrail import Access, Call, NotInTrail, ResourcePolicy, UnsetType, hookimpl
from backtrail.policy import (
    Decision,
    Denial,
    Keys,
    Kind,
    Outcome,
    Policies,
    Policy,
    Principal,
    Request,
    Who,
    evaluate,
)
from backtrail_aws.iam import callers, global_keys, standing
from backtrail_aws.iam.standing import Standing
from backtrail_aws.iam.state import service

_PROVIDER: Final = "aws:FederatedProvider"
"""A call's own key: which identity provider vouches for somebody who has no credentials."""
_TRUSTING: Final = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")


@hookimpl
def evaluate_access(call: Call[Any], access: Access) -> Denial | bool | None:
    """What the policies say of an action on each of its resources. Raises `BadPolicy`, `NotInTrail`."""
    caller = call.caller
    if not caller.verified:
        return None
    if caller.is_root and caller.narrowing is None and _is_at_home(call, access):
        return True
    provider = access.context.get(_PROVIDER)
    principal = callers.principal(call, provider if isinstance(provider, str) else "")
    own = standing_of(call, principal)
    for resource in access.resources:
        owned = call.resource_policy(resource, access.action)
        decision = decide(call, access, principal, own, resource, owned)
        if decision.outcome is Outcome.UNKNOWN:
            raise NotInTrail(
                f"whether {access.action} is allowed: no record told {', '.join(decision.missing)}"
            )
        if not decision.allowed:
            return _denial(call, access, principal, resource, owned, decision)
    return True


def _is_at_home(call: Call[Any], access: Access) -> bool:
    """Whether all that the root asks for is its account's own, and has no policy: nothing can be denied then."""
    account = call.caller.account
    for resource in access.resources:
        owned = call.resource_policy(resource, access.action)
        if owned is None:
            if _owner(call, resource) != account:
                return False
        elif owned.account != account or owned.document is not None:
            return False
    return True


def decide(
    call: Call[Any],
    access: Access,
    principal: Principal,
    own: Standing,
    resource: str,
    owned: ResourcePolicy | None,
) -> Decision:
    """The decision on one resource. Raises `BadPolicy`."""
    asked = global_keys.Asked(call=call, principal=principal, resource=resource, owned=owned, tags=own.tags)
    lazy = (asked.value,) if access.lazy is None else (access.lazy, asked.value)
    request = Request(
        principal=principal, action=access.action, resource=resource, context=Keys(access.context, *lazy),
        account=owned.account if owned is not None else _owner(call, resource),
    )  # fmt: skip
    return evaluate(request, _bearing(principal, own, access.action, resource, owned))


def standing_of(call: Call[Any], principal: Principal) -> Standing:
    """What a principal may do by itself. Raises `BadPolicy`."""
    if not principal.account or principal.who is Who.SERVICE:
        return Standing()
    return standing.of(call.own(service, principal.account), principal, call.caller)


def _bearing(
    principal: Principal, own: Standing, action: str, resource: str, owned: ResourcePolicy | None
) -> Policies:
    trusting = action.lower().startswith(_TRUSTING)
    must_allow = owned is not None and owned.must_allow
    if trusting and principal.who is Who.ROOT and owned is not None and owned.account == principal.account:
        must_allow = False  # keys that nobody knows are the root's, and may assume every role of the account
    return Policies(
        identity=own.identity,
        boundary=own.boundary,
        session=own.session,
        resource=_policy_of(resource, owned),
        resource_kind=Kind.TRUST if trusting else Kind.RESOURCE,
        takes_policies=owned is not None and not owned.bare,
        must_allow=must_allow,
        granted=owned is not None and owned.granted,
    )


def _policy_of(resource: str, owned: ResourcePolicy | None) -> Policy | None:
    if owned is None or owned.document is None:
        return None
    id = f"the policy of {resource}"
    if isinstance(owned.document, UnsetType):
        return Policy(id=id, document=None)
    return Policy(id=id, document=standing.compiled(id, owned.document))


def _owner(call: Call[Any], resource: str) -> str:
    """Whose a resource is that no plugin knows: its ARN's account, else the call's."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else call.account


def _denial(
    call: Call[Any], access: Access, principal: Principal, resource: str, owned: ResourcePolicy | None,
    decision: Decision,
) -> Denial:  # fmt: skip
    owner = owned.account if owned is not None else _owner(call, resource)
    return Denial(
        principal=principal.arn or principal.service or principal.provider or "anonymous",
        action=access.action,
        resource=resource if access.shown is None else access.shown,
        decision=decision,
        at_home=owner == principal.account,
    )
