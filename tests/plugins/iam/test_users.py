"""Users: their life, their names, who is meant where none is named."""

from __future__ import annotations

from backtrail import UNSET, Identity
from backtrail.call import Caller
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api


def user(name: str, principal: str | None = None) -> Identity:
    """The identity of a user who calls."""
    return Identity(
        type="IAMUser",
        principal_id=principal or "AIDAEXAMPLE",
        arn=f"arn:aws:iam::{ACCOUNT}:user/{name}",
        account_id=ACCOUNT,
        user_name=name,
    )


def test_a_user_is_made(iam: Scenario) -> None:
    """CreateUser answers path, name, id, ARN, date and tags, and its record shows the same."""
    iam.given(api.CreateUser(user_name="Bob", path="/team/", tags=[api.Tag(key="a", value="b")]))

    made = iam.answer.user
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:user/team/Bob"
    assert made.user_id.startswith("AIDA")
    assert len(made.user_id) == 21
    assert iam.record["responseElements"] == {
        "user": {
            "path": "/team/",
            "userName": "Bob",
            "userId": made.user_id,
            "arn": made.arn,
            "createDate": "Jan 1, 2024 12:00:01 AM",
            "tags": [{"key": "a", "value": "b"}],
        }
    }
    iam.replays()


def test_names_are_not_distinguished_by_case(iam: Scenario) -> None:
    """A name in other letters is taken, and finds the same user."""
    iam.given(api.CreateUser(user_name="Bob"))

    iam.when(api.CreateUser(user_name="BOB")).refused(
        "EntityAlreadyExists", "User with name BOB already exists."
    )
    assert iam.record["errorCode"] == "EntityAlreadyExistsException"
    iam.given(api.GetUser(user_name="bob"))
    assert iam.answer.user.user_name == "Bob"
    iam.replays()


def test_nobody_is_not_found(iam: Scenario) -> None:
    """An unknown user is refused in AWS's words."""
    iam.when(api.GetUser(user_name="eve")).refused("NoSuchEntity", "The user with name eve cannot be found.")
    assert iam.error is not None
    assert iam.error.status == 404


def test_the_caller_is_meant_where_no_name_is_given(iam: Scenario) -> None:
    """GetUser without a name answers the calling user."""
    iam.given(api.CreateUser(user_name="Bob"))
    iam.given(api.AttachUserPolicy(user_name="Bob", policy_arn="arn:aws:iam::aws:policy/AdministratorAccess"))

    iam.as_(user("Bob")).given(api.GetUser())

    assert iam.answer.user.user_name == "Bob"


def test_the_root_has_no_name(iam: Scenario) -> None:
    """GetUser by the root answers the account's id as the user's."""
    iam.given(api.GetUser())

    assert iam.answer.user.user_id == ACCOUNT
    assert iam.answer.user.arn == f"arn:aws:iam::{ACCOUNT}:root"
    assert iam.answer.user.user_name is UNSET


