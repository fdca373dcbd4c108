"""Users."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, boundaries, errors, gone, implied, quotas, tags
from backtrail_aws.iam.listing import ends, under
from backtrail_aws.iam.names import arn_of, entity_key, path_of, user_meant, user_named
from backtrail_aws.iam.state import Iam, User, fill, key_of, service


def brief(user: User) -> api.User:
    """A user as lists show it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html"""
    return api.User(
        path=user.path,
        user_name=user.name or UNSET,
        user_id=user.id,
        arn=user.arn,
        create_date=user.created,
        password_last_used=user.password_last_used,
    )


@service.handle
def create_user(state: Iam, call: Call[api.CreateUser]) -> api.CreateUserResult:
    """Make a user, without any credential."""
    params = call.params
    if key_of(params.user_name) in state.users:
        raise errors.entity_exists("user", params.user_name)
    tags.check_new(call, params.tags)
    boundaries.check(state, params.permissions_boundary)
    quotas.check(call, "UsersPerAccount", len(state.users))
    path = path_of(params.path)
    return api.CreateUserResult(
        user=api.User(
            path=path,
            user_name=params.user_name,
            user_id=call.new_id("AIDA"),
            arn=arn_of(call, "user", path, params.user_name),
            create_date=SpacedTime.of(call.time),
            permissions_boundary=boundaries.view(params.permissions_boundary),
            tags=tags.echoed(params.tags),
        )
    )


@service.project
def user_created(state: Iam, event: Event[api.CreateUser, api.CreateUserResult]) -> None:
    """There is this user."""
    params, result = event.params, event.result.user
    path = path_of(params.path)
    made = User(
        name=params.user_name,
        path=path,
        arn=arn_of(event, "user", path, params.user_name),
        id=UNSET if result is UNSET else result.user_id,
        created=SpacedTime.of(event.time),
        tags=tags.of(params.tags),
        login=None,
    )
    key = key_of(made.name)
    old = state.users.get(key)
    if old is not None and old.implied_by:
        fill(old, made).implied_by = ""
        old.login = told(old.login, None)
    else:
        forget(state, made.name)
        state.users[key] = made
    boundaries.put(state, event, "user", made.name, params.permissions_boundary)


@service.evidence
def user_existed(state: Iam, event: Event[api.CreateUser, None]) -> None:
    """A name that is taken is somebody's."""
    if event.error == "EntityAlreadyExistsException":
        implied.user(state, event, event.params.user_name)


@service.read
def get_user(state: Iam, call: Call[api.GetUser]) -> api.GetUserResult:
    """A user; the caller, where no name is given."""
    name = call.params.user_name
    identity = call.caller.identity
    if name is UNSET and identity.type == "Root":
        return api.GetUserResult(user=_root(state, call))
    own = identity.user_name if identity.type == "IAMUser" else UNSET
    if name is UNSET and own is not UNSET and key_of(own) not in state.users:
        # A user of whom only its own calls tell.
        return api.GetUserResult(
            user=api.User(user_name=own, user_id=identity.principal_id, arn=identity.arn)
        )
    user = user_meant(state, call, name)
    return api.GetUserResult(user=full(state, user))


def full(state: Iam, user: User) -> api.User:
    """A user with its boundary and its tags: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html"""
    return api.User(
        path=user.path,
        user_name=user.name,
        user_id=user.id,
        arn=user.arn,
        create_date=user.created,
        password_last_used=user.password_last_used,
        permissions_boundary=boundaries.shown(state, "user", user.name),
        tags=tags.shown(user),
    )


def _root(state: Iam, call: Call[api.GetUser]) -> api.User:
    """The root: its id is the account's, and it has no name (grycap/scar#181)."""
    return api.User(
        user_id=call.account,
        arn=arn_of(call, "root", "", ""),
        password_last_used=state.root.password_last_used,
    )


@service.read
def list_users(state: Iam, call: Call[api.ListUsers]) -> api.ListUsersResult:
    """The users under a path."""
    page = under(state.users, call.params)
    return api.ListUsersResult(users=[brief(user) for user in page.items], **ends(page))


@service.handle
def update_user(state: Iam, call: Call[api.UpdateUser]) -> None:
    """Give a user another name or path; its id stays."""
    params = call.params
    user = user_named(state, params.user_name)
    new = params.new_user_name
    if new is not UNSET and key_of(new) != key_of(user.name) and key_of(new) in state.users:
        raise errors.entity_exists("user", new)


