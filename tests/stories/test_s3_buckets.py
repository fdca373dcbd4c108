"""Buckets and all that is configured on them, through boto3 and over a real socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

Client = Callable[..., Any]
ONCE = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
ORIGIN = "https://app.example.com"


@pytest.fixture
def s3(client: Client) -> Any:
    """A client with one bucket, `box`."""
    made = client("s3", config=ONCE)
    made.create_bucket(Bucket="box")
    return made


def code(call: Callable[[], Any]) -> tuple[str, int]:
    """The code and the status with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call()
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def raw(endpoint: str, method: str, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    """A request of a browser: an answer and its body."""
    connection = HTTPConnection(urlsplit(endpoint).netloc, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_the_life_of_a_bucket(s3: Any) -> None:
    """Made, found, listed, not deleted while it holds something, deleted."""
    head = s3.head_bucket(Bucket="box")
    assert (head["BucketRegion"], head["AccessPointAlias"]) == ("us-east-1", False)
    assert s3.get_bucket_location(Bucket="box")["LocationConstraint"] is None
    listed = s3.list_buckets()
    assert [bucket["Name"] for bucket in listed["Buckets"]] == ["box"] and len(listed["Owner"]["ID"]) == 64
    assert s3.list_buckets(Prefix="b")["Buckets"][0]["BucketRegion"] == "us-east-1"
    assert s3.create_bucket(Bucket="box")["Location"] == "/box"
    s3.put_object(Bucket="box", Key="k", Body=b"x")
    assert code(lambda: s3.delete_bucket(Bucket="box")) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket="box", Key="k")
    assert s3.delete_bucket(Bucket="box")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code(lambda: s3.head_bucket(Bucket="box")) == ("404", 404)
    assert code(lambda: s3.delete_bucket(Bucket="box")) == ("NoSuchBucket", 404)
    assert code(lambda: s3.create_bucket(Bucket="My-Box")) == ("InvalidBucketName", 400)


def test_pages_of_buckets(s3: Any) -> None:
    """boto3's paginator walks them."""
    for number in range(5):
        s3.create_bucket(Bucket=f"more-{number}")
    pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Buckets"]) for page in pages] == [2, 2, 2]


def test_regions(client: Client, endpoint: str) -> None:
    """A bucket lives in one region; clients elsewhere are sent there."""
    west = client("s3", region="us-west-2", config=ONCE)
    assert code(lambda: west.create_bucket(Bucket="west-box")) == ("IllegalLocationConstraintException", 400)
    west.create_bucket(Bucket="west-box", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    again = {"Bucket": "west-box", "CreateBucketConfiguration": {"LocationConstraint": "us-west-2"}}
    assert code(lambda: west.create_bucket(**again)) == ("BucketAlreadyOwnedByYou", 409)
    east = client("s3", config=ONCE)
    assert east.get_bucket_location(Bucket="west-box")["LocationConstraint"] == "us-west-2"
    assert client("s3", region="eu-west-1").list_objects_v2(Bucket="west-box")["KeyCount"] == 0, (
        "boto3 follows"
    )
    answer, body = raw(endpoint, "GET", "/west-box")
    assert (answer.status, answer.headers["x-amz-bucket-region"]) == (301, "us-west-2")
    assert b"<Code>PermanentRedirect</Code>" in body and b"west-box.s3.us-west-2.amazonaws.com" in body


def test_names_are_everybodys(client: Client, s3: Any) -> None:
    """Another account's bucket of that name: BucketAlreadyExists; and it sees nothing of this one."""
    other = client("s3", key="999988887777", config=ONCE)
    assert code(lambda: other.create_bucket(Bucket="box")) == ("BucketAlreadyExists", 409)
    assert code(lambda: other.list_objects_v2(Bucket="box")) == ("AccessDenied", 403)
    assert code(lambda: other.head_bucket(Bucket="box")) == ("403", 403)
    assert other.list_buckets()["Buckets"] == []


def test_policies(s3: Any, endpoint: str) -> None:
    """Structure, public access and what it opens."""
    assert code(lambda: s3.get_bucket_policy(Bucket="box")) == ("NoSuchBucketPolicy", 404)
    assert code(lambda: s3.put_bucket_policy(Bucket="box", Policy="nonsense")) == ("MalformedPolicy", 400)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::box/*"}
        ],
    }
    assert code(lambda: s3.put_bucket_policy(Bucket="box", Policy=json.dumps(policy))) == (
        "AccessDenied",
        403,
    )
    s3.delete_public_access_block(Bucket="box")
    s3.put_bucket_policy(Bucket="box", Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(Bucket="box")["Policy"]) == policy
    assert s3.get_bucket_policy_status(Bucket="box")["PolicyStatus"]["IsPublic"] is True
    s3.put_object(Bucket="box", Key="a/b", Body=b"open")
    answer, body = raw(endpoint, "GET", "/box/a/b")
    assert (answer.status, body) == (200, b"open")
    answer, body = raw(endpoint, "GET", "/box")
    assert answer.status == 403 and b"<Code>AccessDenied</Code>" in body
    s3.delete_bucket_policy(Bucket="box")
    assert raw(endpoint, "GET", "/box/a/b")[0].status == 403


def test_acls_ownership_and_blocks(s3: Any) -> None:
    """Disabled at first; with ObjectWriter they work, unless public ones are blocked."""
    assert s3.get_bucket_acl(Bucket="box")["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert code(lambda: s3.put_bucket_acl(Bucket="box", ACL="private")) == (
        "AccessControlListNotSupported",
        400,
    )
    s3.put_bucket_ownership_controls(
        Bucket="box", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    rules = s3.get_bucket_ownership_controls(Bucket="box")["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "ObjectWriter"}]
    assert code(lambda: s3.put_bucket_acl(Bucket="box", ACL="public-read")) == ("AccessDenied", 403)
    block = {
        "BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": True,
    }  # fmt: skip
    s3.put_public_access_block(Bucket="box", PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket="box")["PublicAccessBlockConfiguration"] == block
    s3.put_bucket_acl(Bucket="box", ACL="public-read")
    acl = s3.get_bucket_acl(Bucket="box")
    assert acl["Grants"][1]["Grantee"] == {
        "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers",
    }  # fmt: skip
    s3.put_bucket_acl(Bucket="box", AccessControlPolicy={"Grants": acl["Grants"][:1], "Owner": acl["Owner"]})
    assert len(s3.get_bucket_acl(Bucket="box")["Grants"]) == 1
    s3.delete_bucket_ownership_controls(Bucket="box")
    assert code(lambda: s3.get_bucket_ownership_controls(Bucket="box")) == (
        "OwnershipControlsNotFoundError",
        404,
    )
    s3.delete_public_access_block(Bucket="box")
    assert code(lambda: s3.get_public_access_block(Bucket="box"))[0] == "NoSuchPublicAccessBlockConfiguration"


def test_versioning_tagging_and_encryption(s3: Any) -> None:
    """Each comes back as it was put."""
    assert "Status" not in s3.get_bucket_versioning(Bucket="box")
    s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="box")["Status"] == "Enabled"
    tags = [{"Key": "a", "Value": "true"}, {"Key": "b", "Value": "007"}]
    s3.put_bucket_tagging(Bucket="box", Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket="box")["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket="box")
    assert code(lambda: s3.get_bucket_tagging(Bucket="box")) == ("NoSuchTagSet", 404)
    rule = s3.get_bucket_encryption(Bucket="box")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    wanted = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key-1"},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket="box", ServerSideEncryptionConfiguration={"Rules": [wanted]})
    rule = s3.get_bucket_encryption(Bucket="box")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert {name: rule[name] for name in wanted} == wanted
    s3.delete_bucket_encryption(Bucket="box")


def test_lifecycle(s3: Any) -> None:
    """The walkthrough on the edge; below it, S3's words."""
    rule = {
        "ID": "walk", "Status": "Enabled", "Filter": {"Prefix": "archive/"},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}],
        "Expiration": {"Days": 365},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 3},
    }  # fmt: skip
    s3.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration={"Rules": [rule]})
    got = s3.get_bucket_lifecycle_configuration(Bucket="box")
    assert got["Rules"] == [rule]
    assert got["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    early = rule | {"Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]}
    with pytest.raises(
        ClientError, match="must be greater than or equal to 30 for storageClass 'STANDARD_IA'"
    ):
        s3.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration={"Rules": [early]})
    empty = {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]}
    s3.put_bucket_lifecycle_configuration(Bucket="box", LifecycleConfiguration=empty)
    assert s3.get_bucket_lifecycle_configuration(Bucket="box")["Rules"][0]["Expiration"] == {"Days": 1}
    s3.delete_bucket_lifecycle(Bucket="box")
    assert code(lambda: s3.get_bucket_lifecycle_configuration(Bucket="box")) == (
        "NoSuchLifecycleConfiguration",
        404,
    )


def test_logging_payment_acceleration_and_abac(s3: Any) -> None:
    """Defaults, then what was put."""
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="box")
    s3.create_bucket(Bucket="logs")
    enabled = {"TargetBucket": "logs", "TargetPrefix": "box/", "TargetObjectKeyFormat": {"SimplePrefix": {}}}
    s3.put_bucket_logging(Bucket="box", BucketLoggingStatus={"LoggingEnabled": enabled})
    assert s3.get_bucket_logging(Bucket="box")["LoggingEnabled"]["TargetBucket"] == "logs"
    s3.put_bucket_logging(Bucket="box", BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="box")
    assert s3.get_bucket_request_payment(Bucket="box")["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket="box", RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket="box")["Payer"] == "Requester"
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket="box")
    s3.put_bucket_accelerate_configuration(Bucket="box", AccelerateConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_accelerate_configuration(Bucket="box")["Status"] == "Enabled"
    s3.put_bucket_abac(Bucket="box", AbacStatus={"Status": "Enabled"})
    assert s3.get_bucket_abac(Bucket="box")["AbacStatus"]["Status"] == "Enabled"


def test_replication_and_object_lock(s3: Any) -> None:
    """Both need versioning."""
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    wanted = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration=wanted)
    assert s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"] == wanted
    suspend = {"Status": "Suspended"}
    assert code(lambda: s3.put_bucket_versioning(Bucket="locked", VersioningConfiguration=suspend)) == (
        "InvalidBucketState", 409,
    )  # fmt: skip
    assert (
        code(lambda: s3.get_object_lock_configuration(Bucket="box"))[0]
        == "ObjectLockConfigurationNotFoundError"
    )
    replication = {
        "Role": "arn:aws:iam::123456789012:role/r",
        "Rules": [
            {
                "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::locked"},
            }
        ],
    }  # fmt: skip

    def put() -> None:
        s3.put_bucket_replication(Bucket="box", ReplicationConfiguration=replication)

    assert code(put) == ("InvalidRequest", 400)
    s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
    put()
    assert s3.get_bucket_replication(Bucket="box")["ReplicationConfiguration"] == replication
    s3.delete_bucket_replication(Bucket="box")
    assert code(lambda: s3.get_bucket_replication(Bucket="box"))[0] == "ReplicationConfigurationNotFoundError"


def test_notifications(s3: Any) -> None:
    """Kept with Ids; the former operation's name answers, too."""
    wanted = {
        "QueueConfigurations": [
            {
                "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
            }
        ],
        "EventBridgeConfiguration": {},
    }  # fmt: skip
    s3.put_bucket_notification_configuration(
        Bucket="box", NotificationConfiguration=wanted, SkipDestinationValidation=True
    )
    got = s3.get_bucket_notification_configuration(Bucket="box")
    assert got["QueueConfigurations"][0].pop("Id")
    assert (
        got["QueueConfigurations"] == wanted["QueueConfigurations"] and got["EventBridgeConfiguration"] == {}
    )
    assert s3.get_bucket_notification(Bucket="box")["QueueConfiguration"]["Queue"].endswith(":q")
    s3.put_bucket_notification_configuration(Bucket="box", NotificationConfiguration={})
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="box")


def test_configurations_under_ids(s3: Any) -> None:
    """Metrics, analytics, inventory and tiering: put, get, list, delete."""
    s3.put_bucket_metrics_configuration(
        Bucket="box", Id="m", MetricsConfiguration={"Id": "m", "Filter": {"Prefix": "a"}}
    )
    got = s3.get_bucket_metrics_configuration(Bucket="box", Id="m")
    assert got["MetricsConfiguration"] == {"Id": "m", "Filter": {"Prefix": "a"}}
    assert len(s3.list_bucket_metrics_configurations(Bucket="box")["MetricsConfigurationList"]) == 1
    s3.delete_bucket_metrics_configuration(Bucket="box", Id="m")
    assert code(lambda: s3.get_bucket_metrics_configuration(Bucket="box", Id="m")) == (
        "NoSuchConfiguration",
        404,
    )

    analytics = {"Id": "a", "StorageClassAnalysis": {}}
    s3.put_bucket_analytics_configuration(Bucket="box", Id="a", AnalyticsConfiguration=analytics)
    assert s3.get_bucket_analytics_configuration(Bucket="box", Id="a")["AnalyticsConfiguration"]["Id"] == "a"
    assert s3.list_bucket_analytics_configurations(Bucket="box")["IsTruncated"] is False
    s3.delete_bucket_analytics_configuration(Bucket="box", Id="a")

    inventory = {
        "Id": "i", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
        "OptionalFields": ["Size", "ETag"],
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::box", "Format": "CSV"}},
    }  # fmt: skip
    s3.put_bucket_inventory_configuration(Bucket="box", Id="i", InventoryConfiguration=inventory)
    assert s3.get_bucket_inventory_configuration(Bucket="box", Id="i")["InventoryConfiguration"] == inventory
    assert len(s3.list_bucket_inventory_configurations(Bucket="box")["InventoryConfigurationList"]) == 1
    s3.delete_bucket_inventory_configuration(Bucket="box", Id="i")

    tiering = {"Id": "t", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}
    s3.put_bucket_intelligent_tiering_configuration(
        Bucket="box", Id="t", IntelligentTieringConfiguration=tiering
    )
    got = s3.get_bucket_intelligent_tiering_configuration(Bucket="box", Id="t")
    assert got["IntelligentTieringConfiguration"] == tiering
    listed = s3.list_bucket_intelligent_tiering_configurations(Bucket="box")
    assert len(listed["IntelligentTieringConfigurationList"]) == 1
    s3.delete_bucket_intelligent_tiering_configuration(Bucket="box", Id="t")


def test_cross_origin(s3: Any, endpoint: str) -> None:
    """Preflights are answered by the rules; actual answers, refusals among them, carry the headers."""
    answer, body = raw(endpoint, "OPTIONS", "/box/k", Origin=ORIGIN, Access_Control_Request_Method="PUT")
    assert answer.status == 403 and b"CORS is not enabled for this bucket." in body
    rule = {
        "AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 300, "ID": "one",
    }  # fmt: skip
    s3.put_bucket_cors(Bucket="box", CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket="box")["CORSRules"] == [rule]
    answer, body = raw(
        endpoint, "OPTIONS", "/box/k", Origin=ORIGIN, Access_Control_Request_Method="PUT",
        Access_Control_Request_Headers="content-type,x-amz-acl",
    )  # fmt: skip
    assert (answer.status, body) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type, x-amz-acl"
    assert answer.headers["Access-Control-Max-Age"] == "300"
    answer, body = raw(
        endpoint, "OPTIONS", "/box/k", Origin="https://evil.com", Access_Control_Request_Method="PUT"
    )
    assert answer.status == 403 and b"<Method>PUT</Method><ResourceType>OBJECT</ResourceType>" in body
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer, body = raw(endpoint, "OPTIONS", "/box/k")
    assert answer.status == 400 and b"Origin request header needed" in body
    answer, _ = raw(endpoint, "GET", "/box/k", Origin=ORIGIN)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (403, ORIGIN)
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag"
    answer, _ = raw(endpoint, "GET", "/box/k", Origin="https://evil.com")
    assert "Access-Control-Allow-Origin" not in answer.headers
    s3.delete_bucket_cors(Bucket="box")
    assert code(lambda: s3.get_bucket_cors(Bucket="box")) == ("NoSuchCORSConfiguration", 404)


SITE = "box.s3-website-us-east-1.amazonaws.com"


@pytest.fixture
def site(s3: Any) -> Any:
    """The bucket as a website that everybody may read."""
    s3.delete_public_access_block(Bucket="box")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::box/*",
    }
    s3.put_bucket_policy(Bucket="box", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_object(Bucket="box", Key="index.html", Body=b"<h1>hello</h1>", ContentType="text/html")
    s3.put_object(Bucket="box", Key="docs/index.html", Body=b"docs", ContentType="text/html")
    s3.put_object(Bucket="box", Key="error.html", Body=b"lost", ContentType="text/html")
    s3.put_object(Bucket="box", Key="old", Body=b"", WebsiteRedirectLocation="/new")
    return s3


def test_a_website(site: Any, endpoint: str) -> None:
    """Index documents, folders, the error document with 404, redirects of objects; HTML errors without."""
    answer, body = raw(endpoint, "GET", "/", Host=SITE)
    assert answer.status == 404 and b"<li>Code: NoSuchWebsiteConfiguration</li>" in body
    site.put_bucket_website(Bucket="box", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    answer, body = raw(endpoint, "GET", "/", Host=SITE)
    assert (answer.status, body, answer.headers["Content-Type"]) == (200, b"<h1>hello</h1>", "text/html")
    assert raw(endpoint, "GET", "/docs/", Host=SITE)[1] == b"docs"
    answer, _ = raw(endpoint, "GET", "/docs", Host=SITE)
    assert (answer.status, answer.headers["Location"]) == (302, "/docs/")
    answer, _ = raw(endpoint, "GET", "/old", Host=SITE)
    assert (answer.status, answer.headers["Location"]) == (301, "/new")
    answer, body = raw(endpoint, "GET", "/none", Host=SITE)
    assert (
        answer.status == 404
        and b"<li>Key: none</li>" in body
        and b"text/html" in answer.headers["Content-Type"].encode()
    )
    answer, body = raw(endpoint, "HEAD", "/", Host=SITE)
    assert (answer.status, body, answer.headers["Content-Length"]) == (200, b"", "14")
    answer, body = raw(endpoint, "GET", "/", Host=SITE, Range="bytes=0-3")
    assert (answer.status, body) == (206, b"<h1>")
    assert raw(endpoint, "PUT", "/x", Host=SITE)[0].status == 405
    site.put_bucket_website(
        Bucket="box",
        WebsiteConfiguration={
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "error.html"},
        },
    )
    answer, body = raw(endpoint, "GET", "/none", Host=SITE)
    assert (answer.status, body) == (404, b"lost")
    site.delete_bucket_policy(Bucket="box")
    answer, body = raw(endpoint, "GET", "/", Host=SITE)
    assert answer.status == 403 and b"<li>Code: AccessDenied</li>" in body
    site.delete_bucket_website(Bucket="box")
    assert code(lambda: site.get_bucket_website(Bucket="box")) == ("NoSuchWebsiteConfiguration", 404)


def test_a_website_that_sends_visitors_on(site: Any, endpoint: str) -> None:
    """Routing rules before and after the object is looked for, and a whole site that moved."""
    rules = [
        {"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "docs/"}},
        {
            "Condition": {"HttpErrorCodeReturnedEquals": "404"},
            "Redirect": {"HostName": "h", "Protocol": "https"},
        },
    ]
    site.put_bucket_website(
        Bucket="box", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": rules}
    )
    assert site.get_bucket_website(Bucket="box")["RoutingRules"] == rules
    answer, _ = raw(endpoint, "GET", "/a/b", Host=SITE)
    assert (answer.status, answer.headers["Location"]) == (301, f"http://{SITE}/docs/b")
    answer, _ = raw(endpoint, "GET", "/none", Host=SITE)
    assert (answer.status, answer.headers["Location"]) == (301, "https://h/none")
    moved = {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}
    site.put_bucket_website(Bucket="box", WebsiteConfiguration=moved)
    answer, _ = raw(endpoint, "GET", "/x?y=z", Host=SITE)
    assert (answer.status, answer.headers["Location"]) == (301, "https://example.com/x?y=z")
    assert raw(endpoint, "GET", "/", Host="none.s3-website-us-east-1.amazonaws.com")[0].status == 404


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("put_bucket_cors", {"CORSConfiguration": {"CORSRules": []}}),
        ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": []}}),
        ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": []}}),
        (
            "put_bucket_cors",
            {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": [], "AllowedOrigins": ["*"]}]}},
        ),
        ("put_bucket_ownership_controls", {"OwnershipControls": {"Rules": []}}),
    ],
)
def test_bodies_without_what_they_must_have(s3: Any, call: str, given: dict[str, Any]) -> None:
    """MalformedXML."""
    assert code(lambda: getattr(s3, call)(Bucket="box", **given)) == ("MalformedXML", 400)
