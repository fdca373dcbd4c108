"""`import --baseline`: what `list-*`, `describe-*` and `get-*` print of every service, and AWS Config's items."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from backtrail_cli.server.background import BackgroundServer

from ..stories.rich_account import ACCOUNT, populate
from .conftest import Ask

Json = dict[str, Any]
Dumps = dict[str, Json]
READS: dict[str, list[tuple[str, Json]]] = {
    "cloudtrail": [("describe_trails", {})],
    "ec2": [
        (f"describe_{one}", {"OwnerIds": ["self"]} if one == "snapshots" else {})
        for one in (
            "vpcs", "subnets", "security_groups", "instances", "volumes", "snapshots", "addresses", "internet_gateways",
            "route_tables",
        )
    ],
    "ecr": [("describe_repositories", {})],
    "ecs": [("describe_clusters", {"clusters": ["c"]})],
    "iam": [("list_users", {}), ("list_roles", {}), ("list_groups", {}), ("list_policies", {"Scope": "Local"})],
    "kms": [("list_keys", {}), ("list_aliases", {})],
    "lambda": [("list_functions", {})],
    "logs": [("describe_log_groups", {})],
    "rds": [("describe_db_instances", {}), ("describe_db_snapshots", {})],
    "s3": [("list_buckets", {})],
    "secretsmanager": [("list_secrets", {})],
    "sns": [("list_topics", {}), ("list_subscriptions", {})],
    "sqs": [("list_queues", {})],
    "ssm": [("describe_parameters", {})],
}  # fmt: skip


def printed(value: Any) -> str:
    """As the AWS CLI prints what JSON has no form of."""
    return value.isoformat() if isinstance(value, datetime) else value.decode("latin-1")


@pytest.fixture(scope="module")
def dumps(server: BackgroundServer) -> Dumps:
    """What an account's reads print, by name."""
    server.reset()
    made: list[Any] = []

    def client(service: str, key: str = "test", secret: str = "test", region: str = "us-east-1") -> Any:
        made.append(
            boto3.client(
                service, endpoint_url=server.endpoint, region_name=region, aws_access_key_id=key,
                aws_secret_access_key=secret,
            )
        )  # fmt: skip
        return made[-1]

    populate(client)
    client("cloudtrail").create_trail(Name="audit", S3BucketName=trail_bucket(client))
    found: Dumps = {}
    for service, reads in READS.items():
        asked = client(service)
        for action, given in reads:
            found[f"{service} {action}"] = getattr(asked, action)(**given)
    found |= each(client, found)
    for one in made:
        one.close()
    return {name: json.loads(json.dumps(answer, default=printed)) for name, answer in found.items()}


def trail_bucket(client: Callable[..., Any]) -> str:
    """A bucket that CloudTrail may write to."""
    from ..stories.trails import bucket_policy

    client("s3").create_bucket(Bucket="logs")
    client("s3").put_bucket_policy(Bucket="logs", Policy=bucket_policy("logs"))
    return "logs"


def each(client: Callable[..., Any], found: Dumps) -> Dumps:
    """Reads about one thing at a time."""
    kms, sqs, sns = client("kms"), client("sqs"), client("sns")
    told: Dumps = {}
    for key in found["kms list_keys"]["Keys"]:
        told[f"kms describe_key {key['KeyId']}"] = kms.describe_key(KeyId=key["KeyId"])
    for url in found["sqs list_queues"]["QueueUrls"]:
        told[f"sqs get_queue_attributes {url}"] = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["All"]
        )
    for topic in found["sns list_topics"]["Topics"]:
        told[f"sns get_topic_attributes {topic['TopicArn']}"] = sns.get_topic_attributes(
            TopicArn=topic["TopicArn"]
        )
    keys = client("iam").list_access_keys(UserName="ann")
    return told | {"iam list_access_keys": keys}


def written(dumps: Dumps, folder: Path) -> list[Path]:
    """The answers as files."""
    paths: list[Path] = []
    for number, (_, answer) in enumerate(dumps.items()):
        paths.append(folder / f"{number:03}.json")
        paths[-1].write_text(json.dumps(answer))
    return paths


IMPORT = ("import", "--baseline", "--account", ACCOUNT, "--log", "a.db", "--region", "us-east-1")
EXPECTED = {
    ("AWS::CloudTrail::Trail", "audit"), ("AWS::ECR::Repository", "app"), ("AWS::ECS::Cluster", "c"),
    ("AWS::IAM::Group", "staff"), ("AWS::IAM::ManagedPolicy", "broad"), ("AWS::IAM::Role", "auditor"),
    ("AWS::IAM::User", "ann"), ("AWS::KMS::Alias", "alias/main"), ("AWS::Lambda::Function", "f"),
    ("AWS::Logs::LogGroup", "/app"), ("AWS::RDS::DBInstance", "db"), ("AWS::RDS::DBSnapshot", "nightly"),
    ("AWS::S3::Bucket", "files"), ("AWS::SecretsManager::Secret", "db"), ("AWS::SQS::Queue", "jobs"),
    ("AWS::SSM::Parameter", "/app/url"),
}  # fmt: skip


