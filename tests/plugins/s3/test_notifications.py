"""Who is told of what, and in which words."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import backtrail_aws.s3
import backtrail_aws.sqs
from backtrail import UNSET, Identity, Params, Service, State, UnsetType, field, hookimpl
from backtrail.call import Call
from backtrail.facts import Facts
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.s3 import api, events, notifications
from backtrail_aws.s3.notification_targets import Target
from backtrail_aws.s3.objects_put import PostObject
from backtrail_aws.sqs import api as sqs_api

from .bucket_scenario import BUCKET, Buckets, blob, large

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live"
EVERYTHING = [
    "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:*", "s3:LifecycleExpiration:*",
    "s3:LifecycleTransition", "s3:ObjectTagging:*", "s3:ObjectAcl:Put",
]  # fmt: skip


class Pattern:
    """Equals every text of a form."""

    def __init__(self, form: str) -> None:
        self.form = form

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.form, other) is not None

    __hash__ = None  # type: ignore[assignment]


SEQUENCER = Pattern("00659200[0-9A-F]{10}")
"""Of the first minutes of 2024."""


def told(
    events: list[str] = EVERYTHING, prefix: str = "", suffix: str = "", bridge: bool = False, **more: Any
) -> api.PutBucketNotificationConfiguration:
    """A configuration: a queue is told."""
    rules = [api.FilterRule(name="Prefix", value=prefix)] if prefix else []
    rules += [api.FilterRule(name="suffix", value=suffix)] if suffix else []
    wanted = api.NotificationConfigurationFilter(key=api.S3KeyFilter(filter_rules=rules)) if rules else UNSET
    queue = api.QueueConfiguration(id="cfg", queue_arn=QUEUE, events=events, filter=wanted)
    return api.PutBucketNotificationConfiguration(
        bucket=BUCKET,
        notification_configuration=api.NotificationConfiguration(
            queue_configurations=[queue] if events else UNSET,
            event_bridge_configuration=api.EventBridgeConfiguration() if bridge else UNSET,
        ),
        **more,
    )


def bodies(s3: Scenario) -> list[Any]:
    """What the last call made S3 send to queues."""
    return [
        json.loads(one.params.message_body)
        for one in s3.commands
        if isinstance(one.params, notifications.SendMessage)
    ]


def record(s3: Scenario) -> Any:
    """The one event of the one message."""
    (body,) = bodies(s3)
    (found,) = body["Records"]
    return found


def test_the_body_of_a_put() -> None:
    """Member for member as S3 writes it: the version of today, who, from where, request, bucket and object."""
    s3 = Buckets()
    s3.given(told())
    user = Identity(
        type="IAMUser", principal_id="AIDAEXAMPLE", account_id=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/a"
    )
    s3.as_(user)
    put = api.PutObject(bucket=BUCKET, key="a b/ü+c.txt", body=blob(b"hello"))
    s3.when(put, facts=Facts(source_ip="203.0.113.7"))
    assert bodies(s3) == [
        {
            "Records": [
                {
                    "eventVersion": "2.5",
                    "eventSource": "aws:s3",
                    "awsRegion": REGION,
                    "eventTime": "2024-01-01T00:00:03.000Z",
                    "eventName": "ObjectCreated:Put",
                    "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
                    "requestParameters": {"sourceIPAddress": "203.0.113.7"},
                    "responseElements": {
                        "x-amz-request-id": sent_request(s3),
                        "x-amz-id-2": bodies(s3)[0]["Records"][0]["responseElements"]["x-amz-id-2"],
                    },
                    "s3": {
                        "s3SchemaVersion": "1.0",
                        "configurationId": "cfg",
                        "bucket": {
                            "name": BUCKET,
                            "ownerIdentity": {"principalId": events.customer_id(ACCOUNT)},
                            "arn": f"arn:aws:s3:::{BUCKET}",
                        },
                        "object": {
                            "key": "a+b/%C3%BC%2Bc.txt",
                            "size": 5,
                            "eTag": "5d41402abc4b2a76b9719d911017c592",
                            "sequencer": SEQUENCER,
                        },
                    },
                }
            ]
        }
    ]
    s3.replays()


def sent_request(s3: Scenario) -> str:
    """The requestID of the last call of S3's."""
    records = [json.loads(entry.record) for entry in s3.log]
    return str([one for one in records if one["eventSource"] == "s3.amazonaws.com"][-1]["requestID"])


