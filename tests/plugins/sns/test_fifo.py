"""FIFO topics: groups, deduplication, sequence numbers, archives and replays."""

from __future__ import annotations

import hashlib
import json

import pytest
from tests.plugins.sns.topic_scenario import Sns, arn, queue_arn, refuse, text

from backtrail_aws.sns import api

ARCHIVE = '{"MessageRetentionPeriod":"30"}'


def fifo(**attributes: str) -> Sns:
    """A FIFO topic with a FIFO queue."""
    sns = Sns().topic("t.fifo", **attributes).queue("q.fifo", ContentBasedDeduplication="false")
    sns.subscribe_queue("t.fifo", "q.fifo")
    return sns


def test_order_groups_and_ids_arrive() -> None:
    """A queue gets the group, the id and rising sequence numbers; the envelope has the number, too."""
    sns = fifo()
    sent = [
        sns.publish("t.fifo", str(number), message_group_id="g", message_deduplication_id=f"d{number}")
        for number in range(3)
    ]
    numbers = [str(one.sequence_number) for one in sent]
    assert numbers == sorted(numbers) and len(set(numbers)) == 3 and len(numbers[0]) == 20
    first = sns.received("q.fifo")
    assert [json.loads(str(one.body))["Message"] for one in first] == ["0", "1", "2"]
    attributes = first[0].attributes
    assert isinstance(attributes, dict)
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "d0")
    assert json.loads(str(first[0].body))["SequenceNumber"] == numbers[0]
    sns.replays()


def test_a_duplicate_is_accepted_and_not_delivered() -> None:
    """The same id within five minutes: the first message's id and number again, and no delivery; later a new one."""
    sns = fifo()
    first = sns.publish("t.fifo", "a", message_group_id="g", message_deduplication_id="d")
    again = sns.publish("t.fifo", "b", message_group_id="h", message_deduplication_id="d")
    assert again == first
    assert len(sns.received("q.fifo")) == 1
    sns.later(minutes=5)
    later = sns.publish("t.fifo", "c", message_group_id="g", message_deduplication_id="d")
    assert later.message_id != first.message_id
    assert str(later.sequence_number) > str(first.sequence_number)
    sns.replays()


def test_content_may_tell_duplicates() -> None:
    """ContentBasedDeduplication: the SHA-256 of the body, not of the attributes."""
    sns = fifo(ContentBasedDeduplication="true")
    first = sns.publish("t.fifo", "a", message_group_id="g")
    again = sns.publish("t.fifo", "a", message_group_id="g", message_attributes={"k": text("v")})
    other = sns.publish("t.fifo", "b", message_group_id="g")
    assert again == first != other
    token = hashlib.sha256(b"a").hexdigest()
    explicit = sns.publish("t.fifo", "c", message_group_id="g", message_deduplication_id=token)
    assert explicit == first
    messages = sns.received("q.fifo")
    assert [json.loads(str(one.body))["Message"] for one in messages] == ["a", "b"]
    sns.replays()


def test_the_scope_may_be_the_group() -> None:
    """FifoThroughputScope MessageGroup: the same id in two groups is two messages."""
    sns = fifo(FifoThroughputScope="MessageGroup")
    one = sns.publish("t.fifo", "a", message_group_id="g", message_deduplication_id="d")
    two = sns.publish("t.fifo", "a", message_group_id="h", message_deduplication_id="d")
    assert one.message_id != two.message_id
    sns.replays()


@pytest.mark.parametrize(
    ("group", "token", "words"),
    [
        (None, "d", "The MessageGroupId parameter is required for FIFO topics"),
        ("g", None, "ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"),
        ("g" * 129, "d", "MessageGroupId"),
        ("g", "d d", "MessageDeduplicationId"),
    ],
)
def test_fifo_messages_keep_their_rules(group: str | None, token: str | None, words: str) -> None:
    """A group always; an id, unless the content tells."""
    members = {"message_group_id": group, "message_deduplication_id": token}
    given = {name: value for name, value in members.items() if value is not None}
    call = api.Publish(topic_arn=arn("t.fifo"), message="m", **given)  # type: ignore[arg-type]
    refuse(fifo(), call, "InvalidParameter", words)


def test_a_batch_deduplicates_within_itself() -> None:
    """Two entries of one id: both are accepted as one message, which arrives once."""
    sns = fifo()
    entries = [
        api.PublishBatchRequestEntry(id=one, message="m", message_group_id="g", message_deduplication_id="d")
        for one in "ab"
    ]
    sns.given(api.PublishBatch(topic_arn=arn("t.fifo"), publish_batch_request_entries=entries))
    one, two = sns.answer.successful
    assert (one.message_id, one.sequence_number) == (two.message_id, two.sequence_number)
    assert len(sns.received("q.fifo")) == 1
    sns.replays()


def test_a_standard_queue_may_subscribe() -> None:
    """It gets the messages, without an id of deduplication."""
    sns = Sns().topic("t.fifo").queue("plain")
    sns.subscribe_queue("t.fifo", "plain")
    sns.publish("t.fifo", "m", message_group_id="g", message_deduplication_id="d")
    assert sns.notes("plain") == ["m"]


