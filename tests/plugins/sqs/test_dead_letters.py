"""Dead-letter queues and message move tasks."""

from __future__ import annotations

import json

import msgspec
import pytest
from tests.plugins.sqs.queue_scenario import Sqs, arn, url

from backtrail import UNSET
from backtrail_aws.sqs import api


def redriven(most: int = 2, suffix: str = "") -> Sqs:
    """A queue `a` that sends what it gave out `most` times to `d`."""
    sqs = Sqs().queue(f"d{suffix}")
    policy = json.dumps({"deadLetterTargetArn": arn(f"d{suffix}"), "maxReceiveCount": most})
    return sqs.queue(f"a{suffix}", RedrivePolicy=policy, VisibilityTimeout="0")


def buried(sqs: Sqs, *bodies: str) -> Sqs:
    """Messages that were received until they lay in the dead-letter queue."""
    for body in bodies:
        sqs.send("a", body)
    for _ in range(3):
        sqs.receive("a")
    return sqs


def test_a_message_received_too_often_goes_to_the_dead_letter_queue() -> None:
    """After maxReceiveCount receives, the next one finds nothing; the message lies in the other queue."""
    sqs = redriven()
    sent = sqs.send("a", "poison")
    assert sqs.bodies("a") == sqs.bodies("a") == ["poison"]
    assert sqs.bodies("a") == []
    note = msgspec.json.decode(sqs.log[-1].note or b"")["own"]
    assert note["dead"][0]["messageId"] == sent.message_id
    assert note["deadLetterTargetArn"] == arn("d")
    assert (sqs.depth("a"), sqs.depth("d")) == ((0, 0, 0), (1, 0, 0))
    message = sqs.receive("d", attribute_names=["All"])[0]
    assert message.attributes is not UNSET
    assert (message.message_id, message.body) == (sent.message_id, "poison")
    assert message.attributes["DeadLetterQueueSourceArn"] == arn("a")
    assert message.attributes["ApproximateReceiveCount"] == "3"
    sqs.replays()


def test_dead_letters_wake_who_waits_for_them() -> None:
    """The receive that sends a message to the dead-letter queue wakes calls that wait there."""
    sqs = redriven(1)
    sqs.send("a", "x")
    sqs.receive("a")
    sqs.receive("a")
    from backtrail_aws.sqs.receives import Taken, dead_letters_wake

    class Event:
        region = "us-east-1"

        def note(self, kind: type[Taken]) -> Taken:
            return msgspec.convert(msgspec.json.decode(sqs.log[-1].note or b"")["own"], kind)

    assert dead_letters_wake(Event()) == ["123456789012:us-east-1:d"]  # type: ignore[arg-type]


def test_age_is_kept_in_a_standard_dead_letter_queue() -> None:
    """Retention counts from the sending to the first queue."""
    sqs = redriven(1)
    sqs.given(api.SetQueueAttributes(queue_url=url("d"), attributes={"MessageRetentionPeriod": "100"}))
    sqs.send("a", "x")
    sqs.receive("a")
    sqs.later(seconds=90).when(api.ReceiveMessage(queue_url=url("a")))
    assert sqs.depth("d") == (1, 0, 0)
    sqs.later(seconds=10)
    assert sqs.depth("d") == (0, 0, 0)
    sqs.replays()


def test_a_fifo_queues_dead_letters_do_not_block_their_group() -> None:
    """The next message of the group comes in the same receive; groups and order are kept in the other queue."""
    sqs = redriven(1, ".fifo")
    for body in ("1", "2", "3"):
        sqs.send("a.fifo", body, message_group_id="g", message_deduplication_id=body)
    assert sqs.bodies("a.fifo", 2) == ["1", "2"]
    assert sqs.bodies("a.fifo") == ["3"]
    assert sqs.bodies("d.fifo") == ["1", "2"]
    sqs.replays()


def test_without_its_dead_letter_queue_a_queue_goes_on() -> None:
    """A deleted target loses nothing: the messages stay."""
    sqs = redriven(1)
    sqs.send("a", "x")
    sqs.given(api.DeleteQueue(queue_url=url("d")))
    assert sqs.bodies("a") == sqs.bodies("a") == sqs.bodies("a") == ["x"]
    sqs.replays()


def test_sources_of_a_dead_letter_queue_are_listed() -> None:
    """Page by page, until the policy goes or the queue."""
    sqs = redriven()
    policy = json.dumps({"deadLetterTargetArn": arn("d"), "maxReceiveCount": "5"})
    sqs.queue("b", RedrivePolicy=policy).queue("c", RedrivePolicy=policy)
    sqs.given(api.ListDeadLetterSourceQueues(queue_url=url("d"), max_results=2))
    assert sqs.answer.queue_urls == [url("a"), url("b")]
    sqs.given(
        api.ListDeadLetterSourceQueues(queue_url=url("d"), max_results=2, next_token=sqs.answer.next_token)
    )
    assert (sqs.answer.queue_urls, sqs.answer.next_token) == ([url("c")], UNSET)
    sqs.given(api.SetQueueAttributes(queue_url=url("a"), attributes={"RedrivePolicy": ""}))
    sqs.given(api.DeleteQueue(queue_url=url("b")), api.ListDeadLetterSourceQueues(queue_url=url("d")))
    assert sqs.answer.queue_urls == [url("c")]
    sqs.given(api.ListDeadLetterSourceQueues(queue_url=url("c")))
    assert sqs.answer.queue_urls == []
    sqs.replays()


