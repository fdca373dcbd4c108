"""Managed policies attached to users, groups and roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.iam import api, errors, implied, quotas
from backtrail_aws.iam.listing import Ends, Prefixed, ends, named
from backtrail_aws.iam.names import (
    AnyCall,
    AnyEvent,
    entity_key,
    group_named,
    own_role_named,
    policy_arn,
    role_named,
    user_named,
)
from backtrail_aws.iam.policy_lookup import attachable, parsed, policy_at
from backtrail_aws.iam.state import Entity, Iam, service

_QUOTAS = {"user": "PoliciesPerUser", "group": "PoliciesPerGroup", "role": "PoliciesPerRole"}


def attached(state: Iam, kind: str, name: str) -> list[api.AttachedPolicy]:
    """All policies attached to an entity, by ARN."""
    return [_view(arn) for arn in state.attachments.of(entity_key(kind, name))]


def _view(arn: str) -> api.AttachedPolicy:
    return api.AttachedPolicy(policy_name=arn.rpartition("/")[2], policy_arn=arn)


def _check_attach(state: Iam, call: AnyCall, kind: str, entity: Entity, arn: str) -> None:
    """Whether a policy can be attached; again is no fault."""
    attachable(state, arn)
    held = state.attachments.of(entity_key(kind, entity.name))
    if arn not in held:
        quotas.check(call, _QUOTAS[kind], len(held))


def _check_detach(state: Iam, kind: str, entity: Entity, arn: str) -> None:
    parsed(arn)
    if not entity.implied_by and not state.attachments.has(entity_key(kind, entity.name), arn):
        raise errors.no_policy(arn)


def _attach(state: Iam, event: AnyEvent, kind: str, name: str, arn: str) -> None:
    implied.entity(state, event, kind, name)
    if implied.policy(state, event, arn) is not None:
        state.attachments.add(entity_key(kind, name), arn)


def _detach(state: Iam, event: AnyEvent, kind: str, name: str, arn: str) -> None:
    implied.entity(state, event, kind, name)
    implied.policy(state, event, arn)
    state.attachments.remove(entity_key(kind, name), arn)


def _page(state: Iam, kind: str, entity: Entity, params: Prefixed) -> tuple[list[api.AttachedPolicy], Ends]:
    arns = state.attachments.of(entity_key(kind, entity.name))
    prefix = told(params.path_prefix, "/")
    if prefix != "/":
        arns = [arn for arn in arns if _path(arn).startswith(prefix)]
    page = named(arns, params)
    return [_view(arn) for arn in page.items], ends(page)


def _path(arn: str) -> str:
    parts = policy_arn(arn)
    return parts.path if parts is not None else "/"


@service.handle
def attach_user_policy(state: Iam, call: Call[api.AttachUserPolicy]) -> None:
    """Attach a policy to a user, the tenth at most."""
    user = user_named(state, call.params.user_name)
    _check_attach(state, call, "user", user, call.params.policy_arn)


@service.project
def user_policy_attached(state: Iam, event: Event[api.AttachUserPolicy, None]) -> None:
    """The user has the policy."""
    _attach(state, event, "user", event.params.user_name, event.params.policy_arn)


@service.handle
def detach_user_policy(state: Iam, call: Call[api.DetachUserPolicy]) -> None:
    """Take a policy from a user."""
    _check_detach(state, "user", user_named(state, call.params.user_name), call.params.policy_arn)


@service.project
def user_policy_detached(state: Iam, event: Event[api.DetachUserPolicy, None]) -> None:
    """The user has the policy no more."""
    _detach(state, event, "user", event.params.user_name, event.params.policy_arn)


@service.read
def list_attached_user_policies(
    state: Iam, call: Call[api.ListAttachedUserPolicies]
) -> api.ListAttachedUserPoliciesResult:
    """The policies attached to a user."""
    found, end = _page(state, "user", user_named(state, call.params.user_name), call.params)
    return api.ListAttachedUserPoliciesResult(attached_policies=found, **end)


@service.handle
def attach_group_policy(state: Iam, call: Call[api.AttachGroupPolicy]) -> None:
    """Attach a policy to a group, the tenth at most."""
    group = group_named(state, call.params.group_name)
    _check_attach(state, call, "group", group, call.params.policy_arn)


@service.project
def group_policy_attached(state: Iam, event: Event[api.AttachGroupPolicy, None]) -> None:
    """The group has the policy."""
    _attach(state, event, "group", event.params.group_name, event.params.policy_arn)


@service.handle
def detach_group_policy(state: Iam, call: Call[api.DetachGroupPolicy]) -> None:
    """Take a policy from a group."""
    _check_detach(state, "group", group_named(state, call.params.group_name), call.params.policy_arn)


@service.project
def group_policy_detached(state: Iam, event: Event[api.DetachGroupPolicy, None]) -> None:
    """The group has the policy no more."""
    _detach(state, event, "group", event.params.group_name, event.params.policy_arn)


@service.read
def list_attached_group_policies(
    state: Iam, call: Call[api.ListAttachedGroupPolicies]
) -> api.ListAttachedGroupPoliciesResult:
    """The policies attached to a group."""
    found, end = _page(state, "group", group_named(state, call.params.group_name), call.params)
    return api.ListAttachedGroupPoliciesResult(attached_policies=found, **end)


@service.handle
def attach_role_policy(state: Iam, call: Call[api.AttachRolePolicy]) -> None:
    """Attach a policy to a role, the tenth at most; a service's role takes none."""
    role = own_role_named(state, call.params.role_name)
    _check_attach(state, call, "role", role, call.params.policy_arn)


