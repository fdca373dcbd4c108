"""Short words for the tests of SQS."""

from __future__ import annotations

from typing import Any

import backtrail_aws.sqs
from backtrail import UNSET
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.sqs import api
from backtrail_aws.sqs.state import Queue, Queues


def url(name: str, account: str = ACCOUNT) -> str:
    """A queue's URL."""
    return f"https://sqs.{REGION}.amazonaws.com/{account}/{name}"


def arn(name: str, account: str = ACCOUNT) -> str:
    """A queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{account}:{name}"


class Sqs(Scenario):
    """A scenario with SQS alone, and words for what tests do most."""

    def __init__(self, **given: Any) -> None:
        super().__init__(backtrail_aws.sqs, **given)

    def queue(self, name: str, **attributes: str) -> Sqs:
        """A new queue."""
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        given = {**fifo, **attributes}
        self.given(api.CreateQueue(queue_name=name, attributes=given or UNSET))
        return self

    def send(self, name: str, body: str, **more: Any) -> api.SendMessageResult:
        """Send one message; its answer."""
        self.given(api.SendMessage(queue_url=url(name), message_body=body, **more))
        answer: api.SendMessageResult = self.answer
        return answer

    def receive(self, name: str, most: int = 10, **more: Any) -> list[api.Message]:
        """What a receive gives."""
        self.given(api.ReceiveMessage(queue_url=url(name), max_number_of_messages=most, **more))
        answer: api.ReceiveMessageResult = self.answer
        return [] if answer.messages is UNSET else list(answer.messages)

    def bodies(self, name: str, most: int = 10, **more: Any) -> list[Any]:
        """The bodies that a receive gives."""
        return [message.body for message in self.receive(name, most, **more)]

    def delete(self, name: str, message: api.Message) -> Sqs:
        """Delete what was received."""
        self.given(api.DeleteMessage(queue_url=url(name), receipt_handle=str(message.receipt_handle)))
        return self

    def attributes(self, name: str, *names: str) -> dict[str, str]:
        """A queue's attributes."""
        self.given(api.GetQueueAttributes(queue_url=url(name), attribute_names=list(names) or ["All"]))
        answer: api.GetQueueAttributesResult = self.answer
        return {} if answer.attributes is UNSET else dict(answer.attributes)

    def depth(self, name: str) -> tuple[int, int, int]:
        """How many messages are visible, in flight and delayed."""
        found = self.attributes(name)
        names = ("", "NotVisible", "Delayed")
        visible, in_flight, delayed = (int(found[f"ApproximateNumberOfMessages{one}"]) for one in names)
        return visible, in_flight, delayed

    def state(self) -> Queues:
        """What the account's home region holds."""
        state = self.machine.state(("sqs", self.account, self.region))
        assert isinstance(state, Queues)
        return state

    def held(self, name: str) -> Queue:
        """A queue as the state has it."""
        return self.state().queues[name]
