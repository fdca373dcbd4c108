"""Functions in a circle: refused to who waits, dead letters of who does not, messages that stay in their queue."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import UNSET, Lineage
from backtrail.lineage import RECURSION_LIMIT
from backtrail_aws.lambda_ import api, errors
from backtrail_aws.sqs import api as sqs

from .function_scenario import Lambda, arn, failure, queue
from .test_mappings import URL, Mapped

ROOT = "01a21108-5833-78f6-8000-000000000001"
BOUND = Lineage(root=ROOT, passes={arn(): RECURSION_LIMIT})
BEFORE = Lineage(root=ROOT, passes={arn(): RECURSION_LIMIT - 1})


def invoke(**more: Any) -> api.Invoke:
    """An invocation of the function."""
    return api.Invoke(function_name="f", payload=b"{}", **more)


def allow(scenario: Lambda, value: str) -> None:
    """Set what becomes of the function's loops."""
    scenario.given(api.PutFunctionRecursionConfig(function_name="f", recursive_loop=value))
    scenario.given(api.GetFunctionRecursionConfig(function_name="f"))
    assert scenario.answer.recursive_loop == value


def stops(scenario: Lambda) -> list[Any]:
    """What was told of loops that were stopped."""
    return [params for params in scenario.sent("backtrail") if type(params).__name__ == "StopRecursion"]


def test_who_waits_is_refused() -> None:
    """After sixteen runs in a chain the next is refused; other chains, and what may loop, go on."""
    scenario = Lambda().function()
    scenario.when(invoke(), lineage=BOUND).refused("RecursiveInvocationException", "recursive loop")
    assert scenario.record["errorMessage"] == errors.RECURSIVE and scenario.runs == []
    scenario.when(invoke(), lineage=BEFORE)
    scenario.when(invoke(), lineage=Lineage(root=ROOT, passes={arn("g"): RECURSION_LIMIT}))
    assert scenario.error is None and len(scenario.runs) == 2
    allow(scenario, "Allow")
    scenario.when(invoke(), lineage=BOUND)
    allow(scenario, "Terminate")
    scenario.when(invoke(), lineage=BOUND).refused("RecursiveInvocationException")
    assert len(scenario.runs) == 3
    scenario.replays()


@pytest.mark.parametrize("config", ["dead letters", "destination"])
def test_an_event_in_a_circle_is_told_of(config: str) -> None:
    """It is accepted and not run; the log says why, and the queue that is set for failures gets it."""
    dead: Any = api.DeadLetterConfig(target_arn=queue("dead")) if config == "dead letters" else UNSET
    scenario = Lambda().function(dead_letter_config=dead)
    if config == "destination":
        failed = api.DestinationConfig(on_failure=api.OnFailure(destination=queue("dead")))
        scenario.given(api.PutFunctionEventInvokeConfig(function_name="f", destination_config=failed))
    scenario.when(invoke(invocation_type="Event"), lineage=BOUND)
    assert scenario.error is None and scenario.answer.status_code == 202
    assert scenario.runs == [] and scenario.state().events == {}
    (stop,) = stops(scenario)
    assert (stop.resource, stop.root, stop.passes, stop.bound) == (
        arn(), ROOT, RECURSION_LIMIT, RECURSION_LIMIT,
    )  # fmt: skip
    (sent,) = scenario.sent("sqs")
    if config == "dead letters":
        said = {name: one.string_value for name, one in sent.message_attributes.items()}
        assert (said["ErrorCode"], said["ErrorMessage"]) == ("429", errors.RECURSIVE)
    else:
        assert '"condition":"RecursiveInvocation"' in sent.message_body
    scenario.replays()


def test_a_retry_goes_on_with_its_chain() -> None:
    """An event that failed is tried again from a timer, a minute later, and still knows where it came from."""
    scenario = Lambda().function()
    scenario.answers = lambda run: failure()
    scenario.when(invoke(invocation_type="Event"), lineage=BEFORE)
    scenario.later(minutes=10)
    chains = [one.lineage for one in scenario.commands if one.action == "RunEvent"]
    assert len(scenario.runs) == 3 and chains == [BEFORE] * 3
    scenario.replays()


def test_a_message_in_a_circle_stays_in_its_queue() -> None:
    """The others of its batch go to the function, with the chain of the one that came farthest; it is received, and
    stopped, again, until the queue's redrive policy takes it."""
    scenario = Mapped()
    for body, lineage in (("stuck", BOUND), ("far", BEFORE), ("near", Lineage())):
        scenario.when(sqs.SendMessage(queue_url=URL, message_body=body), service="sqs", lineage=lineage)
    scenario.map()
    assert scenario.batches == [["far", "near"]] and scenario.left() == 1
    scenario.given(api.GetFunctionConcurrency(function_name="f"))
    scenario.later(minutes=2)
    assert scenario.batches == [["far", "near"]]
    told = stops(scenario)
    assert told and all((stop.action, stop.chain) == ("Invoke", BOUND.passes) for stop in told)
    allow(scenario, "Allow")
    scenario.later(minutes=2)
    assert scenario.batches == [["far", "near"], ["stuck"]] and scenario.left() == 0
    scenario.replays()
