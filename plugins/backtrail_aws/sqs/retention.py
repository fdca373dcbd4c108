"""What time does: messages whose retention has ended are removed, and a record says so.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backtrail import Answer, Call, Command, Event, Params, field
from backtrail_aws.sqs import directory, limits, stock, tasks
from backtrail_aws.sqs.moments import micros, moment
from backtrail_aws.sqs.state import Queues, service

_TIME = 16
_QUEUE = "e"


class ExpireMessages(Params):
    """The service's own action: the retention of a queue's oldest messages has ended."""

    queue_arn: str = field(name="queueArn")


class Expired(Params):
    """Beside an ExpireMessages: the messages that were removed."""

    message_ids: list[str] = field(name="messageIds")
    keys: list[str]


def next_due(state: Queues) -> datetime | None:
    """When time next has something to do here."""
    first = state.alarms.first()
    return moment(int(first[:_TIME], 16)) if first is not None else None


@service.timer(next_due)
def time_came(state: Queues, now: datetime) -> Iterator[Command]:
    """Messages expire, move tasks go on: whatever is due."""
    us = micros(now)
    for alarm, name in state.alarms.items():
        if int(alarm[:_TIME], 16) > us:
            return
        if alarm[_TIME] == _QUEUE:
            yield Command("sqs", ExpireMessages(queue_arn=state.queues[name].arn))
        else:
            yield Command("sqs", tasks.MoveMessages(task_id=name))


@service.handle(internal=True)
def expire_messages(state: Queues, call: Call[ExpireMessages]) -> Answer[None]:
    """The messages that have expired by now."""
    queue = directory.by_arn(state, call.params.queue_arn)
    found = stock.expired(queue, micros(call.time), limits.CHUNK) if queue is not None else []
    return Answer(None, note=Expired(message_ids=[one.id for one in found], keys=[one.key for one in found]))


@service.project
def messages_expired(state: Queues, event: Event[ExpireMessages, None]) -> None:
    """They are gone."""
    queue = directory.by_arn(state, event.params.queue_arn)
    expired = event.note(Expired)
    if queue is None or expired is None:
        return
    for key in expired.keys:
        stock.drop(queue, key)
    stock.expect_expiry(state, queue)
