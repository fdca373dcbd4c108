"""Organizations as boto3 sees it over a real socket: every operation that is served, and what it binds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer

from .records import records

Client = Callable[..., Any]
ACCOUNT, OTHER = "123456789012", "444455556666"
SCP = "SERVICE_CONTROL_POLICY"


def refused(call: Callable[..., Any], **params: Any) -> str:
    """The code of a call that is refused."""
    with pytest.raises(ClientError) as error:
        call(**params)
    code: str = error.value.response["Error"]["Code"]
    return code


def policy(effect: str, action: str) -> str:
    """A policy of one statement about everything."""
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def account_made(organizations: Any, name: str = "dev") -> str:
    """A new account's number."""
    status = organizations.create_account(Email=f"{name}@example.com", AccountName=name)[
        "CreateAccountStatus"
    ]
    assert status["State"] == "IN_PROGRESS"
    done = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])
    assert done["CreateAccountStatus"]["State"] == "SUCCEEDED"
    number: str = done["CreateAccountStatus"]["AccountId"]
    return number


def test_an_organization_from_begin_to_end(client: Client) -> None:
    """Tree, accounts, handshakes, tags, administrators, and the end of it all."""
    org = client("organizations")
    assert refused(org.describe_organization) == "AWSOrganizationsNotInUseException"
    made = org.create_organization(FeatureSet="ALL")["Organization"]
    assert org.describe_organization()["Organization"] == made
    (root,) = org.list_roots()["Roots"]
    unit = org.create_organizational_unit(ParentId=root["Id"], Name="dev")["OrganizationalUnit"]
    org.update_organizational_unit(OrganizationalUnitId=unit["Id"], Name="development")
    shown = org.describe_organizational_unit(OrganizationalUnitId=unit["Id"])["OrganizationalUnit"]
    assert shown["Name"] == "development"
    assert len(org.list_organizational_units_for_parent(ParentId=root["Id"])["OrganizationalUnits"]) == 1
    member = account_made(org)
    assert [one["State"] for one in org.list_create_account_status()["CreateAccountStatuses"]] == [
        "SUCCEEDED"
    ]
    org.move_account(AccountId=member, SourceParentId=root["Id"], DestinationParentId=unit["Id"])
    assert org.list_parents(ChildId=member)["Parents"][0]["Id"] == unit["Id"]
    assert org.list_children(ParentId=unit["Id"], ChildType="ACCOUNT")["Children"][0]["Id"] == member
    assert org.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"][0]["Name"] == "dev"
    assert org.describe_account(AccountId=member)["Account"]["Status"] == "ACTIVE"
    assert {one["Id"] for one in org.list_accounts()["Accounts"]} == {ACCOUNT, member}
    tags = [{"Key": "team", "Value": "a"}]
    org.tag_resource(ResourceId=unit["Id"], Tags=tags)
    assert org.list_tags_for_resource(ResourceId=unit["Id"])["Tags"] == tags
    org.untag_resource(ResourceId=unit["Id"], TagKeys=["team"])
    org.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    assert len(org.list_aws_service_access_for_organization()["EnabledServicePrincipals"]) == 1
    org.register_delegated_administrator(AccountId=member, ServicePrincipal="config.amazonaws.com")
    assert len(org.list_delegated_administrators()["DelegatedAdministrators"]) == 1
    assert len(org.list_delegated_services_for_account(AccountId=member)["DelegatedServices"]) == 1
    org.deregister_delegated_administrator(AccountId=member, ServicePrincipal="config.amazonaws.com")
    org.disable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    org.put_resource_policy(Content='{"Version":"2012-10-17","Statement":[]}')
    org.describe_resource_policy()
    org.delete_resource_policy()
    org.close_account(AccountId=member)
    assert org.describe_account(AccountId=member)["Account"]["State"] == "SUSPENDED"
    org.remove_account_from_organization(AccountId=member)
    org.delete_organizational_unit(OrganizationalUnitId=unit["Id"])
    org.delete_organization()
    assert refused(org.list_accounts) == "AWSOrganizationsNotInUseException"


def test_handshakes(client: Client) -> None:
    """Invited, declined, taken back, accepted, left; and all features enabled by agreement."""
    org, other = client("organizations"), client("organizations", key=OTHER)
    org.create_organization(FeatureSet="CONSOLIDATED_BILLING")
    consent = org.enable_all_features()["Handshake"]
    assert org.accept_handshake(HandshakeId=consent["Id"])["Handshake"]["State"] == "ACCEPTED"
    target = {"Type": "ACCOUNT", "Id": OTHER}
    first = org.invite_account_to_organization(Target=target, Notes="come")["Handshake"]["Id"]
    assert other.decline_handshake(HandshakeId=first)["Handshake"]["State"] == "DECLINED"
    second = org.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    assert org.cancel_handshake(HandshakeId=second)["Handshake"]["State"] == "CANCELED"
    third = org.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    assert other.describe_handshake(HandshakeId=third)["Handshake"]["State"] == "OPEN"
    assert len(other.list_handshakes_for_account()["Handshakes"]) == 3
    other.accept_handshake(HandshakeId=third)
    assert len(org.list_handshakes_for_organization(Filter={"ActionType": "INVITE"})["Handshakes"]) == 3
    assert other.describe_organization()["Organization"]["MasterAccountId"] == ACCOUNT
    other.leave_organization()
    assert refused(other.describe_organization) == "AWSOrganizationsNotInUseException"


