"""What SQS knows of one account in one region."""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Lineage, Sealed, Service, SortedMap, State, UnsetType
from backtrail_aws.sqs import errors, limits
from backtrail_aws.sqs.api import MessageAttributeValue
from backtrail_aws.sqs.trail import TRAIL


class Message(msgspec.Struct, kw_only=True):
    """One message in a queue.

    `key` sorts by the time of sending and then by arrival. `visible_us` is when it may be received: a delay's end
    before it was ever received from this queue (`receipt` empty), the end of a visibility timeout after that.
    `put_by` is the event that sent it, `lineage` that of its chain, where it did not begin one.
    """

    id: str
    key: str = ""
    body: Sealed[str] | UnsetType = UNSET
    md5: str | UnsetType = UNSET
    sent_us: int
    visible_us: int
    sender: str = ""
    attributes: dict[str, MessageAttributeValue] = {}
    trace: str | UnsetType = UNSET
    group: str | UnsetType = UNSET
    deduplication: str | UnsetType = UNSET
    sequence: str | UnsetType = UNSET
    received: int = 0
    first_received_us: int = 0
    last_received_us: int = 0
    receipt: str = ""
    source: str | UnsetType = UNSET
    put_by: str = ""
    lineage: Lineage | None = None


class Group(msgspec.Struct, kw_only=True):
    """One message group of a FIFO queue: its messages in order, and those that were received (key -> visible again).

    `place` is where the queue's `order` has it.
    """

    keys: SortedMap[str, bool] = msgspec.field(default_factory=SortedMap[str, bool])
    flying: dict[str, int] = {}
    place: str = ""


class Deduplicated(msgspec.Struct, kw_only=True):
    """A deduplication id that was used: the message that it stands for."""

    message_id: str
    sequence: str | UnsetType = UNSET
    at_us: int


class Attempt(msgspec.Struct, kw_only=True):
    """A ReceiveRequestAttemptId that was used: the messages (key -> receipt) that its receive took, until when."""

    taken: dict[str, str]
    until_us: int
    at_us: int


class Queue(msgspec.Struct, kw_only=True):
    """A queue. Of one that was only inferred (`created_us` UNSET), attributes that no record told are unknown.

    `messages` holds all of them by age. What of a standard queue was never received lies in `fresh`, by the time
    from which it may be; the groups of a FIFO queue lie in `order`, by the time from which they may be received
    from. `flying` has every message that was received, by the time at which it is visible again. `rates` counts the
    calls of a FIFO queue in the second `rated_s`, by action.
    """

    name: str
    arn: str
    created_us: int | UnsetType = UNSET
    modified_us: int | UnsetType = UNSET
    attributes: dict[str, str] = {}
    tags: dict[str, str] = {}
    purged_us: int = 0
    arrivals: int = 0
    sequence: int = 0
    expiry_us: int = 0
    oldest: str = ""
    messages: SortedMap[str, Message] = msgspec.field(default_factory=SortedMap[str, Message])
    fresh: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    flying: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    groups: dict[str, Group] = {}
    order: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    used: dict[str, Deduplicated] = {}
    attempts: dict[str, Attempt] = {}
    recent: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    rated_s: int = 0
    rates: dict[str, int] = {}

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO queue: its name says so."""
        return self.name.endswith(".fifo")

    def setting(self, name: str) -> str:
        """An attribute's value, or its default (empty where it has none)."""
        found = self.attributes.get(name)
        return found if found is not None else limits.DEFAULTS.get(name) or limits.FIFO_DEFAULTS.get(name, "")

    def number(self, name: str) -> int:
        """An attribute that is a number."""
        found = self.attributes.get(name)
        return int(found if found is not None else limits.DEFAULTS[name])


class MoveTask(msgspec.Struct, kw_only=True):
    """A message move task; `next_us` is when its next messages are due, 0 once it has ended."""

    id: str
    source: str
    destination: str | UnsetType = UNSET
    rate: int | UnsetType = UNSET
    status: str = "RUNNING"
    moved: int = 0
    to_move: int | UnsetType = UNSET
    started_us: int
    next_us: int = 0
    failure: str | UnsetType = UNSET


class Queues(State):
    """The queues of one account in one region.

    `sources` has the queues that name a queue as their dead-letter queue. `alarms` is what time will bring:
    sortable time and what is due -> the queue (`e…`) or the move task (`t…`).
    """

    queues: SortedMap[str, Queue] = msgspec.field(default_factory=SortedMap[str, Queue])
    deleted: dict[str, int] = {}
    sources: dict[str, SortedMap[str, str]] = {}
    tasks: dict[str, MoveTask] = {}
    alarms: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])


service = Service("sqs", Queues, trail=TRAIL, errors=errors.CODES)
limits.declare(service)
service.resource(
    "AWS::SQS::Queue",
    collection=lambda state: state.queues,
    arn=lambda queue: queue.arn,
    tags=lambda queue: queue.tags,
)