@service.project
def user_updated(state: Iam, event: Event[api.UpdateUser, None]) -> None:
    """The user has this name and this path now, and so another ARN."""
    user = implied.user(state, event, event.params.user_name)
    old = user.name
    user.name = told(event.params.new_user_name, old)
    user.path = told(event.params.new_path, user.path)
    user.arn = arn_of(event, "user", path_of(user.path), user.name)
    if key_of(user.name) == key_of(old):
        return
    forget(state, user.name)
    gone.end(state, state.users.pop(key_of(old)), old)
    state.users[key_of(user.name)] = user
    state.members.rename_left(key_of(old), key_of(user.name))
    state.devices.rename_left(key_of(old), key_of(user.name))
    for serial in state.devices.of(key_of(user.name)):
        state.mfa_devices[serial].user = user.name
    for links in (state.attachments, state.boundaries):
        links.rename_left(entity_key("user", old), entity_key("user", user.name))
    for key in user.keys:
        state.keys[key].user = user.name


@service.handle
def delete_user(state: Iam, call: Call[api.DeleteUser]) -> None:
    """Delete a user that has nothing any more: no group, policy, key, password, certificate, device."""
    user = user_named(state, call.params.user_name)
    for held, what in _held(state, user):
        if held:
            raise errors.must_first(what)


def _held(state: Iam, user: User) -> list[tuple[object, str]]:
    """What keeps a user from being deleted. That AWS looks in this order is a guess."""
    entity = entity_key("user", user.name)
    return [
        (state.members.of(key_of(user.name)), "remove users from group"),
        (state.attachments.of(entity), "detach all policies"),
        (user.inline, "delete policies"),
        (user.keys, "delete access keys"),
        (user.login is not UNSET and user.login, "delete login profile"),
        (state.devices.of(key_of(user.name)), "delete MFA device"),
        (user.certificates, "delete certificates"),
        (user.ssh_keys or user.credentials, "remove referenced objects"),
    ]


@service.project
def user_deleted(state: Iam, event: Event[api.DeleteUser, None]) -> None:
    """The user is gone, and all that was its own."""
    forget(state, event.params.user_name)


@service.evidence
def user_was_gone(state: Iam, event: Event[api.DeleteUser, None]) -> None:
    """What cannot be found to be deleted is gone."""
    if event.error == "NoSuchEntityException":
        forget(state, event.params.user_name)


@service.evidence
def user_was_not_there(state: Iam, event: Event[api.GetUser, None]) -> None:
    """What cannot be found is gone."""
    if event.error == "NoSuchEntityException" and event.params.user_name is not UNSET:
        forget(state, event.params.user_name)


def forget(state: Iam, name: str) -> None:
    """The user is gone, and out of everything that it was in."""
    key = key_of(name)
    user = state.users.pop(key, None)
    gone.end(state, user)
    state.members.drop_left(key)
    for links in (state.attachments, state.boundaries):
        links.drop_left(entity_key("user", name))
    for serial in state.devices.of(key):
        state.mfa_devices[serial].user = None
    state.devices.drop_left(key)
    for access_key in user.keys if user is not None else ():
        state.keys[access_key].status = "Deleted"
        state.keys[access_key].secret = UNSET


@service.handle
def tag_user(state: Iam, call: Call[api.TagUser]) -> None:
    """Put tags on a user."""
    tags.check_more(call, user_named(state, call.params.user_name), call.params.tags)


@service.project
def user_tagged(state: Iam, event: Event[api.TagUser, None]) -> None:
    """The user has these tags, too."""
    tags.put(implied.user(state, event, event.params.user_name), event.params.tags)


@service.handle
def untag_user(state: Iam, call: Call[api.UntagUser]) -> None:
    """Take tags off a user."""
    user_named(state, call.params.user_name)


@service.project
def user_untagged(state: Iam, event: Event[api.UntagUser, None]) -> None:
    """The user has these tags no more."""
    tags.remove(implied.user(state, event, event.params.user_name), event.params.tag_keys)


@service.read
def list_user_tags(state: Iam, call: Call[api.ListUserTags]) -> api.ListUserTagsResult:
    """A user's tags."""
    found, end = tags.page_of(user_named(state, call.params.user_name), call.params)
    return api.ListUserTagsResult(tags=found, **end)