def test_a_move_task_brings_messages_back() -> None:
    """They are new messages where they came from, and the task is listed as completed."""
    sqs = buried(redriven(), "1", "2")
    old = set(sqs.held("d").messages)
    sqs.given(api.StartMessageMoveTask(source_arn=arn("d")))
    handle = sqs.answer.task_handle
    assert (sqs.depth("a"), sqs.depth("d")) == ((2, 0, 0), (0, 0, 0))
    messages = sqs.receive("a", attribute_names=["All"])
    assert [message.body for message in messages] == ["1", "2"]
    assert messages[0].attributes is not UNSET
    assert messages[0].attributes["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in messages[0].attributes
    assert not old & {str(message.message_id) for message in messages}
    sqs.given(api.ListMessageMoveTasks(source_arn=arn("d")))
    task = sqs.answer.results[0]
    assert (task.status, task.approximate_number_of_messages_moved) == ("COMPLETED", 2)
    assert (task.task_handle, task.approximate_number_of_messages_to_move) == (UNSET, 2)
    sqs.when(api.CancelMessageMoveTask(task_handle=handle)).refused("ResourceNotFoundException")
    moved = [json.loads(entry.record) for entry in sqs.log if b'"MoveMessages"' in entry.record]
    assert [one["eventType"] for one in moved] == ["AwsServiceEvent"]
    sqs.replays()


def test_a_rate_spreads_a_move_over_time() -> None:
    """Two a second, the first two at once: of five, the last moves after two seconds."""
    sqs = redriven().queue("e")
    buried(sqs, "1", "2", "3", "4", "5")
    task = api.StartMessageMoveTask(
        source_arn=arn("d"), destination_arn=arn("e"), max_number_of_messages_per_second=2
    )
    sqs.given(task).later(microseconds=1)
    assert len(sqs.held("e").messages) == 2
    sqs.later(seconds=1)
    assert len(sqs.held("e").messages) == 4
    sqs.later(seconds=1)
    assert (len(sqs.held("e").messages), len(sqs.held("d").messages)) == (5, 0)
    sqs.replays()


def test_a_running_task_is_cancelled() -> None:
    """One message a second: after the first, the task is stopped."""
    sqs = buried(redriven(), *map(str, range(9)))
    sqs.given(api.StartMessageMoveTask(source_arn=arn("d"), max_number_of_messages_per_second=1))
    handle = sqs.answer.task_handle
    sqs.when(api.StartMessageMoveTask(source_arn=arn("d"))).refused(
        "InvalidParameterValue", "already a task running"
    )
    sqs.given(api.ListMessageMoveTasks(source_arn=arn("d")))
    assert (sqs.answer.results[0].status, sqs.answer.results[0].task_handle) == ("RUNNING", handle)
    sqs.given(api.CancelMessageMoveTask(task_handle=handle))
    moved = sqs.answer.approximate_number_of_messages_moved
    assert 0 < moved < 9
    sqs.later(hours=1)
    assert sqs.depth("d") == (9 - moved, 0, 0)
    sqs.given(api.ListMessageMoveTasks(source_arn=arn("d"), max_results=10))
    assert [task.status for task in sqs.answer.results] == ["CANCELLED"]
    sqs.replays()


def test_a_task_fails_where_a_message_has_no_source() -> None:
    """A message that was sent to the dead-letter queue itself came from nowhere."""
    sqs = redriven()
    sqs.send("d", "direct")
    sqs.given(api.StartMessageMoveTask(source_arn=arn("d")), api.ListMessageMoveTasks(source_arn=arn("d")))
    task = sqs.answer.results[0]
    assert (task.status, task.failure_reason) == ("FAILED", "CouldNotDetermineMessageSource")
    assert sqs.depth("d") == (1, 0, 0)
    sqs.replays()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"source_arn": arn("none")}, "ResourceNotFoundException"),
        ({"source_arn": "nonsense"}, "ResourceNotFoundException"),
        ({"source_arn": arn("a")}, "InvalidParameterValue"),
        ({"source_arn": arn("d"), "destination_arn": arn("none")}, "ResourceNotFoundException"),
        ({"source_arn": arn("d"), "destination_arn": arn("d")}, "InvalidParameterValue"),
        ({"source_arn": arn("d"), "max_number_of_messages_per_second": 501}, "InvalidParameterValue"),
    ],
)
def test_bad_move_tasks_are_refused(given: dict[str, object], code: str) -> None:
    """The source is some queue's dead-letter queue, the destination another queue, the rate 1 to 500."""
    redriven().when(api.StartMessageMoveTask(**given)).refused(code)  # type: ignore[arg-type]


def test_tasks_of_unknown_handles_and_queues() -> None:
    """Cancelling and listing say what is not there."""
    sqs = redriven()
    sqs.when(api.CancelMessageMoveTask(task_handle="?")).refused("ResourceNotFoundException")
    sqs.when(api.ListMessageMoveTasks(source_arn=arn("none"))).refused("ResourceNotFoundException")
    sqs.when(api.ListMessageMoveTasks(source_arn=arn("d"), max_results=11)).refused("InvalidParameterValue")
