"""Publishing to standard topics: envelopes, fan-out, structures, batches, and what is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.plugins.sns.topic_scenario import Sns, arn, queue_arn, queue_url, refuse, text

from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.sns import api
from backtrail_aws.sns.commands import Invoke, PutRecord
from backtrail_aws.sqs import api as sqs

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def records(sns: Sns, name: str) -> list[dict[str, Any]]:
    """The records of one event name."""
    found = [json.loads(entry.record) for entry in sns.log]
    return [record for record in found if record["eventName"] == name]


def test_two_queues_get_the_same_message() -> None:
    """SNS-06: one envelope each, as AWS writes it, with the same MessageId; raw delivery gives the bare body."""
    sns = Sns().topic("t").queue("a").queue("b").queue("raw")
    one = sns.subscribe_queue("t", "a")
    sns.subscribe_queue("t", "b")
    sns.subscribe_queue("t", "raw", RawMessageDelivery="true")
    sent = sns.publish("t", 'say "hi"\n', subject="Re", message_attributes={"k": text("v")})
    (body,) = sns.bodies("a")
    lines = body.splitlines()
    assert lines[:6] == [
        "{",
        '  "Type" : "Notification",',
        f'  "MessageId" : "{sent.message_id}",',
        f'  "TopicArn" : "{arn("t")}",',
        '  "Subject" : "Re",',
        '  "Message" : "say \\"hi\\"\\n",',
    ]
    assert lines[-4:] == ['  "MessageAttributes" : {', '    "k" : {"Type":"String","Value":"v"}', "  }", "}"]
    envelope = json.loads(body)
    assert list(envelope) == [
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
        "SigningCertURL", "UnsubscribeURL", "MessageAttributes",
    ]  # fmt: skip
    assert envelope["Timestamp"].startswith("2024-01-01T00:00:") and envelope["Timestamp"].endswith(".000Z")
    assert len(base64.b64decode(envelope["Signature"], validate=True)) == 256
    assert envelope["UnsubscribeURL"].endswith(f"Action=Unsubscribe&SubscriptionArn={one}")
    assert json.loads(sns.bodies("b")[0])["MessageId"] == sent.message_id
    (raw,) = sns.received("raw")
    assert raw.body == 'say "hi"\n'
    assert raw.message_attributes == {"k": sqs.MessageAttributeValue(data_type="String", string_value="v")}
    sns.replays()


def test_what_is_published_is_hidden() -> None:
    """Publish is a data event of its topic; message, subject and attributes are hidden, and come back in the fold."""
    sns = Sns().topic("t")
    sns.publish("t", "top secret", subject="secret too", message_attributes={"k": text("hush")})
    record = sns.record
    params = record["requestParameters"]
    assert params == {"topicArn": arn("t"), "message": HIDDEN, "subject": HIDDEN, "messageAttributes": HIDDEN}
    assert (record["eventCategory"], record["managementEvent"], record["readOnly"]) == ("Data", False, False)
    assert record["resources"] == [{"accountId": ACCOUNT, "type": "AWS::SNS::Topic", "ARN": arn("t")}]
    assert set(record["responseElements"]) == {"messageId"}
    assert all(b"secret" not in entry.record and b"hush" not in entry.record for entry in sns.log)


def test_deliveries_name_their_cause() -> None:
    """The queue's record is SNS's own, and its message is hidden, too."""
    sns = Sns().topic("t").queue("a")
    sns.subscribe_queue("t", "a")
    sns.publish("t", "top secret")
    (sent,) = records(sns, "SendMessage")
    assert sent["userIdentity"] == {"type": "AWSService", "invokedBy": "sns.amazonaws.com"}
    assert sent["requestParameters"] == {"queueUrl": queue_url("a"), "messageBody": HIDDEN}
    cause = next(entry.cause for entry in sns.log if b'"SendMessage"' in entry.record)
    published = records(sns, "Publish")[0]["eventID"]
    assert str(cause).startswith(f"{published}/sns.deliver/")


def test_a_structure_gives_each_protocol_its_own() -> None:
    """MessageStructure json: by protocol, else the default."""
    sns = Sns().topic("t").queue("a")
    sns.subscribe_queue("t", "a")
    sns.subscribe("t", "sms", "+12025550100")
    sns.publish("t", '{"default":"all","sqs":"queue"}', message_structure="json")
    assert sns.notes("a") == ["queue"]
    assert sns.outbox()[-1].body == "all"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"message": ""}, "Empty message"),
        ({"subject": ""}, "Subject"),
        ({"subject": "a\nb"}, "Subject"),
        ({"subject": "x" * 101}, "Subject"),
        ({"message_structure": "xml"}, "MessageStructure"),
        ({"message_structure": "json"}, "JSON message body failed to parse"),
        ({"message_structure": "json", "message": '{"sqs":"x"}'}, "No default entry in JSON message body"),
        ({"message": "x" * 262_145}, "Message too long"),
        ({"message": "é" * 131_073}, "Message too long"),
        ({"message_attributes": {"k": text("v")}, "message": "x" * 262_140}, "Message too long"),
        ({"message_deduplication_id": "d"}, "MessageDeduplicationId"),
        ({"message_group_id": "a b"}, "MessageGroupId"),
        ({"target_arn": arn("t")}, "only one"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_messages_keep_their_rules(members: dict[str, Any], words: str) -> None:
    """What AWS refuses of a message to a standard topic."""
    call = api.Publish(**{"topic_arn": arn("t"), "message": "m", **members})
    refuse(Sns().topic("t"), call, "InvalidParameter", words)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("k", text("v", "Text")), ("k", text("", "String")), ("k", text("x", "Number")), ("k", text("v", "")),
        (".k", text("v")), ("a..b", text("v")), ("k k", text("v")), ("k", text("no", "String.Array")),
        ("k", text('[{"a":1}]', "String.Array")), ("k", api.MessageAttributeValue(data_type="Binary")),
    ],
)  # fmt: skip
def test_message_attributes_keep_their_rules(name: str, value: api.MessageAttributeValue) -> None:
    """They have a code of their own."""
    call = api.Publish(topic_arn=arn("t"), message="m", message_attributes={name: value})
    refuse(Sns().topic("t"), call, "ParameterValueInvalid", name)


def test_a_topic_may_take_larger_messages() -> None:
    """MaximumMessageSize up to 1 MiB, for queues, functions and streams only."""
    sns = Sns().topic("t", MaximumMessageSize="1048576").queue("a")
    sns.subscribe_queue("t", "a")
    sns.publish("t", "x" * 400_000)
    assert len(sns.notes("a")[0]) == 400_000
    mail = api.Subscribe(topic_arn=arn("t"), protocol="email", endpoint="me@example.com")
    refuse(sns, mail, "InvalidParameter", "MaximumMessageSize")
    sns.topic("u")
    sns.subscribe("u", "sms", "+12025550100")
    larger = api.SetTopicAttributes(
        topic_arn=arn("u"), attribute_name="MaximumMessageSize", attribute_value="300000"
    )
    refuse(sns, larger, "InvalidParameter")


def test_somewhere_it_must_go() -> None:
    """Without a topic, a target or a number, a message is refused in AWS's words."""
    sns = Sns()
    words = "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
    refuse(sns, api.Publish(message="m"), "InvalidParameter", words)
    phone = api.Publish(message="m", phone_number="12")
    refuse(
        sns, phone, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: 12 is not valid to publish to"
    )
    target = api.Publish(message="m", target_arn=arn("endpoint/GCM/a/1"))
    refuse(sns, target, "InvalidParameter", "No endpoint found for the target arn specified")


