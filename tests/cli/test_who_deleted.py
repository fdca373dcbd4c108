"""`who deleted` on records that AWS delivers: direct, in cascades, by rules, by services, and what was refused."""

from __future__ import annotations

import csv
import io
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli

from .conftest import Ask, Run

ACCOUNT = "123456789012"
ADA = {
    "type": "IAMUser", "userName": "ada", "arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "accountId": ACCOUNT,
    "principalId": "AIDAEXAMPLE", "accessKeyId": "AKIAEXAMPLEEXAMPLE00",
}  # fmt: skip
STACK = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/web/5d3e7f60-0000-11ee-8000-0a0000000001"
URL = f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{KEY}"
BALANCER = f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/app/lb/50dc6c495c0c9188"
STACK_TAG = [{"key": "aws:cloudformation:stack-id", "value": STACK}]
GROUP_TAG = {
    "items": [{"resourceType": "instance", "tags": [{"key": "aws:autoscaling:groupName", "value": "fleet"}]}]
}
_numbers = count()


def instances(*names: str) -> dict[str, Any]:
    """Instances as EC2 writes them."""
    return {"instancesSet": {"items": [{"instanceId": name} for name in names]}}


def by(service: str) -> dict[str, Any]:
    """A service that acts for ada."""
    return {**ADA, "invokedBy": f"{service}.amazonaws.com"}


def alone(service: str) -> dict[str, Any]:
    """A service that acts by itself."""
    return {"type": "AWSService", "invokedBy": f"{service}.amazonaws.com"}


def record(
    source: str, name: str, params: Any = None, answer: Any = None, who: Any = ADA, **more: Any
) -> dict[str, Any]:
    """One record, a second after the one before."""
    number = next(_numbers)
    return {
        "eventVersion": "1.08", "userIdentity": who, "eventTime": f"2024-01-01T00:{number // 60:02}:{number % 60:02}Z",
        "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
        "sourceIPAddress": who.get("invokedBy", "203.0.113.5"), "userAgent": "x", "requestParameters": params,
        "responseElements": answer, "requestID": f"R{number}",
        "eventID": f"0b8a3d3e-0000-4000-8000-000000000{number:03}", "readOnly": False, "eventType": "AwsApiCall",
        "managementEvent": True, "recipientAccountId": ACCOUNT, **more,
    }  # fmt: skip


