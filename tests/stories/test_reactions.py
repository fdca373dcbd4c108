"""One service's event makes another act, over a real socket: S3 tells queues and topics, and time moves objects."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from backtrail.authorization import Iam
from backtrail.machine import Machine
from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

Client = Callable[..., Any]
ACCOUNT = "123456789012"
DAY = 86_400
LARGE = b"x" * (128 * 1024)


def allowing(arn: str, service: str = "s3.amazonaws.com") -> str:
    """The policy of a queue or a topic that a service may tell."""
    action = "sqs:SendMessage" if ":sqs:" in arn else "sns:Publish"
    statement = {
        "Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": arn,
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def queue(sqs: Any, name: str, service: str = "s3.amazonaws.com", **attributes: str) -> tuple[str, str]:
    """A queue that a service may tell: its URL and its ARN."""
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    wanted = {"Policy": allowing(arn, service), **attributes}
    return sqs.create_queue(QueueName=name, Attributes=wanted)["QueueUrl"], arn


def told(s3: Any, arn: str, *events: str, **rules: str) -> None:
    """Let a bucket tell a queue."""
    wanted: dict[str, Any] = {"QueueArn": arn, "Events": list(events), "Id": "cfg"}
    if rules:
        filters = [{"Name": name, "Value": value} for name, value in rules.items()]
        wanted["Filter"] = {"Key": {"FilterRules": filters}}
    s3.put_bucket_notification_configuration(
        Bucket="box", NotificationConfiguration={"QueueConfigurations": [wanted]}
    )


def bodies(sqs: Any, url: str) -> list[Any]:
    """The messages that lie in a queue, taken out."""
    found: list[Any] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def events(sqs: Any, url: str) -> list[tuple[str, str]]:
    """Name and key of each event that lies in a queue; test events are passed over."""
    records = [record for body in bodies(sqs, url) for record in body.get("Records", [])]
    return [(record["eventName"], record["s3"]["object"]["key"]) for record in records]


def advance(endpoint: str, days: float) -> None:
    """Move the clock."""
    data = json.dumps({"advance_s": days * DAY}).encode()
    request = urllib.request.Request(f"{endpoint}/_backtrail/clock", data=data, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def test_an_upload_is_one_message(client: Client) -> None:
    """A test event when it is configured; then exactly one message an upload, with what was put and by whom."""
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="box")
    url, arn = queue(sqs, "q")
    told(s3, arn, "s3:ObjectCreated:*", prefix="in/")
    (test,) = bodies(sqs, url)
    assert (test["Event"], test["Bucket"]) == ("s3:TestEvent", "box")
    put = s3.put_object(Bucket="box", Key="in/a b.txt", Body=b"hello")
    s3.put_object(Bucket="box", Key="out/a.txt", Body=b"hello")
    (body,) = bodies(sqs, url)
    (record,) = body["Records"]
    assert (record["eventVersion"], record["eventSource"]) == ("2.5", "aws:s3")
    assert (record["eventName"], record["awsRegion"]) == ("ObjectCreated:Put", "us-east-1")
    assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
    metadata = put["ResponseMetadata"]
    assert record["responseElements"] == {
        "x-amz-request-id": metadata["RequestId"], "x-amz-id-2": metadata["HostId"],
    }  # fmt: skip
    assert record["s3"]["configurationId"] == "cfg"
    assert record["s3"]["bucket"]["arn"] == "arn:aws:s3:::box"
    told_object = record["s3"]["object"]
    assert (told_object["key"], told_object["size"]) == ("in/a+b.txt", 5)
    assert f'"{told_object["eTag"]}"' == put["ETag"]
    assert "versionId" not in told_object


def test_every_way_to_write_and_remove(client: Client) -> None:
    """Copies, multipart uploads, deletes one by one and in batches, markers: each is its own event, once."""
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="box")
    url, arn = queue(sqs, "q")
    told(s3, arn, "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*")
    s3.put_object(Bucket="box", Key="a", Body=b"a")
    s3.copy_object(Bucket="box", Key="b", CopySource="box/a")
    upload = s3.create_multipart_upload(Bucket="box", Key="c")["UploadId"]
    part = s3.upload_part(Bucket="box", Key="c", UploadId=upload, PartNumber=1, Body=b"c")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket="box", Key="c", UploadId=upload, MultipartUpload=parts)
    s3.put_object_tagging(Bucket="box", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket="box", Key="a")
    s3.delete_object(Bucket="box", Key="a")
    s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "b"}, {"Key": "c"}]})
    s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="box", Key="d", Body=b"d")["VersionId"]
    s3.delete_object(Bucket="box", Key="d")
    s3.delete_object(Bucket="box", Key="d", VersionId=version)
    assert events(sqs, url) == [
        ("ObjectCreated:Put", "a"),
        ("ObjectCreated:Copy", "b"),
        ("ObjectCreated:CompleteMultipartUpload", "c"),
        ("ObjectTagging:Put", "a"),
        ("ObjectTagging:Delete", "a"),
        ("ObjectRemoved:Delete", "a"),
        ("ObjectRemoved:Delete", "b"),
        ("ObjectRemoved:Delete", "c"),
        ("ObjectCreated:Put", "d"),
        ("ObjectRemoved:DeleteMarkerCreated", "d"),
        ("ObjectRemoved:Delete", "d"),
    ]


def test_a_queue_must_be_there_and_let_s3_send(client: Client) -> None:
    """InvalidArgument says which destination, and why: its policy, its absence, its being FIFO."""
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="box")
    sqs.create_queue(QueueName="shut")
    queue(sqs, "q.fifo", FifoQueue="true")
    for name in ("shut", "none", "q.fifo"):
        with pytest.raises(ClientError, match="Unable to validate the following destination") as refused:
            told(s3, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}", "s3:ObjectCreated:*")
        assert refused.value.response["Error"]["Code"] == "InvalidArgument"
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="box")


def test_a_topic_tells_two_queues(client: Client) -> None:
    """An upload, one publication, two messages whose causes lead back to the upload."""
    s3, sns, sqs = client("s3"), client("sns"), client("sqs")
    s3.create_bucket(Bucket="box")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=allowing(topic))
    queues = [queue(sqs, name, "sns.amazonaws.com") for name in ("one", "two")]
    for _, arn in queues:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    wanted = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="box", NotificationConfiguration={"TopicConfigurations": [wanted]}
    )
    s3.put_object(Bucket="box", Key="k", Body=b"hello")
    for url, _ in queues:
        test, message = bodies(sqs, url)
        assert json.loads(test["Message"])["Event"] == "s3:TestEvent"
        assert message["Subject"] == "Amazon S3 Notification"
        assert json.loads(message["Message"])["Records"][0]["s3"]["object"]["key"] == "k"


def function(iam: Any, functions: Any, name: str) -> str:
    """A function that S3 may invoke: its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context):\n    return event\n")
    made = functions.create_function(
        FunctionName=name, Runtime="python3.12", Handler="main.handler", Role=role["Role"]["Arn"],
        Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    arn: str = made["FunctionArn"]
    return arn


def test_a_removal_invokes_a_function_once(server: BackgroundServer, endpoint: str, client: Client) -> None:
    """SCN-15: the function must let S3 invoke it; then one removal is one invocation, and a put is none."""
    s3, functions = client("s3"), client("lambda")
    s3.create_bucket(Bucket="box")
    arn = function(client("iam"), functions, "f")
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectRemoved:*"]}
    configuration = {"LambdaFunctionConfigurations": [wanted]}
    with pytest.raises(ClientError, match="Unable to validate the following destination"):
        s3.put_bucket_notification_configuration(Bucket="box", NotificationConfiguration=configuration)
    functions.add_permission(
        FunctionName="f", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::box", SourceAccount=ACCOUNT,
    )  # fmt: skip
    s3.put_bucket_notification_configuration(Bucket="box", NotificationConfiguration=configuration)
    s3.put_object(Bucket="box", Key="k", Body=b"hello")
    s3.delete_object(Bucket="box", Key="k")
    assert server.run(settled(server)).count("Invoke") == 1


ECHO = '''
"""Puts an object for each message that arrives."""

from backtrail import Command, Event, Params, Service, State, field, hookimpl


class Echo(State):
    """Nothing."""


class SendMessage(Params):
    queue_url: str = field(name="queueUrl")


class PutObject(Params):
    bucket: str = field(name="bucketName")
    key: str = field(name="key")


echo = Service("echo", Echo)


@echo.react_to("sqs")
def put_again(state: Echo, event: Event[SendMessage, None]):
    if event.identity.type == "AWSService":
        yield Command("s3", PutObject(bucket="box", key="again"), as_="s3.amazonaws.com")


@hookimpl
def register_services():
    return [echo]
'''


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Serves a log of its own; gives clients of it, and stops when the test is over."""
    running: list[BackgroundServer] = []

    def serve(**options: Any) -> BackgroundServer:
        running.append(BackgroundServer(Options(port=0, log=tmp_path / "x.db", **options)).start())
        return running[-1]

    yield serve
    for server in running:
        stop(server)


def stop(server: BackgroundServer) -> None:
    """Stop a server that may have been stopped."""
    with contextlib.suppress(RuntimeError):
        server.stop()


def session(server: BackgroundServer, service: str) -> Any:
    """A boto3 client of a server."""
    made = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    return made.client(service, endpoint_url=server.endpoint)


async def settled(server: BackgroundServer) -> list[str]:
    """The events of the log, once nothing follows any more. It folds to the live state."""
    before = -1
    names: list[str] = []
    while len(names) != before:
        before, names = len(names), []
        await asyncio.sleep(0.1)
        async for entries in server.engine.store.replay():
            names += [json.loads(entry.record)["eventName"] for entry in entries]
    live, replayed = await server.digests()
    assert live == replayed
    return names


def test_a_circle_is_stopped(kept: Callable[..., Any], tmp_path: Path) -> None:
    """An object whose message puts an object: the chain ends at the bound of sixteen, and all of it is in the log."""
    plugin = tmp_path / "echo_plugin.py"
    plugin.write_text(ECHO)
    server = kept(plugins=[str(plugin)], iam=Iam.OFF)  # no policy lets S3 put anything
    s3, sqs = session(server, "s3"), session(server, "sqs")
    s3.create_bucket(Bucket="box")
    _, arn = queue(sqs, "q")
    told(s3, arn, "s3:ObjectCreated:*")
    before = server.run(settled(server))
    s3.put_object(Bucket="box", Key="k", Body=b"hello")
    names = server.run(settled(server))[len(before) :]
    assert (names.count("SendMessage"), names.count("PutObject")) == (16, 17)


def rules(s3: Any, **expiration: Any) -> None:
    """IA after thirty days, Glacier after sixty, gone in the end: of what lies in archive/."""
    rule = {
        "ID": "expire-archive",
        "Status": "Enabled",
        "Filter": {"Prefix": "archive/"},
        "Transitions": [
            {"Days": 30, "StorageClass": "STANDARD_IA"},
            {"Days": 60, "StorageClass": "GLACIER"},
        ],
        "Expiration": expiration,
    }
    s3.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration={"Rules": [rule]})


def class_of(s3: Any, key: str) -> str:
    """A key's storage class, as listings tell it."""
    found = {one["Key"]: one["StorageClass"] for one in s3.list_objects_v2(Bucket="box").get("Contents", [])}
    return str(found.get(key, "gone"))


def test_rules_act_as_days_go_by(kept: Callable[..., Any], tmp_path: Path) -> None:
    """SCN-06: class by day, other keys untouched, small ones stay; who deleted it, and why, names the rule."""
    server = kept()
    s3 = session(server, "s3")
    s3.create_bucket(Bucket="box")
    rules(s3, Days=365)
    s3.put_object(Bucket="box", Key="archive/large", Body=LARGE)
    s3.put_object(Bucket="box", Key="archive/small", Body=b"x")
    s3.put_object(Bucket="box", Key="other", Body=LARGE)
    seen: list[list[str]] = []
    for days in (29, 2, 30, 303):
        advance(server.endpoint, days)
        seen.append([class_of(s3, key) for key in ("archive/large", "archive/small", "other")])
    assert seen == [
        ["STANDARD", "STANDARD", "STANDARD"],
        ["STANDARD_IA", "STANDARD", "STANDARD"],
        ["GLACIER", "STANDARD", "STANDARD"],
        ["GLACIER", "STANDARD", "STANDARD"],
    ]
    advance(server.endpoint, 3)
    assert [class_of(s3, key) for key in ("archive/large", "other")] == ["gone", "STANDARD"]
    server.run(settled(server))
    answer = CliRunner().invoke(
        cli, ["who", "deleted", "box/archive/large", "--log", str(tmp_path / "x.db")], catch_exceptions=False
    )
    assert answer.exit_code == 0, answer.output
    assert "s3.amazonaws.com" in answer.stdout and "ExpireObject" in answer.stdout
    assert "by rule expire-archive set by arn:aws:iam::123456789012:root in event " in answer.stdout
    because = CliRunner().invoke(
        cli, ["why", "box/archive/large", "--log", str(tmp_path / "x.db")], catch_exceptions=False
    )
    assert "ExpireObject" in because.stdout.splitlines()[0]
    assert "[by rule expire-archive]" in because.stdout and "PutBucketLifecycle" in because.stdout


def test_what_rules_do_is_told(endpoint: str, client: Client) -> None:
    """Transitions and expirations reach the queue, a day's all at once."""
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="box")
    url, arn = queue(sqs, "q", MessageRetentionPeriod="1209600")
    told(s3, arn, "s3:LifecycleTransition", "s3:LifecycleExpiration:*")
    rules(s3, Days=61)
    s3.put_object(Bucket="box", Key="archive/k", Body=LARGE)
    for key in ("archive/1", "archive/2"):
        s3.put_object(Bucket="box", Key=key, Body=b"x")
    found: list[tuple[str, str]] = []
    for days in (32, 30, 1):
        advance(endpoint, days)
        s3.list_buckets()
        found += events(sqs, url)
    assert found == [
        ("LifecycleTransition", "archive/k"),
        ("LifecycleTransition", "archive/k"),
        ("LifecycleExpiration:Delete", "archive/1"),
        ("LifecycleExpiration:Delete", "archive/2"),
        ("LifecycleExpiration:Delete", "archive/k"),
    ]


