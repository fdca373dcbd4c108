"""SQS as boto3 sees it, over a real socket: every operation once, and what makes a queue a queue."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]


def arn_of(sqs: Any, url: str) -> str:
    """A queue's ARN."""
    found: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return found


def test_a_message_goes_through_a_queue(client: Client) -> None:
    """Created, sent, received, deleted; counts and digests are right all the way."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="jobs", tags={"team": "red"})["QueueUrl"]
    assert url.endswith("/123456789012/jobs")
    assert url.startswith(sqs.meta.endpoint_url)
    assert sqs.get_queue_url(QueueName="jobs")["QueueUrl"] == url
    attribute = {"DataType": "Binary", "BinaryValue": b"\x00\xff"}
    sent = sqs.send_message(
        QueueUrl=url, MessageBody="hello", MessageAttributes={"k": attribute},
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
    )  # fmt: skip
    assert sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    received = sqs.receive_message(
        QueueUrl=url,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
        MaxNumberOfMessages=10,
    )
    message = received["Messages"][0]
    assert (message["Body"], message["MessageId"]) == ("hello", sent["MessageId"])
    assert message["MessageAttributes"]["k"] == attribute
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["AWSTraceHeader"] == "Root=1"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (shown["ApproximateNumberOfMessages"], shown["ApproximateNumberOfMessagesNotVisible"]) == (
        "0",
        "1",
    )
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    again = sqs.receive_message(QueueUrl=url)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_queues_are_listed_tagged_and_deleted(client: Client) -> None:
    """The life of queues without messages."""
    sqs = client("sqs")
    urls = [sqs.create_queue(QueueName=f"q{number}")["QueueUrl"] for number in range(5)]
    assert sqs.list_queues(QueueNamePrefix="q")["QueueUrls"] == urls
    pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="none")
    sqs.tag_queue(QueueUrl=urls[0], Tags={"a": "1", "b": "2"})
    sqs.untag_queue(QueueUrl=urls[0], TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=urls[0])["Tags"] == {"b": "2"}
    sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"VisibilityTimeout": "7"})
    shown = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["VisibilityTimeout"])
    assert shown["Attributes"] == {"VisibilityTimeout": "7"}
    sqs.add_permission(QueueUrl=urls[0], Label="l", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    policy = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(policy)["Statement"][0]["Sid"] == "l"
    sqs.remove_permission(QueueUrl=urls[0], Label="l")
    sqs.delete_queue(QueueUrl=urls[0])
    with pytest.raises(sqs.exceptions.QueueDeletedRecently):
        sqs.create_queue(QueueName="q0")


def test_errors_have_their_old_codes_and_their_classes(client: Client) -> None:
    """boto3 raises the modelled class, and shows the code of the query protocol."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as refused:
        sqs.send_message(QueueUrl=url + "x", MessageBody="x")
    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(sqs.exceptions.QueueNameExists) as refused:
        sqs.create_queue(QueueName="jobs", Attributes={"DelaySeconds": "1"})
    assert refused.value.response["Error"]["Code"] == "QueueAlreadyExists"
    with pytest.raises(ClientError) as refused:
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")
    sqs.purge_queue(QueueUrl=url)
    with pytest.raises(sqs.exceptions.PurgeQueueInProgress):
        sqs.purge_queue(QueueUrl=url)


