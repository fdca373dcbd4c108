"""What nobody serves: a 501 in the service's own protocol that names the action, and one record that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from backtrail import model
from backtrail.fold import route
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .records import Record, records

REGISTRY = registry()
OURS = ("iam", "s3", "sqs", "sts")
SAME_REQUEST = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
"""S3's forgotten names: the request is the newer operation's, so that is who answers."""
SAMPLE = {
    "json": "dynamodb kms ecs secretsmanager ssm kinesis logs events stepfunctions organizations cognito-idp ecr",
    "query": "sns rds cloudformation elbv2 elb autoscaling ses redshift elasticache cloudwatch",
    "rest-json": "lambda apigateway eks glacier efs batch iot appsync xray opensearch",
    "rest-xml": "route53 cloudfront",
    "ec2": "ec2",
}
"""Services by the family of their protocol, the ones that most accounts use."""
VERBS = ("List", "Describe", "Get", "Create", "Put")
EACH = 3
"""Operations of each service of the sample: reads and writes, as they come in its model."""


def unserved(service: str) -> list[str]:
    """The operations of a service's model that no plugin has."""
    owner = REGISTRY.services.get(service)
    served = set(owner.handlers) if owner is not None else set[str]()
    return [
        name for name in model.load(service).operations if name not in served and name not in SAME_REQUEST
    ]


def sampled() -> Iterator[tuple[str, str]]:
    """Some of the sample's operations: the first of each verb."""
    for names in SAMPLE.values():
        for service in names.split():
            verbs: dict[str, str] = {}
            for operation in sorted(unserved(service)):
                verb = next(
                    (
                        one
                        for one in ("List", "Describe", "Get", "Create", "Put")
                        if operation.startswith(one)
                    ),
                    "",
                )
                verbs.setdefault(verb, operation)
            yield from ((service, operation) for operation in sorted(verbs.values())[:EACH])


ALL = [(service, operation) for service in OURS for operation in unserved(service)]


def test_the_sample_is_unserved() -> None:
    """There is something to test: in each protocol, and of each of the four services that lacks something."""
    assert len(list(sampled())) > 80
    assert {service for service, _ in ALL} >= {"iam", "s3", "sts"}


@pytest.mark.parametrize(("service", "operation"), [*ALL, *sampled()])
def test_an_unserved_operation_is_a_recorded_501(
    endpoint: str, server: BackgroundServer, unsure: Callable[[str], Any], service: str, operation: str
) -> None:
    """boto3 reads the refusal in its own protocol, the log names the action, once."""
    client = unsure(service)
    before = len(records(server))

    with pytest.raises(ClientError) as refused:
        getattr(client, xform_name(operation))(**least(client, operation))

    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    if not service.startswith("s3") or response["Error"]["Code"] != "501":  # a HEAD has no body
        assert response["Error"]["Code"] == "NotImplemented"
        assert f"{service}:{operation}" in response["Error"]["Message"]
    written = records(server)[before:]
    assert len(written) == 1
    named(written[0], service, operation)


def named(record: Record, service: str, operation: str) -> None:
    """The record is of this operation, and says that nobody has it."""
    assert route(record["eventSource"], record["eventName"], record.get("apiVersion")) == (service, operation)
    assert record["errorCode"].removeprefix("Server.").removeprefix("Client.") == "NotImplemented"
    assert f"{service}:{operation}" in record["errorMessage"]
    assert record["eventType"] == "AwsApiCall"


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    """One client a service for all these tests: making one takes longer than a call."""
    return {}


@pytest.fixture
def unsure(endpoint: str, clients: dict[str, Any]) -> Callable[[str], Any]:
    """Clients that check nothing and try once."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    config = Config(retries={"max_attempts": 0}, parameter_validation=False, inject_host_prefix=False)

    def make(service: str) -> Any:
        if service not in clients:
            clients[service] = session.client(service, endpoint_url=endpoint, config=config)
        return clients[service]

    return make


def least(client: Any, operation: str) -> dict[str, Any]:
    """The least parameters that an operation takes."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    return {} if shape is None else structure(shape, ())


def structure(shape: Any, above: tuple[str, ...]) -> dict[str, Any]:
    """The required members of a shape."""
    return {name: value(shape.members[name], (*above, shape.name)) for name in shape.required_members}


def value(shape: Any, above: tuple[str, ...]) -> Any:
    """Something of a shape's type."""
    if shape.type_name == "structure":
        if shape.name in above:
            return {}
        if getattr(shape, "is_tagged_union", False):
            name = next(iter(shape.members))
            return {name: value(shape.members[name], (*above, shape.name))}
        return structure(shape, above)
    if shape.type_name == "list":
        return [value(shape.member, above)]
    if shape.type_name == "map":
        return {"k": value(shape.value, above)}
    text = shape.enum[0] if getattr(shape, "enum", None) else "x" * max(3, shape.metadata.get("min", 0))
    simple = {"string": text, "character": "x", "blob": b"x", "boolean": True, "timestamp": 0, "float": 1.0}
    return simple.get(shape.type_name, 1)
