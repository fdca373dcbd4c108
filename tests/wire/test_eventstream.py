"""Event streams, as botocore reads them."""

from __future__ import annotations

from typing import Any

from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail import model
from backtrail.payload import UNSET, Params, UnsetType, field
from backtrail.wire import HttpAnswer, protocol_of
from backtrail.wire.eventstream import frame

NAMES = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=20)
VALUES = (
    st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.binary(max_size=50) | st.text(max_size=50)
)


class Records(Params):
    payload: bytes = field(name="Payload")


class Details(Params):
    bytes_scanned: int | UnsetType = field(name="BytesScanned", default=UNSET)


class Stats(Params):
    details: Details = field(name="Details")


class End(Params):
    pass


class Event(Params):
    records: Records | UnsetType = field(name="Records", default=UNSET)
    stats: Stats | UnsetType = field(name="Stats", default=UNSET)
    end: End | UnsetType = field(name="End", default=UNSET)


class SelectObjectContentResult(Params):
    payload: list[Event] | UnsetType = field(name="payload", default=UNSET)


def messages(data: bytes) -> list[Any]:
    """The messages that botocore finds."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def answer(service: str, operation: str, protocol: str, result: object) -> HttpAnswer:
    """Our answer."""
    return protocol_of(service, protocol).answer(model.load(service).operations[operation], result, "id")


def body(answered: HttpAnswer) -> bytes:
    """An answer's body, in hand."""
    assert isinstance(answered.body, bytes)
    return answered.body


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.binary(max_size=100))
@settings(deadline=None)
def test_a_frame_is_read_as_it_was_written(headers: dict[str, Any], payload: bytes) -> None:
    """Any headers and payload survive, with both checksums right."""
    written = {name: value for name, value in headers.items() if len(name.encode()) < 256}
    (message,) = messages(frame(list(written.items()), payload))
    assert (message.headers, message.payload) == (written, payload)


def test_s3_selects_records() -> None:
    """Records are raw, statistics XML, the end empty."""
    events = [
        Event(records=Records(payload=b"a,b\n")),
        Event(stats=Stats(details=Details(bytes_scanned=4))),
        Event(end=End()),
    ]
    answered = answer("s3", "SelectObjectContent", "rest-xml", SelectObjectContentResult(payload=events))
    assert ("Content-Type", "application/vnd.amazon.eventstream") in answered.headers
    records, stats, end = messages(body(answered))
    assert records.headers[":event-type"] == "Records" and records.payload == b"a,b\n"
    assert records.headers[":content-type"] == "application/octet-stream"
    assert b"<Details><BytesScanned>4</BytesScanned></Details>" in stats.payload
    assert end.headers[":event-type"] == "End" and end.payload == b""
    assert {message.headers[":message-type"] for message in (records, stats, end)} == {"event"}


def test_kinesis_begins_with_an_initial_response() -> None:
    """An RPC protocol's stream begins with the result's other members; exceptions are told as such."""
    record = {"sequenceNumber": "1", "data": b"hi", "partitionKey": "p"}
    event = {
        "subscribeToShardEvent": {
            "records": [record],
            "continuationSequenceNumber": "1",
            "millisBehindLatest": 0,
        }
    }
    gone = {"resourceNotFoundException": {"message": "gone"}}
    answered = answer("kinesis", "SubscribeToShard", "json", {"eventStream": [event, gone]})
    first, second, third = messages(body(answered))
    assert first.headers[":event-type"] == "initial-response" and first.payload == b"{}"
    assert second.headers[":event-type"] == "SubscribeToShardEvent"
    assert b'"Data":"aGk="' in second.payload
    assert third.headers[":message-type"] == "exception"
    assert third.headers[":exception-type"] == "ResourceNotFoundException"


def test_lambda_streams_its_payload() -> None:
    """REST's JSON streams have no initial response."""
    events = [{"payloadChunk": {"payload": b"hi"}}, {"invokeComplete": {"errorCode": "x"}}]
    answered = answer(
        "lambda", "InvokeWithResponseStream", "rest-json", {"eventStream": events, "statusCode": 200}
    )
    chunk, complete = messages(body(answered))
    assert chunk.payload == b"hi" and complete.payload == b'{"ErrorCode":"x"}'
