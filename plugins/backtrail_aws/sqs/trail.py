"""How CloudTrail writes SQS: message bodies are hidden; receives are data events that show no result.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/logging-using-cloudtrail.html
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    masked=frozenset(
        {
            "SendMessage.MessageBody",
            "SendMessageBatchRequestEntry.MessageBody",
            "MessageAttributeValue.StringValue",
        }
    ),
    sealed=frozenset(
        {
            "MessageAttributeValue.BinaryValue",
            "MessageAttributeValue.StringListValues",
            "MessageAttributeValue.BinaryListValues",
        }
    ),
    renamed={"AddPermission.AWSAccountIds": "AWSAccountIds"},  # AWS's own sample of AddPermission
    optional=frozenset(
        {
            "AddPermission.AWSAccountIds",
            "AddPermission.Actions",
            "ChangeMessageVisibility.VisibilityTimeout",
            "ChangeMessageVisibilityBatchResult.*",
            "DeleteMessageBatchResult.*",
            "ListDeadLetterSourceQueuesResult.*",
            "SendMessageBatchResult.*",
            "SendMessageBatchResultEntry.*",
            "MessageAttributeValue.DataType",
            "MessageSystemAttributeValue.DataType",
        }
    ),
    # Which event put a message, and the chain that it goes on with: for who takes it up within the account, on no wire.
    added={"Message.PutBy": "str", "Message.Root": "str", "Message.Passes": "dict[str, int]"},
    # What the service does to messages by itself stands among the calls that do it.
    data_events=frozenset({"ExpireMessages", "MoveMessages"}),
)
"""SQS's declaration."""
