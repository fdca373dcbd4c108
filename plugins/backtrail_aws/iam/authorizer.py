"""Policies decide: who calls, with which policies, on a resource of which policy.

Left alone are principals of foreign trails, whose keys nobody here can prove, and the root where it acts in its own
account on what has no policy of its own.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from backtrail import Access, Call, NotInTrail, ResourcePolicy, UnsetType, hookimpl
from backtrail.policy import (
    Decision,
    Denial,
    Explained,
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
from backtrail_aws.iam import callers, controls, global_keys, standing
from backtrail_aws.iam.controls import Binding, Levels
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
    binding = controls.of(call)
    if caller.is_root and caller.narrowing is None and not binding.binds and _is_at_home(call, access):
        return True
    provider = access.context.get(_PROVIDER)
    principal = callers.principal(call, provider if isinstance(provider, str) else "")
    own = standing_of(call, principal)
    for resource in access.resources:
        owned = call.resource_policy(resource, access.action)
        keys = _keys(call, access, principal, own, resource, owned)
        place = _place(call, resource, owned)
        decision = decide(access.action, keys, principal, own, resource, owned, binding, place)
        if decision.outcome is Outcome.UNKNOWN:
            raise NotInTrail(
                f"whether {access.action} is allowed: no record told {', '.join(decision.missing)}"
            )
        if not decision.allowed:
            return _denial(call, access, principal, resource, owned, decision)
    return True


@hookimpl
def explain_access(call: Call[Any], access: Access) -> list[Explained]:
    """How the policies decide an action on each of its resources, whoever asks. Raises `BadPolicy`."""
    provider = access.context.get(_PROVIDER)
    principal = callers.principal(call, provider if isinstance(provider, str) else "")
    own = standing_of(call, principal, strictly=True)
    binding, found = controls.of(call), list[Explained]()
    for resource in access.resources:
        owned = call.resource_policy(resource, access.action)
        keys = _keys(call, access, principal, own, resource, owned)
        decision = decide(
            access.action, keys, principal, own, resource, owned, binding, _place(call, resource, owned)
        )
        said = "" if decision.allowed else _denial(call, access, principal, resource, owned, decision).message
        found.append(Explained(resource, decision, said, keys.absent()))
    return found


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


def _keys(
    call: Call[Any],
    access: Access,
    principal: Principal,
    own: Standing,
    resource: str,
    owned: ResourcePolicy | None,
) -> Keys:
    """The condition keys of a request."""
    asked = global_keys.Asked(call=call, principal=principal, resource=resource, owned=owned, tags=own.tags)
    lazy = (asked.value,) if access.lazy is None else (access.lazy, asked.value)
    return Keys(access.context, *lazy)


def _place(call: Call[Any], resource: str, owned: ResourcePolicy | None) -> str:
    """The account that owns a resource."""
    return owned.account if owned is not None else _owner(call, resource)


def decide(
    action: str,
    keys: Keys,
    principal: Principal,
    own: Standing,
    resource: str,
    owned: ResourcePolicy | None,
    binding: Binding,
    owner: str,
) -> Decision:
    """The decision on one resource. Raises `BadPolicy`."""
    request = Request(principal=principal, action=action, resource=resource, context=keys, account=owner)
    rcps = binding.rcps(action, owner, principal)
    return evaluate(request, _bearing(principal, own, action, resource, owned, binding.scps, rcps))


def standing_of(call: Call[Any], principal: Principal, *, strictly: bool = False) -> Standing:
    """What a principal may do by itself; `strictly` takes the policies of somebody of whom no record tells for
    unknown, not for none. Raises `BadPolicy`."""
    if not principal.account or principal.who is Who.SERVICE:
        return Standing()
    state, narrowing = call.own(service, principal.account), call.caller.narrowing
    if narrowing is None:
        key = ("standing", principal.who, principal.arn, principal.issuer)
        found = call.remembered(key, lambda: standing.of(state, principal, call.caller))
    else:
        found = standing.of(state, principal, call.caller)
    if strictly and standing.is_unheard_of(state, principal):
        whose = principal.issuer or principal.arn
        unknown = Policy(id=f"the policies of {whose}, of whom no record tells", document=None)
        return msgspec.structs.replace(found, identity=(*found.identity, unknown))
    return found


def _bearing(
    principal: Principal, own: Standing, action: str, resource: str, owned: ResourcePolicy | None,
    scps: Levels, rcps: Levels,
) -> Policies:  # fmt: skip
    trusting = action.lower().startswith(_TRUSTING)
    must_allow = owned is not None and owned.must_allow
    if trusting and principal.who is Who.ROOT and owned is not None and owned.account == principal.account:
        must_allow = False  # keys that nobody knows are the root's, and may assume every role of the account
    return Policies(
        identity=own.identity,
        boundary=own.boundary,
        session=own.session,
        scps=scps,
        rcps=rcps,
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
        asked=resource,
    )
