"""`who deleted` on an account that was lived in: by hand, in cascades, by rules when their time came, and refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

from .test_reactions import advance

Ask = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A log of a short life, and the names of what ended in it."""
    log = tmp_path_factory.mktemp("lived") / "x.db"
    server = BackgroundServer(Options(port=0, log=log)).start()

    def client(service: str, **keys: str) -> Any:
        given = keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.Session(region_name="us-east-1", **given).client(service, endpoint_url=server.endpoint)

    try:
        yield log, _live(client, server.endpoint)
    finally:
        server.stop()


def _live(client: Callable[..., Any], endpoint: str) -> dict[str, str]:
    s3, sqs, sns, ec2, iam = client("s3"), client("sqs"), client("sns"), client("ec2"), client("iam")
    kms, secrets, logs = client("kms"), client("secretsmanager"), client("logs")
    names: dict[str, str] = {}
    s3.create_bucket(Bucket="box")
    for key in ("a", "b", "tmp/c"):
        s3.put_object(Bucket="box", Key=key, Body=b"x")
    s3.delete_object(Bucket="box", Key="a")
    s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "b"}]})
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration={"Rules": [rule]})
    url = sqs.create_queue(QueueName="q", Attributes={"MessageRetentionPeriod": "60"})["QueueUrl"]
    names["message"] = sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    sqs.purge_queue(QueueUrl=url)
    names["late"] = sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    names["subscription"] = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-east-1:123456789012:q",
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    sns.delete_topic(TopicArn=topic)
    logs.create_log_group(logGroupName="/g")
    logs.create_log_stream(logGroupName="/g", logStreamName="a-stream")
    logs.delete_log_group(logGroupName="/g")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    machine = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][
        0
    ]
    names["instance"] = machine["InstanceId"]
    (found,) = ec2.describe_instances(InstanceIds=[names["instance"]])["Reservations"][0]["Instances"]
    names["volume"] = found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    names["interface"] = found["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.terminate_instances(InstanceIds=[names["instance"]])
    names["key"] = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=names["key"], PendingWindowInDays=7)
    names["secret"] = secrets.create_secret(Name="s", SecretString="x")["ARN"]
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    iam.create_user(UserName="eve")
    made = iam.create_access_key(UserName="eve")["AccessKey"]
    hers = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    with pytest.raises(ClientError):
        client("s3", **hers).delete_bucket(Bucket="box")
    advance(endpoint, 10)
    return names


@pytest.fixture
def ask(lived: tuple[Path, dict[str, str]]) -> Ask:
    """Ask who deleted something, by the name that the life gave it."""

    def asked(name: str) -> dict[str, Any]:
        log, names = lived
        result = CliRunner().invoke(
            cli, ["who", "deleted", names.get(name, name), "--log", str(log), "--json"], prog_name="backtrail"
        )
        assert result.exit_code in (0, 1), result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    return asked


@pytest.mark.parametrize(
    ("name", "action", "certain"),
    [
        ("box/a", "DeleteObject", True),
        (
            "box/b",
            "DeleteObjects",
            True,
        ),  # the note beside the record names the keys, as AWS's records do not
        ("instance", "TerminateInstances", True),
        ("volume", "TerminateInstances", False),
        ("interface", "TerminateInstances", False),
        ("message", "PurgeQueue", False),
        ("subscription", "DeleteTopic", False),
        ("a-stream", "DeleteLogGroup", False),
    ],
)
def test_who_ended_it_directly_or_with_something_else(
    ask: Ask, name: str, action: str, certain: bool
) -> None:
    """A record of its own is certain; a cascade names what it went with."""
    (answer,) = ask(name)["answers"][:1]
    assert (answer["action"], answer["certain"]) == (action, certain)
    assert answer["principal"].endswith(":root")


def test_what_a_lifecycle_rule_expired_names_who_set_it(ask: Ask) -> None:
    """S3's own record names the rule, its author, and the call that set it."""
    (answer,) = ask("box/tmp/c")["answers"]
    assert (answer["action"], answer["rule"]["id"]) == ("ExpireObject", "tidy")
    assert answer["rule"]["set_by"].endswith(":root") and answer["rule"]["event_id"]


def test_what_a_queue_kept_no_longer_names_who_said_how_long(ask: Ask) -> None:
    """The queue let it go when its time was over; that time is a rule, too, and who set it is told."""
    (answer,) = ask("late")["answers"]
    assert (answer["action"], answer["rule"]["id"], answer["certain"]) == (
        "ExpireMessages",
        "retention",
        True,
    )
    assert answer["rule"]["set_by"].endswith(":root")


@pytest.mark.parametrize(("name", "asked_by"), [("key", "ScheduleKeyDeletion"), ("secret", "DeleteSecret")])
def test_what_was_to_be_deleted_later_names_who_asked_for_it(ask: Ask, name: str, asked_by: str) -> None:
    """After its days of grace the service deletes it; who asked for that is among the answers."""
    answers = ask(name)["answers"]
    assert asked_by in [one["action"] for one in answers]
    assert next(one for one in answers if one["action"] == asked_by)["principal"].endswith(":root")


def test_what_was_refused_is_an_attempt(ask: Ask) -> None:
    """eve may not: the bucket is there, and her attempt is told with the coverage."""
    answer = ask("box")
    assert answer["answers"] == [] and answer["coverage"]["records"] > 20
    (attempt,) = answer["attempts"]
    assert (attempt["action"], attempt["error"], attempt["user"]) == ("DeleteBucket", "AccessDenied", "eve")
