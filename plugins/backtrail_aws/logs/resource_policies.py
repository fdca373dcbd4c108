"""Resource policies: which services may put events into this account's groups.

Policies of the account are named; those of one group go by its ARN and have revisions.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

from backtrail import UNSET, BadToken, Call, Event, UnsetType, page, told
from backtrail_aws.logs import api, directory, documents, errors, limits
from backtrail_aws.logs.api import (
    DeleteResourcePolicy,
    DescribeResourcePolicies,
    DescribeResourcePoliciesResult,
    PutResourcePolicy,
    PutResourcePolicyResult,
)
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import Logs, service

_ACCOUNT, _RESOURCE = "ACCOUNT", "RESOURCE"


@service.handle
def put_resource_policy(state: Logs, call: Call[PutResourcePolicy]) -> PutResourcePolicyResult:
    """The policy, new or in place of one of its name, or of its group; a group's with a new revision."""
    params = call.params
    key, document = _key(params.policy_name, params.resource_arn), told(params.policy_document, "")
    if not key or not document:
        # evidence: page API_PutResourcePolicy; words: guess
        raise errors.invalid("policyName and policyDocument are required.")
    if len(document.encode()) > limits.POLICY_BYTES_MAX or not documents.is_policy(document):
        # evidence: page API_PutResourcePolicy; words: guess
        raise errors.invalid("The specified policy document is not valid.")
    old = state.policies.get(key)
    if isinstance(params.resource_arn, str):
        directory.group(state, directory.name_of(params.resource_arn))
        _check_revision(old, params.expected_revision_id)
    elif old is None and _account_policies(state) >= limits.RESOURCE_POLICIES_MAX:
        raise errors.limit_exceeded()
    revision = call.new_id("hex32", key) if isinstance(params.resource_arn, str) else UNSET
    policy = _policy(params, millis(call.time), revision)
    return PutResourcePolicyResult(resource_policy=policy, revision_id=revision)


@service.project
def resource_policy_put(state: Logs, event: Event[PutResourcePolicy, PutResourcePolicyResult]) -> None:
    """The policy is there."""
    params, told_of = event.params, event.result.resource_policy
    key = _key(params.policy_name, params.resource_arn)
    if not key:
        return
    policy = _policy(params, millis(event.time), event.result.revision_id)
    state.policies[key] = policy if isinstance(told_of, UnsetType) else told_of


@service.handle
def delete_resource_policy(state: Logs, call: Call[DeleteResourcePolicy]) -> None:
    """Refuse what is not there, and another revision than the expected one."""
    params = call.params
    policy = state.policies.get(_key(params.policy_name, params.resource_arn))
    if policy is None:
        # evidence: model; words: guess
        raise errors.not_there("resource policy")
    if isinstance(params.resource_arn, str):
        _check_revision(policy, params.expected_revision_id)


@service.project
def resource_policy_deleted(state: Logs, event: Event[DeleteResourcePolicy, None]) -> None:
    """The policy is gone."""
    state.policies.pop(_key(event.params.policy_name, event.params.resource_arn), None)


@service.read
def describe_resource_policies(
    state: Logs, call: Call[DescribeResourcePolicies]
) -> DescribeResourcePoliciesResult:
    """The account's policies by name, or a group's, or those of all groups."""
    params = call.params
    scope = told(params.policy_scope, _RESOURCE if params.resource_arn is not UNSET else _ACCOUNT)

    def keep(policy: api.ResourcePolicy) -> bool:
        wanted = params.resource_arn
        return policy.policy_scope == scope and (wanted is UNSET or policy.resource_arn == wanted)

    limit, token = told(params.limit, limits.DESCRIBED_MAX), told(params.next_token, "") or None
    try:
        found = page(state.policies, token, limit, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error
    return DescribeResourcePoliciesResult(resource_policies=found.items, next_token=found.next or UNSET)


def _policy(params: PutResourcePolicy, now_ms: int, revision: str | UnsetType) -> api.ResourcePolicy:
    return api.ResourcePolicy(
        policy_name=params.policy_name,
        policy_document=params.policy_document,
        last_updated_time=now_ms,
        policy_scope=_ACCOUNT if isinstance(params.resource_arn, UnsetType) else _RESOURCE,
        resource_arn=params.resource_arn,
        revision_id=revision,
    )


def _key(name: str | UnsetType, resource: str | UnsetType) -> str:
    """What the state keeps a policy under: its group's ARN or its name."""
    return told(resource, told(name, ""))


def _account_policies(state: Logs) -> int:
    return sum(1 for policy in state.policies.values() if policy.policy_scope == _ACCOUNT)


def _check_revision(old: api.ResourcePolicy | None, expected: str | UnsetType) -> None:
    if old is not None and old.revision_id is not UNSET and old.revision_id != expected:
        # evidence: page API_PutResourcePolicy; words: guess
        raise errors.invalid("The expected revision id does not match the current revision of the policy.")
