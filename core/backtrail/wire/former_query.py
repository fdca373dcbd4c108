"""What today's models no longer say of services that once spoke the query protocol, and still do.

SQS's model names JSON alone, but AWS answers `Action=SendMessage` as ever. The names are those of the
API's reference: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
"""

from __future__ import annotations

from functools import cache

import msgspec

from backtrail import model
from backtrail.model import Member, Model, Operation, Shape

NAMESPACES = {"sqs": "http://queue.amazonaws.com/doc/2012-11-05/"}

_SQS = "AWS.SimpleQueueService."

CODES: dict[str, dict[str, str]] = {
    "sqs": {
        "BatchEntryIdsNotDistinct": f"{_SQS}BatchEntryIdsNotDistinct",
        "BatchRequestTooLong": f"{_SQS}BatchRequestTooLong",
        "EmptyBatchRequest": f"{_SQS}EmptyBatchRequest",
        "InvalidBatchEntryId": f"{_SQS}InvalidBatchEntryId",
        "KmsAccessDenied": "KMS.AccessDeniedException",
        "KmsDisabled": "KMS.DisabledException",
        "KmsInvalidKeyUsage": "KMS.InvalidKeyUsageException",
        "KmsInvalidState": "KMS.InvalidStateException",
        "KmsNotFound": "KMS.NotFoundException",
        "KmsOptInRequired": "KMS.OptInRequired",
        "KmsThrottled": "KMS.ThrottlingException",
        "MessageNotInflight": f"{_SQS}MessageNotInflight",
        "PurgeQueueInProgress": f"{_SQS}PurgeQueueInProgress",
        "QueueDeletedRecently": f"{_SQS}QueueDeletedRecently",
        "QueueDoesNotExist": f"{_SQS}NonExistentQueue",
        "QueueNameExists": "QueueAlreadyExists",
        "TooManyEntriesInBatchRequest": f"{_SQS}TooManyEntriesInBatchRequest",
        "UnsupportedOperation": f"{_SQS}UnsupportedOperation",
    }
}
"""Query error codes by shape. A shape that is not here has its own name for a code."""

_LISTS = {
    "AWSAccountIdList": "AWSAccountId",
    "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName",
    "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "BinaryList": "BinaryListValue",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
    "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
    "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "QueueUrlList": "QueueUrl",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
    "StringList": "StringListValue",
    "TagKeyList": "TagKey",
}
_MAPS = {
    "MessageBodyAttributeMap": ("MessageAttribute", "Name", "Value"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name", "Value"),
    "MessageSystemAttributeMap": ("Attribute", "Name", "Value"),
    "QueueAttributeMap": ("Attribute", "Name", "Value"),
    "TagMap": ("Tag", "Key", "Value"),
}


@cache
def query_model(service: str) -> Model:
    """A service's model as the query protocol needs it: the model itself where it still says everything."""
    modern = model.load(service)
    if service != "sqs":
        return modern
    return Model(
        metadata=msgspec.structs.replace(modern.metadata, xml_namespace=NAMESPACES[service]),
        operations={name: _wrapped(operation) for name, operation in modern.operations.items()},
        shapes={name: _spelt(name, shape) for name, shape in modern.shapes.items()},
    )


def _wrapped(operation: Operation) -> Operation:
    if operation.output is None:
        return operation
    output = msgspec.structs.replace(operation.output, result_wrapper=f"{operation.name}Result")
    return msgspec.structs.replace(operation, output=output)


def _spelt(name: str, shape: Shape) -> Shape:
    if name in _LISTS and shape.member is not None:
        member = msgspec.structs.replace(shape.member, location_name=_LISTS[name])
        return msgspec.structs.replace(shape, member=member, flattened=True)
    if name in _MAPS and shape.key is not None and shape.value is not None:
        _, key_name, value_name = _MAPS[name]
        key = msgspec.structs.replace(shape.key, location_name=key_name)
        value = msgspec.structs.replace(shape.value, location_name=value_name)
        return msgspec.structs.replace(shape, key=key, value=value, flattened=True)
    members = {key: _named(member) for key, member in shape.members.items()}
    return msgspec.structs.replace(shape, members=members)


def _named(member: Member) -> Member:
    if member.shape in _MAPS:
        return msgspec.structs.replace(member, location_name=_MAPS[member.shape][0], flattened=True)
    if member.shape in _LISTS:
        return msgspec.structs.replace(member, location_name=_LISTS[member.shape], flattened=True)
    return member
