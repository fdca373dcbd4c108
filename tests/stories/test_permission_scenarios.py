"""People come and go: whole scenarios of permissions, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer

from .records import records
from .test_permissions import ACCOUNT, FULL, allow, denied, user

Client = Callable[..., Any]
SUSPENDED = "arn:aws:iam::aws:policy/AWSDenyAll"


def test_a_team_comes_for_three_months(client: Client) -> None:
    """SCN-02: one detachment sends a whole team away; a deny suspends one of many, and its end restores exactly."""
    iam, s3 = client("iam"), client("s3")
    s3.create_bucket(Bucket="contracts")
    iam.create_group(GroupName="legal")
    iam.attach_group_policy(GroupName="legal", PolicyArn=FULL)
    team = {name: user(client, name) for name in ("ana", "ben", "cleo")}
    for name in team:
        iam.add_user_to_group(GroupName="legal", UserName=name)
    office = user(client, "dora")
    iam.put_user_policy(UserName="dora", PolicyName="own", PolicyDocument=allow("s3:ListBucket", "*"))
    for who in (*team.values(), office):
        client("s3", **who).list_objects_v2(Bucket="contracts")

    before = iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    iam.attach_user_policy(UserName="dora", PolicyArn=SUSPENDED)
    words = denied("AccessDenied", client("s3", **office).list_objects_v2, Bucket="contracts")
    assert words.endswith(f"with an explicit deny in an identity-based policy: {SUSPENDED}")
    client("s3", **team["ana"]).list_objects_v2(Bucket="contracts")
    iam.detach_user_policy(UserName="dora", PolicyArn=SUSPENDED)
    assert iam.get_account_authorization_details(Filter=["User"])["UserDetailList"] == before
    client("s3", **office).list_objects_v2(Bucket="contracts")

    iam.detach_group_policy(GroupName="legal", PolicyArn=FULL)
    for who in team.values():
        denied("AccessDenied", client("s3", **who).list_objects_v2, Bucket="contracts")
    client("s3", **office).list_objects_v2(Bucket="contracts")


def may(call: Callable[..., Any], **params: Any) -> bool:
    """Whether a call is allowed, whatever comes of it otherwise."""
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException")
    return True


def test_two_people_with_console_access(client: Client, server: BackgroundServer) -> None:
    """SCN-03: no rights at first; then admins, developers with S3, and a policy of one's own that allows and denies."""
    iam = client("iam")
    keys = {name: user(client, name) for name in ("clark", "samantha")}
    for name in keys:
        iam.create_login_profile(UserName=name, Password="Correct-horse-1", PasswordResetRequired=True)
        assert iam.get_login_profile(UserName=name)["LoginProfile"]["PasswordResetRequired"] is True
    client("s3").create_bucket(Bucket="code")
    client("sqs").create_queue(QueueName="jobs")

    def matrix(name: str) -> tuple[bool, bool, bool, bool]:
        who = keys[name]
        s3, sqs, own = client("s3", **who), client("sqs", **who), client("iam", **who)
        return (
            may(s3.list_objects_v2, Bucket="code"), may(s3.put_object, Bucket="code", Key="k"),
            may(sqs.list_queues), may(own.list_users),
        )  # fmt: skip

    assert matrix("clark") == matrix("samantha") == (False, False, False, False)
    iam.create_group(GroupName="admins")
    iam.attach_group_policy(GroupName="admins", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.add_user_to_group(GroupName="admins", UserName="clark")
    assert matrix("clark") == (True, True, True, True)
    iam.create_group(GroupName="Developers")
    iam.attach_group_policy(GroupName="Developers", PolicyArn=FULL)
    iam.add_user_to_group(GroupName="Developers", UserName="samantha")
    assert matrix("samantha")[0] is True
    assert matrix("samantha")[2:] == (False, False)
    both = [
        {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::code"},
    ]
    made = iam.create_policy(
        PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": both})
    )
    iam.attach_user_policy(UserName="samantha", PolicyArn=made["Policy"]["Arn"])
    assert matrix("samantha")[0] is False
    assert matrix("samantha")[2:] == (True, False)
    decisions = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/samantha",
        ActionNames=["s3:ListBucket", "sqs:ListQueues", "iam:ListUsers"],
        ResourceArns=["arn:aws:s3:::code"],
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in decisions] == ["explicitDeny", "allowed", "implicitDeny"]
    refusals = [record for record in records(server) if record.get("errorCode") == "AccessDenied"]
    assert {record["userIdentity"]["userName"] for record in refusals} == {"clark", "samantha"}
    assert all(
        not record["requestParameters"] or record["eventSource"] == "s3.amazonaws.com" for record in refusals
    )


def test_why_ec2_said_no(client: Client, server: BackgroundServer) -> None:
    """UnauthorizedOperation with an encoded message, which who may decode it can read."""
    eve = user(client, "eve")
    words = denied("UnauthorizedOperation", client("ec2", **eve).describe_vpcs)
    assert words.startswith("You are not authorized to perform this operation. User: ")
    encoded = words.partition("Encoded authorization failure message: ")[2]
    denied("AccessDenied", client("sts", **eve).decode_authorization_message, EncodedMessage=encoded)
    told = json.loads(client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, False)
    assert told["context"]["action"] == "ec2:DescribeVpcs"
    assert told["context"]["principal"]["name"] == "eve"


def test_what_was_used_is_in_the_log(client: Client) -> None:
    """The last use of a role and of services is told by the calls that were made."""
    iam = client("iam")
    trust = allow("sts:AssumeRole", None, Principal={"AWS": ACCOUNT})
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert iam.get_role(RoleName="worker")["Role"]["RoleLastUsed"] == {}
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=allow(["s3:*", "sqs:*"], "*"))
    given = client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    session = {
        "key": given["AccessKeyId"],
        "secret": given["SecretAccessKey"],
        "token": given["SessionToken"],
    }
    client("sqs", **session).list_queues()
    assert iam.get_role(RoleName="worker")["Role"]["RoleLastUsed"]["Region"] == "us-east-1"
    job = iam.generate_service_last_accessed_details(Arn=role)["JobId"]
    services = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
    assert {one["ServiceNamespace"]: "LastAuthenticated" in one for one in services} == {
        "s3": False,
        "sqs": True,
    }
    who = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="sqs")
    assert [one["EntityInfo"]["Name"] for one in who["EntityDetailsList"]] == ["worker"]
    granting = iam.list_policies_granting_service_access(Arn=role, ServiceNamespaces=["sqs"])
    assert granting["PoliciesGrantingServiceAccess"][0]["Policies"][0]["PolicyName"] == "own"


