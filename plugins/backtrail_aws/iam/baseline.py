"""What `aws iam get-account-authorization-details` printed: all of an account's IAM, as it was at a time.

Its lists are whole where nothing says that they go on, so who is not in a list that names anybody is gone. A list that
is empty says nothing: a filter may have emptied it. What the answer does not hold (keys, passwords, devices) stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import unquote

from backtrail import UNSET, Event, UnsetType, told
from backtrail_aws.iam import api, groups, implied, policies, roles, tags, users
from backtrail_aws.iam.names import AnyEvent, entity_key, policy_arn
from backtrail_aws.iam.state import (
    Entity,
    Group,
    Iam,
    InstanceProfile,
    Policy,
    Role,
    Thing,
    User,
    Version,
    key_of,
    service,
)

T = TypeVar("T", bound=Thing)
Observation = Event[api.GetAccountAuthorizationDetails, api.GetAccountAuthorizationDetailsResult]


@service.observed
def account_observed(
    state: Iam, event: Event[api.GetAccountAuthorizationDetails, api.GetAccountAuthorizationDetailsResult]
) -> None:
    """There are these users, groups, roles and policies, with these documents, tags and relations."""
    result = event.result
    for policy in told(result.policies, []):
        _policy(state, event, policy)
    for group in told(result.group_detail_list, []):
        _group(state, event, group)
    for user in told(result.user_detail_list, []):
        _user(state, event, user)
    for role in told(result.role_detail_list, []):
        _role(state, event, role)
    if result.is_truncated is not True and result.marker is UNSET:
        _forget_others(state, event)


def _forget_others(state: Iam, event: Observation) -> None:
    result = event.result
    there = {key_of(one.user_name) for one in told(result.user_detail_list, []) if one.user_name is not UNSET}
    for key in [key for key in state.users if key not in there] if there else ():
        users.forget(state, state.users[key].name)
    there = {key_of(one.role_name) for one in told(result.role_detail_list, []) if one.role_name is not UNSET}
    for key in [key for key in state.roles if key not in there] if there else ():
        roles.forget(state, state.roles[key].name)
    there = {
        key_of(one.group_name) for one in told(result.group_detail_list, []) if one.group_name is not UNSET
    }
    for key in [key for key in state.groups if key not in there] if there else ():
        groups.forget(state, state.groups[key].name)
    arns = {one.arn for one in told(result.policies, [])}
    for arn in [policy.arn for policy in state.policies.values() if policy.arn not in arns] if arns else ():
        policies.forget(state, arn)


def _found(old: T | None, fresh: T, id: str | UnsetType) -> T:
    """What is known already under a name, or a fresh one: also where the id tells that it was made anew."""
    if old is None or (old.id is not UNSET and id is not UNSET and old.id != id):
        return fresh
    return old


def _fill(
    thing: Thing, detail: api.UserDetail | api.GroupDetail | api.RoleDetail | api.InstanceProfile
) -> None:
    thing.path = told(detail.path, thing.path)
    thing.arn = told(detail.arn, thing.arn)
    thing.created = told(detail.create_date, thing.created)
    thing.implied_by = ""


def _entity(
    state: Iam,
    event: AnyEvent,
    kind: str,
    entity: Entity,
    inline: list[api.PolicyDetail] | UnsetType,
    attached: list[api.AttachedPolicy] | UnsetType,
    boundary: api.AttachedPermissionsBoundary | UnsetType = UNSET,
) -> None:
    """Policies of all kinds that a user, group or role has: these, and no others."""
    key = entity_key(kind, entity.name)
    entity.inline = {
        one.policy_name: _document(one.policy_document)
        for one in told(inline, [])
        if one.policy_name is not UNSET and one.policy_document is not UNSET
    }
    state.attachments.drop_left(key)
    for one in told(attached, []):
        if one.policy_arn is not UNSET and implied.policy(state, event, one.policy_arn) is not None:
            state.attachments.add(key, one.policy_arn)
    state.boundaries.drop_left(key)
    arn = UNSET if boundary is UNSET else boundary.permissions_boundary_arn
    if arn is not UNSET and implied.policy(state, event, arn) is not None:
        state.boundaries.add(key, arn)


def _user(state: Iam, event: AnyEvent, detail: api.UserDetail) -> None:
    name, arn = detail.user_name, detail.arn
    if name is UNSET or arn is UNSET:
        return
    key = key_of(name)
    user = _found(state.users.get(key), User(name=name, arn=arn, login=UNSET), detail.user_id)
    _fill(user, detail)
    user.id, user.tags = told(detail.user_id, user.id), tags.of(detail.tags)
    state.users[key] = user
    boundary = detail.permissions_boundary
    _entity(state, event, "user", user, detail.user_policy_list, detail.attached_managed_policies, boundary)
    state.members.drop_left(key)
    for group in told(detail.group_list, []):
        implied.group(state, event, group)
        state.members.add(key, key_of(group))


def _group(state: Iam, event: AnyEvent, detail: api.GroupDetail) -> None:
    name, arn = detail.group_name, detail.arn
    if name is UNSET or arn is UNSET:
        return
    group = _found(state.groups.get(key_of(name)), Group(name=name, arn=arn), detail.group_id)
    _fill(group, detail)
    group.id = told(detail.group_id, group.id)
    state.groups[key_of(name)] = group
    _entity(state, event, "group", group, detail.group_policy_list, detail.attached_managed_policies)


def _role(state: Iam, event: AnyEvent, detail: api.RoleDetail) -> None:
    name, arn = detail.role_name, detail.arn
    if name is UNSET or arn is UNSET:
        return
    key = key_of(name)
    role = _found(state.roles.get(key), Role(name=name, arn=arn), detail.role_id)
    _fill(role, detail)
    role.id, role.tags = told(detail.role_id, role.id), tags.of(detail.tags)
    trust = detail.assume_role_policy_document
    role.trust = role.trust if trust is UNSET else _document(trust)
    state.roles[key] = role
    boundary = detail.permissions_boundary
    _entity(state, event, "role", role, detail.role_policy_list, detail.attached_managed_policies, boundary)
    state.profile_roles.drop_right(key)
    for one in told(detail.instance_profile_list, []):
        if one.instance_profile_name is not UNSET and one.arn is not UNSET:
            profile = InstanceProfile(name=one.instance_profile_name, arn=one.arn)
            profile = _found(
                state.instance_profiles.get(key_of(profile.name)), profile, one.instance_profile_id
            )
            _fill(profile, one)
            profile.id = told(one.instance_profile_id, profile.id)
            state.instance_profiles[key_of(profile.name)] = profile
            state.profile_roles.drop_left(key_of(profile.name))
            state.profile_roles.add(key_of(profile.name), key)


def _policy(state: Iam, event: AnyEvent, detail: api.ManagedPolicyDetail) -> None:
    arn = detail.arn
    parts = None if arn is UNSET else policy_arn(arn)
    if arn is UNSET or parts is None or parts.account == "aws":
        return  # AWS's own are known, or learnt from what they are attached to
    key = key_of(parts.name)
    policy = _found(state.policies.get(key), Policy(name=parts.name, arn=arn), detail.policy_id)
    policy.path, policy.id = told(detail.path, parts.path), told(detail.policy_id, policy.id)
    policy.created, policy.updated = (
        told(detail.create_date, policy.created),
        told(detail.update_date, policy.updated),
    )
    policy.description = told(detail.description, policy.description)
    policy.default = told(detail.default_version_id, policy.default)
    policy.implied_by = ""
    versions: Mapping[str, Version] = {
        one.version_id: Version(
            document=UNSET if one.document is UNSET else _document(one.document), created=one.create_date
        )
        for one in told(detail.policy_version_list, [])
        if one.version_id is not UNSET
    }
    policy.versions = {**versions} or policy.versions
    numbers = [int(name[1:]) for name in policy.versions if name[1:].isdecimal()]
    policy.last = max([policy.last, *numbers])
    state.policies[key] = policy


def _document(text: str) -> str:
    """A policy: the API answers it percent-encoded, the AWS CLI prints it parsed."""
    return unquote(text) if text.startswith("%7B") else text
