"""Exactly-once processing in FIFO queues: what was sent, or received, under an id that comes again in five minutes.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
"""

from __future__ import annotations

import hashlib

from backtrail import UnsetType
from backtrail_aws.sqs import limits
from backtrail_aws.sqs.contents import Sent
from backtrail_aws.sqs.moments import sortable
from backtrail_aws.sqs.state import Attempt, Deduplicated, Queue

_SENT, _RECEIVED = "s", "r"


def token_of(queue: Queue, sent: Sent) -> str | UnsetType:
    """A message's deduplication id: its own, or the SHA-256 of its body where the queue goes by content."""
    if not isinstance(sent.message_deduplication_id, UnsetType):
        return sent.message_deduplication_id
    if queue.setting("ContentBasedDeduplication") == "true" and isinstance(sent.message_body, str):
        return hashlib.sha256(sent.message_body.encode("utf-8", "surrogatepass")).hexdigest()
    return sent.message_deduplication_id


def scope_of(queue: Queue, token: str, group: str | UnsetType) -> str:
    """What an id is unique in: the queue, or its message group."""
    if queue.setting("DeduplicationScope") == "messageGroup" and isinstance(group, str):
        return f"{group}\0{token}"
    return token


def sent_before(queue: Queue, scope: str, now_us: int) -> Deduplicated | None:
    """The message that was sent under an id within the interval."""
    found = queue.used.get(scope)
    return found if found is not None and now_us - found.at_us < limits.DEDUPLICATION_US else None


def attempted_before(queue: Queue, attempt_id: str, now_us: int) -> Attempt | None:
    """What was received under an attempt id within the interval, where nothing of it was touched since."""
    found = queue.attempts.get(attempt_id)
    if found is None or now_us - found.at_us >= limits.DEDUPLICATION_US or found.until_us <= now_us:
        return None
    for key, receipt in found.taken.items():
        message = queue.messages.get(key)
        if message is None or message.receipt != receipt or message.visible_us != found.until_us:
            return None
    return found


# folds


def remember_sent(queue: Queue, scope: str, used: Deduplicated) -> None:
    """An id is used."""
    _forget_old(queue, used.at_us)
    queue.used[scope] = used
    queue.recent[f"{sortable(used.at_us)}{_SENT}{scope}"] = scope


def remember_received(queue: Queue, attempt_id: str, attempt: Attempt) -> None:
    """An attempt id is used."""
    _forget_old(queue, attempt.at_us)
    queue.attempts[attempt_id] = attempt
    queue.recent[f"{sortable(attempt.at_us)}{_RECEIVED}{attempt_id}"] = attempt_id


def _forget_old(queue: Queue, now_us: int) -> None:
    """Drop what is older than the interval: each entry once, so O(1) a message over time."""
    end = sortable(max(now_us - limits.DEDUPLICATION_US, 0))
    while (first := queue.recent.first()) is not None and first < end:
        name = queue.recent.pop(first)
        table: dict[str, Deduplicated] | dict[str, Attempt] = (
            queue.used if first[16] == _SENT else queue.attempts
        )
        at_us = int(first[:16], 16)
        if name in table and table[name].at_us == at_us:
            del table[name]
