"""Messages in standard queues: sent, received, hidden, deleted, expired."""

from __future__ import annotations

import pytest
from tests.plugins.sqs.queue_scenario import Sqs, url

from backtrail import UNSET, Wait
from backtrail.record import Identity
from backtrail_aws.sqs import api
from backtrail_aws.sqs.api import MessageAttributeValue, MessageSystemAttributeValue


def text(value: str, kind: str = "String") -> MessageAttributeValue:
    """A message attribute that is text."""
    return MessageAttributeValue(data_type=kind, string_value=value)


def test_a_message_is_hidden_until_its_timeout_ends() -> None:
    """Received once: in flight; after 30 seconds visible again, with its second receive counted."""
    sqs = Sqs().queue("a")
    sent = sqs.send("a", "hello")
    assert sent.md5_of_message_body == "5d41402abc4b2a76b9719d911017c592"
    first = sqs.receive("a")
    assert (first[0].body, first[0].message_id) == ("hello", sent.message_id)
    assert sqs.receive("a") == []
    assert sqs.depth("a") == (0, 1, 0)
    sqs.later(seconds=30)
    again = sqs.receive("a", message_system_attribute_names=["ApproximateReceiveCount"])
    assert again[0].attributes == {"ApproximateReceiveCount": "2"}
    assert again[0].receipt_handle != first[0].receipt_handle
    sqs.delete("a", again[0])
    assert sqs.depth("a") == (0, 0, 0)
    sqs.replays()


