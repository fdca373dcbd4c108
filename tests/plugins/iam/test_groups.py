"""Groups and their members."""

from __future__ import annotations

from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api


def test_a_group_and_who_is_in_it(iam: Scenario) -> None:
    """Users are put into a group and out of it; both sides list the other; again is no fault."""
    iam.given(
        api.CreateGroup(group_name="Devs"),
        api.CreateUser(user_name="a"),
        api.CreateUser(user_name="b"),
        api.AddUserToGroup(group_name="devs", user_name="b"),
        api.AddUserToGroup(group_name="Devs", user_name="a"),
        api.AddUserToGroup(group_name="Devs", user_name="a"),
        api.GetGroup(group_name="Devs", max_items=1),
    )
    assert iam.answer.group.arn == f"arn:aws:iam::{ACCOUNT}:group/Devs"
    assert [user.user_name for user in iam.answer.users] == ["a"]
    iam.given(api.GetGroup(group_name="Devs", marker=iam.answer.marker))
    assert [user.user_name for user in iam.answer.users] == ["b"]

    iam.given(api.ListGroupsForUser(user_name="a"))
    assert [group.group_name for group in iam.answer.groups] == ["Devs"]
    iam.given(api.RemoveUserFromGroup(group_name="Devs", user_name="a"), api.ListGroupsForUser(user_name="a"))
    assert iam.answer.groups == []
    iam.replays()


def test_what_is_missing_is_named(iam: Scenario) -> None:
    """A group, then a user, then a membership that is not there is refused."""
    iam.when(api.AddUserToGroup(group_name="g", user_name="u")).refused(
        "NoSuchEntity", "The group with name g cannot be found."
    )
    iam.given(api.CreateGroup(group_name="g"))
    iam.when(api.AddUserToGroup(group_name="g", user_name="u")).refused("NoSuchEntity", "user with name u")
    iam.given(api.CreateUser(user_name="u"))
    iam.when(api.RemoveUserFromGroup(group_name="g", user_name="u")).refused("NoSuchEntity")
    iam.when(api.CreateGroup(group_name="G")).refused(
        "EntityAlreadyExists", "Group with name G already exists."
    )


def test_a_user_is_in_ten_groups_at_most(iam: Scenario) -> None:
    """The eleventh group is refused."""
    iam.given(api.CreateUser(user_name="u"))
    for number in range(11):
        iam.given(api.CreateGroup(group_name=f"g{number}"))
    for number in range(10):
        iam.given(api.AddUserToGroup(group_name=f"g{number}", user_name="u"))

    iam.when(api.AddUserToGroup(group_name="g10", user_name="u")).refused(
        "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10"
    )
    iam.given(api.AddUserToGroup(group_name="g3", user_name="u"))
    iam.replays()


def test_a_group_goes_only_when_it_is_empty(iam: Scenario, document: str) -> None:
    """DeleteGroup refuses a group with users, attached or inline policies."""
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.given(
        api.CreateGroup(group_name="g"),
        api.CreateUser(user_name="u"),
        api.AddUserToGroup(group_name="g", user_name="u"),
        api.AttachGroupPolicy(group_name="g", policy_arn=arn),
        api.PutGroupPolicy(group_name="g", policy_name="p", policy_document=document),
    )
    steps = {
        "remove users from group": api.RemoveUserFromGroup(group_name="g", user_name="u"),
        "detach all policies": api.DetachGroupPolicy(group_name="g", policy_arn=arn),
        "delete policies": api.DeleteGroupPolicy(group_name="g", policy_name="p"),
    }
    for what, step in steps.items():
        iam.when(api.DeleteGroup(group_name="g")).refused("DeleteConflict", what)
        iam.given(step)
    iam.given(api.DeleteGroup(group_name="g"))
    iam.when(api.GetGroup(group_name="g")).refused("NoSuchEntity")
    iam.replays()


def test_a_group_gets_another_name(iam: Scenario) -> None:
    """UpdateGroup moves a group with its members and policies; a name that is taken is refused."""
    iam.given(
        api.CreateGroup(group_name="g"),
        api.CreateGroup(group_name="h"),
        api.CreateUser(user_name="u"),
        api.AddUserToGroup(group_name="g", user_name="u"),
        api.AttachGroupPolicy(group_name="g", policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
    )
    iam.when(api.UpdateGroup(group_name="g", new_group_name="H")).refused("EntityAlreadyExists")

    iam.given(
        api.UpdateGroup(group_name="g", new_group_name="n", new_path="/p/"), api.GetGroup(group_name="n")
    )
    assert iam.answer.group.arn == f"arn:aws:iam::{ACCOUNT}:group/p/n"
    assert [user.user_name for user in iam.answer.users] == ["u"]
    iam.given(api.ListAttachedGroupPolicies(group_name="n"))
    assert [held.policy_name for held in iam.answer.attached_policies] == ["ReadOnlyAccess"]
    iam.given(api.ListGroups(path_prefix="/p/"))
    assert [group.group_name for group in iam.answer.groups] == ["n"]
    iam.replays()
