"""S3: what buckets are told to do by themselves."""

from __future__ import annotations

from ..driving import Story, call, refused

STORIES = [
    Story(
        "s3",
        "what a bucket serves and tells",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            refused("GetBucketCors", {"Bucket": "box"}, "NoSuchCORSConfiguration"),
            call(
                "PutBucketCors",
                {
                    "Bucket": "box",
                    "CORSConfiguration": {
                        "CORSRules": [
                            {
                                "ID": "one",
                                "AllowedOrigins": ["*"],
                                "AllowedMethods": ["GET"],
                                "MaxAgeSeconds": 300,
                            }
                        ]
                    },
                },
            ),
            call(
                "GetBucketCors",
                {"Bucket": "box"},
                {
                    "CORSRules": [
                        {
                            "ID": "one",
                            "AllowedMethods": ["GET"],
                            "AllowedOrigins": ["*"],
                            "MaxAgeSeconds": 300,
                        }
                    ]
                },
            ),
            call("DeleteBucketCors", {"Bucket": "box"}),
            refused("GetBucketWebsite", {"Bucket": "box"}, "NoSuchWebsiteConfiguration"),
            call(
                "PutBucketWebsite",
                {
                    "Bucket": "box",
                    "WebsiteConfiguration": {
                        "IndexDocument": {"Suffix": "index.html"},
                        "ErrorDocument": {"Key": "error.html"},
                        "RoutingRules": [
                            {
                                "Condition": {"KeyPrefixEquals": "a/"},
                                "Redirect": {"ReplaceKeyPrefixWith": "b/"},
                            }
                        ],
                    },
                },
            ),
            call(
                "GetBucketWebsite",
                {"Bucket": "box"},
                {
                    "IndexDocument": {"Suffix": "index.html"},
                    "ErrorDocument": {"Key": "error.html"},
                    "RoutingRules": [
                        {"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "b/"}}
                    ],
                },
            ),
            call("DeleteBucketWebsite", {"Bucket": "box"}),
            call("GetBucketNotificationConfiguration", {"Bucket": "box"}),
            call(
                "PutBucketNotificationConfiguration",
                {
                    "Bucket": "box",
                    "NotificationConfiguration": {
                        "EventBridgeConfiguration": {},
                        "QueueConfigurations": [
                            {
                                "Id": "new",
                                "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q",
                                "Events": ["s3:ObjectCreated:*"],
                                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
                            }
                        ],
                    },
                    "SkipDestinationValidation": True,
                },
            ),
            call(
                "GetBucketNotificationConfiguration",
                {"Bucket": "box"},
                {
                    "QueueConfigurations": [
                        {
                            "Id": "new",
                            "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q",
                            "Events": ["s3:ObjectCreated:*"],
                            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
                        }
                    ],
                    "EventBridgeConfiguration": {},
                },
            ),
            call("GetBucketLogging", {"Bucket": "box"}),
            call("CreateBucket", {"Bucket": "logs"}, {"Location": "/logs"}),
            call(
                "PutBucketLogging",
                {
                    "Bucket": "box",
                    "BucketLoggingStatus": {
                        "LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "box/"}
                    },
                },
            ),
            call(
                "GetBucketLogging",
                {"Bucket": "box"},
                {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "box/"}},
            ),
        ],
    ),
    Story(
        "s3",
        "what a bucket does with its objects",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            refused("GetBucketLifecycleConfiguration", {"Bucket": "box"}, "NoSuchLifecycleConfiguration"),
            call(
                "PutBucketLifecycleConfiguration",
                {
                    "Bucket": "box",
                    "LifecycleConfiguration": {
                        "Rules": [
                            {
                                "ID": "tidy",
                                "Status": "Enabled",
                                "Filter": {"Prefix": "tmp/"},
                                "Expiration": {"Days": 7},
                                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                            }
                        ]
                    },
                },
                {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"},
            ),
            call(
                "GetBucketLifecycleConfiguration",
                {"Bucket": "box"},
                {
                    "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K",
                    "Rules": [
                        {
                            "Expiration": {"Days": 7},
                            "ID": "tidy",
                            "Filter": {"Prefix": "tmp/"},
                            "Status": "Enabled",
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                        }
                    ],
                },
            ),
            call("DeleteBucketLifecycle", {"Bucket": "box"}),
            call("PutBucketVersioning", {"Bucket": "box", "VersioningConfiguration": {"Status": "Enabled"}}),
            call("CreateBucket", {"Bucket": "copies"}, {"Location": "/copies"}),
            call(
                "PutBucketVersioning", {"Bucket": "copies", "VersioningConfiguration": {"Status": "Enabled"}}
            ),
            refused("GetBucketReplication", {"Bucket": "box"}, "ReplicationConfigurationNotFoundError"),
            call(
                "PutBucketReplication",
                {
                    "Bucket": "box",
                    "ReplicationConfiguration": {
                        "Role": "arn:aws:iam::123456789012:role/r",
                        "Rules": [
                            {
                                "ID": "all",
                                "Status": "Enabled",
                                "Priority": 1,
                                "Filter": {"Prefix": ""},
                                "DeleteMarkerReplication": {"Status": "Disabled"},
                                "Destination": {"Bucket": "arn:aws:s3:::copies"},
                            }
                        ],
                    },
                },
            ),
            call(
                "GetBucketReplication",
                {"Bucket": "box"},
                {
                    "ReplicationConfiguration": {
                        "Role": "arn:aws:iam::123456789012:role/r",
                        "Rules": [
                            {
                                "ID": "all",
                                "Priority": 1,
                                "Filter": {"Prefix": ""},
                                "Status": "Enabled",
                                "Destination": {"Bucket": "arn:aws:s3:::copies"},
                                "DeleteMarkerReplication": {"Status": "Disabled"},
                            }
                        ],
                    }
                },
            ),
            call("DeleteBucketReplication", {"Bucket": "box"}),
        ],
    ),
    Story(
        "s3",
        "configurations under ids",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "PutBucketMetricsConfiguration",
                {"Bucket": "box", "Id": "i", "MetricsConfiguration": {"Id": "i", "Filter": {"Prefix": "a"}}},
            ),
            call(
                "GetBucketMetricsConfiguration",
                {"Bucket": "box", "Id": "i"},
                {"MetricsConfiguration": {"Id": "i", "Filter": {"Prefix": "a"}}},
            ),
            call(
                "ListBucketMetricsConfigurations",
                {"Bucket": "box"},
                {"IsTruncated": False, "MetricsConfigurationList": [{"Id": "i", "Filter": {"Prefix": "a"}}]},
            ),
            call("DeleteBucketMetricsConfiguration", {"Bucket": "box", "Id": "i"}),
            call("ListBucketMetricsConfigurations", {"Bucket": "box"}, {"IsTruncated": False}),
            call(
                "PutBucketAnalyticsConfiguration",
                {
                    "Bucket": "box",
                    "Id": "i",
                    "AnalyticsConfiguration": {"Id": "i", "StorageClassAnalysis": {}},
                },
            ),
            call(
                "GetBucketAnalyticsConfiguration",
                {"Bucket": "box", "Id": "i"},
                {"AnalyticsConfiguration": {"Id": "i", "StorageClassAnalysis": {}}},
            ),
            call(
                "ListBucketAnalyticsConfigurations",
                {"Bucket": "box"},
                {
                    "IsTruncated": False,
                    "AnalyticsConfigurationList": [{"Id": "i", "StorageClassAnalysis": {}}],
                },
            ),
            call("DeleteBucketAnalyticsConfiguration", {"Bucket": "box", "Id": "i"}),
            call(
                "PutBucketInventoryConfiguration",
                {
                    "Bucket": "box",
                    "Id": "i",
                    "InventoryConfiguration": {
                        "Id": "i",
                        "IsEnabled": True,
                        "IncludedObjectVersions": "All",
                        "Schedule": {"Frequency": "Daily"},
                        "OptionalFields": ["Size", "ETag"],
                        "Destination": {
                            "S3BucketDestination": {"Bucket": "arn:aws:s3:::box", "Format": "CSV"}
                        },
                    },
                },
            ),
            call(
                "GetBucketInventoryConfiguration",
                {"Bucket": "box", "Id": "i"},
                {
                    "InventoryConfiguration": {
                        "Destination": {
                            "S3BucketDestination": {"Bucket": "arn:aws:s3:::box", "Format": "CSV"}
                        },
                        "IsEnabled": True,
                        "Id": "i",
                        "IncludedObjectVersions": "All",
                        "OptionalFields": ["Size", "ETag"],
                        "Schedule": {"Frequency": "Daily"},
                    }
                },
            ),
            call(
                "ListBucketInventoryConfigurations",
                {"Bucket": "box"},
                {
                    "InventoryConfigurationList": [
                        {
                            "Destination": {
                                "S3BucketDestination": {"Bucket": "arn:aws:s3:::box", "Format": "CSV"}
                            },
                            "IsEnabled": True,
                            "Id": "i",
                            "IncludedObjectVersions": "All",
                            "OptionalFields": ["Size", "ETag"],
                            "Schedule": {"Frequency": "Daily"},
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("DeleteBucketInventoryConfiguration", {"Bucket": "box", "Id": "i"}),
            call(
                "PutBucketIntelligentTieringConfiguration",
                {
                    "Bucket": "box",
                    "Id": "i",
                    "IntelligentTieringConfiguration": {
                        "Id": "i",
                        "Status": "Enabled",
                        "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
                    },
                },
            ),
            call(
                "GetBucketIntelligentTieringConfiguration",
                {"Bucket": "box", "Id": "i"},
                {
                    "IntelligentTieringConfiguration": {
                        "Id": "i",
                        "Status": "Enabled",
                        "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
                    }
                },
            ),
            call(
                "ListBucketIntelligentTieringConfigurations",
                {"Bucket": "box"},
                {
                    "IsTruncated": False,
                    "IntelligentTieringConfigurationList": [
                        {
                            "Id": "i",
                            "Status": "Enabled",
                            "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
                        }
                    ],
                },
            ),
            call("DeleteBucketIntelligentTieringConfiguration", {"Bucket": "box", "Id": "i"}),
            refused(
                "GetBucketIntelligentTieringConfiguration",
                {"Bucket": "box", "Id": "i"},
                "NoSuchConfiguration",
            ),
        ],
    ),
]
