"""Batches of messages: as SQS gives them, as a function gets them, and which of them it has done with.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Lineage, Params, UnsetType, field, told
from backtrail_aws.lambda_ import filters
from backtrail_aws.lambda_.api import FilterCriteria


class ReceivedAttribute(Params):
    """A message attribute; binary values in base64."""

    string_value: str | UnsetType = field(name="stringValue", default=UNSET)
    binary_value: str | UnsetType = field(name="binaryValue", default=UNSET)
    data_type: str | UnsetType = field(name="dataType", default=UNSET)


class ReceivedMessage(Params):
    """A message that was received, with the event that had sent it and how far its chain has come."""

    message_id: str = field(name="messageId")
    receipt_handle: str = field(name="receiptHandle")
    body: str = ""
    md5: str = field(name="mD5OfBody", default="")
    attributes: dict[str, str] = {}
    message_attributes: dict[str, ReceivedAttribute] = field(name="messageAttributes", default={})
    put_by: str = field(name="putBy", default="")
    root: str = ""
    passes: dict[str, int] = {}

    @property
    def lineage(self) -> Lineage:
        """The chain that it goes on with, or begins."""
        return Lineage(root=self.root or self.put_by, passes=self.passes)


class Batch(Params):
    """A batch on its way: whose it is, what it has, and how far its chain has come."""

    uuid: str
    messages: list[ReceivedMessage] = []
    hops: int = 0
    receives: int = 0


class _Received(msgspec.Struct):
    messages: list[ReceivedMessage] = []


class _Failure(msgspec.Struct):
    itemIdentifier: str


class _Response(msgspec.Struct):
    batchItemFailures: list[_Failure] | None = None


class _Answer(msgspec.Struct):
    payload: bytes = b""
    functionError: str | None = None


def received(result: Any) -> list[ReceivedMessage]:
    """The messages in SQS's answer."""
    return msgspec.convert(result or {}, _Received, strict=False).messages


def record(message: ReceivedMessage, source: str) -> dict[str, Any]:
    """A message as the function gets it."""
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": {
            name: {
                "stringListValues": [], "binaryListValues": [], "dataType": told(one.data_type, ""),
                **({"stringValue": one.string_value} if one.string_value is not UNSET else {}),
                **({"binaryValue": one.binary_value} if one.binary_value is not UNSET else {}),
            }
            for name, one in message.message_attributes.items()
        },
        "md5OfBody": message.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": source.split(":")[3],
    }  # fmt: skip


def payload(messages: list[ReceivedMessage], source: str) -> bytes:
    """The event of a batch."""
    return msgspec.json.encode({"Records": [record(one, source) for one in messages]})


def sifted(
    messages: list[ReceivedMessage], criteria: FilterCriteria | UnsetType, source: str
) -> tuple[list[ReceivedMessage], list[ReceivedMessage]]:
    """The messages that the function is invoked for, and those that the filters drop."""
    wanted: list[ReceivedMessage] = []
    dropped: list[ReceivedMessage] = []
    for message in messages:
        (wanted if filters.takes(criteria, record(message, source)) else dropped).append(message)
    return wanted, dropped


def done(messages: list[ReceivedMessage], result: Any, *, partial: bool) -> list[ReceivedMessage]:
    """The messages that the function has done with: all, none, or all but those that it names.

    A response that names what was not in the batch counts as a failure of all of it:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    answer = msgspec.convert(result or {}, _Answer, strict=False)
    if answer.functionError:
        return []
    if not partial:
        return messages
    try:
        response = msgspec.json.decode(answer.payload or b"null", type=_Response | None)
    except msgspec.DecodeError:
        return []
    failures = response.batchItemFailures if response is not None else None
    failed = {one.itemIdentifier for one in failures or ()}
    if not failed <= {one.message_id for one in messages}:
        return []
    return [one for one in messages if one.message_id not in failed]
