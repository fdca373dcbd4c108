"""Event history over a real socket: `LookupEvents` reads the log, faithfully."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_eventstore import SqliteStore

from .subject import Subject
from .trails import HOUR_S, Client, advance, session


def test_event_history_pages_newest_first(endpoint: str, client: Client, server: BackgroundServer) -> None:
    """Fifty a page at most, each event with its record byte for byte; a token is bound to what was asked."""
    sqs, cloudtrail = client("sqs"), client("cloudtrail")
    for number in range(7):
        sqs.create_queue(QueueName=f"queue-{number}")
        sqs.list_queues()
    asked: dict[str, Any] = {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateQueue"}],
        "MaxResults": 3,
    }
    pages = list(cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=asked["LookupAttributes"], PaginationConfig={"PageSize": 3}
    ))  # fmt: skip

    events = [event for page in pages for event in page["Events"]]
    assert [len(page["Events"]) for page in pages] == [3, 3, 1]
    named = [json.loads(event["CloudTrailEvent"])["requestParameters"]["queueName"] for event in events]
    assert named == [f"queue-{number}" for number in reversed(range(7))]
    stored = server.run(server.engine.store.get(events[0]["EventId"]))
    assert stored is not None and stored.record.decode() == events[0]["CloudTrailEvent"]
    assert server.run(intents(server)) == 0  # reading leaves nothing to be taken up again
    token = cloudtrail.lookup_events(**asked)["NextToken"]
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        cloudtrail.lookup_events(NextToken=token, MaxResults=3)


async def intents(server: BackgroundServer) -> int:
    """How many effects were ever intended."""
    store = server.engine.store
    assert isinstance(store, SqliteStore)

    def count(connection: sqlite3.Connection) -> int:
        return int(connection.execute("select count(*) from outbox where key like 'effect/%'").fetchone()[0])

    return await store.read_with(count)


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("EventSource", "iam.amazonaws.com", {"CreateUser", "ListUsers"}),
        ("ReadOnly", "true", {"ListUsers", "ListQueues"}),
        ("Username", "ann", {"ListQueues"}),
        ("ResourceName", "ann", {"CreateUser"}),
        ("ResourceType", "AWS::IAM::User", {"CreateUser"}),
    ],
)
def test_event_history_is_looked_up_by_one_attribute(
    endpoint: str, client: Client, key: str, value: str, wanted: set[str]
) -> None:
    """Each attribute finds what it names."""
    iam = client("iam")
    iam.create_user(UserName="ann")
    iam.list_users()
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    given = iam.create_access_key(UserName="ann")["AccessKey"]
    client("sqs", key=given["AccessKeyId"], secret=given["SecretAccessKey"]).list_queues()

    found = client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )["Events"]

    assert wanted <= {event["EventName"] for event in found}
    assert {"ReadOnly": "true", "EventSource": "iam.amazonaws.com"}.get(key, value) == value
    if key == "EventSource":
        assert {event["EventSource"] for event in found} == {value}
    if key == "Username":
        assert {event["Username"] for event in found} == {value}
        assert {event["AccessKeyId"] for event in found} == {given["AccessKeyId"]}


def test_event_history_ends_after_ninety_days(endpoint: str, client: Client) -> None:
    """What is older is gone from event history, and asking for it finds nothing."""
    cloudtrail = client("cloudtrail")
    client("sqs").create_queue(QueueName="old")
    began = datetime.now(UTC) - timedelta(hours=1)
    assert len(cloudtrail.lookup_events(StartTime=began)["Events"]) == 1
    advance(endpoint, 91 * 24 * HOUR_S)

    found = cloudtrail.lookup_events(StartTime=began)["Events"]

    assert [event["EventName"] for event in found if event["EventName"] == "CreateQueue"] == []
    with pytest.raises(ClientError, match="InvalidTimeRangeException"):
        cloudtrail.lookup_events(StartTime=began, EndTime=began - timedelta(days=1))
    with pytest.raises(ClientError, match="InvalidLookupAttributesException"):
        cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2)


def test_event_history_can_be_looked_up_as_of_then(tmp_path: Path) -> None:
    """A server of a past moment answers from the log up to then."""
    log = tmp_path / "account.db"
    with Subject(log) as now:
        sqs = session(now.endpoint, "sqs")
        sqs.create_queue(QueueName="before")
        then = datetime.now(UTC)
        advance(now.endpoint, HOUR_S)
        sqs.create_queue(QueueName="after")
        sqs.close()
    with Subject(log, at=(then + timedelta(minutes=5)).isoformat()) as past:
        cloudtrail = session(past.endpoint, "cloudtrail")
        found = cloudtrail.lookup_events()["Events"]
        cloudtrail.close()

    named = [json.loads(one["CloudTrailEvent"])["requestParameters"]["queueName"] for one in found]
    assert named == ["before"]
