"""Event source mappings, and those of SQS at work."""

from __future__ import annotations

import json
from typing import Any

import pytest

import backtrail_aws.sqs
from backtrail import UNSET
from backtrail.testing import ACCOUNT, REGION
from backtrail_aws.lambda_ import api, filters
from backtrail_aws.lambda_.runs import Ran, Run
from backtrail_aws.sqs import api as sqs

from .function_scenario import Lambda, answer, arn, failure, queue

URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"


class Mapped(Lambda):
    """A function `f` and a queue `q`; `batches` has the bodies that each run got."""

    def __init__(self, **queue_attributes: str) -> None:
        super().__init__(backtrail_aws.sqs)
        self.function()
        self.given(sqs.CreateQueue(queue_name="q", attributes=queue_attributes or UNSET), service="sqs")
        self.batches: list[list[str]] = []
        self.result: Ran = answer(None)
        self.answers = self._answered

    def map(self, **more: Any) -> str:
        """Map the queue to the function; the mapping's id."""
        self.given(api.CreateEventSourceMapping(function_name="f", event_source_arn=queue("q"), **more))
        uuid: str = self.answer.uuid
        return uuid

    def send(self, *bodies: str, **more: Any) -> None:
        """Send messages one by one."""
        for body in bodies:
            self.given(sqs.SendMessage(queue_url=URL, message_body=body, **more), service="sqs")

    def left(self) -> int:
        """How many messages the queue holds."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        self.given(sqs.GetQueueAttributes(queue_url=URL, attribute_names=names), service="sqs")
        return sum(int(value) for value in self.answer.attributes.values())

    def _answered(self, run: Run) -> Ran:
        records = json.loads(run.payload)["Records"]
        self.batches.append([record["body"] for record in records])
        return self.result


def test_a_mapping_lives() -> None:
    """Made, shown, changed, listed, deleted; one for a queue and a function."""
    scenario = Mapped()
    uuid = scenario.map(tags={"a": "1"})
    made: api.CreateEventSourceMappingResult = scenario.answer
    assert (made.state, made.batch_size, made.maximum_batching_window_in_seconds) == ("Creating", 10, 0)
    assert (made.function_arn, made.state_transition_reason) == (arn(), "USER_INITIATED")
    scenario.when(api.CreateEventSourceMapping(function_name="f", event_source_arn=queue("q"))).refused(
        "ResourceConflictException", f"UUID {uuid}"
    )
    get = api.GetEventSourceMapping(uuid=uuid)
    scenario.given(get)
    assert scenario.answer.state == "Enabled"
    scenario.given(api.UpdateEventSourceMapping(uuid=uuid, enabled=False, batch_size=5))
    assert scenario.answer.state == "Disabling"
    scenario.given(get)
    assert (scenario.answer.state, scenario.answer.batch_size) == ("Disabled", 5)
    scenario.given(api.ListEventSourceMappings(function_name="f"))
    assert len(scenario.answer.event_source_mappings) == 1
    scenario.given(api.ListEventSourceMappings(event_source_arn=queue("other")))
    assert scenario.answer.event_source_mappings == []
    mapping_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{uuid}"
    scenario.given(api.ListTags(resource=mapping_arn))
    assert scenario.answer.tags == {"a": "1"}
    scenario.given(api.DeleteEventSourceMapping(uuid=uuid))
    assert scenario.answer.state == "Deleting"
    scenario.when(get).refused("ResourceNotFoundException", "The resource you requested does not exist.")
    scenario.replays()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"event_source_arn": queue("none")}, "NonExistentQueue"),
        ({"event_source_arn": queue("q"), "batch_size": 100}, "Maximum batch window"),
        ({"event_source_arn": "arn:aws:kinesis:us-east-1:123456789012:stream/s"}, "startingPosition"),
        ({}, "Unrecognized event source"),
        (
            {
                "event_source_arn": queue("q"),
                "filter_criteria": api.FilterCriteria(filters=[api.Filter(pattern="[]")]),
            },
            "Invalid filter pattern",
        ),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(given: dict[str, Any], words: str) -> None:
    """Sources, sizes, filters."""
    call = api.CreateEventSourceMapping(function_name="f", **given)
    Mapped().when(call).refused("InvalidParameterValueException", words)


def test_a_queue_must_hide_messages_long_enough() -> None:
    """Its visibility timeout is no shorter than the function's timeout."""
    scenario = Mapped(VisibilityTimeout="2")
    scenario.when(api.CreateEventSourceMapping(function_name="f", event_source_arn=queue("q"))).refused(
        "InvalidParameterValueException",
        "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds",
    )


def test_messages_reach_the_function_and_are_deleted() -> None:
    """What is there when the mapping begins, and what comes after; as AWS's records of SQS are."""
    scenario = Mapped()
    scenario.send("early")
    scenario.map()
    scenario.send("late")
    assert scenario.batches == [["early"], ["late"]]
    assert scenario.left() == 0
    record = json.loads(scenario.runs[0].payload)["Records"][0]
    assert record["eventSourceARN"] == queue("q") and record["eventSource"] == "aws:sqs"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["md5OfBody"] and record["receiptHandle"] and record["awsRegion"] == REGION
    assert next(iter(scenario.state().mappings.values())).polling is None
    scenario.replays()


def test_batches_are_as_large_as_may_be() -> None:
    """What lies there is taken in batches, one after another."""
    scenario = Mapped()
    scenario.send(*[str(number) for number in range(12)])
    scenario.map(batch_size=5)
    assert [len(batch) for batch in scenario.batches] == [5, 5, 2]
    assert scenario.left() == 0


