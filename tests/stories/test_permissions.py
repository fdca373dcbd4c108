"""IAM that decides, as boto3 sees it over a real socket: who reaches what, and how a denial looks to a client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer

from .records import records

Client = Callable[..., Any]
ACCOUNT = "123456789012"
FULL = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
BUCKET = "acme-files"


def allow(action: Any, resource: Any, **more: Any) -> str:
    """A policy of one statement that allows."""
    statement = {"Effect": "Allow", "Action": action, **({"Resource": resource} if resource else {}), **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def user(client: Client, name: str) -> dict[str, str]:
    """A new user's key and secret, as `client` takes them."""
    iam = client("iam")
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}


def session(client: Client, role: str, name: str, **who: str) -> dict[str, str]:
    """The credentials of a new session of a role."""
    given = client("sts", **who).assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return {"key": given["AccessKeyId"], "secret": given["SecretAccessKey"], "token": given["SessionToken"]}


def denied(code: str, call: Callable[..., Any], **params: Any) -> str:
    """The message of a call that is denied with this code."""
    with pytest.raises(ClientError) as refused:
        call(**params)
    answer = refused.value.response
    assert answer["Error"]["Code"] == code, answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
    message: str = answer["Error"]["Message"]
    return message


def test_four_kinds_of_principals_reach_a_bucket(client: Client, server: BackgroundServer) -> None:
    """SCN-01: people through a group, one directly, a program by keys, a server's role; each record says who it was."""
    client("s3").create_bucket(Bucket=BUCKET)
    iam = client("iam")
    iam.create_group(GroupName="admins")
    iam.attach_group_policy(GroupName="admins", PolicyArn=FULL)
    bob, carl, helena, sam = (user(client, name) for name in ("bob", "carl", "helena", "sam"))
    for name in ("bob", "carl"):
        iam.add_user_to_group(GroupName="admins", UserName=name)
    iam.attach_user_policy(UserName="helena", PolicyArn=FULL)
    iam.put_user_policy(UserName="sam", PolicyName="own", PolicyDocument=allow("s3:*", "*"))
    trust = allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com", "AWS": ACCOUNT})
    role = iam.create_role(RoleName="server", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="server", PolicyName="own", PolicyDocument=allow("s3:*", "*"))
    instance = session(client, role, "i-0123456789abcdef0")
    fed = client("sts", **sam)
    iam.put_user_policy(UserName="sam", PolicyName="fed", PolicyDocument=allow("sts:GetFederationToken", "*"))
    given = fed.get_federation_token(Name="guest", Policy=allow("s3:*", "*"))["Credentials"]
    guest = {"key": given["AccessKeyId"], "secret": given["SecretAccessKey"], "token": given["SessionToken"]}

    for who in ({}, bob, carl, helena, sam, instance, guest):
        client("s3", **who).list_objects_v2(Bucket=BUCKET)
    listed = [record for record in records(server) if record["eventName"] == "ListObjects"]
    assert [record["userIdentity"]["type"] for record in listed] == [
        "Root", "IAMUser", "IAMUser", "IAMUser", "IAMUser", "AssumedRole", "FederatedUser",
    ]  # fmt: skip

    iam.detach_group_policy(GroupName="admins", PolicyArn=FULL)
    for name, who in (("bob", bob), ("carl", carl)):
        assert denied("AccessDenied", client("s3", **who).list_objects_v2, Bucket=BUCKET) == (
            f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: s3:ListBucket on resource: "
            f'"arn:aws:s3:::{BUCKET}" because no identity-based policy allows the s3:ListBucket action'
        )
    for who in (helena, sam, instance, guest):
        client("s3", **who).list_objects_v2(Bucket=BUCKET)