def test_a_target_may_be_a_topic() -> None:
    """TargetArn takes a topic, too."""
    sns = Sns().topic("t").queue("a")
    sns.subscribe_queue("t", "a")
    sns.given(api.Publish(target_arn=arn("t"), message="m"))
    assert sns.notes("a") == ["m"]
    sns.replays()


def test_a_batch_is_ten_messages_each_by_itself() -> None:
    """Those that are wrong fail alone; the rest arrive in order."""
    sns = Sns().topic("t").queue("a")
    sns.subscribe_queue("t", "a")
    entries = [api.PublishBatchRequestEntry(id=str(number), message=str(number)) for number in range(9)]
    entries.append(api.PublishBatchRequestEntry(id="bad", message="m", subject="\n"))
    sns.given(api.PublishBatch(topic_arn=arn("t"), publish_batch_request_entries=entries))
    assert [entry.id for entry in sns.answer.successful] == [str(number) for number in range(9)]
    (failed,) = sns.answer.failed
    assert (failed.id, failed.code, failed.sender_fault) == ("bad", "InvalidParameter", True)
    assert sns.notes("a") == [str(number) for number in range(9)]
    shown = records(sns, "PublishBatch")[0]["requestParameters"]["publishBatchRequestEntries"]
    assert shown[0] == {"id": "0", "message": HIDDEN}
    sns.replays()


@pytest.mark.parametrize(
    ("ids", "message", "code"),
    [
        ([], "m", "EmptyBatchRequest"),
        ([str(number) for number in range(11)], "m", "TooManyEntriesInBatchRequest"),
        (["a", "a"], "m", "BatchEntryIdsNotDistinct"),
        (["a b"], "m", "InvalidBatchEntryId"),
        (["a", "b"], "x" * 140_000, "BatchRequestTooLong"),
    ],
)
def test_batches_keep_their_rules(ids: list[str], message: str, code: str) -> None:
    """What is wrong as a whole is refused as a whole."""
    entries = [api.PublishBatchRequestEntry(id=one, message=message) for one in ids]
    call = api.PublishBatch(topic_arn=arn("t"), publish_batch_request_entries=entries)
    refuse(Sns().topic("t"), call, code)