def test_a_message_goes_to_the_queue_as_s3() -> None:
    """The command acts as S3 in the queue's account and region, for the bucket; its record names its cause."""
    s3 = Buckets()
    s3.given(told())
    s3.put("k")
    (command,) = s3.commands
    assert isinstance(command.params, notifications.SendMessage)
    assert command.params.queue_url == f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"
    assert (command.service, command.account, command.region) == ("sqs", ACCOUNT, REGION)
    assert command.source_arn == f"arn:aws:s3:::{BUCKET}"
    assert s3.log[-1].cause is not None and s3.log[-1].cause.startswith(
        json.loads(s3.log[-2].record)["eventID"]
    )
    assert s3.record["userIdentity"] == {"type": "AWSService", "invokedBy": "s3.amazonaws.com"}
    s3.replays()


def test_who_caused_an_event() -> None:
    """Sessions by their role's id and name, roots by their customer id, services by name, others not at all."""
    role = Identity(type="AssumedRole", principal_id="AROAX:me", account_id=ACCOUNT)
    root = Identity(type="Root", principal_id=ACCOUNT, account_id=ACCOUNT)
    nobody = Identity(type="AWSAccount", principal_id="", account_id="ANONYMOUS_PRINCIPAL")
    lifecycle = Identity(type="AWSService", invoked_by="s3.amazonaws.com")
    assert events.principal_of(role) == "AWS:AROAX:me"
    assert events.principal_of(root) == events.customer_id(ACCOUNT) != events.customer_id("1" * 12)
    assert events.principal_of(nobody) == "Anonymous"
    assert events.principal_of(lifecycle) == "s3.amazonaws.com"


def test_every_way_an_object_comes_and_changes() -> None:
    """Each has its event, and its event alone."""
    s3 = Buckets()
    s3.given(told())
    s3.put("k")
    assert record(s3)["eventName"] == "ObjectCreated:Put"
    s3.given(PostObject(bucket=BUCKET, key="p", body=blob(b"x")))
    assert record(s3)["eventName"] == "ObjectCreated:Post"
    s3.given(api.CopyObject(bucket=BUCKET, key="c", copy_source=f"{BUCKET}/k"))
    assert record(s3)["eventName"] == "ObjectCreated:Copy"
    assert record(s3)["s3"]["object"]["size"] == 5
    tags = api.Tagging(tag_set=[api.Tag(key="a", value="b")])
    s3.given(api.PutObjectTagging(bucket=BUCKET, key="k", tagging=tags))
    assert (record(s3)["eventName"], record(s3)["s3"]["object"]["size"]) == ("ObjectTagging:Put", 5)
    s3.given(api.DeleteObjectTagging(bucket=BUCKET, key="k"))
    assert record(s3)["eventName"] == "ObjectTagging:Delete"
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    assert record(s3)["eventName"] == "ObjectRemoved:Delete"
    assert record(s3)["s3"]["object"].keys() == {"key", "sequencer"}
    s3.given(api.GetObject(bucket=BUCKET, key="c"))
    assert s3.commands == []
    s3.when(api.GetObject(bucket=BUCKET, key="none")).refused("NoSuchKey")
    assert s3.commands == []
    s3.replays()


def test_access_is_told_where_there_are_acls() -> None:
    """ObjectAcl:Put."""
    s3 = Buckets(object_ownership="ObjectWriter")
    s3.given(told())
    s3.put("k")
    s3.given(api.PutObjectAcl(bucket=BUCKET, key="k", acl="private"))
    assert record(s3)["eventName"] == "ObjectAcl:Put"
    s3.replays()


