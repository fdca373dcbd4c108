"""A topic's KMS key, as far as it decides whether messages can be published.

https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Params, UnsetType, field
from backtrail_aws.sns import errors
from backtrail_aws.sns.state import Topic


class DescribeKey(Params):
    """What KMS is asked."""

    key_id: str = field(name="keyId")


class _Key(Params):
    key_state: str | UnsetType = field(name="keyState", default=UNSET)


class _Described(Params):
    key_metadata: _Key | UnsetType = field(name="keyMetadata", default=UNSET)


def check_key(topic: Topic, call: Call[Any]) -> None:
    """Refuse where the topic's key cannot be used; a key that nobody here knows is taken to be good."""
    key = topic.attributes.get("KmsMasterKeyId")
    if not key:
        return
    found = call.ask("kms", DescribeKey(key_id=key), _Described)
    if found is None or isinstance(found.key_metadata, UnsetType):
        return
    if found.key_metadata.key_state == "Disabled":
        raise errors.kms_disabled(key)
    if found.key_metadata.key_state == "PendingDeletion":
        raise errors.kms_invalid_state(key)
