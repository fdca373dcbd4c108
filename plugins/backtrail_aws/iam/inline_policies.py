"""Policies that are part of one user, group or role."""

from __future__ import annotations

from backtrail import Call, Event
from backtrail_aws.iam import api, documents, errors, implied
from backtrail_aws.iam.limits import INLINE_POLICY_CHARACTERS
from backtrail_aws.iam.listing import Ends, Paged, ends, named
from backtrail_aws.iam.names import AnyCall, encoded, group_named, own_role_named, role_named, user_named
from backtrail_aws.iam.quotas import characters
from backtrail_aws.iam.state import Entity, Iam, service


def details(entity: Entity) -> list[api.PolicyDetail]:
    """An entity's inline policies with their documents, by name."""
    return [
        api.PolicyDetail(policy_name=name, policy_document=encoded(entity.inline[name]))
        for name in sorted(entity.inline)
    ]


def _check_put(call: AnyCall, kind: str, entity: Entity, name: str, document: str) -> None:
    """Whether a document can be an entity's policy beside, or instead of, those that it has."""
    documents.check_identity_policy(document, managed=False)
    others = sum(characters(held) for other, held in entity.inline.items() if other != name)
    limit = call.quota(f"{kind}PolicySize", INLINE_POLICY_CHARACTERS[kind])
    if others + characters(document) > limit:
        raise errors.inline_too_large(kind, entity.name, limit)


def _document(kind: str, entity: Entity, name: str) -> str:
    if name not in entity.inline:
        raise errors.no_inline_policy(kind, name)
    return encoded(entity.inline[name])


def _check_delete(kind: str, entity: Entity, name: str) -> None:
    if name not in entity.inline and not entity.implied_by:
        raise errors.no_inline_policy(kind, name)


def _page(entity: Entity, params: Paged) -> tuple[list[str], Ends]:
    page = named(sorted(entity.inline), params)
    return page.items, ends(page)


@service.handle
def put_user_policy(state: Iam, call: Call[api.PutUserPolicy]) -> None:
    """Give a user a policy of its own, in place of one of that name."""
    user = user_named(state, call.params.user_name)
    _check_put(call, "user", user, call.params.policy_name, call.params.policy_document)


@service.project
def user_policy_put(state: Iam, event: Event[api.PutUserPolicy, None]) -> None:
    """The user has this policy."""
    user = implied.user(state, event, event.params.user_name)
    user.inline[event.params.policy_name] = event.params.policy_document


@service.read
def get_user_policy(state: Iam, call: Call[api.GetUserPolicy]) -> api.GetUserPolicyResult:
    """One of a user's own policies."""
    user = user_named(state, call.params.user_name)
    name = call.params.policy_name
    return api.GetUserPolicyResult(
        user_name=user.name, policy_name=name, policy_document=_document("user", user, name)
    )


@service.read
def list_user_policies(state: Iam, call: Call[api.ListUserPolicies]) -> api.ListUserPoliciesResult:
    """The names of a user's own policies."""
    names, end = _page(user_named(state, call.params.user_name), call.params)
    return api.ListUserPoliciesResult(policy_names=names, **end)


@service.handle
def delete_user_policy(state: Iam, call: Call[api.DeleteUserPolicy]) -> None:
    """Delete one of a user's own policies."""
    _check_delete("user", user_named(state, call.params.user_name), call.params.policy_name)


@service.project
def user_policy_deleted(state: Iam, event: Event[api.DeleteUserPolicy, None]) -> None:
    """The user has the policy no more."""
    implied.user(state, event, event.params.user_name).inline.pop(event.params.policy_name, None)


@service.handle
def put_group_policy(state: Iam, call: Call[api.PutGroupPolicy]) -> None:
    """Give a group a policy of its own, in place of one of that name."""
    group = group_named(state, call.params.group_name)
    _check_put(call, "group", group, call.params.policy_name, call.params.policy_document)


@service.project
def group_policy_put(state: Iam, event: Event[api.PutGroupPolicy, None]) -> None:
    """The group has this policy."""
    group = implied.group(state, event, event.params.group_name)
    group.inline[event.params.policy_name] = event.params.policy_document


@service.read
def get_group_policy(state: Iam, call: Call[api.GetGroupPolicy]) -> api.GetGroupPolicyResult:
    """One of a group's own policies."""
    group = group_named(state, call.params.group_name)
    name = call.params.policy_name
    return api.GetGroupPolicyResult(
        group_name=group.name, policy_name=name, policy_document=_document("group", group, name)
    )


@service.read
def list_group_policies(state: Iam, call: Call[api.ListGroupPolicies]) -> api.ListGroupPoliciesResult:
    """The names of a group's own policies."""
    names, end = _page(group_named(state, call.params.group_name), call.params)
    return api.ListGroupPoliciesResult(policy_names=names, **end)


@service.handle
def delete_group_policy(state: Iam, call: Call[api.DeleteGroupPolicy]) -> None:
    """Delete one of a group's own policies."""
    _check_delete("group", group_named(state, call.params.group_name), call.params.policy_name)


@service.project
def group_policy_deleted(state: Iam, event: Event[api.DeleteGroupPolicy, None]) -> None:
    """The group has the policy no more."""
    implied.group(state, event, event.params.group_name).inline.pop(event.params.policy_name, None)


@service.handle
def put_role_policy(state: Iam, call: Call[api.PutRolePolicy]) -> None:
    """Give a role a policy of its own, in place of one of that name; a service's role takes none."""
    role = own_role_named(state, call.params.role_name)
    _check_put(call, "role", role, call.params.policy_name, call.params.policy_document)


@service.project
def role_policy_put(state: Iam, event: Event[api.PutRolePolicy, None]) -> None:
    """The role has this policy."""
    role = implied.role(state, event, event.params.role_name)
    role.inline[event.params.policy_name] = event.params.policy_document


@service.read
def get_role_policy(state: Iam, call: Call[api.GetRolePolicy]) -> api.GetRolePolicyResult:
    """One of a role's own policies."""
    role = role_named(state, call.params.role_name)
    name = call.params.policy_name
    return api.GetRolePolicyResult(
        role_name=role.name, policy_name=name, policy_document=_document("role", role, name)
    )


@service.read
def list_role_policies(state: Iam, call: Call[api.ListRolePolicies]) -> api.ListRolePoliciesResult:
    """The names of a role's own policies."""
    names, end = _page(role_named(state, call.params.role_name), call.params)
    return api.ListRolePoliciesResult(policy_names=names, **end)


@service.handle
def delete_role_policy(state: Iam, call: Call[api.DeleteRolePolicy]) -> None:
    """Delete one of a role's own policies."""
    _check_delete("role", own_role_named(state, call.params.role_name), call.params.policy_name)


@service.project
def role_policy_deleted(state: Iam, event: Event[api.DeleteRolePolicy, None]) -> None:
    """The role has the policy no more."""
    implied.role(state, event, event.params.role_name).inline.pop(event.params.policy_name, None)
