"""Everything about who may do what, in one list.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail import UNSET, Call, told
from backtrail_aws.iam import (
    api,
    attachments,
    boundaries,
    inline_policies,
    instance_profiles,
    roles,
    tags,
    uses,
)
from backtrail_aws.iam.listing import ends, named
from backtrail_aws.iam.names import policy_arn
from backtrail_aws.iam.policies import full, newest_first, version_view
from backtrail_aws.iam.policy_lookup import find
from backtrail_aws.iam.state import Group, Iam, Policy, Role, User, key_of, service

_USER, _GROUP, _ROLE = "User", "Group", "Role"
_LOCAL, _AWS = "LocalManagedPolicy", "AWSManagedPolicy"
_FILTERS = (_USER, _GROUP, _ROLE, _LOCAL, _AWS)


@service.read
def get_account_authorization_details(
    state: Iam, call: Call[api.GetAccountAuthorizationDetails]
) -> api.GetAccountAuthorizationDetailsResult:
    """Users, groups, roles and policies with all their relations; of AWS's policies, those that are in use."""
    wanted = told(call.params.filter, list(_FILTERS))
    keys = sorted(f"{kind}/{key}" for kind in _FILTERS if kind in wanted for key in _KEYS[kind](state))
    page = named(keys, call.params)
    found: dict[str, list[str]] = {kind: [] for kind in _FILTERS}
    for item in page.items:
        kind, _, key = item.partition("/")
        found[kind].append(key)
    policies = [find(state, arn) for arn in found[_LOCAL] + found[_AWS]]
    return api.GetAccountAuthorizationDetailsResult(
        user_detail_list=[_user(state, state.users[key]) for key in found[_USER]],
        group_detail_list=[_group(state, state.groups[key]) for key in found[_GROUP]],
        role_detail_list=[_role(state, call, state.roles[key]) for key in found[_ROLE]],
        policies=[_policy(state, policy) for policy in policies if policy is not None],
        **ends(page),
    )


def _aws(state: Iam) -> list[str]:
    used = {*state.attachments.lefts, *state.boundaries.lefts}
    return [arn for arn in used if (parts := policy_arn(arn)) is not None and parts.account == "aws"]


_KEYS: dict[str, Callable[[Iam], list[str]]] = {
    _USER: lambda state: list(state.users),
    _GROUP: lambda state: list(state.groups),
    _ROLE: lambda state: list(state.roles),
    _LOCAL: lambda state: [policy.arn for policy in state.policies.values()],
    _AWS: _aws,
}


def _user(state: Iam, user: User) -> api.UserDetail:
    groups = (state.groups.get(key) for key in state.members.of(key_of(user.name)))
    return api.UserDetail(
        path=user.path,
        user_name=user.name,
        user_id=user.id,
        arn=user.arn,
        create_date=user.created,
        user_policy_list=inline_policies.details(user) or UNSET,
        group_list=[group.name for group in groups if group is not None],
        attached_managed_policies=attachments.attached(state, "user", user.name),
        permissions_boundary=boundaries.shown(state, "user", user.name),
        tags=told(tags.shown(user), []),
    )


def _group(state: Iam, group: Group) -> api.GroupDetail:
    return api.GroupDetail(
        path=group.path,
        group_name=group.name,
        group_id=group.id,
        arn=group.arn,
        create_date=group.created,
        group_policy_list=inline_policies.details(group),
        attached_managed_policies=attachments.attached(state, "group", group.name),
    )


def _role(state: Iam, call: Call[Any], role: Role) -> api.RoleDetail:
    return api.RoleDetail(
        path=role.path,
        role_name=role.name,
        role_id=role.id,
        arn=role.arn,
        create_date=role.created,
        assume_role_policy_document=roles.trust_of(role),
        instance_profile_list=instance_profiles.of_role(state, role.name),
        role_policy_list=inline_policies.details(role),
        attached_managed_policies=attachments.attached(state, "role", role.name),
        permissions_boundary=boundaries.shown(state, "role", role.name),
        tags=told(tags.shown(role), []),
        role_last_used=uses.of_role(call, role.arn),
    )


def _policy(state: Iam, policy: Policy) -> api.ManagedPolicyDetail:
    shown = full(state, policy)
    return api.ManagedPolicyDetail(
        policy_name=shown.policy_name,
        policy_id=shown.policy_id,
        arn=shown.arn,
        path=shown.path,
        default_version_id=shown.default_version_id,
        attachment_count=shown.attachment_count,
        permissions_boundary_usage_count=shown.permissions_boundary_usage_count,
        is_attachable=shown.is_attachable,
        description=shown.description,
        create_date=shown.create_date,
        update_date=shown.update_date,
        policy_version_list=[version_view(policy, name, document=True) for name in newest_first(policy)],
    )
