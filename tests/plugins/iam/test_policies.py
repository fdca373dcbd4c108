"""Managed policies, attachments, inline policies and boundaries."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from backtrail import UNSET, NotInTrail
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api, aws_policies, documents

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def made(iam: Scenario, name: str, document: str, path: str = "/") -> str:
    """A new policy's ARN."""
    iam.given(api.CreatePolicy(policy_name=name, path=path, policy_document=document))
    return str(iam.answer.policy.arn)


def test_a_policy_is_made(iam: Scenario, document: str) -> None:
    """CreatePolicy answers no description, as AWS's record does; GetPolicy tells it."""
    iam.given(api.CreatePolicy(policy_name="p", policy_document=document, description="d"))
    policy = iam.answer.policy
    assert policy.policy_id.startswith("ANPA")
    assert set(iam.record["responseElements"]["policy"]) == {
        "policyName", "policyId", "arn", "path", "defaultVersionId", "attachmentCount",
        "permissionsBoundaryUsageCount", "isAttachable", "createDate", "updateDate",
    }  # fmt: skip
    iam.given(api.GetPolicy(policy_arn=policy.arn))
    assert iam.answer.policy.description == "d"
    iam.given(api.GetPolicyVersion(policy_arn=policy.arn, version_id="v1"))
    assert unquote(iam.answer.policy_version.document) == document
    iam.replays()


def test_a_policys_name_is_taken_under_every_path(iam: Scenario, document: str) -> None:
    """Names of policies are unique in the account, whatever their path and case."""
    made(iam, "p", document)

    iam.when(api.CreatePolicy(policy_name="P", path="/x/", policy_document=document)).refused(
        "EntityAlreadyExists", "A policy called P already exists. Duplicate names are not allowed."
    )