def test_a_multipart_upload_is_told_once() -> None:
    """Neither its parts nor completing it again are events."""
    s3 = Buckets()
    s3.given(told())
    upload = s3.ask(api.CreateMultipartUpload(bucket=BUCKET, key="k")).upload_id
    part = s3.ask(
        api.UploadPart(bucket=BUCKET, key="k", upload_id=upload, part_number=1, body=blob(b"hello"))
    )
    assert s3.commands == []
    complete = api.CompleteMultipartUpload(
        bucket=BUCKET, key="k", upload_id=upload,
        multipart_upload=api.CompletedMultipartUpload(
            parts=[api.CompletedPart(part_number=1, e_tag=part.e_tag)]
        ),
    )  # fmt: skip
    s3.given(complete)
    found = record(s3)
    assert found["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert (found["s3"]["object"]["size"], found["s3"]["object"]["eTag"][-2:]) == (5, "-1")
    s3.given(complete)
    assert s3.commands == []
    s3.replays()


def test_deletes_in_a_versioned_bucket() -> None:
    """A delete makes a marker, whose id and empty entity tag are told; deleting a version deletes it."""
    s3 = Buckets(versioned=True)
    s3.given(told())
    first = s3.put("k").version_id
    assert record(s3)["s3"]["object"]["versionId"] == first
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    marker = s3.answer.version_id
    found = record(s3)
    assert found["eventName"] == "ObjectRemoved:DeleteMarkerCreated"
    assert found["s3"]["object"] == {
        "key": "k", "eTag": "d41d8cd98f00b204e9800998ecf8427e", "versionId": marker,
        "sequencer": found["s3"]["object"]["sequencer"],
    }  # fmt: skip
    s3.given(api.DeleteObject(bucket=BUCKET, key="k", version_id=first))
    assert record(s3)["eventName"] == "ObjectRemoved:Delete"
    assert record(s3)["s3"]["object"]["versionId"] == first
    s3.replays()


def test_each_delete_of_a_batch_is_told() -> None:
    """One message for each key; none for one that was refused."""
    s3 = Buckets(versioned=True)
    s3.given(told())
    gone = s3.put("b").version_id
    wanted = [api.ObjectIdentifier(key="a"), api.ObjectIdentifier(key="b", version_id=gone),
              api.ObjectIdentifier(key="c", version_id="bad")]  # fmt: skip
    s3.given(api.DeleteObjects(bucket=BUCKET, delete=api.Delete(objects=wanted, quiet=True)))
    found = [body["Records"][0] for body in bodies(s3)]
    assert [(one["eventName"], one["s3"]["object"]["key"]) for one in found] == [
        ("ObjectRemoved:DeleteMarkerCreated", "a"),
        ("ObjectRemoved:Delete", "b"),
    ]
    marker = s3.bucket.buried["a"].current.version_id
    assert found[0]["s3"]["object"]["versionId"] == marker
    s3.replays()


def test_restores_are_told_when_they_begin_end_and_expire() -> None:
    """Post, Completed (until when, and from which class), Delete; prolonging one is no event."""
    s3 = Buckets()
    s3.given(told())
    s3.ask(api.PutObject(bucket=BUCKET, key="k", body=large(9), storage_class="GLACIER"))
    restore = api.RestoreObject(bucket=BUCKET, key="k", restore_request=api.RestoreRequest(days=1))
    s3.given(restore)
    assert record(s3)["eventName"] == "ObjectRestore:Post"
    s3.commands = []
    s3.later(hours=5, minutes=1)
    found = record(s3)
    assert found["eventName"] == "ObjectRestore:Completed"
    assert found["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    assert found["glacierEventData"] == {
        "restoreEventData": {
            "lifecycleRestorationExpiryTime": "2024-01-03T00:00:00.000Z",
            "lifecycleRestoreStorageClass": "GLACIER",
        }
    }
    s3.given(restore)
    assert s3.commands == []
    s3.later(days=3)
    assert record(s3)["eventName"] == "ObjectRestore:Delete"
    s3.replays()


def test_what_rules_do_is_told() -> None:
    """Transitions name the new class; expirations are S3's own doing."""
    s3 = Buckets()
    s3.given(told())
    s3.given(
        api.PutBucketLifecycleConfiguration(
            bucket=BUCKET,
            lifecycle_configuration=api.BucketLifecycleConfiguration(
                rules=[
                    api.LifecycleRule(
                        id="r", status="Enabled", filter=api.LifecycleRuleFilter(prefix=""),
                        transitions=[api.Transition(days=1, storage_class="GLACIER")],
                        expiration=api.LifecycleExpiration(days=10),
                    )
                ]
            ),
        )
    )  # fmt: skip
    s3.ask(api.PutObject(bucket=BUCKET, key="k", body=large(128 * 1024)))
    s3.commands = []
    s3.later(days=2)
    found = record(s3)
    assert (found["eventName"], found["requestParameters"]) == (
        "LifecycleTransition",
        {"sourceIPAddress": "s3.amazonaws.com"},
    )
    assert found["lifecycleEventData"] == {"transitionEventData": {"destinationStorageClass": "GLACIER"}}
    s3.commands = []
    s3.later(days=10)
    assert record(s3)["eventName"] == "LifecycleExpiration:Delete"
    assert record(s3)["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    s3.replays()


@pytest.mark.parametrize(
    ("prefix", "suffix", "key", "hears"),
    [
        ("images/", ".jpg", "images/a.jpg", True),
        ("images/", ".jpg", "images/a.png", False),
        ("images/", ".jpg", "a.jpg", False),
        ("my+folder/", "", "my folder/a", True),
        ("my%2Bfolder/", "", "my+folder/a", True),
        ("my+folder/", "", "my+folder/a", False),
        ("%C3%BC", "", "über", True),
    ],
)
def test_filters(prefix: str, suffix: str, key: str, hears: bool) -> None:
    """Keys are held against the filter's values, which are written as in URLs."""
    s3 = Buckets()
    s3.given(told(prefix=prefix, suffix=suffix))
    s3.put(key)
    assert bool(bodies(s3)) is hears
    s3.replays()


def test_events_are_matched_whole_or_by_their_family() -> None:
    """`*` stands for the rest; what is not asked for is not told."""
    target = Target("sqs", QUEUE, "x", ("ObjectCreated:Put", "ObjectRemoved:*"), "", "")
    assert target.wants("ObjectCreated:Put", "k") and target.wants("ObjectRemoved:Delete", "k")
    assert not target.wants("ObjectCreated:Copy", "k") and not target.wants("ObjectTagging:Put", "k")


def test_topics_and_functions_are_told_in_their_own_way() -> None:
    """A topic gets a subject, a function is invoked without waiting, by the ARN that was configured."""
    s3 = Buckets()
    wanted = api.NotificationConfiguration(
        topic_configurations=[api.TopicConfiguration(id="t", topic_arn=TOPIC, events=["s3:ObjectCreated:*"])],
        lambda_function_configurations=[
            api.LambdaFunctionConfiguration(
                id="f", lambda_function_arn=FUNCTION, events=["s3:ObjectRemoved:*"]
            )
        ],
    )
    s3.given(api.PutBucketNotificationConfiguration(bucket=BUCKET, notification_configuration=wanted))
    s3.put("k")
    (sent,) = s3.commands
    assert isinstance(sent.params, notifications.Publish) and sent.service == "sns"
    assert (sent.params.topic_arn, sent.params.subject) == (TOPIC, "Amazon S3 Notification")
    assert json.loads(sent.params.message)["Records"][0]["s3"]["configurationId"] == "t"
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    (sent,) = s3.commands
    assert isinstance(sent.params, notifications.Invoke) and sent.service == "lambda"
    assert (sent.params.function_name, sent.params.invocation_type) == (FUNCTION, "Event")
    assert json.loads(sent.params.payload)["Records"][0]["eventName"] == "ObjectRemoved:Delete"
    s3.replays()


def test_event_bridge_gets_everything() -> None:
    """Its events have their own form: types, reasons, keys as they are."""
    s3 = Buckets(versioned=True)
    s3.given(told(events=[], bridge=True))
    version = s3.put("a b").version_id
    (sent,) = s3.commands
    assert isinstance(sent.params, notifications.PutEvents)
    (entry,) = sent.params.entries
    assert (entry.source, entry.detail_type, entry.time) == (
        "aws.s3", "Object Created", "2024-01-01T00:00:04Z",
    )  # fmt: skip
    assert entry.resources == [f"arn:aws:s3:::{BUCKET}"]
    assert json.loads(entry.detail) == {
        "version": "0", "event-version": "1.2", "bucket": {"name": BUCKET},
        "object": {
            "key": "a b", "size": 5, "etag": "5d41402abc4b2a76b9719d911017c592", "version-id": version,
            "sequencer": SEQUENCER,
        },
        "request-id": sent_request(s3), "requester": ACCOUNT, "source-ip-address": "127.0.0.1",
        "reason": "PutObject",
    }  # fmt: skip
    s3.given(api.DeleteObject(bucket=BUCKET, key="a b"))
    (sent,) = s3.commands
    assert isinstance(sent.params, notifications.PutEvents)
    detail = json.loads(sent.params.entries[0].detail)
    assert (detail["reason"], detail["deletion-type"]) == ("DeleteObject", "Delete Marker Created")
    s3.replays()


def test_generated_tags_are_told() -> None:
    """Tags of AWS's services stand beside the bucket, the user's own do not."""
    s3 = Buckets()
    s3.given(told())
    s3.bucket.tags = {"aws:cloudformation:stack-name": "s", "mine": "x"}
    s3.put("k")
    assert record(s3)["s3"]["bucket"]["awsGeneratedTags"] == {"aws:cloudformation:stack-name": "s"}


def test_sequencers_rise() -> None:
    """Later events of a key have the greater sequencer."""
    s3 = Buckets()
    s3.given(told())
    found: list[str] = []
    for _ in range(3):
        s3.put("k")
        found.append(record(s3)["s3"]["object"]["sequencer"])
    assert found == sorted(set(found)) and all(len(one) == 18 for one in found)


# destinations


def with_queue(policy: Any = None) -> Buckets:
    """A bucket, and a queue that has a policy."""
    s3 = Buckets.__new__(Buckets)
    Scenario.__init__(s3, backtrail_aws.s3, backtrail_aws.sqs)
    s3.given(api.CreateBucket(bucket=BUCKET))
    attributes = {"Policy": json.dumps(policy)} if policy else {}
    s3.given(sqs_api.CreateQueue(queue_name="q", attributes=attributes), service="sqs")
    return s3


def allowing(**more: Any) -> Any:
    """A queue's policy that lets S3 send."""
    statement = {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SQS:SendMessage",
        "Resource": QUEUE, **more,
    }  # fmt: skip
    return {"Version": "2012-10-17", "Statement": [statement]}


ABOUT = f"arn:aws:s3:::{BUCKET}"
CONDITIONS = {
    "ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:*:{BUCKET}"},
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
}


@pytest.mark.parametrize(
    "policy",
    [
        allowing(),
        allowing(Principal="*", Condition=CONDITIONS),
        allowing(Principal={"AWS": "*"}, Action="*", Resource="*"),
        allowing(Condition={"ArnEquals": {"AWS:SourceArn": ABOUT}}),
        allowing(Condition={"Bool": {"aws:SecureTransport": "true"}, "Null": {"aws:SourceVpc": "true"}}),
        allowing(Condition={"StringNotEqualsIfExists": {"aws:SourceAccount": "999988887777"}}),
    ],
)
def test_a_queue_that_lets_s3_send_is_told(policy: Any) -> None:
    """Configured, it gets the test event, then each event as a message."""
    s3 = with_queue(policy)
    s3.given(told())
    (test,) = bodies(s3)
    assert test.keys() == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", BUCKET)
    s3.put("k")
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"
    s3.given(sqs_api.ReceiveMessage(queue_url=url, max_number_of_messages=10), service="sqs")
    events = [json.loads(one.body) for one in s3.answer.messages]
    assert [("Records" in one) for one in events] == [False, True]
    s3.replays()


@pytest.mark.parametrize(
    "policy",
    [
        None,
        allowing(Principal={"Service": "sns.amazonaws.com"}),
        allowing(Action="sqs:ReceiveMessage"),
        allowing(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}}),
        allowing(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        allowing(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        allowing(Effect="Deny"),
    ],
)
def test_a_queue_that_does_not_is_refused(policy: Any) -> None:
    """InvalidArgument names the queue, and says why; nothing is kept and nothing is sent."""
    s3 = with_queue(policy)
    s3.when(told()).refused("InvalidArgument", "Unable to validate the following destination configurations")
    assert s3.error is not None and s3.error.members == {
        "ArgumentName1": QUEUE,
        "ArgumentValue1": (
            "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
        ),
    }
    assert s3.commands == [] and s3.bucket.notification is UNSET
    s3.given(told(skip_destination_validation=True))
    assert s3.commands == []
    s3.replays()


def test_a_queue_that_is_not_there_is_refused() -> None:
    """Also where another account's would be."""
    s3 = with_queue(allowing())
    s3.given(sqs_api.DeleteQueue(queue_url=f"/{ACCOUNT}/q"), service="sqs")
    s3.when(told()).refused("InvalidArgument")
    assert s3.error is not None
    assert s3.error.members["ArgumentValue1"] == "The destination queue does not exist"
    s3.replays()


# services of our own, in the places of SNS and Lambda


class Nothing(State):
    """They know nothing."""


class GetTopicAttributes(Params):
    topic_arn: str = field(name="topicArn")


class GetTopicAttributesResult(Params):
    attributes: dict[str, str] | UnsetType = field(name="attributes", default=UNSET)


class ListTopics(Params):
    pass


class ListTopicsResult(Params):
    topics: list[str] | UnsetType = field(name="topics", default=UNSET)


sns: Service[Nothing] = Service("sns", Nothing)


@sns.read
def list_topics(state: Nothing, call: Call[ListTopics]) -> ListTopicsResult:
    return ListTopicsResult()


@sns.read
def get_topic_attributes(state: Nothing, call: Call[GetTopicAttributes]) -> GetTopicAttributesResult:
    policy: Any = allowing(Action="sns:Publish", Resource=TOPIC) if call.params.topic_arn == TOPIC else {}
    return GetTopicAttributesResult(attributes={"Policy": json.dumps(policy)})


class Topics:
    """A plugin of the topic alone."""

    @hookimpl
    def register_services(self) -> list[Any]:
        return [sns]


def test_a_topics_policy_is_asked() -> None:
    """The same of topics: one allows, another does not."""
    s3 = Scenario(backtrail_aws.s3, Topics())
    s3.given(api.CreateBucket(bucket=BUCKET))
    for arn, code in ((TOPIC, None), (f"{TOPIC}2", "InvalidArgument")):
        wanted = api.NotificationConfiguration(
            topic_configurations=[api.TopicConfiguration(topic_arn=arn, events=["s3:ObjectCreated:*"])]
        )
        s3.when(api.PutBucketNotificationConfiguration(bucket=BUCKET, notification_configuration=wanted))
        assert (s3.error.code if s3.error else None) == code
    s3.replays()


def test_foreign_records_are_told_of_by_nobody() -> None:
    """A fold tells nothing; a foreign put of a size is known by it, and a lifecycle rule may move it."""
    s3 = Buckets()
    s3.given(told())
    before = len(s3.log)
    s3.machine.apply(
        json.dumps(
            {
                "eventSource": "s3.amazonaws.com", "eventName": "PutObject", "eventID": "x",
                "eventTime": "2024-01-01T00:00:09Z", "awsRegion": REGION, "recipientAccountId": ACCOUNT,
                "requestParameters": {"bucketName": BUCKET, "key": "k"}, "responseElements": None,
                "additionalEventData": {"bytesTransferredIn": 1234.0},
            }
        ).encode()
    )  # fmt: skip
    assert len(s3.log) == before and s3.commands != []
    assert s3.bucket.objects["k"].current.size == 1234