def test_the_record_hides_the_body_and_the_log_knows_it() -> None:
    """A body never stands in a record; a replay has it all the same."""
    sqs = Sqs().queue("a")
    sqs.send("a", "top secret", message_attributes={"k": text("also secret")})
    record = sqs.log[-1]
    for secret in (b"top secret", b"also secret"):
        assert secret not in record.record
        assert secret not in (record.note or b"")
        assert secret in (record.sealed or b"")
    assert sqs.record["requestParameters"]["messageBody"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert sqs.record["eventCategory"] == "Data"
    sqs.receive("a")
    assert sqs.record["responseElements"] is None
    sqs.replays()


def test_a_receive_is_noted_with_all_that_it_took() -> None:
    """An auditor can follow a message from its sending to its deletion."""
    import msgspec

    sqs = Sqs().queue("a")
    sent = sqs.send("a", "x")
    message = sqs.receive("a")[0]
    note = msgspec.json.decode(sqs.log[-1].note or b"")["own"]
    assert note["messages"][0]["messageId"] == sent.message_id
    assert note["messages"][0]["receiptHandle"] == message.receipt_handle
    sqs.delete("a", message)
    assert sqs.record["requestParameters"]["receiptHandle"] == message.receipt_handle


def test_messages_come_in_order_and_ten_at_most() -> None:
    """Best-effort order is the order of sending; a returned message comes after those that were never taken."""
    sqs = Sqs().queue("a", VisibilityTimeout="5")
    for number in range(12):
        sqs.send("a", str(number))
    assert sqs.bodies("a") == [str(number) for number in range(10)]
    sqs.later(seconds=5)
    assert sqs.bodies("a") == ["10", "11", *map(str, range(8))]
    sqs.replays()


def test_delays_hold_messages_back() -> None:
    """A queue's delay and a message's own; a change of the queue's does not touch what is in it."""
    sqs = Sqs().queue("a", DelaySeconds="10")
    sqs.send("a", "queue's")
    sqs.send("a", "own", delay_seconds=60)
    sqs.send("a", "none", delay_seconds=0)
    assert sqs.bodies("a") == ["none"]
    assert sqs.depth("a") == (0, 1, 2)
    sqs.given(api.SetQueueAttributes(queue_url=url("a"), attributes={"DelaySeconds": "0"}))
    assert sqs.depth("a") == (0, 1, 2)
    sqs.later(seconds=10)
    assert sqs.bodies("a") == ["queue's"]
    sqs.later(seconds=60)
    assert sqs.bodies("a") == ["none", "queue's", "own"]
    sqs.replays()


def test_visibility_can_be_changed_while_in_flight() -> None:
    """To nothing: visible at once. To more: longer hidden. After the timeout, or deleted: refused."""
    sqs = Sqs().queue("a")
    sqs.send("a", "x")
    message = sqs.receive("a")[0]
    handle = str(message.receipt_handle)
    sqs.given(api.ChangeMessageVisibility(queue_url=url("a"), receipt_handle=handle, visibility_timeout=100))
    sqs.later(seconds=90)
    assert sqs.bodies("a") == []
    sqs.given(api.ChangeMessageVisibility(queue_url=url("a"), receipt_handle=handle, visibility_timeout=0))
    sqs.when(api.ChangeMessageVisibility(queue_url=url("a"), receipt_handle=handle, visibility_timeout=5))
    sqs.refused("MessageNotInflight")
    new = sqs.receive("a")[0]
    sqs.when(api.ChangeMessageVisibility(queue_url=url("a"), receipt_handle=handle, visibility_timeout=5))
    sqs.refused("InvalidParameterValue", "not available for visibility timeout change")
    sqs.delete("a", new)
    sqs.when(api.ChangeMessageVisibility(queue_url=url("a"), receipt_handle=handle, visibility_timeout=5))
    sqs.refused("InvalidParameterValue")
    sqs.replays()


@pytest.mark.parametrize("timeout", [-1, 43_201, 43_200])
def test_visibility_has_a_limit_of_twelve_hours_in_all(timeout: int) -> None:
    """12 hours from the receive on: 43,200 more seconds are too many."""
    sqs = Sqs().queue("a")
    sqs.send("a", "x")
    handle = str(sqs.receive("a")[0].receipt_handle)
    sqs.when(
        api.ChangeMessageVisibility(queue_url=url("a"), receipt_handle=handle, visibility_timeout=timeout)
    )
    sqs.refused("InvalidParameterValue", "VisibilityTimeout")


def test_a_stale_receipt_deletes_nothing() -> None:
    """A standard queue accepts an old handle and keeps the message; a handle of nothing is refused."""
    sqs = Sqs().queue("a").queue("b")
    sqs.send("a", "x")
    old = sqs.receive("a")[0]
    sqs.later(seconds=30)
    sqs.receive("a")
    sqs.delete("a", old)
    assert sqs.depth("a") == (0, 1, 0)
    for bad in ("nonsense", "AQEB!!", "AQEBAAAA", str(old.receipt_handle)[:-4] + "AAAA"):
        sqs.when(api.DeleteMessage(queue_url=url("a"), receipt_handle=bad)).refused("ReceiptHandleIsInvalid")
    sqs.when(api.DeleteMessage(queue_url=url("b"), receipt_handle=str(old.receipt_handle)))
    sqs.refused("ReceiptHandleIsInvalid")
    sqs.when(api.DeleteMessage(queue_url=url("a"), receipt_handle="")).refused("MissingParameter")
    sqs.replays()


def test_a_late_deletion_with_the_last_handle_works() -> None:
    """After the timeout, while nobody received it again, and twice."""
    sqs = Sqs().queue("a")
    sqs.send("a", "x")
    message = sqs.receive("a")[0]
    sqs.later(minutes=5)
    sqs.delete("a", message).delete("a", message)
    assert sqs.depth("a") == (0, 0, 0)
    sqs.replays()


def test_retention_removes_messages_and_says_so() -> None:
    """After four days a message is gone, and a record of the service tells which."""
    import msgspec

    sqs = Sqs().queue("a").queue("b", MessageRetentionPeriod="60")
    sent = sqs.send("a", "x")
    sqs.later(days=4, seconds=1)
    assert sqs.record["eventName"] == "ExpireMessages"
    assert sqs.record["eventType"] == "AwsServiceEvent"
    assert sqs.record["userIdentity"]["invokedBy"] == "sqs.amazonaws.com"
    assert msgspec.json.decode(sqs.log[-1].note or b"")["own"]["messageIds"] == [sent.message_id]
    assert sqs.depth("a") == (0, 0, 0)
    for body in "123":
        sqs.send("b", body)
    sqs.later(seconds=57)
    assert sqs.depth("b") == (2, 0, 0)
    sqs.later(seconds=10)
    assert sqs.depth("b") == (0, 0, 0)
    sqs.replays()


def test_a_shorter_retention_reaches_what_is_there() -> None:
    """MessageRetentionPeriod counts for messages that are in the queue already."""
    sqs = Sqs().queue("a")
    sqs.send("a", "old")
    sqs.later(minutes=10).given(
        api.SetQueueAttributes(queue_url=url("a"), attributes={"MessageRetentionPeriod": "60"})
    )
    sqs.send("a", "new")
    assert sqs.bodies("a") == ["new"]
    sqs.replays()


def test_more_than_a_thousand_expire_in_several_records() -> None:
    """A record removes a thousand messages at most."""
    sqs = Sqs().queue("a")
    sqs.now = sqs.now.replace(second=1)
    entries = [api.SendMessageBatchRequestEntry(id=str(n), message_body="x") for n in range(10)]
    start = sqs.now
    for _ in range(101):
        sqs.now = start
        sqs.given(api.SendMessageBatch(queue_url=url("a"), entries=entries))
    before = len(sqs.log)
    sqs.later(days=5)
    assert [len(entry.note or b"") > 0 for entry in sqs.log[before:]] == [True, True]
    assert sqs.depth("a") == (0, 0, 0)
    sqs.replays()


def test_system_attributes_are_those_that_were_asked_for() -> None:
    """All of them, by either parameter; unknown ones are refused."""
    sqs = Sqs().queue("a")
    sqs.as_(
        Identity(
            type="IAMUser",
            principal_id="AIDAEXAMPLE",
            arn="arn:aws:iam::123456789012:user/u",
            account_id="123456789012",
        )
    )
    trace = MessageSystemAttributeValue(data_type="String", string_value="Root=1-2-3")
    sent = sqs.send("a", "x", message_system_attributes={"AWSTraceHeader": trace}, message_group_id="tenant")
    assert isinstance(sent.md5_of_message_system_attributes, str)
    message = sqs.receive("a", attribute_names=["All"])[0]
    assert message.attributes == {
        "SenderId": "AIDAEXAMPLE",
        "SentTimestamp": "1704067202000",
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1704067203000",
        "MessageGroupId": "tenant",
        "AWSTraceHeader": "Root=1-2-3",
    }
    sqs.when(api.ReceiveMessage(queue_url=url("a"), attribute_names=["Colour"])).refused(
        "InvalidAttributeName"
    )
    sqs.replays()


def test_digests_of_attributes_are_awss() -> None:
    """The digest covers names, types and values by length; a known value from AWS's SDK for Java's own check."""
    import hashlib

    from backtrail_aws.sqs import digests

    def sized(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    by_hand = sized(b"a") + sized(b"Binary") + b"\x02" + sized(b"\x00\xff")
    by_hand += sized(b"b") + sized(b"Number.int") + b"\x01" + sized(b"7")
    given = {
        "b": text("7", "Number.int"),
        "a": MessageAttributeValue(data_type="Binary", binary_value=b"\x00\xff"),
    }
    assert digests.of_attributes(given) == hashlib.md5(by_hand).hexdigest()
    assert digests.of_attributes({}) is UNSET


def test_message_attributes_come_by_name_prefix_or_all() -> None:
    """What was not asked for is neither given out nor digested."""
    sqs = Sqs().queue("a", VisibilityTimeout="0")
    sent = sqs.send(
        "a", "x", message_attributes={"a.b": text("1"), "a.c": text("2", "Number"), "d": text("3")}
    )

    def names(*asked: str) -> list[str]:
        message = sqs.receive("a", message_attribute_names=list(asked))[0]
        assert (message.md5_of_message_attributes is UNSET) == (message.message_attributes is UNSET)
        return [] if message.message_attributes is UNSET else sorted(message.message_attributes)

    assert names() == []
    assert names("d", "none") == ["d"]
    assert names("a.*") == ["a.b", "a.c"]
    assert names("All") == names(".*") == ["a.b", "a.c", "d"]
    assert (
        sqs.receive("a", message_attribute_names=["All"])[0].md5_of_message_attributes
        == sent.md5_of_message_attributes
    )
    sqs.replays()


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"x": MessageAttributeValue(string_value="1")}, "must contain non-empty message attribute type"),
        ({"x": text("1", "string")}, "supported type prefixes: Binary, Number, String"),
        ({"x": text("")}, "must contain a non-empty value of type 'String'"),
        ({"x": MessageAttributeValue(data_type="Binary", string_value="1")}, "of type 'Binary'"),
        ({"x": text("seven", "Number")}, "to a number"),
        ({"": text("1")}, "non-empty message attribute name"),
        ({"AWS.x": text("1")}, "AWS."),
        ({".x": text("1")}, "period"),
        ({f"x{n}": text("1") for n in range(11)}, "[11] exceeds the allowed maximum [10]"),
    ],
)
def test_bad_message_attributes_are_refused(attributes: dict[str, MessageAttributeValue], words: str) -> None:
    """Names, types and values have their rules."""
    sqs = Sqs().queue("a")
    sqs.when(api.SendMessage(queue_url=url("a"), message_body="x", message_attributes=attributes))
    sqs.refused("InvalidParameterValue", words)


