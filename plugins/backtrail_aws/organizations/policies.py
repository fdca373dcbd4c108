"""Policies of all types, AWS's own among them, and what they are attached to."""

from __future__ import annotations

import json
from typing import Any, Final

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.policy import BadPolicy, document
from backtrail.trail.times import SpacedTime
from backtrail_aws.organizations import api, errors, limits, tags, tree
from backtrail_aws.organizations.listing import end, listed
from backtrail_aws.organizations.state import (
    FULL,
    RCP,
    SCP,
    Organization,
    Organizations,
    Policy,
    attach,
    detach,
    oid,
    service,
    targets_of,
)

TYPES: Final = (
    SCP, RCP, "TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY", "CHATBOT_POLICY", "DECLARATIVE_POLICY_EC2",
    "SECURITYHUB_POLICY", "SECURITYHUB_CSPM_POLICY", "INSPECTOR_POLICY", "UPGRADE_ROLLOUT_POLICY", "BEDROCK_POLICY",
    "S3_POLICY", "NETWORK_SECURITY_DIRECTOR_POLICY", "GUARDDUTY_POLICY",
)  # fmt: skip
OWN: Final = {
    FULL[SCP]: Policy(
        id=FULL[SCP],
        name="FullAWSAccess",
        type=SCP,
        description="Allows access to every operation",
        content='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
        aws_managed=True,
    ),
    FULL[RCP]: Policy(
        id=FULL[RCP],
        name="RCPFullAWSAccess",
        type=RCP,
        description="Allows access to every operation",
        content='{"Version":"2012-10-17","Statement":'
        '[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
        aws_managed=True,
    ),
}
"""AWS's own: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_attach.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"""


def find(organization: Organization, policy_id: str) -> Policy | None:
    """The policy of an id, the organization's or AWS's."""
    return OWN.get(policy_id) or organization.policies.get(policy_id)


def check_type(type: str) -> None:
    """Refuse a type that there is not."""
    if type not in TYPES:
        raise errors.invalid("INVALID_ENUM_POLICY_TYPE")


def _policy(organization: Organization, policy_id: str) -> Policy:
    found = find(organization, policy_id)
    if found is None:
        raise errors.no_policy()
    return found


def arn(organization: Organization, policy: Policy) -> str:
    """A policy's ARN."""
    type = told(policy.type, SCP).lower()
    if policy.aws_managed:
        return f"arn:aws:organizations::aws:policy/{type}/{policy.id}"
    return f"arn:aws:organizations::{organization.manager}:policy/{oid(organization)}/{type}/{policy.id}"


def summary(organization: Organization, policy: Policy) -> api.PolicySummary:
    """A policy as lists show it."""
    return api.PolicySummary(
        id=policy.id,
        arn=arn(organization, policy),
        name=policy.name,
        description=policy.description,
        type=policy.type,
        aws_managed=policy.aws_managed,
    )


def _view(organization: Organization, policy: Policy) -> api.Policy:
    return api.Policy(policy_summary=summary(organization, policy), content=policy.content)


# contents


def check_content(content: str, type: str) -> None:
    """Refuse what is no policy of a type. Raises `Refusal`."""
    if len(content) > limits.SIZE.get(type, limits.SIZE_OTHERWISE):
        # evidence: model; words: guess
        raise errors.constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum size of a policy of this type."
        )
    try:
        found = json.loads(content)
        if not isinstance(found, dict):
            raise errors.malformed()
        if type in (SCP, RCP):
            _check_statements(content, type)
    except (ValueError, RecursionError, BadPolicy) as error:
        raise errors.malformed() from error


def _check_statements(content: str, type: str) -> None:
    """SCPs name no principals; an RCP of a customer's denies, to everybody.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html,
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
    """
    statements = document(content).statements
    if not statements:
        raise errors.malformed()
    for statement in statements:
        if type == SCP and statement.named:
            raise errors.malformed()
        if type == RCP and (statement.allows or not statement.named):
            raise errors.malformed()


# the life of a policy