def test_a_policy_that_is_too_long(iam: Scenario) -> None:
    """White space does not count towards the 6,144 characters."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::" + "b" * 6144}
    long = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.when(api.CreatePolicy(policy_name="p", policy_document=long)).refused(
        "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"
    )
    statement["Resource"] = "*"
    spaced = json.dumps({"Version": "2012-10-17", "Statement": statement}) + " " * 7000
    iam.given(api.CreatePolicy(policy_name="p", policy_document=spaced))


def test_versions_of_a_policy(iam: Scenario, document: str) -> None:
    """Five versions at most; a number never comes again; the default one stays."""
    arn = made(iam, "p", document)
    for _ in range(4):
        iam.given(api.CreatePolicyVersion(policy_arn=arn, policy_document=document))
    iam.when(api.CreatePolicyVersion(policy_arn=arn, policy_document=document)).refused(
        "LimitExceeded", "A managed policy can have up to 5 versions."
    )
    iam.when(api.DeletePolicyVersion(policy_arn=arn, version_id="v1")).refused(
        "DeleteConflict", "Cannot delete the default version of a policy."
    )
    iam.given(
        api.DeletePolicyVersion(policy_arn=arn, version_id="v5"),
        api.CreatePolicyVersion(policy_arn=arn, policy_document=document, set_as_default=True),
    )
    assert iam.answer.policy_version.version_id == "v6"
    iam.given(api.ListPolicyVersions(policy_arn=arn, max_items=2))
    assert [(one.version_id, one.is_default_version) for one in iam.answer.versions] == [
        ("v6", True), ("v4", False),
    ]  # fmt: skip
    iam.given(api.ListPolicyVersions(policy_arn=arn, marker=iam.answer.marker))
    assert [one.version_id for one in iam.answer.versions] == ["v3", "v2", "v1"]
    iam.given(api.SetDefaultPolicyVersion(policy_arn=arn, version_id="v2"), api.GetPolicy(policy_arn=arn))
    assert iam.answer.policy.default_version_id == "v2"
    iam.when(api.SetDefaultPolicyVersion(policy_arn=arn, version_id="v9")).refused("NoSuchEntity")
    iam.replays()


def test_a_policy_goes_only_when_nobody_has_it(iam: Scenario, document: str) -> None:
    """DeletePolicy refuses a policy that is attached, a boundary, or of several versions."""
    arn = made(iam, "p", document)
    iam.given(
        api.CreateUser(user_name="u"),
        api.AttachUserPolicy(user_name="u", policy_arn=arn),
        api.PutUserPermissionsBoundary(user_name="u", permissions_boundary=arn),
        api.CreatePolicyVersion(policy_arn=arn, policy_document=document),
    )
    iam.when(api.DeletePolicy(policy_arn=arn)).refused("DeleteConflict", "attached to entities")
    iam.given(api.DetachUserPolicy(user_name="u", policy_arn=arn))
    iam.when(api.DeletePolicy(policy_arn=arn)).refused("DeleteConflict", "attached to entities")
    iam.given(api.DeleteUserPermissionsBoundary(user_name="u"))
    iam.when(api.DeletePolicy(policy_arn=arn)).refused("DeleteConflict", "more than one version")
    iam.given(api.DeletePolicyVersion(policy_arn=arn, version_id="v2"), api.DeletePolicy(policy_arn=arn))
    iam.when(api.GetPolicy(policy_arn=arn)).refused("NoSuchEntity", f"Policy {arn} was not found.")
    iam.replays()


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_policies_are_attached(iam: Scenario, document: str, trust: str, kind: str) -> None:
    """A policy is attached once however often, counted, listed by path, ten at most, and detached."""
    create = {
        "user": api.CreateUser(user_name="e"),
        "group": api.CreateGroup(group_name="e"),
        "role": api.CreateRole(role_name="e", assume_role_policy_document=trust),
    }[kind]
    title, name = kind.capitalize(), {f"{kind}_name": "e"}
    attach, detach = getattr(api, f"Attach{title}Policy"), getattr(api, f"Detach{title}Policy")
    listing = getattr(api, f"ListAttached{title}Policies")
    arns = [made(iam, f"p{number}", document, "/x/" if number else "/") for number in range(11)]
    iam.given(create, *(attach(**name, policy_arn=arn) for arn in [*arns[:10], arns[0]]))

    iam.when(attach(**name, policy_arn=arns[10])).refused(
        "LimitExceeded", f"Cannot exceed quota for PoliciesPer{title}: 10"
    )
    iam.when(attach(**name, policy_arn=f"arn:aws:iam::{ACCOUNT}:policy/none")).refused(
        "NoSuchEntity", "does not exist or is not attachable."
    )
    iam.when(attach(**name, policy_arn=f"arn:aws:iam::{ACCOUNT}:role/r")).refused(
        "InvalidInput", "is not valid"
    )
    iam.given(api.GetPolicy(policy_arn=arns[0]))
    assert iam.answer.policy.attachment_count == 1
    iam.given(listing(**name, path_prefix="/x/", max_items=5))
    assert (len(iam.answer.attached_policies), iam.answer.is_truncated) == (5, True)
    iam.given(listing(**name, path_prefix="/x/", marker=iam.answer.marker))
    assert len(iam.answer.attached_policies) == 4
    iam.given(detach(**name, policy_arn=arns[0]))
    iam.when(detach(**name, policy_arn=arns[0])).refused("NoSuchEntity", "was not found")
    iam.replays()


@pytest.mark.parametrize(("kind", "limit"), [("user", 2048), ("group", 5120), ("role", 10240)])
def test_inline_policies(iam: Scenario, document: str, trust: str, kind: str, limit: int) -> None:
    """Inline policies are put, read, listed, measured together, and deleted."""
    create = {
        "user": api.CreateUser(user_name="e"),
        "group": api.CreateGroup(group_name="e"),
        "role": api.CreateRole(role_name="e", assume_role_policy_document=trust),
    }[kind]
    title, name = kind.capitalize(), {f"{kind}_name": "e"}
    put, get = getattr(api, f"Put{title}Policy"), getattr(api, f"Get{title}Policy")
    delete, listing = getattr(api, f"Delete{title}Policy"), getattr(api, f"List{title}Policies")
    iam.given(create, put(**name, policy_name="b", policy_document=document))
    iam.given(put(**name, policy_name="a", policy_document=document), get(**name, policy_name="b"))
    assert unquote(iam.answer.policy_document) == document

    long = json.dumps(
        {"Version": "2012-10-17", "Statement": [json.loads(document)["Statement"][0]] * (limit // 54)}
    )
    iam.when(put(**name, policy_name="c", policy_document=long)).refused(
        "LimitExceeded", f"Maximum policy size of {limit} bytes exceeded for {kind} e"
    )
    iam.given(listing(**name))
    assert iam.answer.policy_names == ["a", "b"]
    iam.given(delete(**name, policy_name="a"))
    iam.when(get(**name, policy_name="a")).refused(
        "NoSuchEntity", f"The {kind} policy with name a cannot be found."
    )
    iam.when(delete(**name, policy_name="a")).refused("NoSuchEntity")
    iam.when(put(**name, policy_name="d", policy_document="{}")).refused("MalformedPolicyDocument")
    iam.replays()


def test_boundaries(iam: Scenario, document: str, trust: str) -> None:
    """A boundary is put, replaced and taken away, and counted apart from attachments."""
    first, second = made(iam, "a", document), made(iam, "b", document)
    iam.given(
        api.CreateRole(role_name="r", assume_role_policy_document=trust, permissions_boundary=first),
        api.PutRolePermissionsBoundary(role_name="r", permissions_boundary=second),
        api.GetRole(role_name="r"),
    )
    assert iam.answer.role.permissions_boundary == api.AttachedPermissionsBoundary(
        permissions_boundary_type="Policy", permissions_boundary_arn=second
    )
    iam.given(api.GetPolicy(policy_arn=second))
    policy = iam.answer.policy
    assert (policy.permissions_boundary_usage_count, policy.attachment_count) == (1, 0)
    iam.given(api.DeleteRolePermissionsBoundary(role_name="r"))
    iam.when(api.DeleteRolePermissionsBoundary(role_name="r")).refused("NoSuchEntity")
    iam.when(
        api.PutRolePermissionsBoundary(
            role_name="r", permissions_boundary=f"arn:aws:iam::{ACCOUNT}:policy/none"
        )
    ).refused("NoSuchEntity")
    iam.replays()


def test_who_has_a_policy(iam: Scenario, document: str, trust: str) -> None:
    """ListEntitiesForPolicy names users, groups and roles, by kind, path and use, in pages."""
    arn = made(iam, "p", document)
    iam.given(
        api.CreateUser(user_name="U", path="/x/"),
        api.CreateGroup(group_name="G"),
        api.CreateRole(role_name="R", assume_role_policy_document=trust, permissions_boundary=arn),
        api.AttachUserPolicy(user_name="U", policy_arn=arn),
        api.AttachGroupPolicy(group_name="G", policy_arn=arn),
        api.ListEntitiesForPolicy(policy_arn=arn),
    )
    found = iam.answer
    assert [one.user_name for one in found.policy_users] == ["U"]
    assert [one.group_name for one in found.policy_groups] == ["G"]
    assert [one.role_name for one in found.policy_roles] == ["R"]
    iam.given(api.ListEntitiesForPolicy(policy_arn=arn, policy_usage_filter="PermissionsBoundary"))
    assert (iam.answer.policy_users, len(iam.answer.policy_roles)) == ([], 1)
    iam.given(api.ListEntitiesForPolicy(policy_arn=arn, entity_filter="User", path_prefix="/x/"))
    assert (len(iam.answer.policy_users), iam.answer.policy_groups) == (1, [])
    iam.given(api.ListEntitiesForPolicy(policy_arn=arn, max_items=1))
    assert iam.answer.is_truncated


def test_lists_of_policies(iam: Scenario, document: str) -> None:
    """ListPolicies tells the account's own from AWS's, and those in use from all."""
    arn = made(iam, "own", document)
    iam.given(
        api.CreateUser(user_name="u"),
        api.AttachUserPolicy(user_name="u", policy_arn=ADMIN),
        api.ListPolicies(scope="Local"),
    )
    assert [one.arn for one in iam.answer.policies] == [arn]
    assert iam.answer.policies[0].description is UNSET
    iam.given(api.ListPolicies(only_attached=True))
    assert [one.arn for one in iam.answer.policies] == [ADMIN]
    iam.given(api.ListPolicies(scope="AWS", path_prefix="/job-function/"))
    assert {one.policy_name for one in iam.answer.policies} >= {"ViewOnlyAccess", "Billing"}
    names: list[str] = []
    marker = UNSET
    while True:
        iam.given(api.ListPolicies(max_items=50, marker=marker))
        names += [one.policy_name for one in iam.answer.policies]
        if not iam.answer.is_truncated:
            break
        marker = iam.answer.marker
    assert names[0] == "own"
    assert len(names) == len(set(names)) == len(aws_policies.policies("aws")) + 1


def test_awss_own_policies(iam: Scenario) -> None:
    """AWS's policies are read and attached, and nobody changes them."""
    iam.given(api.GetPolicyVersion(policy_arn=ADMIN, version_id="v1"))
    statement = json.loads(unquote(iam.answer.policy_version.document))["Statement"][0]
    assert statement == {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.when(api.DeletePolicy(policy_arn=ADMIN)).refused("AccessDenied", "iam:DeletePolicy")
    iam.when(api.CreatePolicyVersion(policy_arn=ADMIN, policy_document="{}")).refused("AccessDenied")
    iam.given(api.CreateUser(user_name="u"))
    with pytest.raises(NotInTrail):
        iam.when(api.AttachUserPolicy(user_name="u", policy_arn="arn:aws:iam::aws:policy/NobodyKnowsAccess"))
    with pytest.raises(NotInTrail):
        iam.when(
            api.GetPolicyVersion(policy_arn="arn:aws:iam::aws:policy/AWSBatchFullAccess", version_id="v1")
        )


def test_awss_own_policies_keep_the_grammar() -> None:
    """Every document that is here is one that IAM would take, and stands under the path that AWS gives it."""
    known = aws_policies.policies("aws")
    for name in (
        "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit", "IAMFullAccess",
        "IAMReadOnlyAccess", "IAMUserChangePassword", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess",
        "AmazonEC2FullAccess", "AmazonEC2ReadOnlyAccess", "AmazonSQSFullAccess", "AmazonSQSReadOnlyAccess",
        "AmazonSNSFullAccess", "AmazonDynamoDBFullAccess", "AWSLambda_FullAccess", "AmazonSSMManagedInstanceCore",
        "CloudWatchFullAccess", "CloudWatchLogsFullAccess", "AmazonVPCFullAccess", "AmazonRDSFullAccess",
        "AWSDenyAll", "AmazonEKSClusterPolicy", "job-function/ViewOnlyAccess",
        "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole", "service-role/AmazonECSTaskExecutionRolePolicy",
    ):  # fmt: skip
        assert known[f"arn:aws:iam::aws:policy/{name}"].versions
    for policy in known.values():
        for version in policy.versions.values():
            documents.check_identity_policy(str(version.document), managed=True)


def test_tags_of_a_policy(iam: Scenario, document: str) -> None:
    """Tags of a policy are put, listed and taken away."""
    arn = made(iam, "p", document)
    iam.given(
        api.TagPolicy(policy_arn=arn, tags=[api.Tag(key="a", value="b")]),
        api.ListPolicyTags(policy_arn=arn),
    )
    assert iam.answer.tags == [api.Tag(key="a", value="b")]
    iam.given(api.UntagPolicy(policy_arn=arn, tag_keys=["A"]), api.GetPolicy(policy_arn=arn))
    assert iam.answer.policy.tags is UNSET
    iam.replays()