def test_bad_contents_are_refused() -> None:
    """An empty body, characters that XML does not have, and a body over the limit."""
    sqs = Sqs().queue("a", MaximumMessageSize="1024")
    sqs.when(api.SendMessage(queue_url=url("a"), message_body="")).refused("MissingParameter", "MessageBody")
    sqs.when(api.SendMessage(queue_url=url("a"))).refused("MissingParameter", "MessageBody")
    for bad, code in (("\x07", "#x7"), ("\uffff", "#xFFFF"), ("a\x00", "#x0")):
        sqs.when(api.SendMessage(queue_url=url("a"), message_body=bad)).refused(
            "InvalidMessageContents", code
        )
    sqs.send("a", "ä" * 512)
    sqs.when(api.SendMessage(queue_url=url("a"), message_body="ä" * 512 + "x"))
    sqs.refused("InvalidParameterValue", "Message must be shorter than 1024 bytes.")
    sqs.when(
        api.SendMessage(queue_url=url("a"), message_body="x" * 1020, message_attributes={"k": text("v")})
    )
    sqs.refused("InvalidParameterValue", "1024")
    for body in ('{"json": true}', "<xml/>", "plain \U0001f600\t\r\n"):
        sqs.send("a", body)
    sqs.replays()


@pytest.mark.parametrize(
    "more",
    [
        {"delay_seconds": 901},
        {"delay_seconds": -1},
        {"message_deduplication_id": "d"},
        {"message_group_id": "a b"},
    ],
)
def test_bad_parameters_of_a_send_are_refused(more: dict[str, object]) -> None:
    """Delays have a range; deduplication is for FIFO queues."""
    sqs = Sqs().queue("a")
    sqs.when(api.SendMessage(queue_url=url("a"), message_body="x", **more)).refused("InvalidParameterValue")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [
        {"max_number_of_messages": 0}, {"max_number_of_messages": 11}, {"wait_time_seconds": 21},
        {"wait_time_seconds": -1}, {"visibility_timeout": 43_201}, {"receive_request_attempt_id": "x"},
    ],
)  # fmt: skip
def test_bad_parameters_of_a_receive_are_refused(more: dict[str, object]) -> None:
    """Each has its range."""
    sqs = Sqs().queue("a")
    sqs.when(api.ReceiveMessage(queue_url=url("a"), **more)).refused("InvalidParameterValue")  # type: ignore[arg-type]


