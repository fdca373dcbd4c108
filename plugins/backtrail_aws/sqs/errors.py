"""SQS's refusals, in its own words, each with its evidence (`model`: botocore's; a page or thread; `guess`).

Codes are the names of the model's shapes; the wire finds the query protocol's (`AWS.SimpleQueueService.…`). Codes
that no shape has are SQS's common errors:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = dict.fromkeys(
    ("InvalidParameterValue", "MissingParameter", "ThrottlingException"),
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html",
)
"""Codes that the model lacks, with the page that has them."""


def no_such_queue() -> Refusal:
    """The queue is unknown here."""
    # evidence: model; words: https://github.com/aws/aws-sdk-php-laravel/issues/129, less its "for this wsdl version"
    return Refusal("QueueDoesNotExist", "The specified queue does not exist.")


def bad_address(url: str) -> Refusal:
    """A queue URL that names no account and queue."""
    # evidence: model; words: guess
    return Refusal("InvalidAddress", f"The address {url} is not valid for this endpoint.", status=404)


def missing(parameter: str) -> Refusal:
    """A parameter that is required, or required of this kind of queue, is not there."""
    # evidence: https://github.com/cloud-custodian/cloud-custodian/issues/10098
    return Refusal("MissingParameter", f"The request must contain the parameter {parameter}.")


def invalid(value: object, parameter: str, reason: str) -> Refusal:
    """A parameter's value breaks a rule, which `reason` words."""
    # evidence: https://github.com/mapbox/ecs-watchbot/issues/135
    return Refusal(
        "InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    )


def invalid_value(message: str) -> Refusal:
    """The same, where the words do not follow the form."""
    # evidence: https://github.com/inferablehq/inferable/issues/306, and the callers'
    return Refusal("InvalidParameterValue", message)


def not_for_this_kind(value: object, parameter: str) -> Refusal:
    """A parameter of FIFO queues on a standard queue, or the other way round."""
    # evidence: https://github.com/localstack/localstack/issues/6612 (quotes the message)
    return invalid(value, parameter, "The request include parameter that is not valid for this queue type.")


def bad_name(name: str, fifo: bool) -> Refusal:
    """A queue's name breaks its rules."""
    # evidence: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html; words: guess
    if fifo:
        return invalid_value(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    return invalid_value(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    )


def queue_exists(attribute: str) -> Refusal:
    """A queue of that name has another value for an attribute."""
    # evidence: model; words: https://github.com/freeCodeCamp/mail-for-good/issues/159
    return Refusal(
        "QueueNameExists",
        f"A queue already exists with the same name and a different value for attribute {attribute}",
    )


def deleted_recently() -> Refusal:
    """A queue of that name was deleted within the last minute."""
    # evidence: model; words: https://github.com/hashicorp/terraform/issues/15139
    return Refusal(
        "QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )


def purge_in_progress(name: str) -> Refusal:
    """The queue was purged within the last minute."""
    # evidence: model, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
    return Refusal(
        "PurgeQueueInProgress",
        f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.",
        status=403,
    )


def unknown_attribute(name: str) -> Refusal:
    """An attribute that SQS does not have, or not for this kind of queue."""
    # evidence: model; words: guess
    return Refusal("InvalidAttributeName", f"Unknown Attribute {name}.")


def bad_attribute(name: str, reason: str = "") -> Refusal:
    """An attribute's value breaks its rules."""
    # evidence: model; words: guess
    words = f" Reason: {reason}" if reason else ""
    return Refusal("InvalidAttributeValue", f"Invalid value for the parameter {name}.{words}")


def not_a_receipt(handle: str) -> Refusal:
    """A receipt handle that no receive gave out."""
    # evidence: model, https://github.com/aws/aws-sdk-java/issues/1628; words: guess
    return Refusal(
        "ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.'
    )


def expired_receipt(handle: str) -> Refusal:
    """A receipt handle whose visibility timeout ran out (FIFO queues)."""
    # evidence: https://github.com/aws/aws-sdk-java/issues/2164
    return invalid(handle, "ReceiptHandle", "The receipt handle has expired.")


def not_available(handle: str) -> Refusal:
    """The message of a receipt handle is gone, or no longer in flight under it."""
    # evidence: https://github.com/vmihailenco/taskq/issues/29
    return invalid(
        handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."
    )


def not_in_flight() -> Refusal:
    """The visibility timeout is over, so that there is nothing to change."""
    # evidence: model, API_ChangeMessageVisibility; words: guess
    return Refusal("MessageNotInflight", "The specified message isn't in flight.")


def too_many_in_flight() -> Refusal:
    """A standard queue's limit of messages in flight is reached."""
    # evidence: model, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    return Refusal("OverLimit", "Too many messages in flight.", status=403)


def throttled() -> Refusal:
    """More calls of an action within a second than a FIFO queue takes."""
    # evidence: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-fifo-throttling-issues.html
    return Refusal("ThrottlingException", "Rate exceeded")


def too_many_actions(count: int, limit: int) -> Refusal:
    """AddPermission names more actions than it may."""
    # evidence: model, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
    return Refusal("OverLimit", f"{count} Actions were found, maximum allowed is {limit}.", status=403)


def bad_character(character: str) -> Refusal:
    """A character outside of XML 1.0's."""
    # evidence: model; words: https://github.com/asim/nitro-plugins/issues/437
    return Refusal(
        "InvalidMessageContents",
        f"Invalid binary character '#x{ord(character):X}' was found in the message body, the set of allowed "
        "characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    )


def too_long(limit: int) -> Refusal:
    """A message over the queue's MaximumMessageSize."""
    # evidence: https://github.com/inferablehq/inferable/issues/306
    return invalid_value(
        f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
    )


def empty_batch(entry: str) -> Refusal:
    """A batch without entries."""
    # evidence: model; words: guess
    return Refusal("EmptyBatchRequest", f"There should be at least one {entry} in the request.")


def too_many_entries(count: int, limit: int) -> Refusal:
    """A batch with more entries than it may have."""
    # evidence: model; words: guess
    return Refusal(
        "TooManyEntriesInBatchRequest",
        f"Maximum number of entries per request are {limit}. You have sent {count}.",
    )


def repeated_entry(entry_id: str) -> Refusal:
    """Two entries of one batch have the same id."""
    # evidence: model; words: guess
    return Refusal("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")


def bad_entry_id() -> Refusal:
    """An entry's id breaks its rules."""
    # evidence: model; words: guess
    return Refusal(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
        "It can be at most 80 letters long.",
    )


def batch_too_long(size: int, limit: int) -> Refusal:
    """The messages of a batch are too long together."""
    # evidence: model; words: https://github.com/vmihailenco/taskq/issues/36
    return Refusal(
        "BatchRequestTooLong",
        f"Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.",
    )


def no_such_task() -> Refusal:
    """No move task has that handle."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", "Task does not exist or is already completed.", status=404)


def no_such_source(member: str) -> Refusal:
    """An ARN of a move task names no queue."""
    # evidence: model; words: guess
    return Refusal(
        "ResourceNotFoundException",
        f"The resource that you specified for the {member} parameter doesn't exist.",
        status=404,
    )


def no_dead_letter_queue() -> Refusal:
    """The source of a move task is no queue's dead-letter queue."""
    # evidence: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    # words: guess
    return invalid_value("Source queue must be configured as a Dead Letter Queue.")


def task_runs() -> Refusal:
    """Another move task of the same source runs."""
    # evidence: https://github.com/floci-io/floci/pull/910 (quotes AWS's answer)
    return invalid_value(
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    )


def kms_disabled(key: str) -> Refusal:
    """The queue's KMS key is disabled."""
    # evidence: model; words: guess
    return Refusal("KmsDisabled", f"{key} is disabled.")


def kms_invalid_state(key: str) -> Refusal:
    """The queue's KMS key is pending deletion."""
    # evidence: model; words: guess
    return Refusal("KmsInvalidState", f"{key} is pending deletion.")


def wire_code(code: str) -> str:
    """A shape's name as the entries of a batch spell it: SQS's own errors with their old prefix."""
    # evidence: guess
    return f"AWS.SimpleQueueService.{code}" if code in _PREFIXED else code


_PREFIXED = frozenset({"MessageNotInflight", "UnsupportedOperation"})
