"""What the log tells of the use of permissions: keys, roles, services, organizations."""

from __future__ import annotations

import json
from typing import Any

import pytest

import backtrail_aws.iam
import backtrail_aws.organizations
import backtrail_aws.sqs
import backtrail_aws.sts
from backtrail import UNSET
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api
from backtrail_aws.organizations import api as organizations
from backtrail_aws.sqs import api as sqs
from backtrail_aws.sts import api as sts

EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        },
    }
)


def policy(*actions: str) -> str:
    """A policy that allows."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def used() -> Scenario:
    """Eve made a queue a day ago; a session of a role listed queues an hour ago."""
    scenario = Scenario(backtrail_aws.iam, backtrail_aws.sts, backtrail_aws.sqs, backtrail_aws.organizations)
    scenario.given(
        api.CreateUser(user_name="eve"),
        api.CreateGroup(group_name="g"),
        api.AddUserToGroup(group_name="g", user_name="eve"),
        api.PutGroupPolicy(group_name="g", policy_name="queues", policy_document=policy("sqs:*")),
        api.PutUserPolicy(
            user_name="eve", policy_name="own", policy_document=policy("s3:*", "sqs:ListQueues")
        ),
        api.CreateRole(role_name="worker", assume_role_policy_document=TRUST),
        api.AttachRolePolicy(role_name="worker", policy_arn=EVERYTHING),
        api.CreateAccessKey(user_name="eve"),
    )
    scenario.with_key(scenario.answer.access_key.access_key_id)
    scenario.given(sqs.CreateQueue(queue_name="work"), service="sqs")
    scenario.later(hours=23).with_key("test")
    assume = sts.AssumeRole(role_arn=f"arn:aws:iam::{ACCOUNT}:role/worker", role_session_name="me")
    scenario.given(assume, service="sts").with_key(scenario.answer.credentials.access_key_id)
    scenario.given(sqs.ListQueues(), service="sqs")
    scenario.later(hours=1)
    return scenario.with_key("test")


def report(iam: Scenario, arn: str, **more: Any) -> dict[str, api.ServiceLastAccessed]:
    """The services of a report, by their prefix."""
    iam.given(api.GenerateServiceLastAccessedDetails(arn=arn, **more))
    iam.given(api.GetServiceLastAccessedDetails(job_id=iam.answer.job_id))
    return {one.service_namespace: one for one in iam.answer.services_last_accessed}


def test_a_role_tells_when_it_was_used(used: Scenario) -> None:
    """RoleLastUsed is when a session of it called last; 400 days later nobody knows."""
    used.given(api.GetRole(role_name="worker"))
    last = used.answer.role.role_last_used
    assert (last.region, f"{last.last_used_date:%H:%M}") == ("us-east-1", "23:00")
    used.given(api.GetAccountAuthorizationDetails(filter=["Role"]))
    assert used.answer.role_detail_list[0].role_last_used == last
    used.later(days=401).given(api.GetRole(role_name="worker"))
    assert used.answer.role.role_last_used == api.RoleLastUsed()
    used.replays()


def test_the_services_of_a_user(used: Scenario) -> None:
    """Those that its policies and its groups' open, with its last call of each."""
    found = report(used, f"arn:aws:iam::{ACCOUNT}:user/eve")
    assert set(found) == {"s3", "sqs"}
    assert found["s3"].last_authenticated is UNSET
    assert (found["sqs"].last_authenticated_entity, found["sqs"].total_authenticated_entities) == (
        f"arn:aws:iam::{ACCOUNT}:user/eve",
        1,
    )
    assert found["sqs"].tracked_actions_last_accessed is UNSET
    detailed = report(used, f"arn:aws:iam::{ACCOUNT}:user/eve", granularity="ACTION_LEVEL")
    actions = detailed["sqs"].tracked_actions_last_accessed
    assert [one.action_name for one in actions or []] == ["CreateQueue"]
    used.replays()