def test_a_batch_fails_entry_by_entry() -> None:
    """Good entries are sent, bad ones are reported with their code."""
    sqs = Sqs().queue("a")
    entries = [
        api.SendMessageBatchRequestEntry(id="good", message_body="1"),
        api.SendMessageBatchRequestEntry(id="late", message_body="2", delay_seconds=901),
        api.SendMessageBatchRequestEntry(id="odd", message_body="\x01"),
    ]
    sqs.given(api.SendMessageBatch(queue_url=url("a"), entries=entries))
    assert [entry.id for entry in sqs.answer.successful] == ["good"]
    assert [(entry.id, entry.code, entry.sender_fault) for entry in sqs.answer.failed] == [
        ("late", "InvalidParameterValue", True),
        ("odd", "InvalidMessageContents", True),
    ]
    assert sqs.bodies("a") == ["1"]
    sqs.replays()


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([str(n) for n in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
        (["x" * 81], "InvalidBatchEntryId"),
    ],
)
def test_a_batch_is_refused_as_a_whole(ids: list[str], code: str) -> None:
    """Ten entries at most, with ids that differ: the same for all three kinds of batches."""
    sqs = Sqs().queue("a")
    sends = [api.SendMessageBatchRequestEntry(id=one, message_body="x") for one in ids]
    sqs.when(api.SendMessageBatch(queue_url=url("a"), entries=sends)).refused(code)
    deletes = [api.DeleteMessageBatchRequestEntry(id=one, receipt_handle="x") for one in ids]
    sqs.when(api.DeleteMessageBatch(queue_url=url("a"), entries=deletes)).refused(code)
    changes = [api.ChangeMessageVisibilityBatchRequestEntry(id=one, receipt_handle="x") for one in ids]
    sqs.when(api.ChangeMessageVisibilityBatch(queue_url=url("a"), entries=changes)).refused(code)


