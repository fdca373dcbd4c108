"""Asynchronous invocations: tried, tried again, given up, told of."""

from __future__ import annotations

import json
from typing import Any

from backtrail import Outcome
from backtrail_aws.lambda_ import api, runs

from .function_scenario import Lambda, arn, failure, queue


def dead(name: str = "d") -> api.DeadLetterConfig:
    """A dead-letter queue."""
    return api.DeadLetterConfig(target_arn=queue(name))


def happened(scenario: Lambda) -> list[str]:
    """The names of all records so far."""
    return [json.loads(entry.record)["eventName"] for entry in scenario.log]


def test_an_event_is_run_once_and_forgotten() -> None:
    """202 at once; the run is a record of its own, caused by the call."""
    scenario = Lambda().function()
    assert scenario.invoke({"a": 1}, invocation_type="Event").status_code == 202
    assert happened(scenario)[-2:] == ["Invoke", "RunEvent"]
    record = scenario.record
    assert (record["eventType"], record["requestParameters"]) == ("AwsServiceEvent", None)
    assert record["serviceEventDetails"]["functionName"] == arn()
    assert scenario.runs[0].payload == b'{"a": 1}'
    assert scenario.state().events == {}
    scenario.replays()


def test_an_event_is_tried_three_times() -> None:
    """After one minute and after two; then it is a dead letter with what it failed with."""
    scenario = Lambda().function(dead_letter_config=dead())
    scenario.answers = lambda run: failure(message="no luck")
    scenario.invoke({"a": 1}, invocation_type="Event")
    ids = {run.request_id for run in scenario.runs}
    scenario.later(seconds=58)
    assert len(scenario.runs) == 1
    scenario.later(seconds=4)
    assert len(scenario.runs) == 2
    scenario.later(seconds=110)
    assert len(scenario.runs) == 2
    scenario.later(seconds=15)
    assert len(scenario.runs) == 3
    assert {run.request_id for run in scenario.runs} == ids
    letter: Any = json.loads(scenario.log[-1].record)
    assert (letter["eventName"], letter["errorCode"]) == ("SendMessage", "NotImplemented")
    assert scenario.state().events == {} and len(scenario.state().due) == 0
    sent = scenario.sent("sqs")[-1]
    assert sent.message_body == '{"a": 1}'
    assert sent.message_attributes["ErrorMessage"].string_value == "no luck"
    scenario.later(hours=7)
    assert len(scenario.runs) == 3
    scenario.replays()


def test_retries_are_the_configurations() -> None:
    """With none, the first failure ends an event; its destination gets the whole story."""
    scenario = Lambda().function()
    failing = api.DestinationConfig(on_failure=api.OnFailure(destination=arn("other")))
    scenario.given(
        api.PutFunctionEventInvokeConfig(
            function_name="f", maximum_retry_attempts=0, destination_config=failing
        )
    )
    scenario.answers = lambda run: failure()
    scenario.invoke({"a": 1}, invocation_type="Event")
    sent = scenario.sent("lambda")[-1]
    story = json.loads(sent.payload)
    assert sent.function_name == arn("other") and sent.invocation_type == "Event"
    assert story["requestContext"]["condition"] == "RetriesExhausted"
    assert story["requestContext"]["functionArn"] == arn(qualifier="$LATEST")
    assert story["requestPayload"] == {"a": 1}
    assert story["responseContext"] == {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
    }  # fmt: skip
    assert story["responsePayload"]["errorType"] == "ValueError"
    scenario.replays()


def test_success_has_its_destination() -> None:
    """Topics, buses and functions are told as queues are."""
    for target, service, action in (
        ("arn:aws:sns:us-east-1:123456789012:t", "sns", "Publish"),
        ("arn:aws:events:us-east-1:123456789012:event-bus/default", "events", "PutEvents"),
        (queue("q"), "sqs", "SendMessage"),
        ("arn:aws:s3:::results", "s3", "PutObject"),
    ):
        scenario = Lambda().function()
        told = api.DestinationConfig(on_success=api.OnSuccess(destination=target))
        scenario.given(api.PutFunctionEventInvokeConfig(function_name="f", destination_config=told))
        scenario.invoke({}, invocation_type="Event")
        command = next(one for one in scenario.commands if one.service == service)
        assert (command.action, command.source_arn) == (action, arn())
        scenario.replays()


def test_a_throttled_event_waits_and_grows_old() -> None:
    """Throttling takes none of its attempts; after its time is over it is given up."""
    scenario = Lambda().function(dead_letter_config=dead())
    scenario.given(api.PutFunctionEventInvokeConfig(function_name="f", maximum_event_age_in_seconds=60))
    scenario.answers = lambda run: Outcome(error=runs.THROTTLED, message="full")
    scenario.invoke({}, invocation_type="Event")
    scenario.later(seconds=1.1)
    scenario.later(seconds=2.1)
    assert len(scenario.runs) == 3
    assert next(iter(scenario.state().events.values())).attempts == 0
    scenario.later(seconds=120)
    letter = scenario.sent("sqs")[-1]
    assert letter.message_attributes["ErrorMessage"].string_value == "EventAgeExceeded"
    assert scenario.state().events == {}
    scenario.replays()


def test_an_event_of_a_function_that_may_not_run_is_a_dead_letter_at_once() -> None:
    """With nothing reserved there is no use in waiting."""
    scenario = Lambda().function(dead_letter_config=dead())
    scenario.given(api.PutFunctionConcurrency(function_name="f", reserved_concurrent_executions=0))
    scenario.invoke({}, invocation_type="Event")
    letter = scenario.sent("sqs")[-1]
    assert letter.message_attributes["ErrorMessage"].string_value == "ZeroReservedConcurrency"
    assert scenario.runs == []


def test_an_event_outlives_no_function() -> None:
    """Its next attempt finds nothing to run."""
    scenario = Lambda().function()
    scenario.answers = lambda run: failure()
    scenario.invoke({}, invocation_type="Event")
    scenario.given(api.DeleteFunction(function_name="f"))
    scenario.later(minutes=2)
    assert len(scenario.runs) == 1 and scenario.state().events == {}
    scenario.replays()


def test_the_forerunner_of_events() -> None:
    """InvokeAsync puts its body in the same queue."""
    from backtrail.wire.binding import blob_of

    scenario = Lambda().function()
    scenario.given(api.InvokeAsync(function_name="f", invoke_args=blob_of(b'{"a":1}')))
    assert scenario.answer.status == 202
    assert scenario.runs[0].payload == b'{"a":1}'
    scenario.replays()
