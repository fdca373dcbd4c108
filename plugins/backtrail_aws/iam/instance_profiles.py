"""Instance profiles: what gives a role to an instance."""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, errors, implied, quotas, roles, tags
from backtrail_aws.iam.listing import ends, named, under
from backtrail_aws.iam.names import arn_of, own_role_named, path_of, profile_named, role_named
from backtrail_aws.iam.state import Iam, InstanceProfile, fill, key_of, service


def view(state: Iam, profile: InstanceProfile, *, tagged: bool = False) -> api.InstanceProfile:
    """An instance profile with its role; lists leave the tags out."""
    held = state.profile_roles.of(key_of(profile.name))
    return api.InstanceProfile(
        path=profile.path,
        instance_profile_name=profile.name,
        instance_profile_id=profile.id,
        arn=profile.arn,
        create_date=profile.created,
        roles=[roles.brief(state.roles[key]) for key in held if key in state.roles],
        tags=tags.shown(profile) if tagged else UNSET,
    )


def of_role(state: Iam, name: str) -> list[api.InstanceProfile]:
    """The instance profiles that hold a role."""
    return [view(state, state.instance_profiles[key]) for key in state.profile_roles.to(key_of(name))]


@service.handle
def create_instance_profile(
    state: Iam, call: Call[api.CreateInstanceProfile]
) -> api.CreateInstanceProfileResult:
    """Make an instance profile without a role."""
    params = call.params
    if key_of(params.instance_profile_name) in state.instance_profiles:
        raise errors.instance_profile_exists(params.instance_profile_name)
    tags.check_new(call, params.tags)
    quotas.check(call, "InstanceProfilesPerAccount", len(state.instance_profiles))
    path = path_of(params.path)
    return api.CreateInstanceProfileResult(
        instance_profile=api.InstanceProfile(
            path=path,
            instance_profile_name=params.instance_profile_name,
            instance_profile_id=call.new_id("AIPA"),
            arn=arn_of(call, "instance-profile", path, params.instance_profile_name),
            create_date=SpacedTime.of(call.time),
            roles=[],
            tags=tags.echoed(params.tags),
        )
    )


@service.project
def instance_profile_created(
    state: Iam, event: Event[api.CreateInstanceProfile, api.CreateInstanceProfileResult]
) -> None:
    """There is this instance profile."""
    params, result = event.params, event.result.instance_profile
    path = path_of(params.path)
    made = InstanceProfile(
        name=params.instance_profile_name,
        path=path,
        arn=arn_of(event, "instance-profile", path, params.instance_profile_name),
        id=UNSET if result is UNSET else result.instance_profile_id,
        created=SpacedTime.of(event.time),
        tags=tags.of(params.tags),
    )
    old = state.instance_profiles.get(key_of(made.name))
    if old is not None and old.implied_by:
        fill(old, made).implied_by = ""
    else:
        _forget(state, made.name)
        state.instance_profiles[key_of(made.name)] = made


@service.evidence
def instance_profile_existed(state: Iam, event: Event[api.CreateInstanceProfile, None]) -> None:
    """A name that is taken is some instance profile's."""
    if event.error == "EntityAlreadyExistsException":
        implied.profile(state, event, event.params.instance_profile_name)


@service.read
def get_instance_profile(state: Iam, call: Call[api.GetInstanceProfile]) -> api.GetInstanceProfileResult:
    """An instance profile with its role and its tags."""
    profile = profile_named(state, call.params.instance_profile_name)
    return api.GetInstanceProfileResult(instance_profile=view(state, profile, tagged=True))


@service.evidence
def instance_profile_was_not_there(state: Iam, event: Event[api.GetInstanceProfile, None]) -> None:
    """What cannot be found is gone."""
    if event.error == "NoSuchEntityException":
        _forget(state, event.params.instance_profile_name)


@service.read
def list_instance_profiles(
    state: Iam, call: Call[api.ListInstanceProfiles]
) -> api.ListInstanceProfilesResult:
    """The instance profiles under a path."""
    page = under(state.instance_profiles, call.params)
    shown = [view(state, profile) for profile in page.items]
    return api.ListInstanceProfilesResult(instance_profiles=shown, **ends(page))