def test_a_function_gets_an_event() -> None:
    """The command to Lambda: asynchronous, with the records that a function expects."""
    sns = Sns().topic("t")
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    one = sns.subscribe("t", "lambda", function)
    sent = sns.publish("t", "hello", message_attributes={"k": text("v")})
    (command,) = [each for each in sns.commands if each.service == "lambda"]
    params = command.params
    assert isinstance(params, Invoke)
    assert (params.function_name, params.invocation_type) == (function, "Event")
    (record,) = json.loads(params.payload)["Records"]
    assert (record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]) == (
        "aws:sns",
        "1.0",
        one,
    )
    notice = record["Sns"]
    assert (notice["MessageId"], notice["Message"], notice["Subject"]) == (sent.message_id, "hello", None)
    assert notice["MessageAttributes"] == {"k": {"Type": "String", "Value": "v"}}
    assert {"SigningCertUrl", "UnsubscribeUrl"} < set(notice)


def test_a_stream_gets_a_record() -> None:
    """The command to Firehose acts as the subscription's role."""
    sns = Sns().topic("t")
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    stream = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/s"
    sns.subscribe("t", "firehose", stream, SubscriptionRoleArn=role, RawMessageDelivery="true")
    sns.publish("t", "hello")
    (command,) = [each for each in sns.commands if each.service == "firehose"]
    params = command.params
    assert isinstance(params, PutRecord)
    assert (params.delivery_stream_name, params.record.data, command.as_) == ("s", b"hello", role)


def test_what_does_not_arrive_is_recorded_and_buried() -> None:
    """A queue that is gone: the failure is a record of SNS's, and the message lies in the dead-letter queue."""
    sns = Sns().topic("t").queue("dead")
    redrive = f'{{"deadLetterTargetArn":"{queue_arn("dead")}"}}'
    one = sns.subscribe_queue("t", "gone", RedrivePolicy=redrive)
    sent = sns.publish("t", "m")
    assert sns.error is None
    (failed,) = records(sns, "FailDelivery")
    assert failed["eventType"] == "AwsServiceEvent"
    details = failed["serviceEventDetails"]
    assert (details["subscriptionArn"], details["code"]) == (one, "QueueDoesNotExist")
    (body,) = sns.bodies("dead")
    assert json.loads(body)["MessageId"] == sent.message_id
    assert sns.only("t").failures == 1
    (failure,) = sns.state().failures.values()
    assert (failure.subscription_arn, failure.message_id) == (one, sent.message_id)
    sns.replays()


def test_a_raw_message_is_buried_with_its_attributes() -> None:
    """As it would have been delivered."""
    sns = Sns().topic("t").queue("dead")
    redrive = f'{{"deadLetterTargetArn":"{queue_arn("dead")}"}}'
    sns.subscribe_queue("t", "gone", RedrivePolicy=redrive, RawMessageDelivery="true")
    sns.publish("t", "m", message_attributes={"k": text("v")})
    (dead,) = sns.received("dead")
    assert dead.body == "m"
    assert dead.message_attributes == {"k": sqs.MessageAttributeValue(data_type="String", string_value="v")}


def test_what_cannot_be_buried_is_lost() -> None:
    """A dead-letter queue that is gone, too: two failures, and no circle."""
    sns = Sns().topic("t")
    redrive = f'{{"deadLetterTargetArn":"{queue_arn("dead")}"}}'
    sns.subscribe_queue("t", "gone", RedrivePolicy=redrive)
    sns.publish("t", "m")
    assert len(records(sns, "FailDelivery")) == 2
    sns.replays()


def test_a_function_that_is_not_there_is_a_failure() -> None:
    """Nobody serves Lambda here: a recorded 501, and the notification lies in the dead-letter queue."""
    sns = Sns().topic("t").queue("dead")
    redrive = f'{{"deadLetterTargetArn":"{queue_arn("dead")}"}}'
    sns.subscribe("t", "lambda", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", RedrivePolicy=redrive)
    sns.publish("t", "hello")
    (failed,) = records(sns, "FailDelivery")
    assert failed["serviceEventDetails"]["code"] == "NotImplemented"
    assert sns.notes("dead") == ["hello"]


def test_other_regions_and_accounts_are_reached() -> None:
    """A queue of another region gets its message there."""
    sns = Sns().topic("t")
    far = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:far"
    sns.when(sqs.CreateQueue(queue_name="far"), service="sqs", region="eu-west-1")
    sns.subscribe("t", "sqs", far)
    sns.publish("t", "m")
    (sent,) = records(sns, "SendMessage")
    assert (sent["awsRegion"], "errorCode" in sent) == ("eu-west-1", False)
    sns.replays()


def test_pending_and_filtered_subscriptions_get_nothing() -> None:
    """DIAG-23: nobody confirmed, nobody hears."""
    sns = Sns().topic("t").queue("q")
    sns.subscribe("t", "email", "me@example.com")
    sns.subscribe_queue("t", "q", FilterPolicy='{"k":["v"]}')
    sns.publish("t", "m")
    assert sns.commands == []
    assert sns.answer.sequence_number is UNSET
