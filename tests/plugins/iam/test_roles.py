"""Roles, services' own roles, and instance profiles."""

from __future__ import annotations

from urllib.parse import quote, unquote

from backtrail import UNSET
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api


def test_a_role_is_made(iam: Scenario, trust: str) -> None:
    """CreateRole answers the trust policy percent-encoded, and neither description nor session duration."""
    iam.given(
        api.CreateRole(
            role_name="App", assume_role_policy_document=trust, description="d", max_session_duration=7200
        )
    )

    made = iam.answer.role
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:role/App"
    assert made.role_id.startswith("AROA")
    assert made.assume_role_policy_document == quote(trust, safe="")
    assert set(iam.record["responseElements"]["role"]) == {
        "path", "roleName", "roleId", "arn", "createDate", "assumeRolePolicyDocument",
    }  # fmt: skip
    assert iam.record["requestParameters"]["assumeRolePolicyDocument"] == trust
    iam.given(api.GetRole(role_name="app"))
    assert (iam.answer.role.description, iam.answer.role.max_session_duration) == ("d", 7200)
    assert iam.answer.role.role_last_used == api.RoleLastUsed()
    iam.replays()


def test_roles_in_lists(iam: Scenario, trust: str) -> None:
    """ListRoles shows description and duration, but no tags, boundary or last use."""
    iam.given(
        api.CreateRole(
            role_name="r", path="/x/", assume_role_policy_document=trust, tags=[api.Tag(key="a", value="b")]
        ),
        api.ListRoles(path_prefix="/x/"),
    )
    shown = iam.answer.roles[0]
    assert shown.max_session_duration == 3600
    assert (shown.tags, shown.permissions_boundary, shown.role_last_used) == (UNSET, UNSET, UNSET)


def test_a_role_is_changed(iam: Scenario, trust: str) -> None:
    """Description, durations and trust policy are changed, each by its own call."""
    other = trust.replace("ec2", "lambda")
    iam.given(
        api.CreateRole(role_name="r", assume_role_policy_document=trust),
        api.UpdateRole(
            role_name="r", description="a", max_session_duration=43200, max_signin_session_duration=9000
        ),
        api.UpdateRoleDescription(role_name="r", description="b"),
    )
    assert iam.answer.role.description == "b"
    iam.given(
        api.UpdateAssumeRolePolicy(role_name="r", policy_document=other),
        api.UpdateRole(role_name="r", reset_max_signin_session_duration=True),
        api.GetRole(role_name="r"),
    )
    role = iam.answer.role
    assert (role.description, role.max_session_duration) == ("b", 43200)
    assert role.max_signin_session_duration is UNSET
    assert unquote(role.assume_role_policy_document) == other
    iam.replays()


def test_what_a_role_must_be(iam: Scenario, trust: str) -> None:
    """A bad or too long trust policy, a service's path and a name that is taken are refused."""
    long = trust.replace("ec2", "e" * 2048)
    iam.when(api.CreateRole(role_name="r", assume_role_policy_document="{")).refused(
        "MalformedPolicyDocument"
    )
    iam.when(api.CreateRole(role_name="r", assume_role_policy_document=long)).refused(
        "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"
    )
    iam.when(
        api.CreateRole(role_name="r", path="/aws-service-role/x/", assume_role_policy_document=trust)
    ).refused("ValidationError")
    iam.given(api.CreateRole(role_name="r", assume_role_policy_document=trust))
    iam.when(api.CreateRole(role_name="R", assume_role_policy_document=trust)).refused(
        "EntityAlreadyExists", "Role with name R already exists."
    )


def test_a_role_goes_only_without_belongings(iam: Scenario, trust: str, document: str) -> None:
    """DeleteRole refuses a role in an instance profile, with attached or inline policies."""
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.given(
        api.CreateRole(role_name="r", assume_role_policy_document=trust),
        api.CreateInstanceProfile(instance_profile_name="p"),
        api.AddRoleToInstanceProfile(instance_profile_name="p", role_name="r"),
        api.AttachRolePolicy(role_name="r", policy_arn=arn),
        api.PutRolePolicy(role_name="r", policy_name="i", policy_document=document),
    )
    steps = {
        "remove roles from instance profile": api.RemoveRoleFromInstanceProfile(
            instance_profile_name="p", role_name="r"
        ),
        "detach all policies": api.DetachRolePolicy(role_name="r", policy_arn=arn),
        "delete policies": api.DeleteRolePolicy(role_name="r", policy_name="i"),
    }
    for what, step in steps.items():
        iam.when(api.DeleteRole(role_name="r")).refused("DeleteConflict", what)
        iam.given(step)
    iam.given(api.DeleteRole(role_name="r"))
    iam.when(api.GetRole(role_name="r")).refused("NoSuchEntity", "The role with name r cannot be found.")
    iam.replays()


def test_tags_of_a_role(iam: Scenario, trust: str) -> None:
    """Tags of a role are put, listed and taken away."""
    iam.given(
        api.CreateRole(role_name="r", assume_role_policy_document=trust),
        api.TagRole(role_name="r", tags=[api.Tag(key="b", value="2"), api.Tag(key="a", value="1")]),
        api.ListRoleTags(role_name="r"),
    )
    assert [tag.key for tag in iam.answer.tags] == ["a", "b"]
    iam.given(api.UntagRole(role_name="r", tag_keys=["a"]), api.GetRole(role_name="r"))
    assert [tag.key for tag in iam.answer.role.tags] == ["b"]
    iam.replays()


