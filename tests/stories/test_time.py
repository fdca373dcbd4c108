"""Time on command, over a real socket: what expires, what is tried again, and that no replay asks what day it is."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backtrail.clock import Clock
from backtrail_cli.server.background import BackgroundServer

from .lambda_functions import ALLOW, Functions, received, soon
from .records import records
from .test_laws import folded
from .test_reactions import advance

Client = Callable[..., Any]
SECOND = 1 / 86_400
MINUTE = 60 * SECOND


class Stubborn:
    """An HTTP endpoint that answers 500 so many times, and is well after that."""

    def __init__(self) -> None:
        stubborn = self
        self.failures = 0
        self.seen: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                failing = body["Type"] == "Notification" and stubborn.failures > 0
                stubborn.failures -= failing
                stubborn.seen.append(body)
                self.send_response(500 if failing else 200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """No line per call."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def stubborn() -> Iterator[Stubborn]:
    """An endpoint that is not always well."""
    made = Stubborn()
    yield made
    made.close()


def until(server: BackgroundServer, name: str, count: int) -> None:
    """Until so many events of a name are in the log; no more may be."""
    with soon() as waiting:
        while (found := [one["eventName"] for one in records(server)].count(name)) < count and waiting():
            pass
    assert found == count


def test_sessions_expire(client: Client, endpoint: str) -> None:
    """A role's session works until its time is over; its key is then expired, and stays so."""
    iam = client("iam")
    iam.create_user(UserName="ada")
    iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=ALLOW)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    sts = client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]
    iam.put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=ALLOW)
    given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session", DurationSeconds=900)[
        "Credentials"
    ]
    as_role = client(
        "s3", key=given["AccessKeyId"], secret=given["SecretAccessKey"], token=given["SessionToken"]
    )
    advance(endpoint, 14 * MINUTE)
    as_role.list_buckets()
    advance(endpoint, 2 * MINUTE)
    with pytest.raises(ClientError) as refused:
        as_role.list_buckets()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"


def test_messages_come_back_and_are_forgotten(client: Client, endpoint: str) -> None:
    """Hidden for its visibility timeout, seen again after it; gone when the queue's retention is over."""
    sqs = client("sqs")
    attributes = {"VisibilityTimeout": "600", "MessageRetentionPeriod": "3600"}
    url = sqs.create_queue(QueueName="q", Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert len(sqs.receive_message(QueueUrl=url).get("Messages", [])) == 1
    advance(endpoint, 9 * MINUTE)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    advance(endpoint, 2 * MINUTE)
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    advance(endpoint, 60 * MINUTE)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_an_event_is_tried_twice_more(client: Client, endpoint: str, server: BackgroundServer) -> None:
    """A function that fails runs again after one minute and two more; then the event is a dead letter."""
    functions = Functions(client)
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.make("f", "def handler(e, c): raise ValueError('no')", DeadLetterConfig={"TargetArn": arn})
    functions.run("f", {"a": 1}, InvocationType="Event")
    for runs, minutes in ((1, 1.2), (2, 2.2), (3, 60.0)):
        until(server, "RunEvent", runs)
        advance(endpoint, minutes * MINUTE)
    assert [one["eventName"] for one in records(server)].count("RunEvent") == 3
    (letter,) = received(sqs, url)
    assert json.loads(letter["Body"]) == {"a": 1}


def test_a_delivery_is_tried_again(
    client: Client, endpoint: str, server: BackgroundServer, stubborn: Stubborn
) -> None:
    """An endpoint that is not well gets its notification when it is, after as long as the delivery policy says."""
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=stubborn.url)
    until(server, "DeliverHttp", 1)
    sns.confirm_subscription(TopicArn=topic, Token=stubborn.seen[0]["Token"])
    stubborn.failures = 2
    sns.publish(TopicArn=topic, Message="hello")
    for attempts in (2, 3):
        until(server, "DeliverHttp", attempts)
        advance(endpoint, 25 * SECOND)
    until(server, "DeliverHttp", 4)
    assert [one["Message"] for one in stubborn.seen[1:]] == ["hello"] * 3
    advance(endpoint, 1.0)
    assert len(stubborn.seen) == 4


def test_a_confirmation_comes_too_late(client: Client, endpoint: str) -> None:
    """A token confirms for three days at most; the subscription is gone with it."""
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    advance(endpoint, 4.0)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_replays_on_different_days_are_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same log, folded today and in a year: one digest, and not one record more."""
    from backtrail_cli.server.running import Options

    server = BackgroundServer(Options(port=0, log=tmp_path / "a.db")).start()
    try:
        import boto3

        session = boto3.Session("test", "test", region_name="us-east-1")
        sqs = session.client("sqs", endpoint_url=server.endpoint)
        url = sqs.create_queue(QueueName="q", Attributes={"MessageRetentionPeriod": "3600"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")
        advance(server.endpoint, 30.0)
        sqs.receive_message(QueueUrl=url)
    finally:
        server.stop()
    today, _ = asyncio.run(folded(tmp_path / "a.db"))
    monkeypatch.setattr(Clock, "wall", staticmethod(lambda: datetime.now(UTC) + timedelta(days=365)))
    later, _ = asyncio.run(folded(tmp_path / "a.db"))
    assert later == today
