"""What the policies of one type come to for an account: those that are merged, and not those that permit.

From the root down, each policy's operators work on what is inherited: `@@assign` sets, `@@append` adds to a list,
`@@remove` takes from it; a key without an operator holds further keys.
https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html
"""

from __future__ import annotations

import json
from typing import Final

from backtrail import Call, UnsetType, told
from backtrail.trail.jsons import is_list, is_object
from backtrail.trail.times import SpacedTime
from backtrail_aws.organizations import api, errors, policies, tree
from backtrail_aws.organizations.state import RCP, SCP, Organization, Organizations, Policy, service

Json = dict[str, object]
_CONTROL: Final = "@@operators_allowed_for_child_policies"
_MERGED: Final = tuple(type for type in policies.TYPES if type not in (SCP, RCP))


@service.read
def describe_effective_policy(
    state: Organizations, call: Call[api.DescribeEffectivePolicy]
) -> api.DescribeEffectivePolicyResult:
    """The merged policy of an account, the caller's own where none is named."""
    type = call.params.policy_type
    if type not in _MERGED:
        raise errors.invalid("INVALID_ENUM_POLICY_TYPE")
    target = told(call.params.target_id, call.account)
    organization = (tree.organization if target == call.account else tree.seen)(state, call)
    if not tree.is_there(organization, target):
        raise errors.no_target()
    bearing = _bearing(organization, target, type)
    if not bearing:
        raise errors.no_effective_policy()
    merged: Json = {}
    for policy in bearing:
        content: object = json.loads(told(policy.content, "{}"))
        merged = _merge(merged, content if is_object(content) else {})
    times = [policy.updated for policy in bearing if not isinstance(policy.updated, UnsetType)]
    return api.DescribeEffectivePolicyResult(
        effective_policy=api.EffectivePolicy(
            policy_content=json.dumps(merged, separators=(",", ":")),
            last_updated_timestamp=max(times, default=SpacedTime.of(call.time)),
            target_id=target,
            policy_type=type,
        )
    )


def _bearing(organization: Organization, target: str, type: str) -> list[Policy]:
    """The policies of a type on the way to a target, from the root down."""
    found = [
        policies.find(organization, id)
        for one in tree.way_to(organization, target)
        for id in organization.attached.get(one, [])
    ]
    return [one for one in found if one is not None and one.type == type]


def _merge(inherited: Json, child: Json) -> Json:
    merged = dict(inherited)
    for key, given in child.items():
        if key == _CONTROL:
            continue
        before = merged.get(key)
        if not is_object(given):
            merged[key] = given
        elif any(name.startswith("@@") and name != _CONTROL for name in given):
            merged[key] = _operated(before, given)
        else:
            merged[key] = _merge(before if is_object(before) else {}, given)
    return merged


def _operated(before: object, operators: Json) -> object:
    value = before
    for name, given in operators.items():
        listed: list[object] = list(given) if is_list(given) else [given]
        held: list[object] = list(value) if is_list(value) else [] if value is None else [value]
        if name == "@@assign":
            value = given
        elif name == "@@append":
            value = [*held, *(one for one in listed if one not in held)]
        elif name == "@@remove":
            value = [one for one in held if one not in listed]
    return value
