"""Invocations at once: what is run, what is refused, what is recorded, and that a replay runs nothing."""

from __future__ import annotations

import base64
import json

import pytest

import backtrail_aws.logs
from backtrail import UNSET, NotInTrail, Outcome
from backtrail.testing import machine_of
from backtrail_aws.lambda_ import api, limits, runs
from backtrail_aws.lambda_.state import Functions

from .function_scenario import Lambda, answer, arn, creation, failure


def test_a_function_answers() -> None:
    """The payload comes back with the version that ran; neither stands in the record."""
    scenario = Lambda().function(environment=api.Environment(variables={"AA": "1"}), timeout=7)
    result = scenario.invoke({"secret": "s3cr3t"}, log_type="Tail")
    assert (result.status_code, result.executed_version, result.function_error) == (200, "$LATEST", UNSET)
    assert isinstance(result.payload, bytes) and json.loads(result.payload) == {"secret": "s3cr3t"}
    run = scenario.runs[0]
    assert (run.handler, run.timeout_s, run.environment, run.invoked_arn) == ("f.h", 7, {"AA": "1"}, arn())
    assert isinstance(result.log_result, str)
    lines = base64.b64decode(result.log_result).decode().splitlines()
    assert lines[0] == f"START RequestId: {run.request_id} Version: $LATEST"
    assert lines[1:3] == ["hi", f"END RequestId: {run.request_id}"]
    assert lines[3].startswith(
        f"REPORT RequestId: {run.request_id}\tDuration: 1.50 ms\tBilled Duration: 2 ms\t"
    )
    record = scenario.record
    assert (record["eventCategory"], record["managementEvent"], record["responseElements"]) == (
        "Data",
        False,
        None,
    )
    assert record["requestParameters"] == {"functionName": "f", "logType": "Tail"}
    assert "s3cr3t" not in str(record)
    scenario.replays()


def test_a_replay_runs_nothing() -> None:
    """The log folded afresh gives the state, and no function was asked again."""
    scenario = Lambda().function()
    scenario.invoke({"a": 1})
    scenario.invoke({"a": 2}, invocation_type="Event")
    count = len(scenario.runs)
    fresh = machine_of(scenario.log, *scenario.plugins)
    assert len(scenario.runs) == count == 2
    assert fresh.digest() == scenario.machine.digest()


def test_a_failure_is_an_answer() -> None:
    """What the function raises comes with `FunctionError`, and the call succeeded."""
    scenario = Lambda().function()
    scenario.answers = lambda run: failure()
    result = scenario.invoke({})
    assert (result.status_code, result.function_error) == (200, "Unhandled")
    assert scenario.log[-1].note is not None and b'"errorType":"ValueError"' in scenario.log[-1].note
    scenario.replays()


