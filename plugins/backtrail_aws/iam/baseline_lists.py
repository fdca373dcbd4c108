"""What `aws iam list-users`, `list-roles`, `list-groups`, `list-policies` and `list-access-keys` printed.

Who is there, not what he may do: `get-account-authorization-details` tells more.
"""

from __future__ import annotations

from backtrail import Event, listed, told
from backtrail_aws.iam import api
from backtrail_aws.iam.names import policy_arn
from backtrail_aws.iam.state import Iam, key_of, service


@service.observed
def users_observed(state: Iam, event: Event[api.ListUsers, api.ListUsersResult]) -> None:
    """There are these users."""
    listed.fold(
        service, state, event, "CreateUser", event.result.users,
        state.users, lambda one: key_of(told(one.user_name, "")),
    )  # fmt: skip


@service.observed
def roles_observed(state: Iam, event: Event[api.ListRoles, api.ListRolesResult]) -> None:
    """There are these roles, trusted by whom."""
    listed.fold(
        service, state, event, "CreateRole", event.result.roles,
        state.roles, lambda one: key_of(told(one.role_name, "")),
    )  # fmt: skip


@service.observed
def groups_observed(state: Iam, event: Event[api.ListGroups, api.ListGroupsResult]) -> None:
    """There are these groups."""
    listed.fold(
        service, state, event, "CreateGroup", event.result.groups,
        state.groups, lambda one: key_of(told(one.group_name, "")),
    )  # fmt: skip


@service.observed
def policies_observed(state: Iam, event: Event[api.ListPolicies, api.ListPoliciesResult]) -> None:
    """There are these policies of the account's own."""
    own = [one for one in told(event.result.policies, []) if _is_own(one)]
    listed.fold(
        service,
        state,
        event,
        "CreatePolicy",
        own,
        state.policies,
        lambda one: key_of(told(one.policy_name, "")),
    )


def _is_own(one: api.Policy) -> bool:
    parts = policy_arn(told(one.arn, ""))
    return parts is not None and parts.account != "aws"


@service.observed
def keys_observed(state: Iam, event: Event[api.ListAccessKeys, api.ListAccessKeysResult]) -> None:
    """There are these access keys, of whom; each in its status."""
    keys = told(event.result.access_key_metadata, [])
    listed.fold(
        service, state, event, "CreateAccessKey", keys, state.keys, lambda one: one.access_key_id,
        lambda one: {"access_key": api.AccessKey(
            user_name=told(one.user_name, ""), access_key_id=told(one.access_key_id, ""),
            status=told(one.status, "Active"), create_date=one.create_date,
        )},
    )  # fmt: skip
    for one in keys:
        found = state.keys.get(told(one.access_key_id, ""))
        if found is not None:
            found.status = told(one.status, found.status)
