"""Short words for the tests of SNS."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.sns
import backtrail_aws.sqs
from backtrail import UNSET, Effect, Params, UnsetType
from backtrail.call import Outcome
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.sns import api
from backtrail_aws.sns.commands import DeliverHttp
from backtrail_aws.sns.http_deliveries import Posted
from backtrail_aws.sns.state import Letter, Subscription, Topic
from backtrail_aws.sns.state import Sns as State
from backtrail_aws.sqs import api as sqs


def arn(name: str, account: str = ACCOUNT) -> str:
    """A topic's ARN."""
    return f"arn:aws:sns:{REGION}:{account}:{name}"


def queue_arn(name: str, account: str = ACCOUNT) -> str:
    """A queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{account}:{name}"


def queue_url(name: str, account: str = ACCOUNT) -> str:
    """A queue's URL."""
    return f"https://sqs.{REGION}.amazonaws.com/{account}/{name}"


def text(value: str, kind: str = "String") -> api.MessageAttributeValue:
    """A message attribute that is text."""
    return api.MessageAttributeValue(data_type=kind, string_value=value)


class Sns(Scenario):
    """A scenario with SNS and SQS, and words for what tests do most."""

    def __init__(self, **given: Any) -> None:
        super().__init__(backtrail_aws.sns, backtrail_aws.sqs, service="sns", **given)

    def topic(self, name: str, **attributes: str) -> Sns:
        """A new topic."""
        fifo = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
        self.given(api.CreateTopic(name=name, attributes={**fifo, **attributes} or UNSET))
        return self

    def queue(self, name: str, **attributes: str) -> Sns:
        """A new queue."""
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        self.given(
            sqs.CreateQueue(queue_name=name, attributes={**fifo, **attributes} or UNSET), service="sqs"
        )
        return self

    def subscribe(self, topic: str, protocol: str, endpoint: str, **attributes: str) -> str:
        """Subscribe an endpoint; the ARN that the answer tells."""
        self.given(
            api.Subscribe(
                topic_arn=arn(topic), protocol=protocol, endpoint=endpoint, attributes=attributes or UNSET
            )
        )
        return str(self.answer.subscription_arn)

    def subscribe_queue(self, topic: str, queue: str, **attributes: str) -> str:
        """Subscribe a queue."""
        return self.subscribe(topic, "sqs", queue_arn(queue), **attributes)

    def publish(self, topic: str, message: str, **more: Any) -> api.PublishResult:
        """Publish one message; its answer."""
        self.given(api.Publish(topic_arn=arn(topic), message=message, **more))
        answer: api.PublishResult = self.answer
        return answer

    def received(self, queue: str) -> list[sqs.Message]:
        """What lies in a queue."""
        found: list[sqs.Message] = []
        while True:
            self.given(
                sqs.ReceiveMessage(
                    queue_url=queue_url(queue), max_number_of_messages=10, message_attribute_names=["All"],
                    message_system_attribute_names=["All"],
                ),
                service="sqs",
            )  # fmt: skip
            answer: sqs.ReceiveMessageResult = self.answer
            if isinstance(answer.messages, UnsetType) or not answer.messages:
                return found
            found += answer.messages

    def bodies(self, queue: str) -> list[str]:
        """The bodies of what lies in a queue."""
        return [str(message.body) for message in self.received(queue)]

    def notes(self, queue: str) -> list[str]:
        """The messages in the envelopes that lie in a queue."""
        return [json.loads(body)["Message"] for body in self.bodies(queue)]

    def set(self, subscription_arn: str, name: str, value: str) -> Sns:
        """Set a subscription's attribute."""
        self.given(
            api.SetSubscriptionAttributes(
                subscription_arn=subscription_arn, attribute_name=name, attribute_value=value
            )
        )
        return self

    def attributes(self, topic: str) -> dict[str, str]:
        """A topic's attributes."""
        self.given(api.GetTopicAttributes(topic_arn=arn(topic)))
        return dict(self.answer.attributes)

    def subscription_attributes(self, subscription_arn: str) -> dict[str, str]:
        """A subscription's attributes."""
        self.given(api.GetSubscriptionAttributes(subscription_arn=subscription_arn))
        return dict(self.answer.attributes)

    @property
    def posts(self) -> list[DeliverHttp]:
        """What the last call wants posted over HTTP."""
        return [command.params for command in self.commands if isinstance(command.params, DeliverHttp)]

    def posted(self, delivery: DeliverHttp, status: int, reason: str = "", **more: Any) -> Sns:
        """The effect of a delivery over HTTP ended so."""
        self.when(delivery)
        assert isinstance(self.answer, Effect)
        self.when(delivery, outcome=Outcome(result=Posted(status=status, reason=reason, **more)))
        return self

    def state(self) -> State:
        """What the account's home region holds."""
        state = self.machine.state(("sns", self.account, self.region))
        assert isinstance(state, State)
        return state

    def held(self, topic: str) -> Topic:
        """A topic as the state has it."""
        return self.state().topics[topic]

    def only(self, topic: str) -> Subscription:
        """The one subscription of a topic."""
        (found,) = [one for one in self.state().subscriptions.values() if one.topic_arn == arn(topic)]
        return found

    def outbox(self) -> list[Letter]:
        """Mails, texts and pushes."""
        return list(self.state().outbox.values())

    def names(self) -> list[str]:
        """The event names of the log."""
        return [json.loads(entry.record)["eventName"] for entry in self.log]


def refuse(sns: Sns, call: Params, code: str, message: str | None = None) -> None:
    """A call is refused."""
    sns.when(call).refused(code, message)