@service.read
def list_instance_profiles_for_role(
    state: Iam, call: Call[api.ListInstanceProfilesForRole]
) -> api.ListInstanceProfilesForRoleResult:
    """The instance profiles that hold a role."""
    role = role_named(state, call.params.role_name)
    page = named(state.profile_roles.to(key_of(role.name)), call.params)
    shown = [view(state, state.instance_profiles[key]) for key in page.items]
    return api.ListInstanceProfilesForRoleResult(instance_profiles=shown, **ends(page))


@service.handle
def add_role_to_instance_profile(state: Iam, call: Call[api.AddRoleToInstanceProfile]) -> None:
    """Put a role into an instance profile that has none."""
    profile = profile_named(state, call.params.instance_profile_name)
    own_role_named(state, call.params.role_name)
    held = state.profile_roles.of(key_of(profile.name))
    quotas.check(call, "InstanceSessionsPerInstanceProfile", len(held))


@service.project
def role_added_to_instance_profile(state: Iam, event: Event[api.AddRoleToInstanceProfile, None]) -> None:
    """The instance profile holds the role, and no other."""
    profile = implied.profile(state, event, event.params.instance_profile_name)
    role = implied.role(state, event, event.params.role_name)
    state.profile_roles.drop_left(key_of(profile.name))
    state.profile_roles.add(key_of(profile.name), key_of(role.name))


@service.handle
def remove_role_from_instance_profile(state: Iam, call: Call[api.RemoveRoleFromInstanceProfile]) -> None:
    """Take the role out of an instance profile, even if an instance has it."""
    profile = profile_named(state, call.params.instance_profile_name)
    role = own_role_named(state, call.params.role_name)
    known = not (profile.implied_by or role.implied_by)
    if known and not state.profile_roles.has(key_of(profile.name), key_of(role.name)):
        raise errors.not_in_profile(role.name, profile.name)


@service.project
def role_removed_from_instance_profile(
    state: Iam, event: Event[api.RemoveRoleFromInstanceProfile, None]
) -> None:
    """The instance profile holds no role."""
    profile = implied.profile(state, event, event.params.instance_profile_name)
    role = implied.role(state, event, event.params.role_name)
    state.profile_roles.remove(key_of(profile.name), key_of(role.name))


@service.handle
def delete_instance_profile(state: Iam, call: Call[api.DeleteInstanceProfile]) -> None:
    """Delete an instance profile without a role.

    One that a running instance has may be deleted, too: the instance then loses its role,
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html
    """
    profile = profile_named(state, call.params.instance_profile_name)
    if state.profile_roles.of(key_of(profile.name)):
        raise errors.must_first("remove roles from instance profile")


@service.project
def instance_profile_deleted(state: Iam, event: Event[api.DeleteInstanceProfile, None]) -> None:
    """The instance profile is gone."""
    _forget(state, event.params.instance_profile_name)


@service.evidence
def instance_profile_was_gone(state: Iam, event: Event[api.DeleteInstanceProfile, None]) -> None:
    """What cannot be found to be deleted is gone."""
    if event.error == "NoSuchEntityException":
        _forget(state, event.params.instance_profile_name)


def _forget(state: Iam, name: str) -> None:
    state.instance_profiles.pop(key_of(name), None)
    state.profile_roles.drop_left(key_of(name))


@service.handle
def tag_instance_profile(state: Iam, call: Call[api.TagInstanceProfile]) -> None:
    """Put tags on an instance profile."""
    tags.check_more(call, profile_named(state, call.params.instance_profile_name), call.params.tags)


@service.project
def instance_profile_tagged(state: Iam, event: Event[api.TagInstanceProfile, None]) -> None:
    """The instance profile has these tags, too."""
    tags.put(implied.profile(state, event, event.params.instance_profile_name), event.params.tags)


@service.handle
def untag_instance_profile(state: Iam, call: Call[api.UntagInstanceProfile]) -> None:
    """Take tags off an instance profile."""
    profile_named(state, call.params.instance_profile_name)


@service.project
def instance_profile_untagged(state: Iam, event: Event[api.UntagInstanceProfile, None]) -> None:
    """The instance profile has these tags no more."""
    tags.remove(implied.profile(state, event, event.params.instance_profile_name), event.params.tag_keys)


@service.read
def list_instance_profile_tags(
    state: Iam, call: Call[api.ListInstanceProfileTags]
) -> api.ListInstanceProfileTagsResult:
    """An instance profile's tags."""
    found, end = tags.page_of(profile_named(state, call.params.instance_profile_name), call.params)
    return api.ListInstanceProfileTagsResult(tags=found, **end)