def test_a_group_of_a_standard_topic_reaches_standard_queues() -> None:
    """Fair queues: MessageGroupId is forwarded."""
    sns = Sns().topic("t").queue("q")
    sns.subscribe_queue("t", "q")
    sns.publish("t", "m", message_group_id="tenant")
    (message,) = sns.received("q")
    assert isinstance(message.attributes, dict)
    assert message.attributes["MessageGroupId"] == "tenant"


def test_an_archive_is_replayed() -> None:
    """A topic with an ArchivePolicy keeps its messages; a new subscription gets them from its starting point on."""
    sns = fifo(ArchivePolicy=ARCHIVE)
    for number in range(3):
        sns.publish("t.fifo", str(number), message_group_id="g", message_deduplication_id=f"d{number}")
        sns.later(hours=1)
    assert sns.attributes("t.fifo")["BeginningArchiveTime"].startswith("2024-01-01T00:00:")
    sns.queue("late.fifo")
    policy = '{"PointType":"Timestamp","StartingPoint":"2024-01-01T00:30:00.000Z"}'
    one = sns.subscribe_queue("t.fifo", "late.fifo", ReplayPolicy=policy)
    assert sns.notes("late.fifo") == ["1", "2"]
    assert sns.subscription_attributes(one)["ReplayStatus"] == "Completed"
    sns.publish("t.fifo", "new", message_group_id="new", message_deduplication_id="new")
    assert sns.notes("late.fifo") == ["new"]
    sns.replays()


def test_a_replay_may_end() -> None:
    """With an EndingPoint, nothing after it is delivered, until the policy is taken back."""
    sns = fifo(ArchivePolicy=ARCHIVE)
    sns.publish("t.fifo", "old", message_group_id="g", message_deduplication_id="1")
    sns.later(hours=1).publish("t.fifo", "newer", message_group_id="g", message_deduplication_id="2")  # type: ignore[attr-defined]
    sns.queue("late.fifo")
    one = sns.subscribe_queue("t.fifo", "late.fifo", FilterPolicyScope="MessageAttributes")
    policy = '{"PointType":"Timestamp","StartingPoint":"2024-01-01T00:00:00Z","EndingPoint":"2024-01-01T00:30:00Z"}'
    sns.set(one, "ReplayPolicy", policy)
    sns.publish("t.fifo", "unheard", message_group_id="g2", message_deduplication_id="3")
    assert sns.notes("late.fifo") == ["old"]
    sns.set(one, "ReplayPolicy", "{}")
    sns.publish("t.fifo", "heard", message_group_id="g3", message_deduplication_id="4")
    assert sns.notes("late.fifo") == ["heard"]
    sns.replays()


def test_archives_keep_their_rules() -> None:
    """Days between 1 and 365, FIFO only; no replay without an archive; no deletion with one; old messages go."""
    sns = fifo(ArchivePolicy='{"MessageRetentionPeriod":"1"}')
    refuse(sns, api.DeleteTopic(topic_arn=arn("t.fifo")), "InvalidState")
    for bad in ('{"MessageRetentionPeriod":"0"}', '{"MessageRetentionPeriod":"366"}', '{"x":1}', "x"):
        call = api.SetTopicAttributes(
            topic_arn=arn("t.fifo"), attribute_name="ArchivePolicy", attribute_value=bad
        )
        refuse(sns, call, "InvalidParameter")
    refuse(sns, api.CreateTopic(name="s", attributes={"ArchivePolicy": ARCHIVE}), "InvalidParameter")
    sns.publish("t.fifo", "old", message_group_id="g", message_deduplication_id="1")
    sns.later(days=2).publish("t.fifo", "new", message_group_id="g", message_deduplication_id="2")  # type: ignore[attr-defined]
    assert [one.message for one in sns.held("t.fifo").archive.values()] == ["new"]
    sns.given(
        api.SetTopicAttributes(topic_arn=arn("t.fifo"), attribute_name="ArchivePolicy", attribute_value="{}")
    )
    assert len(sns.held("t.fifo").archive) == 0
    replay = '{"PointType":"Timestamp","StartingPoint":"2024-01-01T00:00:00Z"}'
    call2 = api.Subscribe(
        topic_arn=arn("t.fifo"),
        protocol="sqs",
        endpoint=queue_arn("x.fifo"),
        attributes={"ReplayPolicy": replay},
    )
    refuse(sns, call2, "InvalidParameter", "ReplayPolicy")
    sns.given(api.DeleteTopic(topic_arn=arn("t.fifo"))).replays()


def test_the_table_of_used_ids_does_not_grow() -> None:
    """What is older than the interval is forgotten."""
    sns = fifo()
    for number in range(20):
        sns.later(minutes=2)
        sns.publish("t.fifo", "m", message_group_id="g", message_deduplication_id=f"d{number}")
    assert len(sns.held("t.fifo").used) <= 4
    sns.replays()
