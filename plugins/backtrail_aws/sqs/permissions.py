"""AddPermission and RemovePermission: statements of a queue's policy, by label.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backtrail import Call, Event, told
from backtrail_aws.sqs import directory, documents, errors, limits, urls
from backtrail_aws.sqs.api import AddPermission, RemovePermission
from backtrail_aws.sqs.moments import micros
from backtrail_aws.sqs.state import Queue, Queues, service

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ACCOUNT = re.compile(r"\d{12}")
_GRANTABLE = frozenset(
    {
        "*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes",
        "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",
    }
)  # fmt: skip
"""What may be granted at all: SQSDeveloperGuide/sqs-overview-of-managing-access.html; the rest is the owner's."""


@service.handle(at=urls.by_url)
def add_permission(state: Queues, call: Call[AddPermission]) -> None:
    """Refuse labels that are taken, actions that only the owner has, and accounts that are none."""
    queue = directory.find(state, call)
    params = call.params
    label = _label(params.label)
    accounts, actions = told(params.aws_account_ids, []), told(params.actions, [])
    if not accounts:
        raise errors.missing("AWSAccountIds")
    if not actions:
        raise errors.missing("Actions")
    if len(actions) > limits.PERMITTED_ACTIONS_MAX:
        raise errors.too_many_actions(len(actions), limits.PERMITTED_ACTIONS_MAX)
    for action in actions:
        if action not in _GRANTABLE:
            # evidence: guess
            raise errors.invalid(
                f"SQS:{action}", "ActionName", "Only the queue owner is allowed to invoke this action."
            )
    for account in accounts:
        if _ACCOUNT.fullmatch(account) is None:
            # evidence: guess
            raise errors.invalid(f'"{account}"', "PrincipalId", "Unable to verify.")
    if any(statement.get("Sid") == label for statement in _statements(_policy(queue))):
        # evidence: guess
        raise errors.invalid(label, "Label", "Already exists.")


@service.project(at=urls.by_url)
def permission_added(state: Queues, event: Event[AddPermission, None]) -> None:
    """The queue's policy has one statement more."""
    queue, params = directory.noticed(state, event), event.params
    principals = [
        f"{_partition(queue.arn)}:iam::{account}:root" for account in told(params.aws_account_ids, [])
    ]
    actions = [f"SQS:{action}" for action in told(params.actions, [])]
    statement = {
        "Sid": params.label,
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_all(principals)},
        "Action": _one_or_all(actions),
        "Resource": queue.arn,
    }
    policy = _policy(queue)
    _write(queue, {**policy, "Statement": [*_statements(policy), statement]})
    queue.modified_us = micros(event.time)


@service.handle(at=urls.by_url)
def remove_permission(state: Queues, call: Call[RemovePermission]) -> None:
    """Refuse labels that no statement has."""
    queue = directory.find(state, call)
    label = _label(call.params.label)
    if not any(statement.get("Sid") == label for statement in _statements(_policy(queue))):
        # evidence: guess
        raise errors.invalid(label, "Label", "can't find label on existing policy.")


@service.project(at=urls.by_url)
def permission_removed(state: Queues, event: Event[RemovePermission, None]) -> None:
    """The queue's policy has lost a statement; without any, it has no policy."""
    queue = directory.noticed(state, event)
    policy = _policy(queue)
    left = [statement for statement in _statements(policy) if statement.get("Sid") != event.params.label]
    _write(queue, {**policy, "Statement": left})
    queue.modified_us = micros(event.time)


def _label(label: str) -> str:
    if not label:
        raise errors.missing("Label")
    if _LABEL.fullmatch(label) is None:
        # evidence: guess
        raise errors.invalid(
            label,
            "Label",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )
    return label


def _policy(queue: Queue) -> dict[str, Any]:
    """A queue's policy, or an empty one as AddPermission begins it."""
    found = documents.read(queue.attributes.get("Policy", ""))
    return found or {"Version": "2012-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """A policy's statements; one alone may stand without a list."""
    found: Any = policy.get("Statement", [])
    listed: list[Any] = found if isinstance(found, list) else [found]  # pyright: ignore[reportUnknownVariableType]
    return [statement for statement in listed if isinstance(statement, dict)]


def _write(queue: Queue, policy: dict[str, Any]) -> None:
    if policy["Statement"]:
        queue.attributes["Policy"] = msgspec.json.encode(policy).decode()
    else:
        queue.attributes.pop("Policy", None)


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _partition(arn: str) -> str:
    return ":".join(arn.split(":")[:2])