@service.handle
def create_policy(state: Organizations, call: Call[api.CreatePolicy]) -> api.CreatePolicyResult:
    """Make a policy, attached to nothing."""
    organization, params = tree.managed(state, call), call.params
    check_type(params.type)
    if organization.features == "CONSOLIDATED_BILLING":
        raise errors.type_not_available()
    check_content(params.content, params.type)
    tags.check(call, params.tags)
    _check_name(organization, params.name, params.type, "")
    if sum(one.type == params.type for one in organization.policies.values()) >= call.quota("Policies", 1000):
        # evidence: model; words: guess
        raise errors.constraint(
            "POLICY_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of policies that you can have."
        )
    return api.CreatePolicyResult(policy=_view(organization, _made(call)))


@service.project
def policy_created(state: Organizations, event: Event[api.CreatePolicy, api.CreatePolicyResult]) -> None:
    """There is this policy."""
    organization, made, result = state.told_by(event), _made(event), event.result.policy
    shown = UNSET if isinstance(result, UnsetType) else result.policy_summary
    if not isinstance(shown, UnsetType):
        made.id = told(shown.id, made.id)
    organization.policies[made.id] = made
    tags.put(organization, made.id, event.params.tags)


def _made(call: Call[api.CreatePolicy] | Event[api.CreatePolicy, api.CreatePolicyResult]) -> Policy:
    params = call.params
    return Policy(
        id=f"p-{call.new_id('hex8', 'policy')}",
        name=params.name,
        type=params.type,
        description=params.description,
        content=params.content,
        updated=SpacedTime.of(call.time),
    )


def _check_name(organization: Organization, name: str, type: str, own: str) -> None:
    for one in (*OWN.values(), *organization.policies.values()):
        if one.name == name and one.type == type and one.id != own:
            raise errors.policy_exists()


@service.read
def describe_policy(state: Organizations, call: Call[api.DescribePolicy]) -> api.DescribePolicyResult:
    """One policy with its content."""
    organization = tree.seen(state, call)
    return api.DescribePolicyResult(policy=_view(organization, _policy(organization, call.params.policy_id)))


@service.handle
def update_policy(state: Organizations, call: Call[api.UpdatePolicy]) -> api.UpdatePolicyResult:
    """Give a policy another name, description or content."""
    organization, params = tree.managed(state, call), call.params
    found = _policy(organization, params.policy_id)
    if found.aws_managed:
        raise errors.aws_managed()
    if isinstance(params.name, str):
        _check_name(organization, params.name, told(found.type, ""), found.id)
    if isinstance(params.content, str):
        check_content(params.content, told(found.type, SCP))
    new = Policy(
        id=found.id,
        name=params.name if isinstance(params.name, str) else found.name,
        type=found.type,
        description=params.description if isinstance(params.description, str) else found.description,
        content=params.content if isinstance(params.content, str) else found.content,
    )
    return api.UpdatePolicyResult(policy=_view(organization, new))


@service.project
def policy_updated(state: Organizations, event: Event[api.UpdatePolicy, api.UpdatePolicyResult]) -> None:
    """The policy is so from here on."""
    params, result = event.params, event.result.policy
    policy = _known(state.told_by(event), params.policy_id, event)
    for member in ("name", "description", "content"):
        given = getattr(params, member)
        if isinstance(given, str):
            setattr(policy, member, given)
    if not isinstance(result, UnsetType) and not isinstance(result.policy_summary, UnsetType):
        policy.type = told(result.policy_summary.type, told(policy.type, SCP))
    policy.updated = SpacedTime.of(event.time)


def _known(organization: Organization, policy_id: str, event: Event[Any, Any]) -> Policy:
    """A policy that a record names."""
    found = find(organization, policy_id)
    if found is None:
        found = organization.policies[policy_id] = Policy(id=policy_id, implied_by=event.id)
        event.implied.append(policy_id)
    return found


@service.handle
def delete_policy(state: Organizations, call: Call[api.DeletePolicy]) -> None:
    """Delete a policy that is attached to nothing."""
    organization = tree.managed(state, call)
    found = _policy(organization, call.params.policy_id)
    if found.aws_managed:
        raise errors.aws_managed()
    if targets_of(organization, found.id):
        raise errors.policy_in_use()


@service.project
def policy_deleted(state: Organizations, event: Event[api.DeletePolicy, None]) -> None:
    """The policy is gone."""
    organization = state.told_by(event)
    organization.policies.pop(event.params.policy_id, None)
    organization.tags.pop(event.params.policy_id, None)
    for target in targets_of(organization, event.params.policy_id):
        detach(organization, event.params.policy_id, target)


