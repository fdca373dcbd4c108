"""SQS: messages, one by one and in batches, in order and not."""

# ruff: noqa: E501

from __future__ import annotations

from ..driving import Kept, Story, call, refused

STORIES = [
    Story(
        "sqs",
        "messages are sent, received, hidden and deleted",
        [
            call("CreateQueue", {"QueueName": "jobs"}, {"QueueUrl": str}, keeps={"url": "QueueUrl"}),
            call(
                "SendMessage",
                {
                    "QueueUrl": Kept("url"),
                    "MessageBody": "hello",
                    "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "greeting"}},
                },
                {
                    "MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592",
                    "MD5OfMessageAttributes": "55ed4b7836c74ac3476eb038898fee8b",
                    "MessageId": str,
                },
                keeps={"message": "MessageId"},
            ),
            call(
                "ReceiveMessage",
                {"QueueUrl": Kept("url"), "AttributeNames": ["All"], "MessageAttributeNames": ["All"]},
                {
                    "Messages": [
                        {
                            "MessageId": Kept("message"),
                            "ReceiptHandle": str,
                            "MD5OfBody": "5d41402abc4b2a76b9719d911017c592",
                            "Body": "hello",
                            "Attributes": {
                                "SenderId": "123456789012",
                                "SentTimestamp": str,
                                "ApproximateReceiveCount": "1",
                                "ApproximateFirstReceiveTimestamp": str,
                            },
                            "MD5OfMessageAttributes": "55ed4b7836c74ac3476eb038898fee8b",
                            "MessageAttributes": {"kind": {"StringValue": "greeting", "DataType": "String"}},
                        }
                    ]
                },
                keeps={"handle": "Messages.0.ReceiptHandle"},
            ),
            call("ReceiveMessage", {"QueueUrl": Kept("url")}),
            call(
                "ChangeMessageVisibility",
                {"QueueUrl": Kept("url"), "ReceiptHandle": Kept("handle"), "VisibilityTimeout": 0},
            ),
            call(
                "ReceiveMessage",
                {"QueueUrl": Kept("url")},
                {
                    "Messages": [
                        {
                            "MessageId": Kept("message"),
                            "ReceiptHandle": str,
                            "MD5OfBody": "5d41402abc4b2a76b9719d911017c592",
                            "Body": "hello",
                        }
                    ]
                },
                keeps={"handle": "Messages.0.ReceiptHandle"},
            ),
            call("DeleteMessage", {"QueueUrl": Kept("url"), "ReceiptHandle": Kept("handle")}),
            call(
                "SendMessageBatch",
                {
                    "QueueUrl": Kept("url"),
                    "Entries": [
                        {"Id": "a", "MessageBody": "one"},
                        {"Id": "b", "MessageBody": "two"},
                        {"Id": "late", "MessageBody": "three", "DelaySeconds": 901},
                    ],
                },
                {
                    "Successful": [
                        {"Id": "a", "MessageId": str, "MD5OfMessageBody": "f97c5d29941bfb1b2fdab0874906ab82"},
                        {"Id": "b", "MessageId": str, "MD5OfMessageBody": "b8a9f715dbb64fd5c56e7783c6820a61"},
                    ],
                    "Failed": [
                        {
                            "Id": "late",
                            "SenderFault": True,
                            "Code": "InvalidParameterValue",
                            "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
                        }
                    ],
                },
            ),
            call(
                "ReceiveMessage",
                {"QueueUrl": Kept("url"), "MaxNumberOfMessages": 10},
                {
                    "Messages": [
                        {
                            "MessageId": str,
                            "ReceiptHandle": str,
                            "MD5OfBody": "f97c5d29941bfb1b2fdab0874906ab82",
                            "Body": "one",
                        },
                        {
                            "MessageId": str,
                            "ReceiptHandle": str,
                            "MD5OfBody": "b8a9f715dbb64fd5c56e7783c6820a61",
                            "Body": "two",
                        },
                    ]
                },
                keeps={"one": "Messages.0.ReceiptHandle", "two": "Messages.1.ReceiptHandle"},
            ),
            call(
                "ChangeMessageVisibilityBatch",
                {
                    "QueueUrl": Kept("url"),
                    "Entries": [
                        {"Id": "a", "ReceiptHandle": Kept("one"), "VisibilityTimeout": 60},
                        {"Id": "b", "ReceiptHandle": "none", "VisibilityTimeout": 60},
                    ],
                },
                {
                    "Successful": [{"Id": "a"}],
                    "Failed": [
                        {
                            "Id": "b",
                            "SenderFault": True,
                            "Code": "ReceiptHandleIsInvalid",
                            "Message": 'The input receipt handle "none" is not a valid receipt handle.',
                        }
                    ],
                },
            ),
            call(
                "DeleteMessageBatch",
                {
                    "QueueUrl": Kept("url"),
                    "Entries": [
                        {"Id": "a", "ReceiptHandle": Kept("one")},
                        {"Id": "b", "ReceiptHandle": Kept("two")},
                    ],
                },
                {"Successful": [{"Id": "a"}, {"Id": "b"}]},
            ),
            call(
                "SendMessage",
                {"QueueUrl": Kept("url"), "MessageBody": "too late", "DelaySeconds": 900},
                {"MD5OfMessageBody": "4c228f5ab62edc71a89560126c4fe864", "MessageId": str},
            ),
            call("PurgeQueue", {"QueueUrl": Kept("url")}),
            refused("PurgeQueue", {"QueueUrl": Kept("url")}, "AWS.SimpleQueueService.PurgeQueueInProgress"),
        ],
    ),
    Story(
        "sqs",
        "a FIFO queue numbers its messages",
        [
            call(
                "CreateQueue",
                {
                    "QueueName": "jobs.fifo",
                    "Attributes": {"FifoQueue": "true", "ContentBasedDeduplication": "true"},
                },
                {"QueueUrl": str},
                keeps={"url": "QueueUrl"},
            ),
            call(
                "GetQueueAttributes",
                {"QueueUrl": Kept("url"), "AttributeNames": ["All"]},
                {
                    "Attributes": {
                        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:jobs.fifo",
                        "ApproximateNumberOfMessages": "0",
                        "ApproximateNumberOfMessagesNotVisible": "0",
                        "ApproximateNumberOfMessagesDelayed": "0",
                        "CreatedTimestamp": str,
                        "LastModifiedTimestamp": str,
                        "FifoQueue": "true",
                        "DelaySeconds": "0",
                        "MaximumMessageSize": "1048576",
                        "MessageRetentionPeriod": "345600",
                        "ReceiveMessageWaitTimeSeconds": "0",
                        "VisibilityTimeout": "30",
                        "ContentBasedDeduplication": "true",
                        "DeduplicationScope": "queue",
                        "FifoThroughputLimit": "perQueue",
                        "SqsManagedSseEnabled": "true",
                    }
                },
            ),
            call(
                "SendMessage",
                {"QueueUrl": Kept("url"), "MessageBody": "hello", "MessageGroupId": "g"},
                {
                    "MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592",
                    "MessageId": str,
                    "SequenceNumber": "18850000000000000256",
                },
            ),
            call(
                "SendMessageBatch",
                {
                    "QueueUrl": Kept("url"),
                    "Entries": [{"Id": "a", "MessageBody": "one", "MessageGroupId": "g"}],
                },
                {
                    "Successful": [
                        {
                            "Id": "a",
                            "MessageId": str,
                            "MD5OfMessageBody": "f97c5d29941bfb1b2fdab0874906ab82",
                            "SequenceNumber": "18850000000000000512",
                        }
                    ]
                },
            ),
            call(
                "ReceiveMessage",
                {"QueueUrl": Kept("url"), "AttributeNames": ["All"], "MaxNumberOfMessages": 1},
                {
                    "Messages": [
                        {
                            "MessageId": str,
                            "ReceiptHandle": str,
                            "MD5OfBody": "5d41402abc4b2a76b9719d911017c592",
                            "Body": "hello",
                            "Attributes": {
                                "SenderId": "123456789012",
                                "SentTimestamp": str,
                                "ApproximateReceiveCount": "1",
                                "ApproximateFirstReceiveTimestamp": str,
                                "SequenceNumber": "18850000000000000256",
                                "MessageDeduplicationId": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                                "MessageGroupId": "g",
                            },
                        }
                    ]
                },
            ),
        ],
    ),
]