def test_a_session_must_name_a_user(iam: Scenario) -> None:
    """A role's session has no user name of its own."""
    session = Identity(type="AssumedRole", arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", account_id=ACCOUNT)

    caller = Caller(identity=session, account=ACCOUNT, verified=False)
    iam.when(api.GetUser(), caller=caller).refused(
        "ValidationError", "Must specify userName when calling with non-User credentials"
    )


def test_a_user_of_whom_only_its_calls_tell(iam: Scenario) -> None:
    """A caller that no record made is answered from its own identity."""
    caller = Caller(identity=user("stranger", "AIDASTRANGER"), account=ACCOUNT, verified=False)
    iam.when(api.GetUser(), caller=caller)

    assert iam.answer.user.user_id == "AIDASTRANGER"
    assert iam.answer.user.user_name == "stranger"


def test_lists_leave_tags_and_boundaries_out(iam: Scenario, document: str) -> None:
    """ListUsers shows a user without its tags and its boundary, GetUser with both."""
    iam.given(api.CreatePolicy(policy_name="limit", policy_document=document))
    arn = iam.answer.policy.arn
    tag = [api.Tag(key="a", value="b")]
    iam.given(api.CreateUser(user_name="Bob", permissions_boundary=arn, tags=tag))

    iam.given(api.ListUsers())
    assert iam.answer.users[0].tags is UNSET
    assert iam.answer.users[0].permissions_boundary is UNSET
    iam.given(api.GetUser(user_name="Bob"))
    assert iam.answer.user.tags == tag
    assert iam.answer.user.permissions_boundary.permissions_boundary_arn == arn
    iam.replays()


def test_pages_of_users(iam: Scenario) -> None:
    """Marker and MaxItems lead through all users once, in order; a path prefix narrows the list."""
    for name in ("c", "a", "B", "d"):
        iam.given(api.CreateUser(user_name=name, path="/x/" if name in "ab" else "/"))

    iam.given(api.ListUsers(max_items=3))
    first = [one.user_name for one in iam.answer.users]
    assert (first, iam.answer.is_truncated) == (["a", "B", "c"], True)
    iam.given(api.ListUsers(max_items=3, marker=iam.answer.marker))
    assert [one.user_name for one in iam.answer.users] == ["d"]
    assert (iam.answer.is_truncated, iam.answer.marker) == (False, UNSET)
    iam.given(api.ListUsers(path_prefix="/x/"))
    assert [one.user_name for one in iam.answer.users] == ["a"]


def test_a_marker_that_no_list_gave(iam: Scenario) -> None:
    """A made-up marker is refused."""
    iam.when(api.ListUsers(marker="???")).refused("ValidationError", "Marker")
    iam.when(api.ListUserTags(user_name="x", marker="é")).refused("NoSuchEntity")


def test_a_user_gets_another_name(iam: Scenario, document: str) -> None:
    """UpdateUser moves the user with its groups, policies, keys and devices; its id stays."""
    iam.given(api.CreateUser(user_name="Bob"))
    identifier = iam.answer.user.user_id
    iam.given(
        api.CreateGroup(group_name="g"),
        api.AddUserToGroup(group_name="g", user_name="Bob"),
        api.PutUserPolicy(user_name="Bob", policy_name="p", policy_document=document),
        api.AttachUserPolicy(user_name="Bob", policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
        api.CreateAccessKey(user_name="Bob"),
        api.UpdateUser(user_name="bob", new_user_name="Robert", new_path="/r/"),
    )

    iam.when(api.GetUser(user_name="Bob")).refused("NoSuchEntity")
    iam.given(api.GetUser(user_name="Robert"))
    assert iam.answer.user.user_id == identifier
    assert iam.answer.user.arn == f"arn:aws:iam::{ACCOUNT}:user/r/Robert"
    iam.given(api.GetGroup(group_name="g"))
    assert [one.user_name for one in iam.answer.users] == ["Robert"]
    iam.given(api.ListAttachedUserPolicies(user_name="Robert"))
    assert len(iam.answer.attached_policies) == 1
    iam.given(api.ListAccessKeys(user_name="Robert"))
    assert iam.answer.access_key_metadata[0].user_name == "Robert"
    iam.replays()


def test_a_name_that_is_taken_cannot_be_got(iam: Scenario) -> None:
    """UpdateUser refuses another user's name, and allows its own in other letters."""
    iam.given(api.CreateUser(user_name="a"), api.CreateUser(user_name="b"))

    iam.when(api.UpdateUser(user_name="a", new_user_name="B")).refused("EntityAlreadyExists")
    iam.given(api.UpdateUser(user_name="a", new_user_name="A"), api.GetUser(user_name="a"))
    assert iam.answer.user.user_name == "A"
    iam.replays()


def test_a_user_goes_only_without_belongings(iam: Scenario, document: str) -> None:
    """DeleteUser names what must go first, one after the other."""
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.given(
        api.CreateUser(user_name="u"),
        api.CreateGroup(group_name="g"),
        api.AddUserToGroup(group_name="g", user_name="u"),
        api.AttachUserPolicy(user_name="u", policy_arn=arn),
        api.PutUserPolicy(user_name="u", policy_name="p", policy_document=document),
        api.CreateLoginProfile(user_name="u", password="Correct-horse-1"),
        api.CreateAccessKey(user_name="u"),
    )
    key = iam.answer.access_key.access_key_id
    steps = {
        "remove users from group": api.RemoveUserFromGroup(group_name="g", user_name="u"),
        "detach all policies": api.DetachUserPolicy(user_name="u", policy_arn=arn),
        "delete policies": api.DeleteUserPolicy(user_name="u", policy_name="p"),
        "delete access keys": api.DeleteAccessKey(user_name="u", access_key_id=key),
        "delete login profile": api.DeleteLoginProfile(user_name="u"),
    }

    for what, step in steps.items():
        iam.when(api.DeleteUser(user_name="u")).refused(
            "DeleteConflict", f"Cannot delete entity, must {what} first."
        )
        iam.given(step)
    iam.given(api.DeleteUser(user_name="u"))
    iam.when(api.GetUser(user_name="u")).refused("NoSuchEntity")
    iam.replays()


def test_no_more_users_than_the_quota(iam: Scenario) -> None:
    """One user more than an account may have is refused."""
    iam.machine.service("iam").quotas["UsersPerAccount"] = 1
    try:
        iam.given(api.CreateUser(user_name="a"))
        iam.when(api.CreateUser(user_name="b")).refused(
            "LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1"
        )
    finally:
        iam.machine.service("iam").quotas["UsersPerAccount"] = 5000


def test_tags_of_a_user(iam: Scenario) -> None:
    """Tags are put, replaced in other letters, listed by key, and taken away; what is not there is no fault."""
    iam.given(
        api.CreateUser(user_name="u", tags=[api.Tag(key="Team", value="a")]),
        api.TagUser(user_name="u", tags=[api.Tag(key="team", value="b"), api.Tag(key="Cost", value="1")]),
        api.ListUserTags(user_name="u", max_items=1),
    )
    assert [(tag.key, tag.value) for tag in iam.answer.tags] == [("Cost", "1")]
    iam.given(api.ListUserTags(user_name="u", marker=iam.answer.marker))
    assert [(tag.key, tag.value) for tag in iam.answer.tags] == [("team", "b")]

    iam.given(api.UntagUser(user_name="u", tag_keys=["TEAM", "none"]), api.ListUserTags(user_name="u"))
    assert [tag.key for tag in iam.answer.tags] == ["Cost"]
    iam.replays()


def test_tags_that_are_refused(iam: Scenario) -> None:
    """Two keys that differ by case, AWS's own prefix, and a fifty-first tag are refused."""
    many = [api.Tag(key=f"k{number}", value="") for number in range(50)]
    iam.given(api.CreateUser(user_name="u", tags=many))

    twice = [api.Tag(key="a", value="1"), api.Tag(key="A", value="2")]
    iam.when(api.TagUser(user_name="u", tags=twice)).refused("InvalidInput", "case insensitive")
    iam.when(api.TagUser(user_name="u", tags=[api.Tag(key="aws:x", value="")])).refused("InvalidInput")
    iam.when(api.TagUser(user_name="u", tags=[api.Tag(key="one more", value="")])).refused("LimitExceeded")
    iam.given(api.TagUser(user_name="u", tags=[api.Tag(key="K1", value="again")]))
    iam.replays()
