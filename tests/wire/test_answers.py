"""What we answer, botocore's parsers read: every operation of many services, in every protocol they speak."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail import model
from backtrail.wire import protocol_of

from .other_side import plain, read_answer, service_model
from .shapes import Maker
from .test_requests import EC2, SPOKEN

# GetBucketLocation's root is its value: clients read it by hand. The old notification configuration of S3 writes
# two members under one name.
APART = {"GetBucketLocation", "GetBucketNotification"}


def check(service: str, operation: str, protocol: str, maker: Maker) -> None:
    """Given a result, botocore reads it back from our answer, with the request's id."""
    operation_model = service_model(service).operation_model(operation)
    shape = operation_model.output_shape
    if operation in APART or operation_model.has_event_stream_output:
        return
    wanted = maker.structure(shape) if shape else {}
    for name, member in shape.members.items() if shape else ():
        if member.serialization.get("location") == "statusCode":
            wanted[name] = 200
    wanted.pop("EncodingType", None)  # has a test of its own
    ours = protocol_of(service, protocol)
    answer = ours.answer(
        model.load(service).operations[operation], plain(wanted, shape) if shape else None, "id-1"
    )
    read = read_answer(service, operation, answer, protocol)
    assert ("x-amz-request-id" if service == "s3" else "x-amzn-RequestId", "id-1") in answer.headers
    metadata = read.pop("ResponseMetadata", {})
    if shape is not None or protocol != "smithy-rpc-v2-cbor":
        assert metadata["RequestId"] == "id-1"
    if shape is not None:
        assert tidy(shape, read, wanted) == tidy(shape, wanted, wanted)


def tidy(shape: Any, members: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What the parsers add: header maps without case, bodies as text, content types of bodies."""
    payload = shape.serialization.get("payload")
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location == "headers":
            found = {key.lower(): value for key, value in members.pop(name, {}).items()}
            if found:
                members[name] = found
        if isinstance(members.get(name), str) and member.type_name == "blob":
            members[name] = members[name].encode()
        if (name == payload or name.lower() == "contenttype") and not (wanted.get(name)):
            members.pop(name, None)
    return members


class Plain(Maker):
    """Makes results whose blobs are text and whose headers are ASCII, which is all that these parsers read."""

    def scalar(self, shape: Any) -> Any:
        """As any maker's, but for blobs."""
        return self.text("abcdef").encode() if shape.type_name == "blob" else super().scalar(shape)

    def text(self, alphabet: str) -> str:
        """ASCII where headers might be meant."""
        return super().text(alphabet)

    def value(self, shape: Any, depth: int = 0) -> Any:
        """As any maker's, but for the maps that become headers."""
        if shape.serialization.get("location") == "headers":
            return {self.text("abc"): self.text("abc") for _ in range(2)}
        return super().value(shape, depth)


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_every_answer_is_read_as_it_was_meant(service: str, protocol: str) -> None:
    """Whatever we answer to any operation, botocore reads the same result."""
    for operation in service_model(service).operation_names:
        check(service, operation, protocol, Plain(len(operation)))


@given(st.sampled_from(SPOKEN), st.integers(0, 1 << 32), st.data())
@settings(max_examples=150, deadline=None)
def test_any_result_is_read_as_it_was_meant(spoken: tuple[str, str], seed: int, data: st.DataObject) -> None:
    """Any result of any operation survives the way from us to botocore."""
    service, protocol = spoken
    operation = data.draw(st.sampled_from(service_model(service).operation_names))
    check(service, operation, protocol, Plain(seed, depth=6, fill=0.8))


@pytest.mark.parametrize("operation", EC2)
def test_ec2_answers_in_its_own_form(operation: str) -> None:
    """EC2's sets and items are read back."""
    for seed in range(10):
        check("ec2", operation, "ec2", Plain(seed, depth=6, fill=0.7))
