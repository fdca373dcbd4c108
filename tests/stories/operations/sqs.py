"""SQS: every operation."""

from __future__ import annotations

from ..driving import Kept, Story, call, refused

STORIES = [
    Story(
        "sqs",
        "queues are made, found, listed and deleted",
        [
            call(
                "CreateQueue",
                {"QueueName": "jobs", "Attributes": {"VisibilityTimeout": "45"}, "tags": {"team": "red"}},
                {"QueueUrl": str},
                keeps={"url": "QueueUrl"},
            ),
            call("CreateQueue", {"QueueName": "jobs"}, {"QueueUrl": Kept("url")}),
            call("GetQueueUrl", {"QueueName": "jobs"}, {"QueueUrl": Kept("url")}),
            call(
                "GetQueueUrl",
                {"QueueName": "jobs", "QueueOwnerAWSAccountId": "123456789012"},
                {"QueueUrl": Kept("url")},
            ),
            refused("GetQueueUrl", {"QueueName": "none"}, "AWS.SimpleQueueService.NonExistentQueue"),
            call("CreateQueue", {"QueueName": "jobs-more"}, {"QueueUrl": str}),
            call("ListQueues", {}, {"QueueUrls": [Kept("url"), str]}),
            call("ListQueues", {"QueueNamePrefix": "jobs-"}, {"QueueUrls": [str]}),
            call("ListQueues", {"QueueNamePrefix": "other"}),
            call(
                "ListQueues",
                {"MaxResults": 1},
                {"QueueUrls": [Kept("url")], "NextToken": "am9icw=="},
                keeps={"token": "NextToken"},
            ),
            call("ListQueues", {"MaxResults": 1, "NextToken": Kept("token")}, {"QueueUrls": [str]}),
            call(
                "GetQueueAttributes",
                {"QueueUrl": Kept("url"), "AttributeNames": ["All"]},
                {
                    "Attributes": {
                        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:jobs",
                        "ApproximateNumberOfMessages": "0",
                        "ApproximateNumberOfMessagesNotVisible": "0",
                        "ApproximateNumberOfMessagesDelayed": "0",
                        "CreatedTimestamp": str,
                        "LastModifiedTimestamp": str,
                        "DelaySeconds": "0",
                        "MaximumMessageSize": "1048576",
                        "MessageRetentionPeriod": "345600",
                        "ReceiveMessageWaitTimeSeconds": "0",
                        "VisibilityTimeout": "45",
                        "SqsManagedSseEnabled": "true",
                    }
                },
            ),
            call(
                "GetQueueAttributes",
                {"QueueUrl": Kept("url"), "AttributeNames": ["QueueArn", "DelaySeconds"]},
                {"Attributes": {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:jobs", "DelaySeconds": "0"}},
            ),
            call("GetQueueAttributes", {"QueueUrl": Kept("url")}),
            call("SetQueueAttributes", {"QueueUrl": Kept("url"), "Attributes": {"VisibilityTimeout": "7"}}),
            call("ListQueueTags", {"QueueUrl": Kept("url")}, {"Tags": {"team": "red"}}),
            call("TagQueue", {"QueueUrl": Kept("url"), "Tags": {"stage": "test"}}),
            call("UntagQueue", {"QueueUrl": Kept("url"), "TagKeys": ["team", "stage"]}),
            call("ListQueueTags", {"QueueUrl": Kept("url")}),
            call(
                "AddPermission",
                {
                    "QueueUrl": Kept("url"),
                    "Label": "others",
                    "AWSAccountIds": ["111122223333"],
                    "Actions": ["SendMessage"],
                },
            ),
            call("RemovePermission", {"QueueUrl": Kept("url"), "Label": "others"}),
            call("DeleteQueue", {"QueueUrl": Kept("url")}),
            refused("DeleteQueue", {"QueueUrl": Kept("url")}, "AWS.SimpleQueueService.NonExistentQueue"),
            refused("CreateQueue", {"QueueName": "jobs"}, "AWS.SimpleQueueService.QueueDeletedRecently"),
        ],
    ),
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
                {"Successful": [{"Id": "a"}, {"Id": "b"}], "Failed": []},
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
                        "CreatedTimestamp": "1795562227",
                        "LastModifiedTimestamp": "1795562227",
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
                    ],
                    "Failed": [],
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
    Story(
        "sqs",
        "dead letters are found and moved back",
        [
            call("CreateQueue", {"QueueName": "dead"}, {"QueueUrl": str}, keeps={"dead": "QueueUrl"}),
            call(
                "CreateQueue",
                {
                    "QueueName": "jobs",
                    "Attributes": {
                        "RedrivePolicy": '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":"1"}',
                        "VisibilityTimeout": "0",
                    },
                },
                {"QueueUrl": str},
                keeps={"url": "QueueUrl"},
            ),
            call("ListDeadLetterSourceQueues", {"QueueUrl": Kept("dead")}, {"queueUrls": [Kept("url")]}),
            call(
                "SendMessage",
                {"QueueUrl": Kept("url"), "MessageBody": "bad"},
                {"MD5OfMessageBody": "bae60998ffe4923b131e3d6e4c19993e", "MessageId": str},
            ),
            call(
                "ReceiveMessage",
                {"QueueUrl": Kept("url")},
                {
                    "Messages": [
                        {
                            "MessageId": str,
                            "ReceiptHandle": str,
                            "MD5OfBody": "bae60998ffe4923b131e3d6e4c19993e",
                            "Body": "bad",
                        }
                    ]
                },
            ),
            call("ReceiveMessage", {"QueueUrl": Kept("url")}),
            call(
                "ReceiveMessage",
                {"QueueUrl": Kept("dead"), "VisibilityTimeout": 0, "AttributeNames": ["All"]},
                {
                    "Messages": [
                        {
                            "MessageId": str,
                            "ReceiptHandle": str,
                            "MD5OfBody": "bae60998ffe4923b131e3d6e4c19993e",
                            "Body": "bad",
                            "Attributes": {
                                "SenderId": "123456789012",
                                "SentTimestamp": str,
                                "ApproximateReceiveCount": "2",
                                "ApproximateFirstReceiveTimestamp": str,
                                "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:123456789012:jobs",
                            },
                        }
                    ]
                },
            ),
            call(
                "StartMessageMoveTask",
                {"SourceArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
                {"TaskHandle": str},
            ),
            call(
                "ListMessageMoveTasks",
                {"SourceArn": "arn:aws:sqs:us-east-1:123456789012:dead", "MaxResults": 10},
                {
                    "Results": [
                        {
                            "Status": "COMPLETED",
                            "SourceArn": "arn:aws:sqs:us-east-1:123456789012:dead",
                            "ApproximateNumberOfMessagesMoved": 1,
                            "ApproximateNumberOfMessagesToMove": 1,
                            "StartedTimestamp": int,
                        }
                    ]
                },
            ),
            call(
                "ReceiveMessage",
                {"QueueUrl": Kept("url")},
                {
                    "Messages": [
                        {
                            "MessageId": str,
                            "ReceiptHandle": str,
                            "MD5OfBody": "bae60998ffe4923b131e3d6e4c19993e",
                            "Body": "bad",
                        }
                    ]
                },
            ),
        ],
    ),
    Story(
        "sqs",
        "a slow move of messages is cancelled",
        [
            call("CreateQueue", {"QueueName": "dead"}, {"QueueUrl": str}, keeps={"dead": "QueueUrl"}),
            call(
                "CreateQueue",
                {
                    "QueueName": "jobs",
                    "Attributes": {
                        "RedrivePolicy": '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":"1"}'
                    },
                },
                {"QueueUrl": str},
                keeps={"url": "QueueUrl"},
            ),
            call(
                "SendMessageBatch",
                {
                    "QueueUrl": Kept("dead"),
                    "Entries": [
                        {"Id": "0", "MessageBody": "m"},
                        {"Id": "1", "MessageBody": "m"},
                        {"Id": "2", "MessageBody": "m"},
                        {"Id": "3", "MessageBody": "m"},
                        {"Id": "4", "MessageBody": "m"},
                        {"Id": "5", "MessageBody": "m"},
                        {"Id": "6", "MessageBody": "m"},
                        {"Id": "7", "MessageBody": "m"},
                        {"Id": "8", "MessageBody": "m"},
                        {"Id": "9", "MessageBody": "m"},
                    ],
                },
                {
                    "Successful": [
                        {"Id": "0", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "1", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "2", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "3", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "4", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "5", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "6", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "7", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "8", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "9", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                    ],
                    "Failed": [],
                },
            ),
            call(
                "StartMessageMoveTask",
                {
                    "SourceArn": "arn:aws:sqs:us-east-1:123456789012:dead",
                    "DestinationArn": "arn:aws:sqs:us-east-1:123456789012:jobs",
                    "MaxNumberOfMessagesPerSecond": 1,
                },
                {"TaskHandle": str},
                keeps={"task": "TaskHandle"},
            ),
            call(
                "ListMessageMoveTasks",
                {"SourceArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
                {
                    "Results": [
                        {
                            "TaskHandle": Kept("task"),
                            "Status": "RUNNING",
                            "SourceArn": "arn:aws:sqs:us-east-1:123456789012:dead",
                            "DestinationArn": "arn:aws:sqs:us-east-1:123456789012:jobs",
                            "MaxNumberOfMessagesPerSecond": 1,
                            "ApproximateNumberOfMessagesMoved": 1,
                            "ApproximateNumberOfMessagesToMove": 10,
                            "StartedTimestamp": int,
                        }
                    ]
                },
            ),
            call(
                "CancelMessageMoveTask", {"TaskHandle": Kept("task")}, {"ApproximateNumberOfMessagesMoved": 1}
            ),
        ],
    ),
]
