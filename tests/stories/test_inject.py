"""Faults that are injected: records of whoever runs the log, with all that follows from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner

from backtrail_cli.group import cli

Client = Callable[..., Any]
RULES = {"QueueConfigurations": [{"Events": ["s3:ReducedRedundancyLostObject"]}]}


def test_an_object_of_reduced_redundancy_is_lost(endpoint: str, client: Client) -> None:
    """S3-28, S3-47: it can be read no more, who wants to know is told, and it can be put again."""
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="photos")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:q"
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    rules = {"QueueConfigurations": [{**RULES["QueueConfigurations"][0], "QueueArn": arn}]}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=rules)
    sqs.purge_queue(QueueUrl=queue)
    s3.put_object(Bucket="photos", Key="a b", Body=b"x", StorageClass="REDUCED_REDUNDANCY")

    told = run(endpoint, "s3", "LoseObject", "bucketName=photos", "key=a b")

    assert told.exit_code == 0 and "event" in told.output
    for call in (s3.get_object, s3.head_object):
        try:
            call(Bucket="photos", Key="a b")
        except s3.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 405
        else:
            raise AssertionError("it was read")
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    (record,) = json.loads(message["Body"])["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ReducedRedundancyLostObject", "a+b")
    s3.put_object(Bucket="photos", Key="a b", Body=b"y")
    assert s3.get_object(Bucket="photos", Key="a b")["Body"].read() == b"y"


def test_a_fault_that_is_not_there_is_named(endpoint: str) -> None:
    """One line, which says where those that there are stand."""
    told = run(endpoint, "s3", "BurnDown", "bucketName=photos")
    assert told.exit_code == 2
    assert "there is no s3:BurnDown; `backtrail inject` lists what there is" in told.output


def test_what_cannot_happen_is_said(endpoint: str, client: Client) -> None:
    """Standard objects are not lost; nor is what is not there; unknown faults and wrong words are errors."""
    s3 = client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"x")
    for words in (
        ("s3", "LoseObject", "bucketName=photos", "key=k"),
        ("s3", "LoseObject", "bucketName=photos", "key=none"),
        ("s3", "LoseObject", "bucketName=nothing", "key=k"),
        ("s3", "LoseObject", "key=k"),
        ("s3", "LoseObject", "key"),
        ("s3", "DeleteObject", "bucketName=photos", "key=k"),
    ):
        assert run(endpoint, *words).exit_code == 2
    listed = json.loads(run(endpoint, "--json").output)["injections"]
    assert {"service": "s3", "action": "LoseObject", "params": ["bucketName", "key", "versionId"]} in listed


def run(endpoint: str, *words: str) -> Any:
    """The command."""
    return CliRunner().invoke(cli, ["inject", *words, "--endpoint", endpoint])
