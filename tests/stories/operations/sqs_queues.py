"""SQS: queues, their attributes, tags and permissions."""

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
]
