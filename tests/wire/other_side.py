"""botocore as the other side of the wire: its serializers make requests, its parsers read answers."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import botocore.awsrequest
import botocore.httpchecksum
import botocore.parsers
import botocore.serialize
import botocore.session

from backtrail.trail.casing import lower_first
from backtrail.wire import HttpAnswer, HttpRequest

SCOPE = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"


@cache
def service_model(service: str) -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def request_of(
    service: str, operation: str, params: dict[str, Any], protocol: str | None = None
) -> HttpRequest:
    """The request that botocore would send, signed for the service (the signature itself is not real)."""
    model = service_model(service)
    spoken = protocol or model.resolved_protocol
    serializer = botocore.serialize.create_serializer(spoken, include_validation=False)
    serialized = serializer.serialize_to_request(params, model.operation_model(operation))
    botocore.awsrequest.prepare_request_dict(
        serialized, f"http://{model.endpoint_prefix}.us-east-1.amazonaws.com"
    )
    prepared = botocore.awsrequest.create_request_object(serialized).prepare()
    url = urlsplit(prepared.url)
    headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    headers["authorization"] = SCOPE.format(model.signing_name)
    headers["host"] = url.netloc
    body = prepared.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    return HttpRequest(
        method=prepared.method, path=url.path, query=url.query, headers=headers, body=bytes(body)
    )


def read_answer(
    service: str, operation: str, answer: HttpAnswer, protocol: str | None = None
) -> dict[str, Any]:
    """What botocore reads of an answer: the result, or `Error`."""
    model = service_model(service)
    parser = botocore.parsers.create_parser(protocol or model.resolved_protocol)
    shape = model.operation_model(operation).output_shape
    response = {
        "body": answer.body,
        "headers": botocore.awsrequest.HeadersDict(answer.headers),
        "status_code": answer.status,
    }
    parsed: dict[str, Any] = parser.parse(response, shape)
    return parsed


def plain(value: Any, shape: Any) -> Any:
    """botocore's parameters as the dicts that an untyped parse makes: CloudTrail's names, UTC times, bytes."""
    if shape.type_name == "structure" and not shape.is_document_type:
        return {lower_first(key): plain(inner, shape.members[key]) for key, inner in value.items()}
    if shape.type_name == "list":
        return [plain(inner, shape.member) for inner in value]
    if shape.type_name == "map":
        return {key: plain(inner, shape.value) for key, inner in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, datetime):
        return value.astimezone(UTC)
    if shape.type_name == "blob":
        return value.encode() if isinstance(value, str) else bytes(value)
    return value


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
