"""Messages remember what put them: the event, the chain it was part of, the trace that its request named."""

from __future__ import annotations

import json

from backtrail import UNSET, Lineage, told
from backtrail.facts import Facts
from backtrail.lineage import BEGINNING
from backtrail.trail.forms import HttpFacts
from backtrail_aws.sqs import api

from .queue_scenario import Sqs, arn, url

TRACE = "Root=1-68a1b2c3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
CHAIN = Lineage(root="01a21108-5833-78f6-8000-000000000001", passes={"arn:aws:lambda:::f": 3})


def within(scenario: Sqs, body: str, *, trace: str = "", lineage: Lineage = BEGINNING) -> str:
    """Send a message within a chain; the id of its event."""
    headers = {"x-amzn-trace-id": trace} if trace else {}
    scenario.when(
        api.SendMessage(queue_url=url("a"), message_body=body),
        lineage=lineage,
        facts=Facts(http=HttpFacts(headers=headers)),
    )
    assert scenario.error is None
    return str(scenario.record["eventID"])


def test_a_message_remembers_its_chain() -> None:
    """Who takes it up within the account learns of both; what a client asks for has neither."""
    scenario = Sqs().queue("a")
    events = [within(scenario, "x", lineage=CHAIN), within(scenario, "y")]
    chained, plain = scenario.receive("a", message_system_attribute_names=["All"])
    assert [chained.put_by, plain.put_by] == events
    assert (chained.root, chained.passes) == (CHAIN.root, CHAIN.passes)
    assert (plain.root, plain.passes) == (UNSET, UNSET)
    assert "AWSTraceHeader" not in told(chained.attributes, {})
    assert "putByEventId" not in json.dumps(scenario.record)
    scenario.replays()


def test_the_trace_of_the_request_goes_with_the_message() -> None:
    """As X-Ray's page on SQS says; an attribute that was given with the message is stronger."""
    scenario = Sqs().queue("a")
    within(scenario, "x", trace=TRACE)
    given = api.MessageSystemAttributeValue(data_type="String", string_value="Root=1-2-3")
    scenario.when(
        api.SendMessage(
            queue_url=url("a"), message_body="y", message_system_attributes={"AWSTraceHeader": given}
        ),
        facts=Facts(http=HttpFacts(headers={"x-amzn-trace-id": TRACE})),
    )
    first, second = scenario.receive("a", message_system_attribute_names=["AWSTraceHeader"])
    assert (first.attributes, second.attributes) == (
        {"AWSTraceHeader": TRACE}, {"AWSTraceHeader": "Root=1-2-3"},
    )  # fmt: skip
    scenario.replays()


def test_batches_remember_it_too() -> None:
    """Every message of a batch has the chain of the call."""
    scenario = Sqs().queue("a")
    entries = [api.SendMessageBatchRequestEntry(id=name, message_body=name) for name in "xy"]
    scenario.when(api.SendMessageBatch(queue_url=url("a"), entries=entries), lineage=CHAIN)
    assert [one.root for one in scenario.receive("a")] == [CHAIN.root] * 2
    scenario.replays()


def test_a_dead_letter_keeps_it() -> None:
    """Where a message was moved to, it is still known where it came from."""
    scenario = Sqs().queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": 1})
    scenario.queue("a", RedrivePolicy=redrive, VisibilityTimeout="0")
    event = within(scenario, "x", lineage=CHAIN)
    scenario.receive("a")
    assert scenario.receive("a") == []
    (letter,) = scenario.receive("dead")
    assert (letter.put_by, letter.root, letter.passes) == (event, CHAIN.root, CHAIN.passes)
    scenario.replays()
