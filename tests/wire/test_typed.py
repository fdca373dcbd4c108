"""Requests become payload types, and payload types answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

import msgspec

from backtrail import model
from backtrail.payload import UNSET, Params, Sealed, UnsetType, field
from backtrail.wire import HttpRequest, protocol_of, route

from .other_side import read_answer, request_of


class Hourly(datetime):
    """A time of a style of its own, cut to hours."""

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The hour of a moment."""
        return cls(moment.year, moment.month, moment.day, moment.hour, tzinfo=UTC)


class AttributeValue(Params):
    s: str | UnsetType = field(name="s", default=UNSET)
    b: bytes | UnsetType = field(name="b", default=UNSET)
    l: list[AttributeValue] | UnsetType = field(name="l", default=UNSET)  # noqa: E741
    m: dict[str, AttributeValue] | UnsetType = field(name="m", default=UNSET)


class PutItem(Params):
    table_name: str = field(name="tableName")
    item: Sealed[dict[str, AttributeValue]] | UnsetType = field(name="item", default=UNSET)
    return_values: Annotated[str | None, msgspec.Meta(extra={})] = field(name="returnValues", default=None)


class Datum(Params):
    metric_name: str = field(name="metricName")
    timestamp: Hourly | UnsetType = field(name="timestamp", default=UNSET)
    value: float | UnsetType = field(name="value", default=UNSET)


class PutMetricData(Params):
    namespace: str = field(name="namespace")
    metric_data: list[Datum] | UnsetType = field(name="metricData", default=UNSET)


class User(Params):
    user_name: str = field(name="userName")
    create_date: Hourly = field(name="createDate")
    tags: list[dict[str, str]] | UnsetType = field(name="tags", default=UNSET)


class GetUserResult(Params):
    user: User = field(name="user")


def test_recursive_types() -> None:
    """Types that hold themselves, sealed members and maps are made at every depth."""
    item = {"k": {"L": [{"M": {"x": {"B": b"hi"}}}, {"S": "a"}]}}
    request = request_of("dynamodb", "PutItem", {"TableName": "t", "Item": item, "ReturnValues": "NONE"})
    found = route(request)
    inner = AttributeValue(l=[AttributeValue(m={"x": AttributeValue(b=b"hi")}), AttributeValue(s="a")])
    assert found.protocol.parse(found.operation, request, PutItem) == PutItem(
        table_name="t", item={"k": inner}, return_values="NONE"
    )


def test_members_that_a_type_lacks_are_ignored() -> None:
    """A plugin's type need not have all that the model has."""
    request = request_of(
        "dynamodb", "PutItem", {"TableName": "t", "Item": {}, "ReturnConsumedCapacity": "TOTAL"}
    )
    found = route(request)
    assert found.protocol.parse(found.operation, request, PutItem) == PutItem(table_name="t", item={})


def test_times_are_of_the_types_own_style() -> None:
    """A time is made by the style that the type declares, in every protocol."""
    moment = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    data = [{"MetricName": "m", "Timestamp": moment, "Value": 1.5}]
    for protocol in ("json", "query", "smithy-rpc-v2-cbor"):
        request = request_of("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": data}, protocol)
        found = route(request)
        made = found.protocol.parse(found.operation, request, PutMetricData)
        datum = Datum(metric_name="m", timestamp=Hourly(2024, 5, 6, 7, tzinfo=UTC), value=1.5)
        assert made == PutMetricData(namespace="n", metric_data=[datum])
        assert isinstance(made.metric_data, list) and type(made.metric_data[0].timestamp) is Hourly


def test_a_result_is_written_by_its_type() -> None:
    """Structs, times and what has no type of its own are written; what is unset is not."""
    user = User(
        user_name="u", create_date=Hourly(2024, 5, 6, 7, tzinfo=UTC), tags=[{"key": "a", "value": "b"}]
    )
    answer = protocol_of("iam", "query").answer(
        model.load("iam").operations["GetUser"], GetUserResult(user=user), "id"
    )
    assert read_answer("iam", "GetUser", answer)["User"] == {
        "UserName": "u",
        "CreateDate": datetime(2024, 5, 6, 7, tzinfo=UTC),
        "Tags": [{"Key": "a", "Value": "b"}],
    }


def test_one_protocol_serves_many_types() -> None:
    """The same action is read into one plugin's type, into another's, and into none."""

    class Other(Params):
        table_name: str = field(name="tableName")

    request = request_of("dynamodb", "PutItem", {"TableName": "t", "Item": {"k": {"S": "v"}}})
    found = route(request)
    assert found.protocol.parse(found.operation, request, Other) == Other(table_name="t")
    assert found.protocol.parse(found.operation, request) == {"tableName": "t", "item": {"k": {"s": "v"}}}
    assert isinstance(found.protocol.parse(found.operation, request, PutItem), PutItem)


def test_sqs_posted_to_the_queues_url() -> None:
    """In the old form, the queue is where the call was posted to."""

    class SendMessage(Params):
        queue_url: str = field(name="queueUrl")
        message_body: str = field(name="messageBody")

    request = HttpRequest(
        method="POST",
        path="/123456789012/q",
        headers={"host": "localhost:4566", "content-type": "application/x-www-form-urlencoded"},
        body=b"Action=SendMessage&Version=2012-11-05&MessageBody=hi",
    )
    found = route(request)
    made = found.protocol.parse(found.operation, request, SendMessage)
    assert made == SendMessage(queue_url="http://localhost:4566/123456789012/q", message_body="hi")


def test_sqs_in_its_old_names() -> None:
    """SQS's query names, which its model no longer has, in both directions."""
    body = (
        b"Action=SendMessageBatch&Version=2012-11-05&QueueUrl=u"
        b"&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=m"
        b"&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n"
        b"&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String"
        b"&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v"
    )
    ours = protocol_of("sqs", "query")
    request = HttpRequest(method="POST", path="/", headers={}, body=body)
    assert ours.parse(ours.model.operations["SendMessageBatch"], request) == {
        "queueUrl": "u",
        "entries": [
            {
                "id": "a",
                "messageBody": "m",
                "messageAttributes": {"n": {"dataType": "String", "stringValue": "v"}},
            }
        ],
    }
    result = {"messages": [{"body": "m", "attributes": {"SenderId": "x"}}, {"body": "n"}]}
    answer = ours.answer(ours.model.operations["ReceiveMessage"], result, "id")
    assert isinstance(answer.body, bytes)
    assert (
        b"<ReceiveMessageResult><Message><Body>m</Body><Attribute><Name>SenderId</Name><Value>x</Value></Attribute>"
        b"</Message><Message><Body>n</Body></Message></ReceiveMessageResult>" in answer.body
    )
