"""Records of real requests: boto3 calls the server, and what the log then holds is compared with what AWS wrote.

The same calls that stand in `own_records.jsonl` and, where real trails are there, in those.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer

from ..stories.records import records
from .comparing import Json, differences

Client = Callable[..., Any]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
BUCKET = "release-artifacts"
LAYERS = {
    "additionalEventData.CipherSuite is missing": "the tests speak HTTP",
    "requestParameters.x-id is not in the real one": "of later SDKs",
}
"""Differences that are the client's or the connection's."""
OTHERS = ("userIdentity.", "userAgent ", "requestParameters.bucketPolicy.")
"""Where a difference begins that is of who called, and of what stands in a document."""


@pytest.fixture
def calls(endpoint: str, client: Client, server: BackgroundServer) -> list[Json]:
    """The records of one day's calls by a user, her role's session, and the account's root."""
    root = client("iam")
    root.create_user(UserName="kim", Path="/people/", Tags=[{"Key": "team", "Value": "red"}])
    key = root.create_access_key(UserName="kim")["AccessKey"]
    root.put_user_policy(UserName="kim", PolicyName="all", PolicyDocument=ALLOW)
    mine = {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    _people(client("iam", **mine))
    credentials = client("sts", **mine).assume_role(
        RoleArn="arn:aws:iam::123456789012:role/deploy", RoleSessionName="release", DurationSeconds=3600
    )["Credentials"]
    session = dict(zip(("key", "secret", "token"), credentials.values(), strict=False))
    client("sts", **session).get_caller_identity()
    _storage(client("s3", **session))
    _queues(client("sqs", **session))
    return records(server)


def _people(iam: Any) -> None:
    """A login, a role with everything on it, a policy; two refusals."""
    iam.create_login_profile(UserName="kim", Password="Tr0ub4dor&3-example", PasswordResetRequired=True)
    iam.create_role(
        RoleName="deploy", AssumeRolePolicyDocument=json.dumps(TRUST), Description="for deployments",
        MaxSessionDuration=7200,
    )  # fmt: skip
    iam.put_role_policy(RoleName="deploy", PolicyName="inline", PolicyDocument=ALLOW)
    arn = iam.create_policy(PolicyName="reads", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="deploy", PolicyArn=arn)
    iam.create_instance_profile(InstanceProfileName="deploy")
    iam.add_role_to_instance_profile(InstanceProfileName="deploy", RoleName="deploy")
    iam.get_role(RoleName="deploy")
    with pytest.raises(ClientError):
        iam.get_user(UserName="nobody")
    with pytest.raises(ClientError):
        iam.delete_policy(PolicyArn=arn)
    iam.create_role(RoleName="brief", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="brief", PolicyArn=arn)
    iam.detach_role_policy(RoleName="brief", PolicyArn=arn)
    iam.delete_role(RoleName="brief")


def _storage(s3: Any) -> None:
    """A bucket and its settings, an object, and the way back."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(
        Bucket=BUCKET, Tagging={"TagSet": [{"Key": "team", "Value": "red"}, {"Key": "on", "Value": "true"}]}
    )
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "on", "Value": "true"}]})
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteBucket",
        "Resource": f"arn:aws:s3:::{BUCKET}",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 7}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    s3.get_bucket_versioning(Bucket=BUCKET)
    with pytest.raises(ClientError):
        s3.get_bucket_website(Bucket=BUCKET)
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict.fromkeys(switches, True))
    for name in (
        "acl",
        "location",
        "logging",
        "policy",
        "tagging",
        "versioning",
        "encryption",
        "request_payment",
    ):
        getattr(s3, f"get_bucket_{name}")(Bucket=BUCKET)
    for name in (
        "accelerate_configuration",
        "lifecycle_configuration",
        "notification_configuration",
        "policy_status",
    ):
        getattr(s3, f"get_bucket_{name}")(Bucket=BUCKET)
    s3.get_public_access_block(Bucket=BUCKET)
    for name in ("get_bucket_cors", "get_bucket_replication", "get_object_lock_configuration"):
        with pytest.raises(ClientError):
            getattr(s3, name)(Bucket=BUCKET)
    s3.list_buckets()
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.create_bucket(Bucket=f"{BUCKET}-brief")
    s3.delete_bucket(Bucket=f"{BUCKET}-brief")


def _queues(sqs: Any) -> None:
    """A queue's life."""
    url = sqs.create_queue(
        QueueName="releases", Attributes={"VisibilityTimeout": "60"}, tags={"team": "red"}
    )["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "100"})
    sqs.tag_queue(QueueUrl=url, Tags={"stage": "test"})
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["123456789012"], Actions=["SendMessage"])
    sqs.remove_permission(QueueUrl=url, Label="l")
    sqs.purge_queue(QueueUrl=url)
    sqs.delete_queue(QueueUrl=url)


def test_requests_are_recorded_as_documented(calls: list[Json]) -> None:
    """Every record of our own making has its like in the log, with the same members."""
    own = [
        json.loads(line) for line in (Path(__file__).parent / "own_records.jsonl").read_bytes().splitlines()
    ]

    different = compared(calls, own)

    assert {kind(record) for record in own} <= {kind(record) for record in calls}
    assert {name: texts for name, texts in different.items() if texts} == {}


def test_requests_are_recorded_as_aws_records_them(calls: list[Json], trails: Path) -> None:
    """Where a real record has a call of the same parameters, ended the same way, ours has its members and forms."""
    real = [
        json.loads(line)
        for file in ("incident-a", "techniques", "production-b", "docs-examples")
        for line in (trails / f"{file}.jsonl").read_bytes().splitlines()
    ]

    different = compared(calls, real)

    assert len(different) > 25, sorted(different)
    assert {name: texts for name, texts in different.items() if texts} == {}


def compared(calls: list[Json], others: list[Json]) -> dict[str, list[str]]:
    """For each kind of call that both have: how our nearest record differs from the nearest of theirs."""
    nearest: dict[str, list[str]] = {}
    for record in calls:
        for other in others:
            if kind(other) == kind(record) and asks(other) == asks(record):
                found = [text for text in differences(other, record) if told(text)]
                before = nearest.get(kind(record))
                if before is None or len(found) < len(before):
                    nearest[kind(record)] = found
    return nearest


def told(text: str) -> bool:
    """Whether a difference is one of the call: not of who made it, nor of the way it came."""
    return text not in LAYERS and not text.startswith(OTHERS)


def kind(record: Json) -> str:
    """The action, and how it ended."""
    service = str(record.get("eventSource")).partition(".")[0]
    return f"{service}:{record.get('eventName')} {record.get('errorCode', '')}".strip()


def asks(record: Json) -> set[str]:
    """The parameters that are named, but for what every request says."""
    return set(record.get("requestParameters") or {}) - {"Host", "host", "x-id"}