def test_policies_are_tried_before_they_are_put(client: Client) -> None:
    """Only from the office: the simulator says which keys are asked for, and how it decides with and without them."""
    iam = client("iam")
    iam.create_user(UserName="eve")
    source = f"arn:aws:iam::{ACCOUNT}:user/eve"
    office = allow("s3:GetObject", "*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[office])["ContextKeyNames"] == [
        "aws:SourceIp"
    ]
    (result,) = iam.simulate_custom_policy(PolicyInputList=[office], ActionNames=["s3:GetObject"])[
        "EvaluationResults"
    ]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:SourceIp"])
    iam.put_user_policy(UserName="eve", PolicyName="office", PolicyDocument=office)
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=source)["ContextKeyNames"]
    entries = [{"ContextKeyName": keys[0], "ContextKeyType": "ip", "ContextKeyValues": ["203.0.113.7"]}]
    (result,) = iam.simulate_principal_policy(
        PolicySourceArn=source, ActionNames=["s3:GetObject"], ContextEntries=entries
    )["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"


def test_one_instance_of_many_from_the_office(client: Client, server: BackgroundServer) -> None:
    """SCN-25 (IAM-05, IAM-07): one instance may be stopped, the others not; and nothing from elsewhere."""
    ec2, iam = client("ec2"), client("iam")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=3, MaxCount=3)["Instances"]
    mine, other, _ = (one["InstanceId"] for one in made)
    who = user(client, "operator")
    arn = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{mine}"
    stop = allow(["ec2:StopInstances"], arn)
    iam.put_user_policy(UserName="operator", PolicyName="one", PolicyDocument=stop)
    own = client("ec2", **who)
    assert own.stop_instances(InstanceIds=[mine])["StoppingInstances"][0]["InstanceId"] == mine
    words = denied("UnauthorizedOperation", own.stop_instances, InstanceIds=[other])
    assert f"instance/{other} because no identity-based policy allows the ec2:StopInstances action" in words
    denied("UnauthorizedOperation", own.describe_instances)
    guard = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    }
    iam.put_user_policy(
        UserName="operator",
        PolicyName="office",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [guard]}),
    )
    words = denied("UnauthorizedOperation", own.stop_instances, InstanceIds=[mine])
    assert "with an explicit deny in an identity-based policy" in words
    told = [one for one in records(server) if one.get("errorCode") == "Client.UnauthorizedOperation"]
    assert [one["eventName"] for one in told] == ["StopInstances", "DescribeInstances", "StopInstances"]
    assert all(one["sourceIPAddress"] == "127.0.0.1" for one in told)
