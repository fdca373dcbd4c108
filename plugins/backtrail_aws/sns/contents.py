"""What may be published: messages, subjects, attributes, and the ids of FIFO topics.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from backtrail import UnsetType, told
from backtrail_aws.sns import documents, errors, limits
from backtrail_aws.sns.api import MessageAttributeValue, Publish, PublishBatchRequestEntry
from backtrail_aws.sns.state import Topic

Sent = Publish | PublishBatchRequestEntry

_SUBJECT = re.compile(rf"[^\x00-\x1f\x7f]{{1,{limits.SUBJECT_MAX}}}")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_TYPES = ("String", "Number", "Binary")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TOKEN = re.compile(rf"[!-~]{{1,{limits.TOKEN_MAX}}}")  # letters, digits, punctuation
_DEFAULT = "default"


def check(sent: Sent) -> None:
    """Refuse a message that breaks the rules for all messages. Raises `Refusal`."""
    if not told(sent.message, ""):
        raise errors.invalid("Empty message")  # evidence: guess
    if isinstance(sent.subject, str) and _SUBJECT.fullmatch(sent.subject) is None:
        # evidence: https://github.com/wellcomecollection/platform/issues/1107
        raise errors.invalid("Subject")
    if isinstance(sent.message_structure, str):
        if sent.message_structure != "json":
            raise errors.invalid("MessageStructure")  # evidence: API_Publish; words: guess
        _check_structure(told(sent.message, ""))
    check_attributes(told(sent.message_attributes, {}))


def check_size(sent: Sent, most_bytes: int) -> None:
    """Refuse a message that is too long. Raises `Refusal`."""
    if size(sent) > most_bytes:
        # evidence: https://github.com/wellcomecollection/platform/issues/1460
        raise errors.invalid("Message too long")


def size(sent: Sent) -> int:
    """A message's bytes, its attributes' names, types and values among them."""
    total = _bytes(told(sent.message, ""))
    for name, value in told(sent.message_attributes, {}).items():
        total += _bytes(name) + _bytes(told(value.data_type, ""))
        total += _bytes(told(value.string_value, "")) + len(told(value.binary_value, b""))
    return total


def check_group(topic: Topic, sent: Sent) -> None:
    """Refuse a message without a group in a FIFO topic. Raises `Refusal`."""
    group = sent.message_group_id
    if topic.fifo and not told(group, ""):
        # evidence: https://github.com/erlcloud/erlcloud/issues/785
        raise errors.invalid("The MessageGroupId parameter is required for FIFO topics")
    if isinstance(group, str) and _TOKEN.fullmatch(group) is None:
        raise errors.because("MessageGroupId", f"{group} is not valid")  # evidence: API_Publish; words: guess


def check_deduplication(topic: Topic, sent: Sent) -> None:
    """Refuse a deduplication id where there may be none, or none where there must be one. Raises `Refusal`."""
    token = sent.message_deduplication_id
    if not topic.fifo:
        if isinstance(token, str):
            # evidence: API_Publish; words: guess
            raise errors.because(
                "MessageDeduplicationId",
                "The request includes MessageDeduplicationId parameter that is not valid for this topic type",
            )
        return
    if isinstance(token, str):
        if _TOKEN.fullmatch(token) is None:
            # evidence: API_Publish; words: guess
            raise errors.because("MessageDeduplicationId", f"{token} is not valid")
    elif topic.attributes.get("ContentBasedDeduplication") != "true" and not isinstance(
        topic.created, UnsetType
    ):
        # evidence: guess
        raise errors.invalid(
            "The topic should either have ContentBasedDeduplication enabled "
            "or MessageDeduplicationId provided explicitly"
        )


def for_protocol(message: str, structure: str | UnsetType, *names: str) -> str:
    """The text that a protocol gets: with a structure, the first of its names that is there, else the default."""
    if structure != "json":
        return message
    given: Mapping[str, Any] = documents.read(message) or {}
    for name in (*names, _DEFAULT):
        if isinstance(given.get(name), str):
            return str(given[name])
    return message


def _check_structure(message: str) -> None:
    found = documents.read(message)
    if found is None:
        # evidence: guess
        raise errors.invalid("Message Structure - JSON message body failed to parse")
    if not isinstance(found.get(_DEFAULT), str):
        # evidence: https://github.com/aws/aws-sdk-ruby/issues/346
        raise errors.invalid("Message Structure - No default entry in JSON message body")


def check_attributes(given: Mapping[str, MessageAttributeValue]) -> None:
    """Refuse message attributes that break their rules. Raises `Refusal`."""
    for name, value in given.items():
        _check_name(name)
        _check_value(name, value)


def _check_name(name: str) -> None:
    if (
        _NAME.fullmatch(name) is None or len(name) > limits.ATTRIBUTE_NAME_MAX or ".." in name
        or name.startswith(".") or name.endswith(".")
    ):  # fmt: skip
        # evidence: dg/sns-message-attributes.html; words: guess
        raise errors.bad_attribute_value(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore "
            "(_), hyphen (-), and period (.) characters."
        )


def _check_value(name: str, value: MessageAttributeValue) -> None:
    data_type = told(value.data_type, "")
    if not data_type:
        # evidence: guess
        raise errors.bad_attribute_value(
            f"The message attribute '{name}' must contain non-empty message attribute type."
        )
    base = data_type.split(".", 1)[0]
    if base not in _TYPES or len(data_type) > limits.ATTRIBUTE_NAME_MAX:
        # evidence: https://github.com/boto/boto3/pull/362 (SQS's words of that time, which are SNS's still)
        raise errors.bad_attribute_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    given = value.binary_value if base == "Binary" else value.string_value
    if not told(given, ""):
        # evidence: guess
        raise errors.bad_attribute_value(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{data_type}'."
        )
    text = told(value.string_value, "")
    if base == "Number" and _NUMBER.fullmatch(text.strip()) is None:
        # evidence: guess
        raise errors.bad_attribute_value(f"Could not cast message attribute '{name}' value to number.")
    if data_type == "String.Array":
        _check_array(name, text)


def _check_array(name: str, text: str) -> None:
    try:
        found = documents.anything(text)
    except ValueError:
        found = None
    if not documents.is_list(found) or any(documents.is_list(one) or documents.is_map(one) for one in found):
        # evidence: dg/sns-message-attributes.html; words: guess
        raise errors.bad_attribute_value(
            f"The message attribute '{name}' is no array of strings, numbers or booleans."
        )


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
