"""What is wrong with a topic or a subscription, and which records made it so.

The book's row DIAG-23, asked of the state by `backtrail diagnose`. It is no API of AWS's.
https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import Call, told
from backtrail.troubles import Blame, Finding, TellTrouble, TellTroubleResult
from backtrail_aws.sns.state import Sns, Subscription, Topic, service


@service.read(internal=True)
def tell_trouble(state: Sns, call: Call[TellTrouble]) -> TellTroubleResult:
    """What the rules find about a topic, by its ARN or name, or about a subscription, by its ARN."""
    resource = call.params.resource
    topic = next((one for one in state.topics.values() if resource in (one.arn, one.name)), None)
    if topic is not None:
        return TellTroubleResult(known=True, findings=list(_of_topic(state, topic)))
    subscription = state.subscriptions.get(resource)
    if subscription is None:
        return TellTroubleResult(known=False)
    return TellTroubleResult(known=True, findings=list(_of_subscription(subscription)))


def _of_topic(state: Sns, topic: Topic) -> Iterator[Finding]:
    held = [one for one in state.subscriptions.values() if one.topic_arn == topic.arn]
    if not held:
        yield Finding(
            rule="DIAG-23", symptom=f"nobody gets what is published to {topic.name}", fix="Subscribe",
            cause="the topic has no subscription, or none that was confirmed in time",
            blame=[Blame(resource=topic.arn, actions=["Unsubscribe", "Subscribe", "CreateTopic"])],
        )  # fmt: skip
    for one in held:
        yield from _of_subscription(one)


def _of_subscription(one: Subscription) -> Iterator[Finding]:
    """DIAG-23: it waits for its confirmation, or its deliveries are refused."""
    who = f"{told(one.endpoint, '?')} ({told(one.protocol, '?')})"
    blame = [
        Blame(resource=one.arn, actions=["Subscribe"]),
        Blame(resource=one.topic_arn, actions=["Subscribe"]),
    ]
    if not one.confirmed:
        yield Finding(
            rule="DIAG-23", symptom=f"{who} gets nothing of {one.topic_arn}", blame=blame,
            cause="the subscription is not confirmed: after two days without, it is gone (API_Subscribe)",
            fix="follow the link of the confirmation, or ConfirmSubscription",
        )  # fmt: skip
    elif one.failures:
        yield Finding(
            rule="DIAG-23", symptom=f"{one.failures} messages of {one.topic_arn} did not get to {who}",
            cause=f"the last delivery failed: {one.last_failure}",
            fix="let sns.amazonaws.com in by the endpoint's own policy (SetQueueAttributes Policy)", blame=blame,
        )  # fmt: skip
