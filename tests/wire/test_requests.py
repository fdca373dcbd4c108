"""What botocore serialises, we parse: every operation of many services, in every protocol they speak."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail import model
from backtrail.trail.casing import lower_first
from backtrail.wire import protocol_of, route, served

from .other_side import plain, request_of, service_model
from .shapes import Maker

SPOKEN = [
    ("sqs", "json"),
    ("dynamodb", "json"),
    ("kinesis", "json"),
    ("logs", "json"),
    ("iam", "query"),
    ("sts", "query"),
    ("sns", "query"),
    ("rds", "query"),
    ("elbv2", "query"),
    ("cloudwatch", "query"),
    ("cloudwatch", "json"),
    ("cloudwatch", "smithy-rpc-v2-cbor"),
    ("lambda", "rest-json"),
    ("apigateway", "rest-json"),
    ("route53", "rest-xml"),
    ("cloudfront", "rest-xml"),
    ("s3control", "rest-xml"),
    ("s3", "rest-xml"),
]
EC2 = [
    "RunInstances",
    "CreateFleet",
    "CreateLaunchTemplate",
    "AuthorizeSecurityGroupIngress",
    "CreateTags",
    "DescribeInstances",
    "CreateVpc",
    "ModifyInstanceAttribute",
    "CreateNetworkAclEntry",
    "RequestSpotFleet",
]
# Operations that share method and path with the one that took their place.
SUPERSEDED = {
    "GetBucketLifecycle",
    "GetBucketNotification",
    "ListDirectoryBuckets",
    "PutBucketLifecycle",
    "PutBucketNotification",
}


def check(service: str, operation: str, protocol: str, maker: Maker) -> None:
    """Given what botocore sends, the same service and operation are found and the same parameters read."""
    shape = service_model(service).operation_model(operation).input_shape
    params = maker.structure(shape) if shape else {}
    request = request_of(service, operation, params, protocol)
    found = route(request)
    assert (found.service, found.operation.name, found.protocol.name) == (service, operation, protocol)
    parsed = found.protocol.parse(found.operation, request)
    wanted = plain(params, shape) if shape else {}
    if protocol in ("query", "ec2"):
        parsed, wanted = filled(parsed), filled(wanted)
    assert tidy(shape, parsed) == tidy(shape, wanted)


def filled(value: Any) -> Any:
    """What a form can say: a structure that holds nothing leaves no trace in one."""
    if isinstance(value, list):
        return [filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    held = {name: filled(one) for name, one in value.items()}
    return {name: one for name, one in held.items() if one != {}}


def tidy(shape: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Header maps have no case, and a body that streams is there even when it is empty; its length, too."""
    for name, member in shape.members.items() if shape else ():
        key = lower_first(name)
        if member.serialization.get("location") == "headers" and key in params:
            params[key] = {inner.lower(): value for inner, value in params[key].items()}
        # A payload that was not given is an empty one, or `{}`.
        if (
            params.get(key) in (b"", {}) and shape.serialization.get("payload") == name
        ) or key == "contentLength":
            params.pop(key, None)
    return params


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_every_operation_is_read_as_it_was_sent(service: str, protocol: str) -> None:
    """Whatever botocore sends of any operation, we read the same parameters."""
    for operation in service_model(service).operation_names:
        if operation not in SUPERSEDED or service != "s3":
            check(service, operation, protocol, Maker(len(operation)))


@given(st.sampled_from(SPOKEN), st.integers(0, 1 << 32), st.data())
@settings(max_examples=150, deadline=None)
def test_any_parameters_are_read_as_they_were_sent(
    spoken: tuple[str, str], seed: int, data: st.DataObject
) -> None:
    """Any parameters of any operation survive the way from botocore to us."""
    service, protocol = spoken
    names = [name for name in service_model(service).operation_names if name not in SUPERSEDED]
    check(service, data.draw(st.sampled_from(names)), protocol, Maker(seed, depth=6, fill=0.8))


@pytest.mark.parametrize("operation", EC2)
def test_ec2_reads_its_own_form(operation: str) -> None:
    """EC2's capitals and flat lists are read back."""
    for seed in range(10):
        check("ec2", operation, "ec2", Maker(seed, depth=6, fill=0.7))


def test_each_service_is_served_in_its_models_protocols_and_its_old_one() -> None:
    """CloudWatch is served by CBOR, JSON and query, SQS by JSON and query, S3 by REST alone."""
    assert served("cloudwatch") == {"smithy-rpc-v2-cbor", "json", "query"}
    assert served("sqs") == {"json", "query"}
    assert served("s3") == {"rest-xml"}


def test_protocol_objects_are_shared() -> None:
    """There is one protocol object for a service, a protocol and a version."""
    assert protocol_of("sqs", "json") is protocol_of("sqs", "json", "1.0")
    assert protocol_of("sqs", "json", "1.1") is not protocol_of("sqs", "json", "1.0")


def test_every_operation_of_every_rest_service_has_a_path_of_its_own() -> None:
    """No two operations of a REST service are told apart by nothing but luck."""
    from backtrail.wire.paths import PathTable

    for service in ("s3", "lambda", "apigateway", "route53", "cloudfront", "eks", "efs", "glacier", "iot"):
        table = PathTable(service, model.load(service))
        for operation in model.load(service).operations.values():
            if service == "s3" and operation.name in SUPERSEDED:
                continue
            shape = service_model(service).operation_model(operation.name).input_shape
            request = request_of(service, operation.name, Maker(1, fill=0).structure(shape) if shape else {})
            found = table.find(request.method, request.path, request.query, request.headers)
            assert found is not None and found.name == operation.name
