"""DIAG-22, 23 and 34: messages that come twice, topics that nobody hears of, and keys that do nothing any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from .lambda_functions import Functions
from .network_lab import Lab
from .test_ec2_diagnose import blamed


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A server on a log of its own."""
    made = Lab(tmp_path / "account.db")
    yield made
    made.stop()


def client(lab: Lab, service: str) -> Any:
    """A client of a service."""
    return boto3.client(
        service, endpoint_url=lab.server.endpoint, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


def test_a_message_comes_twice(lab: Lab) -> None:
    """DIAG-22: it was not deleted while it was hidden; who set the queue's timeout is named."""
    sqs = client(lab, "sqs")
    url = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="job")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert lab.diagnose("work") == {}
    lab.later("10s")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    for name in ("work", url, "arn:aws:sqs:us-east-1:123456789012:work"):
        found = lab.diagnose(name)["DIAG-22"]
        assert "5 seconds" in found["cause"] and "received 2 times" in found["cause"]
        blamed(found, "CreateQueue")


def test_a_function_takes_longer_than_its_messages_are_hidden(lab: Lab) -> None:
    """DIAG-22: a queue's messages are to be hidden six times as long as the function that reads them may take."""
    functions = Functions(lambda service: client(lab, service))
    functions.make("worker", "def handler(event, context):\n    return 1", Timeout=10)
    sqs = client(lab, "sqs")
    url = sqs.create_queue(QueueName="work")["QueueUrl"]
    functions.lam.create_event_source_mapping(
        FunctionName="worker", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:work", Enabled=False
    )
    found = lab.diagnose("work")["DIAG-22"]
    assert "worker" in found["symptom"] and "less than 6 times the 10 seconds" in found["cause"]
    blamed(found, "CreateQueue")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    assert lab.diagnose("work") == {}


def test_nobody_gets_the_mail(lab: Lab) -> None:
    """DIAG-23: nobody is subscribed; somebody is and did not confirm; two days later nobody is again."""
    sns = client(lab, "sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    found = lab.diagnose(topic)["DIAG-23"]
    assert "no subscription" in found["cause"]
    blamed(found, "CreateTopic")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="me@example.com")
    found = lab.diagnose(topic)["DIAG-23"]
    assert "me@example.com" in found["symptom"] and "not confirmed" in found["cause"]
    blamed(found, "Subscribe")
    lab.later("50h")
    sns.list_topics()
    found = lab.diagnose("news")["DIAG-23"]
    assert "none that was confirmed in time" in found["cause"]
    blamed(found, "Subscribe")


def test_a_queue_lets_no_message_in(lab: Lab) -> None:
    """DIAG-23: the queue's policy does not let SNS in, so messages do not get there."""
    sns, sqs = client(lab, "sns"), client(lab, "sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    held = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True)
    assert lab.diagnose(topic) == {}
    sns.publish(TopicArn=topic, Message="hello")
    sns.get_subscription_attributes(SubscriptionArn=held["SubscriptionArn"])
    found = lab.diagnose(held["SubscriptionArn"])["DIAG-23"]
    assert "last delivery failed" in found["cause"]
    blamed(found, "Subscribe")


def test_a_key_does_nothing_any_more(lab: Lab) -> None:
    """DIAG-34: it was disabled, or is to be deleted: who did so is named."""
    kms = client(lab, "kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    assert lab.diagnose(key) == {}
    kms.disable_key(KeyId=key)
    for name in (key, "alias/mine", f"arn:aws:kms:us-east-1:123456789012:key/{key}"):
        found = lab.diagnose(name)["DIAG-34"]
        assert "Disabled" in found["cause"] and found["fix"] == "EnableKey"
        blamed(found, "DisableKey")
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    found = lab.diagnose(key)["DIAG-34"]
    assert "pending deletion" in found["cause"]
    blamed(found, "ScheduleKeyDeletion")
