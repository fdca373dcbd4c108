"""SQS's numbers, each with the page that it comes from.

QUOTAS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
CREATE: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Service

RANGES: dict[str, tuple[int, int]] = {  # CREATE
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1_024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
"""Attributes that are numbers: least and greatest value."""

DEFAULTS: dict[str, str] = {  # CREATE; 1 MiB since August 2025
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}
FIFO_DEFAULTS: dict[str, str] = {  # CREATE
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
KMS_REUSE_DEFAULT_S = "300"  # CREATE

DELAY_MAX_S = 900  # API_SendMessage
VISIBILITY_MAX_S = 43_200  # API_ChangeMessageVisibility
WAIT_MAX_S = 20  # API_ReceiveMessage
RECEIVE_MAX = 10  # API_ReceiveMessage
BATCH_MAX = 10  # API_SendMessageBatch
BATCH_ID_MAX = 80  # API_SendMessageBatchRequestEntry
BATCH_MAX_BYTES = 1_048_576  # QUOTAS
ATTRIBUTES_MAX = 10  # QUOTAS: message attributes of one message
ATTRIBUTE_NAME_MAX = 256  # SQSDeveloperGuide/sqs-message-metadata.html
TOKEN_MAX = 128  # API_SendMessage: group and deduplication ids; API_ReceiveMessage: attempt ids

IN_FLIGHT_MAX = 120_000  # QUOTAS; for FIFO queues, too, since November 2024
FIFO_THROUGHPUT = 300  # QUOTAS: calls of one action per second and queue
HIGH_THROUGHPUT = 70_000  # QUOTAS: in us-east-1, us-west-2 and eu-west-1; elsewhere AWS's is lower
DEDUPLICATION_US = (
    300 * 1_000_000
)  # SQSDeveloperGuide/using-messagededuplicationid-property.html: five minutes
RECREATE_US = 60 * 1_000_000  # API_DeleteQueue: the longest that a name is remembered

LIST_MAX = 1_000  # API_ListQueues
RECEIVES_MAX = 1_000  # SetQueueAttributes: maxReceiveCount
SOURCES_MAX = 10  # SetQueueAttributes: sourceQueueArns of a RedriveAllowPolicy
PERMITTED_ACTIONS_MAX = 7  # API_AddPermission
TAGS_MAX = 50  # SQSDeveloperGuide/sqs-queue-tags.html
TAG_KEY_MAX, TAG_VALUE_MAX = 128, 256  # the same page

TASKS_LISTED_MAX = 10  # API_ListMessageMoveTasks
MOVE_RATE_MAX = 500  # API_StartMessageMoveTask: messages per second

CHUNK = 1_000
"""Messages that one record of ours expires, moves or dead-letters at most, so that records stay small."""


def declare(service: Service[Any]) -> None:
    """The quotas that Service Quotas lists of SQS; AWS documents none of their codes."""
    service.quota(
        "SQS-in-flight-standard", "in_flight", IN_FLIGHT_MAX, "Messages per standard queue (in flight)",
        what="Messages that were received from a standard queue and not yet deleted from it",
    )  # fmt: skip
    service.quota(
        "SQS-in-flight-fifo", "fifo_in_flight", IN_FLIGHT_MAX, "Messages per FIFO queue (in flight)",
        what="Messages that were received from a FIFO queue and not yet deleted from it",
    )  # fmt: skip
    service.quota(
        "SQS-fifo-throughput", "fifo_throughput", FIFO_THROUGHPUT, "API calls per FIFO queue", adjustable=False,
        period="SECOND",
        what="Calls of one action per second; counted while the option sqs.throttling is on",
    )  # fmt: skip
    service.quota(
        "SQS-fifo-high-throughput", "fifo_high_throughput", HIGH_THROUGHPUT,
        "API calls per high throughput FIFO queue", period="SECOND",
        what="Calls of one action per second; counted while the option sqs.throttling is on",
    )  # fmt: skip