def test_a_services_own_role(iam: Scenario) -> None:
    """CreateServiceLinkedRole answers what AWS's own record shows; nobody may change the role."""
    iam.given(api.CreateServiceLinkedRole(aws_service_name="autoscaling.amazonaws.com"))

    shown = iam.record["responseElements"]["role"]
    assert shown["arn"] == (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    )
    assert shown["assumeRolePolicyDocument"].startswith("%7B%22Version%22%3A%20%222012-10-17%22%2C%20")
    name = "AWSServiceRoleForAutoScaling"
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    for call in (
        api.DeleteRole(role_name=name),
        api.AttachRolePolicy(role_name=name, policy_arn=arn),
        api.UpdateRole(role_name=name, description="x"),
    ):
        iam.when(call).refused(
            "UnmodifiableEntity", f"protected role '{name}' - this role is only modifiable by AWS"
        )
    iam.when(api.CreateServiceLinkedRole(aws_service_name="autoscaling.amazonaws.com")).refused(
        "InvalidInput", f"Service role name {name} has been taken in this account"
    )
    iam.given(
        api.CreateServiceLinkedRole(aws_service_name="autoscaling.amazonaws.com", custom_suffix="x"),
        api.UpdateRoleDescription(role_name=name, description="mine"),
    )
    iam.when(api.CreateServiceLinkedRole(aws_service_name="es.amazonaws.com", custom_suffix="x")).refused(
        "InvalidInput", "Custom suffix is not allowed for es.amazonaws.com"
    )
    iam.when(api.CreateServiceLinkedRole(aws_service_name="nonsense")).refused("InvalidInput")
    iam.replays()


def test_a_services_own_role_goes(iam: Scenario) -> None:
    """DeleteServiceLinkedRole gives a task, whose status is known from then on."""
    iam.given(
        api.CreateServiceLinkedRole(aws_service_name="ecs.amazonaws.com"),
        api.DeleteServiceLinkedRole(role_name="AWSServiceRoleForECS"),
    )
    task = iam.answer.deletion_task_id
    assert task.startswith("task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/")
    iam.given(api.GetServiceLinkedRoleDeletionStatus(deletion_task_id=task))
    assert iam.answer.status == "SUCCEEDED"
    iam.when(api.GetRole(role_name="AWSServiceRoleForECS")).refused("NoSuchEntity")
    iam.when(api.GetServiceLinkedRoleDeletionStatus(deletion_task_id="task/none")).refused("NoSuchEntity")
    iam.replays()


def test_an_instance_profile_holds_one_role(iam: Scenario, trust: str) -> None:
    """A second role is refused; the role can be replaced after it was taken out."""
    iam.given(
        api.CreateRole(role_name="a", assume_role_policy_document=trust),
        api.CreateRole(role_name="b", assume_role_policy_document=trust),
        api.CreateInstanceProfile(instance_profile_name="P", tags=[api.Tag(key="k", value="v")]),
    )
    assert iam.record["responseElements"]["instanceProfile"]["roles"] == []
    iam.given(api.AddRoleToInstanceProfile(instance_profile_name="p", role_name="a"))
    iam.when(api.AddRoleToInstanceProfile(instance_profile_name="P", role_name="b")).refused(
        "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    )
    iam.when(api.RemoveRoleFromInstanceProfile(instance_profile_name="P", role_name="b")).refused(
        "NoSuchEntity"
    )
    iam.given(
        api.RemoveRoleFromInstanceProfile(instance_profile_name="P", role_name="a"),
        api.AddRoleToInstanceProfile(instance_profile_name="P", role_name="b"),
        api.GetInstanceProfile(instance_profile_name="P"),
    )
    profile = iam.answer.instance_profile
    assert profile.arn == f"arn:aws:iam::{ACCOUNT}:instance-profile/P"
    assert profile.instance_profile_id.startswith("AIPA")
    assert [role.role_name for role in profile.roles] == ["b"]
    assert profile.tags == [api.Tag(key="k", value="v")]
    iam.given(api.ListInstanceProfilesForRole(role_name="b"))
    assert [one.instance_profile_name for one in iam.answer.instance_profiles] == ["P"]
    iam.replays()


def test_the_end_of_an_instance_profile(iam: Scenario, trust: str) -> None:
    """A profile with a role stays; without it goes; its name is taken as long as it is there."""
    iam.given(
        api.CreateRole(role_name="a", assume_role_policy_document=trust),
        api.CreateInstanceProfile(instance_profile_name="P"),
        api.AddRoleToInstanceProfile(instance_profile_name="P", role_name="a"),
    )
    iam.when(api.CreateInstanceProfile(instance_profile_name="p")).refused(
        "EntityAlreadyExists", "Instance Profile p already exists."
    )
    iam.when(api.DeleteInstanceProfile(instance_profile_name="P")).refused("DeleteConflict")
    iam.given(
        api.RemoveRoleFromInstanceProfile(instance_profile_name="P", role_name="a"),
        api.TagInstanceProfile(instance_profile_name="P", tags=[api.Tag(key="k", value="v")]),
        api.UntagInstanceProfile(instance_profile_name="P", tag_keys=["k"]),
        api.ListInstanceProfileTags(instance_profile_name="P"),
    )
    assert iam.answer.tags == []
    iam.given(api.DeleteInstanceProfile(instance_profile_name="P"), api.ListInstanceProfiles())
    assert iam.answer.instance_profiles == []
    iam.when(api.GetInstanceProfile(instance_profile_name="P")).refused(
        "NoSuchEntity", "Instance Profile P cannot be found."
    )
    iam.replays()
