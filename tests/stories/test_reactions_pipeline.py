"""SCN-12, an image pipeline: an uploader, a queue, a worker that converts; it drains whatever fails on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from backtrail_cli.server.background import BackgroundServer

from .lambda_functions import Functions, soon
from .records import records
from .test_reactions import advance, queue, told

Client = Callable[..., Any]
WORKER = """
import boto3, json
s3 = boto3.client("s3")
def handler(event, context):
    for message in event["Records"]:
        for record in json.loads(message["body"]).get("Records", []):
            key = record["s3"]["object"]["key"]
            body = s3.get_object(Bucket="box", Key=key)["Body"].read()
            if body == b"broken":
                raise ValueError(key)
            s3.put_object(Bucket="box", Key="done/" + key.split("/")[-1], Body=body[::-1])
"""


def done(s3: Any) -> list[str]:
    """What was converted."""
    return [one["Key"] for one in s3.list_objects_v2(Bucket="box", Prefix="done/").get("Contents", [])]


def test_a_pipeline_drains(client: Client, endpoint: str, server: BackgroundServer) -> None:
    """Images wait in the queue while no worker is there; a broken one comes back until it is a dead letter, the others
    are converted once; the queue is empty in the end."""
    s3, sqs = client("s3"), client("sqs")
    functions = Functions(client)
    s3.create_bucket(Bucket="box")
    dead, dead_arn = queue(sqs, "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "2"})
    url, arn = queue(sqs, "images", VisibilityTimeout="60", RedrivePolicy=redrive)
    told(s3, arn, "s3:ObjectCreated:*", prefix="in/")
    for number in range(4):
        s3.put_object(Bucket="box", Key=f"in/{number}", Body=b"broken" if number == 2 else b"image")
    assert done(s3) == []
    functions.make("worker", WORKER, Timeout=30, MemorySize=256)
    functions.lam.create_event_source_mapping(FunctionName="worker", EventSourceArn=arn, BatchSize=1)
    with soon(40) as waiting:
        while len(done(s3)) < 3 and waiting():
            pass
    assert done(s3) == ["done/0", "done/1", "done/3"]
    with soon(40) as waiting:
        while not (letters := sqs.receive_message(QueueUrl=dead).get("Messages", [])) and waiting():
            advance(endpoint, 61 / 86_400)
    (letter,) = letters
    assert json.loads(letter["Body"])["Records"][0]["s3"]["object"]["key"] == "in/2"
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert set(left.values()) == {"0"}
    puts = [one["requestParameters"]["key"] for one in records(server) if one["eventName"] == "PutObject"]
    assert sorted(key for key in puts if key.startswith("done/")) == ["done/0", "done/1", "done/3"]