@service.read
def list_policies(state: Organizations, call: Call[api.ListPolicies]) -> api.ListPoliciesResult:
    """The policies of a type, AWS's own among them."""
    organization = tree.seen(state, call)
    check_type(call.params.filter)
    page = listed(
        {**OWN, **dict(organization.policies)}, call.params, lambda one: one.type == call.params.filter
    )
    return api.ListPoliciesResult(
        policies=[summary(organization, one) for one in page.items], next_token=end(page)
    )


# attaching


@service.handle
def attach_policy(state: Organizations, call: Call[api.AttachPolicy]) -> None:
    """Attach a policy to a root, a unit or an account."""
    organization, params = tree.managed(state, call), call.params
    policy = _policy(organization, params.policy_id)
    tree.check_target(organization, params.target_id)
    type = told(policy.type, SCP)
    if type not in organization.types:
        raise errors.type_not_enabled(type)
    held = organization.attached.get(params.target_id, [])
    if policy.id in held:
        raise errors.attached_already()
    of_type = [one for one in held if _is_of(organization, one, type)]
    if len(of_type) >= limits.ATTACHED.get(type, limits.ATTACHED_OTHERWISE):
        raise errors.too_many_attached()


@service.project
def policy_attached(state: Organizations, event: Event[api.AttachPolicy, None]) -> None:
    """The policy is attached there."""
    organization, params = state.told_by(event), event.params
    tree.known_target(state, organization, params.target_id, event)
    policy = _known(organization, params.policy_id, event)
    attach(organization, policy.id, params.target_id)
    if isinstance(policy.type, str) and policy.type not in organization.types:
        organization.types.append(policy.type)


@service.handle
def detach_policy(state: Organizations, call: Call[api.DetachPolicy]) -> None:
    """Detach a policy; of those that allow one must stay, and AWS's own RCP stays always."""
    organization, params = tree.managed(state, call), call.params
    policy = _policy(organization, params.policy_id)
    tree.check_target(organization, params.target_id)
    held = organization.attached.get(params.target_id, [])
    if policy.id not in held:
        raise errors.not_attached()
    type = told(policy.type, SCP)
    alone = [one for one in held if _is_of(organization, one, type)] == [policy.id]
    if policy.id == FULL[RCP] or (type == SCP and alone):
        # evidence: model; words: guess
        raise errors.constraint(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You cannot detach the last policy of this type from the specified target.",
        )


@service.project
def policy_detached(state: Organizations, event: Event[api.DetachPolicy, None]) -> None:
    """The policy is attached there no more."""
    organization, params = state.told_by(event), event.params
    tree.known_target(state, organization, params.target_id, event)
    detach(organization, params.policy_id, params.target_id)


def _is_of(organization: Organization, policy_id: str, type: str) -> bool:
    found = find(organization, policy_id)
    return found is not None and found.type == type


@service.read
def list_policies_for_target(
    state: Organizations, call: Call[api.ListPoliciesForTarget]
) -> api.ListPoliciesForTargetResult:
    """The policies of a type that are attached to a root, unit or account itself."""
    organization, params = tree.seen(state, call), call.params
    check_type(params.filter)
    tree.check_target(organization, params.target_id)
    held = {one: find(organization, one) for one in organization.attached.get(params.target_id, [])}
    known = {id: one for id, one in held.items() if one is not None}
    page = listed(known, params, lambda one: one.type == params.filter)
    return api.ListPoliciesForTargetResult(
        policies=[summary(organization, one) for one in page.items], next_token=end(page)
    )


@service.read
def list_targets_for_policy(
    state: Organizations, call: Call[api.ListTargetsForPolicy]
) -> api.ListTargetsForPolicyResult:
    """What a policy is attached to."""
    organization = tree.seen(state, call)
    policy = _policy(organization, call.params.policy_id)
    found = {target: target for target in targets_of(organization, policy.id)}
    page = listed(found, call.params)
    shown = [
        api.PolicyTargetSummary(
            target_id=target,
            arn=tree.arn(organization, target),
            name=tree.name(organization, target),
            type=tree.kind_of(target) or UNSET,
        )
        for target in page.items
    ]
    return api.ListTargetsForPolicyResult(targets=shown, next_token=end(page))
