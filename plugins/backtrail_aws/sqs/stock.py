"""Messages in a queue: putting, taking, hiding and dropping them, and counting them, at any depth in O(log n).

Standard queues give out by the time from which a message may be received; FIFO queues group by group, none of a
group while one of its messages is in flight:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
Everything that writes is for folds.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backtrail import SortedMap
from backtrail_aws.sqs import moments
from backtrail_aws.sqs.moments import SECOND, sortable
from backtrail_aws.sqs.state import Group, Message, Queue, Queues

_TIME = 16  # the digits of a sortable time
_UNGROUPED = ""  # a foreign record may not tell a FIFO message's group


class Counts(msgspec.Struct, frozen=True):
    """ApproximateNumberOfMessages, …NotVisible and …Delayed; here they are exact."""

    visible: int
    in_flight: int
    delayed: int


# folds


def put(queue: Queue, message: Message) -> None:
    """Add a message that arrives; it may be received from `message.visible_us` on."""
    queue.arrivals += 1
    message.key = f"{sortable(message.sent_us)}{queue.arrivals:010x}"
    message.receipt = ""
    queue.messages[message.key] = message
    if not queue.fifo:
        queue.fresh[_placed(message)] = message.key
        return
    name = _group_of(message)
    group = queue.groups.get(name)
    if group is None:
        group = queue.groups[name] = Group()
    group.keys[message.key] = True
    if len(group.keys) == 1:
        _reorder(queue, name, group)


def take(queue: Queue, message: Message, now_us: int, until_us: int, receipt: str) -> None:
    """Hide a message that is received, under a new receipt."""
    _lift(queue, message)
    message.received += 1
    message.first_received_us = message.first_received_us or now_us
    message.last_received_us = now_us
    message.receipt = receipt
    _fly(queue, message, until_us)


def hide(queue: Queue, message: Message, until_us: int) -> None:
    """Change when a message that was received is visible again."""
    _lift(queue, message)
    _fly(queue, message, until_us)


def drop(queue: Queue, key: str) -> Message | None:
    """Remove a message; None where it is gone already."""
    message = queue.messages.pop(key, None)
    if message is None:
        return None
    _lift(queue, message)
    if queue.fifo:
        name = _group_of(message)
        group = queue.groups[name]
        del group.keys[key]
        group.flying.pop(key, None)
        _reorder(queue, name, group)
    return message


def empty(queue: Queue) -> None:
    """Remove all messages. What was used for deduplication stays used."""
    queue.messages = SortedMap()
    queue.fresh, queue.flying, queue.order = SortedMap(), SortedMap(), SortedMap()
    queue.groups = {}


def reorder(queue: Queue) -> None:
    """Find anew when each group may be received from: a FIFO queue's delay was changed, which also tells for what
    is in it already (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html).
    """
    for name, group in queue.groups.items():
        _reorder(queue, name, group)


def expect_expiry(state: Queues, queue: Queue, *, anew: bool = False) -> None:
    """Keep the alarm for the end of the oldest message's retention; `anew` where the retention itself changed."""
    oldest = queue.messages.first() or ""
    if oldest == queue.oldest and not anew:
        return
    queue.oldest = oldest
    due = _expires(queue, oldest) if oldest else 0
    if due == queue.expiry_us:
        return
    if queue.expiry_us:
        state.alarms.pop(_alarm(queue.expiry_us, queue.name), None)
    if due:
        state.alarms[_alarm(due, queue.name)] = queue.name
    queue.expiry_us = due


# reads


def candidates(queue: Queue, now_us: int) -> Iterator[Message]:
    """The messages that may be received now, in the order in which they are given out."""
    return _grouped(queue, now_us) if queue.fifo else _standard(queue, now_us)


