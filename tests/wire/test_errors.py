"""Refusals in each protocol's own form, as clients read them."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import model
from backtrail.wire import HttpAnswer, WireError, not_implemented, not_in_trail, protocol_of

from .other_side import read_answer

EVERY = [
    ("iam", "CreateUser", "query"),
    ("sqs", "SendMessage", "query"),
    ("sqs", "SendMessage", "json"),
    ("dynamodb", "GetItem", "json"),
    ("kms", "CreateKey", "json"),
    ("cloudwatch", "ListMetrics", "smithy-rpc-v2-cbor"),
    ("cloudwatch", "ListMetrics", "json"),
    ("cloudwatch", "ListMetrics", "query"),
    ("lambda", "GetFunction", "rest-json"),
    ("route53", "GetHostedZone", "rest-xml"),
    ("s3", "GetObject", "rest-xml"),
    ("s3control", "CreateJob", "rest-xml"),
    ("ec2", "RunInstances", "ec2"),
]


def refuse(
    service: str, operation: str, protocol: str, error: WireError
) -> tuple[HttpAnswer, dict[str, Any]]:
    """An answer, and the error that botocore reads of it."""
    found = model.load(service).operations[operation]
    answer = protocol_of(service, protocol).refuse(found, error, "id-1")
    return answer, read_answer(service, operation, answer, protocol)["Error"]


@pytest.mark.parametrize(("service", "operation", "protocol"), EVERY)
def test_every_protocol_tells_code_and_message(service: str, operation: str, protocol: str) -> None:
    """A client reads code, message and status of a refusal, whatever the protocol."""
    error = WireError("SomethingOdd", 'not <"like"> this & that é', status=409)
    answer, read = refuse(service, operation, protocol, error)
    assert (read["Code"], read["Message"]) == (error.code, error.message)
    assert answer.status == 409


@pytest.mark.parametrize(("service", "operation", "protocol"), EVERY)
def test_our_own_gap_is_a_501_that_clients_can_read(service: str, operation: str, protocol: str) -> None:
    """An action that we do not have is named, in the protocol's own form."""
    answer, read = refuse(service, operation, protocol, not_implemented(service, operation))
    assert answer.status == 501
    assert read["Code"] == "NotImplemented"
    assert f"{service}:{operation}" in read["Message"]


def test_what_no_record_told_is_a_501_of_its_own() -> None:
    """`NotInTrail` is as honest as `NotImplemented`."""
    answer, read = refuse("iam", "CreateUser", "query", not_in_trail("the trail does not hold this"))
    assert (answer.status, read["Code"]) == (501, "NotInTrail")


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"])
def test_a_service_that_once_spoke_query_tells_both_names(code: str) -> None:
    """Under JSON, `__type` is the shape and `x-amzn-query-error` the old code, by whichever name it was raised."""
    answer, read = refuse("sqs", "SendMessage", "json", WireError(code, "no such queue"))
    assert b'"__type":"com.amazonaws.sqs#QueueDoesNotExist"' in answer_bytes(answer)
    assert ("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender") in answer.headers
    assert (read["Code"], read["QueryErrorCode"]) == (
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
    )


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"])
def test_the_old_code_is_the_query_protocols(code: str) -> None:
    """Under query, the error's code is the old one, by whichever name it was raised."""
    _, read = refuse("sqs", "SendMessage", "query", WireError(code, "no such queue"))
    assert (read["Code"], read["Type"]) == ("AWS.SimpleQueueService.NonExistentQueue", "Sender")


def test_cbor_tells_both_names_too() -> None:
    """CloudWatch's CBOR errors carry the old code in the header and the shape's absolute name in the body."""
    answer, read = refuse(
        "cloudwatch", "DeleteAlarms", "smithy-rpc-v2-cbor", WireError("ResourceNotFound", "no alarm")
    )
    assert b"com.amazonaws.cloudwatch#ResourceNotFound" in answer_bytes(answer)
    assert ("x-amzn-query-error", "ResourceNotFound;Sender") in answer.headers
    assert (answer.status, read["Code"]) == (404, "ResourceNotFound")


def test_the_models_status_wins() -> None:
    """IAM's NoSuchEntity is a 404 whatever status it was raised with."""
    by_code, _ = refuse("iam", "GetUser", "query", WireError("NoSuchEntity", "gone"))
    by_shape, read = refuse("iam", "GetUser", "query", WireError("NoSuchEntityException", "gone"))
    assert (by_code.status, by_shape.status, read["Code"]) == (404, 404, "NoSuchEntity")