def test_policies_bind_the_members(client: Client, server: BackgroundServer) -> None:
    """A control policy stops the role that the manager assumed, and its end lets it go on; the log tells who it was."""
    org = client("organizations")
    org.create_organization()
    root = org.list_roots()["Roots"][0]["Id"]
    member = account_made(org)
    org.enable_policy_type(RootId=root, PolicyType=SCP)
    made = org.create_policy(Name="no", Description="", Type=SCP, Content=policy("Deny", "s3:*"))["Policy"]
    number = made["PolicySummary"]["Id"]
    assert {one["Name"] for one in org.list_policies(Filter=SCP)["Policies"]} == {"no", "FullAWSAccess"}
    role = f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole"
    given = client("sts").assume_role(RoleArn=role, RoleSessionName="boss")["Credentials"]
    session = {
        "key": given["AccessKeyId"],
        "secret": given["SecretAccessKey"],
        "token": given["SessionToken"],
    }
    client("s3", **session).create_bucket(Bucket="members-own")
    org.attach_policy(PolicyId=number, TargetId=member)
    assert [one["TargetId"] for one in org.list_targets_for_policy(PolicyId=number)["Targets"]] == [member]
    assert len(org.list_policies_for_target(TargetId=member, Filter=SCP)["Policies"]) == 2
    with pytest.raises(ClientError, match="with an explicit deny in a service control policy"):
        client("s3", **session).list_objects_v2(Bucket="members-own")
    client("sqs", **session).list_queues()
    org.update_policy(PolicyId=number, Content=policy("Deny", "sqs:*"))
    assert org.describe_policy(PolicyId=number)["Policy"]["Content"] == policy("Deny", "sqs:*")
    client("s3", **session).list_objects_v2(Bucket="members-own")
    assert refused(client("sqs", **session).list_queues) == "AccessDenied"
    org.detach_policy(PolicyId=number, TargetId=member)
    org.delete_policy(PolicyId=number)
    org.disable_policy_type(RootId=root, PolicyType=SCP)
    assert (
        refused(org.describe_effective_policy, PolicyType="TAG_POLICY") == "EffectivePolicyNotFoundException"
    )
    (told,) = [one for one in records(server) if one["eventName"] == "CreateAccountResult"]
    assert told["eventType"] == "AwsServiceEvent"
    assert told["serviceEventDetails"]["createAccountStatus"]["accountName"] == "****"
    assert told["serviceEventDetails"]["createAccountStatus"]["accountId"] == member
    (trusted,) = [one for one in records(server) if one["eventName"] == "CreateRole"]
    assert (trusted["recipientAccountId"], trusted["userIdentity"]["invokedBy"]) == (
        member,
        "organizations.amazonaws.com",
    )


def test_iam_reports_on_an_organization(client: Client) -> None:
    """What members' accounts used, and the management of their roots."""
    org, iam = client("organizations"), client("iam")
    number = org.create_organization()["Organization"]["Id"]
    path = f"{number}/{org.list_roots()['Roots'][0]['Id']}"
    job = iam.generate_organizations_access_report(EntityPath=path)["JobId"]
    report = iam.get_organizations_access_report(JobId=job, MaxItems=1000)
    used = [one["ServiceNamespace"] for one in report["AccessDetails"] if "LastAuthenticatedTime" in one]
    assert used == ["iam", "organizations"]
    assert iam.enable_organizations_root_sessions()["EnabledFeatures"] == ["RootSessions"]
    iam.enable_organizations_root_credentials_management()
    assert len(iam.list_organizations_features()["EnabledFeatures"]) == 2
    iam.disable_organizations_root_sessions()
    assert iam.disable_organizations_root_credentials_management()["EnabledFeatures"] == []


def test_a_members_root_is_assumed(client: Client) -> None:
    """For one task, by a user of the management account: the session is the member's root. What AWS's policy of the
    task allows is not known here, so calls of the session are not guessed."""
    org, iam = client("organizations"), client("iam")
    org.create_organization()
    member = account_made(org)
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    task = {"arn": "arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy"}
    ann = client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert refused(ann.assume_root, TargetPrincipal=member, TaskPolicyArn=task) == "AccessDenied"
    iam.enable_organizations_root_sessions()
    given = ann.assume_root(TargetPrincipal=member, TaskPolicyArn=task)["Credentials"]
    session = {
        "key": given["AccessKeyId"],
        "secret": given["SecretAccessKey"],
        "token": given["SessionToken"],
    }
    assert client("sts", **session).get_caller_identity()["Arn"] == f"arn:aws:iam::{member}:root"
    assert refused(client("sqs", **session).list_queues) == "NotInTrail"
