"""Message archives of FIFO topics, and what a subscription replays of them.

https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from backtrail_aws.sns import documents, errors, limits
from backtrail_aws.sns.moments import SECOND, micros, moment, sortable
from backtrail_aws.sns.state import Published, Topic

_DAY_US = 86_400 * SECOND


class Replay(msgspec.Struct, frozen=True):
    """A ReplayPolicy: from when on, and until when, archived messages are delivered again."""

    start_us: int
    end_us: int | None


def check_policy(text: str, parameter: str) -> None:
    """Refuse an ArchivePolicy that AWS would refuse. Raises `Refusal`."""
    policy = documents.read(text or "{}")
    if policy is None:
        raise errors.invalid(f"{parameter}: failed to parse JSON.")  # evidence: guess
    least, most = limits.ARCHIVE_DAYS
    if policy and (set(policy) != {"MessageRetentionPeriod"} or not least <= _days(text) <= most):
        # evidence: dg/message-archiving-and-replay-topic-owner.html; words: guess
        raise errors.invalid(f"{parameter}: MessageRetentionPeriod must be between {least} and {most}")


def is_active(topic: Topic) -> bool:
    """Whether a topic keeps what is published to it."""
    return _days(topic.attributes.get("ArchivePolicy", "")) > 0


def beginning(topic: Topic) -> str:
    """The time of the oldest message that is kept; empty where there is none."""
    first = topic.archive.first()
    return (
        f"{moment(int(first[:16], 16)):%Y-%m-%dT%H:%M:%S.000Z}"
        if first is not None and is_active(topic)
        else ""
    )


def keep(topic: Topic, published: Published) -> None:
    """Fold a message into the archive, where the topic has one; what is older than its retention goes."""
    if not is_active(topic):
        return
    topic.archive[f"{sortable(published.at_us)}{published.sequence}{published.message_id}"] = published
    oldest = sortable(max(published.at_us - _days(topic.attributes.get("ArchivePolicy", "")) * _DAY_US, 0))
    while (first := topic.archive.first()) is not None and first < oldest:
        del topic.archive[first]


def trim(topic: Topic) -> None:
    """Fold that a topic's policy has changed: without any, nothing is kept."""
    if not is_active(topic):
        for key in list(topic.archive):
            del topic.archive[key]


def replay_of(text: str) -> Replay | None:
    """What a ReplayPolicy says; None for one that says nothing or cannot be read."""
    policy = documents.read(text)
    if policy is None or policy.get("PointType") != "Timestamp":
        return None
    start, end = _time(policy.get("StartingPoint")), policy.get("EndingPoint")
    if start is None or (end is not None and _time(end) is None):
        return None
    return Replay(start, _time(end) if end is not None else None)


def check_replay(topic: Topic, text: str, parameter: str) -> None:
    """Refuse a ReplayPolicy that AWS would refuse. Raises `Refusal`."""
    if not text or documents.read(text) == {}:
        return
    if not topic.fifo or not is_active(topic):
        # evidence: API_Subscribe; words: guess
        raise errors.because(
            parameter, "ReplayPolicy is only supported on topics with an active ArchivePolicy"
        )
    if replay_of(text) is None:
        raise errors.because(parameter, "Invalid ReplayPolicy")  # evidence: guess


def replayed(topic: Topic, replay: Replay) -> Iterator[Published]:
    """The archived messages that a replay delivers, in order."""
    for key, published in topic.archive.items_from(sortable(max(replay.start_us, 0))):
        if replay.end_us is not None and int(key[:16], 16) > replay.end_us:
            return
        yield published


def _days(text: str) -> int:
    policy = documents.read(text) or {}
    found = str(policy.get("MessageRetentionPeriod", "0"))
    return int(found) if found.isascii() and found.isdigit() and len(found) < 10 else 0


def _time(value: object) -> int | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return micros(found if found.tzinfo is not None else found.replace(tzinfo=UTC))
