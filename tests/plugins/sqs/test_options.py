"""What may be turned of SQS: order, duplicates, throttling, and how long one has to wait."""

from __future__ import annotations

import pytest

from backtrail_aws.sqs import api

from .queue_scenario import Sqs, url

Q, FIFO = "work", "work.fifo"


def filled(*bodies: str) -> Sqs:
    """A standard queue with messages."""
    sqs = Sqs().queue(Q)
    for body in bodies:
        sqs.send(Q, body)
    return sqs


def test_a_standard_queue_keeps_its_order_by_default() -> None:
    """Without the options messages come as they were sent, each once."""
    sqs = filled(*"abcdefgh")

    assert sqs.bodies(Q) == list("abcdefgh")
    assert sqs.bodies(Q) == []


def test_shuffle_takes_among_the_first_by_chance() -> None:
    """Each receive takes some of the messages at the head; in the end each was received, none twice."""
    sqs = filled(*"abcdefghij")
    sqs.turn("sqs.shuffle", 10)

    received = [body for _ in range(10) for body in sqs.bodies(Q, 1)]

    assert sorted(received) == list("abcdefghij")
    assert received != list("abcdefghij")
    sqs.replays()


def test_shuffle_looks_no_further_than_it_says() -> None:
    """A window of two lets a message come one place early, never more."""
    sqs = filled(*"abcdef")
    sqs.turn("sqs.shuffle", 2)

    received = [body for _ in range(6) for body in sqs.bodies(Q, 1)]

    assert all(received.index(body) >= place - 1 for place, body in enumerate("abcdef"))


def test_a_fifo_queue_is_never_shuffled_nor_repeated() -> None:
    """The options are about standard queues: a FIFO queue promises order, and each message once."""
    sqs = Sqs().queue(FIFO, ContentBasedDeduplication="true")
    sqs.turn("sqs.shuffle", 10).turn("sqs.duplicates", 1)
    for body in "abc":
        sqs.send(FIFO, body, message_group_id="g")

    assert sqs.bodies(FIFO) == ["a", "b", "c"]
    assert sqs.bodies(FIFO) == []


def test_a_duplicate_is_received_again_though_its_timeout_runs() -> None:
    """With a chance of one, nothing is hidden: the next receive has it again, counted, until it is deleted."""
    sqs = filled("a")
    sqs.turn("sqs.duplicates", 1)

    first, second = sqs.receive(Q), sqs.receive(Q, attribute_names=["ApproximateReceiveCount"])

    assert first[0].message_id == second[0].message_id
    assert second[0].attributes == {"ApproximateReceiveCount": "2"}
    sqs.turn("sqs.duplicates", None)
    handle = second[0].receipt_handle
    assert isinstance(handle, str)
    sqs.given(api.DeleteMessage(queue_url=url(Q), receipt_handle=handle))
    assert sqs.receive(Q) == []
    sqs.replays()


def test_a_message_that_was_a_duplicate_is_never_lost() -> None:
    """Deleting under the handle of an earlier receive deletes nothing: whoever has it now still works on it."""
    sqs = filled("a")
    sqs.turn("sqs.duplicates", 1)
    stale = sqs.receive(Q)[0].receipt_handle
    assert isinstance(stale, str)
    sqs.turn("sqs.duplicates", 0)
    sqs.receive(Q)
    sqs.given(api.DeleteMessage(queue_url=url(Q), receipt_handle=stale))

    sqs.later(seconds=60)
    assert sqs.bodies(Q) == ["a"]
    sqs.replays()


def test_some_are_duplicates_and_some_are_not() -> None:
    """A chance between none and all."""
    sqs = filled(*(str(number) for number in range(40)))
    sqs.turn("sqs.duplicates", 0.5)

    seen = [body for _ in range(12) for body in sqs.bodies(Q)]

    again = len(seen) - len(set(seen))
    assert len(set(seen)) == 40
    assert 0 < again < 80