def test_a_long_queue_takes_more_than_one_chain() -> None:
    """The recursion guard stops nothing: a timer goes on where a chain grew long."""
    scenario = Mapped()
    scenario.send(*[str(number) for number in range(40)])
    scenario.map(batch_size=1)
    assert 10 <= len(scenario.batches) < 40
    for _ in range(4):
        scenario.later(seconds=1)
    assert sorted(int(body) for batch in scenario.batches for body in batch) == list(range(40))
    scenario.replays()


def test_a_window_gathers() -> None:
    """Nothing is received before it ends; then all of it in one batch, over several receives."""
    scenario = Mapped()
    scenario.map(batch_size=100, maximum_batching_window_in_seconds=60)
    scenario.send(*[str(number) for number in range(25)])
    assert scenario.batches == []
    scenario.later(seconds=60)
    assert [len(batch) for batch in scenario.batches] == [25]
    assert scenario.left() == 0
    scenario.replays()


def test_a_failed_batch_comes_back() -> None:
    """When its visibility timeout is over; until then the mapping looks, less and less often."""
    scenario = Mapped(VisibilityTimeout="30")
    scenario.map()
    scenario.result = failure()
    scenario.send("x")
    scenario.result = answer(None)
    scenario.later(seconds=20)
    assert scenario.batches == [["x"]] and scenario.left() == 1
    scenario.later(seconds=40)
    assert scenario.batches == [["x"], ["x"]] and scenario.left() == 0
    scenario.later(hours=1)
    assert len(scenario.state().due) == 0
    scenario.replays()


def test_a_delayed_message_is_found() -> None:
    """Though nobody calls when its delay ends."""
    scenario = Mapped()
    scenario.map()
    scenario.send("later", delay_seconds=10)
    assert scenario.batches == []
    scenario.later(seconds=40)
    assert scenario.batches == [["later"]]


def test_partial_failures_keep_what_failed() -> None:
    """Only what the function names stays; a name that was not in the batch fails all of it."""
    scenario = Mapped()
    scenario.map(function_response_types=["ReportBatchItemFailures"], enabled=False)
    uuid = next(iter(scenario.state().mappings))
    scenario.send("a", "b")
    ids = [message.id for message in _queue(scenario).messages.values()]
    scenario.result = answer({"batchItemFailures": [{"itemIdentifier": ids[1]}]})
    scenario.given(api.UpdateEventSourceMapping(uuid=uuid, enabled=True))
    assert [message.body for message in _queue(scenario).messages.values()] == ["b"]
    scenario.result = answer({"batchItemFailures": [{"itemIdentifier": "other"}]})
    scenario.later(seconds=60)
    assert scenario.left() == 1
    scenario.result = answer({"batchItemFailures": []})
    scenario.later(seconds=60)
    assert scenario.left() == 0
    scenario.replays()


def test_filters_drop_messages() -> None:
    """What no filter wants is deleted without a run."""
    scenario = Mapped()
    pattern = json.dumps({"body": {"kind": ["good"]}})
    scenario.map(filter_criteria=api.FilterCriteria(filters=[api.Filter(pattern=pattern)]))
    scenario.send('{"kind":"good"}', '{"kind":"bad"}', "no json")
    assert scenario.batches == [['{"kind":"good"}']]
    assert scenario.left() == 0


def test_a_disabled_mapping_rests() -> None:
    """Its queue fills; enabled again, it goes on."""
    scenario = Mapped()
    uuid = scenario.map(enabled=False)
    scenario.send("x")
    assert scenario.batches == []
    scenario.given(api.UpdateEventSourceMapping(uuid=uuid, enabled=True))
    assert scenario.batches == [["x"]]


def test_a_queue_that_goes_ends_the_polling() -> None:
    """Its mapping stays, and waits for nothing."""
    scenario = Mapped()
    scenario.map()
    scenario.result = failure()
    scenario.send("x")
    scenario.given(sqs.DeleteQueue(queue_url=URL), service="sqs")
    scenario.later(hours=1)
    assert len(scenario.state().due) == 0
    assert next(iter(scenario.state().mappings.values())).polling is None
    scenario.replays()


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ({"a": [1]}, {"a": 1.0}, True),
        ({"a": ["x", None]}, {"a": None}, True),
        ({"a": [True]}, {"a": 1}, False),
        ({"a": [{"prefix": "x"}]}, {"a": "xy"}, True),
        ({"a": [{"suffix": {"equals-ignore-case": "Y"}}]}, {"a": "xy"}, True),
        ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "z"}, True),
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "xz"}, False),
        ({"a": [{"numeric": [">", 1, "<=", 5]}]}, {"a": 5}, True),
        ({"a": [{"numeric": [">", 1, "<=", 5]}]}, {"a": "5"}, False),
        ({"a": [{"exists": False}]}, {}, True),
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": [{"exists": True}]}, {"a": 0}, True),
        ({"a": [{"equals-ignore-case": "X"}]}, {"a": "x"}, True),
        ({"a": [{"wildcard": "x*[z"}]}, {"a": "xyy[z"}, True),
        ({"a": [{"cidr": "10.0.0.0/8"}]}, {"a": "10.1.2.3"}, True),
        ({"a": ["x"]}, {"a": ["y", "x"]}, True),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, True),
        ({"a": ["x"], "b": ["y"]}, {"a": "x"}, False),
    ],
)
def test_patterns(pattern: dict[str, Any], value: dict[str, Any], fits: bool) -> None:
    """EventBridge's operators."""
    assert filters.matches(pattern, value) is fits


def _queue(scenario: Lambda) -> Any:
    state: Any = scenario.machine.state(("sqs", scenario.account, scenario.region))
    return state.queues["q"]