def test_the_services_of_groups_and_policies(used: Scenario) -> None:
    """Of a group, its users' calls count; of a policy, those of whoever has it. An administrator may everything."""
    assert report(used, f"arn:aws:iam::{ACCOUNT}:group/g")["sqs"].total_authenticated_entities == 1
    found = report(used, EVERYTHING)
    assert len(found) == 100
    assert used.answer.is_truncated is True
    used.given(
        api.GenerateServiceLastAccessedDetails(arn=EVERYTHING),
    )
    job = used.answer.job_id
    used.given(api.GetServiceLastAccessedDetailsWithEntities(job_id=job, service_namespace="sqs"))
    (entity,) = used.answer.entity_details_list
    assert (entity.entity_info.name, entity.entity_info.type) == ("worker", "ROLE")
    assert entity.last_authenticated is not UNSET
    used.replays()


def test_policies_that_open_a_service(used: Scenario) -> None:
    """Inline, managed, of the user and of its groups; a namespace that is none is refused."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/eve"
    used.given(api.AttachUserPolicy(user_name="eve", policy_arn=EVERYTHING))
    call = api.ListPoliciesGrantingServiceAccess(arn=arn, service_namespaces=["sqs", "ec2"])
    used.given(call)
    ec2, queues = used.answer.policies_granting_service_access
    assert [(one.policy_name, one.policy_type) for one in ec2.policies] == [
        ("AdministratorAccess", "MANAGED")
    ]
    assert {(one.policy_name, one.entity_type) for one in queues.policies} == {
        ("own", "USER"),
        ("queues", "GROUP"),
        ("AdministratorAccess", UNSET),
    }
    used.when(api.ListPoliciesGrantingServiceAccess(arn=arn, service_namespaces=["no such"]))
    used.refused("InvalidInput")


def test_reports_that_are_not_there(used: Scenario) -> None:
    """A job that nobody began, a principal that is nobody."""
    used.when(api.GetServiceLastAccessedDetails(job_id="0" * 36)).refused("NoSuchEntity")
    used.when(api.GenerateServiceLastAccessedDetails(arn=f"arn:aws:iam::{ACCOUNT}:user/x")).refused(
        "NoSuchEntity"
    )
    used.when(api.GenerateOrganizationsAccessReport(entity_path="o-12345678901/r-1234")).refused(
        "OrganizationNotFoundException"
    )


def test_the_credential_report_tells_of_use(used: Scenario) -> None:
    """Date, region and service of a key's last call, as of the report's making, and so after a replay."""
    used.given(api.GenerateCredentialReport(), api.GetCredentialReport())
    (line,) = [one for one in used.answer.content.decode().splitlines() if one.startswith("eve,")]
    assert "2024-01-01T00:00:09+00:00,us-east-1,sqs" in line
    used.replays()


def test_an_organizations_access(used: Scenario) -> None:
    """The services that control policies leave open, and who used them where."""
    used.given(organizations.CreateOrganization(), service="organizations")
    organization = used.answer.organization.id
    used.given(organizations.ListRoots(), service="organizations")
    root = used.answer.roots[0].id
    used.given(
        organizations.EnablePolicyType(root_id=root, policy_type="SERVICE_CONTROL_POLICY"),
        service="organizations",
    )
    used.given(api.GenerateOrganizationsAccessReport(entity_path=f"{organization}/{root}"))
    job = used.answer.job_id
    used.given(api.GetOrganizationsAccessReport(job_id=job, max_items=1000))
    found = {one.service_namespace: one for one in used.answer.access_details}
    assert found["sqs"].entity_path == f"{organization}/{root}/{ACCOUNT}"
    assert found["ec2"].last_authenticated_time is UNSET
    assert used.answer.number_of_services_accessible == len(found) > 300
    used.when(api.GenerateOrganizationsAccessReport(entity_path="o-1234567890/r-none")).refused(
        "InvalidInput"
    )
    used.replays()


def test_members_roots_are_managed_from_one_account(used: Scenario) -> None:
    """Both features, on and off."""
    used.given(organizations.CreateOrganization(), service="organizations")
    used.given(api.EnableOrganizationsRootSessions(), api.EnableOrganizationsRootCredentialsManagement())
    used.given(api.ListOrganizationsFeatures())
    assert used.answer.enabled_features == ["RootCredentialsManagement", "RootSessions"]
    used.given(api.DisableOrganizationsRootSessions(), api.DisableOrganizationsRootCredentialsManagement())
    assert used.answer.enabled_features == []
    used.replays()
