"""Groups, and who is in them."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, errors, implied, quotas, users
from backtrail_aws.iam.listing import ends, named, under
from backtrail_aws.iam.names import arn_of, entity_key, group_named, path_of, user_named
from backtrail_aws.iam.state import Group, Iam, fill, key_of, service


def view(group: Group) -> api.Group:
    """A group as answers show it."""
    return api.Group(
        path=group.path,
        group_name=group.name,
        group_id=group.id,
        arn=group.arn,
        create_date=group.created,
    )


@service.handle
def create_group(state: Iam, call: Call[api.CreateGroup]) -> api.CreateGroupResult:
    """Make a group with nobody in it."""
    params = call.params
    if key_of(params.group_name) in state.groups:
        raise errors.entity_exists("group", params.group_name)
    quotas.check(call, "GroupsPerAccount", len(state.groups))
    path = path_of(params.path)
    return api.CreateGroupResult(
        group=api.Group(
            path=path,
            group_name=params.group_name,
            group_id=call.new_id("AGPA"),
            arn=arn_of(call, "group", path, params.group_name),
            create_date=SpacedTime.of(call.time),
        )
    )


@service.project
def group_created(state: Iam, event: Event[api.CreateGroup, api.CreateGroupResult]) -> None:
    """There is this group."""
    params, result = event.params, event.result.group
    path = path_of(params.path)
    made = Group(
        name=params.group_name,
        path=path,
        arn=arn_of(event, "group", path, params.group_name),
        id=UNSET if result is UNSET else result.group_id,
        created=SpacedTime.of(event.time),
    )
    key = key_of(made.name)
    old = state.groups.get(key)
    if old is not None and old.implied_by:
        fill(old, made).implied_by = ""
    else:
        forget(state, made.name)
        state.groups[key] = made


@service.evidence
def group_existed(state: Iam, event: Event[api.CreateGroup, None]) -> None:
    """A name that is taken is some group's."""
    if event.error == "EntityAlreadyExistsException":
        implied.group(state, event, event.params.group_name)


@service.read
def get_group(state: Iam, call: Call[api.GetGroup]) -> api.GetGroupResult:
    """A group, and a page of the users in it."""
    group = group_named(state, call.params.group_name)
    page = named(state.members.to(key_of(group.name)), call.params)
    members = [users.brief(state.users[key]) for key in page.items if key in state.users]
    return api.GetGroupResult(group=view(group), users=members, **ends(page))


@service.read
def list_groups(state: Iam, call: Call[api.ListGroups]) -> api.ListGroupsResult:
    """The groups under a path."""
    page = under(state.groups, call.params)
    return api.ListGroupsResult(groups=[view(group) for group in page.items], **ends(page))


@service.handle
def update_group(state: Iam, call: Call[api.UpdateGroup]) -> None:
    """Give a group another name or path; its id stays."""
    params = call.params
    group = group_named(state, params.group_name)
    new = params.new_group_name
    if new is not UNSET and key_of(new) != key_of(group.name) and key_of(new) in state.groups:
        raise errors.entity_exists("group", new)


@service.project
def group_updated(state: Iam, event: Event[api.UpdateGroup, None]) -> None:
    """The group has this name and this path now, and so another ARN."""
    group = implied.group(state, event, event.params.group_name)
    old = group.name
    group.name = told(event.params.new_group_name, old)
    group.path = told(event.params.new_path, group.path)
    group.arn = arn_of(event, "group", path_of(group.path), group.name)
    if key_of(group.name) == key_of(old):
        return
    forget(state, group.name)
    del state.groups[key_of(old)]
    state.groups[key_of(group.name)] = group
    state.members.rename_right(key_of(old), key_of(group.name))
    state.attachments.rename_left(entity_key("group", old), entity_key("group", group.name))


@service.handle
def delete_group(state: Iam, call: Call[api.DeleteGroup]) -> None:
    """Delete a group that has no users and no policies any more."""
    group = group_named(state, call.params.group_name)
    if state.members.to(key_of(group.name)):
        raise errors.must_first("remove users from group")
    if state.attachments.of(entity_key("group", group.name)):
        raise errors.must_first("detach all policies")
    if group.inline:
        raise errors.must_first("delete policies")


@service.project
def group_deleted(state: Iam, event: Event[api.DeleteGroup, None]) -> None:
    """The group is gone."""
    forget(state, event.params.group_name)


@service.evidence
def group_was_gone(state: Iam, event: Event[api.DeleteGroup, None]) -> None:
    """What cannot be found to be deleted is gone."""
    if event.error == "NoSuchEntityException":
        forget(state, event.params.group_name)


def forget(state: Iam, name: str) -> None:
    """The group is gone, and nobody is in it."""
    state.groups.pop(key_of(name), None)
    state.members.drop_right(key_of(name))
    state.attachments.drop_left(entity_key("group", name))


@service.handle
def add_user_to_group(state: Iam, call: Call[api.AddUserToGroup]) -> None:
    """Put a user into a group; again is no fault."""
    group = group_named(state, call.params.group_name)
    user = user_named(state, call.params.user_name)
    if not state.members.has(key_of(user.name), key_of(group.name)):
        quotas.check(call, "GroupsPerUser", len(state.members.of(key_of(user.name))))


@service.project
def user_added_to_group(state: Iam, event: Event[api.AddUserToGroup, None]) -> None:
    """The user is in the group."""
    user = implied.user(state, event, event.params.user_name)
    group = implied.group(state, event, event.params.group_name)
    state.members.add(key_of(user.name), key_of(group.name))


@service.handle
def remove_user_from_group(state: Iam, call: Call[api.RemoveUserFromGroup]) -> None:
    """Take a user out of a group."""
    group = group_named(state, call.params.group_name)
    user = user_named(state, call.params.user_name)
    known = not (group.implied_by or user.implied_by)
    if known and not state.members.has(key_of(user.name), key_of(group.name)):
        raise errors.not_member(user.name, group.name)


@service.project
def user_removed_from_group(state: Iam, event: Event[api.RemoveUserFromGroup, None]) -> None:
    """The user is not in the group."""
    user = implied.user(state, event, event.params.user_name)
    group = implied.group(state, event, event.params.group_name)
    state.members.remove(key_of(user.name), key_of(group.name))


@service.read
def list_groups_for_user(state: Iam, call: Call[api.ListGroupsForUser]) -> api.ListGroupsForUserResult:
    """The groups that a user is in."""
    user = user_named(state, call.params.user_name)
    page = named(state.members.of(key_of(user.name)), call.params)
    groups = [view(state.groups[key]) for key in page.items if key in state.groups]
    return api.ListGroupsForUserResult(groups=groups, **ends(page))