def test_members_of_an_error_are_written() -> None:
    """Modelled members go with the error: strings, and structures in lists."""
    canceled = WireError(
        "TransactionCanceledException",
        "no",
        members={"CancellationReasons": [{"code": "ConditionalCheckFailed"}]},
    )
    answer, _ = refuse("dynamodb", "TransactWriteItems", "json", canceled)
    assert b'"CancellationReasons":[{"Code":"ConditionalCheckFailed"}]' in answer_bytes(answer)
    assert b'"Message":"no"' in answer_bytes(answer)


def test_dynamodb_names_whose_error_it_is() -> None:
    """The service's own errors and the framework's have different namespaces."""
    modelled, _ = refuse("dynamodb", "GetItem", "json", WireError("ResourceNotFoundException", "no"))
    validation, _ = refuse("dynamodb", "GetItem", "json", WireError("ValidationException", "no"))
    framework, _ = refuse("dynamodb", "GetItem", "json", WireError("SerializationException"))
    assert b"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException" in answer_bytes(modelled)
    assert b"com.amazon.coral.validate#ValidationException" in answer_bytes(validation)
    assert b"com.amazon.coral.service#SerializationException" in answer_bytes(framework)
    assert [name for name, _ in modelled.headers if name == "x-amz-crc32"]


def test_others_name_their_errors_bare() -> None:
    """KMS writes no namespace."""
    answer, _ = refuse("kms", "DescribeKey", "json", WireError("NotFoundException", "no"))
    assert b'"__type":"NotFoundException"' in answer_bytes(answer)


def test_lambda_says_whose_fault_it_is() -> None:
    """Lambda's errors have a Type, and their name in a header."""
    answer, read = refuse("lambda", "GetFunction", "rest-json", WireError("ResourceNotFoundException", "no"))
    assert answer.status == 404
    assert ("x-amzn-ErrorType", "ResourceNotFoundException") in answer.headers
    assert b'"Type":"User"' in answer_bytes(answer)
    assert read["Code"] == "ResourceNotFoundException"


def test_s3_errors_have_no_namespace_and_name_what_they_are_about() -> None:
    """S3's error is a bare root with both request ids and whatever members it was given."""
    error = WireError("NoSuchKey", "The specified key does not exist.", status=404, members={"Key": "a&b"})
    found = model.load("s3").operations["GetObject"]
    answer = protocol_of("s3", "rest-xml").refuse(found, error, "ID", host_id="HOST")
    assert answer_bytes(answer).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
        "<Message>The specified key does not exist.</Message><Key>a&amp;b</Key>"
        "<RequestId>ID</RequestId><HostId>HOST</HostId></Error>"
    )
    assert ("x-amz-request-id", "ID") in answer.headers and ("x-amz-id-2", "HOST") in answer.headers


@pytest.mark.parametrize("operation", ["HeadObject", "HeadBucket"])
def test_a_refused_head_has_no_body(operation: str) -> None:
    """HEAD tells its refusal by status alone, and by the headers that the error brings."""
    error = WireError("NoSuchKey", "no", status=404, headers=[("x-amz-bucket-region", "eu-west-1")])
    answer, read = refuse("s3", operation, "rest-xml", error)
    assert (answer.body, answer.status, read["Code"]) == (b"", 404, "404")
    assert ("x-amz-bucket-region", "eu-west-1") in answer.headers


def test_not_modified_has_no_body() -> None:
    """304 is told without a body."""
    answer, _ = refuse("s3", "GetObject", "rest-xml", WireError("NotModified", "Not Modified", status=304))
    assert (answer.body, answer.status) == (b"", 304)


def test_ec2_errors() -> None:
    """EC2 has its own form, with `RequestID`."""
    answer, read = refuse("ec2", "RunInstances", "ec2", WireError("InvalidAMIID.NotFound", "no"))
    assert answer_bytes(answer).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidAMIID.NotFound</Code>'
        "<Message>no</Message></Error></Errors><RequestID>id-1</RequestID></Response>"
    )
    assert read == {"Code": "InvalidAMIID.NotFound", "Message": "no"}


def answer_bytes(answer: HttpAnswer) -> bytes:
    """The body, which is in hand."""
    assert isinstance(answer.body, bytes)
    return answer.body
