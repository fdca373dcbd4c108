"""What a message may be made of: its characters, its attributes, its size, its tokens.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backtrail import UNSET, UnsetType, told
from backtrail_aws.sqs import errors, limits
from backtrail_aws.sqs.api import (
    MessageAttributeValue,
    MessageSystemAttributeValue,
    SendMessage,
    SendMessageBatchRequestEntry,
)
from backtrail_aws.sqs.digests import Value
from backtrail_aws.sqs.state import Queue

Sent = SendMessage | SendMessageBatchRequestEntry
"""One message that is sent, alone or in a batch."""

TRACE = "AWSTraceHeader"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOKEN = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9_\-.]+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TYPES = ("String", "Number", "Binary")


def check(queue: Queue, sent: Sent) -> int:
    """The size of a message that may be sent, in bytes. Raises `Refusal`."""
    body = sent.message_body
    if isinstance(body, UnsetType) or body == "":
        raise errors.missing("MessageBody")
    if (bad := _FORBIDDEN.search(body)) is not None:
        raise errors.bad_character(bad.group())
    _check_delay(queue, sent)
    _check_tokens(queue, sent)
    _check_attributes(told(sent.message_attributes, {}))
    _check_system(told(sent.message_system_attributes, {}))
    return size(sent)


def check_size(queue: Queue, sent_bytes: int) -> None:
    """Refuse a message over the queue's limit."""
    most = queue.number("MaximumMessageSize")
    if sent_bytes > most:
        raise errors.too_long(most)


def size(sent: Sent) -> int:
    """Bytes of the body and of the attributes' names, types and values."""
    total = (
        len(sent.message_body.encode("utf-8", "surrogatepass")) if isinstance(sent.message_body, str) else 0
    )
    for name, value in told(sent.message_attributes, {}).items():
        total += len(name.encode()) + len(told(value.data_type, "").encode())
        total += len(told(value.string_value, "").encode()) + len(told(value.binary_value, b""))
    return total


def trace(sent: Sent) -> str | UnsetType:
    """The X-Ray header of a message."""
    given = told(sent.message_system_attributes, {}).get(TRACE)
    return given.string_value if given is not None else UNSET


def _check_delay(queue: Queue, sent: Sent) -> None:
    delay = sent.delay_seconds
    if isinstance(delay, UnsetType):
        return
    if not 0 <= delay <= limits.DELAY_MAX_S:
        raise errors.invalid(delay, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {limits.DELAY_MAX_S}.")
    if queue.fifo and delay:  # 0 is let through: https://github.com/softwaremill/elasticmq/issues/273
        raise errors.not_for_this_kind(delay, "DelaySeconds")


def _check_tokens(queue: Queue, sent: Sent) -> None:
    group, deduplication = sent.message_group_id, sent.message_deduplication_id
    if queue.fifo and isinstance(group, UnsetType):
        raise errors.missing("MessageGroupId")
    if not queue.fifo and not isinstance(deduplication, UnsetType):
        raise errors.not_for_this_kind(deduplication, "MessageDeduplicationId")
    for name, token in (("MessageGroupId", group), ("MessageDeduplicationId", deduplication)):
        if not isinstance(token, UnsetType) and _TOKEN.fullmatch(token) is None:
            raise errors.invalid(
                token, name,
                f"{name} can only include alphanumeric and punctuation characters. 1 to {limits.TOKEN_MAX} in length.",
            )  # fmt: skip
    if (
        queue.fifo
        and isinstance(deduplication, UnsetType)
        and queue.setting("ContentBasedDeduplication") != "true"
    ):
        # evidence: guess
        raise errors.invalid_value(
            "The queue should either have ContentBasedDeduplication enabled "
            "or MessageDeduplicationId provided explicitly"
        )


def _check_attributes(given: Mapping[str, MessageAttributeValue]) -> None:
    if len(given) > limits.ATTRIBUTES_MAX:
        # evidence: guess
        raise errors.invalid_value(
            f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{limits.ATTRIBUTES_MAX}]."
        )
    for name, value in given.items():
        _check_name(name)
        _check_value(name, value, "user")


def _check_name(name: str) -> None:
    if not name:
        # evidence: https://github.com/aws/aws-sdk-java/issues/1030
        raise errors.invalid_value("The request must contain non-empty message attribute name.")
    if (
        _NAME.fullmatch(name) is None or len(name) > limits.ATTRIBUTE_NAME_MAX or ".." in name
        or name.startswith(".") or name.endswith(".") or name.lower().startswith(("aws.", "amazon."))
    ):  # fmt: skip
        # evidence: SQSDeveloperGuide/sqs-message-metadata.html; words: guess
        raise errors.invalid(
            name, "MessageAttributeName",
            "Message attribute names can contain A-Z, a-z, 0-9, underscore, hyphen and period, must not start or end "
            "with a period or have periods in succession, nor start with AWS. or Amazon., and are at most "
            f"{limits.ATTRIBUTE_NAME_MAX} characters long.",
        )  # fmt: skip


def _check_value(name: str, value: Value, kind: str) -> None:
    data_type = told(value.data_type, "")
    if not data_type:
        # evidence: https://github.com/aws/aws-sdk-java/issues/1692
        raise errors.invalid_value(
            f"The message attribute '{name}' must contain non-empty message attribute type."
        )
    base = data_type.split(".", 1)[0]
    if base not in _TYPES or len(data_type) > limits.ATTRIBUTE_NAME_MAX:
        # evidence: https://github.com/grafana/k6-jslib-aws/pull/65 (quotes AWS's answer)
        raise errors.invalid_value(
            f"The type of message ({kind}) attribute '{name}' is invalid. You must use only the following supported "
            "type prefixes: Binary, Number, String."
        )
    given = value.binary_value if base == "Binary" else value.string_value
    if not told(given, ""):
        # evidence: https://github.com/softwaremill/elasticmq/issues/373 (quotes AWS's answer)
        raise errors.invalid_value(
            f"Message ({kind}) attribute '{name}' must contain a non-empty value of type '{base}'."
        )
    text = told(value.string_value, "")
    if base == "Number" and _NUMBER.fullmatch(text.strip()) is None:
        # evidence: guess
        raise errors.invalid_value(
            f"Can't cast the value of message ({kind}) attribute '{name}' to a number."
        )
    if (bad := _FORBIDDEN.search(text)) is not None:
        raise errors.bad_character(bad.group())


def _check_system(given: Mapping[str, MessageSystemAttributeValue]) -> None:
    for name, value in given.items():
        if name != TRACE:
            # evidence: guess
            raise errors.invalid_value(f"Message system attribute name '{name}' is invalid.")
        _check_value(name, value, "system")
        if value.data_type != "String":
            # evidence: guess
            raise errors.invalid_value(f"The type of message (system) attribute '{name}' must be 'String'.")