def test_payloads_have_their_rules() -> None:
    """They are JSON, and 6 MB at most; 1 MB for events. None is an empty object."""
    scenario = Lambda().function()
    scenario.invoke()
    assert scenario.runs[0].payload == b"{}"
    scenario.when(api.Invoke(function_name="f", payload=b"abc")).refused(
        "InvalidRequestContentException", "Unrecognized token 'abc': was expecting"
    )
    scenario.when(api.Invoke(function_name="f", payload=b"}")).refused(
        "InvalidRequestContentException", "Unexpected character ('}' (code 125))"
    )
    large = b'"' + b"x" * limits.PAYLOAD_MAX_BYTES + b'"'
    scenario.when(api.Invoke(function_name="f", payload=large)).refused(
        "RequestTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )
    large = b'"' + b"x" * limits.EVENT_MAX_BYTES + b'"'
    scenario.when(api.Invoke(function_name="f", invocation_type="Event", payload=large)).refused(
        "RequestTooLargeException"
    )
    scenario.when(api.Invoke(function_name="f", client_context="no base64")).refused(
        "InvalidRequestContentException"
    )
    context = base64.b64encode(b'{"custom":{"a":"b"}}').decode()
    scenario.invoke(client_context=context)
    assert scenario.runs[-1].context == '{"custom":{"a":"b"}}'


def test_a_dry_run_runs_nothing() -> None:
    """It tells whether there is such a function."""
    scenario = Lambda().function()
    assert scenario.invoke(invocation_type="DryRun").status_code == 204
    assert scenario.runs == []
    scenario.when(api.Invoke(function_name="g", invocation_type="DryRun")).refused(
        "ResourceNotFoundException"
    )


def test_throttling() -> None:
    """A function with nothing reserved never runs; what runs tells when there is no room."""
    scenario = Lambda().function()
    scenario.given(api.PutFunctionConcurrency(function_name="f", reserved_concurrent_executions=0))
    scenario.when(api.Invoke(function_name="f")).refused("TooManyRequestsException", "Rate Exceeded.")
    assert scenario.error is not None and scenario.error.status == 429
    assert scenario.error.members == {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}
    scenario.given(api.PutFunctionConcurrency(function_name="f", reserved_concurrent_executions=1))
    scenario.answers = lambda run: Outcome(error=runs.THROTTLED, message="reason")
    scenario.when(api.Invoke(function_name="f")).refused("TooManyRequestsException")
    assert scenario.runs[0].reserved == 1
    scenario.replays()


def test_what_cannot_be_run_is_said() -> None:
    """Runtimes that nothing here runs, images, and code that no record holds."""
    scenario = Lambda().function(runtime="java21")
    scenario.when(api.Invoke(function_name="f")).refused("NotImplemented", "the runtime java21")
    scenario.when(api.Invoke(function_name="f", invocation_type="Event")).refused("NotImplemented")
    image = api.FunctionCode(image_uri="1.dkr.ecr.us-east-1.amazonaws.com/x:1")
    scenario.given(creation("i", package_type="Image", code=image, runtime=UNSET, handler=UNSET))
    scenario.when(api.Invoke(function_name="i")).refused("NotImplemented", "container images")
    scenario.function("n", runtime="nodejs22.x")
    scenario.answers = lambda run: Outcome(error=runs.NO_INTERPRETER, message="no node")
    scenario.when(api.Invoke(function_name="n")).refused("NotImplemented")
    scenario.answers = lambda run: Outcome(error="InternalFailure", message="broke")
    scenario.when(api.Invoke(function_name="n")).refused("ServiceException", "broke")
    scenario.state().functions["n"].latest.code.content = UNSET
    with pytest.raises(NotInTrail):
        scenario.when(api.Invoke(function_name="n"))


def test_a_stream_has_the_answer_and_its_end() -> None:
    """One chunk, then how it ended."""
    scenario = Lambda().function()
    scenario.given(api.InvokeWithResponseStream(function_name="f", payload=b"[1]", log_type="Tail"))
    stream: api.InvokeWithResponseStreamResult = scenario.answer
    assert stream.event_stream is not UNSET and len(stream.event_stream) == 2
    assert stream.event_stream[0].payload_chunk == api.InvokeResponseStreamUpdate(payload=b"[1]")
    scenario.answers = lambda run: failure()
    scenario.given(api.InvokeWithResponseStream(function_name="f"))
    ending = scenario.answer.event_stream[0].invoke_complete
    assert ending.error_code == "Unhandled" and "ValueError" in ending.error_details
    scenario.replays()


def test_what_is_printed_is_logged_by_the_role() -> None:
    """The group is made once, a stream for each environment; without CloudWatch Logs nothing is sent."""
    scenario = Lambda(backtrail_aws.logs).function()
    scenario.answers = lambda run: runs.Ran(
        payload=b"1",
        output="one\ntwo\n",
        duration_ms=1.0,
        stream="2024/01/01/[$LATEST]ab",
        cold=len(scenario.runs) == 1,
    )
    scenario.invoke()
    assert [type(one).__name__ for one in scenario.sent("logs")] == [
        "CreateLogGroup", "CreateLogStream", "PutLogEvents",
    ]  # fmt: skip
    scenario.invoke()
    assert [type(one).__name__ for one in scenario.sent("logs")] == ["PutLogEvents"]
    assert [one.message for one in scenario.sent("logs")[0].log_events][1:3] == ["one\n", "two\n"]
    assert scenario.commands[0].as_ == "arn:aws:iam::123456789012:role/runner"
    scenario.replays()
    alone = Lambda().function()
    alone.invoke()
    assert alone.sent("logs") == []


def test_the_last_four_kilobytes_are_the_tail() -> None:
    """No more is told of the log."""
    scenario = Lambda().function()
    scenario.answers = lambda run: runs.Ran(payload=b"1", output="x" * 9000)
    result = scenario.invoke(log_type="Tail")
    assert isinstance(result.log_result, str)
    assert len(base64.b64decode(result.log_result)) == limits.TAIL_BYTES
    assert isinstance(scenario.machine.state(("lambda", scenario.account, scenario.region)), Functions)
    assert answer(1).payload == b"1"
