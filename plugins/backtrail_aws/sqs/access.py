"""Which action on which queue a call needs, and whose a queue is.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any, Final

from backtrail import UNSET, Access, Call, Refusal, ResourcePolicy, told
from backtrail.policy import Denial, Value
from backtrail.policy.words import code
from backtrail.record import arn as arn_of
from backtrail_aws.sqs import documents, urls
from backtrail_aws.sqs.state import Queues, service

_SINGLE: Final = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
_OWNERS: Final = frozenset(
    f"sqs:{name}".lower()
    for name in (
        "AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks", "ListQueues",
        "ListQueueTags", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue",
    )
)  # fmt: skip
"""What no policy opens to other accounts:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-overview-of-managing-access.html"""
_MOVING: Final = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""What a move task needs of its source, and SendMessage of its destination:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html"""


@service.authorization
def needs(state: Queues, call: Call[Any]) -> Iterator[Access]:
    """The action (of a batch, that of one entry) on the queue."""
    action, params = call.action, call.params
    name = _SINGLE.get(action, action)
    if action == "ListQueues":
        yield _access(name, "*")
        return
    queue = _queue(call)
    yield _access(name, queue, _tags(params))
    if action == "CreateQueue" and told(params.tags, {}):
        yield _access("TagQueue", queue, _tags(params))
    if action == "StartMessageMoveTask":
        yield from (_access(needed, queue) for needed in _MOVING)
        if params.destination_arn is not UNSET:
            yield _access("SendMessage", params.destination_arn)


@service.policies
def policies_of(state: Queues, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """A queue's policy, as far as it reaches."""
    parts = arn.split(":", 5)
    queue = state.queues.get(parts[5])
    if queue is None:
        return ResourcePolicy(account=parts[4])
    stranger = call.caller.anonymous or call.caller.account != parts[4]
    if stranger and action.lower() in _OWNERS:
        return ResourcePolicy(account=parts[4], tags=queue.tags)
    document = queue.attributes.get("Policy")
    if document is None and queue.created_us is UNSET:
        return ResourcePolicy(account=parts[4], document=UNSET, tags=queue.tags)  # what no record told
    return ResourcePolicy(account=parts[4], document=document or None, tags=queue.tags)


@service.denial
def denied(denial: Denial) -> Refusal:
    """SQS writes the action in small letters."""
    # evidence: https://github.com/aws/serverless-application-model/issues/3633,
    # https://github.com/microsoft/aspire/pull/3333
    name, status = code("sqs", "json")
    return Refusal(name, denial.message.replace(denial.action, denial.action.lower()), status=status)


def _access(name: str, queue: str, context: dict[str, Value] | None = None) -> Access:
    return Access(
        action=f"sqs:{name}", resources=[queue], context=context or {}, shown="" if queue == "*" else None
    )


def _queue(call: Call[Any]) -> str:
    """The ARN of the queue that a call names in whatever way."""
    params = call.params
    url = getattr(params, "queue_url", None)
    if isinstance(url, str):
        address = urls.of_url(url)
        if address is None:
            return "*"
        return arn_of("sqs", address.region or call.region, address.account, address.name)
    if isinstance(getattr(params, "source_arn", None), str):
        return str(params.source_arn)
    if call.action == "CancelMessageMoveTask":
        return _of_handle(params.task_handle)
    owner = getattr(params, "queue_owner_aws_account_id", UNSET)
    return call.arn("sqs", params.queue_name, account=owner if isinstance(owner, str) else None)


def _of_handle(handle: str) -> str:
    """The source's ARN in the handle of a move task."""
    try:
        found = documents.read(base64.b64decode(handle, validate=True).decode())
    except (binascii.Error, ValueError):
        return "*"
    return str((found or {}).get("sourceArn", "*"))


def _tags(params: Any) -> dict[str, Value]:
    tags = getattr(params, "tags", None)
    if isinstance(tags, dict) and tags:
        given: dict[str, str] = tags  # pyright: ignore[reportUnknownVariableType]
        return {
            "aws:TagKeys": list(given),
            **{f"aws:RequestTag/{key}": value for key, value in given.items()},
        }
    keys = getattr(params, "tag_keys", None)
    return {"aws:TagKeys": list[str](keys)} if isinstance(keys, list) else {}  # pyright: ignore[reportUnknownArgumentType]
