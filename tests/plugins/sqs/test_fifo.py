"""FIFO queues: order within groups, the lock on a group, deduplication, repeated attempts."""

from __future__ import annotations

import pytest
from tests.plugins.sqs.queue_scenario import Sqs, url

from backtrail import UNSET
from backtrail_aws.sqs import api

Q = "f.fifo"


def fifo(**attributes: str) -> Sqs:
    """A scenario with one FIFO queue that goes by content."""
    return Sqs().queue(Q, **{"ContentBasedDeduplication": "true", **attributes})


def fill(sqs: Sqs, *bodies: str) -> None:
    """Messages whose first letter is their group."""
    for body in bodies:
        sqs.send(Q, body, message_group_id=body[0])


def test_a_group_comes_in_order_and_is_locked_meanwhile() -> None:
    """The rest of a group waits until what was taken of it is deleted; other groups do not wait."""
    sqs = fifo()
    fill(sqs, "a1", "a2", "b1", "a3")
    taken = sqs.receive(Q, 2)
    assert [message.body for message in taken] == ["a1", "a2"]
    assert sqs.bodies(Q) == ["b1"]
    sqs.delete(Q, taken[0])
    assert sqs.bodies(Q) == []
    sqs.delete(Q, taken[1])
    assert sqs.bodies(Q) == ["a3"]
    assert sqs.depth(Q) == (0, 2, 0)
    sqs.replays()


def test_a_group_begins_again_with_what_was_not_deleted() -> None:
    """After the timeout the same messages come first, in the same order."""
    sqs = fifo(VisibilityTimeout="10")
    fill(sqs, "a1", "a2", "a3")
    sqs.delete(Q, sqs.receive(Q, 2)[1])
    assert sqs.bodies(Q) == []
    sqs.later(seconds=10)
    assert sqs.bodies(Q) == ["a1", "a3"]
    sqs.replays()


def test_one_receive_takes_from_several_groups() -> None:
    """As many of one group as there are, then of the next."""
    sqs = fifo()
    fill(sqs, "a1", "b1", "a2", "c1")
    assert sqs.bodies(Q) == ["a1", "a2", "b1", "c1"]
    sqs.replays()


def test_made_visible_at_once_frees_the_group() -> None:
    """ChangeMessageVisibility to 0 gives the message back, in its place."""
    sqs = fifo()
    fill(sqs, "a1", "a2")
    first = sqs.receive(Q, 1)[0]
    change = api.ChangeMessageVisibility(
        queue_url=url(Q), receipt_handle=str(first.receipt_handle), visibility_timeout=0
    )
    sqs.given(change)
    assert sqs.bodies(Q, 1) == ["a1"]
    sqs.replays()


def test_a_repeated_message_is_accepted_and_not_delivered() -> None:
    """Within five minutes the answer names the first message; after them it is a new one."""
    sqs = fifo()
    first = sqs.send(Q, "x", message_group_id="g", message_deduplication_id="d")
    assert len(str(first.sequence_number)) == 20
    again = sqs.send(Q, "other body", message_group_id="g", message_deduplication_id="d")
    assert (again.message_id, again.sequence_number) == (first.message_id, first.sequence_number)
    sqs.delete(Q, sqs.receive(Q)[0])
    sqs.send(Q, "x", message_group_id="g", message_deduplication_id="d")
    assert sqs.bodies(Q) == []
    sqs.later(minutes=5)
    later = sqs.send(Q, "x", message_group_id="g", message_deduplication_id="d")
    assert str(later.sequence_number) > str(first.sequence_number)
    assert sqs.bodies(Q) == ["x"]
    assert len(sqs.held(Q).used) == len(sqs.held(Q).recent) == 1
    sqs.replays()


def test_content_decides_where_no_id_is_given() -> None:
    """The SHA-256 of the body is the deduplication id, and shown as such."""
    import hashlib

    sqs = fifo()
    fill(sqs, "a1", "a1")
    messages = sqs.receive(Q, attribute_names=["All"])
    assert len(messages) == 1
    shown = messages[0].attributes
    assert shown is not UNSET
    assert shown["MessageDeduplicationId"] == hashlib.sha256(b"a1").hexdigest()
    assert (shown["MessageGroupId"], shown["SequenceNumber"]) == ("a", "18850000000000000256")


def test_the_scope_of_deduplication_can_be_the_group() -> None:
    """With DeduplicationScope=messageGroup, one id may be used in two groups."""
    sqs = fifo(DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    for group in ("g", "h", "g"):
        sqs.send(Q, "x", message_group_id=group, message_deduplication_id="d")
    assert len(sqs.receive(Q)) == 2
    sqs.replays()


def test_a_batch_is_deduplicated_within_itself() -> None:
    """The second entry of one id is the first one's message."""
    sqs = fifo()
    entries = [
        api.SendMessageBatchRequestEntry(id=str(n), message_body=body, message_group_id="g")
        for n, body in enumerate(("x", "y", "x"))
    ]
    sqs.given(api.SendMessageBatch(queue_url=url(Q), entries=entries))
    ids = [entry.message_id for entry in sqs.answer.successful]
    assert ids[0] == ids[2] != ids[1]
    assert sqs.bodies(Q) == ["x", "y"]
    sqs.replays()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "MissingParameter"),
        ({"message_group_id": "g"}, "InvalidParameterValue"),
        (
            {"message_group_id": "g", "message_deduplication_id": "d", "delay_seconds": 1},
            "InvalidParameterValue",
        ),
        ({"message_group_id": "x" * 129, "message_deduplication_id": "d"}, "InvalidParameterValue"),
    ],
)
def test_a_fifo_message_needs_its_group_and_its_id(more: dict[str, object], code: str) -> None:
    """MessageGroupId always; an id unless the queue goes by content; no delay of its own but 0."""
    sqs = Sqs().queue(Q)
    sqs.when(api.SendMessage(queue_url=url(Q), message_body="x", **more)).refused(code)  # type: ignore[arg-type]
    sqs.send(Q, "x", message_group_id="g", message_deduplication_id="d", delay_seconds=0)
    sqs.replays()


