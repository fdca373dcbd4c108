"""The account as a whole: alias, summary, authorization details, credential report."""

from __future__ import annotations

import csv
import io
from urllib.parse import unquote

from backtrail import UNSET
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_an_alias(iam: Scenario) -> None:
    """A new alias takes the place of the old one; another cannot be deleted."""
    iam.given(
        api.CreateAccountAlias(account_alias="old"),
        api.CreateAccountAlias(account_alias="new"),
        api.ListAccountAliases(),
    )
    assert iam.answer.account_aliases == ["new"]
    iam.when(api.DeleteAccountAlias(account_alias="old")).refused("NoSuchEntity")
    iam.given(api.DeleteAccountAlias(account_alias="new"), api.ListAccountAliases())
    assert iam.answer.account_aliases == []
    iam.replays()


def test_the_summary(iam: Scenario, document: str, trust: str) -> None:
    """GetAccountSummary counts what there is and names the quotas."""
    iam.given(
        api.CreateUser(user_name="u"),
        api.CreateGroup(group_name="g"),
        api.CreateRole(role_name="r", assume_role_policy_document=trust),
        api.CreatePolicy(policy_name="p", policy_document=document),
        api.SetSecurityTokenServicePreferences(global_endpoint_token_version="v2Token"),
        api.GetAccountSummary(),
    )
    summary = iam.answer.summary_map
    expected = {
        "Users": 1, "Groups": 1, "Roles": 1, "Policies": 1, "PolicyVersionsInUse": 1, "InstanceProfiles": 0,
        "MFADevices": 0, "AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0, "GlobalEndpointTokenVersion": 2,
        "UsersQuota": 5000, "GroupsPerUserQuota": 10, "RolePolicySizeQuota": 10240, "AccessKeysPerUserQuota": 2,
    }  # fmt: skip
    assert {name: summary[name] for name in expected} == expected
    iam.replays()


def test_authorization_details(iam: Scenario, document: str, trust: str) -> None:
    """One list has users, groups, roles and policies with all their relations, by kind and in pages."""
    iam.given(
        api.CreatePolicy(policy_name="p", policy_document=document),
        api.CreateGroup(group_name="G"),
        api.CreateUser(user_name="U", tags=[api.Tag(key="a", value="b")]),
        api.AddUserToGroup(group_name="G", user_name="U"),
        api.PutUserPolicy(user_name="U", policy_name="i", policy_document=document),
        api.AttachGroupPolicy(group_name="G", policy_arn=READ_ONLY),
        api.CreateRole(role_name="R", assume_role_policy_document=trust),
        api.CreateInstanceProfile(instance_profile_name="I"),
        api.AddRoleToInstanceProfile(instance_profile_name="I", role_name="R"),
        api.GetAccountAuthorizationDetails(),
    )
    found = iam.answer
    (user,), (group,), (role,) = found.user_detail_list, found.group_detail_list, found.role_detail_list
    assert (user.group_list, user.tags) == (["G"], [api.Tag(key="a", value="b")])
    assert unquote(user.user_policy_list[0].policy_document) == document
    assert [held.policy_arn for held in group.attached_managed_policies] == [READ_ONLY]
    assert role.instance_profile_list[0].roles[0].role_name == "R"
    assert {policy.policy_name for policy in found.policies} == {"p", "ReadOnlyAccess"}
    assert all(policy.policy_version_list[0].document for policy in found.policies)

    iam.given(api.GetAccountAuthorizationDetails(filter=["LocalManagedPolicy"]))
    assert [policy.policy_name for policy in iam.answer.policies] == ["p"]
    assert iam.answer.user_detail_list == []
    seen, marker = 0, UNSET
    while True:
        iam.given(api.GetAccountAuthorizationDetails(max_items=2, marker=marker))
        answer = iam.answer
        seen += len(answer.user_detail_list) + len(answer.group_detail_list)
        seen += len(answer.role_detail_list) + len(answer.policies)
        if not answer.is_truncated:
            break
        marker = answer.marker
    assert seen == 5


def test_a_credential_report(iam: Scenario) -> None:
    """A report is of the moment it was asked for, lasts four hours, and tells of every user and the root."""
    iam.when(api.GetCredentialReport()).refused("ReportNotPresent")
    iam.given(
        api.CreateUser(user_name="u"),
        api.CreateAccessKey(user_name="u"),
        api.CreateLoginProfile(user_name="u", password="Correct-horse-1"),
        api.UpdateAccountPasswordPolicy(max_password_age=30),
        api.GenerateCredentialReport(),
    )
    assert iam.answer.state == "STARTED"
    iam.given(api.CreateUser(user_name="later"), api.GenerateCredentialReport())
    assert iam.answer.state == "COMPLETE"
    iam.given(api.GetCredentialReport())
    assert iam.answer.report_format == "text/csv"
    root, user = csv.DictReader(io.StringIO(iam.answer.content.decode()))
    assert (root["user"], root["arn"]) == ("<root_account>", f"arn:aws:iam::{ACCOUNT}:root")
    assert root["password_enabled"] == "not_supported"
    assert user["user_creation_time"] == "2024-01-01T00:00:02+00:00"
    assert (user["password_enabled"], user["password_last_used"]) == ("true", "no_information")
    assert user["password_next_rotation"] == "2024-01-31T00:00:04+00:00"
    assert (user["access_key_1_active"], user["access_key_2_active"]) == ("true", "false")
    assert (user["mfa_active"], user["access_key_1_last_used_date"]) == ("false", "N/A")

    iam.later(hours=4)
    iam.when(api.GetCredentialReport()).refused("ReportExpired")
    iam.given(api.GenerateCredentialReport(), api.GetCredentialReport())
    assert len(iam.answer.content.decode().splitlines()) == 4
    iam.replays()


def test_resources_are_declared(iam: Scenario, document: str) -> None:
    """What the plugin declares of its resources gives the names as they were given, ARNs and tags."""
    iam.given(
        api.CreateUser(user_name="Bob", tags=[api.Tag(key="a", value="b")]),
        api.CreatePolicy(policy_name="P", policy_document=document),
        api.CreateVirtualMFADevice(virtual_mfa_device_name="d"),
    )
    state = iam.machine.state(("iam", ACCOUNT, ""))
    found = {
        kind.arn(thing): (kind.type, name, kind.tags(thing) if kind.tags else None)
        for kind in iam.machine.service("iam").resources
        for name, thing in kind.collection(state).items()
    }
    assert found == {
        f"arn:aws:iam::{ACCOUNT}:user/Bob": ("AWS::IAM::User", "Bob", {"a": "b"}),
        f"arn:aws:iam::{ACCOUNT}:policy/P": ("AWS::IAM::ManagedPolicy", "P", {}),
        f"arn:aws:iam::{ACCOUNT}:mfa/d": ("AWS::IAM::VirtualMFADevice", f"arn:aws:iam::{ACCOUNT}:mfa/d", {}),
    }