def test_a_log_that_is_opened_again_goes_on(kept: Callable[..., Any], tmp_path: Path) -> None:
    """What is due stands in the state: a server that was stopped in between expires it all the same."""
    server = kept()
    s3 = session(server, "s3")
    s3.create_bucket(Bucket="box")
    s3.put_object(Bucket="box", Key="archive/k", Body=LARGE)
    rules(s3, Days=100)
    advance(server.endpoint, 40)
    server.stop()
    again = kept()
    s3 = session(again, "s3")
    assert class_of(s3, "archive/k") == "STANDARD_IA"
    advance(again.endpoint, 70)
    assert class_of(s3, "archive/k") == "gone"
    assert isinstance(again.engine.machine, Machine)
    assert again.run(settled(again)).count("ExpireObject") == 1


def test_restored_objects_are_announced(endpoint: str, client: Client) -> None:
    """RestoreObject is accepted (202), prolonging is done (200); the copy's coming and going are events."""
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="box")
    url, arn = queue(sqs, "q")
    told(s3, arn, "s3:ObjectRestore:*")
    s3.put_object(Bucket="box", Key="k", Body=b"hello", StorageClass="GLACIER")
    begun = s3.restore_object(Bucket="box", Key="k", RestoreRequest={"Days": 1})
    assert begun["ResponseMetadata"]["HTTPStatusCode"] == 202
    advance(endpoint, 0.5)
    prolonged = s3.restore_object(Bucket="box", Key="k", RestoreRequest={"Days": 2})
    assert prolonged["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_object(Bucket="box", Key="k")["Body"].read() == b"hello"
    first = events(sqs, url)
    advance(endpoint, 4)
    s3.list_buckets()
    assert first + events(sqs, url) == [
        ("ObjectRestore:Post", "k"), ("ObjectRestore:Completed", "k"), ("ObjectRestore:Delete", "k"),
    ]  # fmt: skip


def test_a_policy_is_put_without_content(client: Client) -> None:
    """PutBucketPolicy answers 204."""
    s3 = client("s3")
    s3.create_bucket(Bucket="box")
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::box/*",
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    answer = s3.put_bucket_policy(Bucket="box", Policy=policy)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