def next_moment(queue: Queue, now_us: int) -> int | None:
    """The next time after now at which a message becomes visible; None where only a call can make one so."""
    after = sortable(now_us + 1)
    found: list[str] = []
    for collection in (queue.order, queue.fresh, queue.flying):
        first = next(collection.keys_from(after), None)
        if first is not None:
            found.append(first)
    return int(min(found)[:_TIME], 16) if found else None


def counts(queue: Queue, now_us: int) -> Counts:
    """How many messages are visible, in flight and delayed."""
    after = sortable(now_us + 1)
    in_flight = len(queue.flying) - queue.flying.rank(after)
    if queue.fifo:
        sent_after = sortable(now_us - queue.number("DelaySeconds") * SECOND + 1)
        delayed = len(queue.messages) - queue.messages.rank(sent_after)
    else:
        delayed = len(queue.fresh) - queue.fresh.rank(after)
    return Counts(max(len(queue.messages) - in_flight - delayed, 0), in_flight, delayed)


def in_flight(queue: Queue, now_us: int) -> int:
    """How many messages are in flight."""
    return len(queue.flying) - queue.flying.rank(sortable(now_us + 1))


def expired(queue: Queue, now_us: int, limit: int) -> list[Message]:
    """The oldest messages whose retention has ended, `limit` of them at most."""
    found: list[Message] = []
    for key, message in queue.messages.items():
        if len(found) == limit or _expires(queue, key) > now_us:
            break
        found.append(message)
    return found


# within


def _standard(queue: Queue, now_us: int) -> Iterator[Message]:
    """The merge of what was never received and of what is visible again."""
    end = sortable(now_us + 1)
    streams = [iter(queue.fresh.items_from("")), iter(queue.flying.items_from(""))]
    heads = [next(stream, None) for stream in streams]
    while True:
        ready = [(head, index) for index, head in enumerate(heads) if head is not None and head[0] < end]
        if not ready:
            return
        (_, key), index = min(ready)
        yield queue.messages[key]
        heads[index] = next(streams[index], None)


def _grouped(queue: Queue, now_us: int) -> Iterator[Message]:
    """Group by group, each from its first message on."""
    end = sortable(now_us + 1)
    delay_us = queue.number("DelaySeconds") * SECOND
    for place, name in queue.order.items():
        if place >= end:
            return
        for key in queue.groups[name].keys:
            message = queue.messages[key]
            if not message.receipt and message.sent_us + delay_us > now_us:
                break
            yield message


def _lift(queue: Queue, message: Message) -> None:
    """Take a message out of the places by time."""
    if message.receipt:
        del queue.flying[_placed(message)]
    elif not queue.fifo:
        del queue.fresh[_placed(message)]


def _fly(queue: Queue, message: Message, until_us: int) -> None:
    message.visible_us = until_us
    queue.flying[_placed(message)] = message.key
    if queue.fifo:
        name = _group_of(message)
        group = queue.groups[name]
        group.flying[message.key] = until_us
        _reorder(queue, name, group)


def _reorder(queue: Queue, name: str, group: Group) -> None:
    """Put a group where the time from which it may be received says; away with an empty one."""
    if group.place:
        del queue.order[group.place]
    head = group.keys.first()
    if head is None:
        del queue.groups[name]
        return
    free_us = max(group.flying.values(), default=0)
    if head not in group.flying:
        free_us = max(free_us, int(head[:_TIME], 16) + queue.number("DelaySeconds") * SECOND)
    group.place = f"{sortable(free_us)}{head}"
    queue.order[group.place] = name


def _placed(message: Message) -> str:
    return f"{sortable(message.visible_us)}{message.key}"


def _group_of(message: Message) -> str:
    return message.group if isinstance(message.group, str) else _UNGROUPED


def _expires(queue: Queue, key: str) -> int:
    """When a message's retention ends: counted in whole seconds, so that one record may tell of many."""
    return moments.whole_second(int(key[:_TIME], 16) + queue.number("MessageRetentionPeriod") * SECOND)


def _alarm(due_us: int, name: str) -> str:
    return f"{sortable(due_us)}e{name}"