def test_nothing_until_granted_and_deny_all(client: Client) -> None:
    """IAM-02, IAM-25, IAM-26: each service says no in its own protocol; a deny suspends and its end restores."""
    eve = user(client, "eve")
    iam = client("iam")
    assert "s3:ListAllMyBuckets because no" in denied("AccessDenied", client("s3", **eve).list_buckets)
    assert "sqs:listqueues because no" in denied("AccessDenied", client("sqs", **eve).list_queues)
    assert "iam:ListUsers on resource" in denied("AccessDenied", client("iam", **eve).list_users)
    assert client("sts", **eve).get_caller_identity()["Arn"].endswith("user/eve")
    iam.attach_user_policy(UserName="eve", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    client("s3", **eve).list_buckets()
    iam.attach_user_policy(UserName="eve", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    words = denied("AccessDenied", client("s3", **eve).list_buckets)
    assert words.endswith(
        "with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSDenyAll"
    )
    iam.detach_user_policy(UserName="eve", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    client("s3", **eve).list_buckets()


def test_roles_are_assumed_by_whom_they_trust(client: Client) -> None:
    """IAM-14: the trust policy and the caller's own; while assumed, only the role's permissions count."""
    iam = client("iam")
    eve = user(client, "eve")
    iam.attach_user_policy(UserName="eve", PolicyArn=FULL)
    trust = allow("sts:AssumeRole", None, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=allow("sqs:*", "*"))
    assume = client("sts", **eve).assume_role
    assert denied("AccessDenied", assume, RoleArn=role, RoleSessionName="me") == (
        f"User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: sts:AssumeRole on resource: {role}"
    )
    iam.put_user_policy(UserName="eve", PolicyName="assume", PolicyDocument=allow("sts:AssumeRole", role))
    worker = session(client, role, "me", **eve)
    client("sqs", **worker).list_queues()
    assert "assumed-role/worker/me" in denied("AccessDenied", client("s3", **worker).list_buckets)


def test_queues_and_buckets_have_policies_of_their_own(client: Client) -> None:
    """IAM-36: across accounts both sides must allow; a bucket for everybody; a deny in either wins."""
    sqs, other = client("sqs"), client("sqs", key="444455556666")
    url = sqs.create_queue(QueueName="work")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
    words = denied("AccessDenied", other.send_message, QueueUrl=url, MessageBody="x")
    assert words.endswith("because no resource-based policy allows the sqs:sendmessage action")
    document = allow("sqs:SendMessage", arn, Principal={"AWS": "444455556666"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    other.send_message(QueueUrl=url, MessageBody="x")

    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="open/a", Body=b"x")
    nobody = client("s3", config=Config(signature_version=UNSIGNED))
    assert denied("AccessDenied", nobody.get_object, Bucket=BUCKET, Key="open/a") == "Access Denied"
    document = allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/open/*", Principal="*")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document)
    assert nobody.get_object(Bucket=BUCKET, Key="open/a")["Body"].read() == b"x"
    denied("AccessDenied", nobody.get_object, Bucket=BUCKET, Key="open/b")


def test_an_office_and_one_queue_of_many(client: Client, server: BackgroundServer) -> None:
    """SCN-25: one resource of many, and no requests from elsewhere; the record tells from where, and not what."""
    sqs = client("sqs")
    urls = [sqs.create_queue(QueueName=f"q{number}")["QueueUrl"] for number in range(3)]
    eve = user(client, "eve")
    mine = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q1"
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    put = client("iam").put_user_policy
    put(UserName="eve", PolicyName="own", PolicyDocument=allow("sqs:SendMessage", mine, Condition=here))
    send = client("sqs", **eve).send_message
    send(QueueUrl=urls[1], MessageBody="x")
    denied("AccessDenied", send, QueueUrl=urls[2], MessageBody="x")
    away = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    put(UserName="eve", PolicyName="own", PolicyDocument=allow("sqs:SendMessage", mine, Condition=away))
    denied("AccessDenied", send, QueueUrl=urls[1], MessageBody="x")
    last = records(server)[-1]
    assert (last["errorCode"], last["requestParameters"]) == ("AccessDenied", None)
    assert last["sourceIPAddress"] == "127.0.0.1"
