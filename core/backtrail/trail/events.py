"""What a record calls an action, and what kind of event it is.

Rules measured on real records come first, AWS's pages after them; a plugin's `trail.py` overrules both.
"""

from __future__ import annotations

import re
from functools import cache

from backtrail.trail.declare import Trail

MANAGEMENT, DATA = "Management", "Data"

# Lambda's event names carry the date of the API, some a version behind it (measured; AWS's list is at
# https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html). Which actions have the `v2` is
# AWS's whim.
_LAMBDA_V2 = frozenset(
    {
        "AddPermission", "GetFunction", "GetFunctionConfiguration", "GetPolicy", "PublishVersion",
        "RemovePermission", "UpdateFunctionCode", "UpdateFunctionConfiguration",
    }
)  # fmt: skip
_LAMBDA_V1 = frozenset(
    {
        "CreateAlias", "CreateEventSourceMapping", "CreateFunction", "DeleteAlias",
        "DeleteEventSourceMapping", "DeleteFunction", "GetAlias", "GetEventSourceMapping",
        "ListAliases", "ListEventSourceMappings",
        "ListFunctions", "ListVersionsByFunction", "UpdateAlias", "UpdateEventSourceMapping",
    }
)  # fmt: skip
_LAMBDA_DATES = {
    "GetAccountSettings": "20160819",
    "ListTags": "20170331",
    "TagResource": "20170331v2",
    "UntagResource": "20170331v2",
    "DeleteFunctionConcurrency": "20171031",
    "PutFunctionConcurrency": "20171031",
    "AddLayerVersionPermission": "20181031",
    "DeleteLayerVersion": "20181031",
    "GetLayerVersion": "20181031",
    "GetLayerVersionPolicy": "20181031",
    "ListLayers": "20181031",
    "ListLayerVersions": "20181031",
    "PublishLayerVersion": "20181031",
    "RemoveLayerVersionPermission": "20181031",
    **dict.fromkeys(_LAMBDA_V1, "20150331"),
    **dict.fromkeys(_LAMBDA_V2, "20150331v2"),
}

_CLOUDFRONT_DATE = "2020_05_31"
_CLOUDFRONT_DATED = frozenset(
    {
        "CreateFunction", "DeleteFunction", "DescribeFunction", "GetFunction", "ListFunctions",
        "PublishFunction", "TestFunction", "UpdateFunction",
    }
)  # fmt: skip
_DATES = re.compile(r"(?<=[a-z])(?:\d{8}(?:v\d+)?|_?20\d\d_\d\d_\d\d)$")

