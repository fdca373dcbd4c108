"""CloudTrail: trails, their selectors, tags and status; event history, keys, and the lake that is not there."""

from __future__ import annotations

import re
from typing import Any

from ..driving import Story, call, refused
from ..trails import TRAIL, bucket_policy

MADE: dict[str, Any] = {
    "Name": "audit",
    "S3BucketName": "logs",
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "TrailARN": TRAIL,
    "LogFileValidationEnabled": False,
    "IsOrganizationTrail": False,
}
SHOWN = {**MADE, "HomeRegion": "us-east-1", "HasCustomEventSelectors": False, "HasInsightSelectors": False}
WRITES: dict[str, Any] = {
    "ReadWriteType": "WriteOnly",
    "IncludeManagementEvents": True,
    "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::logs/"]}],
    "ExcludeManagementEventSources": [],
}
MANAGEMENT = {
    "Name": "management",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
}
BUCKET = [
    call("s3:CreateBucket", {"Bucket": "logs"}, {"Location": "/logs"}),
    call("s3:PutBucketPolicy", {"Bucket": "logs", "Policy": bucket_policy("logs")}),
]

STORIES = [
    Story(
        "cloudtrail",
        "trails are made, seen, changed, started, stopped and deleted",
        [
            refused(
                "CreateTrail", {"Name": "audit", "S3BucketName": "logs"}, "S3BucketDoesNotExistException"
            ),
            *BUCKET,
            call("CreateTrail", {"Name": "audit", "S3BucketName": "logs"}, MADE),
            refused("CreateTrail", {"Name": "audit", "S3BucketName": "logs"}, "TrailAlreadyExistsException"),
            refused("CreateTrail", {"Name": "a--b", "S3BucketName": "logs"}, "InvalidTrailNameException"),
            call("GetTrail", {"Name": "audit"}, {"Trail": SHOWN}),
            call("DescribeTrails", {}, {"trailList": [SHOWN]}),
            call("DescribeTrails", {"trailNameList": ["none"]}, {"trailList": []}),
            call(
                "ListTrails",
                {},
                {"Trails": [{"TrailARN": TRAIL, "Name": "audit", "HomeRegion": "us-east-1"}]},
            ),
            call(
                "UpdateTrail",
                {
                    "Name": "audit",
                    "S3KeyPrefix": "in",
                    "IsMultiRegionTrail": True,
                    "EnableLogFileValidation": True,
                },
                {**MADE, "S3KeyPrefix": "in", "IsMultiRegionTrail": True, "LogFileValidationEnabled": True},
            ),
            call("StartLogging", {"Name": TRAIL}),
            call(
                "GetTrailStatus",
                {"Name": "audit"},
                {
                    "IsLogging": True,
                    "StartLoggingTime": ...,
                    "TimeLoggingStarted": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
                    "TimeLoggingStopped": "",
                    "LatestDeliveryAttemptTime": "",
                    "LatestDeliveryAttemptSucceeded": "",
                    "LatestNotificationAttemptTime": "",
                    "LatestNotificationAttemptSucceeded": "",
                },
            ),
            call("StopLogging", {"Name": "audit"}),
            call("DeleteTrail", {"Name": "audit"}),
            refused("StopLogging", {"Name": "audit"}, "TrailNotFoundException"),
            refused(
                "GetTrail", {"Name": "arn:aws:sqs:us-east-1:123456789012:q"}, "CloudTrailARNInvalidException"
            ),
        ],
    ),
    Story(
        "cloudtrail",
        "selectors and tags are put, and given back",
        [
            *BUCKET,
            call(
                "CreateTrail",
                {"Name": "audit", "S3BucketName": "logs", "TagsList": [{"Key": "team", "Value": "red"}]},
                MADE,
            ),
            call(
                "GetEventSelectors",
                {"TrailName": "audit"},
                {
                    "TrailARN": TRAIL,
                    "EventSelectors": [
                        {
                            "ReadWriteType": "All",
                            "IncludeManagementEvents": True,
                            "DataResources": [],
                            "ExcludeManagementEventSources": [],
                        }
                    ],
                },
            ),
            call(
                "PutEventSelectors",
                {
                    "TrailName": "audit",
                    "EventSelectors": [{k: WRITES[k] for k in ("ReadWriteType", "DataResources")}],
                },
                {"TrailARN": TRAIL, "EventSelectors": [WRITES]},
            ),
            call("GetEventSelectors", {"TrailName": TRAIL}, {"TrailARN": TRAIL, "EventSelectors": [WRITES]}),
            call(
                "PutEventSelectors",
                {"TrailName": "audit", "AdvancedEventSelectors": [MANAGEMENT]},
                {"TrailARN": TRAIL, "AdvancedEventSelectors": [MANAGEMENT]},
            ),
            refused("PutEventSelectors", {"TrailName": "audit"}, "InvalidEventSelectorsException"),
            refused("GetInsightSelectors", {"TrailName": "audit"}, "InsightNotEnabledException"),
            call(
                "PutInsightSelectors",
                {"TrailName": "audit", "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]},
                {"TrailARN": TRAIL, "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]},
            ),
            call(
                "GetInsightSelectors",
                {"TrailName": "audit"},
                {"TrailARN": TRAIL, "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]},
            ),
            call("AddTags", {"ResourceId": TRAIL, "TagsList": [{"Key": "stage", "Value": "test"}]}),
            call("RemoveTags", {"ResourceId": TRAIL, "TagsList": [{"Key": "team"}]}),
            call(
                "ListTags",
                {"ResourceIdList": [TRAIL]},
                {
                    "ResourceTagList": [
                        {"ResourceId": TRAIL, "TagsList": [{"Key": "stage", "Value": "test"}]},
                    ]
                },
            ),
        ],
    ),
    Story(
        "cloudtrail",
        "event history is looked up; there are no keys yet, and there is no lake",
        [
            call("sqs:CreateQueue", {"QueueName": "jobs"}, {"QueueUrl": str}),
            call(
                "LookupEvents",
                {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateQueue"}]},
                {
                    "Events": [
                        {
                            "EventId": str,
                            "EventName": "CreateQueue",
                            "ReadOnly": "false",
                            "AccessKeyId": "test",
                            "EventTime": ...,
                            "EventSource": "sqs.amazonaws.com",
                            "Username": "root",
                            "Resources": ...,
                            "CloudTrailEvent": re.compile(r'\{"eventVersion":"1\.11",.*\}'),
                        }
                    ]
                },
            ),
            refused(
                "LookupEvents",
                {"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "maybe"}]},
                "InvalidLookupAttributesException",
            ),
            call("ListPublicKeys", {}, {"PublicKeyList": []}),
            call("ListEventDataStores", {}, {"EventDataStores": []}),
            call("ListChannels", {}, {"Channels": []}),
            call("ListDashboards", {}, {"Dashboards": []}),
            call("ListImports", {}, {"Imports": []}),
            refused("CreateEventDataStore", {"Name": "lake"}, "NotImplemented"),
        ],
    ),
]
