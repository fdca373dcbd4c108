"""AddPermission and RemovePermission: statements of a topic's policy, by label.

https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
"""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, told
from backtrail_aws.sns import arns, directory, documents, errors, topic_attributes
from backtrail_aws.sns.api import AddPermission, RemovePermission
from backtrail_aws.sns.state import Sns, Topic, service

_ACCOUNT = re.compile(r"\d{12}")
_GRANTABLE = frozenset({*topic_attributes.DEFAULT_ACTIONS, "Receive"})
"""What may be granted: dg/sns-access-policy-language-api-permissions-reference.html, for topics."""


@service.handle(at=arns.by_topic)
def add_permission(state: Sns, call: Call[AddPermission]) -> None:
    """Refuse labels that are taken, actions that topics do not have, and accounts that are none."""
    params = call.params
    topic = directory.topic(state, call, params.topic_arn)
    for action in told(params.action_name, []):
        if action not in _GRANTABLE:
            # evidence: guess
            raise errors.invalid("Policy statement action out of service scope!")
    for account in told(params.aws_account_id, []):
        if _ACCOUNT.fullmatch(account) is None:
            raise errors.because("AWSAccountId", "Invalid account id")  # evidence: guess
    if any(statement.get("Sid") == params.label for statement in _statements(_policy(topic))):
        raise errors.invalid("Statement already exists")  # evidence: guess


@service.project(at=arns.by_topic)
def permission_added(state: Sns, event: Event[AddPermission, None]) -> None:
    """The topic's policy has one statement more."""
    params = event.params
    topic = directory.noticed(state, event, params.topic_arn)
    partition = ":".join(topic.arn.split(":")[:2])
    principals = [f"{partition}:iam::{account}:root" for account in told(params.aws_account_id, [])]
    actions = [f"SNS:{action}" for action in told(params.action_name, [])]
    statement = {
        "Sid": params.label,
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_all(principals)},
        "Action": _one_or_all(actions),
        "Resource": topic.arn,
    }
    policy = _policy(topic)
    _write(topic, {**policy, "Statement": [*_statements(policy), statement]})


@service.handle(at=arns.by_topic)
def remove_permission(state: Sns, call: Call[RemovePermission]) -> None:
    """A label that no statement has is no error."""
    # evidence: guess
    directory.topic(state, call, call.params.topic_arn)


@service.project(at=arns.by_topic)
def permission_removed(state: Sns, event: Event[RemovePermission, None]) -> None:
    """The topic's policy has lost the statement."""
    topic = directory.noticed(state, event, event.params.topic_arn)
    policy = _policy(topic)
    left = [statement for statement in _statements(policy) if statement.get("Sid") != event.params.label]
    _write(topic, {**policy, "Statement": left})


def _policy(topic: Topic) -> dict[str, Any]:
    found = documents.read(topic.attributes.get("Policy", ""))
    return found or documents.read(topic_attributes.default_policy(topic)) or {}


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A policy's statements; one alone may stand without a list."""
    found = policy.get("Statement", [])
    listed = found if documents.is_list(found) else [found]
    return [statement for statement in listed if documents.is_map(statement)]


def _write(topic: Topic, policy: dict[str, Any]) -> None:
    topic.attributes["Policy"] = documents.write(policy)


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