# S3's event names are those of the policy actions and of older APIs (measured; those without a real record
# follow https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html).
_RENAMED: dict[str, dict[str, str]] = {
    "s3": {
        "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "ListObjectsV2": "ListObjects",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    },
    "s3control": {
        "DeletePublicAccessBlock": "DeleteAccountPublicAccessBlock",
        "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
        "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
    },
}
# `GET /bucket?list-type=2` and its forerunner have one event name; so the record's is kept as it is.
_ONE_WAY = frozenset({"ListObjects"})
_ALSO = {"s3": {"ListAllMyBuckets": "ListBuckets", "ListBucket": "ListObjects"}}

_READ = re.compile(
    r"(?:Get|List|Describe|Head|Lookup|Search|View|BatchGet|BatchDescribe|BatchCheck|Check|Query|Scan|Select|Test|"
    r"Validate|Simulate|Preview|Detect|Estimate|Count|Discover|Filter|Is|Retrieve|Resolve|Verify|Decode|Receive|"
    r"TransactGet|StartQuery)(?=[A-Z0-9]|$)"
)
# Where `readOnly` is not what the verb says. Measured: STS, KMS, SES, InvokeModel; else the service's
# CloudTrail page.
_READ_ONLY: dict[str, dict[str, bool]] = {
    "sts": {
        "AssumeRole": True, "AssumeRoleWithSAML": True, "AssumeRoleWithWebIdentity": True, "AssumeRoot": True,
        "GetSessionToken": False, "GetFederationToken": False,
    },
    "kms": dict.fromkeys(
        ("Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
         "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac",
         "GenerateRandom", "ReEncrypt", "Sign"), True),
    "ses": {"VerifyDomainDkim": False, "VerifyDomainIdentity": False, "VerifyEmailAddress": False,
            "VerifyEmailIdentity": False},
    "bedrock-runtime": {"Converse": True, "ConverseStream": True, "InvokeModel": True,
                        "InvokeModelWithResponseStream": True},
    "iam": {"GenerateCredentialReport": True, "GenerateServiceLastAccessedDetails": True},
}  # fmt: skip

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html; and
# calls of the same kind that AWS does not log at all (PutLogEvents), which must not stand among management
# events.
_DATA: dict[str, frozenset[str]] = {
    "s3": frozenset(
        {
            "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject",
            "CreateMultipartUpload", "CreateSession", "DeleteObject", "DeleteObjectTagging",
            "DeleteObjects", "GetObject", "GetObjectAcl", "GetObjectAttributes",
            "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent",
            "HeadBucket", "HeadObject", "ListMultipartUploads", "ListObjectVersions",
            "ListObjects", "ListObjectsV2", "ListParts", "PutObject", "PutObjectAcl",
            "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "RenameObject",
            "RestoreObject", "SelectObjectContent", "UpdateObjectEncryption", "UploadPart",
            "UploadPartCopy", "WriteGetObjectResponse",
        }
    ),
    "sqs": frozenset(
        {
            "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage",
            "DeleteMessageBatch", "ReceiveMessage", "SendMessage", "SendMessageBatch",
        }
    ),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "lambda": frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"}),
    "dynamodb": frozenset(
        {
            "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem",
            "ExecuteStatement", "ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan",
            "TransactGetItems", "TransactWriteItems", "UpdateItem",
        }
    ),
    "dynamodbstreams": frozenset({"GetRecords", "GetShardIterator"}),
    "kinesis": frozenset(
        {
            "GetRecords", "GetShardIterator", "PutRecord", "PutRecords", "SubscribeToShard",
        }
    ),
    "firehose": frozenset({"PutRecord", "PutRecordBatch"}),
    "ebs": frozenset(
        {
            "GetSnapshotBlock", "ListChangedBlocks", "ListSnapshotBlocks", "PutSnapshotBlock",
        }
    ),
    "logs": frozenset({"PutLogEvents"}),
    "cloudwatch": frozenset(
        {
            "GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics",
            "PutMetricData",
        }
    ),
    "cognito-identity": frozenset(
        {
            "GetCredentialsForIdentity", "GetId", "GetOpenIdToken",
            "GetOpenIdTokenForDeveloperIdentity", "UnlinkIdentity",
        }
    ),
    "rds-data": frozenset(
        {
            "BatchExecuteStatement", "BeginTransaction", "CommitTransaction",
            "ExecuteStatement", "RollbackTransaction",
        }
    ),
    "ses": frozenset(
        {
            "SendBulkTemplatedEmail", "SendEmail", "SendRawEmail", "SendTemplatedEmail",
        }
    ),
    "sesv2": frozenset({"SendBulkEmail", "SendEmail"}),
    "cloudtrail-data": frozenset({"PutAuditEvents"}),
    "xray": frozenset({"PutTelemetryRecords", "PutTraceSegments"}),
}  # fmt: skip

# Reads whose answer stands in responseElements all the same (measured). GetCallerIdentity's does in 4 records of
# thousands, in none of the 123 that real trails hold since 2023.
_SHOWN_READS = {
    "sts": frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot"}),
}
# Writes whose answer does not (AWS's samples: PutItem and its like; SendMessage's does stand there).
_HIDDEN_WRITES = {"dynamodb": _DATA["dynamodb"], "lambda": _DATA["lambda"], "kinesis": _DATA["kinesis"]}

# Written as `apiVersion` (measured: these services and no others).
_API_VERSIONS = {
    "appmesh": "2019-01-25",
    "cloudfront": "2020_05_31",
    "dynamodb": "2012-08-10",
    "dynamodbstreams": "2012-08-10",
    "efs": "2015-02-01",
    "elb": "2012-06-01",
    "elbv2": "2015-12-01",
    "events": "2015-10-07",
    "fms": "2018-01-01",
    "logs": "20140328",
    "route53": "2013-04-01",
    "shield": "AWSShield_20160616",
    "waf": "2015-08-24",
    "wafv2": "2019-04-23",
}

_PLAIN = Trail()


def event_name(service: str, action: str, trail: Trail = _PLAIN) -> str:
    """The record's eventName of an API action: `CreateFunction` of Lambda is `CreateFunction20150331`."""
    if (declared := trail.events.get(action)) is not None:
        return declared
    if service == "lambda":
        return action + _LAMBDA_DATES.get(action, "")
    if service == "cloudfront" and action in _CLOUDFRONT_DATED:
        return action + _CLOUDFRONT_DATE
    return _RENAMED.get(service, {}).get(action, action)


def action_of(service: str, event_name: str, trail: Trail = _PLAIN) -> str:
    """The API action of a record's eventName, in any of the spellings that AWS ever wrote."""
    for action, name in trail.events.items():
        if name == event_name:
            return action
    return _action_of(service, event_name)


@cache
def _action_of(service: str, name: str) -> str:
    bare = _DATES.sub("", name) if service in ("lambda", "cloudfront") else name
    return _actions(service).get(bare, bare)


@cache
def _actions(service: str) -> dict[str, str]:
    renamed = {name: action for action, name in _RENAMED.get(service, {}).items() if name not in _ONE_WAY}
    return {**renamed, **_ALSO.get(service, {})}


@cache
def _reads(service: str, action: str) -> bool:
    known = _READ_ONLY.get(service, {}).get(action)
    return known if known is not None else _READ.match(action) is not None


def is_read_only(service: str, action: str, trail: Trail = _PLAIN) -> bool:
    """The record's `readOnly`. It does not mean that nothing happens: AssumeRole is read-only."""
    declared = trail.read_only.get(action)
    return _reads(service, action) if declared is None else declared


def category(service: str, action: str, trail: Trail = _PLAIN) -> str:
    """The record's `eventCategory`: `MANAGEMENT` or `DATA`."""
    data = action in trail.data_events or action in _DATA.get(service, ())
    return DATA if data else MANAGEMENT


def shows_result(service: str, action: str, trail: Trail = _PLAIN, read_only: bool | None = None) -> bool:
    """Whether a successful call's result stands in responseElements: a write's does, a read's does not."""
    if action in trail.shown:
        return True
    if action in trail.hidden or action in _HIDDEN_WRITES.get(service, ()):
        return False
    if action in _SHOWN_READS.get(service, ()):
        return True
    return not (is_read_only(service, action, trail) if read_only is None else read_only)


def api_version(service: str, action: str, trail: Trail = _PLAIN) -> str | None:
    """The record's `apiVersion`, None where AWS writes none: an event name that carries a date has none."""
    if service == "cloudfront" and action in _CLOUDFRONT_DATED:
        return None
    return trail.api_version or _API_VERSIONS.get(service)