def test_what_every_service_prints_is_understood(ask: Ask, dumps: Dumps, tmp_path: Path) -> None:
    """Each answer is a fact of its time; what it tells of is there from then on, and nothing breaks."""
    answer = ask(*IMPORT, "--observed-at", "2024-02-01", *written(dumps, tmp_path))
    assert (answer["rejected"], answer["new"]) == (0, len(dumps)), answer["rejections"]

    resources = ask("state", "--log", "a.db")["resources"]

    there = {(one["type"], one["id"].rpartition("trail/")[2]) for one in resources}
    assert there >= EXPECTED
    counted = {kind: sum(one["type"] == kind for one in resources) for kind, _ in there}
    assert (counted["AWS::KMS::Key"], counted["AWS::SNS::Topic"], counted["AWS::SQS::Queue"]) == (2, 1, 2)
    instance = dumps["ec2 describe_instances"]["Reservations"][0]["Instances"][0]
    ids = {one["id"] for one in resources}
    assert {instance["InstanceId"], instance["VpcId"], instance["SubnetId"]} <= ids
    for name, member in (("volumes", "VolumeId"), ("route_tables", "RouteTableId")):
        listed = next(iter(one for one in dumps[f"ec2 describe_{name}"].values() if isinstance(one, list)))
        assert {one[member] for one in listed} <= ids
    assert {one["account"] for one in resources} <= {ACCOUNT, ""}


def test_settings_are_known(ask: Ask, dumps: Dumps, tmp_path: Path) -> None:
    """Policies of queues and topics, the trust of roles, and so what is open to others."""
    ask(*IMPORT, "--observed-at", "2024-02-01", *written(dumps, tmp_path))
    found = {
        (one["service"], one["through"].partition(",")[0])
        for one in ask("exposure", "--log", "a.db")["exposures"]
    }
    assert {("iam", "trust policy"), ("sqs", "queue policy"), ("rds", "a public address")} <= found
    (key,) = (
        one["members"] for one in ask("state", "kms", "--log", "a.db")["resources"]
        if one["type"] == "AWS::KMS::Key" and one["members"].get("description") == "main"
    )  # fmt: skip
    assert key["enabled"] is True


def test_the_same_twice_changes_nothing(ask: Ask, dumps: Dumps, tmp_path: Path) -> None:
    """A later observation of what is known already makes nothing anew."""
    paths = written(dumps, tmp_path)
    ask(*IMPORT, "--observed-at", "2024-02-01", *paths)
    before = ask("state", "--log", "a.db")["resources"]
    ask(*IMPORT, "--observed-at", "2024-02-02", *paths)
    after = ask("state", "--log", "a.db")["resources"]
    assert [(one["type"], one["id"]) for one in after] == [(one["type"], one["id"]) for one in before]


def lowered(value: Any) -> Any:
    """As AWS Config spells it: members begin small."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: lowered(one) for name, one in value.items()}
    return [lowered(one) for one in value] if isinstance(value, list) else value


def captured(kind: str, shown: Json, **more: Any) -> Json:
    """An item of a snapshot."""
    return {
        "configurationItemVersion": "1.3", "configurationItemCaptureTime": "2024-02-03T04:05:06.789Z",
        "configurationItemStatus": "OK", "awsAccountId": ACCOUNT, "awsRegion": "eu-west-1", "resourceType": kind,
        "resourceId": "x", "configuration": lowered(shown), "supplementaryConfiguration": {}, **more,
    }  # fmt: skip


def snapshot(dumps: Dumps) -> list[Json]:
    """Some of the account as Config captured it."""
    instance = dumps["ec2 describe_instances"]["Reservations"][0]["Instances"][0]
    return [
        captured("AWS::EC2::Instance", instance),
        captured("AWS::EC2::Volume", dumps["ec2 describe_volumes"]["Volumes"][0]),
        captured("AWS::RDS::DBInstance", dumps["rds describe_db_instances"]["DBInstances"][0]),
        captured("AWS::IAM::User", dumps["iam list_users"]["Users"][0], awsRegion="global"),
        captured("AWS::Lambda::Function", dumps["lambda list_functions"]["Functions"][0]),
        captured(
            "AWS::S3::Bucket",
            {"Name": "files", "CreationDate": "2023-01-02T03:04:05.000Z"},
            resourceName="files",
        ),
        captured("AWS::EC2::Volume", {}, configurationItemStatus="ResourceDeleted", resourceId="vol-gone"),
        captured("AWS::Shield::Protection", {"a": 1}),
    ]


@pytest.mark.parametrize("form", ["snapshot", "history", "select"])
def test_config_items(ask: Ask, dumps: Dumps, tmp_path: Path, form: str) -> None:
    """A snapshot (packed), a history and a selection: each item a fact of its own time, account and region."""
    found = snapshot(dumps)
    if form == "select":
        whole: Json = {"Results": [json.dumps(one) for one in found], "QueryInfo": {}}
    else:
        whole = {"configurationItems": found, "configSnapshotId": "x", "fileVersion": "1.0"}
        if form == "history":
            whole = {
                "configurationItems": [
                    one | {"configuration": json.dumps(one["configuration"])} for one in found
                ]
            }
    path = tmp_path / ("a.json.gz" if form == "snapshot" else "a.json")
    data = json.dumps(whole).encode()
    path.write_bytes(gzip.compress(data) if form == "snapshot" else data)

    answer = ask("import", "--baseline", path, "--log", "a.db", code=1)

    assert (answer["new"], answer["by_code"]) == (6, {"no_baseline": 2})
    reasons = " ".join(one["reason"] for one in answer["rejections"])
    assert "vol-gone: it was deleted" in reasons and "AWS::Shield::Protection x: no plugin learns" in reasons
    resources = ask("state", "--log", "a.db")["resources"]
    there = {(one["type"], one["id"]) for one in resources}
    assert there >= {("AWS::RDS::DBInstance", "db"), ("AWS::IAM::User", "ann"), ("AWS::S3::Bucket", "files")}
    instance = next(one for one in resources if one["type"] == "AWS::EC2::Instance")
    assert (instance["account"], instance["region"]) == (ACCOUNT, "eu-west-1")
    events = ask("events", "--log", "a.db")["events"]
    assert {one["time"] for one in events} == {"2024-02-03T04:05:06Z"}
