"""The MD5 digests of SQS: of a body, and of message attributes.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
(Calculating the MD5 message digest for message attributes)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from backtrail import UNSET, UnsetType
from backtrail_aws.sqs.api import MessageAttributeValue, MessageSystemAttributeValue

Value = MessageAttributeValue | MessageSystemAttributeValue
_STRING, _BINARY = b"\x01", b"\x02"


def of_body(body: str) -> str:
    """The digest of a message's body."""
    return hashlib.md5(body.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def of_attributes(attributes: Mapping[str, Value] | UnsetType) -> str | UnsetType:
    """The digest of message attributes: by name, each with its type and value, every part with its length."""
    if attributes is UNSET or not attributes:
        return UNSET
    total = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        binary = isinstance(value.binary_value, bytes)
        total.update(_sized(name.encode()))
        total.update(_sized(_text(value.data_type)))
        total.update(_BINARY if binary else _STRING)
        total.update(
            _sized(value.binary_value if isinstance(value.binary_value, bytes) else _text(value.string_value))
        )
    return total.hexdigest()


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _text(value: str | UnsetType) -> bytes:
    return value.encode() if isinstance(value, str) else b""
