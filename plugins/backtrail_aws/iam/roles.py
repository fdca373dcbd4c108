"""Roles."""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, boundaries, documents, errors, gone, implied, limits, quotas, tags, uses
from backtrail_aws.iam.listing import ends, under
from backtrail_aws.iam.names import (
    arn_of,
    encoded,
    entity_key,
    own_role_named,
    path_of,
    role_named,
)
from backtrail_aws.iam.state import Iam, Role, fill, key_of, service


def trust_of(role: Role) -> str | UnsetType:
    """A role's trust policy as answers hold it."""
    return UNSET if role.trust is UNSET else encoded(role.trust)


def brief(role: Role) -> api.Role:
    """A role as an instance profile shows it."""
    return api.Role(
        path=role.path,
        role_name=role.name,
        role_id=role.id,
        arn=role.arn,
        create_date=role.created,
        assume_role_policy_document=trust_of(role),
    )


def _in_list(role: Role) -> api.Role:
    """A role as lists show it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html"""
    return api.Role(
        path=role.path,
        role_name=role.name,
        role_id=role.id,
        arn=role.arn,
        create_date=role.created,
        assume_role_policy_document=trust_of(role),
        description=role.description,
        max_session_duration=role.session_s,
        max_signin_session_duration=role.signin_session_s,
    )


def full(state: Iam, role: Role) -> api.Role:
    """A role with all that belongs to it, but for its last use (`uses.of_role`)."""
    return api.Role(
        path=role.path,
        role_name=role.name,
        role_id=role.id,
        arn=role.arn,
        create_date=role.created,
        assume_role_policy_document=trust_of(role),
        description=role.description,
        max_session_duration=role.session_s,
        max_signin_session_duration=role.signin_session_s,
        permissions_boundary=boundaries.shown(state, "role", role.name),
        tags=tags.shown(role),
    )


@service.handle
def create_role(state: Iam, call: Call[api.CreateRole]) -> api.CreateRoleResult:
    """Make a role.

    The answer shows neither its description nor its session duration: measured on real records.
    """
    params = call.params
    path = path_of(params.path)
    if path.startswith("/aws-service-role/"):
        raise errors.invalid("Path /aws-service-role/ is reserved for service linked roles.")
    documents.check_trust_policy(params.assume_role_policy_document)
    quotas.check_size(call, "ACLSizePerRole", params.assume_role_policy_document)
    if key_of(params.role_name) in state.roles:
        raise errors.entity_exists("role", params.role_name)
    tags.check_new(call, params.tags)
    boundaries.check(state, params.permissions_boundary)
    quotas.check(call, "RolesPerAccount", len(state.roles))
    return api.CreateRoleResult(
        role=api.Role(
            path=path,
            role_name=params.role_name,
            role_id=call.new_id("AROA"),
            arn=arn_of(call, "role", path, params.role_name),
            create_date=SpacedTime.of(call.time),
            assume_role_policy_document=encoded(params.assume_role_policy_document),
            permissions_boundary=boundaries.view(params.permissions_boundary),
            tags=tags.echoed(params.tags),
        )
    )


@service.project
def role_created(state: Iam, event: Event[api.CreateRole, api.CreateRoleResult]) -> None:
    """There is this role."""
    params, result = event.params, event.result.role
    path = path_of(params.path)
    born(
        state,
        Role(
            name=params.role_name,
            path=path,
            arn=arn_of(event, "role", path, params.role_name),
            id=UNSET if result is UNSET else result.role_id,
            created=SpacedTime.of(event.time),
            tags=tags.of(params.tags),
            trust=params.assume_role_policy_document,
            description=params.description,
            session_s=told(params.max_session_duration, limits.MAX_SESSION_S),
            signin_session_s=params.max_signin_session_duration,
        ),
    )
    boundaries.put(state, event, "role", params.role_name, params.permissions_boundary)


def born(state: Iam, made: Role) -> None:
    """Keep a new role in the place of one of its name: an inferred one is filled, any other was deleted unseen."""
    old = state.roles.get(key_of(made.name))
    if old is not None and old.implied_by:
        fill(old, made).implied_by = ""
    else:
        forget(state, made.name)
        state.roles[key_of(made.name)] = made


@service.evidence
def role_existed(state: Iam, event: Event[api.CreateRole, None]) -> None:
    """A name that is taken is some role's."""
    if event.error == "EntityAlreadyExistsException":
        implied.role(state, event, event.params.role_name)


@service.read
def get_role(state: Iam, call: Call[api.GetRole]) -> api.GetRoleResult:
    """A role."""
    role = role_named(state, call.params.role_name)
    shown = msgspec.structs.replace(full(state, role), role_last_used=uses.of_role(call, role.arn))
    return api.GetRoleResult(role=shown)


@service.evidence
def role_was_not_there(state: Iam, event: Event[api.GetRole, None]) -> None:
    """What cannot be found is gone."""
    if event.error == "NoSuchEntityException":
        forget(state, event.params.role_name)


