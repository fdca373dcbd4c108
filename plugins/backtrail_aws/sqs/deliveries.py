"""A message as it is given out: with the attributes that the receiver asked for, and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from backtrail import UNSET, UnsetType, told
from backtrail_aws.sqs import api, digests, errors
from backtrail_aws.sqs.api import MessageAttributeValue, ReceiveMessage
from backtrail_aws.sqs.contents import TRACE
from backtrail_aws.sqs.state import Message

_EVERYTHING = frozenset({"All", ".*"})

_Shown = Callable[[Message, int, int], str | UnsetType]

_SYSTEM: dict[str, _Shown] = {
    "SenderId": lambda message, count, first: message.sender or UNSET,
    "SentTimestamp": lambda message, count, first: str(message.sent_us // 1000),
    "ApproximateReceiveCount": lambda message, count, first: str(count),
    "ApproximateFirstReceiveTimestamp": lambda message, count, first: str(first // 1000),
    "SequenceNumber": lambda message, count, first: message.sequence,
    "MessageDeduplicationId": lambda message, count, first: message.deduplication,
    "MessageGroupId": lambda message, count, first: message.group,
    TRACE: lambda message, count, first: message.trace,
    "DeadLetterQueueSourceArn": lambda message, count, first: message.source,
}


class Wanted(msgspec.Struct, frozen=True):
    """What a receiver asked for: system attributes by name; message attributes by name or by prefix, or all."""

    system: list[str]
    everything: bool
    names: frozenset[str]
    prefixes: tuple[str, ...]


def wanted(params: ReceiveMessage) -> Wanted:
    """What a receive asks for, by either name of the parameter. Raises `Refusal` for an attribute that is none."""
    named = [*told(params.attribute_names, []), *told(params.message_system_attribute_names, [])]
    for name in named:
        if name != "All" and name not in _SYSTEM:
            raise errors.unknown_attribute(name)
    own = told(params.message_attribute_names, [])
    return Wanted(
        system=list(_SYSTEM) if "All" in named else list(dict.fromkeys(named)),
        everything=not _EVERYTHING.isdisjoint(own),
        names=frozenset(own),
        prefixes=tuple(name[:-2] for name in own if name.endswith(".*")),
    )


def delivered(message: Message, handle: str, asked: Wanted, count: int, first_us: int) -> api.Message:
    """A message as one receive answers it; `count` and `first_us` include that receive."""
    attributes = _attributes(message.attributes, asked)
    lineage = message.lineage
    system = {
        name: shown
        for name in asked.system
        if isinstance(shown := _SYSTEM[name](message, count, first_us), str)
    }
    return api.Message(
        message_id=message.id,
        receipt_handle=handle,
        md5_of_body=message.md5,
        body=message.body,
        attributes=system or UNSET,
        md5_of_message_attributes=digests.of_attributes(attributes),
        message_attributes=attributes or UNSET,
        put_by=message.put_by or UNSET,
        root=lineage.root if lineage is not None else UNSET,
        passes=lineage.passes if lineage is not None else UNSET,
    )


def _attributes(
    given: Mapping[str, MessageAttributeValue], asked: Wanted
) -> dict[str, MessageAttributeValue]:
    if asked.everything or not given:
        return dict(given)
    return {
        name: value
        for name, value in given.items()
        if name in asked.names or (asked.prefixes and name.startswith(asked.prefixes))
    }
