"""SQS: messages that could not be handled, and their way back."""

# ruff: noqa: E501

from __future__ import annotations

from ..driving import Kept, Story, call

STORIES = [
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
                    ],
                },
                {
                    "Successful": [
                        {"Id": "0", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "1", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                        {"Id": "2", "MessageId": str, "MD5OfMessageBody": "6f8f57715090da2632453988d9a1501b"},
                    ]
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
                            "ApproximateNumberOfMessagesToMove": 3,
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
