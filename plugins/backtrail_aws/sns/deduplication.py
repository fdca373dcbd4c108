"""FIFO topics: what was published under an id that comes again in five minutes, and the numbers of what was not.

https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html
"""

from __future__ import annotations

import hashlib

from backtrail import UNSET, UnsetType
from backtrail.payload import HIDDEN
from backtrail_aws.sns import limits
from backtrail_aws.sns.contents import Sent
from backtrail_aws.sns.moments import sortable
from backtrail_aws.sns.state import Deduplicated, Topic

_BASE, _STEP = 10_000_000_000_000_000_000, 1_000
"""Sequence numbers have 20 digits and rise (dg/fifo-topic-message-ordering.html); opaque beyond their order."""


def sequence_number(count: int) -> str:
    """The sequence number of a topic's nth message."""
    return str(_BASE + count * _STEP)


def token_of(topic: Topic, sent: Sent) -> str | UnsetType:
    """A message's deduplication id: its own, or the SHA-256 of its body where the topic goes by content."""
    if not isinstance(sent.message_deduplication_id, UnsetType):
        return sent.message_deduplication_id
    by_content = topic.attributes.get("ContentBasedDeduplication") == "true"
    if by_content and isinstance(sent.message, str) and sent.message != HIDDEN:
        return hashlib.sha256(sent.message.encode("utf-8", "surrogatepass")).hexdigest()
    return UNSET


def scope_of(topic: Topic, sent: Sent) -> str | None:
    """What a message is a duplicate in: its id, within the topic or within its group; None where it has no id."""
    token = token_of(topic, sent)
    if not topic.fifo or not isinstance(token, str):
        return None
    by_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
    return f"{sent.message_group_id}\0{token}" if by_group else token


def published_before(topic: Topic, scope: str, now_us: int) -> Deduplicated | None:
    """The message that was published under an id within the interval."""
    found = topic.used.get(scope)
    return found if found is not None and now_us - found.at_us < limits.DEDUPLICATION_US else None


# folds


def remember(topic: Topic, scope: str, used: Deduplicated) -> None:
    """An id is used; those that are too old are forgotten, each once, so O(1) a message over time."""
    end = sortable(max(used.at_us - limits.DEDUPLICATION_US, 0))
    while (first := topic.recent.first()) is not None and first < end:
        name = topic.recent.pop(first)
        if name in topic.used and topic.used[name].at_us == int(first[:16], 16):
            del topic.used[name]
    topic.used[scope] = used
    topic.recent[f"{sortable(used.at_us)}{scope}"] = scope


def sequenced(topic: Topic, told_number: str | UnsetType) -> str:
    """A message's sequence number, and the topic's count after it (AWS's own numbers count on)."""
    topic.sequence += 1
    if isinstance(told_number, UnsetType) or not (told_number.isascii() and told_number.isdigit()):
        return sequence_number(topic.sequence)
    topic.sequence = max(topic.sequence, (int(told_number) - _BASE) // _STEP)
    return told_number