@service.read
def list_roles(state: Iam, call: Call[api.ListRoles]) -> api.ListRolesResult:
    """The roles under a path."""
    page = under(state.roles, call.params)
    return api.ListRolesResult(roles=[_in_list(role) for role in page.items], **ends(page))


@service.handle
def update_role(state: Iam, call: Call[api.UpdateRole]) -> None:
    """Change a role's description or its session durations."""
    own_role_named(state, call.params.role_name)


@service.project
def role_updated(state: Iam, event: Event[api.UpdateRole, None]) -> None:
    """The role has this description and these durations."""
    params = event.params
    role = implied.role(state, event, params.role_name)
    role.description = told(params.description, role.description)
    role.session_s = told(params.max_session_duration, role.session_s)
    role.signin_session_s = told(params.max_signin_session_duration, role.signin_session_s)
    if params.reset_max_signin_session_duration is True:
        role.signin_session_s = UNSET


@service.handle
def update_role_description(
    state: Iam, call: Call[api.UpdateRoleDescription]
) -> api.UpdateRoleDescriptionResult:
    """Change a role's description; a service's role may have another, too."""
    role = role_named(state, call.params.role_name)
    shown = _in_list(role)
    return api.UpdateRoleDescriptionResult(role=_described(shown, call.params.description))


def _described(role: api.Role, description: str) -> api.Role:
    return api.Role(
        path=role.path,
        role_name=role.role_name,
        role_id=role.role_id,
        arn=role.arn,
        create_date=role.create_date,
        assume_role_policy_document=role.assume_role_policy_document,
        description=description,
        max_session_duration=role.max_session_duration,
        max_signin_session_duration=role.max_signin_session_duration,
    )


@service.project
def role_description_updated(state: Iam, event: Event[api.UpdateRoleDescription, None]) -> None:
    """The role has this description."""
    implied.role(state, event, event.params.role_name).description = event.params.description


@service.handle
def update_assume_role_policy(state: Iam, call: Call[api.UpdateAssumeRolePolicy]) -> None:
    """Change who may assume a role."""
    own_role_named(state, call.params.role_name)
    documents.check_trust_policy(call.params.policy_document)
    quotas.check_size(call, "ACLSizePerRole", call.params.policy_document)


@service.project
def assume_role_policy_updated(state: Iam, event: Event[api.UpdateAssumeRolePolicy, None]) -> None:
    """Who may assume the role is told by this document."""
    implied.role(state, event, event.params.role_name).trust = event.params.policy_document


@service.handle
def delete_role(state: Iam, call: Call[api.DeleteRole]) -> None:
    """Delete a role that has no policies any more and is in no instance profile."""
    role = own_role_named(state, call.params.role_name)
    if state.profile_roles.to(key_of(role.name)):
        raise errors.must_first("remove roles from instance profile")
    if state.attachments.of(entity_key("role", role.name)):
        raise errors.must_first("detach all policies")
    if role.inline:
        raise errors.must_first("delete policies")


@service.project
def role_deleted(state: Iam, event: Event[api.DeleteRole, None]) -> None:
    """The role is gone."""
    forget(state, event.params.role_name)


@service.evidence
def role_was_gone(state: Iam, event: Event[api.DeleteRole, None]) -> None:
    """What cannot be found to be deleted is gone."""
    if event.error == "NoSuchEntityException":
        forget(state, event.params.role_name)


def forget(state: Iam, name: str) -> None:
    """The role is gone, and out of everything that it was in."""
    gone.end(state, state.roles.pop(key_of(name), None))
    state.profile_roles.drop_right(key_of(name))
    for links in (state.attachments, state.boundaries):
        links.drop_left(entity_key("role", name))


@service.handle
def tag_role(state: Iam, call: Call[api.TagRole]) -> None:
    """Put tags on a role; on a service's as well, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"""
    tags.check_more(call, role_named(state, call.params.role_name), call.params.tags)


@service.project
def role_tagged(state: Iam, event: Event[api.TagRole, None]) -> None:
    """The role has these tags, too."""
    tags.put(implied.role(state, event, event.params.role_name), event.params.tags)


@service.handle
def untag_role(state: Iam, call: Call[api.UntagRole]) -> None:
    """Take tags off a role."""
    role_named(state, call.params.role_name)


@service.project
def role_untagged(state: Iam, event: Event[api.UntagRole, None]) -> None:
    """The role has these tags no more."""
    tags.remove(implied.role(state, event, event.params.role_name), event.params.tag_keys)


@service.read
def list_role_tags(state: Iam, call: Call[api.ListRoleTags]) -> api.ListRoleTagsResult:
    """A role's tags."""
    found, end = tags.page_of(role_named(state, call.params.role_name), call.params)
    return api.ListRoleTagsResult(tags=found, **end)