def test_an_expired_handle_is_refused() -> None:
    """A FIFO queue says when a receipt handle has expired, also when the message was received again."""
    sqs = fifo()
    fill(sqs, "a1")
    old = sqs.receive(Q)[0]
    sqs.later(seconds=30)
    delete = api.DeleteMessage(queue_url=url(Q), receipt_handle=str(old.receipt_handle))
    sqs.when(delete).refused("InvalidParameterValue", "The receipt handle has expired.")
    new = sqs.receive(Q)[0]
    sqs.when(delete).refused("InvalidParameterValue", "The receipt handle has expired.")
    sqs.delete(Q, new)
    sqs.replays()


def test_a_queues_delay_holds_all_of_it_and_reaches_back() -> None:
    """A FIFO queue's delay counts from the sending, also for messages that are there when it changes."""
    sqs = fifo(DelaySeconds="100")
    fill(sqs, "a1", "a2", "b1")
    assert sqs.bodies(Q) == []
    assert sqs.depth(Q) == (0, 0, 3)
    sqs.given(api.SetQueueAttributes(queue_url=url(Q), attributes={"DelaySeconds": "0"}))
    assert sqs.depth(Q) == (3, 0, 0)
    assert sqs.bodies(Q) == ["a1", "a2", "b1"]
    sqs.replays()


def test_the_same_attempt_gets_the_same_messages() -> None:
    """A ReceiveRequestAttemptId repeats messages and handles and begins their timeout anew; once touched, no more."""
    sqs = fifo()
    fill(sqs, "a1", "b1")
    first = sqs.receive(Q, receive_request_attempt_id="try")
    sqs.later(seconds=20)
    again = sqs.receive(Q, receive_request_attempt_id="try", attribute_names=["ApproximateReceiveCount"])
    assert [message.receipt_handle for message in again] == [message.receipt_handle for message in first]
    assert again[0].attributes == {"ApproximateReceiveCount": "1"}
    sqs.later(seconds=20)
    assert sqs.bodies(Q, receive_request_attempt_id="other") == []
    sqs.delete(Q, first[0])
    assert sqs.bodies(Q, receive_request_attempt_id="try") == []
    sqs.later(minutes=6)
    assert sqs.bodies(Q, receive_request_attempt_id="try") == ["b1"]
    sqs.replays()


def test_a_full_fifo_queue_gives_nothing_and_no_error() -> None:
    """At the limit of messages in flight there are just no messages."""
    sqs = fifo()
    sqs.machine.service("sqs").quotas["fifo_in_flight"] = 2
    try:
        fill(sqs, "a1", "b1", "c1")
        sqs.receive(Q, 2)
        assert sqs.bodies(Q) == []
        sqs.when(api.ReceiveMessage(queue_url=url(Q), wait_time_seconds=20), waited=False)
        assert sqs.answer.again is not None
    finally:
        sqs.machine.service("sqs").quotas["fifo_in_flight"] = 120_000


def test_a_waiting_call_is_woken_by_a_deletion() -> None:
    """Deleting frees a FIFO group, so it wakes who waits there; a standard queue's does not."""
    sqs = fifo().queue("s")
    wake = sqs.machine.service("sqs").wakers["DeleteMessage"].fn

    class Event:
        account, region = "123456789012", "us-east-1"

        def __init__(self, name: str) -> None:
            self.params = api.DeleteMessage(queue_url=url(name), receipt_handle="x")

    assert wake(Event(Q)) == ["123456789012:us-east-1:f.fifo"]
    assert wake(Event("s")) == []


def test_many_groups_and_messages_stay_in_order() -> None:
    """A thousand messages in fifty groups, received and deleted to the last, keep every group's order."""
    import random

    chance = random.Random(7)
    sqs = fifo()
    expected: dict[str, list[str]] = {}
    for number in range(300):
        group = f"g{chance.randrange(20)}"
        expected.setdefault(group, []).append(str(number))
        sqs.send(Q, str(number), message_group_id=group)
    seen: dict[str, list[str]] = {}
    while messages := sqs.receive(Q, attribute_names=["MessageGroupId"]):
        for message in messages:
            assert message.attributes is not UNSET
            seen.setdefault(message.attributes["MessageGroupId"], []).append(str(message.body))
            sqs.delete(Q, message)
    assert seen == expected
    assert not sqs.held(Q).groups
    assert not sqs.held(Q).order
    sqs.replays()