def test_batches(client: Client) -> None:
    """Sent, hidden and deleted ten at a time; what fails fails alone."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    entries: list[dict[str, Any]] = [{"Id": str(number), "MessageBody": f"m{number}"} for number in range(9)]
    entries.append({"Id": "bad", "MessageBody": "x", "DelaySeconds": 901})
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert (len(sent["Successful"]), sent["Failed"][0]["Code"]) == (9, "InvalidParameterValue")
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == [f"m{number}" for number in range(9)]
    handles = [{"Id": message["Body"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
    changed = sqs.change_message_visibility_batch(
        QueueUrl=url,
        Entries=[{**handles[0], "VisibilityTimeout": 0}, {**handles[1], "VisibilityTimeout": 99_999}],
    )
    assert (len(changed["Successful"]), len(changed["Failed"])) == (1, 1)
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=handles)
    assert len(deleted["Successful"]) == 9
    with pytest.raises(sqs.exceptions.EmptyBatchRequest):
        sqs.send_message_batch(QueueUrl=url, Entries=[])
    with pytest.raises(sqs.exceptions.TooManyEntriesInBatchRequest):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": "x"} for n in range(11)])


def test_a_fifo_queue_keeps_order_and_takes_nothing_twice(client: Client) -> None:
    """One group, three messages, one of them twice."""
    sqs = client("sqs")
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="jobs.fifo", Attributes=attributes)["QueueUrl"]
    answers = [
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g") for body in ("1", "2", "1", "3")
    ]
    assert answers[0]["MessageId"] == answers[2]["MessageId"]
    assert answers[0]["SequenceNumber"] < answers[1]["SequenceNumber"] < answers[3]["SequenceNumber"]
    seen: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId=str(len(seen))).get(
        "Messages"
    ):
        seen.append(messages[0]["Body"])
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
    assert seen == ["1", "2", "3"]


def test_dead_letters_go_and_come_back(client: Client) -> None:
    """Received too often, moved, and redriven by a message move task."""
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName="jobs", Attributes=attributes)["QueueUrl"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    letter = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"], VisibilityTimeout=0)["Messages"][0]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(sqs, url)
    handle = sqs.start_message_move_task(SourceArn=arn_of(sqs, dead))["TaskHandle"]
    task = sqs.list_message_move_tasks(SourceArn=arn_of(sqs, dead))["Results"][0]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    with pytest.raises(sqs.exceptions.ResourceNotFoundException):
        sqs.cancel_message_move_task(TaskHandle=handle)
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "poison"


def test_a_running_move_is_cancelled(client: Client) -> None:
    """At one message a second, two of three stay."""
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy})
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    for body in "123":
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    handle = sqs.start_message_move_task(
        SourceArn=arn_of(sqs, dead), DestinationArn=arn_of(sqs, other), MaxNumberOfMessagesPerSecond=1
    )["TaskHandle"]
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    assert moved < 3


def test_a_long_poll_returns_when_a_message_comes(client: Client) -> None:
    """It waits for the message, not for the clock; and ends empty when none comes."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    began = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert 0.9 < time.monotonic() - began < 5
    found: list[Any] = []
    waiting = threading.Thread(
        target=lambda: found.extend(
            client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])
        )
    )
    began = time.monotonic()
    waiting.start()
    time.sleep(0.3)
    sqs.send_message(QueueUrl=url, MessageBody="at last", DelaySeconds=1)
    waiting.join(15)
    assert [message["Body"] for message in found] == ["at last"]
    assert 1.2 < time.monotonic() - began < 10


def test_the_query_protocol_still_works(endpoint: str) -> None:
    """Old clients post forms to the endpoint, and to the queue's URL."""
    scope = "Credential=test/20240101/us-east-1/sqs/aws4_request"
    root = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}

    def post(url: str, **form: str) -> str:
        data = urllib.parse.urlencode({"Version": "2012-11-05", **form}).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, root)) as answer:
            text: str = answer.read().decode()
            return text

    made = post(
        endpoint,
        Action="CreateQueue",
        QueueName="old",
        **{"Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "0"},
    )
    url = made.partition("<QueueUrl>")[2].partition("</QueueUrl>")[0]
    assert "<MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592<" in post(
        url, Action="SendMessage", MessageBody="hello"
    )
    assert "<Body>hello</Body>" in post(url, Action="ReceiveMessage", QueueUrl=url)


def test_regions_are_apart(client: Client) -> None:
    """One name in two regions is two queues."""
    here, there = client("sqs"), client("sqs", region="eu-west-1")
    url = here.create_queue(QueueName="jobs")["QueueUrl"]
    there.create_queue(QueueName="jobs")
    here.send_message(QueueUrl=url, MessageBody="here")
    assert "Messages" not in there.receive_message(QueueUrl=url)
    assert here.receive_message(QueueUrl=url)["Messages"]


def test_there_is_no_limit_to_the_number_of_queues(client: Client) -> None:
    """SQS-24: more than a thousand are made; a listing has a thousand, and goes on where pages were asked for."""
    sqs = client("sqs")
    for number in range(1001):
        sqs.create_queue(QueueName=f"q{number}")

    assert len(sqs.list_queues()["QueueUrls"]) == 1000
    pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1000})
    assert sum(len(page["QueueUrls"]) for page in pages) == 1001