def test_a_batch_has_a_size_in_all() -> None:
    """1 MiB together."""
    sqs = Sqs().queue("a")
    entries = [api.SendMessageBatchRequestEntry(id=str(n), message_body="x" * 300_000) for n in range(4)]
    sqs.when(api.SendMessageBatch(queue_url=url("a"), entries=entries))
    sqs.refused(
        "BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.",
    )


def test_batches_of_deletions_and_changes() -> None:
    """Both go entry by entry."""
    sqs = Sqs().queue("a")
    for body in "123":
        sqs.send("a", body)
    one, two, three = (str(message.receipt_handle) for message in sqs.receive("a"))
    changes = [
        api.ChangeMessageVisibilityBatchRequestEntry(id="a", receipt_handle=one, visibility_timeout=0),
        api.ChangeMessageVisibilityBatchRequestEntry(id="b", receipt_handle="bad", visibility_timeout=0),
        api.ChangeMessageVisibilityBatchRequestEntry(id="c", receipt_handle=two),
    ]
    sqs.given(api.ChangeMessageVisibilityBatch(queue_url=url("a"), entries=changes))
    assert [entry.id for entry in sqs.answer.successful] == ["a"]
    assert [entry.code for entry in sqs.answer.failed] == ["ReceiptHandleIsInvalid", "MissingParameter"]
    deletes = [
        api.DeleteMessageBatchRequestEntry(id="a", receipt_handle=three),
        api.DeleteMessageBatchRequestEntry(id="b", receipt_handle="bad"),
    ]
    sqs.given(api.DeleteMessageBatch(queue_url=url("a"), entries=deletes))
    assert ([entry.id for entry in sqs.answer.successful], len(sqs.answer.failed)) == (["a"], 1)
    assert sqs.depth("a") == (1, 1, 0)
    sqs.replays()


def test_a_long_poll_waits_for_what_may_come() -> None:
    """It waits at the queue, until a delay or a timeout ends, and is woken by whatever makes a message visible."""
    sqs = Sqs().queue("a")
    poll = api.ReceiveMessage(queue_url=url("a"), wait_time_seconds=20)
    sqs.when(poll, waited=False)
    wait = sqs.answer
    assert isinstance(wait, Wait)
    assert (wait.key, wait.seconds, wait.again) == ("123456789012:us-east-1:a", 20, None)
    service = sqs.machine.service("sqs")
    sqs.send("a", "x", delay_seconds=5)
    sent_at = sqs.now
    sqs.when(poll, waited=False)
    assert (sqs.answer.again - sent_at).total_seconds() == 5
    sqs.when(poll)
    assert sqs.answer.messages is UNSET
    assert {
        "SendMessage",
        "SendMessageBatch",
        "ChangeMessageVisibility",
        "DeleteQueue",
        "DeleteMessage",
    } <= set(service.wakers)
    sqs.queue("b", ReceiveMessageWaitTimeSeconds="7").when(
        api.ReceiveMessage(queue_url=url("b")), waited=False
    )
    assert sqs.answer.seconds == 7
    sqs.when(api.ReceiveMessage(queue_url=url("b"), wait_time_seconds=0), waited=False)
    assert sqs.answer.messages is UNSET
    sqs.replays()


def test_a_full_queue_gives_no_more() -> None:
    """At the limit of messages in flight, a standard queue refuses a receive."""
    sqs = Sqs().queue("a")
    sqs.machine.service("sqs").quotas["in_flight"] = 2
    try:
        for body in "123":
            sqs.send("a", body)
        taken = sqs.receive("a", 2)
        sqs.when(api.ReceiveMessage(queue_url=url("a"))).refused("OverLimit")
        sqs.delete("a", taken[0])
        assert sqs.bodies("a") == ["3"]
    finally:
        sqs.machine.service("sqs").quotas["in_flight"] = 120_000