def busy(sqs: Sqs, calls: int) -> Sqs:
    """So many sends to the FIFO queue within one second: the scenario's clock stands still for them."""
    for number in range(calls):
        second = sqs.now.replace(microsecond=0)
        sqs.when(
            api.SendMessage(queue_url=url(FIFO), message_body=str(number), message_group_id=str(number % 7))
        )
        sqs.now = second
    return sqs


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Sqs:
    """A FIFO queue that takes 5 calls of an action in a second."""
    sqs = Sqs().queue(FIFO, ContentBasedDeduplication="true")
    monkeypatch.setitem(sqs.machine.service("sqs").quotas, "fifo_throughput", 5)
    sqs.turn("sqs.throttling", True)
    return sqs


def test_nothing_is_throttled_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only who asks for it meets the throughput of AWS."""
    sqs = Sqs().queue(FIFO, ContentBasedDeduplication="true")
    monkeypatch.setitem(sqs.machine.service("sqs").quotas, "fifo_throughput", 5)

    assert busy(sqs, 9).error is None


def test_a_fifo_queue_refuses_more_calls_than_its_quota_within_a_second(slow: Sqs) -> None:
    """The sixth send is refused, another action is not; in the next second there is room again."""
    assert busy(slow, 5).error is None
    busy(slow, 1).refused("ThrottlingException", "Rate exceeded")
    slow.when(api.ReceiveMessage(queue_url=url(FIFO)))
    assert slow.error is None
    slow.later(seconds=1)
    assert busy(slow, 1).error is None
    slow.replays()


def test_a_batch_is_one_call(slow: Sqs) -> None:
    """So ten times as many messages pass."""
    entries = [
        api.SendMessageBatchRequestEntry(id=str(n), message_body=f"{n}", message_group_id="g")
        for n in range(10)
    ]
    for _ in range(5):
        second = slow.now.replace(microsecond=0)
        slow.given(api.SendMessageBatch(queue_url=url(FIFO), entries=entries))
        slow.now = second
    slow.when(api.SendMessageBatch(queue_url=url(FIFO), entries=entries)).refused("ThrottlingException")


def test_high_throughput_counts_by_message_group(slow: Sqs) -> None:
    """Seven groups have seven shares; one group has one."""
    attributes = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    slow.given(api.SetQueueAttributes(queue_url=url(FIFO), attributes=attributes))

    assert busy(slow, 35).error is None
    busy(slow, 1).refused("ThrottlingException")


def test_standard_queues_take_any_number(slow: Sqs) -> None:
    """AWS calls it nearly unlimited."""
    slow.queue(Q)
    for number in range(20):
        second = slow.now.replace(microsecond=0)
        slow.send(Q, str(number))
        slow.now = second


def test_a_name_may_be_used_again_at_once() -> None:
    """Without the wait a test may delete a queue and make it anew."""
    sqs = Sqs().queue(Q)
    sqs.given(api.DeleteQueue(queue_url=url(Q)))
    sqs.when(api.CreateQueue(queue_name=Q)).refused("QueueDeletedRecently")
    sqs.turn("sqs.recreate_wait", 0).given(api.CreateQueue(queue_name=Q))
    sqs.replays()


def test_a_queue_may_be_purged_again_at_once() -> None:
    """Without the wait a test may purge before each of its cases."""
    sqs = Sqs().queue(Q)
    sqs.given(api.PurgeQueue(queue_url=url(Q)))
    sqs.when(api.PurgeQueue(queue_url=url(Q))).refused("PurgeQueueInProgress")
    sqs.turn("sqs.purge_wait", 0).given(api.PurgeQueue(queue_url=url(Q)))


def test_at_the_limit_in_flight_a_long_poll_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short polls of a full standard queue are refused, long polls just come back empty."""
    sqs = filled("a", "b", "c")
    monkeypatch.setitem(sqs.machine.service("sqs").quotas, "in_flight", 2)
    sqs.receive(Q, 2)

    sqs.when(api.ReceiveMessage(queue_url=url(Q))).refused("OverLimit")
    assert sqs.receive(Q, wait_time_seconds=5) == []
