"""Who is told of an event that has ended: its destination, its dead-letter queue or topic.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Command, Params, UnsetType, field, told
from backtrail.blob import Blob
from backtrail_aws.lambda_ import errors, event_invoke_configs
from backtrail_aws.lambda_.moments import millis_z
from backtrail_aws.lambda_.state import Function, QueuedEvent

_ERROR_MAX = 1024  # the page above: the first 1 KB of the error message


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """An event that has ended, and how."""

    queued: QueuedEvent
    condition: str
    function_error: str | UnsetType
    version: str
    payload: bytes
    ran: bool
    time: datetime
    circle: bool = False

    @property
    def success(self) -> bool:
        """Whether it was run without an error."""
        return self.condition == "Success"


class Attribute(Params):
    """A message attribute, as SQS and SNS both have it."""

    string_value: str = field(name="stringValue")
    data_type: str = field(name="dataType")


class SendMessage(Params):
    """A command to SQS."""

    queue_url: str = field(name="queueUrl")
    message_body: str = field(name="messageBody")
    message_attributes: dict[str, Attribute] | UnsetType = field(name="messageAttributes", default=UNSET)


class Publish(Params):
    """A command to SNS."""

    topic_arn: str = field(name="topicArn")
    message: str
    message_attributes: dict[str, Attribute] | UnsetType = field(name="messageAttributes", default=UNSET)


class Invoke(Params):
    """A command to Lambda itself."""

    function_name: str = field(name="functionName")
    invocation_type: str = field(name="invocationType")
    payload: bytes


class PutEventsRequestEntry(Params):
    """One event for EventBridge."""

    time: float
    source: str
    resources: list[str]
    detail_type: str = field(name="detailType")
    detail: str
    event_bus_name: str = field(name="eventBusName")


class PutEvents(Params):
    """A command to EventBridge."""

    entries: list[PutEventsRequestEntry]


class PutObject(Params):
    """A command to S3."""

    bucket: str = field(name="bucketName")
    key: str
    body: Blob = field(name="Body")


def told_of(function: Function, ended: Ended) -> Iterator[Command]:
    """The commands that tell of an event's end."""
    config = event_invoke_configs.of(function, ended.queued.qualifier)
    destination = event_invoke_configs.destination(config, success=ended.success)
    role = function.latest.config.role
    as_ = role if isinstance(role, str) else None
    account = function.arn.split(":")[4]
    commands: list[tuple[str, Params, str]] = []
    if destination:
        commands += _delivery(destination, function, ended)
    dead = function.latest.config.dead_letter_config
    target = told(dead.target_arn, "") if not isinstance(dead, UnsetType) else ""
    if target and not ended.success:
        commands += _dead_letter(target, ended)
    for service, params, region in commands:
        yield Command(
            service, params, as_=as_, account=account, region=region or None, source_arn=function.arn
        )


def invocation_record(function: Function, ended: Ended) -> dict[str, Any]:
    """What a destination gets."""
    queued = ended.queued
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": millis_z(ended.time),
        "requestContext": {
            "requestId": queued.request_id,
            "functionArn": f"{function.arn}:{queued.qualifier or ended.version}",
            "condition": ended.condition,
            "approximateInvokeCount": queued.attempts,
        },
        "requestPayload": _raw(told(queued.payload, b"") or b"{}"),
    }
    if ended.ran:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": ended.version}
        if isinstance(ended.function_error, str):
            context["functionError"] = ended.function_error
        record["responseContext"] = context
        record["responsePayload"] = _raw(ended.payload or b"null")
    return record


def queue_url(arn: str) -> str:
    """The URL of the queue that an ARN names."""
    _, partition, _, region, account, name = arn.split(":", 5)
    suffix = ".cn" if partition == "aws-cn" else ""
    return f"https://sqs.{region}.amazonaws.com{suffix}/{account}/{name}"


def _delivery(arn: str, function: Function, ended: Ended) -> list[tuple[str, Params, str]]:
    record = invocation_record(function, ended)
    text = msgspec.json.encode(record)
    service, region = arn.split(":")[2], arn.split(":")[3]
    if service == "sqs":
        return [("sqs", SendMessage(queue_url=queue_url(arn), message_body=text.decode()), region)]
    if service == "sns":
        return [("sns", Publish(topic_arn=arn, message=text.decode()), region)]
    if service == "lambda":
        return [("lambda", Invoke(function_name=arn, invocation_type="Event", payload=text), region)]
    if service == "events":
        outcome = "Success" if ended.success else "Failure"
        entry = PutEventsRequestEntry(
            time=ended.time.timestamp(),
            source="lambda",
            resources=[record["requestContext"]["functionArn"], arn],
            detail_type=f"Lambda Function Invocation Result - {outcome}",
            detail=text.decode(),
            event_bus_name=arn,
        )
        return [("events", PutEvents(entries=[entry]), region)]
    bucket = arn.rpartition(":::")[2]
    key = f"aws/lambda/async/{function.name}/{ended.time:%Y/%m/%d}/{ended.time:%Y-%m-%dT%H.%M.%S}-{ended.queued.id}"
    digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
    return [("s3", PutObject(bucket=bucket, key=key, body=Blob(size=len(text), md5=digest, data=text)), "")]


def _dead_letter(arn: str, ended: Ended) -> list[tuple[str, Params, str]]:
    body = (told(ended.queued.payload, b"") or b"{}").decode(errors="replace")
    attributes = {
        "RequestID": Attribute(string_value=ended.queued.request_id, data_type="String"),
        "ErrorCode": Attribute(string_value="200" if ended.ran else "429", data_type="Number"),
        "ErrorMessage": Attribute(string_value=_message(ended), data_type="String"),
    }
    service, region = arn.split(":")[2], arn.split(":")[3]
    if service == "sqs":
        wanted = SendMessage(queue_url=queue_url(arn), message_body=body, message_attributes=attributes)
        return [("sqs", wanted, region)]
    return [("sns", Publish(topic_arn=arn, message=body, message_attributes=attributes), region)]


def _message(ended: Ended) -> str:
    if ended.circle:
        return errors.RECURSIVE
    try:
        payload = msgspec.json.decode(ended.payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        payload = {}
    return str(payload.get("errorMessage") or ended.condition)[:_ERROR_MAX]


def _raw(payload: bytes) -> Any:
    """A payload as JSON within JSON; what is none, as text."""
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return payload.decode(errors="replace")
