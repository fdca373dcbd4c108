"""CloudTrail over a real socket: trails deliver the log to S3, and tell a topic and a log group."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .trails import (
    ACCOUNT,
    ALL_DATA,
    HOUR_S,
    MINUTE_S,
    TRAIL,
    Client,
    advance,
    bucket,
    delivered,
    keys,
    records,
    trail,
    until,
)


def names(found: list[dict[str, Any]]) -> list[str]:
    """The actions of records, but for those of a trail's own making."""
    return [one["eventName"] for one in found if one["eventName"] != "GetBucketAcl"]


def test_files_come_about_every_five_minutes(endpoint: str, client: Client) -> None:
    """Each file has what was called since the last one, once, beginning with `StartLogging`."""
    s3, cloudtrail = trail(client)
    client("sqs").create_queue(QueueName="first")
    delivered(endpoint, s3, 1)
    client("sqs").create_queue(QueueName="second")
    found = delivered(endpoint, s3, 2)

    assert names(found)[0] == "StartLogging"
    assert [one for one in names(found) if "Queue" in one] == ["CreateQueue", "CreateQueue"]
    assert len({one["eventID"] for one in found}) == len(found)
    assert keys(s3)[0].startswith(f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2")
    status = until(lambda: cloudtrail.get_trail_status(Name="audit"), lambda one: "LatestDeliveryTime" in one)
    assert status["IsLogging"] and status["LatestDeliveryTime"] > status["StartLoggingTime"]
    assert "LatestDeliveryError" not in status


def test_a_file_goes_missing_and_the_trail_tells_who(endpoint: str, client: Client) -> None:
    """With data events on, the delivered trail has the deletion, and with it the culprit (SCN-14)."""
    s3, cloudtrail = trail(client)
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[ALL_DATA])
    iam = client("iam")
    iam.create_user(UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = client("s3", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    s3.create_bucket(Bucket="files")
    s3.put_object(Bucket="files", Key="report.doc", Body=b"x")
    alice.delete_object(Bucket="files", Key="report.doc")

    found = delivered(endpoint, s3, 1)

    (deletion,) = [one for one in found if one["eventName"] == "DeleteObject"]
    assert deletion["userIdentity"]["userName"] == "alice"
    assert deletion["requestParameters"]["key"] == "report.doc"
    history = cloudtrail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DeleteObject"}]
    )
    assert history["Events"] == []  # event history has no data events


def test_selectors_decide_from_the_moment_they_are_put(endpoint: str, client: Client) -> None:
    """Writes alone, of one bucket's objects: what came before is there as it was selected then."""
    s3, cloudtrail = trail(client)
    s3.create_bucket(Bucket="files")
    s3.put_object(Bucket="files", Key="before", Body=b"x")
    selector = {
        "ReadWriteType": "WriteOnly",
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::files/in/"]}],
    }
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[selector])
    s3.put_object(Bucket="files", Key="in/a", Body=b"x")
    s3.put_object(Bucket="files", Key="out/a", Body=b"x")
    s3.get_object(Bucket="files", Key="in/a")["Body"].read()
    client("sqs").create_queue(QueueName="unseen")

    found = delivered(endpoint, s3, 1)

    assert [one["requestParameters"]["key"] for one in found if one["eventName"] == "PutObject"] == ["in/a"]
    assert {"CreateBucket", "PutEventSelectors"} <= set(names(found))
    assert not {"GetObject", "CreateQueue"} & set(names(found))


def test_advanced_selectors_select_by_field(endpoint: str, client: Client) -> None:
    """Data events of one action on keys that end so."""
    s3, cloudtrail = trail(client)
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::files/"], "NotEndsWith": [".tmp"]},
        {"Field": "eventName", "Equals": ["DeleteObject"]},
    ]
    cloudtrail.put_event_selectors(TrailName="audit", AdvancedEventSelectors=[{"FieldSelectors": fields}])
    s3.create_bucket(Bucket="files")
    for key in ("a", "b.tmp"):
        s3.put_object(Bucket="files", Key=key, Body=b"x")
        s3.delete_object(Bucket="files", Key=key)

    found = delivered(endpoint, s3, 1)

    data = [one["requestParameters"]["key"] for one in found if one["eventCategory"] == "Data"]
    assert data == ["a"]
    assert "CreateBucket" not in names(found)


