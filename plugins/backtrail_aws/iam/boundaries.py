"""Permissions boundaries of users and roles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.iam import api, errors, implied
from backtrail_aws.iam.names import AnyEvent, entity_key, own_role_named, user_named
from backtrail_aws.iam.policy_lookup import attachable
from backtrail_aws.iam.state import Iam, service


def shown(state: Iam, kind: str, name: str) -> api.AttachedPermissionsBoundary | UnsetType:
    """An entity's boundary as answers show it; left out where it has none."""
    arns = state.boundaries.of(entity_key(kind, name))
    return view(arns[0]) if arns else UNSET


def view(arn: str | UnsetType) -> api.AttachedPermissionsBoundary | UnsetType:
    """A boundary as answers show it. The type is `Policy` on the wire, whatever the model says."""
    if arn is UNSET:
        return UNSET
    return api.AttachedPermissionsBoundary(permissions_boundary_type="Policy", permissions_boundary_arn=arn)


def check(state: Iam, arn: str | UnsetType) -> None:
    """Whether a policy can be somebody's boundary. Raises `Refusal`."""
    if arn is not UNSET:
        attachable(state, arn)


def put(state: Iam, event: AnyEvent, kind: str, name: str, arn: str | UnsetType) -> None:
    """Make a policy an entity's only boundary."""
    if arn is UNSET:
        return
    implied.policy(state, event, arn)
    key = entity_key(kind, name)
    state.boundaries.drop_left(key)
    state.boundaries.add(key, arn)


@service.handle
def put_user_permissions_boundary(state: Iam, call: Call[api.PutUserPermissionsBoundary]) -> None:
    """Give a user a boundary in place of the one it has."""
    user_named(state, call.params.user_name)
    check(state, call.params.permissions_boundary)


@service.project
def user_permissions_boundary_put(state: Iam, event: Event[api.PutUserPermissionsBoundary, None]) -> None:
    """The user has this boundary."""
    implied.user(state, event, event.params.user_name)
    put(state, event, "user", event.params.user_name, event.params.permissions_boundary)


@service.handle
def delete_user_permissions_boundary(state: Iam, call: Call[api.DeleteUserPermissionsBoundary]) -> None:
    """Take a user's boundary away."""
    user = user_named(state, call.params.user_name)
    if not user.implied_by and not state.boundaries.of(entity_key("user", user.name)):
        raise errors.no_boundary("user", user.name)


@service.project
def user_permissions_boundary_deleted(
    state: Iam, event: Event[api.DeleteUserPermissionsBoundary, None]
) -> None:
    """The user has no boundary."""
    implied.user(state, event, event.params.user_name)
    state.boundaries.drop_left(entity_key("user", event.params.user_name))


@service.handle
def put_role_permissions_boundary(state: Iam, call: Call[api.PutRolePermissionsBoundary]) -> None:
    """Give a role a boundary in place of the one it has; a service's role takes none."""
    own_role_named(state, call.params.role_name)
    check(state, call.params.permissions_boundary)


@service.project
def role_permissions_boundary_put(state: Iam, event: Event[api.PutRolePermissionsBoundary, None]) -> None:
    """The role has this boundary."""
    implied.role(state, event, event.params.role_name)
    put(state, event, "role", event.params.role_name, event.params.permissions_boundary)


@service.handle
def delete_role_permissions_boundary(state: Iam, call: Call[api.DeleteRolePermissionsBoundary]) -> None:
    """Take a role's boundary away."""
    role = own_role_named(state, call.params.role_name)
    if not role.implied_by and not state.boundaries.of(entity_key("role", role.name)):
        raise errors.no_boundary("role", role.name)


@service.project
def role_permissions_boundary_deleted(
    state: Iam, event: Event[api.DeleteRolePermissionsBoundary, None]
) -> None:
    """The role has no boundary."""
    implied.role(state, event, event.params.role_name)
    state.boundaries.drop_left(entity_key("role", event.params.role_name))