RECORDS = [
    record("cloudformation", "CreateStack", {"stackName": "web"}, {"stackId": STACK}),
    record("sqs", "CreateQueue", {"queueName": "jobs", "tags": STACK_TAG}, {"queueUrl": f"{URL}/jobs"},
           by("cloudformation")),
    record("dynamodb", "CreateTable", {"tableName": "tab", "tags": STACK_TAG},
           {"tableDescription": {"tableName": "tab"}}, by("cloudformation")),
    record("autoscaling", "CreateAutoScalingGroup", {"autoScalingGroupName": "fleet", "tags": STACK_TAG}, None,
           by("cloudformation")),
    record("ec2", "RunInstances", {"tagSpecificationSet": GROUP_TAG}, instances("i-0123456789abcdef0"),
           alone("autoscaling")),
    record("autoscaling", "UpdateAutoScalingGroup", {"autoScalingGroupName": "fleet", "desiredCapacity": 0}),
    record("ec2", "TerminateInstances", instances("i-0123456789abcdef0"), instances("i-0123456789abcdef0"),
           alone("autoscaling")),
    record("cloudformation", "DeleteStack", {"stackName": "web"}),
    record("sqs", "DeleteQueue", {"queueUrl": f"{URL}/jobs"}, None, by("cloudformation")),
    record("sqs", "CreateQueue", {"queueName": "q2"}, {"queueUrl": f"{URL}/q2"}),
    record("sqs", "SendMessage", {"queueUrl": f"{URL}/q2"}, {"messageId": "5fea7756-0ea4-451a-a703-a558b933e274"}),
    record("sqs", "PurgeQueue", {"queueUrl": f"{URL}/q2"}),
    record("sqs", "SetQueueAttributes", {"queueUrl": f"{URL}/q2", "attributes": {"MessageRetentionPeriod": "60"}}),
    record("sqs", "SendMessage", {"queueUrl": f"{URL}/q2"}, {"messageId": "6fea7756-0ea4-451a-a703-a558b933e274"}),
    record("s3", "PutObject", {"bucketName": "buck", "key": "a.txt"}),
    record("s3", "DeleteObjects", {"bucketName": "buck", "delete": ""}, None, resources=[
        {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::buck/"},
        {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::buck", "accountId": ACCOUNT}]),
    record("s3", "PutObject", {"bucketName": "buck", "key": "b.txt"}),
    record("s3", "DeleteBucket", {"bucketName": "buck"}),
    record("s3", "PutObject", {"bucketName": "old", "key": "c.txt"}),
    record("s3", "PutBucketLifecycle", {"bucketName": "old", "lifecycle": ""}),
    record("kms", "CreateKey", {}, {"keyMetadata": {"keyId": KEY, "arn": KEY_ARN}}),
    record("kms", "ScheduleKeyDeletion", {"keyId": KEY, "pendingWindowInDays": 7}, {"keyId": KEY_ARN}),
    record("kms", "DeleteKey", None, None, {"accountId": ACCOUNT, "invokedBy": "AWS Internal"},
           eventType="AwsServiceEvent", resources=[{"ARN": KEY_ARN, "accountId": ACCOUNT, "type": "AWS::KMS::Key"}]),
    record("ec2", "RunInstances", instances(), instances("i-0aaaaaaaaaaaaaaaa"), alone("spot")),
    record("ec2", "BidEvictedEvent", None, None, {"accountId": ACCOUNT, "invokedBy": "ec2.amazonaws.com"},
           eventType="AwsServiceEvent", serviceEventDetails={"instanceIdSet": ["i-0aaaaaaaaaaaaaaaa"]}),
    record("ec2", "CreateVpc", {"cidrBlock": "10.0.0.0/16"}, {"vpc": {"vpcId": "vpc-0aaaaaaaaaaaaaaaa"}}),
    record("ec2", "CreateSecurityGroup", {"groupName": "g", "vpcId": "vpc-0aaaaaaaaaaaaaaaa"},
           {"groupId": "sg-0aaaaaaaaaaaaaaaa"}),
    record("ec2", "DeleteVpc", {"vpcId": "vpc-0aaaaaaaaaaaaaaaa"}),
    record("iam", "CreateRole", {"roleName": "ro"}, {"role": {"roleName": "ro"}}),
    record("iam", "PutRolePolicy", {"roleName": "ro", "policyName": "pp", "policyDocument": "{}"}),
    record("iam", "DeleteRole", {"roleName": "ro"}, None, by("cloudformation")),
    record("rds", "CreateDBCluster", {"dBClusterIdentifier": "clu"}, {"dBClusterIdentifier": "clu"}),
    record("rds", "CreateDBInstance", {"dBInstanceIdentifier": "ins", "dBClusterIdentifier": "clu"},
           {"dBInstanceIdentifier": "ins", "dBClusterIdentifier": "clu"}),
    record("rds", "DeleteDBCluster", {"dBClusterIdentifier": "clu"}, {"dBClusterIdentifier": "clu"}),
    record("logs", "CreateLogStream", {"logGroupName": "/g", "logStreamName": "st"}),
    record("logs", "DeleteLogGroup", {"logGroupName": "/g"}),
    record("logs", "PutRetentionPolicy", {"logGroupName": "/h", "retentionInDays": 1}),
    record("logs", "CreateLogStream", {"logGroupName": "/h", "logStreamName": "st2"}),
    record("dynamodb", "UpdateTimeToLive", {"tableName": "ttl", "timeToLiveSpecification": {"enabled": True}}),
    record("ec2", "DeleteVolume", {"volumeId": "vol-0bbbbbbbbbbbbbbbb"}, None,
           errorCode="Client.UnauthorizedOperation", errorMessage="You are not authorized to perform this operation."),
    record("iam", "DeleteUser", None, None, errorCode="AccessDenied", errorMessage=f"User: {ADA['arn']} is not "
           "authorized to perform: iam:DeleteUser on resource: user carol because no identity-based policy allows the "
           "iam:DeleteUser action"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of the records above; to be read alone."""
    folder = tmp_path_factory.mktemp("ends")
    (folder / "ends.jsonl").write_text("".join(json.dumps(one) + "\n" for one in RECORDS))
    path = folder / "ends.db"
    result = CliRunner().invoke(
        cli, ["import", str(folder / "ends.jsonl"), "--log", str(path)], prog_name="backtrail"
    )
    assert result.exit_code == 0, result.output
    return path


@pytest.mark.parametrize(
    ("resource", "action", "because", "how"),
    [
        ("jobs", "DeleteQueue", "DeleteStack", "invokedBy cloudformation.amazonaws.com"),
        (
            "i-0123456789abcdef0",
            "TerminateInstances",
            "UpdateAutoScalingGroup",
            "its tag aws:autoscaling:groupName",
        ),
        ("ro", "DeleteRole", "DeleteStack", "invokedBy cloudformation.amazonaws.com"),
    ],
)
def test_what_a_service_deleted_leads_to_who_let_it(
    ask: Ask, run: Run, ends: Path, resource: str, action: str, because: str, how: str
) -> None:
    """The record is certain, what it was done for is inferred, and says from what."""
    (answer,) = ask("who", "deleted", resource, "--log", ends)["answers"]
    assert (answer["action"], answer["certain"]) == (action, True)
    cause = answer["because"]
    assert (cause["action"].split()[1], cause["how"], cause["certain"]) == (because, how, False)
    assert cause["by"] == "user ada"
    assert f"because of? {cause['action']}" in run("who", "deleted", resource, "--log", ends).stdout


@pytest.mark.parametrize(
    ("resource", "action", "whole", "why"),
    [
        ("tab", "DeleteStack", STACK, "went with"),
        ("fleet", "DeleteStack", STACK, "went with"),
        ("5fea7756-0ea4-451a-a703-a558b933e274", "PurgeQueue", f"{URL}/q2", "may have been in it"),
        ("buck/a.txt", "DeleteObjects", "buck", "may have been in it"),
        ("buck/b.txt", "DeleteBucket", "buck", "must be empty"),
        ("sg-0aaaaaaaaaaaaaaaa", "DeleteVpc", "vpc-0aaaaaaaaaaaaaaaa", "went with"),
        ("ro/pp", "DeleteRole", "ro", "went with"),
        ("ins", "DeleteDBCluster", "clu", "went with"),
        ("st", "DeleteLogGroup", "/g", "went with"),
        ("i-0aaaaaaaaaaaaaaaa", "BidEvictedEvent", None, "AWS took it back"),
    ],
)
def test_what_went_with_something_else_is_told_and_not_certain(
    ask: Ask, run: Run, ends: Path, resource: str, action: str, whole: str | None, why: str
) -> None:
    """Things of a stack or group, a role's policies, a cluster's instances, what lay in a queue or a bucket."""
    (answer,) = ask("who", "deleted", resource, "--log", ends)["answers"]
    assert (answer["action"], answer["certain"], answer.get("with")) == (action, False, whole)
    text = run("who", "deleted", resource, "--log", ends).stdout
    assert why in text and "may have deleted" in text


@pytest.mark.parametrize(
    ("resource", "action", "rule"),
    [
        ("old/c.txt", "PutBucketLifecycle", "lifecycle"),
        ("6fea7756-0ea4-451a-a703-a558b933e274", "SetQueueAttributes", "retention"),
    ],
)
def test_a_rule_that_may_have_done_it_names_who_set_it(
    ask: Ask, run: Run, ends: Path, resource: str, action: str, rule: str
) -> None:
    """Where no deletion is recorded: the lifecycle of a bucket, how long a queue keeps its messages."""
    (answer,) = ask("who", "deleted", resource, "--log", ends)["answers"]
    assert (answer["action"], answer["user"], answer["rule"]["id"]) == (action, "ada", rule)
    assert "a rule may have" in run("who", "deleted", resource, "--log", ends).stdout


@pytest.mark.parametrize(
    ("resource", "action", "rule"),
    [
        ("ttl", "UpdateTimeToLive", "time to live"),
        ("/h", "PutRetentionPolicy", "retention"),
        ("st2", "PutRetentionPolicy", "retention"),
        ("old", "PutBucketLifecycle", "lifecycle"),
    ],
)
def test_a_rule_for_what_is_inside_is_told_beside_the_no(
    run: Run, ends: Path, resource: str, action: str, rule: str
) -> None:
    """Nobody deleted the table, the group, the stream, the bucket; but what was in it may be gone."""
    result = run("who", "deleted", resource, "--log", ends)
    assert result.exit_code == 1
    assert f"What was in it may have gone by a rule ({rule})" in result.stdout
    assert f":{action} by ada at 2024-01-01" in result.stdout


def test_a_scheduled_deletion_has_both_its_records(ask: Ask, ends: Path) -> None:
    """The key's end is KMS's own record; who scheduled it stands beneath."""
    answers = ask("who", "deleted", KEY, "--log", ends)["answers"]
    assert [(one["action"], one["certain"]) for one in answers] == [
        ("DeleteKey", True),
        ("ScheduleKeyDeletion", False),
    ]
    assert answers[1]["user"] == "ada"


@pytest.mark.parametrize(
    ("resource", "action"), [("vol-0bbbbbbbbbbbbbbbb", "DeleteVolume"), ("carol", "DeleteUser")]
)
def test_what_was_refused_is_told_with_what_the_log_saw(
    ask: Ask, run: Run, ends: Path, resource: str, action: str
) -> None:
    """Nobody deleted it; the attempt is told, though its parameters are null, and the coverage with it."""
    answer = ask("who", "deleted", resource, "--log", ends, code=1)
    assert (answer["answers"], [one["action"] for one in answer["attempts"]]) == ([], [action])
    assert answer["coverage"]["records"] == len(RECORDS)
    result = run("who", "deleted", resource, "--log", ends)
    assert "The log holds" in result.stdout and "attempted: " in result.stderr


def test_the_last_change_is_the_end(ask: Ask, ends: Path) -> None:
    """`why` explains what ended a thing, though CloudTrail may deliver another record of that second after it."""
    assert ask("why", "jobs", "--log", ends)["chain"][0]["action"] == "sqs DeleteQueue"


def test_answers_fit_into_a_spreadsheet(run: Run, ends: Path) -> None:
    """A row an answer; nothing found is an empty table, with the coverage beside it."""
    text = run("who", "deleted", "jobs", "--csv", "--log", ends).stdout
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["action"], row["certain"], row["because"].split()[1]) == (
        "DeleteQueue",
        "true",
        "DeleteStack",
    )
    nothing = run("who", "deleted", "carol", "--csv", "--log", ends)
    assert (nothing.exit_code, nothing.stdout) == (1, "") and "The log holds" in nothing.stderr
    assert run("who", "deleted", "jobs", "--csv", "--json", "--log", ends).exit_code == 2