def test_the_bucket_lets_cloudtrail_in_as_real_trails_do(endpoint: str, client: Client) -> None:
    """Files are put by the service, with the bucket's owner in full control; the recursion stops where it is told."""
    s3, cloudtrail = trail(client)
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[ALL_DATA])
    delivered(endpoint, s3, 1)
    delivered(endpoint, s3, 2)
    found = delivered(endpoint, s3, 3)

    puts = [one for one in found if one["eventName"] == "PutObject"]
    assert len(puts) == 2  # of the files before: recursive logging is on by default
    assert puts[0]["userIdentity"] == {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    assert puts[0]["requestParameters"]["x-amz-acl"] == "bucket-owner-full-control"
    assert puts[0]["sourceIPAddress"] == puts[0]["userAgent"] == "cloudtrail.amazonaws.com"

    assert cloudtrail.update_trail(Name="audit", RecursiveLogging=False)["RecursiveLogging"] is False
    found = delivered(endpoint, s3, 4)
    assert len([one for one in found if one["eventName"] == "PutObject"]) == 2


def test_a_topic_is_told_of_each_file(endpoint: str, client: Client) -> None:
    """The notice names the bucket and the key."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="files")["TopicArn"]
    statement = {
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "SNS:Publish",
        "Resource": topic,
    }  # fmt: skip
    with pytest.raises(ClientError, match="InsufficientSnsTopicPolicyException"):
        trail(client, SnsTopicName="files")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:inbox"
    statement = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    s3, cloudtrail = client("s3"), client("cloudtrail")
    made = cloudtrail.create_trail(Name="audit", S3BucketName="logs", SnsTopicName="files")
    assert made["SnsTopicARN"] == topic
    cloudtrail.start_logging(Name="audit")

    delivered(endpoint, s3, 1)

    (message,) = until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages"))
    assert json.loads(message["Body"]) == {"s3Bucket": "logs", "s3ObjectKey": keys(s3)}
    status = until(
        lambda: cloudtrail.get_trail_status(Name="audit"), lambda one: "LatestNotificationTime" in one
    )
    assert "LatestNotificationError" not in status


def test_a_log_group_gets_the_records(endpoint: str, client: Client) -> None:
    """Each record is a log event of the stream of its account and region."""
    logs, iam, cloudtrail = client("logs"), client("iam"), client("cloudtrail")
    s3 = bucket(client)
    logs.create_log_group(logGroupName="trail")
    statement = {
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole",
    }  # fmt: skip
    role = iam.create_role(
        RoleName="to-logs",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]["Arn"]
    allowed = {
        "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*",
    }  # fmt: skip
    iam.put_role_policy(
        RoleName="to-logs", PolicyName="logs",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )  # fmt: skip
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail:*"
    with pytest.raises(ClientError, match="InvalidCloudWatchLogsLogGroupArnException"):
        cloudtrail.create_trail(
            Name="audit", S3BucketName="logs", CloudWatchLogsLogGroupArn=group.replace("trail", "other"),
            CloudWatchLogsRoleArn=role,
        )  # fmt: skip
    cloudtrail.create_trail(
        Name="audit", S3BucketName="logs", CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role
    )
    cloudtrail.start_logging(Name="audit")
    client("sqs").create_queue(QueueName="seen")

    found = delivered(endpoint, s3, 1)

    status = until(
        lambda: cloudtrail.get_trail_status(Name="audit"),
        lambda one: "LatestCloudWatchLogsDeliveryTime" in one or "LatestCloudWatchLogsDeliveryError" in one,
    )
    assert "LatestCloudWatchLogsDeliveryError" not in status
    events = logs.get_log_events(
        logGroupName="trail", logStreamName=f"{ACCOUNT}_CloudTrail_us-east-1", startFromHead=True
    )["events"]
    assert [json.loads(one["message"]) for one in events] == found


def test_a_trail_of_all_regions_has_shadows(endpoint: str, client: Client) -> None:
    """Each region has files of its own; elsewhere the trail can be seen, and changed only at home."""
    s3, _ = trail(client, IsMultiRegionTrail=True)
    elsewhere = client("cloudtrail", region="eu-west-1")
    client("sqs", region="eu-west-1").create_queue(QueueName="far")

    advance(endpoint, 5 * MINUTE_S)
    until(lambda: keys(s3, "/CloudTrail/eu-west-1/"))

    assert elsewhere.describe_trails()["trailList"][0]["HomeRegion"] == "us-east-1"
    assert elsewhere.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert elsewhere.get_trail_status(Name=TRAIL)["IsLogging"]
    with pytest.raises(ClientError, match="InvalidHomeRegionException"):
        elsewhere.stop_logging(Name=TRAIL)
    with pytest.raises(ClientError, match="TrailNotFoundException"):
        elsewhere.get_trail(Name="audit")


def test_stopping_is_the_last_thing_logged(endpoint: str, client: Client) -> None:
    """What came before `StopLogging` is delivered with it; what comes after is not."""
    s3, cloudtrail = trail(client, EnableLogFileValidation=True)
    cloudtrail.stop_logging(Name="audit")
    client("sqs").create_queue(QueueName="unseen")

    found = delivered(endpoint, s3, 1)

    assert names(found)[-1] == "StopLogging"
    advance(endpoint, HOUR_S)
    until(lambda: keys(s3, "/CloudTrail-Digest/"))
    assert len(keys(s3)) == 1
    status = cloudtrail.get_trail_status(Name="audit")
    assert not status["IsLogging"] and status["StopLoggingTime"] >= status["StartLoggingTime"]


def test_a_deleted_trail_delivers_its_deletion(endpoint: str, client: Client) -> None:
    """The last file has `DeleteTrail`, and then there are no more."""
    s3, cloudtrail = trail(client)
    cloudtrail.delete_trail(Name="audit")

    assert names(delivered(endpoint, s3, 1))[-1] == "DeleteTrail"
    client("sqs").create_queue(QueueName="unseen")
    advance(endpoint, HOUR_S)
    assert "CreateQueue" not in names(records(s3))


def test_what_cannot_be_put_is_put_later(endpoint: str, client: Client) -> None:
    """A bucket that is gone costs no record: the status tells, and files come once it is back."""
    s3, cloudtrail = trail(client)
    s3.delete_bucket(Bucket="logs")
    advance(endpoint, 5 * MINUTE_S)
    until(
        lambda: cloudtrail.get_trail_status(Name="audit"),
        lambda one: one.get("LatestDeliveryError") == "NoSuchBucket",
    )
    bucket(client)

    found = delivered(endpoint, s3, 2)

    assert {"StartLogging", "DeleteBucket", "CreateBucket"} <= set(names(found))
    assert "LatestDeliveryError" not in until(
        lambda: cloudtrail.get_trail_status(Name="audit"), lambda one: "LatestDeliveryError" not in one
    )


def test_each_account_of_a_call_gets_its_copy(endpoint: str, client: Client) -> None:
    """The role's account sees who assumed it only as an account; both copies share an id (a call across accounts)."""
    other = "210987654321"
    iam = client("iam", key=other)
    statement = {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole",
    }  # fmt: skip
    iam.create_role(
        RoleName="guest",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    theirs = client("cloudtrail", key=other)
    s3, _ = trail(lambda service: client(service, key=ACCOUNT))
    theirs.create_trail(Name="theirs", S3BucketName="logs", S3KeyPrefix="other")
    theirs.start_logging(Name="theirs")
    client("sts", key=ACCOUNT).assume_role(
        RoleArn=f"arn:aws:iam::{other}:role/guest", RoleSessionName="guest"
    )

    found = [one for one in delivered(endpoint, s3, 2) if one["eventName"] == "AssumeRole"]

    ours, copy = sorted(found, key=lambda one: one["recipientAccountId"] != ACCOUNT)
    assert (ours["recipientAccountId"], copy["recipientAccountId"]) == (ACCOUNT, other)
    assert ours["sharedEventID"] == copy["sharedEventID"] and ours["eventID"] != copy["eventID"]
    assert set(copy["userIdentity"]) == {"type", "principalId", "accountId"}
    assert any(f"other/AWSLogs/{other}/" in key for key in keys(s3))
    history = theirs.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}]
    )["Events"]
    assert [json.loads(one["CloudTrailEvent"]) for one in history] == [copy]