@service.project
def role_policy_attached(state: Iam, event: Event[api.AttachRolePolicy, None]) -> None:
    """The role has the policy."""
    _attach(state, event, "role", event.params.role_name, event.params.policy_arn)


@service.handle
def detach_role_policy(state: Iam, call: Call[api.DetachRolePolicy]) -> None:
    """Take a policy from a role."""
    _check_detach(state, "role", own_role_named(state, call.params.role_name), call.params.policy_arn)


@service.project
def role_policy_detached(state: Iam, event: Event[api.DetachRolePolicy, None]) -> None:
    """The role has the policy no more."""
    _detach(state, event, "role", event.params.role_name, event.params.policy_arn)


@service.read
def list_attached_role_policies(
    state: Iam, call: Call[api.ListAttachedRolePolicies]
) -> api.ListAttachedRolePoliciesResult:
    """The policies attached to a role."""
    found, end = _page(state, "role", role_named(state, call.params.role_name), call.params)
    return api.ListAttachedRolePoliciesResult(attached_policies=found, **end)


class _Filtered(Protocol):
    """Which entities of a policy are asked for."""

    @property
    def entity_filter(self) -> str | UnsetType: ...
    @property
    def path_prefix(self) -> str | UnsetType: ...
    @property
    def policy_usage_filter(self) -> str | UnsetType: ...


@service.read
def list_entities_for_policy(
    state: Iam, call: Call[api.ListEntitiesForPolicy]
) -> api.ListEntitiesForPolicyResult:
    """Who has a policy, attached or as a boundary."""
    params = call.params
    policy = policy_at(state, params.policy_arn)
    page = named(sorted(set(_entities(state, policy.arn, params))), params)
    found: dict[str, list[str]] = {"user": [], "group": [], "role": []}
    for entity in page.items:
        kind, _, key = entity.partition("/")
        found[kind].append(key)
    users = [state.users[key] for key in found["user"]]
    groups = [state.groups[key] for key in found["group"]]
    roles = [state.roles[key] for key in found["role"]]
    return api.ListEntitiesForPolicyResult(
        policy_users=[api.PolicyUser(user_name=user.name, user_id=user.id) for user in users],
        policy_groups=[api.PolicyGroup(group_name=group.name, group_id=group.id) for group in groups],
        policy_roles=[api.PolicyRole(role_name=role.name, role_id=role.id) for role in roles],
        **ends(page),
    )


_FILTERS = {"User": "user", "Group": "group", "Role": "role"}


def _entities(state: Iam, arn: str, params: _Filtered) -> Iterator[str]:
    wanted = told(params.entity_filter, "")
    usage, prefix = params.policy_usage_filter, told(params.path_prefix, "/")
    entities: list[str] = []
    if usage is UNSET or usage == "PermissionsPolicy":
        entities += state.attachments.to(arn)
    if usage is UNSET or usage == "PermissionsBoundary":
        entities += state.boundaries.to(arn)
    for entity in entities:
        kind, _, key = entity.partition("/")
        held = _held(state, kind, key)
        if wanted in _FILTERS and _FILTERS[wanted] != kind:
            continue
        if held is not None and (held.path is UNSET or held.path.startswith(prefix)):
            yield entity


def _held(state: Iam, kind: str, key: str) -> Entity | None:
    if kind == "user":
        return state.users.get(key)
    return state.groups.get(key) if kind == "group" else state.roles.get(key)
